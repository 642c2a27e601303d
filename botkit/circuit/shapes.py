"""Users, conversations and items of the wire as botkit's nouns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from botkit.model.conversation_webhooks import ConversationWebhook
from botkit.model.conversations import Conversation, ConversationKind
from botkit.model.forms import Form
from botkit.model.items import Item, SentFile
from botkit.model.users import User

from . import forms, read, text
from .wire import Json, WireError

_KINDS = {
    "DIRECT": ConversationKind.DIRECT,
    "OPEN": ConversationKind.OPEN,
    "COMMUNITY": ConversationKind.OPEN,
}


class TextState(StrEnum):
    """What became of a text item."""

    CREATED = "CREATED"
    EDITED = "EDITED"
    DELETED = "DELETED"
    CLUSTERED = "CLUSTERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRecord:
    """A conversation with what only Circuit knows of it."""

    conversation: Conversation
    rtc_session_id: str
    """Names the conversation's calls, one after the other; empty when it cannot be called."""
    creator_id: str
    last_item_at: datetime | None
    """When the newest item was added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that goes, or is to go, with a message."""

    id: str
    item_id: str
    """The message it goes with."""
    name: str
    media_type: str
    size: int
    """Bytes; 0 when the server does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextItem:
    """A text item with what only Circuit knows of it."""

    item: Item
    pieces: tuple[text.Piece, ...]
    """Its texts and mentions."""
    state: str
    """A `TextState`, or one that is not known yet."""
    modified_at: datetime
    form: Form | None = None
    by_webhook: bool = False
    """An incoming webhook of its author's posted it."""
    files: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A line that the platform itself writes: who came and went, what was renamed."""

    id: str
    conversation_id: str
    author_id: str
    """Who did it."""
    created_at: datetime
    kind: str
    """`CONVERSATION_CREATED`, `PARTICIPANT_ADDED` ..."""
    people: tuple[str, ...]
    """User ids of those it was done to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLog:
    """What a call leaves in its conversation."""

    id: str
    conversation_id: str
    caller_id: str
    created_at: datetime
    kind: str
    """`STARTED`, `ENDED`, `MISSED` ..."""
    cause: str
    """Why it was missed: `UNREACHABLE`, `TIMEOUT`, `CANCELED` ...; empty = it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a conversation, of whatever kind."""

    id: str
    created_at: datetime
    modified_at: datetime
    what: TextItem | Notice | CallLog | None
    """None = a kind that is not known yet."""


def user(data: Json) -> User:
    """Raises `WireError`."""
    first, last = read.optional(data, "firstName"), read.optional(data, "lastName")
    user_id, email = read.string(data, "userId"), read.optional(data, "emailAddress")
    return User(
        id=user_id,
        display_name=read.optional(data, "displayName") or f"{first} {last}".strip() or email or user_id,
        email=email,
        first_name=first,
        last_name=last,
        is_bot=data.get("userType") == "BOT",
        locale=_locale(read.optional(data, "locale")),
    )


def webhook(data: Json) -> ConversationWebhook:
    """An incoming webhook. Raises `WireError`."""
    return ConversationWebhook(
        id=read.string(data, "webhookId"),
        conversation_id=read.string(data, "conversationId"),
        name=read.optional(data, "name"),
        url=read.optional(data, "url"),
        enabled=data.get("status") != "DISABLED",
        description=read.optional(data, "description"),
        created_at=read.moment(data, "creationTime") if data.get("creationTime") else None,
    )


def _locale(name: str) -> str:
    """BCP 47 of `EN_US`, `ZH_HANS_CN`."""
    language, *narrower = name.split("_")
    return "-".join([language.lower(), *(part.title() if len(part) == 4 else part for part in narrower)])


def conversation(data: Json) -> ConversationRecord:
    """Raises `WireError`."""
    members = (read.optional(each, "userId") for each in read.objs(data, "participants"))
    return ConversationRecord(
        conversation=Conversation(
            id=read.string(data, "convId"),
            kind=_KINDS.get(read.string(data, "type"), ConversationKind.GROUP),
            topic=read.optional(data, "topic"),
            members=tuple(member for member in members if member),
        ),
        rtc_session_id=read.optional(data, "rtcSessionId"),
        creator_id=read.optional(data, "creatorId"),
        last_item_at=read.moment(data, "lastItemModificationTime")
        if data.get("lastItemModificationTime")
        else None,
    )


def text_item(data: Json) -> TextItem | None:
    """A message; None for an item of another kind (system, call log). Raises `WireError`."""
    if data.get("type") != "TEXT":
        return None
    body = read.obj(data, "text")
    item_id = read.string(data, "itemId")
    pieces = text.parse(read.optional(body, "content"), read.optional(body, "contentType"))
    state = read.optional(body, "state") or TextState.CREATED
    form = body.get("formMetaData")
    form = _form(form) if isinstance(form, dict) else None
    created = read.moment(data, "creationTime")
    listed = read.strings(body, "mentionedUsers")
    files = _files(data, item_id)
    return TextItem(
        item=Item(
            id=item_id,
            conversation_id=read.string(data, "convId"),
            author_id=read.string(data, "creatorId"),
            text=text.join(pieces),
            created_at=created,
            thread_id=read.optional(data, "parentItemId") or item_id,
            subject=read.optional(body, "subject"),
            mentions=tuple(dict.fromkeys((*text.mentioned(pieces), *listed))),
            form_id=form.id if form else "",
            edited=state == TextState.EDITED,
            attachments=tuple(
                SentFile(id=file.id, name=file.name, content_type=file.media_type, size=file.size)
                for file in files
            ),
        ),
        pieces=pieces,
        state=state,
        modified_at=read.moment(data, "modificationTime") if data.get("modificationTime") else created,
        form=form,
        by_webhook=body.get("isWebhookMessage") is True,
        files=files,
    )


def notice(data: Json) -> Notice | None:
    """A line of the platform's own; None for an item of another kind. Raises `WireError`."""
    if data.get("type") != "SYSTEM":
        return None
    body = read.obj(data, "system")
    people = (read.optional(each, "userId") for each in read.objs(body, "affectedParticipants"))
    return Notice(
        id=read.string(data, "itemId"),
        conversation_id=read.string(data, "convId"),
        author_id=read.optional(data, "creatorId"),
        created_at=read.moment(data, "creationTime"),
        kind=read.optional(body, "type"),
        people=tuple(person for person in people if person),
    )


def call_log(data: Json) -> CallLog | None:
    """What a call left; None for an item of another kind. Raises `WireError`."""
    if data.get("type") != "RTC":
        return None
    body = read.obj(data, "rtc")
    return CallLog(
        id=read.string(data, "itemId"),
        conversation_id=read.string(data, "convId"),
        caller_id=read.string(data, "creatorId"),
        created_at=read.moment(data, "creationTime"),
        kind=read.optional(body, "type"),
        cause=read.optional(body, "missed"),
    )


def entry(data: Json) -> Entry:
    """An item of whatever kind. One that cannot be read but by id and time is an entry without content.
    Raises `WireError`."""
    created = read.moment(data, "creationTime")
    modified = read.moment(data, "modificationTime") if data.get("modificationTime") else created
    try:
        what = text_item(data) or notice(data) or call_log(data)
    except WireError:
        what = None
    return Entry(id=read.string(data, "itemId"), created_at=created, modified_at=modified, what=what)


def attachment_data(file: Attached) -> Json:
    """A file as requests name it."""
    return {
        "fileId": file.id,
        "fileName": file.name,
        "mimeType": file.media_type,
        "size": file.size,
        "itemId": file.item_id,
    }


def _files(data: Json, item_id: str) -> tuple[Attached, ...]:
    # Clients say "none" with one empty object, and servers keep what they say.
    named = (each for each in read.objs(data, "attachments") if read.optional(each, "fileId"))
    return tuple(_attached(each, item_id) for each in named)


def _attached(data: Json, item_id: str) -> Attached:
    size = data.get("size")
    return Attached(
        id=read.string(data, "fileId"),
        item_id=read.optional(data, "itemId") or item_id,
        name=read.optional(data, "fileName") or "file",
        media_type=read.optional(data, "mimeType") or "application/octet-stream",
        size=size if type(size) is int else 0,
    )


def _form(data: Json) -> Form | None:
    try:
        return forms.from_wire(data)
    except WireError:
        # Others may put anything there; the message itself is still worth reading.
        return None
