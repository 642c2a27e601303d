"""`confirm`: yes or no, and on a no the answers once more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow import match
from botkit.flow.asking import Listen
from botkit.flow.fields import Body, ChannelText, PlacedStep, SlotName, Text
from botkit.flow.ssml import followed
from botkit.model import questions
from botkit.model.findings import Finding
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.inputs import FormReceived
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

from .correcting import Correcting
from .filling import left_of
from .question import Data, on_call, yes_no_keys
from .spoken import Found, command

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot
    from botkit.flow.templates import Template

most_rounds = 3
"""How often the slots are collected anew."""

form_field = "answer"


def _buttons(run: Running) -> tuple[Control, ...]:
    """The form's one row."""
    options = tuple(FormOption(value=name, text=run.wording.text(name)) for name in ("yes", "no"))
    return (Control(kind=ControlKind.BUTTON, name=form_field, options=options),)


class Confirm(Correcting):
    """Asks yes or no. With `slots`, an answer such as `no, Tuesday` corrects the one that it fits; a plain no
    empties them, collects them anew and asks again, three times at most; then it is a no for good."""

    verb: ClassVar[str] = "confirm"
    example: ClassVar[str] = """
        flow: callback
        start: [call_incoming, mention]
        slots:
          phone: {type: digits, length: 6..15, ask: Which number may we call back?}
        steps:
          - collect: [phone]
          - confirm: We call {{ phone | digits }}. Is that right?
            slots: [phone]
            no:
              - end: Please try again later.
          - end: Thank you.
    """

    confirm: Text = Field(description="The question. How to answer is added to it on a call.")
    slots: tuple[SlotName, ...] = Field(
        (),
        max_length=20,
        description="Slots that an answer may correct (`no, Tuesday`), and that are emptied and collected "
        "anew after a no.",
    )
    yes: Body | None = Field(None, description="Steps after a yes.")
    no: Body | None = Field(
        None, description="Steps after a no; with `slots` after the last one, and without it `give_up` then."
    )
    prompt: ChannelText | None = Field(
        None, description="The whole question for one channel: `{call: ..., chat: ...}`."
    )

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        given = (("yes", self.yes), ("no", self.no))
        return (*super().bodies(), *((name, body) for name, body in given if body is not None))

    def ways(self) -> Iterable[str]:
        # A no goes on like a yes, unless one of them has steps or slots are collected anew.
        again = ("again",) if self.slots else ()
        own = ("yes", *again, "no") if self.no is not None or not self.slots else ("yes", *again)
        return (*own, *super().ways())

    def picks_up(self) -> bool:
        return True

    def reads(self, slots: Mapping[str, Slot]) -> Iterable[tuple[Template, Collection[str]]]:
        return (*super().reads(slots), *self.slot_reads(self.slots, slots))

    def falls_through(self) -> bool:
        return self.yes is None or (self.no is None and not self.slots)

    def fills(self) -> Iterable[str]:
        return self.slots

    def fills_on(self, branch: str) -> bool:
        # A yes asks for none of them.
        return branch not in ("give_up", "", "yes")

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        return self.slot_findings(self.slots, op, view)

    def enter(self, run: Running) -> int:
        run.why(branch="asked")
        return self.put(run, {})

    def put(self, run: Running, data: Data) -> int:
        if "left" in data or "which" in data:
            return super().put(run, data)
        return run.ask(self.question(run), self.limit(run), data, anyone=self.anyone is not None)

    def question(self, run: Running) -> questions.Question:
        """Yes or no."""
        override = self.prompt.on(run.channel) if self.prompt else None
        prompt = run.words(override or self.confirm)
        keys = speech = form = None
        if on_call(run):
            listen = self.listening(run)
            by_keys, by_speech = listen is not Listen.SPEECH, listen is not Listen.KEYS
            if override is None:
                prompt = followed(prompt, run.wording.yes_no_offer(keys=by_keys, speech=by_speech))
            own = yes_no_keys if by_keys else ()
            shape = self.command_keys(run)
            choices = tuple(dict.fromkeys((*own, *shape.choices)))
            keys = self.key_rules(run, KeyRules(maximum=max(map(len, choices), default=1), choices=choices))
            speech = self.speech_rules(run, SpeechKind.YES_NO) if by_speech else None
        elif run.flow.forms:
            form = Form(id=run.ask_id(), controls=_buttons(run))
        return questions.Question(
            prompt=prompt,
            keys=keys,
            speech=speech,
            barge_in=self.interruptible(run),
            form=form,
            language=run.language,
        )

    def typed(self, run: Running, text: str, data: Data) -> int | None:
        if "left" in data or "which" in data:
            return super().typed(run, text, data)
        obeyed = self.command_typed(run, text, data)
        if obeyed is not None:
            return obeyed
        yes = match.yes_no(text, language=run.language)
        found = self.wanted_otherwise(run, text, data, only_changes=yes is True)
        if found:
            return self.corrected(run, found, data)
        return None if yes is None else self.take(run, yes, data)

    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        if "left" in data or "which" in data:
            return super().submitted(run, event, data)
        return self.typed(run, event.values.get(form_field, ""), data)

    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        if "left" in data or "which" in data:
            return super().pressed(run, digits, data)
        yes = None if self.listening(run) is Listen.SPEECH else yes_no_keys.get(digits)
        return self.command_pressed(run, digits, data) if yes is None else self.take(run, yes, data)

    def understood(self, run: Running, text: str, data: Data) -> Found | None:
        if "left" in data or "which" in data:
            return super().understood(run, text, data)
        yes = match.yes_no(text, spoken=True, language=run.language)
        found = command(run, text)
        if found is None:
            other = self.wanted_otherwise(run, text, data, only_changes=yes is True)
            found = self.correction(run, other)
        if found is not None or yes is None:
            return found
        label = run.wording.text("yes" if yes else "no").lower()
        return Found(yes, run.wording.did_you_say(label), sure=True)

    def take(self, run: Running, answer: object, data: Data) -> int:
        if isinstance(answer, bool) and "left" not in data and "which" not in data:
            return self.answered(run, answer, int(str(data.get("rounds", 0))))
        return super().take(run, answer, data)

    def answered_slot(self, run: Running, answer: object, data: Data) -> int:
        name, *rest = left_of(data)
        run.why(branch=name)
        run.set(name, answer)
        kept: Data = {"rounds": data["rounds"]}
        return self.put(run, {**kept, "left": rest} if rest else kept)

    def own_slots(self) -> Sequence[str]:
        return self.slots

    def correct(self, run: Running, name: str, value: object, data: Data) -> int:
        run.set(name, value)
        left = left_of(data) if "left" in data else []
        if value is None:
            left = [name, *(other for other in left if other != name)]
        kept: Data = {"rounds": data.get("rounds", 0)}
        return self.put(run, {**kept, "left": left} if left else kept)

    def answered(self, run: Running, yes: bool, rounds: int) -> int:
        """It is right, or it is not."""
        if yes:
            run.why(branch="yes")
            return run.branch("yes")
        if self.slots and rounds < most_rounds:
            run.why(branch="again")
            for name in self.slots:
                run.set(name, None)
            return self.put(run, {"left": list(self.slots), "rounds": rounds + 1})
        if self.slots and self.no is None:
            return self.gave_up(run, "no_match")
        run.why(branch="no")
        return run.branch("no")
