"""A far end's payloads as sound of 16 kHz: what comes, and something in place of what does not."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec, Decoder, Samples
from botkit.media.rates import Resampler

from .extrapolation import RATE, Extrapolation
from .opus import OpusDecoder, libopus

LONGEST_G711 = 1_600
"""Bytes, 200 ms: what RFC 3551 section 4.2 asks a receiver to take. More is no sound."""


class StreamDecoder(Protocol):
    """One stream's decoder; payloads in order. Sound is 16 kHz, mono, 16-bit little-endian."""

    def decode(self, payload: bytes) -> bytes:
        """The sound of one payload; nothing when it is empty or broken. Never raises."""
        ...

    def conceal(self, samples: int, following: bytes) -> bytes:
        """So many samples in place of lost ones, in front of the payload `following`."""
        ...


def stream_decoder(codec: AudioCodec) -> StreamDecoder:
    """A fresh one, the cheapest that there is for `codec`."""
    if codec is PCMU or codec is PCMA:
        return G711Decoder(codec)
    library = libopus() if codec is OPUS else None
    return OpusDecoder(library) if library is not None else FfmpegDecoder(codec)


class G711Decoder:
    """G.711 (PCMU, PCMA) by table."""

    def __init__(self, codec: AudioCodec) -> None:
        self._table = MU_LAW if codec is PCMU else A_LAW
        self._resampler = Resampler(codec.clock_rate, RATE)
        self._extrapolation = Extrapolation()

    def decode(self, payload: bytes) -> bytes:
        """As `StreamDecoder`."""
        if not 0 < len(payload) <= LONGEST_G711:
            return b""
        sound = self._table[np.frombuffer(payload, np.uint8)]
        return _bytes(self._extrapolation.heard(self._resampler.feed(sound)))

    def conceal(self, samples: int, following: bytes) -> bytes:
        """As `StreamDecoder`."""
        return _bytes(self._extrapolation.more(samples))


class FfmpegDecoder:
    """Any codec that FFmpeg has."""

    def __init__(self, codec: AudioCodec) -> None:
        self._decoder = Decoder(codec)
        self._resampler = Resampler(codec.clock_rate, RATE)
        self._extrapolation = Extrapolation()

    def decode(self, payload: bytes) -> bytes:
        """As `StreamDecoder`."""
        sound = self._decoder.decode(payload)
        return _bytes(self._extrapolation.heard(self._resampler.feed(sound)))

    def conceal(self, samples: int, following: bytes) -> bytes:
        """As `StreamDecoder`."""
        return _bytes(self._extrapolation.more(samples))


def _bytes(sound: Samples) -> bytes:
    return sound.astype("<i2", copy=False).tobytes()


def _mu_law() -> Samples:
    """The 256 values of G.711 table 2a, in 16 bits."""
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 0x07)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law() -> Samples:
    """The 256 values of G.711 table 1a, in 16 bits."""
    code = np.arange(256) ^ 0x55
    segment = code >> 4 & 0x07
    mantissa = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment, mantissa + 0x100 << np.maximum(segment - 1, 0), mantissa)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


MU_LAW = _mu_law()
A_LAW = _a_law()
