"""What the corridor tells of its turns and effects, where somebody listens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeAlias

from botkit.model.effects import Effect
from botkit.model.inputs import Input
from botkit.model.session import Session, Status, Turn
from botkit.ports import metrics
from botkit.ports.clock import Clock
from botkit.ports.store import Commit, EffectGone, OutboxRow, StaleSession, StoreError
from botkit.ports.telemetry import EffectBegun, Telemetry, TurnTaken

Perform: TypeAlias = Callable[[OutboxRow, Effect], Awaitable[Commit]]


async def observed(
    work: Coroutine[object, object, Turn],
    session: Session,
    given: Input,
    *,
    telemetry: Telemetry,
    clock: Clock,
) -> Turn:
    """A turn of `session`, told of when it is over. Raises what `work` raises."""
    began, start = clock.now(), clock.monotonic()
    turn, outcome, error = None, "failed", ""
    try:
        turn = await work
        outcome = "taken"
    except StaleSession:
        outcome = "stale"
        raise
    except Exception as fault:
        error = type(fault.__cause__ or fault).__name__
        raise
    finally:
        telemetry.observe(metrics.TURNS, clock.monotonic() - start, session.flow, outcome)
        if outcome != "stale":
            telemetry.turn(
                TurnTaken(
                    session=session, given=given, turn=turn, began=began, ended=clock.now(), error=error
                )
            )
    if turn.session.revision == 1:
        telemetry.count(metrics.SESSIONS_BEGUN, turn.session.flow, turn.session.channel)
    if turn.session.status is Status.ENDED:
        telemetry.count(metrics.SESSIONS_ENDED, turn.session.flow, turn.session.ended_by or "flow")
    return turn


def observed_effects(perform: Perform, *, telemetry: Telemetry, clock: Clock) -> Perform:
    """`perform`, told of whenever it is over."""

    async def performed(row: OutboxRow, effect: Effect) -> Commit:
        kind, start = metrics.snake(type(effect).__name__), clock.monotonic()
        tries = row.tries + 1
        begun = EffectBegun(id=row.id, session_id=row.session_id, kind=kind, tries=tries, began=clock.now())
        outcome = "failed"
        with telemetry.effect(begun) as span:
            try:
                commit = await perform(row, effect)
                outcome = _outcome(row, commit)
            except EffectGone:
                outcome = "gone"
                raise
            except StoreError:
                outcome = "store"
                raise
            finally:
                span.over(outcome)
                telemetry.observe(metrics.EFFECTS, clock.monotonic() - start, kind, outcome)
                if outcome in ("done", "dead", "failed"):
                    telemetry.observe(metrics.EFFECT_TRIES, tries, kind)
        return commit

    return performed


def _outcome(row: OutboxRow, commit: Commit) -> str:
    if row.id in commit.postponed:
        return "postponed"
    return "dead" if commit.dead else "done"
