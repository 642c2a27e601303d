"""What a person may say in answer to a question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SpeechKind(StrEnum):
    """What kind of words answer a question. A recogniser with grammars builds its own from it."""

    CHOICE = "choice"
    """One of `SpeechRules.choices`."""
    YES_NO = "yes_no"
    DIGITS = "digits"
    """A string of digits, one by one."""
    NUMBER = "number"
    MONEY = "money"
    """An amount, perhaps with its currency."""
    PHONE = "phone"
    """A telephone number: digits, perhaps `plus` before them."""
    EMAIL = "email"
    """An e-mail address, in words (`at`, `dot`) or letter by letter."""
    DURATION = "duration"
    DATE = "date"
    TIME = "time"
    SPELLING = "spelling"
    """Letters and digits, one by one."""
    TEXT = "text"
    """Anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRules:
    """How speech becomes an answer. Times are seconds and bear VoiceXML's names.

    The first word may take `KeyRules.timeout` to come. Silence of `complete_timeout` ends the utterance
    behind words that nothing on offer goes on from; behind other words it takes `incomplete_timeout`, or half
    of it where they are a whole answer that may yet become a longer one.
    """

    kind: SpeechKind
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(meaning, phrases) each: what is on offer, globals included."""
    minimum: int = 1
    """Of digits or letters."""
    maximum: int = 40
    complete_timeout: float = 0.25
    incomplete_timeout: float = 1.2
    max_speech_timeout: float = 20.0
    """The longest utterance; it is then taken as it is."""
