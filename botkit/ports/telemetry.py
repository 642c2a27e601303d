"""What the bot tells of its work: numbers for a graph, spans for a trace.

Numbers bear names that `ports.metrics` lists, with labels from small closed sets: a flow, an outcome, never a
person, a session or a text. Spans carry ids, and what a flow's author named; what people say is in neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from botkit.model.inputs import Input
from botkit.model.session import Session, Turn


# Compared by identity: each is looked up whenever something is told.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Metric:
    """A number with a name. Names end in their unit, as Prometheus wants it."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    """What tells its rows apart; each has few values."""


class Counter(Metric):
    """How often something happened since the start; its name ends in `_total`."""


class Gauge(Metric):
    """How much there is at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histogram(Metric):
    """How values are spread."""

    buckets: tuple[float, ...]
    """Upper bounds, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """A turn that is over: a span, with one inside for each step that decided something."""

    session: Session
    """As it was before."""
    given: Input
    """What came in. It is what somebody said, keyed in or sent: only its kind is anybody's business."""
    turn: Turn | None
    """What came of it, committed; None when it failed. Of its reasons `condition` and `read` are personal."""
    began: datetime
    ended: datetime
    error: str = ""
    """Kind of the fault; empty = there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectBegun:
    """An effect that is about to be carried out."""

    id: str
    """`session:revision:n`, by which turn it was wanted included."""
    session_id: str
    """Empty for a handler's outside any session."""
    kind: str
    """`send_message`, `http` ..."""
    tries: int
    """The how-manieth time it is."""
    began: datetime


class EffectSpan(Protocol):
    """An effect that is being carried out."""

    def over(self, outcome: str) -> None:
        """How it ended, in one word: `done`, `failed` ..."""
        ...


class Telemetry(Protocol):
    """Where it is told. Nothing here blocks or raises; all of it is called on the event loop."""

    on: bool
    """False: nobody listens, and who tells much may save the trouble."""

    def count(self, metric: Counter, *labels: str, by: float = 1.0) -> None:
        """It happened; `labels` in the order of `metric.labels`."""
        ...

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        """One more value; durations in seconds."""
        ...

    def set(self, metric: Gauge, value: float, *labels: str) -> None:
        """It is this much now."""
        ...

    def turn(self, taken: TurnTaken) -> None:
        """A session took a turn."""
        ...

    def effect(self, begun: EffectBegun) -> AbstractContextManager[EffectSpan]:
        """For as long as an effect is being carried out; what is told inside belongs to it."""
        ...

    async def close(self) -> None:
        """The bot has ended: pass on what is left."""
        ...


class _NoSpan:
    def over(self, outcome: str) -> None:
        pass


class NoTelemetry:
    """Nobody listens. Also the base of those that listen to some of it."""

    on = False

    def count(self, metric: Counter, *labels: str, by: float = 1.0) -> None:
        pass

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        pass

    def set(self, metric: Gauge, value: float, *labels: str) -> None:
        pass

    def turn(self, taken: TurnTaken) -> None:
        pass

    def effect(self, begun: EffectBegun) -> AbstractContextManager[EffectSpan]:
        return nullcontext(_NoSpan())

    async def close(self) -> None:
        pass


def joined(listeners: Sequence[Telemetry]) -> Telemetry:
    """One that tells all of them."""
    if len(listeners) == 1:
        return listeners[0]
    return _Several(listeners) if listeners else NoTelemetry()


class _Several:
    on = True

    def __init__(self, listeners: Sequence[Telemetry]) -> None:
        self._listeners = listeners

    def count(self, metric: Counter, *labels: str, by: float = 1.0) -> None:
        for each in self._listeners:
            each.count(metric, *labels, by=by)

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        for each in self._listeners:
            each.observe(metric, value, *labels)

    def set(self, metric: Gauge, value: float, *labels: str) -> None:
        for each in self._listeners:
            each.set(metric, value, *labels)

    def turn(self, taken: TurnTaken) -> None:
        for each in self._listeners:
            each.turn(taken)

    @contextmanager
    def effect(self, begun: EffectBegun) -> Iterator[EffectSpan]:
        with ExitStack() as stack:
            yield _Spans([stack.enter_context(each.effect(begun)) for each in self._listeners])

    async def close(self) -> None:
        for each in self._listeners:
            await each.close()


class _Spans:
    def __init__(self, spans: Sequence[EffectSpan]) -> None:
        self._spans = spans

    def over(self, outcome: str) -> None:
        for each in self._spans:
            each.over(outcome)
