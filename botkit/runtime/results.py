"""What comes of an effect, brought back to the session that wanted it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.inputs import CallFinished, CallOutcome, HungUp, Input
from botkit.model.session import Session
from botkit.ports.store import InboxRow

from .places import session_key

FAILURES = (CallCause.FAILED, CallCause.MEDIA_LOST, CallCause.CALL_LOST)
"""Ends of a call that are nobody's will."""


def result_row(session_id: str, effect_id: str, result: Input, at: datetime) -> InboxRow:
    """The result of an effect of this session. One per effect, however often it is repeated."""
    return InboxRow(id=f"{effect_id}:result", key=session_key(session_id), payload=codec.dump(result), at=at)


def to_parent(session: Session, last: Input, outputs: Mapping[str, object], at: datetime) -> InboxRow:
    """The result of the effect that began `session`, which is over since its input `last`."""
    outcome, detail = CallOutcome.ANSWERED, ""
    if isinstance(last, HungUp) and last.cause in FAILURES:
        outcome, detail = CallOutcome.FAILED, f"it ended: {last.cause}"
    finished = CallFinished(effect_id=session.parent, outcome=outcome, outputs=outputs, detail=detail)
    parent_id, _, _ = session.parent.rsplit(":", 2)
    return result_row(parent_id, session.parent, finished, at)
