"""`enqueue`: callers wait until somebody is free for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias, cast

from pydantic import AfterValidator, Field

from botkit.flow.events import FlowEvent
from botkit.flow.fields import Duration, Expression, GoTo, Result, Target, Text
from botkit.flow.flowset import IGNORED
from botkit.flow.validation import refusal
from botkit.flow.values import as_text
from botkit.model import effects
from botkit.model.inputs import (
    CallFinished,
    CallOutcome,
    DeadlineReached,
    EffectFailed,
    Input,
    KeysCollected,
    QueueMoved,
    QueueTurn,
)
from botkit.model.questions import BargeIn, KeyRules, Question

from .for_calls import ForCalls
from .outcomes import Ending
from .reaching import RingTime, longest_talk

if TYPE_CHECKING:
    from botkit.flow.running import Running
    from botkit.flow.state import Queued

_told_within = 30.0
"""Seconds within which the place must be told."""
_pause = 1.0
"""Seconds between two runs of the flow that fills the time."""


def _bounded(seconds: float) -> float:
    if not 10 <= seconds <= 12 * 3600:
        raise refusal("One waits ten seconds at least, twelve hours at most.", "Write `10m`, for example.")
    return seconds


Patience: TypeAlias = Annotated[Duration, AfterValidator(_bounded)]
"""Seconds that a caller may wait."""


class Enqueue(ForCalls, Ending):
    """Lets a caller wait until one of several people is free, then joins the two as `transfer` does, and goes
    on here when that person hangs up first. Who came first is next. Each of these people has one caller at a
    time, whatever queues name them; one who does not take a call is left alone for ten seconds, and the
    caller keeps the place in line.

    Meanwhile `flow` runs, again and again: it says the place, plays music, asks. It is cut short when it is
    the caller's turn. Nobody who says nothing is thrown out by it: `no_input` and `no_match` only begin it
    anew. To let callers go, give it the output `leave` and set it: then the step ends with `left`, as it does
    when `cancel` is said. A global's `go` leaves the queue too. Queues last as long as the bot's process, as
    calls do."""

    verb: ClassVar[str] = "enqueue"
    example: ClassVar[str] = """
        flow: hotline
        start: [call_incoming]
        config:
          agents: {type: list, default: [olivia@example.com, otto@example.com]}
        steps:
          - say: Welcome to the hotline.
          - enqueue: hotline
            agents: config.agents
            flow: waiting
            limit: 10m
            into: place
            outcomes:
              accepted:
                - end
              left:
                - end: We will call you back.
              otherwise:
                - end: Nobody is free today. Goodbye.
        flows:
          waiting:
            outputs: [leave]
            steps:
              - choose: You are number {{ place.position }}. Shall we call you back instead?
                options:
                  back: {key: 1, label: a call back}
                  stay: {key: 2, label: waiting}
                into: wish
              - set: {leave: "{{ wish == 'back' }}"}
              - wait: 20s
    """
    waits: ClassVar[bool] = True
    needs_person: ClassVar[bool] = True
    outcome_names: ClassVar[tuple[str, ...]] = ("accepted", "expired", "left", "failed")

    enqueue: Text = Field(description="The queue's name.")
    agents: Expression = Field(description="Who takes calls: a list of e-mail addresses or user ids.")
    flow: GoTo = Field(description="The flow that fills the time, named as in `call`.")
    ring: RingTime = Field(20.0, description="How long it may ring at one of them (default 20s, 5m at most).")
    limit: Patience = Field(3600.0, description="How long one may wait (default 1h, 12h at most).")
    into: Result | None = Field(
        None, description="Gets `position` (1 = the next one) and `waited` (seconds), while one waits."
    )

    def calls(self) -> Iterable[Target]:
        return (self.flow,)

    def passes(self) -> Iterable[str]:
        return () if self.into is None else (self.into,)

    def picks_up(self) -> bool:
        return True

    def enter(self, run: Running) -> int:
        if self.absent(run):
            return run.next
        if run.queue is not None:
            if run.queue["depth"] == len(run.stack) - 1:  # a flow that has changed is entered once more
                return self._fill_time(run, run.queue["position"])
            raise FlowEvent("error.enqueue.failed", "the caller waits in a queue already")
        run.speak()
        found = self.agents.value(run)
        several = found if isinstance(found, list | tuple) else [found]
        agents = list(dict.fromkeys(filter(None, (as_text(each).strip() for each in several))))
        until = run.now + timedelta(seconds=self.limit)
        return self._stand(run, agents, run.now.isoformat(), until.isoformat())

    def resume(self, run: Running, event: Input) -> int:
        queue = run.queue
        if isinstance(event, CallFinished):
            return self._tried(run, event)
        if isinstance(event, DeadlineReached | EffectFailed) or queue is None:
            return self._broken_off(run, event)
        if isinstance(event, QueueTurn):
            run.queue = None
            run.why(branch="turn", read={"agent": event.agent})
            effect = effects.Transfer(id=run.effect_id(), to=event.agent, ring=self.ring)
            place = {"agent": event.agent, **{name: queue[name] for name in ("agents", "since", "until")}}
            return run.perform(effect, "call", self.ring + longest_talk, place)
        if isinstance(event, QueueMoved):
            return self._fill_time(run, event.position)
        if isinstance(event, KeysCollected):
            return self._fill_time(run, queue["position"])
        return IGNORED

    def returned(self, run: Running, outputs: dict[str, object]) -> int:
        if run.over:
            return run.next
        if outputs.get("leave"):
            run.leave_queue()
            return self.ended(run, "left")
        return self._rest(run)

    def left_by(self, run: Running, event: FlowEvent) -> int | None:
        if event.name in ("no_input", "no_match") and not run.over:
            return self._rest(run)
        run.leave_queue()
        outcome = {"cancelled": "left", "hangup": ""}.get(event.name, "failed")
        return self.listed(run, outcome, event)

    def _stand(self, run: Running, agents: list[str], since: str, until: str, *, front: bool = False) -> int:
        name = self.enqueue.text(run).strip()
        if not (agents and name):
            lacking = "there is nobody to wait for" if name else "the queue has no name"
            return self.ended(run, "failed", lacking)
        effect = effects.Enqueue(id=run.effect_id(), queue=name, agents=tuple(agents), front=front)
        place: Queued = {
            "id": effect.id,
            "depth": len(run.stack) - 1,
            "since": since,
            "until": until,
            "agents": agents,
            "position": 0,
            "into": self.into or "",
        }
        run.why(branch="enqueued", read={"queue": name})
        run.queue = place
        return run.perform(effect, "queue", _told_within)

    def _fill_time(self, run: Running, position: int) -> int:
        run.note_place(position)
        run.why(branch="waits", read={"position": position})
        return run.call(self.flow, {})

    def _tried(self, run: Running, event: CallFinished) -> int:
        """What became of the call to an agent."""
        if event.outcome is CallOutcome.ANSWERED:
            return self.ended(run, "accepted")
        agent, since, until = (str(run.waited[name]) for name in ("agent", "since", "until"))
        agents = [each for each in cast("list[str]", run.waited["agents"]) if each != agent]
        if run.now >= datetime.fromisoformat(until):
            return self.ended(run, "expired")
        if event.outcome is CallOutcome.FAILED:
            if not agents:
                return self.ended(run, "failed", event.detail)
        else:
            agents.append(agent)
        return self._stand(run, agents, since, until, front=True)

    def _broken_off(self, run: Running, event: Input) -> int:
        if isinstance(event, DeadlineReached) and run.queued_long_enough:
            run.leave_queue()
            return self.ended(run, "expired")
        run.leave_queue()
        detail = event.error if isinstance(event, EffectFailed) else "nothing was heard any more"
        return self.ended(run, "failed", detail)

    def _rest(self, run: Running) -> int:
        """Let everything be heard before the flow begins anew."""
        run.why(branch="rest")
        keys = KeyRules(timeout=_pause)
        return run.ask(Question(prompt="", keys=keys, barge_in=BargeIn.NEVER), _pause, {})
