"""What `choose` and `collect` share: failures, giving up, globals, time limits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from botkit.flow import wording
from botkit.flow.asking import Asking
from botkit.flow.events import FlowEvent
from botkit.flow.fields import Body, PlacedStep, Text
from botkit.flow.flowset import IGNORED, Command
from botkit.flow.match import normalise
from botkit.model.inputs import (
    DeadlineReached,
    EffectFailed,
    FormReceived,
    Input,
    KeysCollected,
    KeysEnded,
    TextReceived,
)
from botkit.model.questions import BargeIn, KeyRules
from botkit.model.session import Channel

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.running import Running

chat_timeout = 24 * 3600.0
"""Seconds that a chat waits for an answer, unless the flow says otherwise."""

Data = dict[str, object]
"""What a question keeps while it is open: JSON."""


class Question(Asking, Step):
    """A step that asks. Failures are told by `no_input` and `no_match`, one text each, and it asks again."""

    needs_person: ClassVar[bool] = True
    waits: ClassVar[bool] = True

    no_input: tuple[Text, ...] | None = Field(
        None,
        description="On a call: what to say when no answer comes, one text per failure, each followed by the "
        "question; then `give_up`. `[]` gives up at once.",
    )
    no_match: tuple[Text, ...] | None = Field(
        None, description="What to say when the answer does not fit, likewise."
    )
    give_up: Body | None = Field(
        None, description="Steps when all attempts failed; without it the event `no_input` or `no_match`."
    )
    anyone: Literal["anyone"] | None = Field(
        None, alias="from", description="`anyone`: in a group, others may answer too."
    )

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        return (("give_up", self.give_up),) if self.give_up is not None else ()

    @abstractmethod
    def put(self, run: Running, data: Data) -> int:
        """Ask, or ask again, with what is kept in `data`."""

    @abstractmethod
    def typed(self, run: Running, text: str, data: Data) -> int | None:
        """A typed answer: where to go on, or None when it does not fit."""

    @abstractmethod
    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        """A submitted form, likewise."""

    @abstractmethod
    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        """Pressed keys, likewise."""

    def resume(self, run: Running, event: Input) -> int:
        data: Data = {key: value for key, value in run.waited.items() if key not in ("kind", "id")}
        answer: int | None
        if isinstance(event, TextReceived):
            answer = self.typed(run, event.text, data)
        elif isinstance(event, FormReceived):
            answer = self.submitted(run, event, data)
        elif isinstance(event, KeysCollected):
            if event.ended is KeysEnded.NONE:
                return self.failed(run, "no_input", data)
            answer = self.pressed(run, event.digits, data)
        elif isinstance(event, DeadlineReached):
            return self.gave_up(run, "no_input")
        elif isinstance(event, EffectFailed):
            raise FlowEvent("error.ask", event.error)
        else:
            return IGNORED
        return self.failed(run, "no_match", data) if answer is None else answer

    def failed(self, run: Running, kind: Literal["no_input", "no_match"], data: Data) -> int:
        """One failure more: say so and ask again, or give up."""
        given = self.no_input if kind == "no_input" else self.no_match
        count = int(str(data.get(kind, 0)))
        if given is None:
            defaults = wording.no_input if kind == "no_input" else wording.no_match
            text = defaults[count] if count < len(defaults) else None
        else:
            text = given[count].text(run) if count < len(given) else None
        if text is None:
            return self.gave_up(run, kind)
        run.why(branch=kind)
        run.say(text)
        return self.put(run, {**data, kind: count + 1})

    def gave_up(self, run: Running, kind: str) -> int:
        """No attempt is left."""
        if self.give_up is None:
            run.why(branch=kind)
            raise FlowEvent(kind)
        run.why(branch="give_up", read={"event": kind})
        run.note_event(kind)
        return run.branch("give_up")

    def command_typed(self, run: Running, text: str, data: Data) -> int | None:
        """Obey a global whose very words were typed."""
        said = normalise(text)
        for command, depth in run.commands():
            if said in command.phrases:
                return self.obey(run, command, depth, data)
        return None

    def command_pressed(self, run: Running, digits: str, data: Data) -> int | None:
        """Obey a global whose key was pressed."""
        for command, depth in run.commands():
            if command.key and digits == command.key:
                return self.obey(run, command, depth, data)
        return None

    def obey(self, run: Running, command: Command, depth: int, data: Data) -> int:
        """Do what a global says: go somewhere, ask again, or cancel."""
        run.why(branch=command.name)
        if command.position is not None:
            run.unwind(depth)
            return command.position
        if command.name == "repeat":
            return self.put(run, data)
        raise FlowEvent("cancelled")

    def limit(self, run: Running) -> float:
        """Seconds that a chat waits."""
        chat = self.timeout.chat if self.timeout else None
        if chat is None and run.flow.asking.timeout:
            chat = run.flow.asking.timeout.chat
        return chat_timeout if chat is None else chat

    def key_rules(self, run: Running, shape: KeyRules) -> KeyRules:
        """`shape` with the time limits of this step and its flow."""
        changes: dict[str, float] = {}
        for settings in (run.flow.asking, self):
            if settings.timeout is not None and settings.timeout.call is not None:
                changes["timeout"] = settings.timeout.call
            if settings.inter_digit_timeout is not None:
                changes["inter_digit_timeout"] = settings.inter_digit_timeout
            if settings.term_timeout is not None:
                changes["term_timeout"] = settings.term_timeout
        return replace(shape, **changes) if changes else shape  # type: ignore[arg-type]

    def interruptible(self, run: Running) -> BargeIn:
        """What may interrupt the prompt."""
        return self.barge_in or run.flow.asking.barge_in or BargeIn.KEYS


def on_call(run: Running) -> bool:
    """Whether the session is a call."""
    return run.channel is Channel.CALL
