"""Reports between both ends of a leg (RFC 3550 section 6): when one is due, what all of them say.

Pure: the caller brings the time and the packets. What the far end's reports say is believed no further than
it can harm nobody: they are numbers for people who watch lines.
"""

from __future__ import annotations

import random
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from botkit.ports.audio import LegStatistics

from .header import RtpHeader
from .reception import Reception
from .rtcp import Block, Bye, Report, Sent, middle, read, source_name

FIRST = 1.0
"""Seconds until the first report: round trip and loss are known early then."""
INTERVAL = 5.0
"""Seconds between reports on average; each one is between half and one and a half of it (section 6.2)."""
MOST_SOURCES = 4
"""Of the far end that are counted at a time; of more, the one heard least recently is dropped."""
REMEMBERED = 4
"""Sender reports of ours that the far end may still refer to."""
LONGEST_ROUND_TRIP = 60.0
NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""


class Sending(Protocol):
    """What reports tell of our own stream: true counts."""

    @property
    def ssrc(self) -> int: ...
    @property
    def packets(self) -> int:
        """Sent so far."""
        ...

    @property
    def octets(self) -> int:
        """Of their payloads."""
        ...

    @property
    def last_timestamp(self) -> int:
        """RTP timestamp of the last one."""
        ...

    @property
    def last_at(self) -> float:
        """When that was due (`time.monotonic()`)."""
        ...


class Reports:
    """Of one leg, both ways. All times are `time.monotonic()` seconds except where it says otherwise."""

    def __init__(
        self,
        stream: Sending,
        clock_rate: int,
        *,
        rates: Mapping[int, int] = MappingProxyType({}),
        cname: str = "",
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`stream` is what we send, at `clock_rate` Hz. `rates`: clock rates of the far end's codecs by
        payload type; packets of others (keys) count, and say nothing about jitter. Empty: all are at
        `clock_rate`. `cname`: our name (RFC 7022), as the SDP tells it; empty = one made up.
        """
        self.heard_at: float | None = None
        """When the last report of the far end came; None = none did."""
        self.said_bye = False
        """The far end has said that what it sent last is over, and has sent nothing since."""
        self._stream = stream
        self.use(clock_rate, rates)
        self._cname = cname or uuid.uuid4().hex
        self._chance = chance
        self._sources: dict[int, Reception] = {}
        self._dropped = (0, 0)
        self._due_at: float | None = None
        self._told = self._told_before = 0
        """Packets sent when the last report went out, and the one before it."""
        self._said: deque[tuple[int, float]] = deque(maxlen=REMEMBERED)
        self._far: Block | None = None
        self._round_trip: float | None = None

    def use(self, clock_rate: int, rates: Mapping[int, int]) -> None:
        """The codecs have changed; arguments as at the beginning."""
        self._clock_rate, self._rates = clock_rate, rates

    def received(self, header: RtpHeader, at: float) -> None:
        """The far end's packet with this header came at `at`."""
        source = self._sources.get(header.ssrc)
        if source is None:
            if len(self._sources) == MOST_SOURCES:
                self._drop(min(self._sources.values(), key=lambda each: each.heard_at))
            source = self._sources[header.ssrc] = Reception(header)
        rate = self._rates.get(header.payload_type) if self._rates else self._clock_rate
        source.add(header, at, rate)
        self.said_bye = False

    def due(self, now: float, wall: float) -> bytes | None:
        """The compound packet to send at `now`; None = it is too early. `wall`: `time.time()`."""
        if self._due_at is None:
            self._due_at = now + FIRST * (0.5 + self._chance())
        if now < self._due_at:
            return None
        self._due_at = now + INTERVAL * (0.5 + self._chance())
        return self._report(now, wall) + source_name(self._stream.ssrc, self._cname)

    def bye(self, now: float, wall: float) -> bytes:
        """The compound packet to send last."""
        name = source_name(self._stream.ssrc, self._cname)
        return self._report(now, wall) + name + Bye((self._stream.ssrc,)).write()

    def take(self, packet: bytes, at: float) -> None:
        """The far end's compound packet came. What is none is passed over; never raises."""
        for part in read(packet):
            self.heard_at = at
            if isinstance(part, Bye):
                self._gone(part)
                continue
            source = self._sources.get(part.ssrc)
            if source is not None and part.sent is not None:
                source.sent_report(part.sent.ntp, at)
            for block in part.blocks:
                if block.ssrc == self._stream.ssrc:
                    self._take_block(block, at)

    @property
    def statistics(self) -> LegStatistics:
        """How the line is, from its first packet on."""
        lost, received = self._dropped
        sources = self._sources.values()
        last = max(sources, key=lambda each: each.heard_at, default=None)
        known = last is not None and last.clock_rate > 0
        return LegStatistics(
            sent=self._stream.packets,
            received=received + sum(source.received for source in sources),
            lost=lost + sum(max(0, source.lost) for source in sources),
            jitter=last.jitter / last.clock_rate if last is not None and known else None,
            far_lost=None if self._far is None else max(0, self._far.lost),
            far_jitter=None if self._far is None else self._far.jitter / self._clock_rate,
            round_trip=self._round_trip,
        )

    def _report(self, now: float, wall: float) -> bytes:
        stream = self._stream
        sent = None
        if stream.packets > self._told_before:  # else we are no sender at the moment (section 6.4)
            ntp = round((wall + NTP_EPOCH) * 2**32) & (2**64 - 1)
            since = round((now - stream.last_at) * self._clock_rate)
            sent = Sent(
                ntp=ntp,
                timestamp=stream.last_timestamp + since,
                packets=stream.packets,
                octets=stream.octets,
            )
            self._said.append((middle(ntp), now))
        self._told_before, self._told = self._told, stream.packets
        blocks = tuple(source.block(now) for source in self._sources.values() if source.has_news)
        return Report(ssrc=stream.ssrc, sent=sent, blocks=blocks).write()

    def _take_block(self, block: Block, at: float) -> None:
        self._far = block
        said = next((when for name, when in self._said if name == block.last_report), None)
        if said is None:
            return
        # By our own clock alone: the wall clock may be set meanwhile.
        round_trip = at - said - block.delay / 65536
        if round_trip < LONGEST_ROUND_TRIP:
            self._round_trip = max(0.0, round_trip)

    def _gone(self, bye: Bye) -> None:
        for ssrc in bye.sources:
            source = self._sources.get(ssrc)
            if source is not None:
                self.said_bye = True
                self._drop(source)

    def _drop(self, source: Reception) -> None:
        lost, received = self._dropped
        self._dropped = (lost + max(0, source.lost), received + source.received)
        del self._sources[source.ssrc]
