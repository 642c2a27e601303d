"""What a hook acts through: its wishes are collected, and committed with the event that caused them."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from msgspec import Struct

from botkit.model import codec, standard_webhooks
from botkit.model.effects import Post, SendWebhook
from botkit.model.items import OutgoingMessage
from botkit.model.session import Channel, Person, Session, SessionStart
from botkit.model.users import User
from botkit.ports.connector import Connector
from botkit.ports.store import InboxRow, OutboxRow

from .addressing import delivery, posting, sending
from .ledger import Cause
from .places import session_key


class Origin(Struct, frozen=True, kw_only=True, gc=False):
    """Where an event came from, and from whom."""

    conversation_id: str = ""
    thread_id: str = ""
    """Empty where no threads are needed."""
    item_id: str = ""
    """The message that it was, for reactions to it; empty where the platform has none."""
    person: Person = Person(id="")

    def session(self, session_id: str, flow: str) -> Session:
        """A session that talks there with that person; it has not begun."""
        return Session(
            id=session_id,
            channel=Channel.CHAT,
            flow=flow,
            conversation_id=self.conversation_id,
            thread_id=self.thread_id,
            person=self.person,
        )


def person_of(user: User) -> Person:
    """A platform's user as a flow sees them."""
    return Person(id=user.id, name=user.display_name, email=user.email, locale=user.locale)


class EventContext:
    """`hooks.Context` of one event. Once the event is committed it takes no more."""

    def __init__(
        self,
        *,
        connector: Connector,
        flows: Container[str],
        receivers: Container[str],
        event_id: str,
        origin: Origin,
        at: datetime,
    ) -> None:
        self._connector = connector
        self._flows = flows
        self._receivers = receivers
        self._event_id = event_id
        self._origin = origin
        self._at = at
        self._stopped = False
        self._committed = False
        self._messages: list[OutboxRow] = []
        self._starts: list[tuple[str, str]] = []

    @property
    def connector(self) -> Connector:
        """The platform itself."""
        return self._connector

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The first flow that a handler started, and its text: on a call, the one that takes it."""
        return self._starts[0] if self._starts else None

    async def say(self, text: str) -> None:
        """Answer where the event came from."""
        origin = self._origin
        if origin.conversation_id:
            message = OutgoingMessage(
                conversation_id=origin.conversation_id, text=text, thread_id=origin.thread_id
            )
            self._messages.append(sending("", self._next_id(), message))
        elif origin.person.id:
            await self.post(text, to=origin.person.id)
        else:
            raise LookupError("this event came from no conversation; use `ctx.post(text, to=...)`")

    async def post(self, text: str, *, to: str, subject: str = "") -> None:
        """Post elsewhere."""
        self._messages.append(posting("", Post(id=self._next_id(), text=text, to=to, subject=subject)))

    async def send_webhook(self, receiver: str, data: object, *, kind: str = "event") -> None:
        """Tell a receiver of bot.yaml what has happened."""
        if receiver not in self._receivers:
            raise LookupError(f"bot.yaml has no receiver {receiver!r}")
        standard_webhooks.body_of(kind, self._at, data)
        effect = SendWebhook(id=self._next_id(), receiver=receiver, type=kind, at=self._at, data=data)
        self._messages.append(delivery("", effect))

    async def start(self, flow: str, text: str = "") -> None:
        """Start a flow with the person the event came from."""
        self._check_open()
        if flow not in self._flows:
            raise LookupError(f"there is no flow {flow!r}")
        if not self._origin.person.id:
            raise LookupError("this event came from nobody a flow could talk with")
        self._starts.append((flow, text))

    def stop(self) -> None:
        """Nobody else is offered the event."""
        self._stopped = True

    def close(self, inbox_id: str, *, starts: bool = True) -> Cause:
        """All that was wished, to be committed. `starts`: begin the flows too, each in a turn of its own."""
        self._committed = True
        return Cause(
            done=inbox_id,
            outbox=tuple(self._messages),
            inbox=tuple(self._start_rows()) if starts else (),
        )

    def _start_rows(self) -> list[InboxRow]:
        rows = []
        for number, (flow, text) in enumerate(self._starts):
            session = self._origin.session(f"{self._event_id}:start:{number}", flow)
            payload = codec.dump(SessionStart(session=session, text=text, item_id=self._origin.item_id))
            rows.append(InboxRow(id=session.id, key=session_key(session.id), payload=payload, at=self._at))
        return rows

    def _next_id(self) -> str:
        self._check_open()
        return f"{self._event_id}:{len(self._messages)}"

    def _check_open(self) -> None:
        if self._committed:
            raise RuntimeError("the event is over; what comes later goes through `ctx.connector`")
