"""What the script of a call has done: prompts, answers, the end. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from botkit.model.effects import Ask, Play, Record, RecordCall, Say, SendDigits, Transfer
from botkit.model.inputs import KeysCollected, RecordEnded, SpeechHeard

Line = Say | Ask | Play | SendDigits | Record | Transfer
"""What takes its turn on a call."""


@dataclass(frozen=True, slots=True)
class Begin:
    """It is this line's turn: the shell tells when it is `over`. Of a recording this is the beep."""

    line: Line


@dataclass(frozen=True, slots=True)
class Cut:
    """This line, which has begun, is over before its end."""

    line: Line


@dataclass(frozen=True, slots=True)
class Skip:
    """This line is not heard at all."""

    line: Line


@dataclass(frozen=True, slots=True)
class Answered:
    """A question has its answer."""

    question: Ask
    answer: KeysCollected | SpeechHeard


@dataclass(frozen=True, slots=True)
class Keep:
    """A recording is over: keep it."""

    record: Record
    ended: RecordEnded
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything before this has been heard."""

    switch: RecordCall


@dataclass(frozen=True, slots=True)
class Conceal:
    """What passes is nobody else's to hear, from then on: it may be in the past. More than one may come."""

    since: float


@dataclass(frozen=True, slots=True)
class Reveal:
    """From then on it is again. None comes with the end of the call, which may cut an answer."""

    until: float


@dataclass(frozen=True, slots=True)
class End:
    """All has been heard: hang up."""


Action = Begin | Cut | Skip | Answered | Keep | Reached | Conceal | Reveal | End
