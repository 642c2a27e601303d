"""What the far end sends, packet by packet: keys are told at once, sound goes in order to who wants it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from botkit.media.codecs import AudioCodec
from botkit.media.rtp.dtmf import KeyReader
from botkit.media.rtp.header import RtpHeader

from .reorder import Reorder

log = logging.getLogger(__name__)

MOST_AT_ONCE = 250
"""Packets: what a network that stalled for 5 s lets go at once."""
MOST_PER_SECOND = 200.0
"""Packets, in the long run: four times what a call has. What is above is a flood."""


class Heard(NamedTuple):
    """One packet of sound."""

    codec: AudioCodec
    timestamp: int
    payload: bytes
    at: float
    """The moment of its arrival, by the clock of `Incoming`."""
    lost: int = 0
    """Packets between the last one and this that did not come."""


class Sink(Protocol):
    """Wants the sound."""

    def hear(self, packet: Heard) -> None:
        """The next packet, in order."""
        ...

    def tick(self, now: float) -> None:
        """Time passes, and no missing packet is waited for; about every 20 ms."""
        ...


class Incoming:
    """Reads the packets of one leg. Nothing is kept in order, let alone decoded, while no sink is there."""

    def __init__(self, on_key: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells the moment that a packet is given, in seconds, as `tick` does."""
        self.codecs: Mapping[int, AudioCodec] = {}
        """By payload type: what was negotiated."""
        self.key_type: int | None = None
        """The payload type of telephone-event."""
        self.count: Callable[[RtpHeader], None] = lambda header: None
        """Counts what came, for the reports to the far end."""
        self.heard_at = clock()
        """When the last packet came; at first, when this began to listen."""
        self.flooded = 0
        """Packets that were dropped because the far end sends far too many."""
        self._on_key = on_key
        self._clock = clock
        self._keys = KeyReader()
        self._sinks: tuple[Sink, ...] = ()
        self._order: Reorder[Heard | None] = Reorder()
        self._source: int | None = None
        self._lost = 0
        self._allowed = float(MOST_AT_ONCE)
        self._allowed_at = self.heard_at

    def __call__(self, packet: bytes) -> None:
        """The next packet as it came, decrypted."""
        header = RtpHeader.read(packet)
        if header is None:
            return
        now = self._clock()
        codec = self.codecs.get(header.payload_type)
        is_key = header.payload_type == self.key_type
        if codec is not None or is_key:
            self.heard_at = now
            self.count(header)
        self._allowed -= 1
        if self._allowed < 0 and not self._allow(now):
            return
        if is_key:
            key = self._keys.read(header.timestamp, packet[header.start : header.end])
            if key is not None:
                self._on_key(key)
        if self._sinks:
            payload = packet[header.start : header.end]
            heard = None if codec is None else Heard(codec, header.timestamp, payload, now)
            self._put_in_order(header, heard, now)

    def attach(self, sink: Sink) -> None:
        """Give it the sound from now on."""
        self._sinks = (*self._sinks, sink)

    def detach(self, sink: Sink) -> None:
        """No more. One that is not attached is no error."""
        self._sinks = tuple(each for each in self._sinks if each is not sink)
        if not self._sinks:
            self._order, self._source, self._lost = Reorder(), None, 0

    def tick(self, now: float) -> None:
        """Time passes; about every 20 ms."""
        if self._order.waits:
            self._give(self._order.due(now))
        if not self._order.waits:
            for sink in self._sinks:
                sink.tick(now)

    def _allow(self, now: float) -> bool:
        """Whether one more packet is, now that those that were are used up."""
        more = (now - self._allowed_at) * MOST_PER_SECOND
        self._allowed = min(self._allowed + more, MOST_AT_ONCE)
        self._allowed_at = now
        if self._allowed < 0:
            self._allowed += 1
            self.flooded += 1
            if self.flooded == 1:
                log.warning(
                    "a far end sends more than %g packets a second; the rest is dropped", MOST_PER_SECOND
                )
            return False
        return True

    def _put_in_order(self, header: RtpHeader, heard: Heard | None, now: float) -> None:
        """Keys, and what is of no known kind, have numbers of the same row; they leave no hole in it."""
        if header.ssrc != self._source:
            if heard is None:
                return
            self._give(self._order.flush())
            self._order, self._source, self._lost = Reorder(), header.ssrc, 0
        self._give(self._order.add(header.sequence, heard, now))

    def _give(self, ready: list[tuple[int, Heard | None]]) -> None:
        for lost, heard in ready:
            self._lost += lost
            if heard is None:
                continue
            if self._lost:
                heard, self._lost = heard._replace(lost=self._lost), 0
            for sink in self._sinks:
                sink.hear(heard)
