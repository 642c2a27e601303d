"""What commands that serve have in common: where the log goes, and when to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Literal


def log_to_stderr(level: Literal["INFO", "WARNING"] = "INFO") -> None:
    """Log lines to standard error; libraries only when they warn."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("botkit").setLevel(level)


async def stop_signal() -> None:
    """Return at the first SIGINT or SIGTERM; the second has its usual effect."""
    loop = asyncio.get_running_loop()
    came = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, came.set)
    try:
        await came.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
