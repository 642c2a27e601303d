"""Where packets of one leg leave and arrive, in the clear."""

from __future__ import annotations

from typing import Protocol


class PacketPort(Protocol):
    """Whoever makes it says who gets the packets that come."""

    def send(self, packet: bytes) -> None:
        """RTP or RTCP. What the network refuses is lost, as any packet may be."""
        ...

    def follow(self) -> None:
        """Look whether the far end has moved to another address; about once a second."""
        ...

    def close(self) -> None:
        """Send and read nothing more. Twice is no error."""
        ...
