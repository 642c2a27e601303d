"""Was it heard? A recording against the prompts that should be in it, in numbers.

A prompt counts as heard when, at the place where it fits best behind the prompt before it, the median
over windows of 400 ms of the normalised cross-correlation with its own rendering is 0.7 or more, and when
as much of it was heard as should have been, pauses not counted: within 10 %, or within 40 ms if it was cut
off. Unlike sentences of one voice reach 0.2 to 0.3, a sentence through Opus or G.711 and back 0.9 and more.
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
FRAME_SLACK = 2
"""Samples by which a frame may stand off the whole: of a voiced sound, a frame is like any other that is
shifted by up to a period."""
LIKE = 0.7
FRAME_LIKE = 0.4
"""Between the frames that are there (99 of 100 above 0.54) and those of other sentences of the same voice
(9 of 10 below 0.36)."""
LENGTH_TOLERANCE = 0.10
"""Of a whole prompt's sound."""
CUT_TOLERANCE = 2
"""Frames, of a cut one's sound: Opus spoils the last one of a cut, and the soft ones of a consonant."""
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
    places: list[_Place] = []
    start = 0
    for prompt in prompts:
        place = _placed(sound, start, prompt)
        places.append(place)
        if place.found:
            end = place.offset + min(_last(_heard(sound, place)), _last(place.expected))
            start = max(start, end - OVERLAP)
    verdicts = []
    end = len(sound)
    for place in reversed(places):
        verdicts.append(_verdict(sound[:end], place))
        if place.found:
            end = place.offset
    return tuple(reversed(verdicts))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a prompt fits best."""

    prompt: Expected
    whole: Signal
    """Its whole rendering."""
    expected: Sequence[int]
    """The ends of its audible frames, in samples, as far as it should have been heard."""
    offset: int
    """Samples into the recording."""
    correlation: float

    @property
    def telling(self) -> bool:
        """There is enough to tell it by."""
        return _last(self.expected) >= SHORTEST * RATE

    @property
    def found(self) -> bool:
        """It is there, at least its beginning."""
        return self.telling and self.correlation >= LIKE


def _placed(sound: Signal, start: int, prompt: Expected) -> _Place:
    whole = _signal(prompt.pcm)
    length = len(whole) if prompt.played is None else min(round(prompt.played * RATE), len(whole))
    wanted = whole[:length]
    expected = _audible_ends(wanted)
    offset, correlation = start, 1.0
    if expected:
        offset += _best_offset(sound[start:], wanted)
        correlation = float(np.median(list(_window_likeness(sound, offset, wanted, WINDOW)) or [0.0]))
    return _Place(prompt=prompt, whole=whole, expected=expected, offset=offset, correlation=correlation)


def _verdict(sound: Signal, place: _Place) -> Verdict:
    """`sound` ends where the next prompt begins: nothing of this one can have been heard behind that."""
    heard = _heard(sound, place) if place.expected else []
    reason = _objection(place, heard) if place.telling else ""
    return Verdict(
        name=place.prompt.name,
        heard=not reason,
        correlation=place.correlation,
        at=place.offset / RATE,
        seconds=_last(heard) / RATE,
        expected=_last(place.expected) / RATE,
        reason=reason,
    )


def _objection(place: _Place, heard: Sequence[int]) -> str:
    if place.correlation < LIKE:
        return f"correlation {place.correlation:.2f} is below {LIKE}"
    expected = place.expected
    whole = place.prompt.played is None
    tolerance = max(LENGTH_TOLERANCE * len(expected), 1) if whole else CUT_TOLERANCE
    if abs(len(heard) - len(expected)) > tolerance:
        return f"heard for {_last(heard) / RATE:.2f} s instead of {_last(expected) / RATE:.2f} s"
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
            yield _likeness(sound, offset + start, part, SLACK)


def _likeness(sound: Signal, at: int, part: Signal, slack: int) -> float:
    first = max(at - slack, 0)
    stretch = sound[first : at + slack + len(part)]
    if len(stretch) < len(part):
        stretch = np.pad(stretch, (0, len(part) - len(stretch)))
    places = np.lib.stride_tricks.sliding_window_view(stretch, len(part))
    norms = np.linalg.norm(places, axis=1) * np.linalg.norm(part)
    return float(np.max(places @ part / np.maximum(norms, 1e-9)))


def _heard(sound: Signal, place: _Place) -> list[int]:
    """The ends of the audible frames, from the first to the last one that is in the recording.

    It ends where the frames before speak most for it, and those behind against it (the largest partial
    sum): one frame that the codec bent, or that is alike by accident, decides nothing.
    """
    ends = _audible_ends(place.whole)
    count, gain, most = 0, 0.0, 0.0
    for number, end in enumerate(ends, 1):
        start = (end - 1) // FRAME * FRAME
        gain += _frame_likeness(sound, place.offset + start, place.whole[start:end]) - FRAME_LIKE
        if gain > most:
            count, most = number, gain
    return ends[:count]


def _frame_likeness(sound: Signal, at: int, frame: Signal) -> float:
    """0 where nothing is to be heard."""
    there = sound[max(at, 0) : at + len(frame)]
    loud = bool(np.sqrt(np.sum(there**2) / len(frame)) > AUDIBLE / 2)
    return _likeness(sound, at, frame, FRAME_SLACK) if loud else 0.0


def _audible_ends(signal: Signal) -> list[int]:
    """Where each audible frame ends, in samples."""
    frames = ((start, min(start + FRAME, len(signal))) for start in range(0, len(signal), FRAME))
    return [end for start, end in frames if _audible(signal[start:end])]


def _last(ends: Sequence[int]) -> int:
    return ends[-1] if ends else 0


def _audible(signal: Signal) -> bool:
    return bool(len(signal) and np.sqrt(np.mean(signal**2)) > AUDIBLE)
