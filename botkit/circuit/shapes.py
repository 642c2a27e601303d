"""Users, conversations and items of the wire as botkit's nouns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
    files: tuple[Attached, ...] = ()


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
        files=files,
    )


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
