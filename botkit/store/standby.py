"""A second bot that waits for the end of the first."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from botkit.ports.clock import Clock
from botkit.ports.store import StoreTaken

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0
"""Seconds between two tries to take a database over."""


async def taken(take: Callable[[], Awaitable[None]], clock: Clock, *, standby: bool) -> None:
    """Call `take` until it raises no `StoreTaken`; once, without `standby`."""
    told = False
    while True:
        try:
            return await take()
        except StoreTaken as error:
            if not standby:
                raise
            if not told:
                log.warning("on standby: %s", error)
                told = True
        await clock.sleep(LOOK_AGAIN)
