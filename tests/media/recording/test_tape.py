"""A call's recording: what passed, where and when it passed, by a clock that the test moves."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import random
import tempfile
import threading
import wave
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, PTIME, AudioCodec, encode, silence
from botkit.media.receiving.incoming import Heard
from botkit.media.recording.tape import DECODED, READ, Recorders, Tape
from botkit.media.recording.wav import RATE, nameless
from botkit.model.tones import tone
from botkit.ports.audio import RecordingFailed

START = 5000.0
BEAT = 50
"""Slots from one short tone to the next: a second."""
TONE = 5
"""Slots that it takes."""


@dataclass
class Line:
    """One direction of a call: a tone at each full second."""

    codec: AudioCodec
    hertz: int
    first: int = 0xFFFFFF00
    payloads: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.payloads = dict(enumerate(encode(tone((self.hertz,), TONE * PTIME), self.codec)))

    def packet(self, slot: int, late: float = 0.0) -> Heard:
        payload = self.payloads.get(slot % BEAT, silence(self.codec))
        timestamp = (self.first + slot * self.codec.frame) & 0xFFFFFFFF
        return Heard(codec=self.codec, timestamp=timestamp, payload=payload, at=START + slot * PTIME + late)


@dataclass
class Now:
    at: float = START

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
async def recorders(now: Now) -> AsyncIterator[Recorders]:
    recorders = Recorders(now)
    yield recorders
    await recorders.close()


@pytest.fixture
def record(recorders: Recorders) -> Callable[..., Tape]:
    def record(*, stereo: bool = True, maximum: float = 3600.0) -> Tape:
        return recorders.tape(maximum=maximum, stereo=stereo, release=lambda tape: None)

    return record


def say(tape: Tape, packet: Heard) -> None:
    tape.own(packet.codec, packet.timestamp, packet.payload, packet.at)


async def sides(tape: Tape) -> np.ndarray:
    """Samples of left and right."""
    with await tape.finish() as file, wave.open(file, "rb") as reader:
        assert reader.getframerate() == RATE
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
        return samples.reshape(-1, reader.getnchannels()).astype(float)


def beats(sound: np.ndarray, hertz: int) -> list[float]:
    """When this tone begins, in seconds: steps of 5 ms."""
    step = RATE // 200
    blocks = sound[: len(sound) // step * step].reshape(-1, step)
    wave_ = np.exp(-2j * np.pi * hertz * np.arange(step) / RATE)
    there = np.abs(blocks @ wave_) / step > 300
    begins = there & ~np.concatenate([[False], there[:-1]])
    # A frame that is lost inside of a tone is no second tone.
    found: list[float] = []
    for at in np.flatnonzero(begins) * 0.005:
        if not found or at - found[-1] > 0.5:
            found.append(float(at))
    return found


def on_the_second(seconds: range) -> object:
    return pytest.approx(list(seconds), abs=0.025)


async def test_both_voices_where_they_were(record: Callable[..., Tape], now: Now) -> None:
    tape = record()
    far, own = Line(OPUS, 600), Line(OPUS, 1500)
    for slot in range(500):
        tape.hear(far.packet(slot))
        packet = own.packet(slot)
        if packet.payload != silence(OPUS) and slot >= BEAT:
            say(tape, packet)
    now.at += 10.0
    sound = await sides(tape)
    assert len(sound) == 10 * RATE
    assert beats(sound[:, 0], 600) == on_the_second(range(10))
    assert beats(sound[:, 1], 1500) == on_the_second(range(1, 10))
    assert beats(sound[:, 0], 1500) == beats(sound[:, 1], 600) == []


async def test_a_minute_is_a_minute_whatever_the_network_does(record: Callable[..., Tape], now: Now) -> None:
    """5 % loss, jitter and reordering, another source after 20 s, another codec after 40 s."""
    chance = random.Random(1)

    def heard(slot: int) -> bool:
        return slot % BEAT == 0 or chance.random() >= 0.05

    tape = record(stereo=False)
    lines = [Line(PCMU, 600), Line(PCMU, 600, first=77_000_000), Line(PCMA, 600, first=2_900_000_000)]
    packets = [
        lines[slot // 1000].packet(slot, chance.uniform(0, 0.06)) for slot in range(3000) if heard(slot)
    ]
    for packet in sorted(packets, key=lambda each: each.at):
        tape.hear(packet)
    now.at += 60.0
    sound = await sides(tape)
    assert len(sound) == 60 * RATE
    assert beats(sound[:, 0], 600) == on_the_second(range(60))


async def test_mixed_into_one(record: Callable[..., Tape], now: Now) -> None:
    tape = record(stereo=False)
    far, own = Line(PCMU, 600), Line(OPUS, 1500)
    for slot in range(100):
        tape.hear(far.packet(slot))
        say(tape, own.packet(slot))
    now.at += 2.0
    sound = await sides(tape)
    assert beats(sound[:, 0], 600) == on_the_second(range(2))
    assert beats(sound[:, 0], 1500) == on_the_second(range(2))


async def test_what_is_hidden_is_silent_and_takes_its_time(record: Callable[..., Tape], now: Now) -> None:
    """Also where it is hidden only afterwards."""
    tape = record()
    far = Line(PCMU, 600)
    for slot in range(500):
        at = START + slot * PTIME
        if slot == 225:
            tape.hide(at - 1.0)
        if slot == 325:
            tape.show(at)
        tape.hear(far.packet(slot))
    now.at += 10.0
    sound = await sides(tape)
    assert len(sound) == 10 * RATE
    assert not sound[int(3.5 * RATE) : int(6.5 * RATE)].any()
    assert beats(sound[:, 0], 600) == pytest.approx([0, 1, 2, 3, 7, 8, 9], abs=0.025)


async def test_what_is_hidden_is_never_written(record: Callable[..., Tape], now: Now) -> None:
    tape = record()
    tape.hide(START)
    for slot in range(100):
        tape.hear(Line(PCMU, 600).packet(slot))
    assert not tape._waiting
    assert not tape._writes


async def test_the_longest_recording(record: Callable[..., Tape], now: Now) -> None:
    tape = record(maximum=3.0)
    far = Line(PCMU, 600)
    for slot in range(500):
        tape.hear(far.packet(slot))
    now.at += 10.0
    sound = await sides(tape)
    assert len(sound) == 3 * RATE
    assert beats(sound[:, 0], 600) == on_the_second(range(3))


async def test_nothing_passed(record: Callable[..., Tape], now: Now) -> None:
    tape = record(stereo=False)
    now.at += 1.0
    assert not (await sides(tape)).any()
    assert len(await sides(record(stereo=False))) == 0


async def test_who_sends_too_much_fills_no_disk(record: Callable[..., Tape], now: Now) -> None:
    tape = record(stereo=False)
    for number in range(2000):
        tape.hear(Heard(codec=PCMU, timestamp=number * 160, payload=bytes(1200), at=START + number * 0.0001))
    assert tape._size < 200_000
    (await tape.finish()).close()


async def test_who_leaps_in_time_with_every_packet_keeps_nobody_waiting(
    record: Callable[..., Tape], now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All recordings are made one after the other."""
    breaths: list[float] = []
    monkeypatch.setattr("botkit.media.recording.tape.time.sleep", breaths.append)
    tape, far = record(), Line(OPUS, 600)
    for slot in range(1000):
        tape.hear(far.packet(slot)._replace(timestamp=slot * 20_000))
    now.at += 20.0
    with await tape.finish():
        assert len(breaths) == 1000 // DECODED + 1000 // READ


async def test_a_broken_payload_is_silence(record: Callable[..., Tape], now: Now) -> None:
    tape = record()
    far = Line(OPUS, 600)
    for slot in range(150):
        packet = far.packet(slot)
        payload = b"\xff" if slot % 3 else packet.payload
        tape.hear(Heard(codec=OPUS, timestamp=packet.timestamp, payload=payload, at=packet.at))
        tape.hear(Heard(codec=PCMA, timestamp=packet.timestamp, payload=b"", at=packet.at))
    now.at += 3.0
    assert len(await sides(tape)) == 3 * RATE


async def test_a_process_that_dies_leaves_nothing_behind(
    record: Callable[..., Tape], now: Now, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on disk has no name."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tape = record()
    far = Line(PCMU, 600)
    for slot in range(1000):
        tape.hear(far.packet(slot))
    await asyncio.gather(*map(asyncio.wrap_future, tape._writes))
    assert tape._spool is not None
    assert tape._spool.tell() > 100_000
    assert os.listdir(tmp_path) == []
    now.at += 20.0
    assert len(await sides(tape)) == 20 * RATE
    assert os.listdir(tmp_path) == []


async def test_a_disk_that_is_full(
    record: Callable[..., Tape], now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
    tape = record()
    far = Line(PCMU, 600)
    for slot in range(1500):
        tape.hear(far.packet(slot))
    with pytest.raises(RecordingFailed) as caught:
        await tape.finish()
    assert "No space left" in str(caught.value)


async def test_closing_holds_up_nobody_while_one_is_decoded(
    recorders: Recorders, record: Callable[..., Tape], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour of a call takes a while."""
    begun, loop_goes_on, seen = threading.Event(), threading.Event(), []

    def slow(sides: object, *, stereo: bool) -> object:
        begun.set()
        seen.append(loop_goes_on.wait(2))
        return nameless()

    monkeypatch.setattr("botkit.media.recording.tape.written", slow)
    finishing = asyncio.create_task(record().finish())
    await asyncio.to_thread(begun.wait, 2)
    asyncio.get_running_loop().call_soon(loop_goes_on.set)
    await recorders.close()
    assert seen == [True]
    (await finishing).close()
