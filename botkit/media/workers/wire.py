"""What the bot and a media process say to each other: typed messages, each with its length in front.

Pure. Commands go to the process, reports come from it. What is asked bears a number, `ask`, which the answer
repeats; legs, sounds and recordings are numbers that the bot gives.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias, TypeVar

import msgspec

from botkit.ports import audio
from botkit.ports.audio import LegEvent

_T = TypeVar("_T")

LENGTH = struct.Struct("!I")
MOST_FRAME = 1 << 20
"""Bytes of one message; more is no message of ours."""
MOST_PART = 1 << 18
"""Bytes of a sound in one message."""


class BrokenWire(Exception):
    """The other end does not speak this language, or not any more."""


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A sequence on the wire: its class's name, then its fields."""


class _Asked(_Message, frozen=True):
    """Of a leg, and is answered."""

    ask: int
    leg: int


class _OfLeg(_Message, frozen=True):
    leg: int


class _OfRecording(_Message, frozen=True):
    recording: int


class Start(_Message, frozen=True):
    """The first command, once: what `engine.engine_port` takes, and more."""

    loopback: Literal["auto"] | bool
    cache_folder: str | None
    activity: str
    """`package.module:callable` that makes what makes a voice activity for each leg; "" = nothing does."""
    log_level: int
    """Of botkit's own log; of what is below it, warnings are told."""


class Accept(_Asked, frozen=True):
    """A leg that answers; the answer is its SDP."""

    offer: str


class Dial(_Asked, frozen=True):
    """A leg that offers; the answer is its SDP."""


class Complete(_Asked, frozen=True):
    """The far end of a dialled leg picked up."""

    answer: str


class Renegotiate(_Asked, frozen=True):
    """The far end offers anew; the answer is our SDP."""

    offer: str


class Candidate(_Asked, frozen=True):
    """One ICE candidate of the far end."""

    line: str
    mid: str
    index: int


class Close(_Asked, frozen=True):
    """End a leg, also one that is only being made."""


class Keep(_Message, frozen=True):
    """A sound, or the next part of it; it is kept until `Forget`."""

    sound: int
    rate: int
    samples: bytes
    last: bool


class Forget(_Message, frozen=True):
    """A sound that no command names any more."""

    sound: int


class Prepare(_Asked, frozen=True):
    """Encode a sound ahead."""

    sound: int


class Play(_OfLeg, frozen=True):
    """Queue a sound."""

    prompt: str
    sound: int
    until_key: bool


class SendDigits(_OfLeg, frozen=True):
    """Queue keys."""

    prompt: str
    digits: str


class Listen(_OfLeg, frozen=True):
    """Tell what the far end says, or no more."""

    on: bool


class Bridge(_OfLeg, frozen=True):
    """Join legs of this process, or part the first from all others, if there are none."""

    others: tuple[int, ...]


class Stop(_OfLeg, frozen=True):
    """Silence from the next slot on."""


class Record(_OfLeg, frozen=True):
    """Record a leg, under a number of the bot's."""

    recording: int
    maximum: float
    stereo: bool


class Hide(_OfRecording, frozen=True):
    """Silence in a recording from a time on."""

    since: float


class Show(_OfRecording, frozen=True):
    """No more silence in it."""

    until: float


class Drop(_OfRecording, frozen=True):
    """Nobody asks for a recording any more, whether it was finished or not."""


class Finish(_Message, frozen=True):
    """End a recording; the answer is `Filed`."""

    ask: int
    recording: int


class Ready(_Message, frozen=True):
    """Legs can be made."""


class Alive(_Message, frozen=True):
    """Once a second, that the loop turns."""


class Done(_Message, frozen=True):
    """What was asked is done."""

    ask: int
    text: str


class Filed(_Message, frozen=True):
    """What was asked is a file, the next one that comes over the other socket."""

    ask: int


class Refused(_Message, frozen=True):
    """What was asked is not done. `fault` is for the log alone, the others are told to whoever asked."""

    ask: int
    kind: Literal["offer", "recording", "fault"]
    what: str
    where: str = ""
    remedy: str = ""


class Told(_OfLeg, frozen=True):
    """An event of a leg."""

    kind: str
    event: msgspec.Raw

    @classmethod
    def of(cls, leg: int, event: LegEvent) -> Told:
        """With the event inside."""
        return cls(leg, type(event).__name__, msgspec.Raw(_encode(event)))

    def value(self) -> LegEvent:
        """The event. Raises `BrokenWire`."""
        decoder = _events.get(self.kind)
        if decoder is None:
            raise BrokenWire(f"a leg tells of {self.kind!r}")
        try:
            return decoder.decode(self.event)
        except msgspec.MsgspecError as fault:
            raise BrokenWire(f"{self.kind}: {fault}") from fault


class Heard(_OfLeg, frozen=True):
    """20 ms of what a far end says, as `ports.audio.Sound`."""

    at: float
    samples: bytes
    voiced: bool | None


class Logged(_Message, frozen=True):
    """A line for the bot's log."""

    level: int
    logger: str
    text: str


Command: TypeAlias = (
    Start
    | Accept
    | Dial
    | Complete
    | Renegotiate
    | Candidate
    | Close
    | Keep
    | Forget
    | Prepare
    | Play
    | SendDigits
    | Listen
    | Bridge
    | Stop
    | Record
    | Hide
    | Show
    | Drop
    | Finish
)
Report: TypeAlias = Ready | Alive | Done | Filed | Refused | Told | Heard | Logged

_encode = msgspec.msgpack.Encoder().encode
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_reports: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)
_events: Mapping[str, msgspec.msgpack.Decoder[LegEvent]] = {
    name: msgspec.msgpack.Decoder(cls)
    for name, cls in vars(audio).items()
    if isinstance(cls, type) and issubclass(cls, LegEvent) and cls is not LegEvent
}


def event_names() -> frozenset[str]:
    """Of the events that can be told."""
    return frozenset(_events)


def pack(message: Command | Report) -> bytes:
    """As it goes over the wire. Raises `ValueError` when it is too long."""
    body = _encode(message)
    if len(body) > MOST_FRAME:
        raise ValueError(f"a message of {len(body)} bytes")
    return LENGTH.pack(len(body)) + body


def read_command(body: bytes) -> Command:
    """Raises `BrokenWire`."""
    command: Command = _read(_commands, body)
    return command


def read_report(body: bytes) -> Report:
    """Raises `BrokenWire`."""
    report: Report = _read(_reports, body)
    return report


class Frames:
    """A stream of bytes, cut into the bodies of messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are whole with these bytes. Raises `BrokenWire`."""
        buffer = self._buffer
        buffer += data
        at = 0
        try:
            while at + LENGTH.size <= len(buffer):
                (length,) = LENGTH.unpack_from(buffer, at)
                if length > MOST_FRAME:
                    raise BrokenWire(f"a message of {length} bytes")
                end = at + LENGTH.size + length
                if end > len(buffer):
                    break
                body = bytes(buffer[at + LENGTH.size : end])
                at = end
                yield body
        finally:
            del buffer[:at]


def _read(decoder: msgspec.msgpack.Decoder[_T], body: bytes) -> _T:
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as fault:
        raise BrokenWire(str(fault)) from fault
