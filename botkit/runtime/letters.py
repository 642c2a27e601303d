"""Which effects that were given up become dead letters."""

from __future__ import annotations

from datetime import datetime

from botkit.model.effects import Effect, Post, SendMessage, SendWebhook
from botkit.ports.store import DeadKind, DeadLetter, OutboxRow


def dead_letter(row: OutboxRow, cause: str, at: datetime, *, tries: int | None = None) -> DeadLetter:
    """What is kept of an effect that is given up; `tries` where the row does not tell of the last one."""
    return DeadLetter(
        id=row.id,
        kind=DeadKind.EFFECT,
        key=row.key,
        session_id=row.session_id,
        payload=row.payload,
        at=at,
        tries=row.tries if tries is None else tries,
        cause=cause,
    )


def is_kept(effect: Effect | None) -> bool:
    """Whether it makes sense to carry out later what could not be carried out now: somebody would still
    want a message or a webhook, and an effect that nobody could read (None) may be read by another version.
    What a session waits for does not: it was told that it failed, and has gone on.
    """
    return effect is None or isinstance(effect, SendMessage | Post | SendWebhook)
