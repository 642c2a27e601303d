"""`collect`: fills slots by asking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from botkit.flow import wording
from botkit.flow.events import FlowEvent
from botkit.flow.fields import ChannelText, SlotName
from botkit.model import questions
from botkit.model.findings import Finding
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.inputs import FormReceived
from botkit.model.session import Channel

from .question import Data, Question, on_call

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot


most_kept = 2_000
"""Bytes of a mistaken form that are kept and shown again."""


class Collect(Question):
    """Fills slots: asks for each that is still empty, one by one, or on chat all in one form."""

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

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        for name in self.collect:
            slot = view.slots.get(name)
            if slot is None:
                continue  # told where the name stands
            if slot.ask is None and slot.prompt is None:
                remedy = f"Add `ask: ...` to the slot `{name}`."
                yield op.at.finding("slot-without-question", f"`{name}` has no question.", remedy)
            if slot.type == "choice" and not slot.options:
                remedy = f"Add `options:` to the slot `{name}`."
                yield op.at.finding("slot-without-options", f"`{name}` has nothing to choose.", remedy)
            if not slot.by_keys and Channel.CALL in op.channels and view.on_calls:
                message = f"`{name}` is text: a caller has only keys to answer with."
                remedy = "Collect it in a step with `only: chat`, or give the slot another type."
                yield op.at.finding("not-by-keys", message, remedy)

    def enter(self, run: Running) -> int:
        wanted = [name for name in self.collect if self.again or run.slots.get(name) is None]
        run.why(branch="asked" if wanted else "filled")
        if not wanted:
            return run.next
        return self.put(run, {"left": wanted})

    def put(self, run: Running, data: Data) -> int:
        left = _left(data)
        anyone = self.anyone is not None
        if self.style == "form" and run.channel is Channel.CHAT and run.flow.forms:
            question = self.form(run, left, data)
        else:
            question = self.question(run, left[0])
        return run.ask(question, self.limit(run), data, anyone=anyone)

    def form(self, run: Running, left: list[str], data: Data) -> questions.Question:
        """All that is left in one form; after a mistake with what was entered, and what is wrong."""
        entered = data.get("entered") or {}
        wrong = data.get("wrong") or []
        assert isinstance(entered, dict)
        assert isinstance(wrong, list)
        controls = []
        for name in left:
            if name in wrong:
                controls.append(Control(kind=ControlKind.LABEL, text=wording.no_match[0]))
            slot = run.flow.slots[name]
            controls.append(slot.control(name, asked(run, slot), str(entered.get(name, ""))))
        controls.append(
            Control(
                kind=ControlKind.BUTTON, name="send", options=(FormOption(value="send", text=wording.send),)
            )
        )
        override = self.prompt.chat if self.prompt else None
        prompt = override.text(run) if override else wording.form_prompt
        return questions.Question(prompt=prompt, form=Form(id=run.ask_id(), controls=tuple(controls)))

    def question(self, run: Running, name: str) -> questions.Question:
        """One slot's question."""
        slot = run.flow.slots[name]
        prompt = asked(run, slot)
        override = slot.prompt.on(run.channel) if slot.prompt else None
        barge_in = self.interruptible(run)
        if on_call(run):
            if not slot.by_keys:
                raise FlowEvent("error.not_by_keys", name)
            shape = slot.key_shape()
            if override is None:
                prompt = wording.spoken_offer(prompt, slot.offers())
                if shape.terminator:
                    prompt = f"{prompt} {wording.finish_with_hash}"
            return questions.Question(prompt=prompt, keys=self.key_rules(run, shape), barge_in=barge_in)
        offers = [(label, "") for label, _ in slot.offers()]
        if offers and override is None:
            if run.flow.forms:
                controls = (choice_buttons(name, slot),)
                form = Form(id=run.ask_id(), controls=controls)
                return questions.Question(prompt=prompt, form=form, barge_in=barge_in)
            prompt = wording.written_offer(prompt, offers)
        return questions.Question(prompt=prompt, barge_in=barge_in)

    def typed(self, run: Running, text: str, data: Data) -> int | None:
        obeyed = self.command_typed(run, text, data)
        if obeyed is not None:
            return obeyed
        left = _left(data)
        value = run.flow.slots[left[0]].typed(text)
        return None if value is None else self.filled(run, {left[0]: value}, left)

    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        left = _left(data)
        slot = run.flow.slots[left[0]]
        value = slot.pressed(digits)
        if value is not None:
            return self.filled(run, {left[0]: value}, left)
        # A key that is part of no number (`*`) can be a global also while digits are keyed in.
        return self.command_pressed(run, digits, data) if not digits.isdigit() or slot.offers() else None

    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        left = _left(data)
        shown = left if self.style == "form" else left[:1]
        texts = {name: event.values.get(name, "")[:4_000] for name in shown}
        values = {name: run.flow.slots[name].submitted(text) for name, text in texts.items()}
        wrong = [name for name, value in values.items() if value is None]
        if not wrong:
            return self.filled(run, values, left)
        if len(shown) > 1:
            kept = sum(len(text.encode("utf-8", "replace")) for text in texts.values()) <= most_kept
            data.update(wrong=wrong, entered=texts if kept else {})
        return None

    def filled(self, run: Running, values: dict[str, object], left: list[str]) -> int:
        """Answers were found: keep them, and ask for what is left."""
        run.why(branch=" ".join(values))
        for name, value in values.items():
            run.set(name, value)
        rest = [name for name in left if name not in values]
        return self.put(run, {"left": rest}) if rest else run.next


def _left(data: Data) -> list[str]:
    """The slots that are still to be asked for."""
    names = data["left"]
    assert isinstance(names, list)
    return names


def asked(run: Running, slot: Slot) -> str:
    """A slot's question as it reads on this channel."""
    template = (slot.prompt.on(run.channel) if slot.prompt else None) or slot.ask
    return template.text(run) if template is not None else ""


def choice_buttons(name: str, slot: Slot) -> Control:
    """A slot's choices, each a button that submits."""
    return Control(kind=ControlKind.BUTTON, name=name, options=slot.control(name, "").options)
