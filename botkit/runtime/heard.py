"""Up to when the bot has heard its platform, by the platform's clock: where it goes on after a restart.

It is noted now and then, and may be late: what is told again is recognised by its id.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from botkit.ports.clock import Clock
from botkit.ports.connector import Connector
from botkit.ports.store import Commit, StoreError

from .ledger import Ledger
from .posting import SKEW

log = logging.getLogger(__name__)

NOTE = "heard_until"
EVERY = timedelta(seconds=30)
"""How late the note may be while there is news."""


class Heard:
    """Keeps the note."""

    def __init__(self, ledger: Ledger, connector: Connector, clock: Clock) -> None:
        self._ledger = ledger
        self._connector = connector
        self._clock = clock
        self._noted: datetime | None = None

    async def since(self) -> datetime | None:
        """From when on something may have been missed; None for a bot that never was at work. Raises
        `StoreError`."""
        note = await self._ledger.store.note(NOTE)
        if note is not None:
            self._noted = datetime.fromisoformat(note.decode())
            return self._noted
        # A database of before, or a connector that does not know: the newest sign of life, by our clock.
        last = await self._ledger.store.last_written()
        return last and last - SKEW

    async def note(self, *, now: bool = False) -> None:
        """Write down how far it is, if that is worth it; `now` = in any case."""
        until = self._connector.heard_until
        if until is None or until == self._noted:
            return
        if self._noted is not None and until - self._noted < EVERY and not now:
            return
        try:
            await self._ledger.commit(Commit(notes={NOTE: until.isoformat().encode()}))
        except StoreError as error:
            log.warning("how far the platform was heard is not noted: %s", error)
        else:
            self._noted = until
