"""What a path is: how a leg's packets go out and come in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from botkit.media.codecs import AudioCodec
from botkit.media.receiving.incoming import Incoming
from botkit.media.sdp import Description
from botkit.media.sending.playout import Playout
from botkit.ports.audio import LegStatistics

Loopback = Literal["auto"] | bool
"""Whether 127.0.0.1 is gathered, too; "auto" = when the far end comes from there, or nothing else is to be
had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathListener:
    """Whom a path tells."""

    measured: Callable[[LegStatistics], None]
    """How the line is, every few seconds and at the end."""
    broken: Callable[[], None]
    """It cannot go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a path negotiates, and whom that tells."""

    loopback: Loopback
    agreed: Callable[[Description, RTCRtpCodecParameters], None]
    """What the far end takes, and what to send with."""
    state: Callable[[str], None]
    """One of W3C's connection states (`connected`, `failed`, `closed` ...)."""


class Negotiator(Protocol):
    """Offer and answer of one way. Either `answer_offer` or `make_offer` is called, once."""

    offer: str
    answer: str
    """What we sent: the other one is empty."""

    async def answer_offer(self, offer: str, *, before: Description | None = None) -> None:
        """Begin to connect. Raises `OfferRefused`; it is to be closed then. `before`: of the call that moves
        here."""
        ...

    async def make_offer(self) -> None:
        """The other way round."""
        ...

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        ...

    async def renegotiate(self, far: Description) -> None:
        """Answer a further offer for the way there is. Raises `OfferRefused`, and nothing has changed."""
        ...

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates. What is of no use is ignored."""
        ...

    async def close(self) -> None:
        """End it. Twice is no error."""
        ...


class Path(Protocol):
    """Of one leg. It asks the leg's `Playout` for every slot, gives every packet to its `Incoming`, and lets
    both know that time passes."""

    @property
    def reported_at(self) -> float:
        """When the far end's last report came (`time.monotonic()`), for who is silent for long may send
        reports alone; 0.0 = none is known of."""
        ...

    def negotiate(self, terms: Terms) -> Negotiator:
        """What agrees with the far end on this path."""
        ...

    @property
    def changes_codec(self) -> bool:
        """Whether what `agree` says may change once the connection stands."""
        ...

    def agree(self, far: Description, codec: AudioCodec, payload_type: int) -> None:
        """What to send with: before the connection stands, and whenever the far end asks for something
        else. `far` may put us on hold: then no slot is asked for, and nothing is sent but reports."""
        ...

    def begin(self) -> None:
        """The connection stands."""
        ...

    def end(self) -> None:
        """Send nothing more, before the connection is closed. One that has not begun is no error."""
        ...


MakePath = Callable[[Playout, Incoming, PathListener], Path]
