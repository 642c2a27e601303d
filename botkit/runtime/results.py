"""What comes of an effect, brought back to the session that wanted it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from botkit.model import codec
from botkit.model.inputs import CallFinished, CallOutcome, ChildFinished, ChildOutcome, Input
from botkit.model.session import Channel, EndedBy, Session
from botkit.ports.store import InboxRow

from .places import session_key

_outcomes: Mapping[EndedBy | None, ChildOutcome] = {
    EndedBy.FLOW: ChildOutcome.DONE,
    EndedBy.UNANSWERED: ChildOutcome.EXPIRED,
}
"""What it means for whoever began a chat that it ended so; any other end is `FAILED`."""

_failures: Mapping[EndedBy | None, str] = {
    EndedBy.LOST: "the call was lost",
    EndedBy.ERROR: "the flow that talks there failed",
}


def result_row(session_id: str, effect_id: str, result: Input, at: datetime) -> InboxRow:
    """The result of an effect of this session. One per effect, however often it is repeated."""
    return InboxRow(id=f"{effect_id}:result", key=session_key(session_id), payload=codec.dump(result), at=at)


def child_row(session_id: str, finished: ChildFinished, at: datetime) -> InboxRow:
    """What came of one of the sessions that this session began with an `Each`. One per child."""
    name = f"{finished.effect_id}:result:{finished.number}"
    return InboxRow(id=name, key=session_key(session_id), payload=codec.dump(finished), at=at)


def to_parent(session: Session, outputs: Mapping[str, object], at: datetime) -> InboxRow:
    """The result of the effect that began `session`, which is over: of a `Dial` when it is a call, else of an
    `Each`."""
    parent_id, _, _ = session.parent.rsplit(":", 2)
    if session.channel is not Channel.CALL:
        how = _outcomes.get(session.ended_by, ChildOutcome.FAILED)
        detail = f"ended by: {session.ended_by}" if how is ChildOutcome.FAILED else ""
        number, effect_id = session.number, session.parent
        child = ChildFinished(effect_id=effect_id, number=number, outcome=how, outputs=outputs, detail=detail)
        return child_row(parent_id, child, at)
    outcome, detail = CallOutcome.ANSWERED, ""
    if session.ended_by in _failures:
        outcome, detail = CallOutcome.FAILED, _failures[session.ended_by]
    finished = CallFinished(effect_id=session.parent, outcome=outcome, outputs=outputs, detail=detail)
    return result_row(parent_id, session.parent, finished, at)
