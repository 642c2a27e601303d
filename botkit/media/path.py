"""How a leg's packets go out and come in: what `plain.py` leaves to aiortc, and `engine.py` does itself."""

from __future__ import annotations

from typing import Protocol

from aiortc import RTCPeerConnection

from .codecs import AudioCodec
from .sdp import Description


class Path(Protocol):
    """Of one leg. It asks the leg's `Playout` for every slot, gives every packet to its `Incoming`, and lets
    both know that time passes."""

    def attach(self, connection: RTCPeerConnection) -> None:
        """Bring the audio line into the connection, before anything is negotiated."""
        ...

    def agree(self, far: Description, codec: AudioCodec, payload_type: int) -> None:
        """What to send with, before the connection stands."""
        ...

    def begin(self) -> None:
        """The connection stands."""
        ...

    def end(self) -> None:
        """Send nothing more, before the connection is closed. One that has not begun is no error."""
        ...
