"""What commands that serve have in common: where the log goes, and when to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Literal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def log_to_stderr(level: Literal["INFO", "WARNING"] = "INFO") -> None:
    """Log lines to standard error; libraries only when they warn."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("botkit").setLevel(level)


async def until_signal(work: Coroutine[object, object, None]) -> None:
    """Do `work` to its end, or cancel it at the first SIGINT or SIGTERM; the second has its usual effect."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)

    def listen_no_more() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    def stop() -> None:
        listen_no_more()
        task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        with suppress(asyncio.CancelledError):
            await task
    finally:
        listen_no_more()
