"""A question as the engine puts it and a channel asks it: on a call by keys, on chat by text or form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from .forms import Form
from .speech import SpeechRules


class BargeIn(StrEnum):
    """What may interrupt a prompt."""

    KEYS = "keys"
    SPEECH = "speech"
    BOTH = "both"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRules:
    """How keys become an answer. Times are seconds and bear VoiceXML's names.

    The first-key timer (`timeout`) starts when the prompt has ended and stops at the first key; from
    then on only the inter-digit timer runs. A terminator ends at once. With `choices` a key that
    completes one choice and begins no longer one ends at once (after `term_timeout` if that is not 0).
    """

    minimum: int = 1
    maximum: int = 1
    terminator: str = ""
    """One of `0-9 * #`, or empty."""
    choices: tuple[str, ...] = ()
    """The key strings on offer; empty = any digits."""
    timeout: float = 5.0
    inter_digit_timeout: float = 3.0
    term_timeout: float = 0.0
    cap: float = 60.0
    """The most seconds from the first key to the end, whatever the other timers say."""


class Question(Struct, frozen=True, kw_only=True):
    """What a person is asked, ready for the channel."""

    prompt: str
    """What is said or posted, the offer worded into it where the channel needs that."""
    keys: KeyRules | None = None
    """On a call."""
    speech: SpeechRules | None = None
    """On a call: what may be said instead of keys; None = keys alone."""
    barge_in: BargeIn = BargeIn.KEYS
    form: Form | None = None
    """On chat; its id is the effect's id."""
    secret: bool = False
    """What is answered goes into no journal, log or recording."""
    language: str = ""
    """BCP 47, of the prompt and of the answer; empty = the bot's."""
