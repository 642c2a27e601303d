"""What all questions share: failures, giving up, globals, speech, time limits."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from botkit.flow import match
from botkit.flow.asking import Asking, Listen
from botkit.flow.events import FlowEvent
from botkit.flow.fields import Body, PlacedStep, Text
from botkit.flow.flowset import IGNORED, Command
from botkit.flow.match import normalise
from botkit.model import questions
from botkit.model.inputs import (
    DeadlineReached,
    EffectFailed,
    FormReceived,
    Input,
    KeysCollected,
    KeysEnded,
    SpeechEnded,
    SpeechHeard,
    TextReceived,
)
from botkit.model.questions import BargeIn, KeyRules
from botkit.model.session import Channel
from botkit.model.speech import SpeechKind, SpeechRules

from .base import Step
from .spoken import Found, meanings

if TYPE_CHECKING:
    from botkit.flow.running import Running

chat_timeout = 24 * 3600.0
"""Seconds that a chat waits for an answer, unless the flow says otherwise."""

surely = 0.5
"""From which confidence of a recogniser its words need no confirmation."""

Data = dict[str, object]
"""What a question keeps while it is open: JSON."""

yes_no_keys: Mapping[str, bool] = {"1": True, "2": False}


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

    def ways(self) -> Iterable[str]:
        if self.no_input:
            yield "no_input"
        if self.no_match:
            yield "no_match"
        if self.give_up is not None:
            yield "give_up"

    @abstractmethod
    def put(self, run: Running, data: Data) -> int:
        """Ask, or ask again, with what is kept in `data`."""

    @abstractmethod
    def typed(self, run: Running, text: str, data: Data) -> int | None:
        """A typed answer: where to go on, or None when it does not fit."""

    def received(self, run: Running, event: TextReceived, data: Data) -> int | None:
        """A message: its text, unless a question wants what came with it."""
        return self.typed(run, event.text, data)

    @abstractmethod
    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        """A submitted form, likewise."""

    @abstractmethod
    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        """Pressed keys, likewise."""

    @abstractmethod
    def understood(self, run: Running, text: str, data: Data) -> Found | None:
        """What spoken words mean; None when they do not fit."""

    @abstractmethod
    def take(self, run: Running, answer: object, data: Data) -> int:
        """What was understood is the answer: where to go on."""

    def resume(self, run: Running, event: Input) -> int:
        data: Data = {key: value for key, value in run.waited.items() if key not in ("kind", "id", "secret")}
        doubt = data.pop("doubt", None)
        answer: int | None
        if isinstance(event, TextReceived):
            answer = self.received(run, event, data)
        elif isinstance(event, FormReceived):
            answer = self.submitted(run, event, data)
        elif isinstance(event, KeysCollected):
            if event.ended is KeysEnded.NONE:
                return self.failed(run, "no_input", data)
            if isinstance(doubt, Mapping):
                return self.settled(run, yes_no_keys.get(event.digits, False), doubt, data)
            answer = self.pressed(run, event.digits, data)
        elif isinstance(event, SpeechHeard):
            return self.heard(run, event, doubt, data)
        elif isinstance(event, DeadlineReached):
            return self.gave_up(run, "no_input")
        elif isinstance(event, EffectFailed):
            raise FlowEvent("error.ask", event.error)
        else:
            return IGNORED
        return self.failed(run, "no_match", data) if answer is None else answer

    def heard(self, run: Running, event: SpeechHeard, doubt: object, data: Data) -> int:
        """Something was said: an answer, or what has to be confirmed first, or nothing that fits."""
        text = event.text.strip()
        if event.ended is not SpeechEnded.HEARD or not text:
            ended = SpeechEnded.NOTHING if event.ended is SpeechEnded.HEARD else event.ended
            return self.failed(run, "no_match", data, {"ended": str(ended), "detail": event.detail[:200]})
        yes = match.yes_no(text, spoken=True, language=run.language) if isinstance(doubt, Mapping) else None
        if yes is not None and isinstance(doubt, Mapping):
            return self.settled(run, yes, doubt, data)
        found = self.understood(run, text, data)
        confident = event.confidence is None or event.confidence >= surely
        if found is not None and found.sure and confident:
            return self.accept(run, found.answer, found.command, data)
        if found is not None and found.back and doubt is None:
            return self.doubt(run, found, data)
        return self.failed(run, "no_match", data, None if run.secret else {"heard": text[:100]})

    def doubt(self, run: Running, found: Found, data: Data) -> int:
        """Ask whether this was said."""
        run.why(branch="doubt")
        question = questions.Question(
            prompt=found.back,
            keys=self.key_rules(run, KeyRules(choices=tuple(yes_no_keys))),
            speech=self.speech_rules(run, SpeechKind.YES_NO),
            barge_in=self.interruptible(run),
            language=run.language,
        )
        held = {"answer": found.answer, "command": found.command}
        return run.ask(question, self.limit(run), {**data, "doubt": held})

    def settled(self, run: Running, yes: bool, doubt: Mapping[str, object], data: Data) -> int:
        """It was said, or it was not."""
        if not yes:
            return self.failed(run, "no_match", data, {"doubt": "no"})
        run.why(branch="confirmed")
        return self.accept(run, doubt["answer"], bool(doubt["command"]), data)

    def accept(self, run: Running, answer: object, command: bool, data: Data) -> int:
        """Go on with what was found."""
        if not command:
            return self.take(run, answer, data)
        for known, depth in run.commands():
            if known.name == answer:
                return self.obey(run, known, depth, data)
        return self.failed(run, "no_match", data)

    def failed(
        self,
        run: Running,
        kind: Literal["no_input", "no_match"],
        data: Data,
        read: Mapping[str, object] | None = None,
        because: str = "",
    ) -> int:
        """One failure more: say so and ask again, or give up. `read` says why, for the journal, `because` for
        the person."""
        given = self.no_input if kind == "no_input" else self.no_match
        count = int(str(data.get(kind, 0)))
        if given is None:
            defaults = run.wording.failures(kind)
            text = defaults[count] if count < len(defaults) else None
        else:
            text = run.words(given[count]) if count < len(given) else None
        if text is None:
            return self.gave_up(run, kind, read)
        run.why(branch=kind, read=read)
        run.say(because if because and given is None else f"{because} {text}".strip())
        return self.put(run, {**data, kind: count + 1})

    def gave_up(self, run: Running, kind: str, read: Mapping[str, object] | None = None) -> int:
        """No attempt is left."""
        if self.give_up is None:
            run.why(branch=kind, read=read)
            raise FlowEvent(kind)
        run.why(branch="give_up", read={"event": kind, **(read or {})})
        run.note_event(kind)
        return run.branch("give_up")

    def command_typed(self, run: Running, text: str, data: Data) -> int | None:
        """Obey a global whose very words were typed."""
        commands = run.commands()
        said = normalise(text) if commands else ""
        for command, depth in commands:
            if said in command.phrases(run.language):
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

    def listening(self, run: Running) -> Listen:
        """What answers on this call."""
        wanted = self.listen or run.flow.asking.listen or Listen.BOTH
        return wanted if run.tongue.hears else Listen.KEYS

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

    def command_keys(self, run: Running) -> KeyRules:
        """The rules where keys are for globals alone."""
        keys = tuple(dict.fromkeys(command.key for command, _ in run.commands() if command.key))
        return KeyRules(maximum=max(map(len, keys), default=1), choices=keys)

    def speech_rules(
        self,
        run: Running,
        kind: SpeechKind,
        choices: Mapping[str, Sequence[str]] | None = None,
        *,
        minimum: int = 1,
        maximum: int = 40,
    ) -> SpeechRules:
        """What may be said: the step's own choices and the globals, with the time limits of step and flow."""
        rules = SpeechRules(
            kind=kind,
            choices=tuple((name, tuple(words)) for name, words in meanings(run, choices or {}).items()),
            minimum=minimum,
            maximum=maximum,
        )
        changes: dict[str, float] = {}
        for settings in (run.flow.asking, self):
            for name in ("complete_timeout", "incomplete_timeout", "max_speech_timeout"):
                seconds = getattr(settings, name)
                if seconds is not None:
                    changes[name] = seconds
        return replace(rules, **changes) if changes else rules  # type: ignore[arg-type]

    def interruptible(self, run: Running) -> BargeIn:
        """What may interrupt the prompt."""
        return self.barge_in or run.flow.asking.barge_in or BargeIn.BOTH


def on_call(run: Running) -> bool:
    """Whether the session is a call."""
    return run.channel is Channel.CALL
