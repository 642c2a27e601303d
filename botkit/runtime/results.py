"""What comes of an effect, brought back to the session that wanted it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from botkit.model import codec
from botkit.model.inputs import CallFinished, CallOutcome, Input
from botkit.model.session import EndedBy, Session
from botkit.ports.store import InboxRow

from .places import session_key

_failures: Mapping[EndedBy | None, str] = {
    EndedBy.LOST: "the call was lost",
    EndedBy.ERROR: "the flow that talks there failed",
}


def result_row(session_id: str, effect_id: str, result: Input, at: datetime) -> InboxRow:
    """The result of an effect of this session. One per effect, however often it is repeated."""
    return InboxRow(id=f"{effect_id}:result", key=session_key(session_id), payload=codec.dump(result), at=at)


def to_parent(session: Session, outputs: Mapping[str, object], at: datetime) -> InboxRow:
    """The result of the effect that began `session`, which is over."""
    outcome, detail = CallOutcome.ANSWERED, ""
    if session.ended_by in _failures:
        outcome, detail = CallOutcome.FAILED, _failures[session.ended_by]
    finished = CallFinished(effect_id=session.parent, outcome=outcome, outputs=outputs, detail=detail)
    parent_id, _, _ = session.parent.rsplit(":", 2)
    return result_row(parent_id, session.parent, finished, at)
