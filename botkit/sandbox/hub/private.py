"""What one person keeps for themselves: read pointers, flags, favourites, labels, settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from .machine import Delivery, Event, Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

Result = TypeVar("Result")

label_limit = 500
"""Labels of one person."""
label_text_limit = 100
"""Characters."""
setting_limit = 200
"""Settings of one person."""
flag_limit = 1000
"""Flagged items of one person."""


class Mark(StrEnum):
    """A drawer a person puts a conversation into."""

    FAVORITE = "favorite"
    ARCHIVED = "archived"


@dataclass(slots=True)
class Notes:
    """One person's own view of things."""

    read_until: dict[str, datetime] = field(default_factory=dict)
    """Conversation id -> the last moment seen there."""
    flagged: dict[str, str] = field(default_factory=dict)
    """Item id -> its conversation's."""
    marked: dict[Mark, set[str]] = field(default_factory=lambda: {mark: set() for mark in Mark})
    """Conversation ids."""
    labels: dict[str, str] = field(default_factory=dict)
    """Label id -> its text."""
    labelled: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Conversation id -> label ids."""
    settings: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """Key -> the whole setting, in the words of its platform."""


@dataclass(frozen=True, slots=True)
class ItemsRead(Event):
    """The person has seen everything up to a moment."""

    conversation_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ItemFlagged(Event):
    """A flag was set or cleared."""

    conversation_id: str
    item_id: str
    flagged: bool


@dataclass(frozen=True, slots=True)
class ConversationMarked(Event):
    """A conversation went into a drawer or came out."""

    conversation_id: str
    mark: Mark
    marked: bool


@dataclass(frozen=True, slots=True)
class LabelsChanged(Event):
    """Labels were added, renamed or removed; one of the three is filled."""

    added: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationLabelled(Event):
    """The labels now on a conversation."""

    conversation_id: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingsChanged(Event):
    """Settings were stored."""

    settings: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkRead:
    """Say that one has seen a conversation up to a moment; never goes back."""

    by: str
    conversation_id: str
    until: datetime

    def apply(self, state: State) -> Outcome[datetime]:
        state.conversation(self.conversation_id, self.by)
        read = state.notes[self.by].read_until
        until = read[self.conversation_id] = max(self.until, read.get(self.conversation_id, self.until))
        return _own(state, self.by, until, ItemsRead(self.conversation_id, until))


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagItem:
    """Set or clear one's flag on an item."""

    by: str
    item_id: str
    flagged: bool

    def apply(self, state: State) -> Outcome[None]:
        item = state.item(self.item_id, self.by)
        flags = state.notes[self.by].flagged
        if self.flagged and item.id not in flags and len(flags) >= flag_limit:
            raise Refused(Refusal.TOO_MUCH, f"a person flags at most {flag_limit} items")
        if self.flagged:
            flags[item.id] = item.conversation_id
        else:
            flags.pop(item.id, None)
        return _own(state, self.by, None, ItemFlagged(item.conversation_id, item.id, self.flagged))


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkConversation:
    """Put a conversation into a drawer or take it out."""

    by: str
    conversation_id: str
    mark: Mark
    marked: bool

    def apply(self, state: State) -> Outcome[None]:
        state.conversation(self.conversation_id, self.by)
        drawer = state.notes[self.by].marked[self.mark]
        if self.marked:
            drawer.add(self.conversation_id)
        else:
            drawer.discard(self.conversation_id)
        event = ConversationMarked(self.conversation_id, self.mark, self.marked)
        return _own(state, self.by, None, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLabels:
    """Make labels of these texts."""

    by: str
    texts: tuple[str, ...]

    def apply(self, state: State) -> Outcome[Mapping[str, str]]:
        labels = state.notes[self.by].labels
        for text in self.texts:
            _check_label(text)
        if len(labels) + len(self.texts) > label_limit:
            raise Refused(Refusal.TOO_MUCH, f"a person has at most {label_limit} labels")
        added = {state.new_id(): text for text in self.texts}
        labels.update(added)
        return _own(state, self.by, added, LabelsChanged(added=added))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditLabel:
    """Give a label another text."""

    by: str
    label_id: str
    text: str

    def apply(self, state: State) -> Outcome[None]:
        labels = state.notes[self.by].labels
        if self.label_id not in labels:
            raise Refused(Refusal.NOT_FOUND, "you have no such label")
        _check_label(self.text)
        labels[self.label_id] = self.text
        return _own(state, self.by, None, LabelsChanged(edited={self.label_id: self.text}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLabels:
    """Throw labels away, off every conversation too. Answers with those that were there."""

    by: str
    label_ids: tuple[str, ...]

    def apply(self, state: State) -> Outcome[tuple[str, ...]]:
        notes = state.notes[self.by]
        removed = tuple(label for label in dict.fromkeys(self.label_ids) if label in notes.labels)
        for label in removed:
            del notes.labels[label]
        for labels in notes.labelled.values():
            labels.difference_update(removed)
        return _own(state, self.by, removed, LabelsChanged(removed=removed))


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConversation:
    """Put labels on a conversation, or take them off. Answers with all now on it."""

    by: str
    conversation_id: str
    label_ids: tuple[str, ...]
    assigned: bool

    def apply(self, state: State) -> Outcome[tuple[str, ...]]:
        state.conversation(self.conversation_id, self.by)
        notes = state.notes[self.by]
        if self.assigned and not notes.labels.keys() >= set(self.label_ids):
            raise Refused(Refusal.NOT_FOUND, "you have no such label")
        on_it = notes.labelled[self.conversation_id]
        if self.assigned:
            on_it.update(self.label_ids)
        else:
            on_it.difference_update(self.label_ids)
        now = tuple(label for label in notes.labels if label in on_it)
        return _own(state, self.by, now, ConversationLabelled(self.conversation_id, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """Store settings by key."""

    by: str
    settings: Mapping[str, Mapping[str, object]]

    def apply(self, state: State) -> Outcome[None]:
        own = state.notes[self.by].settings
        if len(own.keys() | self.settings.keys()) > setting_limit:
            raise Refused(Refusal.TOO_MUCH, f"a person has at most {setting_limit} settings")
        own.update(self.settings)
        return _own(state, self.by, None, SettingsChanged(tuple(self.settings.values())))


def _own(state: State, user_id: str, result: Result, event: Event) -> Outcome[Result]:
    return Outcome(result, (Delivery(event, state.devices_of(user_id)),))


def _check_label(text: str) -> None:
    if not 0 < len(text) <= label_text_limit:
        raise Refused(Refusal.INVALID, f"a label has 1 to {label_text_limit} characters")
