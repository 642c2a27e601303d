"""Telephone keys as RTP packets (RFC 4733), read and written.

Pure. Two facts of the field are built in: a sender may send all packets of a key with the end bit set
(Chromium with Opus sends three, all marked), and every packet of one key bears the same RTP timestamp.
So a key is known by (timestamp, event), and counts at its first packet, whatever flags that one has.
"""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass, replace

KEYS = "0123456789*#ABCD"
"""Event codes 0 to 15, by position (RFC 4733 section 3.2)."""
CLOCK_RATE = 8000
"""The rate botkit asks for; durations are in its units."""
END = 0x80
VOLUME_MASK = 0x3F
END_REPEATS = 3
"""Times that the packet with the end goes out, in case one is lost (RFC 4733 section 2.5.1.4)."""
LONGEST = 0xFFFF
"""The duration field's limit, about 8 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephoneEvent:
    """The four bytes of one packet (RFC 4733 section 2.3)."""

    key: str
    """One of `KEYS`."""
    duration: int
    """How long the key has been down so far, in units of 1/8000 s."""
    end: bool = False
    """The key is up again."""
    volume: int = 10
    """Power of the tone in -dBm0, 0 to 63."""

    @classmethod
    def read(cls, payload: bytes) -> TelephoneEvent | None:
        """What a packet says; None when it is too short or no telephone key (flash, fax tones ...)."""
        if len(payload) < 4:
            return None
        event, flags, duration = struct.unpack_from("!BBH", payload)
        if event >= len(KEYS):
            return None
        return cls(key=KEYS[event], duration=duration, end=bool(flags & END), volume=flags & VOLUME_MASK)

    def released(self) -> TelephoneEvent:
        """The same key, up again after the time it was down."""
        return replace(self, end=True)

    def write(self, rate: int = CLOCK_RATE) -> bytes:
        """The four bytes, for a payload type of this clock rate."""
        flags = (END if self.end else 0) | (self.volume & VOLUME_MASK)
        return struct.pack(
            "!BBH", KEYS.index(self.key), flags, min(self.duration * rate // CLOCK_RATE, LONGEST)
        )


@dataclass(frozen=True, slots=True)
class KeyPacket:
    """A slot that carries a telephone-event in place of sound."""

    event: TelephoneEvent
    since: int
    """Slots since the key's first one, whose timestamp all of its packets bear."""


def press(key: str, *, packets: int = 5, spacing: float = 0.02) -> tuple[TelephoneEvent, ...]:
    """What to send for one key, a packet every `spacing` seconds, all under the first one's timestamp.

    The last one goes out `END_REPEATS` times.
    """
    step = round(spacing * CLOCK_RATE)
    down = [TelephoneEvent(key=key, duration=step * n) for n in range(1, packets)]
    up = TelephoneEvent(key=key, duration=step * packets, end=True)
    return (*down, *[up] * END_REPEATS)


class KeyReader:
    """Tells each key once, at the first packet of it that arrives."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, str]] = deque(maxlen=16)

    def read(self, timestamp: int, payload: bytes) -> str | None:
        """The key that this packet tells of for the first time."""
        event = TelephoneEvent.read(payload)
        if event is None or (timestamp, event.key) in self._seen:
            return None
        self._seen.append((timestamp, event.key))
        return event.key
