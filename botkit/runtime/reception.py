"""How events come in: each is kept before anybody looks at it.

But a message that flows alone deal with is kept together with what came of it, in one transaction in place
of two: the platform tells it again should the process die before. What somebody else's code deals with
(handlers of the event), what takes long (files to be fetched) and what has to wait (behind another event of
its key) is kept first. So is all until the bot has caught up after a start, since among that may be what the
last process died of: then there is a row, which tells that it was begun.
"""

from __future__ import annotations

import logging

from botkit.hooks import Hooks
from botkit.model.events import Event, MessageReceived
from botkit.ports import metrics
from botkit.ports.store import Commit, StoreError

from .inbox import Inbox, row_of
from .ledger import Ledger

log = logging.getLogger(__name__)

NOTE = "at_work_before"


class Reception:
    """Takes events from whoever delivers them."""

    def __init__(self, ledger: Ledger, inbox: Inbox, hooks: Hooks) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._hooks = hooks
        self._began_before = True
        self._catching_up = True

    async def begin(self) -> None:
        """To be awaited before the platform is heard. Raises `StoreError`."""
        self._began_before = await self._ledger.store.note(NOTE) is not None
        self._catching_up = self._began_before

    async def begun(self) -> None:
        """To be awaited once the platform is heard: a logon that was refused leaves nothing to catch up
        with."""
        if self._began_before:
            return
        try:
            await self._ledger.commit(Commit(notes={NOTE: b""}))
        except StoreError as error:
            log.warning("that the bot was at work is not noted: %s", error)

    def caught_up(self) -> None:
        """What comes from now on is new."""
        self._catching_up = False

    async def receive(self, event: Event) -> bool:
        """Back once the event is safe; False when its id was seen before. Raises `StoreError`."""
        new = None
        if isinstance(event, MessageReceived) and self._is_simple(event):
            new = await self._inbox.deal_with_new(event)
        if new is None:
            new = await self._ledger.receive(row_of(event))
        if new and self._ledger.telemetry.on:
            self._ledger.telemetry.count(metrics.EVENTS, metrics.snake(type(event).__name__))
        return new

    def _is_simple(self, message: MessageReceived) -> bool:
        """Nothing but the flows' engine and the store deal with it."""
        hears = self._hooks.heard_by_anybody
        return not (self._catching_up or message.item.attachments or hears("item_added") or hears("mention"))
