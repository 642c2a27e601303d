"""The engine: one input in, one turn out. Pure: it reads no clock, does no I/O and keeps nothing.

    turn = step(flows, session, event, now)

A new dialogue is a `Session` with revision 0 and no state; its first input is `Begin`. Every input makes a
turn and counts the revision up by one, also one that means nothing here (a stale form, an early deadline):
then only the revision changes, and `why` says so. `step` never raises: what goes wrong inside becomes the
event `error.*`, and unhandled it ends the session with an apology.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec.structs import replace

from botkit.model.calls import CallCause
from botkit.model.effects import Hangup, Hush
from botkit.model.inputs import (
    Begin,
    CallFinished,
    CallRecorded,
    ChildFinished,
    ConversationWebhookChanged,
    DeadlineReached,
    Dismissed,
    EffectFailed,
    FormReceived,
    HttpFinished,
    HungUp,
    Input,
    KeysCollected,
    QueueMoved,
    QueueTurn,
    Recorded,
    RunFinished,
    SpeechHeard,
    TextReceived,
    Withdrawn,
)
from botkit.model.session import Channel, EndedBy, Session, Status, Turn

from . import recordings
from .asides import aside
from .events import FlowEvent
from .flowset import END, IGNORED, RETURN, WAIT, FlowSet
from .running import Running
from .stepless import broken, ignored
from .values import Fault, as_json

__all__ = [
    "FlowSet",
    "answers",
    "broken",
    "endings",
    "enter",
    "ignored",
    "learns_of_loss",
    "outputs_of",
    "step",
    "unfit",
]

answers = (TextReceived, FormReceived, KeysCollected, SpeechHeard)
"""What a person says, types or presses."""

endings = (HungUp, Withdrawn, Dismissed)
"""What ends a session, wherever it stands."""

_written = (Begin, TextReceived)
"""What may come with a message."""

_Result = RunFinished | HttpFinished | ConversationWebhookChanged | Recorded | CallFinished | ChildFinished

_results: Mapping[type[_Result], str] = {
    RunFinished: "run",
    HttpFinished: "http",
    ConversationWebhookChanged: "conversation_webhook",
    Recorded: "record",
    CallFinished: "call",
    ChildFinished: "each",
}
"""What comes of an effect, and the kind of wait that it ends."""

_unhandled: Mapping[str, EndedBy] = {
    "no_input": EndedBy.UNANSWERED,
    "no_match": EndedBy.UNANSWERED,
    "cancelled": EndedBy.CANCELLED,
    "hangup": EndedBy.HANGUP,
}
"""An event that nothing handles, and what the session then ended by; all others are errors."""

nobodys_will = (CallCause.FAILED, CallCause.MEDIA_LOST, CallCause.CALL_LOST)
"""Ends of a call that nobody wanted."""

_of_start = ("due", "missed", "webhook", "kind", "id")
"""What `event` tells of a start to the end of the session."""

most_caught = 5
"""Events that one turn handles: steps of a `when` that fail themselves would say their text for ever."""


def step(flows: FlowSet, session: Session, event: Input, now: datetime) -> Turn:
    """Take one input. `now` is aware."""
    if session.status is Status.ENDED:
        return ignored(session, "ended")
    try:
        return _turn(flows, session, event, now)
    except Exception as error:  # whatever a damaged state or a plugin's verb does, the bot goes on
        return broken(session, event, f"{type(error).__name__}: {error}"[:200])


def enter(flows: FlowSet, session: Session, event: Input, now: datetime) -> Turn:
    """Enter the step at which the session stands once more, or the flow that it is about to begin. Nothing is
    made of `event`, the input that led to it."""
    try:
        run = _taking(flows, session, event, now)
        run.secret = bool(run.waited.get("secret")) and isinstance(event, answers)
        return _drive(run, run.op.index if run.stack[-1][1] else run.flow.first)
    except Exception as error:
        return broken(session, event, f"{type(error).__name__}: {error}"[:200])


def _turn(flows: FlowSet, session: Session, event: Input, now: datetime) -> Turn:
    if session.flow not in flows.flows:
        return broken(session, event, f"there is no flow {session.flow}")
    if not session.state:
        return _begin(flows, session, event, now)
    run = _taking(flows, session, event, now)
    if isinstance(event, HungUp):
        if session.channel is Channel.CALL and not run.over:
            return _hung_up(run, event)
        if recordings.come(run, event):
            return _drive(run, run.op.index)
        return aside(run, event) or ignored(session, "over")
    if isinstance(event, Withdrawn):
        return _withdrawn(run)
    if isinstance(event, Dismissed):
        return ignored(session, "over") if run.over else _dismissed(run)
    refused = unfit(session, event, now)
    if refused:
        return ignored(session, refused, run)
    if isinstance(event, ChildFinished) or run.queue is not None:
        run.turns -= 1  # there are no more children than were begun, and a queue has a limit of its own
    told = aside(run, event)
    if told is not None:
        return told
    late = isinstance(event, DeadlineReached) and run.queued_long_enough
    if run.queue is not None and (late or isinstance(event, QueueTurn)):
        run.back_to_queue()
    if run.turns > flows.flows[session.flow].limits.turns:
        run.op.step.abandoned(run)
        return _give_in(run, f"more than {run.turns - 1} turns")
    run.secret = bool(run.waited.get("secret")) and isinstance(event, answers)
    if recordings.come(run, event):
        return _drive(run, run.op.index)
    position = _tried(run, lambda: run.op.step.resume(run, event))
    return ignored(session, "unexpected", run) if position == IGNORED else _drive(run, position)


def _taking(flows: FlowSet, session: Session, event: Input, now: datetime) -> Running:
    """The turn that `event` makes, as it begins."""
    run = Running(flows, session, now)
    if isinstance(event, _written):
        run.item = event.item_id
    return run


def _hung_up(run: Running, event: HungUp) -> Turn:
    """The caller has gone: the step that waits may have something to finish, else it is an event."""
    run.over = True
    run.ended_by = _hangup(event.cause)
    recordings.hung_up(run, event.cause)
    position = _tried(run, lambda: run.op.step.hung_up(run, event.cause))
    if position == IGNORED:
        run.op.step.abandoned(run)
        position = _catch(run, FlowEvent("hangup", event.cause))
    return _drive(run, position)


def _withdrawn(run: Running) -> Turn:
    """Whoever began it needs it no more: not a word."""
    run.op.step.abandoned(run)
    run.ended_by = EndedBy.WITHDRAWN
    run.note("withdrawn", FlowEvent("withdrawn"), "withdrawn")
    run.finish()
    return run.turn()


def _dismissed(run: Running) -> Turn:
    """Somebody who looks after the bot ends it: people are told, and what is left is done without them."""
    if run.channel is Channel.CALL:
        # Whatever is being said, asked or recorded, and whoever is being called: not another word.
        run.effects.append(Hush(id=run.effect_id()))
        run.effects.append(Hangup(id=run.effect_id()))
        return _hung_up(run, HungUp(cause=CallCause.ENDED))
    run.op.step.abandoned(run)
    _last_word(run, "goodbye")
    run.over, run.ended_by = True, EndedBy.CANCELLED
    return _drive(run, _catch(run, FlowEvent("cancelled", "dismissed")))


def _hangup(cause: CallCause) -> EndedBy:
    return EndedBy.LOST if cause in nobodys_will else EndedBy.HANGUP


def _tried(run: Running, go_on: Callable[[], int]) -> int:
    """Where a step goes on, be it where its failure is handled."""
    try:
        return go_on()
    except Exception as error:
        return _catch(run, _as_event(error))


def _begin(flows: FlowSet, session: Session, event: Input, now: datetime) -> Turn:
    flow = flows.flows[session.flow]
    run = _taking(flows, replace(session, flow_hash=session.flow_hash or flow.hash), event, now)
    text = event.text if isinstance(event, _written) else ""
    run.event = {"name": "begin", "detail": "", "text": as_json(text[:500])}
    if isinstance(event, Begin):
        run.event.update({name: event.event[name] for name in _of_start if name in event.event})
    run.answered = bool(session.parent)  # whom the bot called has answered
    position = run.push(flow, own_scope=True)
    if isinstance(event, Begin) and event.inputs:
        first, inputs = position, event.inputs
        position = _tried(run, lambda: _given(run, inputs, first))
    if isinstance(event, Begin) and event.start is not None:
        first, begin = position, event
        position = _tried(run, lambda: _filled(run, begin, first))
    if isinstance(event, HungUp):
        run.over = True
        run.ended_by = _hangup(event.cause)
        position = END
        run.note("hangup", FlowEvent("hangup", event.cause), "before_begin")
    if isinstance(event, Withdrawn | Dismissed):
        run.ended_by, position = EndedBy.WITHDRAWN, END
        run.note("withdrawn", FlowEvent("withdrawn"), "before_begin")
    return _drive(run, position)


def _given(run: Running, inputs: Mapping[str, object], first: int) -> int:
    for name, value in inputs.items():
        run.set(name, value)
    return first


def _filled(run: Running, begin: Begin, first: int) -> int:
    """What the start itself fills, of an event that is seen whole this once."""
    starts = [start for start in run.flows.starts if start.flow == run.session.flow]
    if begin.start is not None and begin.start < len(starts):
        kept, run.event = run.event, {**run.event, **begin.event}
        values = {name: text.value(run) for name, text in starts[begin.start].options.given.items()}
        run.event = kept
        for name, value in values.items():
            run.set(name, value)
    return first


def outputs_of(flows: FlowSet, session: Session) -> dict[str, object]:
    """What an ended session's flow gives to whoever began it; JSON."""
    flow = flows.flows.get(session.flow)
    scopes = session.state.get("scopes")
    values = scopes[0] if isinstance(scopes, list | tuple) and scopes else {}
    return {name: values.get(name) for name in flow.outputs} if flow is not None else {}


def unfit(session: Session, event: Input, now: datetime) -> str:
    """Why an input means nothing to what an open session waits for; empty when it is the one."""
    waited = session.state.get("wait")
    waited = waited if isinstance(waited, Mapping) else {}
    kind, effect_id = waited.get("kind"), waited.get("id")
    if isinstance(event, TextReceived):
        return "" if session.awaits_text else "no_text_awaited"
    if isinstance(event, FormReceived):
        return "" if session.form_id and event.form_id == session.form_id else "stale_form"
    if isinstance(event, KeysCollected | SpeechHeard):
        fits = kind == "ask" and session.channel is Channel.CALL and event.effect_id == effect_id
        return "" if fits else "stale_keys" if isinstance(event, KeysCollected) else "stale_speech"
    for result, awaited in _results.items():
        if isinstance(event, result):
            return "" if kind == awaited and event.effect_id == effect_id else "stale_result"
    if isinstance(event, CallRecorded):
        recording = session.state.get("recording")
        return "" if isinstance(recording, Mapping) and recording["id"] == event.effect_id else "stale_result"
    if isinstance(event, QueueMoved | QueueTurn):
        queue = session.state.get("queue")
        return "" if isinstance(queue, Mapping) and queue["id"] == event.effect_id else "stale_queue"
    if isinstance(event, EffectFailed):
        return "" if effect_id and event.effect_id == effect_id else f"failed: {event.error[:100]}"
    if isinstance(event, DeadlineReached):
        due = session.deadline is not None and now >= session.deadline
        return "" if due else "early_deadline"
    return "unexpected"


def learns_of_loss(session: Session) -> bool:
    """Whether it is news to an open session that its call died with the process: that the call is over, or
    that its recording will not come."""
    return not session.state.get("over") or "recording" in session.state


def _drive(run: Running, position: int) -> Turn:
    """Go from step to step until the turn is over."""
    limit = run.flows.flows[run.session.flow].limits.steps_per_turn
    steps = caught = 0
    while True:
        try:
            while position >= 0:
                steps += 1
                if steps > limit:
                    return _give_in(run, f"more than {limit} steps in one turn")
                op = run.flow.ops[position]
                run.at(op)
                if run.channel not in op.channels or (run.over and op.step.needs_person):
                    run.why(branch="passed_over")
                    position = op.next
                elif run.over and recordings.must_wait(run):
                    position = recordings.wait(run)
                else:
                    position = op.step.enter(run)
            if position == WAIT:
                return run.turn()
            if position != RETURN:
                run.finish()
                return run.turn()
            outputs = {name: run.slots.get(name) for name in run.flow.outputs}
            run.pop()
            position = run.op.step.returned(run, outputs) if run.stack else END
        except Exception as error:
            event = _as_event(error)
            caught += 1
            if caught > most_caught:
                return _give_in(run, f"more than {most_caught} events in one turn, the last one {event.name}")
            position = _catch(run, event)


def _as_event(error: Exception) -> FlowEvent:
    """A step that fails by itself raises an event like any other."""
    if isinstance(error, FlowEvent):
        return error
    if isinstance(error, Fault):
        return FlowEvent("error.template", str(error))
    return FlowEvent("error.internal", f"{type(error).__name__}: {error}")


def _catch(run: Running, event: FlowEvent) -> int:
    """Where an event goes on: in the innermost flow that handles it, or an outcome of the call to it."""
    run.wait = {}
    run.awaits_text = run.awaits_files = run.from_anyone = False
    run.form_id, run.deadline = "", None
    run.note_event(event.name, event.detail)
    while run.stack:
        found = run.flow.handler(event.name)
        if found is not None:
            name, position = found
            run.note("when", event, name)
            return position
        if len(run.stack) == 1:
            break
        run.pop()
        going_on = run.op.step.left_by(run, event)
        if going_on is not None:
            return going_on
    run.note("unhandled", event, event.name)
    if not run.over:
        run.ended_by = _unhandled.get(event.name, EndedBy.ERROR)
    if event.name == "cancelled":
        _last_word(run, "cancelled")
    elif event.name in ("no_input", "no_match"):
        _last_word(run, "goodbye")
    elif event.name != "hangup":
        _last_word(run, "apology")
    return END


def _last_word(run: Running, name: str) -> None:
    if run.channel is not Channel.DETACHED:
        run.say(run.wording.text(name))


def _give_in(run: Running, detail: str) -> Turn:
    """A limit is reached: end, whatever the flow would have."""
    run.note("unhandled", FlowEvent("error.limit", detail), "error.limit")
    run.wait = {}
    run.ended_by = EndedBy.ERROR
    _last_word(run, "apology")
    run.finish()
    return run.turn()
