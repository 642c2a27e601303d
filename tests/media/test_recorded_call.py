"""A real call is recorded: both voices, each where it was, and nothing of what is hidden."""

from __future__ import annotations

import time
import wave
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from botkit.media.codecs import PCMU
from botkit.media.engine import EngineAudioPort
from botkit.media.receiving.goertzel import KeyDetector
from botkit.model.pcm import Pcm
from botkit.ports.audio import CallRecording, PromptStarted
from tests.media.conftest import Call, more, objection

pytestmark = pytest.mark.parametrize("port", [EngineAudioPort], indirect=True)
"""What passes is told by what both ports share."""
RATE = 16_000


async def sides(recording: CallRecording) -> tuple[Pcm, Pcm]:
    """Left and right."""
    with await recording.finish() as file, wave.open(file, "rb") as reader:
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    left, right = samples.T
    return Pcm(left.tobytes(), RATE), Pcm(right.tobytes(), RATE)


def level(sound: Pcm, since: float, until: float) -> float:
    """Root mean square."""
    samples = np.frombuffer(sound.samples, "<i2").astype(float)
    return float(np.sqrt(np.mean(samples[round(since * RATE) : round(until * RATE)] ** 2)))


async def test_a_call(dial: Callable[..., Awaitable[Call]], voice: Callable[[float, int], Pcm]) -> None:
    """Of a caller whose keys are tones."""
    call = await dial(PCMU, keys=False)
    prompt, answer = voice(0.4, 1), voice(0.4, 2)
    await call.leg.prepare(prompt)
    await call.caller.prepare(answer)
    begun = time.monotonic()
    recording = call.leg.record(maximum=60.0, stereo=True)
    begun_late = time.monotonic() - begun
    await more(call.caller, 10)
    call.leg.play("prompt", prompt)
    await more(call.caller, 5)
    said = await call.caller.say(answer) - begun
    await more(call.caller, 5)  # on its way
    hidden = time.monotonic()
    recording.hide(hidden)
    await call.caller.press("7")
    await more(call.caller, 5)
    shown = time.monotonic()
    recording.show(shown)
    ending = time.monotonic() - begun
    await call.leg.close()
    took = time.monotonic() - begun
    far, own = await sides(recording)
    assert ending - begun_late - 0.001 <= far.seconds == own.seconds <= took + 0.001
    played = call.told.of(PromptStarted)[0].at - begun
    assert objection(own, prompt) == ""
    assert objection(far, answer) == ""
    assert level(own, played + 0.05, played + 0.35) > 1000
    assert level(own, hidden - begun, took) < 10
    assert level(far, 0.0, said - 0.05) < 10
    assert level(far, said + 0.05, said + 0.35) > 1000
    assert level(far, hidden - begun, shown - begun) == 0.0
    detector = KeyDetector()
    pressed = [detector.feed(far.samples[at : at + 640]) for at in range(0, len(far.samples), 640)]
    assert not any(pressed), "the key was hidden"
