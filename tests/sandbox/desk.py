"""A hub, a time that moves when told, and who heard what."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from botkit.model.conversations import ConversationKind
from botkit.sandbox.hub.conversations import Conversation, CreateConversation
from botkit.sandbox.hub.hub import Disconnect, Hub
from botkit.sandbox.hub.items import Item, PostText, Text
from botkit.sandbox.hub.machine import Command, Event, Refusal, Refused
from botkit.sandbox.hub.people import Person
from botkit.sandbox.hub.presence import Connect

Result = TypeVar("Result")
Kind = TypeVar("Kind", bound=Event)

PEOPLE = ("ann", "ben", "cleo")


class Desk:
    """Ann, Ben and Cleo on a hub; their devices are named `ann1`, `ann2` and so on."""

    def __init__(self) -> None:
        numbers = itertools.count(1)
        self.hub = Hub(new_id=lambda: f"id{next(numbers)}", ring_timeout=timedelta(seconds=30))
        self.state = self.hub.state
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.heard: defaultdict[str, list[Event]] = defaultdict(list)
        """Device -> what it was told since last cleared."""
        for name in PEOPLE:
            self.hub.add(Person(id=name, email=f"{name}@x.test", first_name=name.capitalize()))

    def do(self, command: Command[Result]) -> Result:
        outcome = self.hub.do(command, self.now)
        for delivery in outcome.deliveries:
            assert len(set(delivery.devices)) == len(delivery.devices)
            for device in delivery.devices:
                self.heard[device].append(delivery.event)
        return outcome.result

    def refused(self, command: Command[object]) -> Refusal:
        """Why a command is refused; it must be."""
        try:
            self.do(command)
        except Refused as refused:
            return refused.refusal
        raise AssertionError(f"{command} was carried out")

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def connect(self, *devices: str) -> None:
        for device in devices:
            self.do(Connect(device_id=device, user_id=device.rstrip("0123456789")))

    def disconnect(self, device: str) -> None:
        self.do(Disconnect(device_id=device))

    def direct(self, one: str = "ann", other: str = "ben") -> Conversation:
        return self.do(
            CreateConversation(by=one, kind=ConversationKind.DIRECT, members=(other,))
        ).conversation

    def group(self, *members: str, kind: ConversationKind = ConversationKind.GROUP) -> Conversation:
        command = CreateConversation(by=members[0], kind=kind, members=members, topic="Team")
        return self.do(command).conversation

    def post(self, by: str, conversation: Conversation, content: str = "hi", parent: str = "") -> Item:
        text = Text(content=content)
        return self.do(PostText(by=by, conversation_id=conversation.id, text=text, parent_id=parent))

    def told(self, device: str, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.heard[device] if isinstance(event, kind)]

    def kinds(self, device: str) -> list[str]:
        """Names of what a device was told, oldest first; forgotten afterwards."""
        return [type(event).__name__ for event in self.heard.pop(device, [])]
