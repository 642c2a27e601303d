"""Everything the hub knows. Read it freely; it changes through commands only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .machine import Refusal, Refused
from .private import Notes

if TYPE_CHECKING:
    from .calls import Call
    from .conversations import Conversation
    from .files import File
    from .items import Item
    from .people import Person
    from .presence import ChosenPresence
    from .webhooks import Webhook

tick = timedelta(milliseconds=1)


@dataclass(slots=True, kw_only=True)
class Device:
    """One open connection of one person; lives as long as that."""

    id: str
    user_id: str
    software: str = ""
    """What it says it is."""
    watches_typing: set[str] = field(default_factory=set)
    """Conversation ids."""
    watches_presence: set[str] = field(default_factory=set)
    """User ids."""
    attends_calls: bool = False
    """It has said that it is ready for calls."""
    watches_everybody: bool = False
    """Presence of the whole tenant."""


class State:
    """The tables, the time and the order of things."""

    def __init__(self, new_id: Callable[[], str], ring_timeout: timedelta) -> None:
        self.new_id = new_id
        self.ring_timeout = ring_timeout
        self.now = datetime.fromtimestamp(0, UTC)
        """The moment of the command being carried out."""
        self.people: dict[str, Person] = {}
        self.devices: dict[str, Device] = {}
        self.presence: dict[str, ChosenPresence] = {}
        self.conversations: dict[str, Conversation] = {}
        self.direct: dict[frozenset[str], str] = {}
        """The conversation of two people."""
        self.items: dict[str, Item] = {}
        self.feeds: defaultdict[str, list[str]] = defaultdict(list)
        """Conversation id -> item ids, oldest first."""
        self.files: dict[str, File] = {}
        """Oldest first."""
        self.webhooks: dict[str, Webhook] = {}
        """Oldest first."""
        self.calls: dict[str, Call] = {}
        """Conversation id -> the one call in it that rings or talks."""
        self.notes: defaultdict[str, Notes] = defaultdict(Notes)
        """User id -> what only that person sees."""
        self._last_stamp = self.now

    def stamp(self) -> datetime:
        """`now` in whole milliseconds, and later than every stamp before."""
        whole = self.now.replace(microsecond=self.now.microsecond // 1000 * 1000)
        self._last_stamp = max(whole, self._last_stamp + tick)
        return self._last_stamp

    def person(self, user_id: str) -> Person:
        """Raises `Refused` when nobody has that id."""
        try:
            return self.people[user_id]
        except KeyError:
            raise Refused(Refusal.NOT_FOUND, f"there is no user {user_id[:80]}") from None

    def person_by_email(self, email: str) -> Person | None:
        """Case does not matter."""
        wanted = email.casefold()
        return next((p for p in self.people.values() if p.email.casefold() == wanted), None)

    def device(self, device_id: str) -> Device:
        """Raises `Refused` when it is not connected."""
        try:
            return self.devices[device_id]
        except KeyError:
            raise Refused(Refusal.NOT_FOUND, f"there is no device {device_id[:80]}") from None

    def devices_of(self, *user_ids: str, but: Iterable[str] = ()) -> tuple[str, ...]:
        """Ids of these people's devices, but for some."""
        wanted, left_out = set(user_ids), set(but)
        return tuple(d.id for d in self.devices.values() if d.user_id in wanted and d.id not in left_out)

    def conversation(self, conversation_id: str, user_id: str) -> Conversation:
        """A conversation as one of its members; others are refused."""
        found = self.conversations.get(conversation_id)
        if found is None:
            raise Refused(Refusal.NOT_FOUND, f"there is no conversation {conversation_id[:80]}")
        if user_id not in found.members:
            raise Refused(Refusal.FORBIDDEN, "you are not in this conversation")
        return found

    def item(self, item_id: str, user_id: str) -> Item:
        """An item as a member of its conversation; others are refused."""
        found = self.items.get(item_id)
        if found is None:
            raise Refused(Refusal.NOT_FOUND, f"there is no item {item_id[:80]}")
        self.conversation(found.conversation_id, user_id)
        return found

    def conversations_of(self, user_id: str) -> list[Conversation]:
        """Those a person is in, in no order."""
        return [c for c in self.conversations.values() if user_id in c.members]

    def feed(self, conversation_id: str) -> list[Item]:
        """A conversation's items, oldest first."""
        return [self.items[item_id] for item_id in self.feeds[conversation_id]]
