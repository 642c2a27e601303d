"""When slots are due, on a loop that may be late."""

from __future__ import annotations

MOST_LATE = 50
"""Slots. A loop that was blocked for longer skips slots; up to then it catches up, so that no prompt has
a hole in it."""


def due_slot(following: int, now: int) -> int:
    """Which slot is next, where `following` comes in order and this moment belongs to slot `now`."""
    return max(following, now - MOST_LATE)
