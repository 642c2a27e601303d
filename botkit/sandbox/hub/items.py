"""What stands in a conversation: texts in threads, forms, mentions, likes, notices, call records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from botkit.model.calls import CallCause

from .files import check_files, item_of, settle_files
from .machine import Delivery, Event, Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

content_limit = 65_536
"""Characters of a text."""
subject_limit = 255
"""Characters."""
mention_limit = 200
"""People mentioned in one text."""
submission_limit = 100
"""Values in one form submission."""


class TextState(StrEnum):
    """What became of a text."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What somebody wrote."""

    content: str
    rich: bool = True
    """The content is markup, to be kept verbatim."""
    subject: str = ""
    form: Mapping[str, object] | None = None
    """A form as its author sent it; only its `id` has a meaning here."""
    mentions: tuple[str, ...] = ()
    """User ids."""
    likes: tuple[str, ...] = ()
    """User ids."""
    files: tuple[str, ...] = ()
    """File ids."""
    by_webhook: bool = False
    """A webhook of its author's posted it."""
    state: TextState = TextState.CREATED


class NoticeKind(StrEnum):
    """What happened to the conversation."""

    CREATED = "created"
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A line the platform itself writes."""

    kind: NoticeKind
    people: tuple[str, ...] = ()
    """User ids of those added or removed."""
    old_topic: str = ""
    new_topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A call that is over."""

    cause: CallCause
    people: tuple[str, ...]
    """User ids, the caller first."""
    talked: timedelta | None = None
    """How long; None = it was never answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a conversation."""

    id: str
    conversation_id: str
    author_id: str
    created_at: datetime
    modified_at: datetime
    body: Text | Notice | CallRecord
    parent_id: str = ""
    """The thread's first item; empty = this is one."""

    @property
    def files(self) -> tuple[str, ...]:
        """Ids of the files that go with it."""
        return self.body.files if isinstance(self.body, Text) else ()


@dataclass(frozen=True, slots=True)
class ItemAdded(Event):
    """A new item."""

    item: Item


@dataclass(frozen=True, slots=True)
class ItemChanged(Event):
    """An item was edited, deleted or liked; this is all of it."""

    item: Item


@dataclass(frozen=True, slots=True)
class Mentioned(Event):
    """An item mentions the person told."""

    id: str
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmitted(Event):
    """Somebody filled in a form; told to its author."""

    item_id: str
    form_id: str
    values: tuple[tuple[str, str], ...]
    submitter_id: str


def add_item(
    state: State,
    conversation_id: str,
    author_id: str,
    body: Text | Notice | CallRecord,
    parent_id: str = "",
    item_id: str = "",
) -> Item:
    """Put an item at the end of a conversation that the caller has checked."""
    at = state.stamp()
    item = Item(
        id=item_id or state.new_id(),
        conversation_id=conversation_id,
        author_id=author_id,
        created_at=at,
        modified_at=at,
        body=body,
        parent_id=parent_id,
    )
    state.items[item.id] = item
    state.feeds[conversation_id].append(item.id)
    _touch(state, conversation_id, at)
    return item


@dataclass(frozen=True, slots=True, kw_only=True)
class PostText:
    """Write something. Threads are one level deep: an answer to an answer joins the same thread."""

    by: str
    conversation_id: str
    text: Text
    parent_id: str = ""

    def apply(self, state: State) -> Outcome[Item]:
        conversation = state.conversation(self.conversation_id, self.by)
        _check(self.text)
        thread = self._thread(state)
        item_id = item_of(state, self.text.files, self.by)
        mentions = tuple(u for u in dict.fromkeys(self.text.mentions) if u in conversation.members)
        text = replace(self.text, mentions=mentions, likes=(), state=TextState.CREATED)
        if thread:
            text = replace(text, subject="")
        item = add_item(state, conversation.id, self.by, text, thread, item_id)
        told = [Delivery(ItemAdded(item), state.devices_of(*conversation.members))]
        for user_id in mentions:
            told.append(Delivery(Mentioned(state.new_id(), item), state.devices_of(user_id)))
        return Outcome(item, tuple(told))

    def _thread(self, state: State) -> str:
        if not self.parent_id:
            return ""
        parent = state.item(self.parent_id, self.by)
        if parent.conversation_id != self.conversation_id:
            raise Refused(Refusal.INVALID, "the thread is in another conversation")
        return parent.parent_id or parent.id


@dataclass(frozen=True, slots=True, kw_only=True)
class EditText:
    """Change one's own text."""

    by: str
    item_id: str
    content: str
    rich: bool = True
    subject: str | None = None
    """None = leave as it is."""
    form: Mapping[str, object] | None = None
    """None = leave as it is; a form with nothing but an id takes the form away."""
    mentions: tuple[str, ...] = ()
    files: tuple[str, ...] | None = None
    """File ids, of those it has and of new uploads. None = leave as they are."""

    def apply(self, state: State) -> Outcome[Item]:
        item, text = _own_text(state, self.item_id, self.by)
        files = text.files if self.files is None else self.files
        check_files(state, files, self.by, kept=text.files)
        members = state.conversations[item.conversation_id].members
        form = text.form if self.form is None else self.form if set(self.form) - {"id"} else None
        new = replace(
            text,
            content=self.content,
            rich=self.rich,
            subject=text.subject if self.subject is None or item.parent_id else self.subject,
            form=form,
            mentions=tuple(u for u in dict.fromkeys(self.mentions) if u in members),
            files=files,
            state=TextState.EDITED,
        )
        _check(new)
        settle_files(state, item.id, text.files, files)
        return _change(state, item, new)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteText:
    """Take one's own text back; the item stays as a place, its words and files go."""

    by: str
    item_id: str

    def apply(self, state: State) -> Outcome[Item]:
        item, text = _own_text(state, self.item_id, self.by)
        settle_files(state, item.id, text.files, ())
        return _change(state, item, Text(content="", rich=text.rich, state=TextState.DELETED))


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeText:
    """Like a text, or take that back."""

    by: str
    item_id: str
    liked: bool

    def apply(self, state: State) -> Outcome[Item]:
        item = state.item(self.item_id, self.by)
        if not isinstance(item.body, Text) or item.body.state is TextState.DELETED:
            raise Refused(Refusal.INVALID, "only a text can be liked")
        others = tuple(u for u in item.body.likes if u != self.by)
        likes = (*others, self.by) if self.liked else others
        if set(likes) == set(item.body.likes):
            return Outcome(item)
        return _change(state, item, replace(item.body, likes=likes))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitForm:
    """Send in a form that stands in an item; any member, any number of times."""

    by: str
    item_id: str
    form_id: str
    values: tuple[tuple[str, str], ...]

    def apply(self, state: State) -> Outcome[None]:
        item = state.item(self.item_id, self.by)
        form = item.body.form if isinstance(item.body, Text) else None
        if form is None or form.get("id") != self.form_id:
            raise Refused(Refusal.INVALID, f"this item holds no form {self.form_id[:80]}")
        if len(self.values) > submission_limit:
            raise Refused(Refusal.TOO_MUCH, f"a submission has at most {submission_limit} values")
        event = FormSubmitted(item_id=item.id, form_id=self.form_id, values=self.values, submitter_id=self.by)
        return Outcome(None, (Delivery(event, state.devices_of(item.author_id)),))


def _own_text(state: State, item_id: str, by: str) -> tuple[Item, Text]:
    item = state.item(item_id, by)
    if not isinstance(item.body, Text) or item.author_id != by:
        raise Refused(Refusal.FORBIDDEN, "only its author changes a text")
    if item.body.state is TextState.DELETED:
        raise Refused(Refusal.INVALID, "this text is deleted")
    return item, item.body


def _change(state: State, item: Item, body: Text) -> Outcome[Item]:
    at = state.stamp()
    changed = replace(item, body=body, modified_at=at)
    state.items[item.id] = changed
    _touch(state, item.conversation_id, at)
    members = state.conversations[item.conversation_id].members
    return Outcome(changed, (Delivery(ItemChanged(changed), state.devices_of(*members)),))


def _touch(state: State, conversation_id: str, at: datetime) -> None:
    conversation = state.conversations[conversation_id]
    state.conversations[conversation_id] = replace(conversation, last_item_at=at)


def _check(text: Text) -> None:
    if len(text.content) > content_limit:
        raise Refused(Refusal.TOO_MUCH, f"a text has at most {content_limit} characters")
    if len(text.subject) > subject_limit:
        raise Refused(Refusal.TOO_MUCH, f"a subject has at most {subject_limit} characters")
    if len(text.mentions) > mention_limit:
        raise Refused(Refusal.TOO_MUCH, f"a text mentions at most {mention_limit} people")
    if text.form is not None and not isinstance(text.form.get("id"), str):
        raise Refused(Refusal.INVALID, "a form needs an id")
