"""Yes or no, and one of several."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from botkit.flow import match
from botkit.flow.options import all_phrases, labels, option_keys, spoken_offers
from botkit.flow.ssml import followed
from botkit.flow.values import as_text
from botkit.model.forms import Control, ControlKind
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

from .base import Situation, SlotType


class YesNoType(SlotType):
    """Yes or no."""

    name = "yes_no"
    hints = {"en": "yes or no", "de": "Ja oder Nein"}
    value = "`true` or `false`; as text `yes` or `no`."
    answers = ("yes", "no thanks", "of course", "that's wrong")
    speech = SpeechKind.YES_NO
    by_keys = True

    def typed(self, text: str, at: Situation) -> object:
        return match.yes_no(text, language=at.wording.language)

    def heard(self, text: str, at: Situation) -> object:
        return match.yes_no(text, spoken=True, language=at.wording.language)

    def pressed(self, digits: str) -> object:
        return {"1": True, "2": False}.get(digits)

    def coerced(self, value: object, at: Situation) -> object:
        return value if isinstance(value, bool) else super().coerced(value, at)

    def said(self, value: object, at: Situation) -> str:
        return at.wording.text("yes" if value else "no").lower()

    def question(self, prompt: str, at: Situation, *, keys: bool, speech: bool) -> str:
        return followed(prompt, at.wording.yes_no_offer(keys=keys, speech=speech))

    def choices(self, at: Situation) -> Sequence[tuple[str, str]]:
        return (("yes", at.wording.text("yes")), ("no", at.wording.text("no")))

    @property
    def closed(self) -> Collection[str]:
        return ("yes", "no")

    def keys(self) -> KeyRules:
        return KeyRules(maximum=1, choices=("1", "2"))

    def control(self, name: str, text: str, at: Situation, value: str = "") -> Control:
        return self.chooser(ControlKind.RADIO, name, text, at, value)


class ChoiceType(SlotType):
    """One of the slot's `options`."""

    name = "choice"
    hints = {"en": "one of the choices", "de": "eine der Möglichkeiten"}
    value = "The name of the option."
    answers = ("inside", "the garden, please", "1")
    takes = frozenset({"options"})
    speech = SpeechKind.CHOICE
    by_keys = True

    @cached_property
    def _normalised(self) -> dict[str, list[tuple[str, str]]]:
        """Language -> `match.phrases_of` what means each option; those that were asked for so far."""
        return {}

    def typed(self, text: str, at: Situation) -> object:
        language = at.wording.language
        phrases = self._normalised.get(language)
        if phrases is None:
            phrases = self._normalised[language] = match.phrases_of(self.phrases(language))
        found = match.closest_of(text, phrases)
        return found.name if found else self.pressed(text)

    def heard(self, text: str, at: Situation) -> object:
        found = match.spoken(text, self.phrases(at.wording.language))
        return found.name if found is not None and found.sure else None

    def pressed(self, digits: str) -> object:
        return next((name for name, key in option_keys(self.slot.options).items() if key == digits), None)

    def submitted(self, value: str, at: Situation) -> object:
        return value if value in self.slot.options else self.typed(value, at)

    def said(self, value: object, at: Situation) -> str:
        return dict(self.choices(at)).get(as_text(value), as_text(value))

    def question(self, prompt: str, at: Situation, *, keys: bool, speech: bool) -> str:
        offers = [
            (label, key if keys else "", word if speech else "")
            for label, key, word in spoken_offers(self.slot.options, at.wording.language)
        ]
        return at.wording.spoken_offer(prompt, offers)

    def phrases(self, language: str) -> Mapping[str, Sequence[str]]:
        return all_phrases(self.slot.options, language)

    def choices(self, at: Situation) -> Sequence[tuple[str, str]]:
        return labels(self.slot.options, at.wording.language)

    @property
    def closed(self) -> Collection[str]:
        return tuple(self.slot.options)

    def keys(self) -> KeyRules:
        keys = tuple(option_keys(self.slot.options).values())
        return KeyRules(maximum=max(map(len, keys), default=1), choices=keys)

    def control(self, name: str, text: str, at: Situation, value: str = "") -> Control:
        return self.chooser(ControlKind.DROPDOWN, name, text, at, value)
