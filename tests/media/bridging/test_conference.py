"""Several callers who hear each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import numpy as np
import pytest

from botkit.media.bridging.conference import PREFILL, Conference, Seat
from botkit.media.codecs import OPUS, PCMA, PCMU, PTIME, Decoder, encode
from botkit.media.engine import EngineAudioPort
from botkit.media.receiving.incoming import Heard
from botkit.model.pcm import Pcm
from botkit.model.tones import tone
from botkit.ports.audio import SpeakerChanged
from tests.media.conftest import Call, more, objection
from tests.media.test_recorded_call import sides

TRIES = 6
TONES = {400: 0, 700: 1, 1100: 2}


class Room:
    """Seats, each of whom says a tone of its own, by a clock that the test moves."""

    def __init__(self) -> None:
        self.conference = Conference()
        self.speakers: list[tuple[int, bool]] = []
        """Who was told that they speak, or no more."""
        self.seats: list[Seat] = [
            self.conference.enter(codec, partial(self._speaks, number))
            for number, codec in enumerate((OPUS, PCMU, PCMA))
        ]
        self.said = [encode(tone((hertz,), 2.0), OPUS) for hertz in TONES]
        self.heard: list[list[bytes | None]] = [[] for _ in self.seats]
        self.slot = 0

    def go_on(self, slots: int, *speaking: int) -> None:
        for _ in range(slots):
            now = self.slot * PTIME
            for number, seat in enumerate(self.seats):
                if number in speaking:
                    payload = self.said[number][self.slot % 90]
                    seat.hear(Heard(OPUS, self.slot * OPUS.frame, payload, now))
                seat.tick(now)
                self.heard[number].append(seat.take(now + number * PTIME / 4))
            self.slot += 1

    def _speaks(self, number: int, speaks: bool) -> None:
        self.speakers.append((number, speaks))

    def tones(self, number: int, last: int) -> set[int]:
        """Who is heard there, in so many last slots."""
        codec = (OPUS, PCMU, PCMA)[number]
        decoder = Decoder(codec)
        payloads = [payload for payload in self.heard[number] if payload]
        sound = np.concatenate([decoder.decode(each) for each in payloads])[-last * codec.frame :]
        at = np.arange(len(sound)) / codec.clock_rate
        return {hertz for hertz in TONES if np.abs(np.mean(sound * np.exp(-2j * np.pi * hertz * at))) > 100}


def test_each_hears_all_others() -> None:
    room = Room()
    room.go_on(40, 0, 1, 2)
    assert [room.tones(number, 20) for number in range(3)] == [{700, 1100}, {400, 1100}, {400, 700}]


def test_soon_and_without_a_hole() -> None:
    room = Room()
    room.go_on(40, 0, 1, 2)
    for payloads in room.heard:
        first = next(number for number, payload in enumerate(payloads) if payload)
        assert first <= PREFILL + 1
        assert all(payloads[first:])


def test_who_speaks_is_told() -> None:
    room = Room()
    room.go_on(20, 1)
    assert room.speakers == [(1, True)]
    room.go_on(30, 2)
    assert room.speakers[1:] == [(1, False), (2, True)]
    room.conference.leave(room.seats[2])
    assert room.speakers[3:] == [(2, False)]


def test_who_leaves_is_heard_no_more() -> None:
    room = Room()
    room.go_on(20, 0, 1, 2)
    room.conference.leave(room.seats[2])
    room.conference.leave(room.seats[2])
    room.seats.pop()
    room.go_on(30, 0, 1)
    assert [room.tones(number, 15) for number in range(2)] == [{700}, {400}]


def test_a_loop_that_stood_still_leaves_no_delay() -> None:
    room = Room()
    room.go_on(20, 0, 1, 2)
    room.slot += 100
    room.go_on(40, 0, 1, 2)
    assert [room.tones(number, 15) for number in range(3)] == [{700, 1100}, {400, 1100}, {400, 700}]


@pytest.mark.parametrize("port", [EngineAudioPort], indirect=True)
async def test_three_callers(
    dial: Callable[..., Awaitable[Call]], voice: Callable[[float, int], Pcm]
) -> None:
    """One of their calls is recorded."""
    calls = [await dial(codec) for codec in (OPUS, PCMU, PCMA)]
    first, second, third = calls
    recording = first.leg.record(maximum=60.0, stereo=True)
    first.leg.bridge(second.leg, third.leg)
    words = [voice(0.3, seed) for seed in (11, 12, 13)]
    for speaker, said in zip(calls, words, strict=True):
        others = [call for call in calls if call is not speaker]
        for _ in range(TRIES):  # a machine that stands still for a moment makes a hole in what is passed on
            await speaker.caller.say(said)
            await asyncio.gather(*(more(other.caller, 8) for other in others))  # on its way
            if not any(other.objection(said) for other in others):
                break
        assert [other.objection(said) for other in others] == ["", ""]
        assert [each.speaks for each in speaker.told.of(SpeakerChanged)][-1:] == [True]
        assert speaker.objection(said), "nobody hears themselves"
    far, own = await sides(recording)
    assert objection(far, words[0]) == ""
    assert objection(own, words[1]) == objection(own, words[2]) == ""
    third.leg.bridge(None)
    first.leg.bridge(None)
    await third.told.until(lambda: not any(call.told.of(SpeakerChanged)[-1].speaks for call in calls))
