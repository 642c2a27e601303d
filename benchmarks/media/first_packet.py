"""How long a caller who offers waits for the first packet of the prompt, beside other bots."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import Figure
from botkit.testing.caller import Caller

from .generator import BotUnderLoad
from .load import BOTS
from .ring import ring, running, until_sound

CALLS = 20
QUICK_CALLS = 5


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """Call after call, the bots in turns. In the control botkit's prompts start late."""
    commands = {
        "botkit": [sys.executable, "-m", f"{BOTS}.interrupted", *(["--late"] if control else [])],
        "aiortc": [sys.executable, "-m", f"{BOTS}.textbook"],
    }
    waited: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory(prefix="botkit-media-") as folder:
        async with running(Path(folder), commands) as bots:
            for bot in bots.values():
                await _wait_for_sound(bot)  # what is imported or made once
            for _ in range(QUICK_CALLS if quick else CALLS):
                for name, bot in bots.items():
                    waited[name].append(1000 * await _wait_for_sound(bot))
    return [
        Figure(
            name="offer_to_first_rtp_ms_median",
            value=statistics.median(waited["botkit"]),
            unit="ms",
            limit=60,
        ),
        Figure(name="offer_to_first_rtp_ms_worst", value=max(waited["botkit"]), unit="ms"),
        Figure(
            name="aiortc_offer_to_first_rtp_ms_median", value=statistics.median(waited["aiortc"]), unit="ms"
        ),
    ]


async def _wait_for_sound(bot: BotUnderLoad) -> float:
    caller = Caller()
    try:
        offered = await ring(bot, caller)
        return (await until_sound(caller)).at - offered
    finally:
        await caller.hangup()
