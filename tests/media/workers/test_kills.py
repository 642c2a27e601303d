"""What is left when a media process dies, hangs, or loses its bot."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from botkit.media.workers.port import WorkerAudioPort
from botkit.model.calls import CallCause
from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm
from botkit.ports.audio import LegClosed, LegEvent, OfferRefused, RecordingFailed
from botkit.testing.caller import Caller
from tests.media.conftest import closed_after

Dial = Callable[..., Awaitable[Any]]
pytestmark = [pytest.mark.chaos, pytest.mark.alone]


@pytest.fixture
async def port() -> AsyncIterator[WorkerAudioPort]:
    async with closed_after(WorkerAudioPort(1)) as port:
        yield port


async def test_one_that_is_killed_loses_its_calls_once_and_is_replaced(
    port: WorkerAudioPort, dial: Dial, voice: Callable[[float, int], Pcm], caplog: pytest.LogCaptureFixture
) -> None:
    call = await dial()
    early: list[LegEvent] = []
    ringing = await port.dial(early.append)
    (process,) = port.processes
    os.kill(process.pid, signal.SIGKILL)
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    assert [event.cause for event in call.told.of(LegClosed)] == [CallCause.MEDIA_LOST]
    assert [type(event) for event in early] == [LegClosed], "it never was connected"
    assert isinstance(early[0], LegClosed)
    assert early[0].cause is CallCause.FAILED
    assert "media process 1 died, and 2 calls with it" in caplog.text
    call.leg.play("late", voice(0.1, 1))
    call.leg.stop()
    await call.leg.close()
    with pytest.raises(OfferRefused):
        await ringing.complete("v=0")
    with pytest.raises(OfferRefused):
        await port.dial(early.append, beside=call.leg)
    again = await dial()
    assert port.processes[0].pid != process.pid
    await again.leg.close()
    assert len(call.told.of(LegClosed)) == 1


async def test_a_recording_that_dies_with_it_is_lost_in_one_sentence(
    port: WorkerAudioPort, dial: Dial, caplog: pytest.LogCaptureFixture
) -> None:
    call = await dial()
    recording = call.leg.record(maximum=60.0, stereo=False)
    os.kill(port.processes[0].pid, signal.SIGKILL)
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    with pytest.raises(RecordingFailed) as failed:
        await recording.finish()
    assert str(failed.value) == "The process that recorded it does not give it: media process 1 is gone."
    assert "media process 1 died, and 1 call with it" in caplog.text


async def test_what_waits_for_it_is_told(
    port: WorkerAudioPort, hang_up: Callable[[Caller], Caller], voice: Callable[[float, int], Pcm]
) -> None:
    leg = await port.dial(lambda event: None)
    os.kill(port.processes[0].pid, signal.SIGSTOP)
    preparing = asyncio.create_task(leg.prepare(voice(1.0, 1)))
    offer = await hang_up(Caller()).offer()
    accepting = asyncio.create_task(port.accept(offer, lambda event: None))
    for _ in range(100):  # rounds of the loop, until it was asked for
        await asyncio.sleep(0)
    assert len(port.processes[0].legs) == 2
    os.kill(port.processes[0].pid, signal.SIGKILL)
    with pytest.raises(WorldError, match="died"):
        await preparing
    other = await accepting
    assert other.answer, "another process answers"
    await other.close()


async def test_one_that_hangs_is_ended(
    port: WorkerAudioPort, dial: Dial, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("botkit.media.workers.process.BEATS_MISSED", 3)
    call = await dial()
    os.kill(port.processes[0].pid, signal.SIGSTOP)
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    assert "has not moved" in caplog.text


async def test_one_that_does_not_start_is_told_of_and_tried_again(
    port: WorkerAudioPort, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        with pytest.raises(OfferRefused, match="no process"):
            await port.dial(lambda event: None)
        assert "does not start" in caplog.text
    leg = await port.dial(lambda event: None)
    await leg.close()


BOT = """
import asyncio
from botkit.media.workers.port import WorkerAudioPort

async def main():
    port = WorkerAudioPort(2)
    await asyncio.gather(*(port.dial(print) for _ in range(2)))
    print(*(process.pid for process in port.processes), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_end_of_the_bot_is_theirs(number: signal.Signals) -> None:
    """They have its standard error: that is at its end when the last of them is gone."""
    bot = subprocess.Popen(
        [sys.executable, "-c", BOT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert bot.stdout is not None
    pids = [int(pid) for pid in bot.stdout.readline().split()]
    assert len(pids) == 2
    for pid in pids:
        os.kill(pid, 0)
    bot.send_signal(number)
    bot.communicate(timeout=10)
