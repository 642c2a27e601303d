"""Was it heard? A recording against the prompts that should be in it, in numbers.

A prompt counts as heard when, at the place where it fits best behind the prompt before it, the median
over windows of 400 ms of the normalised cross-correlation with its own rendering is 0.7 or more, and when
it lasted as long as it should: within 10 %, or within 60 ms if it was cut off. Unlike sentences of one
voice reach 0.2 to 0.3, a sentence through Opus or G.711 and back 0.9 and more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

from botkit.model.pcm import Pcm

RATE = 8_000
"""Judged in the telephone's band, which every codec carries; an `s` lives above it."""
SHORTEST = 0.1
"""Seconds: of less there is nothing to tell it by, and only its place is given."""
WINDOW = round(0.4 * RATE)
FRAME = round(0.02 * RATE)
SLACK = round(0.005 * RATE)
"""Samples by which a window may stand off the whole: what resampling and codecs shift."""
LIKE = 0.7
LENGTH_TOLERANCE = 0.10
"""Of a whole prompt's length."""
CUT_TOLERANCE = 0.060
"""Seconds, of a cut one's."""
AS_GOOD = 0.9
"""Of the best place's score."""
AUDIBLE = 0.003
"""RMS of full scale; below it a stretch of a rendering says nothing about likeness."""
OVERLAP = round(0.1 * RATE)
"""Samples by which a prompt may begin before the end of the one before it, as measured."""

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A prompt that should be heard."""

    name: str
    pcm: Pcm
    """Its whole rendering."""
    played: float | None = None
    """Seconds of it that were played before it was cut; None = all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one prompt."""

    name: str
    heard: bool
    correlation: float
    """Median over the windows, 0 to 1."""
    at: float
    """Seconds into the recording where it begins, or would."""
    seconds: float
    """How long it was heard."""
    expected: float
    """How long it should have been heard, both up to the last audible moment."""
    reason: str = ""
    """Why it was not heard."""


def judge(recording: Pcm, prompts: Sequence[Expected]) -> tuple[Verdict, ...]:
    """One verdict per prompt, in order; each is searched behind the end of the one before it."""
    sound = _signal(recording)
    verdicts = []
    start = 0
    for prompt in prompts:
        verdict, end = _judge(sound, start, prompt)
        verdicts.append(verdict)
        start = max(start, end - OVERLAP)
    return tuple(verdicts)


def unexplained(recording: Pcm, verdicts: Sequence[Verdict]) -> float:
    """Seconds of sound in the recording that belong to no heard prompt: what should not have been there."""
    sound = _signal(recording)
    for verdict in verdicts:
        if verdict.heard:
            first = round(verdict.at * RATE) - FRAME
            last = round((verdict.at + max(verdict.seconds, verdict.expected)) * RATE) + 3 * FRAME
            sound[max(first, 0) : last] = 0.0
    frames = range(0, len(sound), FRAME)
    return sum(_audible(sound[start : start + FRAME]) for start in frames) * FRAME / RATE


def _judge(sound: Signal, start: int, prompt: Expected) -> tuple[Verdict, int]:
    whole = _signal(prompt.pcm)
    length = len(whole) if prompt.played is None else min(round(prompt.played * RATE), len(whole))
    wanted = whole[:length]
    expected = _last_audible(wanted) / RATE
    if expected == 0.0:
        return _verdict(prompt, True, 1.0, start, 0.0, 0.0), start
    offset = start + _best_offset(sound[start:], wanted)
    correlation = float(np.median(list(_window_likeness(sound, offset, wanted, WINDOW)) or [0.0]))
    heard = _heard_length(sound, offset, whole) / RATE
    cut = prompt.played is not None
    reason = _objection(correlation, heard, expected, cut=cut) if expected >= SHORTEST else ""
    verdict = _verdict(prompt, not reason, correlation, offset, heard, expected, reason)
    return verdict, offset + length if verdict.heard else start


def _verdict(
    prompt: Expected,
    heard: bool,
    correlation: float,
    offset: int,
    seconds: float,
    expected: float,
    reason: str = "",
) -> Verdict:
    return Verdict(
        name=prompt.name,
        heard=heard,
        correlation=correlation,
        at=offset / RATE,
        seconds=seconds,
        expected=expected,
        reason=reason,
    )


def _objection(correlation: float, heard: float, expected: float, *, cut: bool) -> str:
    if correlation < LIKE:
        return f"correlation {correlation:.2f} is below {LIKE}"
    tolerance = CUT_TOLERANCE if cut else max(LENGTH_TOLERANCE * expected, FRAME / RATE)
    if abs(heard - expected) > tolerance + 1e-9:
        return f"heard for {heard:.2f} s instead of {expected:.2f} s"
    return ""


def _signal(pcm: Pcm) -> Signal:
    samples = np.frombuffer(pcm.samples, dtype="<i2") / 32768.0
    signal: Signal = samples if pcm.rate == RATE else soxr.resample(samples, pcm.rate, RATE)
    return signal


def _best_offset(sound: Signal, wanted: Signal) -> int:
    """Where `wanted` fits best, the first of several as good: a prompt may be played twice.

    By cross-correlation, each place normalised by its own energy.
    """
    if not len(sound):
        return 0
    size = 1 << (len(sound) + len(wanted)).bit_length()
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(wanted, size))
    correlation = np.fft.irfft(product, size)[: len(sound)]
    energy = np.concatenate([[0.0], np.cumsum(sound**2)])
    ends = np.minimum(np.arange(len(sound)) + len(wanted), len(sound))
    local = energy[ends] - energy[: len(sound)]
    floor = len(wanted) * AUDIBLE**2
    scores = correlation / np.sqrt(np.maximum(local, floor))
    first = int(np.argmax(scores >= AS_GOOD * np.max(scores)))
    return first + int(np.argmax(scores[first : first + FRAME]))


def _window_likeness(sound: Signal, offset: int, wanted: Signal, window: int) -> Iterator[float]:
    """Likeness of each window of `wanted` that is audible; the last one may be short."""
    for start in range(0, len(wanted), window):
        part = wanted[start : start + window]
        if _audible(part) and (len(part) > window // 4 or len(wanted) <= window):
            yield _likeness(sound, offset + start, part)


def _likeness(sound: Signal, at: int, part: Signal) -> float:
    first = max(at - SLACK, 0)
    stretch = sound[first : at + SLACK + len(part)]
    if len(stretch) < len(part):
        stretch = np.pad(stretch, (0, len(part) - len(stretch)))
    places = np.lib.stride_tricks.sliding_window_view(stretch, len(part))
    norms = np.linalg.norm(places, axis=1) * np.linalg.norm(part)
    return float(np.max(places @ part / np.maximum(norms, 1e-9)))


def _heard_length(sound: Signal, offset: int, whole: Signal) -> int:
    """Samples from the beginning to the end of the last frame of the rendering that is in the recording.

    Counted from the front: it ends where three audible frames in a row are missing.
    """
    heard = missing = 0
    for start in range(0, len(whole), FRAME):
        frame = whole[start : start + FRAME]
        if not _audible(frame):
            continue
        if _present(sound, offset + start, frame):
            heard, missing = start + len(frame), 0
        else:
            missing += 1
        if missing == 3:
            break
    return heard


def _present(sound: Signal, at: int, frame: Signal) -> bool:
    """The frame is in the recording: alike, and about as loud."""
    there = sound[max(at, 0) : at + len(frame)]
    loud = bool(np.sqrt(np.sum(there**2) / len(frame)) > AUDIBLE / 2)
    return loud and _likeness(sound, at, frame) > LIKE / 2


def _last_audible(signal: Signal) -> int:
    """Samples up to the end of the last audible frame."""
    return max(
        (
            min(start + FRAME, len(signal))
            for start in range(0, len(signal), FRAME)
            if _audible(signal[start : start + FRAME])
        ),
        default=0,
    )


def _audible(signal: Signal) -> bool:
    return bool(len(signal) and np.sqrt(np.mean(signal**2)) > AUDIBLE)
