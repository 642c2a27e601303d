"""Asking for slots, one by one: what `collect` does, and `confirm` after a no."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from botkit.flow.asking import Listen
from botkit.flow.events import FlowEvent
from botkit.flow.wording import written_offer
from botkit.model import questions
from botkit.model.findings import Finding
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.inputs import FileLost, ReceivedFile, TextReceived, most_file_bytes
from botkit.model.session import Channel

from .question import Data, Question, on_call
from .spoken import Found, command, one_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot
    from botkit.flow.templates import Template


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
            if "options" in slot.kind.takes and not slot.options:
                remedy = f"Add `options:` to the slot `{name}`."
                yield op.at.finding("slot-without-options", f"`{name}` has nothing to choose.", remedy)
            on_calls = Channel.CALL in op.channels and view.on_calls
            if on_calls and not slot.kind.on_calls:
                message = f"A caller cannot send the {slot.type.name} `{name}`."
                remedy = "Add `only: chat` to the step; on a call, `record` takes what is said."
                yield op.at.finding("slot-not-on-calls", message, remedy)
            elif on_calls and keys_only and not slot.kind.by_keys:
                message = f"`{name}` cannot be keyed in, and `listen: keys` hears no speech."
                remedy = "Let it listen to speech, or give the slot another type."
                yield op.at.finding("not-by-keys", message, remedy)

    def slot_reads(
        self, names: Collection[str], slots: Mapping[str, Slot]
    ) -> Iterable[tuple[Template, Collection[str]]]:
        """What the questions of these slots read. They may be asked in any order: one that is filled
        already is left out, and so says nothing of the others."""
        for name in names:
            slot = slots.get(name)
            if slot is not None:
                own = (slot.ask, slot.prompt.call, slot.prompt.chat) if slot.prompt else (slot.ask,)
                yield from ((template, names) for template in own if template is not None)

    @cached_property
    def rows(self) -> dict[str, tuple[Sequence[tuple[str, str]], Control]]:
        """Slot -> what it offered last, and the row of buttons for it."""
        return {}

    def put_slot(self, run: Running, data: Data) -> int:
        """Ask for the first slot that is left."""
        name = left_of(data)[0]
        question = self.slot_question(run, name)
        files = run.flow.slots[name].kind.by_files
        return run.ask(question, self.limit(run), data, anyone=self.anyone is not None, files=files)

    def slot_question(self, run: Running, name: str) -> questions.Question:
        """One slot's question."""
        slot = run.flow.slots[name]
        prompt = asked(run, slot)
        own_words = slot.prompt is not None and slot.prompt.on(run.channel) is not None
        if on_call(run):
            return self._on_call(run, slot, prompt, own_words=own_words)
        form = None
        choices = slot.kind.choices(run.situation)
        if choices and not own_words:
            if run.flow.forms:
                form = Form(id=run.ask_id(), controls=(self._buttons(name, choices),))
            else:
                prompt = written_offer(prompt, [(label.lower(), "") for _, label in choices])
        return questions.Question(
            prompt=prompt,
            form=form,
            barge_in=self.interruptible(run),
            secret=slot.secret,
            language=run.language,
        )

    def _buttons(self, name: str, choices: Sequence[tuple[str, str]]) -> Control:
        """One slot's (value, label) as a row of buttons; it is made once, not for each who is asked."""
        known = self.rows.get(name)
        if known is None or known[0] != choices:
            options = tuple(FormOption(value=value, text=label) for value, label in choices)
            known = (choices, Control(kind=ControlKind.BUTTON, name=name, options=options))
            self.rows[name] = known
        return known[1]

    def _on_call(self, run: Running, slot: Slot, prompt: str, *, own_words: bool) -> questions.Question:
        kind = slot.kind
        if not kind.on_calls:
            raise FlowEvent("error.not_on_calls", f"a caller cannot answer a slot of type {slot.type.name}")
        listen = self._listening_for(run, slot)
        keys = kind.by_keys and listen is not Listen.SPEECH
        speech = listen is not Listen.KEYS
        if not keys and not speech:
            raise FlowEvent("error.not_by_keys")
        rules = None
        if speech:
            sizes = dict(zip(("minimum", "maximum"), kind.letters or (), strict=False))
            rules = self.speech_rules(run, kind.speech, kind.phrases(run.language), **sizes)
        return questions.Question(
            prompt=prompt if own_words else kind.question(prompt, run.situation, keys=keys, speech=speech),
            keys=self.key_rules(run, kind.keys() if keys else self.command_keys(run)),
            speech=rules,
            barge_in=self.interruptible(run),
            secret=slot.secret,
            language=run.language,
        )

    def _listening_for(self, run: Running, slot: Slot) -> Listen:
        # A secret is not said aloud where keys can say it.
        return Listen.KEYS if slot.secret and slot.kind.by_keys else self.listening(run)

    def received(self, run: Running, event: TextReceived, data: Data) -> int | None:
        asked_for = data.get("left")
        if not event.files or not isinstance(asked_for, list):
            return super().received(run, event, data)
        slot = run.flow.slots[asked_for[0]]
        lost = next((file for file in event.files if file.lost), None)
        if not slot.kind.by_files:
            return super().received(run, event, data)
        if lost is not None:
            return self.failed(run, "no_match", data, {"lost": str(lost.lost)}, because=told(run, lost))
        value = slot.kind.attached(event.files)
        return None if value is None else self.take(run, value, data)

    def typed(self, run: Running, text: str, data: Data) -> int | None:
        obeyed = self.command_typed(run, text, data)
        if obeyed is not None:
            return obeyed
        value = run.flow.slots[left_of(data)[0]].typed(text, run.situation)
        return None if value is None else self.take(run, value, data)

    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        slot = run.flow.slots[left_of(data)[0]]
        value = None if self._listening_for(run, slot) is Listen.SPEECH else slot.kind.pressed(digits)
        if value is not None:
            return self.take(run, value, data)
        # A key that is part of no number (`*`) can be a global also while digits are keyed in.
        plain = digits.isdigit() and slot.kind.by_keys and not slot.kind.keys().choices
        return None if plain else self.command_pressed(run, digits, data)

    def understood(self, run: Running, text: str, data: Data) -> Found | None:
        slot = run.flow.slots[left_of(data)[0]]
        phrases = slot.kind.phrases(run.language)
        if phrases:
            return one_of(run, text, phrases)
        found = command(run, text)
        if found is not None:
            return found
        value = slot.kind.heard(text, run.situation)
        if value is None:
            return None
        back = "" if slot.secret else slot.kind.read_back(value, run.situation)
        return Found(value, back, sure=slot.secret or not slot.kind.by_sound)


def told(run: Running, lost: ReceivedFile) -> str:
    """Why a file did not come."""
    if lost.lost is FileLost.TOO_LARGE:
        limit = f"{most_file_bytes >> 20} MB"
        return run.wording.text("file_too_large", file=lost.name, limit=limit)
    return run.wording.text("file_lost", file=lost.name)


def left_of(data: Data) -> list[str]:
    """The slots that are still to be asked for."""
    names = data["left"]
    assert isinstance(names, list)
    return names


def asked(run: Running, slot: Slot) -> str:
    """A slot's question as it reads on this channel."""
    template = (slot.prompt.on(run.channel) if slot.prompt else None) or slot.ask
    return run.words(template) if template is not None else ""
