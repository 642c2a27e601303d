"""The outbox: effects of committed turns, carried out in order per key, one in flight each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from botkit.model import codec
from botkit.model.effects import Effect, SendMessage
from botkit.model.inputs import EffectFailed
from botkit.model.plural import counted
from botkit.ports.clock import Clock
from botkit.ports.connector import ConnectorError
from botkit.ports.log_context import EFFECT, SESSION, work_on_key
from botkit.ports.store import Commit, EffectGone, InboxRow, OutboxRow, StoreError

from . import journal
from .crowds import PLATFORM, Crowd, Crowds, crowd_of
from .inbox import STORE_PAUSE
from .ledger import Ledger
from .letters import dead_letter, is_kept
from .results import result_row
from .timers import first_of

log = logging.getLogger(__name__)

READ_AT_ONCE = 1000
"""Effects."""
MOST_WAITING = 10_000
"""Effects that wait in memory for the platform; while it is away there may be more."""


class Outbox:
    """Hands each effect to the performer of its class."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        perform: Callable[[OutboxRow, Effect], Awaitable[Commit]],
    ) -> None:
        """`perform` carries out an effect and returns what to commit, the confirmation included. When it
        raises, the effect is given up, and kept as a dead letter if it makes sense to carry it out later;
        for a `StoreError` it is called again."""
        self._ledger = ledger
        self._clock = clock
        self._perform = perform
        self._crowds = Crowds()
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        """By key."""
        self._busy: set[str] = set()
        """Keys whose effect is in flight, or waits for a place, or is left to the next start by a bug."""
        self._rests_until: datetime | None = None
        """When the first of those that rest may be begun, as far as is known; None = none rests."""

    async def run(self) -> None:
        """Until cancelled; effects in flight then go on, see `drain`."""
        wake_up = self._ledger.outbox
        look = True
        while True:
            wake_up.clear()
            try:
                now = self._clock.now()
                if look:  # not each time: what comes to rest meanwhile, `_carry_out` tells
                    self._rests_until = None
                    self._rest(await self._ledger.store.next_effect(now))
                    look = False
                full = self._crowds.waiting(PLATFORM) >= MOST_WAITING
                rows = () if full else await self._ready()
            except StoreError as error:
                log.error("no effect can be read: %s", error)
                await self._clock.sleep(STORE_PAUSE)
                continue
            self._begin(rows)
            if len(rows) == READ_AT_ONCE:
                await asyncio.sleep(0)  # what is begun comes to its work meanwhile
                continue
            if self._rests_until is None:
                await wake_up.wait()
            else:
                await first_of(wake_up.wait(), self._clock.sleep_until(self._rests_until))
                look = self._rests_until <= self._clock.now()

    async def drain(self, seconds: float) -> None:
        """Carry out what there is. What takes longer is left to the next start."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty()
        except TimeoutError:
            left = len(self._in_flight) + self._crowds.waiting()
            log.warning("%s left to the next start", counted(left, "effect is", "effects are"))
        late = tuple(self._in_flight.values())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _ready(self) -> Sequence[OutboxRow]:
        """What may be carried out now."""
        return await self._ledger.store.effects(READ_AT_ONCE, moment=self._clock.now(), busy=self._busy)

    async def _empty(self) -> None:
        while True:
            self._begin(await self._ready())
            if not self._in_flight:
                return
            await asyncio.wait(self._in_flight.values(), return_when=asyncio.FIRST_COMPLETED)

    def _rest(self, moment: datetime | None) -> None:
        if moment is not None and (self._rests_until is None or moment < self._rests_until):
            self._rests_until = moment

    def _begin(self, rows: Sequence[OutboxRow]) -> None:
        """Those for whom there is a place; the others wait for one, and what is behind them with them."""
        for row, crowd in self._crowds.admit():
            self._carry(row, crowd)
        for row in rows:
            self._busy.add(row.key)
            crowd = _crowd_of(row)
            if self._crowds.enter(row, crowd):
                self._carry(row, crowd)

    def _carry(self, row: OutboxRow, crowd: Crowd) -> None:
        self._in_flight[row.key] = asyncio.create_task(self._effect(row, crowd))

    async def _effect(self, row: OutboxRow, crowd: Crowd) -> None:
        EFFECT.set(row.id)
        if row.session_id:
            SESSION.set(row.session_id)
        work_on_key(row.key)
        try:
            await self._carry_out(row)
        except Exception as error:
            # Its key stays busy: to carry it out at once again would be a loop without end.
            log.error("an effect waits for the next start, and all behind it under %s: %r", row.key, error)
        else:
            self._busy.discard(row.key)
        finally:
            del self._in_flight[row.key]
            self._crowds.leave(crowd)
            self._ledger.outbox.set()

    async def _carry_out(self, row: OutboxRow) -> None:
        try:
            origin, effect = row.id, None
            try:
                effect = _effect_of(row)
                origin = effect.origin if isinstance(effect, SendMessage) else effect.id
                turn = await self._perform(row, effect)
            except StoreError:
                raise
            except ConnectorError as error:
                log.error("the effect %s is given up: %s", row.id, error)
                turn = self._given_up(row, effect, origin, str(error))
            except Exception as error:
                log.exception("the effect %s could not be carried out and is given up", row.id)
                turn = self._given_up(row, effect, origin, repr(error))
            await self._keep(row, turn)
            for moment in turn.postponed.values():
                self._rest(moment)
        except EffectGone:
            log.debug("the effect %s was carried out already", row.id)
        except StoreError as error:
            log.error("the store refused the effect %s, which is tried again: %s", row.id, error)
            await self._clock.sleep(STORE_PAUSE)

    async def _keep(self, row: OutboxRow, turn: Commit) -> None:
        """Write what came of an effect, however long the store refuses it: to carry it out once more would
        tell people twice."""
        while True:
            try:
                return await self._ledger.commit(turn)
            except EffectGone:
                raise
            except StoreError as error:
                log.error(
                    "the store refused what came of the effect %s, and is asked again: %s", row.id, error
                )
                await self._clock.sleep(STORE_PAUSE)

    def _given_up(self, row: OutboxRow, effect: Effect | None, origin: str, error: str) -> Commit:
        """The session is told."""
        now = self._clock.now()
        told: tuple[InboxRow, ...] = ()
        if row.session_id:
            result = EffectFailed(effect_id=origin, error=error)
            told = (result_row(row.session_id, origin, result, now),)
        return Commit(
            confirmed=(row.id,),
            dead=(dead_letter(row, error, now),) if is_kept(effect) else (),
            journal=(journal.failed(row.session_id, origin, error, now),),
            inbox=told,
        )


def _crowd_of(row: OutboxRow) -> Crowd:
    try:
        return crowd_of(_effect_of(row))
    except Exception:  # who carries it out tells what is wrong with it
        return PLATFORM


def _effect_of(row: OutboxRow) -> Effect:
    """Raises `ValueError` when nobody can read it, `TypeError` when it is none."""
    effect = codec.load(row.payload) if row.loaded is None else row.loaded
    if not isinstance(effect, Effect):
        raise TypeError(f"{type(effect).__name__} is no effect")
    return effect
