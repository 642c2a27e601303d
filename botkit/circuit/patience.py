"""One thing tried until it is done, or until more tries are no use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from botkit.model.errors import WorldError

from .errors import CircuitError, Disconnected
from .session import CircuitSession

log = logging.getLogger(__name__)

TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before an event is tried again; doubled each time."""

Result = TypeVar("Result")


async def patiently(
    session: CircuitSession, attempt: Callable[[], Awaitable[Result]], name: str
) -> Result | None:
    """The result of `attempt`, tried again when that may help; None when the event `name` is given up."""
    pause, tries = FIRST_PAUSE, 0
    while tries < TRIES:
        try:
            return await attempt()
        except Disconnected:
            # However often the link breaks, the event is as good as before.
            await asyncio.sleep(0)  # the session may be about to notice
            await session.ready()
            continue
        except CircuitError as error:
            if error.lasting:
                log.error("a %s could not be delivered and is lost: %s", name, error)
                return None
            log.warning("a %s is tried again in %g s: %s", name, pause, error)
        except WorldError as error:
            # The sink's: the event is good, and its store may be back in an hour.
            log.error("a %s waits, and is tried again in %g s: %s", name, pause, error)
            tries = -1
        except Exception:
            log.exception("a %s is tried again in %g s", name, pause)
        tries += 1
        await session.clock.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    log.error("a %s could not be delivered in %d tries and is given up", name, TRIES)
    return None
