"""How well one source is received (RFC 3550 appendix A): what was lost, and how unsteadily the rest came.

Pure. A source is believed at its first packet, without the appendix's probation: SRTP has proven who sent it.
"""

from __future__ import annotations

from .header import RtpHeader, ahead
from .rtcp import Block, middle

MOST_DROPPED = 3000
"""A jump ahead by more is no loss: the sender began anew."""
MOST_MISORDERED = 100
JUMP = 2.0
"""Seconds. Packets whose spacing is off by more tell of a jump of the sender's clock, not of jitter."""
_CYCLE = 1 << 16


class Reception:
    """One source (SSRC), packet by packet."""

    def __init__(self, header: RtpHeader) -> None:
        """Begins with the packet of this header, which is then `add`ed like all others."""
        self.ssrc = header.ssrc
        self.heard_at = 0.0
        """When its last packet came (`time.monotonic()`)."""
        self.jitter = 0.0
        """Mean deviation of the packets' spacing (RFC 3550 A.8), in units of the clock rate."""
        self.clock_rate = 0
        """Of what came last, Hz; 0 = nothing that tells came yet."""
        self.received = 0
        self._base = self._highest = header.sequence
        """The first sequence number, and the highest one, cycles included."""
        self._skipped = 0
        """Lost and received before the sender began anew: they stay in the totals."""
        self._stray: int | None = None
        self._transit: float | None = None
        self._type = header.payload_type
        self._before = (0, 0)
        self._sent_report: tuple[int, float] | None = None

    @property
    def expected(self) -> int:
        """Packets that were sent, by their numbers."""
        return self._skipped + self._highest - self._base + 1

    @property
    def lost(self) -> int:
        """Packets that never came; negative when more came twice."""
        return self.expected - self.received

    @property
    def has_news(self) -> bool:
        """Something came since the last `block`."""
        return self.received > self._before[1]

    def add(self, header: RtpHeader, at: float, clock_rate: int | None) -> None:
        """A packet came. `clock_rate` None: its timestamp says nothing of when it was sent (keys)."""
        step = ahead(header.sequence, self._highest & 0xFFFF)
        if not -MOST_MISORDERED <= step < MOST_DROPPED:
            if header.sequence != self._stray:
                self._stray = (header.sequence + 1) % _CYCLE
                return
            self._begin_anew(header.sequence)
        elif step > 0:
            self._highest += step
        self._stray = None
        self.received += 1
        self.heard_at = at
        if clock_rate is not None:
            self._measure(header, at, clock_rate)

    def sent_report(self, ntp: int, at: float) -> None:
        """Its sender report came, said at `ntp` (32.32 bits)."""
        self._sent_report = (middle(ntp), at)

    def block(self, now: float) -> Block:
        """What to report of it; the fraction is since the last call."""
        expected, received = self.expected - self._before[0], self.received - self._before[1]
        self._before = (self.expected, self.received)
        lost = max(0, expected - received)
        last_report, came = self._sent_report or (0, now)
        return Block(
            ssrc=self.ssrc,
            fraction=min(255, (lost << 8) // expected) if expected > 0 else 0,
            lost=self.lost,
            highest=self._highest & 0xFFFFFFFF,
            jitter=min(int(self.jitter), 0xFFFFFFFF),
            last_report=last_report,
            delay=min(round(max(0.0, now - came) * 65536), 0xFFFFFFFF),
        )

    def _begin_anew(self, sequence: int) -> None:
        """Two in a row say so: from the earlier of them, which was left out, on."""
        self._skipped = self.expected
        self._base = self._highest = sequence
        self._transit = None

    def _measure(self, header: RtpHeader, at: float, clock_rate: int) -> None:
        if header.payload_type != self._type or clock_rate != self.clock_rate:
            # Another clock, perhaps: its timestamps say nothing about those before (RFC 7160).
            if self.clock_rate:
                self.jitter *= clock_rate / self.clock_rate
            self._type, self.clock_rate, self._transit = header.payload_type, clock_rate, None
        arrival = at * clock_rate
        transit = arrival - header.timestamp
        if self._transit is not None:
            # The timestamp may have wrapped in between.
            apart = (transit - self._transit + 0x80000000) % 0x100000000 - 0x80000000
            if abs(apart) < JUMP * clock_rate:
                self.jitter += (abs(apart) - self.jitter) / 16
        self._transit = transit
