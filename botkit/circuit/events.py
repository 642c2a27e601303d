"""What a Circuit server tells unasked, typed: one frozen dataclass each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from botkit.model.events import ConnectionState
from botkit.model.users import User

from . import shapes
from .wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitEvent:
    """The part all share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(CircuitEvent):
    """The session's own connection changed."""

    state: ConnectionState
    detail: str = ""
    """For people: why."""
    is_new: bool = True
    """False = the connection is the same as before, and only the detail is news."""
    since: datetime | None = None
    """When the link was lost that is being mended, or just was."""
    attempt: int = 0
    """Which try to mend it comes next, from 1; once ready, which one it took."""
    retry_at: datetime | None = None
    """When that try comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAdded(CircuitEvent):
    """Somebody, perhaps we, posted a message."""

    added: shapes.TextItem


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemUpdated(CircuitEvent):
    """A message was edited, deleted or liked."""

    updated: shapes.TextItem


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAdded(CircuitEvent):
    """The platform wrote a line into a conversation: somebody came, say."""

    notice: shapes.Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLogged(CircuitEvent):
    """A call left its line in a conversation. Told by a look at what was missed alone: a call that rings
    here tells of itself."""

    logged: shapes.CallLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned(CircuitEvent):
    """We are mentioned in an item, which is told of separately."""

    conversation_id: str
    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormReceived(CircuitEvent):
    """Somebody submitted a form of ours."""

    item_id: str
    form_id: str
    submitter_id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(CircuitEvent):
    """A conversation was created or changed; this is how it stands now."""

    record: shapes.ConversationRecord
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationDeleted(CircuitEvent):
    """A conversation is gone."""

    conversation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUpdated(CircuitEvent):
    """A user's profile changed."""

    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionExpires(CircuitEvent):
    """The server is about to end the session unless it is renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(CircuitEvent):
    """The part all events of a call share."""

    rtc_session_id: str
    """Names the conversation's calls; used again by its next one."""
    instance_id: str = ""
    """Names this call alone; not every server tells it every time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInvited(CallEvent):
    """Somebody calls us."""

    conversation_id: str
    caller_id: str
    transaction_id: str
    """Echoed in the answer."""
    offer: str
    """The caller's SDP; empty when we are to make the offer (a conference)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAlerting(CallEvent):
    """The callee's client rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """The callee picked up."""

    client_id: str
    """The socket it is meant for."""
    answer: str
    """The callee's SDP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRefused(CallEvent):
    """A call we placed did not come about, or its SDP was refused."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteCancelled(CallEvent):
    """It rings no longer: the caller gave up, or another socket of ours took or refused the call."""

    client_id: str
    """The socket that acted."""
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesReceived(CallEvent):
    """ICE candidates of the far end."""

    client_id: str
    """The socket they are meant for."""
    origin: str
    """The `o=` line of the SDP they belong to; empty = whichever is in force."""
    candidates: tuple[tuple[str, str, int], ...]
    """(candidate line, sdpMid, sdpMLineIndex) each; an empty line ends them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaChangeRequested(CallEvent):
    """The far end wants other media in a running call."""

    client_id: str
    """The socket that is asked; empty = whichever holds the call."""
    transaction_id: str
    offer: str
    """SDP; empty = we are to make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTerminated(CallEvent):
    """The call is over for everybody."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallUpdated(CallEvent):
    """News of a call that nothing here needs (participants, recording ...)."""

    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvent(CircuitEvent):
    """Whatever else the server tells."""

    name: str
    """`CATEGORY.ACTION`."""
    data: Json = field(default_factory=dict)
