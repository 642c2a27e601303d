"""A call's recording: both directions as they pass, made into sound when it is over.

While the call lasts, packets are kept as they are, about 10 kB a second: nothing is decoded, and what is more
than `CHUNK` goes to a file that has no name. So a process that dies leaves nothing of it behind.
"""

from __future__ import annotations

import asyncio
import mmap
import struct
import tempfile
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from botkit.media.codecs import CODECS, AudioCodec, Samples
from botkit.media.receiving.decoders import stream_decoder
from botkit.media.receiving.incoming import Heard
from botkit.ports.audio import RecordingFailed

from .timeline import Stream, placed
from .wav import FAR, OWN, RATE, Sides, nameless, written

CHUNK = 64 * 1024
"""Bytes that wait in memory: six seconds of a call in which both speak."""
PACKET = struct.Struct("<BBHId")
"""Side, codec, length of the payload, time stamp, seconds since the recording began."""
MOST_A_SECOND = 150_000
"""Bytes that are kept; whoever sends more than 500 kbit/s of sound has the rest dropped."""
RUN_SECONDS = 10
"""Of sound that is decoded before it is written."""
SEAM = 0.0005
"""Seconds by which what follows without a hole may seem to be apart."""
READ, DECODED = 1000, 25
"""Packets, a millisecond of work, after which the interpreter is left to who sends and hears calls."""
BREATH = 0.001
"""Seconds: merely to offer it would let them wait for 5 ms each time."""


class Recorders:
    """Makes tapes. What they write and decode is done in two threads, one call after the other."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="tape-writer")
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="tape-decoder")

    def tape(self, *, maximum: float, stereo: bool, release: Callable[[Tape], None]) -> Tape:
        """Begins now; see `ports.audio.Leg.record`. `release` is told when it takes nothing more."""
        return Tape(self._writer, self._decoder, self._now, maximum=maximum, stereo=stereo, release=release)

    async def close(self) -> None:
        """Recordings that are not finished yet never will be. What is in hand comes to its end."""
        for pool in (self._writer, self._decoder):
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)


class Tape:
    """`ports.audio.CallRecording`."""

    def __init__(
        self,
        writer: ThreadPoolExecutor,
        decoder: ThreadPoolExecutor,
        now: Callable[[], float],
        *,
        maximum: float,
        stereo: bool,
        release: Callable[[Tape], None],
    ) -> None:
        self._writer = writer
        self._decoder = decoder
        self._now = now
        self._release = release
        self._maximum = maximum
        self._stereo = stereo
        self._begun = now()
        self._ended: float | None = None
        self._waiting = bytearray()
        self._size = 0
        self._writes: list[Future[None]] = []
        self._spool: BinaryIO | None = None
        self._hidden: list[tuple[float, float]] = []
        self._hidden_since: float | None = None

    def hear(self, packet: Heard) -> None:
        """The far end's next packet: a tape is a `Sink`."""
        self._keep(FAR, packet.codec, packet.timestamp, packet.payload, packet.at)

    def tick(self, now: float) -> None:
        """Nothing is late for a recording."""

    def own(self, codec: AudioCodec, timestamp: int, payload: bytes, at: float) -> None:
        """A packet of ours left at `at` (`time.monotonic()`). Silence need not be told."""
        self._keep(OWN, codec, timestamp, payload, at)

    def hide(self, since: float) -> None:
        """Nothing of what passes from then on, which may lie in the past, is to be heard."""
        if self._hidden_since is None or since < self._hidden_since:
            self._hidden_since = since

    def show(self, until: float) -> None:
        """What passes from then on is heard again."""
        if self._hidden_since is not None:
            self._hidden.append((self._hidden_since, until))
            self._hidden_since = None

    def end(self) -> None:
        """Take nothing more; twice is no error."""
        if self._ended is None:
            self._ended = min(self._now(), self._begun + self._maximum)
            self.show(self._ended)
            self._release(self)

    async def finish(self) -> BinaryIO:
        """`end` it; the file, from its beginning. Raises `RecordingFailed`."""
        self.end()
        assert self._ended is not None
        self._flush()
        try:
            await asyncio.gather(*map(asyncio.wrap_future, self._writes))
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._decoder, self._made, self._ended)
        except OSError as error:
            raise RecordingFailed(
                f"The call's recording cannot be kept: {error.strerror or error}.",
                where=tempfile.gettempdir(),
                remedy="Free space on its disk, or set TMPDIR to a folder on another one.",
            ) from error
        finally:
            if self._spool is not None:
                self._spool.close()

    def _keep(self, side: int, codec: AudioCodec, timestamp: int, payload: bytes, at: float) -> None:
        passed = at - self._begun
        if self._ended is not None or self._hidden_since is not None or passed > self._maximum:
            return
        if self._size > MOST_A_SECOND * (passed + 1):
            return
        self._waiting += PACKET.pack(side, CODECS.index(codec), len(payload), timestamp, passed)
        self._waiting += payload
        self._size += PACKET.size + len(payload)
        if len(self._waiting) >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        chunk, self._waiting = self._waiting, bytearray()
        failed = [each for each in self._writes if each.done() and each.exception()]
        if failed:  # what follows would have a hole in front
            self._writes = failed[:1]
        elif chunk:
            under_way = [each for each in self._writes if not each.done()]
            self._writes = [*under_way, self._writer.submit(self._write, chunk)]

    def _write(self, chunk: bytearray) -> None:
        if self._spool is None:
            self._spool = nameless()
        self._spool.write(chunk)

    def _made(self, ended: float) -> BinaryIO:
        """The file; in the decoder's thread."""
        length = max(0, round((ended - self._begun) * RATE))
        silent = [
            (round((since - self._begun) * RATE), round((until - self._begun) * RATE))
            for since, until in self._hidden
        ]
        with nameless() as both:
            sides = _room(both, length)
            if self._spool is not None:
                _decode(self._spool, sides)
            for since, until in silent:
                sides[max(0, since) : max(0, until)] = 0
            return written(sides, stereo=self._stereo)


def _room(file: BinaryIO, length: int) -> Sides:
    """`length` samples of silence in a file: what stays silent takes no room on disk."""
    if not length:
        return np.zeros((0, 2), np.int16)
    file.truncate(4 * length)
    return np.memmap(file, "<i2", "r+", shape=(length, 2))


def _decode(spool: BinaryIO, sides: Sides) -> None:
    """Put what was kept where it belongs."""
    spool.flush()
    with mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ) as kept:
        for (side, codec), packets in _streams(kept).items():
            for stretch in placed(packets.times):
                for start, sound in _runs(stretch, packets, kept, CODECS[codec]):
                    first, skipped = max(0, start), max(0, -start)
                    room = sides[first : first + max(0, len(sound) - skipped), side]
                    room[:] = sound[skipped : skipped + len(room)]


@dataclass(slots=True)
class _Packets:
    """Of one stream."""

    times: Stream
    places: array[int] = field(default_factory=lambda: array("L"))
    """Where each one's payload begins."""
    lengths: array[int] = field(default_factory=lambda: array("H"))


def _streams(kept: mmap.mmap) -> dict[tuple[int, int], _Packets]:
    """By side and codec."""
    streams: dict[tuple[int, int], _Packets] = {}
    place, number = 0, 0
    while place < len(kept):
        side, codec, length, timestamp, at = PACKET.unpack_from(kept, place)
        place += PACKET.size
        packets = streams.get((side, codec))
        if packets is None:
            packets = streams[side, codec] = _Packets(Stream(CODECS[codec].clock_rate))
        packets.times.add(at, timestamp)
        packets.places.append(place)
        packets.lengths.append(length)
        place += length
        number += 1
        if number % READ == 0:
            time.sleep(BREATH)
    return streams


def _runs(
    stretch: Iterable[tuple[int, float]], packets: _Packets, kept: mmap.mmap, codec: AudioCodec
) -> Iterator[tuple[int, Samples]]:
    """Sound without a hole in it, and the sample at which it begins."""
    decoder = stream_decoder(codec)
    run = bytearray()
    begins = 0.0
    for packet, at in stretch:
        here = begins + len(run) / 2 / RATE
        if run and (abs(here - at) > SEAM or here - begins > RUN_SECONDS):
            yield round(begins * RATE), np.frombuffer(run, "<i2")
            run = bytearray()
        if not run:
            begins = at
        place = packets.places[packet]
        run += decoder.decode(kept[place : place + packets.lengths[packet]])
        if packet % DECODED == 0:  # and not once a stretch, of which there may be one for each packet
            time.sleep(BREATH)
    yield round(begins * RATE), np.frombuffer(run, "<i2")
