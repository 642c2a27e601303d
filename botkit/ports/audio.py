"""A call's sound: one leg per call, prompts out, keys and speech in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, Protocol

from botkit.model.calls import CallCause
from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm


class SoundUnusable(WorldError):
    """A file that should be played is not there, or holds no sound."""


class OfferRefused(WorldError):
    """The SDP offer cannot be answered: not SDP, no audio, no codec in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEvent:
    """The part all events of a leg share."""

    at: float
    """`time.monotonic()` seconds, as near to the packet as can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegConnected(LegEvent):
    """Media flows both ways from now on; queued prompts start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitPressed(LegEvent):
    """A key went down at the far end (RFC 4733), told at its first packet."""

    digit: str
    """One of `0-9 * # A-D`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(LegEvent):
    """The far end puts us on hold, or takes us back. Meanwhile what plays stands still."""

    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerChanged(LegEvent):
    """Of those who hear each other (`Leg.bridge` with several), this far end is the one who speaks from now
    on, or no more."""

    speaks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptStarted(LegEvent):
    """The first packet of a prompt is out."""

    prompt_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFinished(LegEvent):
    """A prompt is over: its last packet is out, or it was stopped (also before its first)."""

    prompt_id: str
    played: float
    """Seconds of it that went out."""
    cut: bool
    """It was stopped before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStatistics:
    """How the line of a leg is, from its first packet on. None = nobody has told."""

    sent: int = 0
    """Packets that went out."""
    received: int = 0
    """Packets that came, those that came twice included."""
    lost: int = 0
    """Packets of the far end that never came, by their numbers."""
    jitter: float | None = None
    """Seconds. How unsteadily they come: mean deviation of their spacing (RFC 3550 section 6.4.1)."""
    far_lost: int | None = None
    """Packets of ours that never came there, as the far end reports."""
    far_jitter: float | None = None
    """Seconds. How unsteadily ours come there."""
    round_trip: float | None = None
    """Seconds to the far end and back."""

    def behind(self, earlier: LegStatistics) -> LegStatistics:
        """Of both: packets of `earlier` too, which is over; the rest as it is now."""
        told = [each for each in (earlier.far_lost, self.far_lost) if each is not None]
        return replace(
            self,
            sent=earlier.sent + self.sent,
            received=earlier.received + self.received,
            lost=earlier.lost + self.lost,
            far_lost=sum(told) if told else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMeasured(LegEvent):
    """How the line is: every few seconds while media flows, and once more right before `LegClosed`. The plain
    port, which stands in for the engine, has aiortc keep the reports, and tells none."""

    statistics: LegStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class LegClosed(LegEvent):
    """Media is over. The last event of a leg."""

    cause: CallCause


@dataclass(frozen=True, slots=True)
class Sound:
    """20 ms of what the far end says."""

    at: float
    """`time.monotonic()` seconds when its last packet came."""
    samples: bytes
    """320 samples: 16 kHz, mono, 16-bit little-endian. What was lost is made up, as good as can be."""
    voiced: bool | None = None
    """Whether it is speech; None = the port does not tell it."""


class RecordingFailed(WorldError):
    """What was recorded of a call cannot be kept."""


class CallRecording(Protocol):
    """Both directions of one call while it lasts, on a steady time line: as long as it took."""

    def hide(self, since: float) -> None:
        """Silence in both directions from then on (`time.monotonic()`, may lie in the past), until `show`."""
        ...

    def show(self, until: float) -> None:
        """No more silence from then on."""
        ...

    async def finish(self) -> BinaryIO:
        """End it, once; also when the leg is closed already. The WAV file (16 kHz, 16 bits), to be read from
        its beginning: whoever gets it closes it, and then it is gone. Raises `RecordingFailed`."""
        ...


class Leg(Protocol):
    """The bot's end of one call's audio."""

    @property
    def answer(self) -> str:
        """The SDP answer to send."""
        ...

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the caller's ICE candidates; empty line = end of candidates. One for a line we
        rejected is ignored."""
        ...

    async def renegotiate(self, offer: str) -> str:
        """A further SDP offer of the far end while the call goes on; our answer to it. Raises `OfferRefused`,
        and the call goes on as it was.

        It may put us on hold (`sendonly`, `inactive`): we send nothing then, prompts and keys stand still,
        and go on with the offer that ends the hold. It may bring other codecs or payload types. One with
        another ICE user or fingerprint is for a new connection: the call moves there once that is connected.
        """
        ...

    async def prepare(self, pcm: Pcm) -> None:
        """Encode ahead, off the audio path, so that `play` of the same sound starts in the next slot."""
        ...

    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        """Queue a prompt behind those waiting. Never blocks. `until_key`: a key that comes while it plays, or
        is the next to, does what `stop` does, at once; whoever is told of the key need not be quick."""
        ...

    def send_digits(self, prompt_id: str, digits: str) -> None:
        """Queue keys behind the prompts waiting, told of like a prompt: RFC 4733 where the far end takes it,
        else tones. `digits`: `0-9 * # A-D`, a comma is a pause of 2 s. Never blocks."""
        ...

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        """Give what the far end says to `on_sound`, in order, without holes, on the event loop; None = no
        more. Nothing is decoded while nobody listens."""
        ...

    def bridge(self, other: Leg | None, *more: Leg) -> None:
        """From now on this leg's far end hears `other`'s far end, and the other way round, instead of
        prompts; None on either ends it for both. One was dialled `beside` the other; keys are still told.
        With `more`, everybody hears all others, eight at most, and `SpeakerChanged` tells who speaks; None
        lets one leave."""
        ...

    def record(self, *, maximum: float, stereo: bool) -> CallRecording:
        """Record both directions from now on, up to so many seconds; one recording at a time. `stereo`: the
        far end left, the bot right; else both in one. Nothing is decoded before it is finished."""
        ...

    def stop(self) -> None:
        """Silence from the next 20 ms slot on: the prompt that plays and all waiting ones finish `cut`."""
        ...

    async def close(self) -> None:
        """End the media; `LegClosed` follows once. Twice is no error."""
        ...


class OutgoingLeg(Leg, Protocol):
    """A leg that the bot began."""

    @property
    def offer(self) -> str:
        """Our SDP offer, with all our candidates."""
        ...

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        ...


class AudioPort(Protocol):
    """Makes legs."""

    async def start(self) -> None:
        """Make ready what takes a while, whether that works out or not: nobody needs to wait for it but the
        first leg, which is told. Not to call it, or to call it twice, is no error."""
        ...

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> Leg:
        """Answer an SDP offer; raises `OfferRefused`. `on_event` is called on the event loop."""
        ...

    async def dial(self, on_event: Callable[[LegEvent], None], *, beside: Leg | None = None) -> OutgoingLeg:
        """A leg whose offer we make; `on_event` as for `accept`. It can be bridged with `beside`, and with
        those that this one was dialled beside."""
        ...

    async def close(self) -> None:
        """Close what is left."""
        ...


class SoundFiles(Protocol):
    """Audio files as prompts."""

    async def load(self, path: str) -> Pcm:
        """The file's sound, trimmed and as loud as other prompts; read once. Raises `SoundUnusable`."""
        ...
