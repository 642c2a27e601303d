"""How a leg's packets go out and come in: what `plain.py` leaves to aiortc, and `engine.py` does itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiortc import RTCPeerConnection

from botkit.ports.audio import LegStatistics

from .codecs import AudioCodec
from .incoming import Incoming
from .playout import Playout
from .sdp import Description


@dataclass(frozen=True, slots=True, kw_only=True)
class PathListener:
    """Whom a path tells."""

    measured: Callable[[LegStatistics], None]
    """How the line is, every few seconds and at the end."""
    broken: Callable[[], None]
    """It cannot go on."""


class Path(Protocol):
    """Of one leg. It asks the leg's `Playout` for every slot, gives every packet to its `Incoming`, and lets
    both know that time passes."""

    @property
    def reported_at(self) -> float:
        """When the far end's last report came (`time.monotonic()`), for who is silent for long may send
        reports alone; 0.0 = none is known of."""
        ...

    @property
    def changes_codec(self) -> bool:
        """Whether what `agree` says may change once the connection stands."""
        ...

    def attach(self, connection: RTCPeerConnection) -> None:
        """Bring the audio line into the connection, before anything is negotiated."""
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
