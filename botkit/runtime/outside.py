"""What other programs write into the bot's database: a command that revives a dead letter, say."""

from __future__ import annotations

import logging

from botkit.ports.clock import Clock
from botkit.ports.store import StoreError

from .inbox import STORE_PAUSE
from .ledger import Ledger

log = logging.getLogger(__name__)


async def watch_outside(ledger: Ledger, clock: Clock) -> None:
    """Ring all who wait for rows after each time that somebody else may have written. Until cancelled."""
    while True:
        try:
            await ledger.store.changed_outside()
        except StoreError as error:
            log.error("what others write to the database cannot be seen: %s", error)
            await clock.sleep(STORE_PAUSE)
            continue
        ledger.sessions.forget()
        for rung in (ledger.inbox, ledger.outbox, ledger.deadlines):
            rung.set()
