"""What a bad network leaves of a call: how much of what came in time is heard, and how late.

A simulation in virtual time, of the product's own way from a packet to its sound. The peer is aiortc's
jitter buffer, which hears the same packets. A packet is in time up to 60 ms behind its slot.
"""

from __future__ import annotations

import random
import statistics
import struct
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from benchmarks import Figure
from botkit.media.codecs import PCMU
from botkit.media.receiving.decoders import MU_LAW
from botkit.media.receiving.incoming import Incoming
from botkit.media.receiving.listening import Listening
from botkit.ports.audio import Sound

SLOT = 0.02
IN_TIME = 0.06
BEGIN = 10.0
"""Of virtual time; before it there was nothing."""
CALM = 1.0
"""Seconds after the last disturbance that the delay is looked at, and for how long."""
TAIL = 3.0
"""Seconds without disturbance at the end."""
TICK_PHASE = 0.013
SOURCE = 7


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet of a call."""

    number: int
    """Of the packets sent."""
    due: float
    """When it comes if nothing holds it up, s; its timestamp says the same."""
    came: float | None
    """When it did come, s; None = never."""

    @property
    def in_time(self) -> bool:
        """Whether it ought to be heard."""
        return self.came is not None and self.came - self.due <= IN_TIME + 1e-9

    def late(self, seconds: float) -> Sent:
        """It takes so much longer."""
        return replace(self, came=self.due + seconds)

    def lost(self) -> Sent:
        """It never comes."""
        return replace(self, came=None)


def steady(seconds: float) -> list[Sent]:
    """A call that nothing disturbs."""
    dues = [BEGIN + number * SLOT for number in range(round(seconds / SLOT))]
    return [Sent(number, due, due) for number, due in enumerate(dues)]


def losing(share: float) -> Callable[[float, random.Random], list[Sent]]:
    """Every packet is lost as likely as any other."""
    return lambda seconds, chance: [
        sent.lost() if sent.number and chance.random() < share else sent for sent in steady(seconds)
    ]


def in_bursts(seconds: float, chance: random.Random) -> list[Sent]:
    """Three in a row are lost, about every second."""
    lost: set[int] = set()
    at = 0
    while at * SLOT < seconds:
        at += chance.randint(30, 70)
        lost |= {at, at + 1, at + 2}
    return [sent.lost() if sent.number in lost else sent for sent in steady(seconds)]


def swapped(seconds: float, chance: random.Random) -> list[Sent]:
    """One in ten comes right behind the next one."""
    return [
        sent.late(SLOT + 0.001) if sent.number and chance.random() < 0.1 else sent for sent in steady(seconds)
    ]


def overtaken(seconds: float, chance: random.Random) -> list[Sent]:
    """One in ten comes 40 ms later than the others."""
    return [sent.late(0.04) if sent.number and chance.random() < 0.1 else sent for sent in steady(seconds)]


def jittering(seconds: float, chance: random.Random) -> list[Sent]:
    """Each comes up to 60 ms late, and one in a hundred is lost."""
    return [
        sent.lost() if sent.number and chance.random() < 0.01 else sent.late(IN_TIME * chance.random())
        for sent in steady(seconds)
    ]


def pausing(seconds: float, chance: random.Random) -> list[Sent]:
    """Nothing is sent for 400 ms, about every two seconds: DTX."""
    call, pause = [], 0.0
    for sent in steady(seconds):
        if sent.number and sent.number % 100 == 0:
            pause += 0.4
        due = sent.due + pause
        call.append(Sent(sent.number, due, due))
    return call


PATTERNS = {
    "1_percent": losing(0.01),
    "5_percent": losing(0.05),
    "bursts": in_bursts,
    "swapped": swapped,
    "overtaken": overtaken,
    "jitter": jittering,
    "pauses": pausing,
}


class Hearing(Protocol):
    """A way from packets to sound; tells which packet was heard when."""

    heard: list[tuple[int, float]]
    """Numbers of packets, and when their sound was there."""
    frames: int
    """20 ms each, whatever is in them."""

    def packet(self, sent: Sent, now: float) -> None: ...

    def tick(self, now: float) -> None: ...


class BotkitHearing:
    """The product's: each packet has a level of its own, by which its sound is known again."""

    LEVELS = np.array([code for code in range(256) if 400 < abs(int(MU_LAW[code])) < 20_000], np.uint8)

    def __init__(self) -> None:
        self.heard: list[tuple[int, float]] = []
        self.frames = 0
        self._now = BEGIN
        self._came = 0
        self._incoming = Incoming(lambda key: None, clock=lambda: self._now)
        self._incoming.codecs = {0: PCMU}
        self._incoming.attach(Listening(self._take))

    def packet(self, sent: Sent, now: float) -> None:
        """It came."""
        self._now, self._came = now, max(self._came, sent.number)
        level = self.LEVELS[sent.number % len(self.LEVELS)]
        timestamp = round((sent.due - BEGIN) * PCMU.clock_rate) & 0xFFFFFFFF
        head = struct.pack("!BBHII", 0x80, 0, sent.number & 0xFFFF, timestamp, SOURCE)
        self._incoming(head + bytes([level]) * PCMU.frame)

    def tick(self, now: float) -> None:
        """Time passes."""
        self._now = now
        self._incoming.tick(now)

    def _take(self, sound: Sound, lost: bool) -> None:
        self.frames += 1
        sample = np.frombuffer(sound.samples, "<i2")[200]
        distance = np.abs(MU_LAW[self.LEVELS].astype(int) - sample)
        place = int(np.argmin(distance))
        if not lost and distance[place] <= 2:
            since = (self._came - place) % len(self.LEVELS)
            self.heard.append((self._came - since, self._now))


class AiortcHearing:
    """aiortc's jitter buffer, as its audio receivers make it."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, float]] = []
        self.frames = 0
        self._buffer = JitterBuffer(capacity=16, prefetch=4)

    def packet(self, sent: Sent, now: float) -> None:
        """It came."""
        packet = RtpPacket(
            sequence_number=sent.number & 0xFFFF, timestamp=sent.number, payload=bytes(PCMU.frame)
        )
        packet._data = packet.payload  # type: ignore[attr-defined]
        _, frame = self._buffer.add(packet)
        if frame is not None:
            self.frames += 1
            self.heard.append((frame.timestamp, now))

    def tick(self, now: float) -> None:
        """It looks at no clock."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one call."""

    delivered: float
    """Percent, of the packets that came in time."""
    delay: float
    """Milliseconds behind its slot, of the latest sound between 1 s and 2 s after the last disturbance; for
    pauses, of the last word before one, too."""
    mean: float
    """Milliseconds behind the slot, while disturbed."""
    sound: float
    """Seconds of it in a second of the call."""


def outcome(pattern: str, hearing: Hearing, seconds: float) -> Outcome:
    """Let it hear a call of so long with this pattern, and undisturbed at the end."""
    disturbed = PATTERNS[pattern](seconds, random.Random(pattern))
    last = disturbed[-1]
    rest = [
        Sent(last.number + number, last.due + number * SLOT, last.due + number * SLOT)
        for number in range(1, round(TAIL / SLOT))
    ]
    call = [*disturbed, *rest]
    _play(call, hearing)
    due = {sent.number: sent.due for sent in call}
    delays = {number: 1000 * (at - due[number]) for number, at in hearing.heard}
    after = [last.due + CALM < due[number] <= last.due + 2 * CALM for number in delays]
    late = [delay for delay, counts in zip(delays.values(), after, strict=True) if counts]
    if pattern == "pauses":
        late += [delays.get(sent.number, 1000 * TAIL) for sent in disturbed if sent.number % 100 == 99]
    wanted = [sent.number for sent in disturbed if sent.in_time]
    return Outcome(
        delivered=100 * sum(number in delays for number in wanted) / len(wanted),
        delay=max(late, default=1000 * TAIL),
        mean=statistics.fmean(delays[number] for number in wanted if number in delays),
        sound=hearing.frames * SLOT / (call[-1].due + SLOT - BEGIN),
    )


def _play(call: Sequence[Sent], hearing: Hearing) -> None:
    """Packets and ticks, as time passes."""
    arrivals = sorted((sent for sent in call if sent.came is not None), key=lambda sent: sent.came or 0.0)
    ticks = _ticks()
    tick = next(ticks)
    for sent in arrivals:
        assert sent.came is not None
        while tick <= sent.came:
            hearing.tick(tick)
            tick = next(ticks)
        hearing.packet(sent, sent.came)


def _ticks() -> Iterator[float]:
    number = 0
    while True:
        yield BEGIN + TICK_PHASE + number * SLOT
        number += 1


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """The worst of all patterns, beside aiortc's. The control hears by a window of 16 packets, aiortc's."""
    seconds = 30.0 if quick else 300.0
    own: Callable[[], Hearing] = AiortcHearing if control else BotkitHearing
    ours = {name: outcome(name, own(), seconds) for name in PATTERNS}
    theirs = {name: outcome(name, AiortcHearing(), seconds) for name in PATTERNS}
    return [
        *_worst("loss", ours.values(), limits=True),
        *_worst("aiortc_loss", theirs.values(), limits=False),
        *(
            Figure(name=f"{who}_{pattern}_delay_ms_mean", value=each.mean, unit="ms")
            for who, outcomes in (("loss", ours), ("aiortc_loss", theirs))
            for pattern, each in outcomes.items()
        ),
    ]


def _worst(name: str, outcomes: Collection[Outcome], *, limits: bool) -> Iterator[Figure]:
    yield Figure(
        name=f"{name}_delivered_percent",
        value=min(each.delivered for each in outcomes),
        unit="%",
        limit=99.9 if limits else None,
        at_least=True,
    )
    yield Figure(
        name=f"{name}_added_delay_ms",
        value=max(each.delay for each in outcomes),
        unit="ms",
        limit=60 if limits else None,
    )
    yield Figure(
        name=f"{name}_time_line_off_percent",
        value=max(100 * abs(1 - each.sound) for each in outcomes),
        unit="%",
        limit=0.5 if limits else None,
    )
