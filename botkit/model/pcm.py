"""Sound."""

from __future__ import annotations

import io
import wave
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


def wav(pcm: Pcm) -> bytes:
    """A whole WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(pcm.rate)
        writer.writeframes(pcm.samples)
    return file.getvalue()


def read_wav(data: bytes) -> Pcm:
    """The sound of a WAV file as `wav` writes it: one channel, 16 bits. Raises `ValueError` for any other."""
    try:
        with wave.open(io.BytesIO(data), "rb") as reader:
            channels, width, rate, count = reader.getparams()[:4]
            samples = reader.readframes(count)
    except (wave.Error, EOFError, OverflowError, RuntimeError) as fault:
        raise ValueError(f"this is no WAV file: {str(fault) or 'it ends too soon'}") from fault
    if (channels, width) != (1, 2) or rate < 1:
        raise ValueError(f"it has {channels} channel(s) of {8 * width} bits at {rate} Hz, not one of 16 bits")
    if len(samples) != 2 * count:
        raise ValueError("it ends too soon")
    return Pcm(samples, rate)
