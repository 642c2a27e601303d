"""Rows for the store's tests, with everything that a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from botkit.ports.store import DeadKind, DeadLetter, InboxRow, JournalRow, OutboxRow, SessionRow, Store

Reopen = Callable[[Store], Awaitable[Store]]
"""Closes a store, and opens what it left as the next process does."""

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def inbox_row(row_id: str, key: str = "conversation:1", payload: bytes = b"{}") -> InboxRow:
    return InboxRow(id=row_id, key=key, payload=payload, at=NOON)


def session_row(
    session_id: str,
    revision: int = 1,
    *,
    places: tuple[str, ...] = (),
    is_open: bool = True,
    deadline: datetime | None = None,
    state: bytes = b"{}",
    version: str = "",
) -> SessionRow:
    return SessionRow(
        id=session_id,
        revision=revision,
        open=is_open,
        places=places,
        deadline=deadline,
        state=state,
        version=version,
    )


def line(session_id: str, data: bytes = b"{}", kind: str = "turn") -> JournalRow:
    return JournalRow(session_id=session_id, at=NOON, kind=kind, data=data)


def effect_row(
    effect_id: str, key: str = "conversation:1", session_id: str = "s", ahead: datetime | None = None
) -> OutboxRow:
    return OutboxRow(id=effect_id, key=key, session_id=session_id, payload=b"{}", ahead=ahead)


def dead_letter(
    dead_id: str, kind: DeadKind = DeadKind.EVENT, key: str = "conversation:1", cause: str = "it broke"
) -> DeadLetter:
    return DeadLetter(id=dead_id, kind=kind, key=key, payload=b"{}", at=NOON, tries=3, cause=cause)
