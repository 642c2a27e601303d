"""One turn of one session while it is being made: what steps work on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import cast

from botkit.model.calls import DeclineCause
from botkit.model.effects import Answer, Ask, Decline, Effect, Hangup, Hush, LeaveQueue, Post, Say
from botkit.model.questions import BargeIn, Question
from botkit.model.reasons import Reason
from botkit.model.session import Channel, EndedBy, Session, Status, Turn

from . import ssml
from .events import FlowEvent
from .flowset import WAIT, FlowSet, Tongue
from .frames import Frames
from .masking import hidden_of, hushed_within, masked, remembered, secret_slots, texts_of
from .reserved import value_of
from .saying import Manner, Style
from .session_language import SessionLanguage
from .slot_types import Situation
from .state import State, state_version
from .templates import Template
from .values import as_json
from .wording import Wording

largest_slots = 11_000
"""Bytes of JSON that all slots and results of a session may take, of the 16 KB of its state."""

nothing: Mapping[str, object] = MappingProxyType({})

_as_data = Style()
_parted = ("config", "event", "calendars")
"""Reserved names of which a decision tells the part that it has read."""


class Running(Frames):
    """The session as it was, and what the turn has made of it so far."""

    # What most turns leave as it is stands here once, and not in each turn anew.
    status = Status.OPEN
    ended_by = EndedBy.FLOW
    """What it will have ended by, once it ends."""
    awaits_text = awaits_files = False
    from_anyone = False
    form_id = ""
    deadline: datetime | None = None
    secret = False
    """The input answers a secret question."""
    wait: Mapping[str, object] = nothing
    """What it waits for now; empty = nothing yet."""
    style = _as_data
    """How the text that is rendered now is meant."""
    _situation: Situation | None = None

    def __init__(self, flows: FlowSet, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.channel = session.channel
        self.revision = session.revision + 1
        self.effects: list[Effect] = []
        self.reasons: list[Reason] = []
        self._prefix = f"{session.id}:{self.revision}:"
        state = cast("State", session.state)
        if state and state["v"] != state_version:
            raise ValueError(f"a state of version {state['v']}; here is {state_version}")
        self.turns = state.get("turns", 0) + 1
        self.answered = state.get("answered", False)
        self.over = state.get("over", False)
        self.event = state.get("event", {})
        self.item = state.get("item", "")
        """The person's last message; empty = there is none to react to."""
        self.speaks = SessionLanguage(state.get("language", ""), session.person.locale)
        self.waited = state.get("wait", {})
        """What the session waited for when the turn began."""
        self.hidden: frozenset[str] = hidden_of(session)
        """What was ever put into secret slots in this session: wherever it goes from there, it is secret."""
        self.queue = state.get("queue")
        """The queue that the caller stands in."""
        self.recording = state.get("recording")
        """The recording of the whole call."""
        super().__init__(flows, state)

    @property
    def tongue(self) -> Tongue:
        """What the flow that runs speaks now."""
        return self.speaks.tongue(self.flow)

    @property
    def language(self) -> str:
        """BCP 47; empty = the bot's."""
        return self.speaks.tongue(self.flow).language

    @property
    def wording(self) -> Wording:
        """What botkit says of its own accord."""
        return self.tongue.wording

    def call(self, name: str, values: Mapping[str, object]) -> int:
        """Enter the flow that a `call` step names."""
        flow = self.named(name)
        if flow is None:
            raise FlowEvent("error.call", f"there is no flow {name}")
        self.stack[-1][1] = self.op.id
        self.speaks.call(self.flow, flow)
        first = self.push(flow, own_scope=flow.root != self.flow.root)
        for key, value in values.items():
            self.set(key, value)
        return first

    def reserved(self, name: str) -> object:
        """`config`, `user` ... for templates."""
        return value_of(self, name)

    def words(self, template: Template, *, written: bool = False) -> str:
        """A text for people: on a call as one says it, unless it is `written` all the same."""
        spoken = self.channel is Channel.CALL and not written
        if template.constant is not None:
            return template.constant if spoken else ssml.plain(template.constant)
        self.style = Style(Manner.SPOKEN if spoken else Manner.WRITTEN, self.language)
        try:
            text = template.text(self)
        finally:
            self.style = _as_data
        return text if spoken else ssml.plain(text)

    def set(self, name: str, value: object) -> None:
        """Give a slot or result its value; an empty text leaves a slot unfilled. `language` is no result: it
        is the session's."""
        plain = as_json(value)
        if name == "language":
            self.speaks.change(self.flow, plain)
            return
        slot = self.flow.slots.get(name)
        if slot is not None and plain is not None and plain != "":
            plain = slot.kind.coerced(plain, self.situation)
            if plain is None:
                raise FlowEvent("error.set", f"the value does not fit the slot {name}")
        if slot is not None and plain == "":
            plain = None
        self.slots[name] = plain
        if slot is not None and slot.secret and plain is not None:
            self.hidden |= frozenset(texts_of(plain))
        if plain is not None and not (
            isinstance(plain, bool) or (isinstance(plain, str) and len(plain) < 64)
        ):
            size = len(json.dumps(self.scopes, ensure_ascii=False).encode("utf-8", "replace"))
            if size > largest_slots:
                self.slots[name] = None
                raise FlowEvent("error.too_large", f"{name} and the other values take {size} bytes")

    @property
    def situation(self) -> Situation:
        """When, on what, and in which language somebody answers."""
        wording, known = self.wording, self._situation
        if known is None or known.wording is not wording:
            spoken = self.channel is Channel.CALL
            known = self._situation = Situation(today=self.now.date(), wording=wording, spoken=spoken)
        return known

    def note_event(self, name: str, detail: str = "") -> None:
        """What `event` reads from now on; its text stays what began the session."""
        self.event = {**self.event, "name": name, "detail": as_json(detail[:200])}

    def effect_id(self) -> str:
        """Of the next effect."""
        return f"{self._prefix}{len(self.effects)}"

    @property
    def rings(self) -> bool:
        """There is a call, and nobody has answered it yet."""
        return self.channel is Channel.CALL and not (self.answered or self.over)

    def pick_up(self) -> None:
        """Answer the call; one that does not ring stays as it is."""
        if self.rings:
            self.answered = True
            self.effects.append(Answer(id=self.effect_id()))

    def decline(self, cause: DeclineCause) -> None:
        """Refuse the call, which rings; the session has to end."""
        self.over = True
        self.effects.append(Decline(id=self.effect_id(), cause=cause))

    def say(self, text: str, barge_in: BargeIn | None = None) -> None:
        """Tell the person; nothing to tell, or nobody there any more: nothing happens."""
        if self.over or not text.strip():
            return
        self.speak()
        barge = barge_in or self.flow.asking.barge_in or BargeIn.BOTH
        self.effects.append(Say(id=self.effect_id(), text=text, barge_in=barge, language=self.language))

    def post(self, text: str, to: str = "", subject: str = "", files: tuple[str, ...] = ()) -> None:
        """Post a message; nothing to post: nothing happens."""
        if text.strip() or files:
            self.effects.append(Post(id=self.effect_id(), text=text, to=to, subject=subject, files=files))

    def ask_id(self) -> str:
        """The id that the next question will have; its form needs it."""
        self.speak()
        return self.effect_id()

    def ask(
        self,
        question: Question,
        timeout: float,
        data: dict[str, object],
        *,
        anyone: bool = False,
        files: bool = False,
    ) -> int:
        """Put a question and wait; `timeout` (seconds) is for chat, a call's keys have their own."""
        effect_id = self.ask_id()
        self.effects.append(Ask(id=effect_id, question=question))
        if self.channel is Channel.CHAT:
            self.awaits_text, self.awaits_files = True, files
            self.from_anyone = anyone
            self.form_id = question.form.id if question.form else ""
            self.deadline = self.now + timedelta(seconds=timeout)
        return self.wait_for("ask", effect_id, {**data, "secret": True} if question.secret else data)

    def perform(self, effect: Effect, kind: str, seconds: float, data: Mapping[str, object] = nothing) -> int:
        """Have something done and wait for what comes of it; `seconds` at most, whatever happens."""
        self.effects.append(effect)
        self.deadline = self.now + timedelta(seconds=seconds)
        return self.wait_for(kind, effect.id, data)

    def wait_on(self) -> int:
        """Go on waiting for what the session waited for."""
        self.wait, self.deadline = self.waited, self.session.deadline
        return WAIT

    def wait_until(self, seconds: float, kind: str, *, anyone: bool = False) -> int:
        """Wait for time, or (`kind` `message`) for what the person writes."""
        self.deadline = self.now + timedelta(seconds=seconds)
        if kind == "message":
            self.awaits_text, self.from_anyone = True, anyone
        return self.wait_for(kind, "", {})

    def wait_for(self, kind: str, effect_id: str, data: Mapping[str, object]) -> int:
        self.stack[-1][1] = self.op.id
        self.wait = {"kind": kind, "id": effect_id, **data}
        return WAIT

    def speak(self) -> None:
        """Make sure that there is somebody to hear it."""
        if self.channel is Channel.DETACHED:
            raise FlowEvent("error.nobody", "there is nobody to talk to")
        self.pick_up()

    def leave_queue(self) -> None:
        """Stand in no queue any more; who has hung up stands in none anyway."""
        if self.queue is not None and not self.over:
            self.effects.append(LeaveQueue(id=self.effect_id(), entered=self.queue["id"]))
        self.queue = None

    def back_to_queue(self) -> None:
        """Stop the flow that runs while the caller waits, whatever it does."""
        while self.queue is not None and len(self.stack) > self.queue["depth"] + 1:
            self.pop()
        if self.waited.get("kind") != "queue":  # else that flow has not begun, and what is heard came before
            self.effects.append(Hush(id=self.effect_id()))

    def note_place(self, position: int) -> None:
        """The caller's place in the queue, for that flow to read."""
        queue = self.queue
        if queue is None:
            return
        self.queue = {**queue, "position": position}
        if queue["into"]:
            waited = (self.now - datetime.fromisoformat(queue["since"])).total_seconds()
            scope = self.scopes[int(self.stack[queue["depth"]][2])]
            scope[queue["into"]] = {"position": position, "waited": int(waited)}

    @property
    def queued_long_enough(self) -> bool:
        """The time in the queue is over."""
        return self.queue is not None and self.now >= datetime.fromisoformat(self.queue["until"])

    def unwind(self, depth: int) -> None:
        """Leave all flows above `depth`."""
        if self.queue is not None and depth <= self.queue["depth"]:
            self.leave_queue()
        while len(self.stack) > depth + 1:
            self.pop()

    def why(
        self, branch: str = "", condition: Template | None = None, read: Mapping[str, object] | None = None
    ) -> None:
        """Note a decision of the step that runs."""
        op = self.op
        values = read or {}
        if condition is not None and condition.names:
            values = self._read(condition)
        self.reasons.append(
            Reason(
                flow=self.flow.name,
                step=op.id,
                line=op.at.line,
                verb=op.step.verb,
                branch=branch if type(branch) is str else str(branch),  # without its place in the file
                condition=condition.source if condition is not None else "",
                read=masked(values, secret_slots(self.flow.slots), self.hidden) if values else values,
            )
        )

    def note(self, verb: str, event: FlowEvent, branch: str) -> None:
        """Note what has happened to the step that waits, or to its flow."""
        op = getattr(self, "op", None)
        read = masked({"event": event.name, "detail": event.detail}, (), self.hidden)
        step_id, line = (op.id, op.at.line) if op is not None else ("", 0)
        self.reasons.append(
            Reason(flow=self.flow.name, step=step_id, line=line, verb=verb, branch=branch, read=read)
        )

    def _read(self, condition: Template) -> Mapping[str, object]:
        read: dict[str, object] = {}
        for path in condition.names:
            name = path[0]
            value = self.language if name == "language" else self.slots.get(name)
            if name in _parted and len(path) > 1:
                source = self.reserved(name)
                value = source.get(path[1]) if isinstance(source, Mapping) else None
            elif name in ("user", "conversation", "call", "now", "messages"):
                continue
            if isinstance(value, list | dict):
                # Before it is a text, in which a secret's quotes and backslashes would stand otherwise.
                value = str(hushed_within(value, self.hidden) if self.hidden else value)
            read[".".join(path) if name in _parted else name] = value
        return read

    def finish(self) -> None:
        """The session is over."""
        self.status = Status.ENDED
        if self.channel is Channel.CALL and not self.over:
            self.effects.append(Hangup(id=self.effect_id()))

    def turn(self) -> Turn:
        """What has become of it."""
        old = self.session
        ended = self.status is Status.ENDED
        state: State = {
            "v": state_version,
            "turns": self.turns,
            "answered": self.answered,
            "over": self.over,
            "event": self.event,
            "stack": [] if ended else self.stack,
            "scopes": self.scopes,
        }
        if self.item:
            state["item"] = self.item
        if self.hidden and not ended:
            state["hidden"] = remembered(self.hidden, of_before=self.hidden & hidden_of(old))
        if self.speaks.told:
            state["language"] = self.speaks.told
        if self.wait and not ended:
            state["wait"] = self.wait
        if self.queue is not None and not (ended or self.over):
            state["queue"] = self.queue
            until = max(datetime.fromisoformat(self.queue["until"]), self.now)
            self.deadline = until if self.deadline is None else min(self.deadline, until)
        if self.recording is not None and not ended:
            state["recording"] = self.recording
        if not ended and any(self.loops):
            state["loops"] = self.loops
        session = Session(
            id=old.id,
            channel=old.channel,
            flow=old.flow,
            flow_hash=old.flow_hash,
            conversation_id=old.conversation_id,
            thread_id=old.thread_id,
            call_id=old.call_id,
            parent=old.parent,
            number=old.number,
            person=old.person,
            revision=self.revision,
            status=self.status,
            ended_by=self.ended_by if ended else None,
            awaits_text=self.awaits_text and not ended,
            awaits_files=self.awaits_files and not ended,
            busy=self.wait.get("kind") in ("run", "http") and not ended,
            from_anyone=self.from_anyone and not ended,
            form_id="" if ended else self.form_id,
            deadline=None if ended else self.deadline,
            state=cast("Mapping[str, object]", state),
        )
        return Turn(
            session=session,
            effects=tuple(self.effects),
            why=tuple(self.reasons),
            secret=self.secret,
            hidden=self.hidden,
        )
