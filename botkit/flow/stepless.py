"""Turns in which no step has a part: what means nothing, and what cannot go on at all."""

from __future__ import annotations

from msgspec.structs import replace

from botkit.model.effects import Hangup, Say
from botkit.model.inputs import HungUp, Input
from botkit.model.reasons import Reason
from botkit.model.session import Channel, EndedBy, Session, Status, Turn

from .masking import hidden_of, hushed
from .running import Running
from .wording import Wording


def ignored(session: Session, reason: str, run: Running | None = None) -> Turn:
    """A turn that changes nothing but the revision."""
    op = run.op if run is not None else None
    why = Reason(
        flow=run.flow.name if run is not None else session.flow,
        step=op.id if op else "",
        line=op.at.line if op else 0,
        verb="ignored",
        branch=reason,
    )
    # What means nothing here may be a secret all the same: said twice, say.
    secret = bool(run is not None and run.waited.get("secret"))
    ended = replace(session, revision=session.revision + 1)
    return Turn(session=ended, why=(why,), secret=secret, hidden=hidden_of(session))


def broken(session: Session, event: Input, detail: str) -> Turn:
    """The session cannot go on at all: a state of another age, a flow that is gone."""
    revision = session.revision + 1
    hidden = hidden_of(session)
    read = {"detail": hushed(detail, hidden)}
    why = Reason(flow=session.flow, step="", line=0, verb="unhandled", branch="error.internal", read=read)
    ended = replace(
        session,
        revision=revision,
        status=Status.ENDED,
        ended_by=EndedBy.ERROR,
        awaits_text=False,
        awaits_files=False,
        busy=False,
        from_anyone=False,
        form_id="",
        deadline=None,
    )
    first = f"{session.id}:{revision}:"
    if session.channel is Channel.CHAT:
        apology = Say(id=first + "0", text=Wording().text("apology"))
        return Turn(session=ended, effects=(apology,), why=(why,), hidden=hidden)
    on_call = session.channel is Channel.CALL and not isinstance(event, HungUp)
    effects = (Hangup(id=first + "0"),) if on_call else ()
    return Turn(session=ended, effects=effects, why=(why,), hidden=hidden)
