"""How long after a spoken choice the reply begins, on a whole bot with its own ears.

The method is that of `benchmarks.voice.answers`: from the last voiced frame to the first packet of the reply.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from benchmarks import Figure
from benchmarks.voice.answers import PAUSE, replies_to

ANSWERS = 20
PAUSED = 40
QUICK = 1


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """Each answer in a call of its own. In the control the bot speaks late, and takes any pause for the end
    of an answer."""
    whole, paused = (QUICK, QUICK) if quick else (ANSWERS, PAUSED)
    if control:
        at_once = await replies_to([0.0] * whole, late=True, hasty=False)
        with_pause = await replies_to([PAUSE] * paused, late=False, hasty=True)
    else:
        both = await replies_to([0.0] * whole + [PAUSE] * paused, late=False, hasty=False)
        at_once, with_pause = both[:whole], both[whole:]
    seconds = [reply.seconds for reply in at_once]
    return [
        Figure(name="reply_ms_median", value=1000 * statistics.median(seconds), unit="ms", limit=450),
        Figure(name="reply_ms_worst", value=1000 * max(seconds), unit="ms"),
        Figure(name="replies_understood", value=sum(r.understood for r in at_once), unit="answers"),
        Figure(name="replies", value=whole, unit="answers"),
        Figure(name="reply_paused_cut_in_two", value=sum(r.cut for r in with_pause), unit="answers", limit=0),
        Figure(
            name="reply_paused_ms_median",
            value=1000 * statistics.median(reply.seconds for reply in with_pause),
            unit="ms",
        ),
        Figure(name="reply_paused", value=paused, unit="answers"),
    ]
