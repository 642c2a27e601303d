"""`collect`: fills slots by asking."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from botkit.flow.fields import ChannelText, SlotName
from botkit.model import questions
from botkit.model.findings import Finding
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.inputs import FormReceived
from botkit.model.session import Channel

from .correcting import Correcting
from .filling import asked, left_of
from .question import Data

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot
    from botkit.flow.templates import Template


most_kept = 2_000
"""Bytes of a mistaken form that are kept and shown again."""


class Collect(Correcting):
    """Fills slots: asks for each that is still empty, one by one, or on chat all in one form. What was
    answered before can be corrected meanwhile: `sorry, I meant 3 people`."""

    verb: ClassVar[str] = "collect"
    example: ClassVar[str] = """
        flow: booking
        slots:
          people: {type: number, min: 1, max: 20, ask: For how many?}
          room:
            type: choice
            ask: Inside or outside?
            options: {inside: {key: 1}, outside: {key: 2, words: [garden, terrace]}}
          phone: {type: digits, length: 6..15, ask: Which number can we reach you at?}
        steps:
          - collect: [people, room, phone]
            as: form
            prompt: {chat: Your table}
          - say: Thank you, {{ people }} {{ room }}.
    """

    collect: tuple[SlotName, ...] = Field(
        min_length=1, max_length=20, description="The slots, in this order."
    )
    style: Literal["form", "questions"] = Field(
        "questions", alias="as", description="On chat: one `form`, or `questions` one by one (default)."
    )
    again: bool = Field(False, description="Ask also for slots that are filled already.")
    prompt: ChannelText | None = Field(None, description="What stands above the form.")

    def reads(self, slots: Mapping[str, Slot]) -> Iterable[tuple[Template, Collection[str]]]:
        return (*super().reads(slots), *self.slot_reads(self.collect, slots))

    def fills(self) -> Iterable[str]:
        return self.collect

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        return self.slot_findings(self.collect, op, view)

    def enter(self, run: Running) -> int:
        wanted = [name for name in self.collect if self.again or run.slots.get(name) is None]
        run.why(branch="asked" if wanted else "filled")
        if not wanted:
            return run.next
        if self.by_form(run):  # what no form can hold comes behind it
            wanted.sort(key=lambda name: not run.flow.slots[name].kind.in_forms)
        return self.put(run, {"left": wanted})

    def by_form(self, run: Running) -> bool:
        """Whether what can be asked in a form is."""
        return self.style == "form" and run.channel is Channel.CHAT and run.flow.forms

    def in_form(self, run: Running, left: list[str]) -> list[str]:
        """The slots that a form asks for now; none when the first one is asked by itself."""
        return [name for name in left if run.flow.slots[name].kind.in_forms] if self.by_form(run) else []

    def put(self, run: Running, data: Data) -> int:
        shown = self.in_form(run, left_of(data))
        if "which" in data or not shown:
            return super().put(run, data)
        question = self.form(run, shown, data)
        return run.ask(question, self.limit(run), data, anyone=self.anyone is not None)

    def form(self, run: Running, shown: list[str], data: Data) -> questions.Question:
        """All these slots in one form; after a mistake with what was entered, and what is expected."""
        entered = data.get("entered") or {}
        wrong = data.get("wrong") or []
        assert isinstance(entered, dict)
        assert isinstance(wrong, list)
        controls = []
        for name in shown:
            slot = run.flow.slots[name]
            if name in wrong:
                hint = run.wording.text("expected", hint=slot.kind.hint(run.situation))
                controls.append(Control(kind=ControlKind.LABEL, text=hint))
            text = slot.label or asked(run, slot)
            controls.append(slot.kind.control(name, text, run.situation, str(entered.get(name, ""))))
        controls.append(
            Control(
                kind=ControlKind.BUTTON,
                name="send",
                options=(FormOption(value="send", text=run.wording.text("send")),),
            )
        )
        override = self.prompt.chat if self.prompt else None
        return questions.Question(
            prompt=run.words(override) if override else run.wording.text("form_prompt"),
            form=Form(id=run.ask_id(), controls=tuple(controls)),
            secret=any(run.flow.slots[name].secret for name in shown),
            language=run.language,
        )

    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        left = left_of(data)
        shown = self.in_form(run, left)
        if "which" in data or not shown:
            return super().submitted(run, event, data)
        texts = {name: event.values.get(name, "")[:4_000] for name in shown}
        values = {name: run.flow.slots[name].submitted(text, run.situation) for name, text in texts.items()}
        wrong = [name for name, value in values.items() if value is None]
        if not wrong:
            return self.filled(run, values, left)
        shown_again = {name: text for name, text in texts.items() if not run.flow.slots[name].secret}
        size = sum(len(text.encode("utf-8", "replace")) for text in shown_again.values())
        data.update(wrong=wrong, entered=shown_again if size <= most_kept else {})
        return None

    def answered_slot(self, run: Running, answer: object, data: Data) -> int:
        left = left_of(data)
        return self.filled(run, {left[0]: answer}, left)

    def own_slots(self) -> Sequence[str]:
        return self.collect

    def correct(self, run: Running, name: str, value: object, data: Data) -> int:
        left = left_of(data)
        if name == left[0] and value is not None:
            return self.filled(run, {name: value}, left)
        run.set(name, value)
        if value is None:
            return self.put(run, {"left": [name, *(other for other in left if other != name)]})
        slot = run.flow.slots[name]
        label, words = slot.called(name), slot.kind.said(value, run.situation)
        run.say(run.wording.text("corrected", label=label, value=words))
        return self.put(run, data)

    def filled(self, run: Running, values: dict[str, object], left: list[str]) -> int:
        """Answers were found: keep them, and ask for what is left."""
        run.why(branch=" ".join(values))
        for name, value in values.items():
            run.set(name, value)
        rest = [name for name in left if name not in values]
        return self.put(run, {"left": rest}) if rest else run.next
