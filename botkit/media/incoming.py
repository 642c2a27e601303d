"""What the far end sends, packet by packet: keys are told at once, sound goes in order to who wants it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from .codecs import AudioCodec
from .dtmf import KeyReader
from .reorder import Reorder
from .rtp import RtpHeader

QUIET = 0.06
"""Seconds without a packet after which those held back for a missing one go on."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One packet of sound."""

    codec: AudioCodec
    timestamp: int
    payload: bytes
    at: float
    """`time.monotonic()` of its arrival."""


class Sink(Protocol):
    """Wants the sound."""

    def hear(self, packet: Heard) -> None:
        """The next packet, in order."""
        ...

    def tick(self, now: float) -> None:
        """Time passes; about every 20 ms."""
        ...


class Incoming:
    """Reads the packets of one leg. Nothing is kept in order, let alone decoded, while no sink is there."""

    def __init__(self, on_key: Callable[[str], None]) -> None:
        self.codecs: Mapping[int, AudioCodec] = {}
        """By payload type: what was negotiated."""
        self.key_type: int | None = None
        """The payload type of telephone-event."""
        self.count: Callable[[RtpHeader], None] = lambda header: None
        """Counts what came, for the reports to the far end."""
        self.heard_at = time.monotonic()
        """When the last packet came; at first, when this began to listen."""
        self._on_key = on_key
        self._keys = KeyReader()
        self._sinks: tuple[Sink, ...] = ()
        self._order: Reorder[Heard | None] = Reorder()
        self._source: int | None = None

    def __call__(self, packet: bytes) -> None:
        """The next packet as it came, decrypted."""
        header = RtpHeader.read(packet)
        if header is None:
            return
        codec = self.codecs.get(header.payload_type)
        if codec is None and header.payload_type != self.key_type:
            return
        self.heard_at = time.monotonic()
        self.count(header)
        payload = packet[header.start : header.end]
        if codec is None:
            key = self._keys.read(header.timestamp, payload)
            if key is not None:
                self._on_key(key)
        if self._sinks:
            heard = None if codec is None else Heard(codec, header.timestamp, payload, self.heard_at)
            self._put_in_order(header, heard)

    def attach(self, sink: Sink) -> None:
        """Give it the sound from now on."""
        self._sinks = (*self._sinks, sink)

    def detach(self, sink: Sink) -> None:
        """No more. One that is not attached is no error."""
        self._sinks = tuple(each for each in self._sinks if each is not sink)
        if not self._sinks:
            self._order, self._source = Reorder(), None

    def tick(self, now: float) -> None:
        """Time passes; about every 20 ms."""
        if self._sinks and now - self.heard_at > QUIET:
            self._give(self._order.flush())
        for sink in self._sinks:
            sink.tick(now)

    def _put_in_order(self, header: RtpHeader, heard: Heard | None) -> None:
        """A key's packets have numbers of the same row; they leave no hole in it."""
        if header.ssrc != self._source:
            self._give(self._order.flush())
            self._order, self._source = Reorder(), header.ssrc
        self._give(self._order.add(header.sequence, heard))

    def _give(self, ready: list[Heard | None]) -> None:
        for heard in ready:
            if heard is not None:
                for sink in self._sinks:
                    sink.hear(heard)
