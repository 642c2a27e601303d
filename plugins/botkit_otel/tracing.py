"""Spans of a bot's work.

A session is a trace. Its id, and the ids of its spans, are made of botkit's own ids, which are the same
whatever process works on it: so an effect that is carried out after a restart stands below the turn that
wanted it, and no id has to travel with a row.

    session                          written when it ends
      turn 1                         from the input to the commit
        choose, say ...              a step each; a step is not measured, it is in its turn's order
        send_message                 an effect, once for each try
      turn 2                         linked to the turn that wanted the effect whose result it takes

Attributes name what a flow's author named, never what people said.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, Status, StatusCode, TraceFlags

from botkit.model.session import Session, Turn
from botkit.model.session import Status as SessionStatus
from botkit.ports.metrics import snake
from botkit.ports.telemetry import EffectBegun, EffectSpan, NoTelemetry, TurnTaken

log = logging.getLogger(__name__)

CLOSING = 5.0
"""Seconds that the bot's end waits for a collector to take the last spans."""

_epoch = datetime(1970, 1, 1, tzinfo=UTC)


class Ids(IdGenerator):
    """Gives the ids that were asked for, else random ones."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self.trace = 0
        self.span = 0

    def generate_trace_id(self) -> int:
        wanted, self.trace = self.trace, 0
        return wanted or self._random.generate_trace_id()

    def generate_span_id(self) -> int:
        wanted, self.span = self.span, 0
        return wanted or self._random.generate_span_id()


class Tracing(NoTelemetry):
    """Makes spans of what it is told."""

    on = True

    def __init__(self, provider: TracerProvider, ids: Ids) -> None:
        """`ids` are those of `provider`, which is shut down with the bot."""
        self._provider = provider
        self._tracer = provider.get_tracer("botkit", version("botkit"))
        self._ids = ids
        self._began: dict[str, datetime] = {}
        """Sessions that are open, and when this process heard of them first."""

    def turn(self, taken: TurnTaken) -> None:
        session, turn = taken.session, taken.turn
        revision = session.revision + 1
        self._began.setdefault(session.id, taken.began)
        span = self._span(
            session.id,
            f"turn {snake(type(taken.given).__name__)}",
            key=f"{session.id}:{revision}",
            parent=session.id,
            began=taken.began,
            links=self._wanted_by(taken),
        )
        span.set_attributes(
            {
                "botkit.session.id": session.id,
                "botkit.flow": session.flow,
                "botkit.channel": str(session.channel),
                "botkit.input": snake(type(taken.given).__name__),
                "botkit.revision": revision,
            }
        )
        if taken.error:
            span.set_status(Status(StatusCode.ERROR, taken.error))
        if turn is not None:
            span.set_attribute("botkit.effects", len(turn.effects))
            self._steps(session.id, revision, turn, taken.began)
        span.end(_nanoseconds(taken.ended))
        if turn is not None and turn.session.status is SessionStatus.ENDED:
            self._over(turn.session, taken.ended)

    @contextmanager
    def effect(self, begun: EffectBegun) -> Iterator[EffectSpan]:
        span = self._span(
            begun.session_id,
            begun.kind,
            key=f"{begun.id}#{begun.tries}",
            parent=_turn_of(begun.id, begun.session_id),
            began=begun.began,
        )
        span.set_attributes({"botkit.effect.id": begun.id, "botkit.effect.tries": begun.tries})
        if begun.session_id:
            span.set_attribute("botkit.session.id", begun.session_id)
        # What a fault says may be what somebody said: `over` tells its kind.
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            yield _Effect(span)

    async def close(self) -> None:
        """Send what is left, for so long: the SDK waits some twenty seconds for a collector that does not
        answer, and whoever ends the bot may not."""
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def send() -> None:
            try:
                self._provider.shutdown()
            finally:
                with suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(sent.set)

        # No thread of the loop's, which would wait for it at its own end.
        threading.Thread(target=send, name="botkit-traces", daemon=True).start()
        try:
            async with asyncio.timeout(CLOSING):
                await sent.wait()
        except TimeoutError:
            log.warning("the last traces were not sent within %g s", CLOSING)

    def _steps(self, session_id: str, revision: int, turn: Turn, began: datetime) -> None:
        turn_key = f"{session_id}:{revision}"
        for number, reason in enumerate(turn.why):
            moment = began + timedelta(microseconds=number)
            step = self._span(
                session_id, reason.verb, key=f"{turn_key}/{number}", parent=turn_key, began=moment
            )
            step.set_attributes(
                {
                    "botkit.flow": reason.flow,
                    "botkit.step": reason.step,
                    "botkit.branch": reason.branch,
                    "code.line.number": reason.line,
                }
            )
            step.end(_nanoseconds(moment))

    def _over(self, session: Session, ended: datetime) -> None:
        span = self._span(
            session.id,
            f"session {session.flow}",
            key=session.id,
            parent="",
            began=self._began.pop(session.id, ended),
            links=[self._context(*_place_of(session.parent))] if session.parent else (),
        )
        span.set_attributes(
            {
                "botkit.session.id": session.id,
                "botkit.flow": session.flow,
                "botkit.channel": str(session.channel),
                "botkit.turns": session.revision,
                "botkit.ended_by": str(session.ended_by or ""),
            }
        )
        span.end(_nanoseconds(ended))

    def _wanted_by(self, taken: TurnTaken) -> Sequence[SpanContext]:
        effect_id = getattr(taken.given, "effect_id", "")
        return [self._context(*_place_of(effect_id))] if effect_id else ()

    def _span(
        self,
        session_id: str,
        name: str,
        *,
        key: str,
        parent: str,
        began: datetime,
        links: Sequence[SpanContext] = (),
    ) -> Span:
        """`key` and `parent` are what the ids of the span and of the one above it are made of; an empty
        `parent` makes it the root."""
        above = Context()
        self._ids.trace, self._ids.span = _trace_id(session_id or key), _span_id(key)
        if parent:
            above = trace.set_span_in_context(NonRecordingSpan(self._context(session_id or parent, parent)))
        try:
            return self._tracer.start_span(
                name,
                above,
                links=[Link(context) for context in links],
                start_time=_nanoseconds(began),
            )
        finally:
            self._ids.trace = self._ids.span = 0  # of one that is not sampled nobody took them

    def _context(self, session_id: str, key: str) -> SpanContext:
        """A span of a session, made here or by another process: sampled if its session is."""
        trace_id = _trace_id(session_id)
        decision = self._provider.sampler.should_sample(None, trace_id, "session").decision
        sampled = decision is Decision.RECORD_AND_SAMPLE
        flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
        return SpanContext(trace_id, _span_id(key), is_remote=True, trace_flags=flags)


class _Effect:
    def __init__(self, span: Span) -> None:
        self._span = span

    def over(self, outcome: str) -> None:
        self._span.set_attribute("botkit.outcome", outcome)
        if outcome not in ("done", "postponed", "gone"):
            self._span.set_status(Status(StatusCode.ERROR, outcome))


def _turn_of(effect_id: str, session_id: str) -> str:
    """The key of the turn that wanted an effect; of the session when that is not told; empty outside."""
    revision = effect_id.removeprefix(f"{session_id}:").partition(":")[0]
    return f"{session_id}:{revision}" if session_id and revision.isdecimal() else session_id


def _place_of(effect_id: str) -> tuple[str, str]:
    """Session, and key of the turn, of an effect `session:revision:n`."""
    session_id, _, rest = effect_id.rpartition(":")[0].rpartition(":")
    return session_id, f"{session_id}:{rest}"


def _trace_id(session_id: str) -> int:
    return int.from_bytes(hashlib.sha256(f"trace {session_id}".encode()).digest()[:16]) or 1


def _span_id(key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"span {key}".encode()).digest()[:8]) or 1


def _nanoseconds(moment: datetime) -> int:
    return (moment - _epoch) // timedelta(microseconds=1) * 1000
