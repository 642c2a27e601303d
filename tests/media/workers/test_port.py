"""Legs that live in media processes: real processes, real callers."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from botkit.media.codecs import OPUS, encode
from botkit.media.workers.port import WorkerAudioPort
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    LegClosed,
    OfferRefused,
    PromptFinished,
    PromptStarted,
    RecordingFailed,
)
from botkit.testing.caller import Caller
from tests.media.conftest import hanging_up, more

Dial = Callable[..., Awaitable[Any]]
Voice = Callable[[float, int], Pcm]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port() -> AsyncIterator[WorkerAudioPort]:
    """Two processes for all tests; when it is closed both are gone."""
    port = WorkerAudioPort(2, activity="botkit.speech.gates:VoiceGates")
    await port.start()
    async with asyncio.timeout(30):
        await asyncio.gather(*(place.ready() for place in port._places))
    pids = [process.pid for process in port.processes]
    assert len(set(pids)) == 2
    yield port
    await port.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest_asyncio.fixture(loop_scope="module")
async def hang_up() -> AsyncIterator[Callable[[Caller], Caller]]:
    async with hanging_up() as keep:
        yield keep


async def test_prompts_go_out_and_are_told_of(dial: Dial, voice: Voice) -> None:
    call, first, second = await dial(), voice(0.2, 1), voice(0.1, 2)
    await call.leg.prepare(first)
    call.leg.play("first", first)
    call.leg.play("second", second)
    call.leg.send_digits("keys", "7")
    await call.told.until(lambda: len(call.told.of(PromptFinished)) == 3)
    assert [event.prompt_id for event in call.told.of(PromptStarted)] == ["first", "second", "keys"]
    assert [event.played for event in call.told.of(PromptFinished)][:2] == [0.2, 0.1]
    whole = b"".join((*encode(first, OPUS), *encode(second, OPUS)))
    await call.caller.until(
        lambda: whole in b"".join(packet.payload for packet in call.caller.packets if packet.prompt)
    )
    await call.caller.until(lambda: [key.key for key in call.caller.keys] == ["7"])
    await call.leg.close()
    await call.leg.close()
    assert len(call.told.of(LegClosed)) == 1
    call.leg.play("late", first)
    await call.leg.prepare(first)
    await call.leg.add_candidate("candidate:1 1 udp 1 127.0.0.1 1 typ host", "0", 0)


async def test_what_plays_is_cut_and_what_waits_too(dial: Dial, voice: Voice) -> None:
    call = await dial()
    call.leg.play("one", voice(5.0, 1))
    call.leg.play("two", voice(5.0, 2))
    await call.told.until(lambda: bool(call.told.of(PromptStarted)))
    call.leg.stop()
    await call.told.until(lambda: len(call.told.of(PromptFinished)) == 2)
    assert [(event.prompt_id, event.cut) for event in call.told.of(PromptFinished)] == [
        ("one", True),
        ("two", True),
    ]
    await call.leg.close()


async def test_a_key_cuts_at_once_what_is_played_until_one_comes(dial: Dial, voice: Voice) -> None:
    """Though whoever is told does nothing."""
    call = await dial()
    call.leg.play("one", voice(5.0, 1), until_key=True)
    await call.told.until(lambda: bool(call.told.of(PromptStarted)))
    await call.caller.press("1")
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    assert call.told.of(PromptFinished)[0].cut
    await call.leg.close()


async def test_keys_and_speech_come_in(dial: Dial, voice: Voice, ear: Any) -> None:
    call, said = await dial(), voice(0.2, 3)
    listener = ear(call.leg)
    await call.caller.press("4")
    for _ in range(
        20
    ):  # it is no voice, so it hangs on the frame with which it begins whether it passes for one
        await call.caller.say(said)
        await listener.until_quiet(2)
        if any(sound.voiced for sound in listener.heard):
            break
    assert [digit.digit for digit in call.told.of(DigitPressed)] == ["4"]
    assert {sound.voiced for sound in listener.heard} <= {True, False}, "the process tells"
    assert any(sound.voiced for sound in listener.heard)
    call.leg.listen(None)
    await call.leg.close()


async def test_each_call_goes_where_fewest_are(dial: Dial, port: WorkerAudioPort) -> None:
    one, two = await dial(), await dial()
    assert one.leg.process is not two.leg.process
    beside = await port.dial(two.told, beside=one.leg)
    assert beside.process is one.leg.process
    third = await dial()
    assert third.leg.process is two.leg.process
    for leg in (one.leg, two.leg, beside, third.leg):
        await leg.close()
    assert all(not process.legs for process in port.processes)


async def test_two_far_ends_hear_each_other(
    dial: Dial, port: WorkerAudioPort, hang_up: Callable[[Caller], Caller], voice: Voice
) -> None:
    anna, ben = await dial(), hang_up(Caller())
    leg = await port.dial(lambda event: None, beside=anna.leg)
    await leg.complete(await ben.accept(leg.offer))
    await ben.connected()
    anna.leg.bridge(leg)
    said = voice(0.2, 4)
    whole = b"".join(encode(said, OPUS)[2:8])
    for _ in range(6):  # a machine that stands still for a moment makes a hole in what is passed on
        await anna.caller.say(said)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await ben.until(lambda: whole in b"".join(packet.payload for packet in ben.packets))
            break
    else:
        raise AssertionError("nothing is passed on")
    anna.leg.bridge(None)
    await leg.close()
    await anna.leg.close()


async def test_what_does_not_fit_is_refused(port: WorkerAudioPort) -> None:
    for offer in ("nonsense", "v=0\r\n" + "x" * 2**20):
        with pytest.raises(OfferRefused):
            await port.accept(offer, lambda event: None)
    leg = await port.dial(lambda event: None)
    with pytest.raises(OfferRefused):
        await leg.complete("nonsense")
    with pytest.raises(ValueError, match="no key"):
        leg.send_digits("keys", "xyz")
    await leg.close()
    with pytest.raises(OfferRefused, match="over"):
        await leg.complete("v=0")
    assert all(not process.legs for process in port.processes)


async def test_a_leg_that_nobody_waits_for_any_more_is_closed(
    port: WorkerAudioPort, hang_up: Callable[[Caller], Caller]
) -> None:
    offer = await hang_up(Caller()).offer()
    accepting = asyncio.create_task(port.accept(offer, lambda event: None))
    for _ in range(20):  # rounds of the loop, until it was asked for
        await asyncio.sleep(0)
        if any(process.legs for process in port.processes):
            break
    accepting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await accepting
    assert all(not process.legs for process in port.processes)


async def test_a_sound_is_sent_once_and_again_when_it_was_forgotten(
    dial: Dial, voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botkit.media.workers.process.MOST_SOUNDS", 20_000)
    call, first, second = await dial(), voice(0.5, 5), voice(0.5, 6)
    process = call.leg.process
    one, again, other = process.sound(first), process.sound(first), process.sound(second)
    assert one == again != other
    assert process.sound(first) not in (one, other)
    for name, pcm in (("a", first), ("b", second), ("c", first)):
        call.leg.play(name, pcm)
        call.leg.stop()
    await call.told.until(lambda: len(call.told.of(PromptFinished)) == 3)
    await call.leg.close()


async def test_a_call_is_recorded_and_the_file_outlives_it(dial: Dial, voice: Voice) -> None:
    call, said = await dial(), voice(0.2, 7)
    recording = call.leg.record(maximum=10.0, stereo=True)
    call.leg.play("said", said)
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await more(call.caller, 5)  # a little more than was said, for the ear that judges it
    await call.leg.close()
    with await recording.finish() as file, wave.open(file, "rb") as reader:
        left, right = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2).T
    assert reader.getframerate() == 16_000
    assert abs(left).max() < 100, "the caller says nothing"
    assert abs(right).max() > 5000, "the bot does"
    late = call.leg.record(maximum=10.0, stereo=False)
    with pytest.raises(RecordingFailed, match="over"):
        await late.finish()


async def test_a_recording_never_has_a_name(
    dial: Dial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is killed just then leaves nothing of it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    call = await dial()
    finishing = asyncio.create_task(call.leg.record(maximum=10.0, stereo=True).finish())
    while not finishing.done():
        assert not os.listdir(tmp_path)
        await asyncio.sleep(0)
    (await finishing).close()
    await call.leg.close()


async def test_a_recording_that_nobody_waits_for_any_more_is_closed(dial: Dial) -> None:
    call = await dial()
    before = open_files()
    recording = call.leg.record(maximum=10.0, stereo=True)
    finishing = asyncio.create_task(recording.finish())
    await asyncio.sleep(0)
    finishing.cancel()
    with suppress(asyncio.CancelledError):
        await finishing
    await call.leg.add_candidate("", "", 0)  # answered once it has begun to finish
    with await call.leg.record(maximum=10.0, stereo=False).finish() as file, wave.open(file, "rb") as reader:
        assert reader.getnchannels() == 1, "the other one"
    assert open_files() == before
    await call.leg.close()


def open_files() -> set[str]:
    """Those without a name that this process has."""
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{descriptor}")
            if "botkit-call-" in target:
                found.add(target)
    return found


async def test_signals_for_the_bot_do_not_end_it(port: WorkerAudioPort, dial: Dial) -> None:
    for process in port.processes:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(process.pid, number)
    leg = await port.dial(lambda event: None)
    await leg.close()
