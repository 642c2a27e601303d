"""Answers that people want otherwise after all: what `collect` and `confirm` share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from botkit.flow import match
from botkit.flow.asking import Listen
from botkit.flow.corrections import corrections
from botkit.flow.wording import written_offer
from botkit.model import questions
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.inputs import FormReceived
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

from .filling import Filling, left_of
from .question import Data, on_call
from .spoken import Found, one_of

if TYPE_CHECKING:
    from botkit.flow.running import Running

form_field = "which"


class Correcting(Filling):
    """A step that takes corrections of its slots. While it asks which of them is meant, what it keeps holds
    the values that they would get as `which`."""

    @abstractmethod
    def own_slots(self) -> Sequence[str]:
        """The slots that can be corrected here, once they are filled."""

    @abstractmethod
    def correct(self, run: Running, name: str, value: object, data: Data) -> int:
        """Give a slot its new value, None = ask for it anew, and go on."""

    def put(self, run: Running, data: Data) -> int:
        if "which" not in data:
            return self.put_slot(run, data)
        question = self._which(run, data)
        return run.ask(question, self.limit(run), data, anyone=self.anyone is not None)

    def wanted_otherwise(
        self, run: Running, text: str, data: Data, *, only_changes: bool = False
    ) -> Mapping[str, object]:
        """Slot -> value of all that a text may correct; empty when it is no correction."""
        present = left_of(data)[0] if "left" in data else ""
        names = [name for name in self.own_slots() if run.slots.get(name) is not None or name == present]
        slots = {name: run.flow.slots[name] for name in names}
        if on_call(run):  # what is secret is not said aloud, and could not be kept out of the transcript
            slots = {name: slot for name, slot in slots.items() if not slot.secret and slot.kind.on_calls}
        found = corrections(
            text, slots, run.slots, run.situation, led=bool(present), only_changes=only_changes
        )
        return {} if set(found) == {present} and found[present] is None else found

    def corrected(self, run: Running, found: Mapping[str, object], data: Data) -> int:
        """Correct the one slot that is meant, or ask which one it is."""
        if any(run.flow.slots[name].secret for name in found):
            run.secret = True
        kept = {key: value for key, value in data.items() if key != "which"}
        if len(found) > 1:
            run.why(branch="which")
            return self.put(run, {**kept, "which": dict(found)})
        ((name, value),) = found.items()
        run.why(branch="corrected", read={"slot": name})
        return self.correct(run, name, value, kept)

    def typed(self, run: Running, text: str, data: Data) -> int | None:
        if "which" in data:
            obeyed = self.command_typed(run, text, data)
            if obeyed is not None:
                return obeyed
            named = match.closest(text, self._called(run, data))
            return None if named is None else self.take(run, named.name, data)
        answer = super().typed(run, text, data)
        if answer is not None:
            return answer
        found = self.wanted_otherwise(run, text, data)
        return self.corrected(run, found, data) if found else None

    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        if "which" in data:
            name = event.values.get(form_field, "")
            return self.take(run, name, data) if name in _meant(data) else None
        name = left_of(data)[0]
        value = run.flow.slots[name].submitted(event.values.get(name, "")[:4_000], run.situation)
        return None if value is None else self.take(run, value, data)

    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        if "which" not in data:
            return super().pressed(run, digits, data)
        name = self._keys(data).get(digits) if self.listening(run) is not Listen.SPEECH else None
        return self.command_pressed(run, digits, data) if name is None else self.take(run, name, data)

    def understood(self, run: Running, text: str, data: Data) -> Found | None:
        if "which" in data:
            return one_of(run, text, self._called(run, data))
        answer = super().understood(run, text, data)
        choice = bool(run.flow.slots[left_of(data)[0]].kind.phrases(run.language))
        if answer is not None and (answer.sure or not choice):
            return answer
        return self.correction(run, self.wanted_otherwise(run, text, data)) or answer

    def correction(self, run: Running, found: Mapping[str, object]) -> Found | None:
        """What was said by way of a correction; None when there is none."""
        if not found:
            return None
        answer = {"corrects": dict(found)}
        if len(found) > 1:
            return Found(answer, "", sure=True)
        ((name, value),) = found.items()
        slot = run.flow.slots[name]
        if value is None:
            return Found(answer, run.wording.did_you_say(slot.called(name)), sure=True)
        return Found(answer, slot.kind.read_back(value, run.situation), sure=not slot.kind.by_sound)

    def take(self, run: Running, answer: object, data: Data) -> int:
        if "which" in data:
            return self.corrected(run, {str(answer): _meant(data)[str(answer)]}, data)
        if isinstance(answer, Mapping) and answer.keys() == {"corrects"}:
            return self.corrected(run, answer["corrects"], data)
        return self.answered_slot(run, answer, data)

    @abstractmethod
    def answered_slot(self, run: Running, answer: object, data: Data) -> int:
        """The first slot that is left has its answer: where to go on."""

    def _which(self, run: Running, data: Data) -> questions.Question:
        labels = {name: run.flow.slots[name].called(name) for name in _meant(data)}
        prompt = run.wording.text("which_one")
        keys = speech = form = None
        if on_call(run):
            listen = self.listening(run)
            own = {} if listen is Listen.SPEECH else self._keys(data)
            by_name = {name: key for key, name in own.items()}
            offers = [
                (label, by_name.get(name, ""), "" if listen is Listen.KEYS else label)
                for name, label in labels.items()
            ]
            prompt = run.wording.spoken_offer(prompt, offers)
            choices = tuple(dict.fromkeys((*own, *self.command_keys(run).choices)))
            keys = self.key_rules(run, KeyRules(maximum=max(map(len, choices), default=1), choices=choices))
            if listen is not Listen.KEYS:
                speech = self.speech_rules(run, SpeechKind.CHOICE, self._called(run, data))
        elif run.flow.forms:
            options = tuple(FormOption(value=name, text=label) for name, label in labels.items())
            buttons = Control(kind=ControlKind.BUTTON, name=form_field, options=options)
            form = Form(id=run.ask_id(), controls=(buttons,))
        else:
            prompt = written_offer(prompt, [(label, "") for label in labels.values()])
        barge_in = self.interruptible(run)
        return questions.Question(
            prompt=prompt, keys=keys, speech=speech, form=form, barge_in=barge_in, language=run.language
        )

    def _called(self, run: Running, data: Data) -> Mapping[str, Sequence[str]]:
        """Slot -> what people call it; the second phrase is what they read."""
        return {name: (name.replace("_", " "), run.flow.slots[name].called(name)) for name in _meant(data)}

    def _keys(self, data: Data) -> Mapping[str, str]:
        """Key -> slot."""
        return {str(number): name for number, name in enumerate(_meant(data), 1) if number < 10}


def _meant(data: Data) -> Mapping[str, object]:
    which = data["which"]
    assert isinstance(which, Mapping)
    return which
