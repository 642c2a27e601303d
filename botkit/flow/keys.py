"""The key collector: keys of a call become an answer, by VoiceXML's timers.

Precedence, first match wins:

1. A key after the running timer's end comes too late: the timer has ended the collection before it.
2. The terminator ends at once; it is no part of the digits.
3. What can take no further key (the maximum is reached, or a choice is complete and begins no longer
   one) ends at once, or `term_timeout` later if that is not 0: until then a terminator ends it, and any
   other key ends it and stays unused.
4. Keys that can no longer become a choice end at once.
5. Before the first key only `timeout` runs, from the end of the prompt; from the first key on only
   `inter_digit_timeout`, from the last key.
6. `cap` ends what is still going on so long after its first key.

On expiry the result is *digits* with the minimum reached (or a choice complete), else *partial*, and
*none* without any key. Keys pressed before the prompt has ended count: type-ahead, and the key that
interrupts it.
"""

from __future__ import annotations

from dataclasses import dataclass

from botkit.model.inputs import KeysEnded
from botkit.model.questions import KeyRules

keypad = frozenset("0123456789*#ABCD")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysResult:
    """How a collection ended."""

    digits: str
    ended: KeysEnded
    unused: str = ""
    """A key that came too late for this question: the first of the next one."""


class KeyCollector:
    """Collects one answer. Pure: the times (seconds on any one clock, never falling) are passed in.

    A method that ends the collection returns its result, once; afterwards all do nothing.
    """

    def __init__(self, rules: KeyRules) -> None:
        self.rules = rules
        self.digits = ""
        self.ended = False
        self._prompt_ended: float | None = None
        self._first = 0.0
        self._last = 0.0
        self._full = False

    @property
    def deadline(self) -> float | None:
        """When `expire` is due; None while nothing runs."""
        if self.ended:
            return None
        rules = self.rules
        if not self.digits:
            return None if self._prompt_ended is None else self._prompt_ended + rules.timeout
        wait = rules.term_timeout if self._full else rules.inter_digit_timeout
        return min(self._last + wait, self._first + rules.cap)

    def prompt_ended(self, at: float) -> None:
        """The prompt is over (or there was none): the first-key timer starts, unless a key has come."""
        if self._prompt_ended is None:
            self._prompt_ended = at

    def key(self, digit: str, at: float) -> KeysResult | None:
        """A key went down."""
        if self.ended or digit not in keypad:
            return None
        deadline = self.deadline
        if deadline is not None and at > deadline:
            return self._end(unused=digit)
        rules = self.rules
        if digit == rules.terminator:
            if not self.digits:
                self.ended = True
                ended = KeysEnded.PARTIAL if rules.minimum > 0 else KeysEnded.DIGITS
                return KeysResult(digits="", ended=ended)
            return self._end()
        if self._full:
            return self._end(unused=digit)
        if not self.digits:
            self._first = at
        self.digits += digit
        self._last = at
        if rules.choices and not any(choice.startswith(self.digits) for choice in rules.choices):
            return self._end()
        if self._complete():
            if rules.term_timeout <= 0:
                return self._end()
            self._full = True
        return None

    def stand_still(self, seconds: float) -> None:
        """So much time has passed that counts for no timer."""
        if self._prompt_ended is not None:
            self._prompt_ended += seconds
        self._first += seconds
        self._last += seconds

    def expire(self, at: float) -> KeysResult | None:
        """The time is `at`; ends the collection when the deadline has come."""
        deadline = self.deadline
        return None if deadline is None or at < deadline else self._end()

    def _complete(self) -> bool:
        digits, rules = self.digits, self.rules
        if rules.choices:
            return digits in rules.choices and not any(
                len(choice) > len(digits) and choice.startswith(digits) for choice in rules.choices
            )
        return len(digits) >= rules.maximum

    def _end(self, unused: str = "") -> KeysResult:
        self.ended = True
        if not self.digits:
            ended = KeysEnded.NONE
        elif len(self.digits) >= self.rules.minimum or self.digits in self.rules.choices:
            ended = KeysEnded.DIGITS
        else:
            ended = KeysEnded.PARTIAL
        return KeysResult(digits=self.digits, ended=ended, unused=unused)
