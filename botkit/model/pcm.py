"""Sound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono sound, 16-bit little-endian samples."""

    samples: bytes
    """Two bytes a sample."""
    rate: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.samples) / 2 / self.rate
