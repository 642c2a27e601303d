"""The outbox: effects of committed turns, carried out in order per key, one in flight each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from botkit.model import codec
from botkit.model.effects import Effect, SendMessage
from botkit.model.inputs import EffectFailed
from botkit.ports.clock import Clock
from botkit.ports.connector import ConnectorError
from botkit.ports.store import Commit, EffectGone, InboxRow, OutboxRow, StoreError

from . import journal
from .inbox import STORE_PAUSE
from .ledger import Ledger
from .results import result_row

log = logging.getLogger(__name__)

EFFECTS_AT_ONCE = 1000
"""Keys whose effect is in flight together; one that waits for its platform to come back counts."""


class Outbox:
    """Hands each effect to the performer of its class."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        perform: Callable[[OutboxRow, Effect], Awaitable[Commit]],
    ) -> None:
        """`perform` carries out an effect and returns what to commit, the confirmation included. When it
        raises, the effect is given up; for a `StoreError` it is called again."""
        self._ledger = ledger
        self._clock = clock
        self._perform = perform
        self._in_flight: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled; effects in flight then go on, see `drain`."""
        wake_up = self._ledger.outbox
        while True:
            wake_up.clear()
            room = EFFECTS_AT_ONCE - len(self._in_flight)
            try:
                rows = await self._ready(room) if room > 0 else ()
            except StoreError as error:
                log.error("no effect can be read: %s", error)
                await self._clock.sleep(STORE_PAUSE)
                continue
            for row in rows:
                self._begin(row)
            await wake_up.wait()

    async def drain(self, seconds: float) -> None:
        """Carry out what there is. What takes longer is left to the next start."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty()
        except TimeoutError:
            log.warning("%d effects are left to the next start", len(self._in_flight))
        late = tuple(self._in_flight.values())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _ready(self, room: int = EFFECTS_AT_ONCE) -> Sequence[OutboxRow]:
        """What may be carried out now."""
        return await self._ledger.store.effects(room, moment=self._clock.now(), busy=self._in_flight)

    async def _empty(self) -> None:
        while True:
            for row in await self._ready():
                self._begin(row)
            if not self._in_flight:
                return
            await asyncio.wait(self._in_flight.values(), return_when=asyncio.FIRST_COMPLETED)

    def _begin(self, row: OutboxRow) -> None:
        task = asyncio.create_task(self._carry_out(row))
        self._in_flight[row.key] = task
        task.add_done_callback(lambda task: self._is_over(row.key, task))

    def _is_over(self, key: str, task: asyncio.Task[None]) -> None:
        del self._in_flight[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an effect waits for the next start: %r", error)
        self._ledger.outbox.set()

    async def _carry_out(self, row: OutboxRow) -> None:
        try:
            origin = row.id
            try:
                effect = codec.load(row.payload)
                if not isinstance(effect, Effect):
                    raise TypeError(f"{type(effect).__name__} is no effect")
                origin = effect.origin if isinstance(effect, SendMessage) else effect.id
                turn = await self._perform(row, effect)
            except StoreError:
                raise
            except ConnectorError as error:
                log.error("the effect %s is given up: %s", row.id, error)
                turn = self._given_up(row, origin, str(error))
            except Exception as error:
                log.exception("the effect %s could not be carried out and is given up", row.id)
                turn = self._given_up(row, origin, repr(error))
            await self._ledger.commit(turn)
        except EffectGone:
            log.debug("the effect %s was carried out already", row.id)
        except StoreError as error:
            log.error("the store refused the effect %s, which is tried again: %s", row.id, error)
            await self._clock.sleep(STORE_PAUSE)

    def _given_up(self, row: OutboxRow, origin: str, error: str) -> Commit:
        """The session is told."""
        told: tuple[InboxRow, ...] = ()
        if row.session_id:
            result = EffectFailed(effect_id=origin, error=error)
            told = (result_row(row.session_id, origin, result, self._clock.now()),)
        fault = journal.failed(row.session_id, origin, error, self._clock.now())
        return Commit(confirmed=(row.id,), journal=(fault,), inbox=told)
