"""Asking for slots, one by one: what `collect` does, and `confirm` after a no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botkit.flow import wording
from botkit.flow.asking import Listen
from botkit.flow.events import FlowEvent
from botkit.flow.options import all_phrases
from botkit.flow.saying import Manner, Style
from botkit.model import questions
from botkit.model.findings import Finding
from botkit.model.forms import Control, ControlKind, Form
from botkit.model.session import Channel

from .question import Data, Question, on_call
from .spoken import Found, command, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot


class Filling(Question):
    """A step that asks for slots. What it keeps holds the names still to be asked for as `left`."""

    def slot_findings(self, names: Iterable[str], op: Op, view: FlowView) -> Iterable[Finding]:
        """What is wrong with slots that shall be asked for."""
        keys_only = (self.listen or view.listen) is Listen.KEYS
        for name in names:
            slot = view.slots.get(name)
            if slot is None:
                continue  # told where the name stands
            if slot.ask is None and slot.prompt is None:
                remedy = f"Add `ask: ...` to the slot `{name}`."
                yield op.at.finding("slot-without-question", f"`{name}` has no question.", remedy)
            if slot.type == "choice" and not slot.options:
                remedy = f"Add `options:` to the slot `{name}`."
                yield op.at.finding("slot-without-options", f"`{name}` has nothing to choose.", remedy)
            if keys_only and not slot.by_keys and Channel.CALL in op.channels and view.on_calls:
                message = f"`{name}` cannot be keyed in, and `listen: keys` hears no speech."
                remedy = "Let it listen to speech, or give the slot another type."
                yield op.at.finding("not-by-keys", message, remedy)

    def slot_question(self, run: Running, name: str) -> questions.Question:
        """One slot's question."""
        slot = run.flow.slots[name]
        prompt = asked(run, slot)
        own_words = slot.prompt is not None and slot.prompt.on(run.channel) is not None
        if on_call(run):
            return self._on_call(run, slot, prompt, own_words=own_words)
        form = None
        if slot.choices and not own_words:
            if run.flow.forms:
                form = Form(id=run.ask_id(), controls=(choice_buttons(name, slot),))
            else:
                prompt = wording.written_offer(prompt, [(label.lower(), "") for _, label in slot.choices])
        return questions.Question(
            prompt=prompt,
            form=form,
            barge_in=self.interruptible(run),
            secret=slot.secret,
            language=run.flow.language,
        )

    def _on_call(self, run: Running, slot: Slot, prompt: str, *, own_words: bool) -> questions.Question:
        listen = self._listening_for(run, slot)
        keys = slot.by_keys and listen is not Listen.SPEECH
        speech = listen is not Listen.KEYS
        if not keys and not speech:
            raise FlowEvent("error.not_by_keys")
        shape = slot.key_shape()
        rules = None
        if speech:
            own = all_phrases(slot.options) if slot.type == "choice" else None
            sizes = (
                {"minimum": shape.minimum, "maximum": shape.maximum}
                if slot.type in ("digits", "spelling")
                else {}
            )
            rules = self.speech_rules(run, slot.speech_kind, own, **sizes)
        return questions.Question(
            prompt=prompt if own_words else slot.spoken_question(prompt, keys=keys, speech=speech),
            keys=self.key_rules(run, shape if keys else self.command_keys(run)),
            speech=rules,
            barge_in=self.interruptible(run),
            secret=slot.secret,
            language=run.flow.language,
        )

    def _listening_for(self, run: Running, slot: Slot) -> Listen:
        # A secret is not said aloud where keys can say it.
        return Listen.KEYS if slot.secret and slot.by_keys else self.listening(run)

    def typed(self, run: Running, text: str, data: Data) -> int | None:
        obeyed = self.command_typed(run, text, data)
        if obeyed is not None:
            return obeyed
        value = run.flow.slots[left_of(data)[0]].typed(text, run.now.date())
        return None if value is None else self.take(run, value, data)

    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        slot = run.flow.slots[left_of(data)[0]]
        value = None if self._listening_for(run, slot) is Listen.SPEECH else slot.pressed(digits)
        if value is not None:
            return self.take(run, value, data)
        # A key that is part of no number (`*`) can be a global also while digits are keyed in.
        plain = digits.isdigit() and slot.by_keys and not slot.choices
        return None if plain else self.command_pressed(run, digits, data)

    def understood(self, run: Running, text: str, data: Data) -> Found | None:
        slot = run.flow.slots[left_of(data)[0]]
        if slot.type == "choice":
            return one_of(run, text, all_phrases(slot.options))
        found = command(run, text)
        if found is not None:
            return found
        value = slot.heard(text, run.now.date())
        if value is None:
            return None
        style = Style(Manner.SPOKEN, run.flow.language)
        back = "" if slot.secret else slot.read_back(value, style)
        return Found(value, back, sure=slot.secret or not slot.by_sound)


def left_of(data: Data) -> list[str]:
    """The slots that are still to be asked for."""
    names = data["left"]
    assert isinstance(names, list)
    return names


def asked(run: Running, slot: Slot) -> str:
    """A slot's question as it reads on this channel."""
    template = (slot.prompt.on(run.channel) if slot.prompt else None) or slot.ask
    return run.words(template) if template is not None else ""


def choice_buttons(name: str, slot: Slot) -> Control:
    """A slot's choices, each a button that submits."""
    return Control(kind=ControlKind.BUTTON, name=name, options=slot.control(name, "").options)
