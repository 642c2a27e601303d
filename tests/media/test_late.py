"""A port whose engine comes later than the bot."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator

import pytest

from botkit.media.late import LateAudioPort
from botkit.ports.audio import AudioPort, LegEvent, OfferRefused
from botkit.testing import FakeAudioPort, VirtualClock


class Engine:
    """One that is loaded when `there` is set."""

    def __init__(self, clock: VirtualClock) -> None:
        self.there = threading.Event()
        self.loaded: list[FakeAudioPort] = []
        self.closed = 0
        self._clock = clock

    def load(self) -> AudioPort:
        engine = self

        class Counted(FakeAudioPort):
            async def close(self) -> None:
                engine.closed += 1
                await super().close()

        assert threading.current_thread() is not threading.main_thread()
        assert self.there.wait(10)
        self.loaded.append(Counted(self._clock))
        return self.loaded[-1]


@pytest.fixture
def engine(clock: VirtualClock) -> Engine:
    return Engine(clock)


@pytest.fixture
async def port(engine: Engine) -> AsyncIterator[LateAudioPort]:
    port = LateAudioPort(engine.load)
    yield port
    engine.there.set()
    await port.close()


def nobody(event: LegEvent) -> None:
    """Hears nothing."""


async def test_calls_that_come_before_the_engine_wait_for_it(port: LateAudioPort, engine: Engine) -> None:
    legs = [asyncio.create_task(port.accept("offer", nobody)), asyncio.create_task(port.dial(nobody))]
    _, waiting = await asyncio.wait(legs, timeout=0)
    assert len(waiting) == 2
    engine.there.set()
    await asyncio.gather(*legs)
    (fake,) = engine.loaded
    assert len(fake.legs) == 2


async def test_whoever_gives_up_waiting_takes_it_from_nobody(port: LateAudioPort, engine: Engine) -> None:
    starting = asyncio.create_task(port.start())
    leg = asyncio.create_task(port.accept("offer", nobody))
    await asyncio.wait([leg], timeout=0)
    starting.cancel()
    leg.cancel()
    await asyncio.wait([starting, leg])
    engine.there.set()
    await port.accept("offer", nobody)
    assert len(engine.loaded) == 1


async def test_an_engine_that_cannot_be_loaded_refuses_calls_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def load() -> AudioPort:
        raise ImportError("no such library")

    port = LateAudioPort(load)
    await port.start()
    for _ in range(2):
        with pytest.raises(OfferRefused, match="no such library"):
            await port.accept("offer", nobody)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    await port.close()


async def test_close_waits_for_what_is_being_loaded(port: LateAudioPort, engine: Engine) -> None:
    starting = asyncio.create_task(port.start())
    await asyncio.wait([starting], timeout=0)
    closing = asyncio.create_task(port.close())
    await asyncio.wait([closing], timeout=0)
    assert not closing.done()
    engine.there.set()
    await closing
    await starting
    assert engine.closed == 1


async def test_what_was_never_needed_is_never_loaded(port: LateAudioPort, engine: Engine) -> None:
    await port.close()
    assert not engine.loaded
