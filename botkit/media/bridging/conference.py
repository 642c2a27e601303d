"""Several far ends that hear each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from botkit.media.codecs import PTIME, AudioCodec, Encoder, Samples
from botkit.media.rates import Resampler
from botkit.media.receiving.incoming import Heard
from botkit.media.receiving.listening import RATE, Listening
from botkit.media.weakly import weakly
from botkit.ports.audio import Sound

from .mixer import MOST, Mixer

PREFILL = 2
"""Frames of a voice that are gathered before the first one is heard: so much may the next ones be late."""
WAITING = 5
"""Frames that wait at most; the oldest go then."""


class Conference:
    """One frame of everybody is mixed every 20 ms, when the first of them needs it."""

    def __init__(self) -> None:
        self._seats: list[Seat] = []
        self._mixer: Mixer[Seat] = Mixer()
        self._speaker: Seat | None = None
        """Who has been told so."""
        self._mixed_until: float | None = None

    def enter(self, codec: AudioCodec, on_speaking: Callable[[bool], None]) -> Seat:
        """A seat for somebody who is sent to with `codec`. `on_speaking` is told when they are the one who
        speaks, and when no more."""
        assert len(self._seats) < MOST, f"{MOST} at most"
        seat = Seat(self, codec, on_speaking)
        self._seats.append(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """Who has left is no error."""
        if seat in self._seats:
            self._seats.remove(seat)
            if seat is self._speaker:
                self._speaks(None)

    def mix(self, now: float) -> None:
        """Go on up to now."""
        if self._mixed_until is None or now - self._mixed_until > WAITING * PTIME:
            self._mixed_until = now - PTIME
        while self._mixed_until + PTIME <= now + PTIME / 2:
            self._mixed_until += PTIME
            heard = self._mixer.mix({seat: seat.said() for seat in self._seats})
            for seat, frame in heard.items():
                seat.hears(frame)
            self._speaks(self._mixer.speaker)

    def _speaks(self, seat: Seat | None) -> None:
        before, self._speaker = self._speaker, seat
        if before is not seat:
            if before is not None:
                before.on_speaking(False)
            if seat is not None:
                seat.on_speaking(True)


class Seat:
    """One of them: a `Sink` for what it says, and a source of what it hears."""

    def __init__(
        self, conference: Conference, codec: AudioCodec, on_speaking: Callable[[bool], None]
    ) -> None:
        self.conference = conference
        self.on_speaking = on_speaking
        self._listening = Listening(weakly(self._take_in))
        self._said: deque[Samples] = deque(maxlen=WAITING)
        self._flows = False
        self._heard: deque[Samples | None] = deque(maxlen=WAITING)
        self._encoder = Encoder(codec)
        self._resampler = Resampler(RATE, codec.clock_rate)
        self._empty = np.zeros(round(RATE * PTIME), np.int16)

    def hear(self, packet: Heard) -> None:
        """The next packet of whom sits here."""
        self._listening.hear(packet)

    def tick(self, now: float) -> None:
        """Time passes."""
        self._listening.tick(now)

    def take(self, now: float) -> bytes | None:
        """The payload for the slot that is due."""
        if not self._heard:
            self.conference.mix(now)
        if not self._heard:
            return None
        frame = self._heard.popleft()
        samples = self._resampler.feed(self._empty if frame is None else frame)
        return b"".join(self._encoder.encode(samples)) or None

    def said(self) -> Samples | None:
        """The next frame of what was said here; None = there is none."""
        self._flows = bool(self._said) and (self._flows or len(self._said) >= PREFILL)
        return self._said.popleft() if self._flows else None

    def hears(self, frame: Samples | None) -> None:
        """What the others say."""
        self._heard.append(frame)

    def _take_in(self, sound: Sound, lost: bool) -> None:
        self._said.append(np.frombuffer(sound.samples, "<i2").astype(np.int16))
