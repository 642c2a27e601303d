"""What `botkit db prune` does: let go what is over and old, as bot.yaml says."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.ports.keeping import Horizon, Position, Pruned
    from botkit.settings import Settings
    from botkit.store.reading import Desk

TELL_EVERY = 5.0
"""Seconds between two lines of how far it is."""
SHORTEST_REST = 0.005
"""Seconds between two transactions at least: a bot that runs writes there."""


def prune(settings: Settings, *, dry: bool) -> Pruned:
    """How much went, or would go. Raises `UsageError`, `StoreError`, `BlobFailed`."""
    from botkit.ports.system_clock import SystemClock
    from botkit.store.reading import Desk

    horizon = settings.file.store.keep.keep().horizon(SystemClock().now())
    desk = Desk(settings.store_url(), settings.folder)
    try:
        return _rows(desk, horizon, dry=dry) + _recordings(desk, settings, horizon, dry=dry)
    finally:
        desk.close()


def _rows(desk: Desk, horizon: Horizon, *, dry: bool) -> Pruned:
    from botkit.ports.keeping import START, Pruned

    step: Callable[[Horizon, Position], Pruned] = desk.would_prune if dry else desk.prune
    done, told = Pruned(rest=START), time.monotonic()
    while done.rest is not None:
        begun = time.monotonic()
        done += step(horizon, done.rest)
        now = time.monotonic()
        if now - told > TELL_EVERY:
            print(f"so far: {done}", file=sys.stderr, flush=True)
            told = now
        if done.rest is not None and not dry:
            time.sleep(max(SHORTEST_REST, now - begun))
    return done


def _recordings(desk: Desk, settings: Settings, horizon: Horizon, *, dry: bool) -> Pruned:
    from botkit.ports.keeping import OldRecordings, Pruned
    from botkit.store.blobs import older, remove

    if horizon.recordings is None:
        return Pruned()
    folder = settings.beside("state/recordings")
    old = OldRecordings(older(folder, horizon.recordings))
    while old.rest is not None:
        old.met(desk.unfinished(old.rest))
    for ref in () if dry else old.left:
        remove(folder, ref)
    return Pruned(recordings=len(old.left))
