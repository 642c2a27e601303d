"""Where somebody can be reached: telephone numbers and e-mail addresses."""

from __future__ import annotations

import re

from botkit.flow import match
from botkit.flow.saying import apart
from botkit.flow.values import as_text
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

from .base import Situation, SlotType

_signs = {"@": "at_sign", ".": "dot", "-": "dash", "_": "underscore", "+": "plus"}


class PhoneType(SlotType):
    """A telephone number, `+` and the country before it if it was said."""

    name = "phone"
    hints = {
        "en": "a telephone number, for example +49 30 901820",
        "de": "eine Telefonnummer, zum Beispiel +49 30 901820",
    }
    value = "The number, as text, without blanks: `+4930901820`, or `030901820`."
    answers = (
        "+49 (0)30 90 18 20",
        "0049 30 901820",
        "plus four nine three zero nine zero one eight two zero",
    )
    speech = SpeechKind.PHONE
    by_keys = True
    by_sound = True

    def typed(self, text: str, at: Situation) -> object:
        return match.phone(text)

    def heard(self, text: str, at: Situation) -> object:
        return match.phone(text, spoken=True)

    def pressed(self, digits: str) -> object:
        return match.dialled(digits)

    def said(self, value: object, at: Situation) -> str:
        return apart(value).replace("+", at.wording.text("plus"))

    @property
    def letters(self) -> tuple[int, int]:
        return match.SHORTEST_PHONE, match.LONGEST_PHONE

    def keys(self) -> KeyRules:
        # `00` before a country makes it longer.
        return KeyRules(minimum=match.SHORTEST_PHONE, maximum=match.LONGEST_PHONE + 2, terminator="#")


class EmailType(SlotType):
    """An e-mail address. Said by voice it is read back letter by letter."""

    name = "email"
    hints = {
        "en": "an e-mail address, for example ada@example.com",
        "de": "eine E-Mail-Adresse, zum Beispiel ada@example.com",
    }
    value = "The address, as text."
    answers = ("ada@example.com", "ada dot lovelace at example dot com", "A, D, A, at example dot com")
    speech = SpeechKind.EMAIL
    by_sound = True

    def typed(self, text: str, at: Situation) -> object:
        return match.email(text)

    def heard(self, text: str, at: Situation) -> object:
        return match.spoken_email(text)

    def said(self, value: object, at: Situation) -> str:
        name, _, domain = as_text(value).partition("@")
        signs = {sign: at.wording.text(text) for sign, text in _signs.items()}
        letters = ", ".join(signs.get(letter, letter) for letter in name)
        words = " ".join(signs.get(part, part) for part in re.split(r"([.-])", domain) if part)
        return f"{letters}, {signs['@']} {words}"
