"""Conversations and who is in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from botkit.model.conversations import ConversationKind

from .items import ItemAdded, Notice, NoticeKind, add_item
from .machine import Delivery, Event, Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

topic_limit = 255
"""Characters."""
description_limit = 4000
"""Characters."""
member_limit = 1000
"""People in one conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A place where some people talk."""

    id: str
    kind: ConversationKind
    creator_id: str
    created_at: datetime
    modified_at: datetime
    """When the conversation itself last changed."""
    last_item_at: datetime
    """When an item in it was last added or changed; never before `modified_at`."""
    members: tuple[str, ...]
    """User ids, in the order they came."""
    former: tuple[str, ...] = ()
    """User ids of those who left or were removed."""
    topic: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ConversationCreated(Event):
    """A conversation is there that these people did not have before."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class ConversationChanged(Event):
    """Topic, description or members changed."""

    conversation: Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """Answer to `CreateConversation`."""

    conversation: Conversation
    existed: bool
    """The two had a direct conversation already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConversation:
    """Begin one; who begins it is in it. Two people have at most one direct conversation."""

    by: str
    kind: ConversationKind
    members: tuple[str, ...] = ()
    topic: str = ""
    description: str = ""
    id: str = ""
    """Fixed beforehand, for a tenant's own conversations; empty = a new one."""

    def apply(self, state: State) -> Outcome[Created]:
        members = tuple(dict.fromkeys((self.by, *self.members)))
        for user_id in members:
            state.person(user_id)
        _check_texts(self.topic, self.description)
        _check_count(members)
        direct = self.kind is ConversationKind.DIRECT
        if direct and len(members) != 2:
            raise Refused(Refusal.INVALID, "a direct conversation is between two people")
        if direct and (known := state.direct.get(frozenset(members))):
            return Outcome(Created(conversation=state.conversations[known], existed=True))
        at = state.stamp()
        conversation = Conversation(
            id=self.id or state.new_id(),
            kind=self.kind,
            creator_id=self.by,
            created_at=at,
            modified_at=at,
            last_item_at=at,
            members=members,
            topic="" if direct else self.topic,
            description="" if direct else self.description,
        )
        state.conversations[conversation.id] = conversation
        if direct:
            state.direct[frozenset(members)] = conversation.id
        deliveries = _noticed(state, conversation, self.by, Notice(kind=NoticeKind.CREATED), members)
        conversation = state.conversations[conversation.id]
        created = Delivery(ConversationCreated(conversation), state.devices_of(*members))
        return Outcome(Created(conversation=conversation, existed=False), (created, deliveries[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConversation:
    """Rename or describe one. None = leave as it is."""

    by: str
    conversation_id: str
    topic: str | None = None
    description: str | None = None

    def apply(self, state: State) -> Outcome[Conversation]:
        old = state.conversation(self.conversation_id, self.by)
        _refuse_direct(old, "has no topic")
        _check_texts(self.topic or "", self.description or "")
        topic = old.topic if self.topic is None else self.topic
        description = old.description if self.description is None else self.description
        new = replace(old, topic=topic, description=description)
        notice = Notice(kind=NoticeKind.RENAMED, old_topic=old.topic, new_topic=topic)
        return _changed(state, new, self.by, notice)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMembers:
    """Bring people in. A direct conversation stays as it is: a new group of all is made instead. Who is in
    it already stays in it."""

    by: str
    conversation_id: str
    members: tuple[str, ...]

    def apply(self, state: State) -> Outcome[Conversation]:
        old = state.conversation(self.conversation_id, self.by)
        for user_id in self.members:
            state.person(user_id)
        added = tuple(u for u in dict.fromkeys(self.members) if u not in old.members)
        members = old.members + added
        if not added:
            return Outcome(old)
        if old.kind is ConversationKind.DIRECT:
            group = CreateConversation(by=self.by, kind=ConversationKind.GROUP, members=members)
            made = group.apply(state)
            return Outcome(made.result.conversation, made.deliveries)
        _check_count(members)
        new = replace(old, members=members, former=tuple(u for u in old.former if u not in added))
        outcome = _changed(state, new, self.by, Notice(kind=NoticeKind.ADDED, people=added))
        seen_first = Delivery(ConversationCreated(outcome.result), state.devices_of(*added))
        return Outcome(outcome.result, (seen_first, *outcome.deliveries))


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinConversation:
    """Come into an open conversation by oneself."""

    by: str
    conversation_id: str

    def apply(self, state: State) -> Outcome[Conversation]:
        old = state.conversations.get(self.conversation_id)
        if old is None:
            raise Refused(Refusal.NOT_FOUND, f"there is no conversation {self.conversation_id[:80]}")
        if self.by in old.members:
            return Outcome(old)
        if old.kind is not ConversationKind.OPEN:
            raise Refused(Refusal.FORBIDDEN, "this conversation is by invitation")
        members = (*old.members, self.by)
        _check_count(members)
        new = replace(old, members=members, former=tuple(u for u in old.former if u != self.by))
        return _changed(state, new, self.by, Notice(kind=NoticeKind.ADDED, people=(self.by,)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMembers:
    """Send people out, or leave oneself (no members named)."""

    by: str
    conversation_id: str
    members: tuple[str, ...] = ()

    def apply(self, state: State) -> Outcome[Conversation]:
        old = state.conversation(self.conversation_id, self.by)
        _refuse_direct(old, "always keeps its two people")
        removed = tuple(dict.fromkeys(self.members or (self.by,)))
        if any(user_id not in old.members for user_id in removed):
            raise Refused(Refusal.NOT_FOUND, "somebody to be removed is not in this conversation")
        new = replace(
            old,
            members=tuple(u for u in old.members if u not in removed),
            former=tuple(dict.fromkeys(old.former + removed)),
        )
        return _changed(state, new, self.by, Notice(kind=NoticeKind.REMOVED, people=removed), removed)


def _changed(
    state: State, new: Conversation, by: str, notice: Notice, also: tuple[str, ...] = ()
) -> Outcome[Conversation]:
    at = state.stamp()
    new = replace(new, modified_at=at, last_item_at=at)
    state.conversations[new.id] = new
    deliveries = _noticed(state, new, by, notice, new.members + also)
    return Outcome(state.conversations[new.id], deliveries)


def _noticed(
    state: State, conversation: Conversation, by: str, notice: Notice, told: tuple[str, ...]
) -> tuple[Delivery, Delivery]:
    item = add_item(state, conversation.id, by, notice)
    now = state.conversations[conversation.id]
    return (
        Delivery(ConversationChanged(now), state.devices_of(*told)),
        Delivery(ItemAdded(item), state.devices_of(*conversation.members)),
    )


def _refuse_direct(conversation: Conversation, why: str) -> None:
    if conversation.kind is ConversationKind.DIRECT:
        raise Refused(Refusal.INVALID, f"a direct conversation {why}")


def _check_texts(topic: str, description: str) -> None:
    if len(topic) > topic_limit:
        raise Refused(Refusal.TOO_MUCH, f"a topic has at most {topic_limit} characters")
    if len(description) > description_limit:
        raise Refused(Refusal.TOO_MUCH, f"a description has at most {description_limit} characters")


def _check_count(members: tuple[str, ...]) -> None:
    if len(members) > member_limit:
        raise Refused(Refusal.TOO_MUCH, f"a conversation has at most {member_limit} people")
