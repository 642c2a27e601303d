"""Opus (RFC 6716) decoded by libopus itself: straight to 16 kHz, with its own concealment and in-band FEC.

FFmpeg's way to the same decoder costs three times as much in between, and hides what it can do about lost
packets. The library is the copy that comes with `av`, or the system's. Everything that hangs on its binary
interface is in this module.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import logging
from collections.abc import Iterator
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

RATE = 16_000
SAMPLE_BYTES = 2
LONGEST = RATE * 120 // 1000
"""Samples of the longest payload that RFC 6716 allows."""
STEP = RATE * 25 // 10_000
"""Samples: what is concealed has to be a multiple of it."""
SILENT = b"\xf8\xff\xfe"
"""20 ms of silence, one channel: what RFC 7845 and Ogg files use for it."""


class Libopus:
    """The functions of one loaded library. Raises `OSError` or `AttributeError` when it is not what it
    should be."""

    def __init__(self, path: str) -> None:
        # Not CDLL: to let go of Python's lock for 20 us costs more than it gives, as other threads take it.
        library = ctypes.PyDLL(path)
        version = library.opus_get_version_string
        version.restype = ctypes.c_char_p
        self.version: str = version().decode()
        self.state_bytes: int = library.opus_decoder_get_size(1)
        self.begin = library.opus_decoder_init
        self.begin.argtypes = (ctypes.c_void_p, ctypes.c_int32, ctypes.c_int)
        self.decode = library.opus_decode
        self.decode.argtypes = (
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.c_int32,
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.c_int,
        )


class OpusDecoder:
    """One stream's decoder; payloads in order. 16 kHz, one channel, 16-bit in the machine's byte order."""

    def __init__(self, library: Libopus) -> None:
        self._decode = library.decode
        self._memory = ctypes.create_string_buffer(library.state_bytes)
        sound = ctypes.create_string_buffer(LONGEST * SAMPLE_BYTES)
        self._sound = memoryview(sound)
        self._state = ctypes.addressof(self._memory)
        self._out = ctypes.addressof(sound)
        if library.begin(self._state, RATE, 1) != 0:
            raise ValueError(f"{library.version} makes no decoder for {RATE} Hz")

    def decode(self, payload: bytes) -> bytes:
        """The sound of one payload; nothing when it is empty or broken."""
        if not payload:  # would be concealed
            return b""
        samples: int = self._decode(self._state, payload, len(payload), self._out, LONGEST, 0)
        return self._sound[: samples * SAMPLE_BYTES].tobytes() if samples > 0 else b""

    def conceal(self, samples: int, following: bytes) -> bytes:
        """What may have been in so many lost samples, a multiple of 2.5 ms, in front of the payload
        `following`. Encoders that were told of losses put a copy of each frame into the next (FEC)."""
        return b"".join(self._concealed(samples - samples % STEP, following))

    def _concealed(self, samples: int, following: bytes) -> Iterator[bytes]:
        while samples > 0:
            part = min(samples, LONGEST)
            samples -= part
            if samples or not following:
                made = self._decode(self._state, None, 0, self._out, part, 0)
            else:  # uses what `following` has of the last frame, and conceals what it has not
                made = self._decode(self._state, following, len(following), self._out, part, 1)
            yield self._sound[: made * SAMPLE_BYTES].tobytes() if made > 0 else bytes(part * SAMPLE_BYTES)


@cache
def libopus() -> Libopus | None:
    """The library, once it has shown that it decodes; None = there is none, and a warning says so."""
    why = "there is none"
    for path in _paths():
        try:
            library = Libopus(path)
            if len(OpusDecoder(library).decode(SILENT)) == RATE // 50 * SAMPLE_BYTES:
                return library
            why = f"{path} ({library.version}) does not decode 20 ms of silence"
        except (OSError, AttributeError, ValueError) as fault:
            why = f"{path}: {fault}"
    log.warning("Opus is decoded by FFmpeg, at three times the cost: no libopus can be used: %s", why)
    return None


def _paths() -> Iterator[str]:
    """Where a copy may be, the one of `av` first: its wheels for Linux and macOS bring one along."""
    av = importlib.util.find_spec("av")
    if av is not None and av.origin is not None:
        package = Path(av.origin).parent
        for place in (package.parent / "av.libs", package / ".dylibs"):
            yield from map(str, sorted(place.glob("libopus*")))
    system = ctypes.util.find_library("opus")
    if system is not None:
        yield system
