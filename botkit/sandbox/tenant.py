"""`tenant.yaml`: who lives in the sandbox, and where they talk."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, StringConstraints
from pydantic.alias_generators import to_camel

from botkit.flow.source import DocumentError, Mapping, Node, Scalar, Sequence, read_document, validate
from botkit.flow.validation import refusal
from botkit.model.conversations import ConversationKind
from botkit.model.findings import Finding
from botkit.model.secret import Secret

from .hub.conversations import CreateConversation
from .hub.hub import Hub
from .hub.people import Person

_ids = uuid.UUID("6f1d5cbb-64a5-4bb3-9a0c-0f5f3a2f4f1e")
"""Ids are made of names, so that a sandbox that is started again has the same ones."""


def _secret(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value:
        raise refusal("A secret is missing.", "Write some text.")
    return Secret(str(value))


_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
_Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
_Secret = Annotated[Secret, PlainValidator(_secret), PlainSerializer(lambda secret: "***")]


_UserType = Literal[
    "REGULAR",
    "GUEST",
    "SUPPORT",
    "TELEPHONY",
    "SESSION_GUEST",
    "MEETING_POINT",
    "TECHNICAL",
    "BOT",
    "XMPP",
]
_UserState = Literal["INACTIVE", "ACTIVE", "SUSPENDED", "DELETED", "PURGED"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class EmailAddress(_Wire):
    """One of several addresses."""

    type: Literal["WORK", "HOME", "OTHER"] = "WORK"
    address: str


class PhoneNumber(_Wire):
    """One of several numbers."""

    phone_number: str
    type: Literal["WORK", "MOBILE", "HOME", "FAX", "OTHER", "UCAAS"] = "WORK"
    is_externally_managed: bool = False


class UserAttributes(_Wire):
    """Any further field of the protocol's User, in the names of its wire."""

    display_name: str | None = None
    email_addresses: list[EmailAddress] | None = None
    phone_numbers: list[PhoneNumber] | None = None
    user_type: _UserType | None = None
    user_state: _UserState | None = None
    locale: str | None = None
    job_title: str | None = None
    company: str | None = None
    department: str | None = None
    location: str | None = None
    small_image_uri: str | None = None
    large_image_uri: str | None = None
    roles: list[str] | None = None
    account_template_type: str | None = None
    assigned_phone_numbers: list[PhoneNumber] | None = None


class TenantName(_Strict):
    """The tenant itself."""

    name: _Name


class TenantUser(_Strict):
    """A person."""

    email: _Email
    password: _Secret | None = None
    """Without one, only the page lets them in."""
    first_name: _Name
    last_name: str = Field("", max_length=100)
    attributes: UserAttributes = UserAttributes()


class TenantBot(_Strict):
    """A bot, which logs on by client credentials."""

    client_id: Annotated[str, StringConstraints(pattern=r"^[^\s:]+$", max_length=100)]
    client_secret: _Secret
    email: _Email
    first_name: _Name
    last_name: str = Field("", max_length=100)
    attributes: UserAttributes = UserAttributes()


class TenantConversation(_Strict):
    """A group conversation."""

    topic: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    members: Annotated[list[str], Field(min_length=1, max_length=1000)]
    """E-mail addresses of users and bots."""


class Tenant(_Strict):
    """Everybody in the sandbox."""

    tenant: TenantName
    users: list[TenantUser] = []
    bots: list[TenantBot] = []
    conversations: list[TenantConversation] = []

    @classmethod
    def load(cls, path: Path) -> Tenant:
        """Read a `tenant.yaml`. Raises `DocumentError`, each fault with its place."""
        document = read_document(path)
        tenant = validate(document, cls)
        if findings := [*_repeated(document), *_strangers(document)]:
            raise DocumentError(findings)
        return tenant

    @classmethod
    def demo(
        cls, *, client_id: str = "front-desk-bot", client_secret: str = "", bot: str = "front desk"
    ) -> Tenant:
        """Three people, one bot, and a room for all of them. No secret given: a random one.

        `bot` is what a bot.yaml calls it: `night-shift` is shown to people as `Night shift bot`.
        """
        people = (("olivia", "Olivia", "Operator"), ("ann", "Ann", "Archer"), ("ben", "Ben", "Baker"))
        users = [
            TenantUser(email=f"{name}@example.com", first_name=first, last_name=last)
            for name, first, last in people
        ]
        account = TenantBot(
            client_id=client_id,
            client_secret=Secret(client_secret or secrets.token_urlsafe(32)),
            email="frontdesk@example.com",
            first_name=_shown(bot),
            last_name="bot",
        )
        everybody = [*(user.email for user in users), account.email]
        return cls(
            tenant=TenantName(name="Demo"),
            users=users,
            bots=[account],
            conversations=[TenantConversation(topic="Front desk", members=everybody)],
        )

    @property
    def id(self) -> str:
        """The tenant's own id on the wire."""
        return self._id("tenant", "")

    def user_id(self, email: str) -> str:
        """The id that whoever has this address gets."""
        return self._id("user", email.casefold())

    def populate(self, hub: Hub, now: datetime) -> None:
        """Give everybody an account, and open the conversations."""
        entries: list[TenantUser | TenantBot] = [*self.users, *self.bots]
        for entry in entries:
            hub.add(self._person(entry))
        for number, group in enumerate(self.conversations):
            members = tuple(self.user_id(email) for email in group.members)
            command = CreateConversation(
                by=members[0],
                kind=ConversationKind.GROUP,
                members=members,
                topic=group.topic,
                id=self._id("conversation", f"{number}:{group.topic}"),
            )
            hub.do(command, now)

    def _person(self, entry: TenantUser | TenantBot) -> Person:
        attributes = entry.attributes.model_dump(by_alias=True, exclude_none=True, exclude={"display_name"})
        return Person(
            id=self.user_id(entry.email),
            email=entry.email,
            first_name=entry.first_name,
            last_name=entry.last_name,
            is_bot=isinstance(entry, TenantBot),
            shown_as=entry.attributes.display_name or "",
            attributes=attributes,
        )

    def _id(self, kind: str, name: str) -> str:
        return str(uuid.uuid5(_ids, f"{self.tenant.name}/{kind}/{name}"))


def _shown(bot: str) -> str:
    words = " ".join(bot.replace("-", " ").replace("_", " ").split())[:80]
    return words[:1].upper() + words[1:] or "A"


def _repeated(document: Mapping) -> Iterator[Finding]:
    bots = _entries(document, "bots")
    for key, nodes in (
        ("email", [*_entries(document, "users"), *bots]),
        ("client_id", bots),
    ):
        seen: Counter[str] = Counter()
        for node in nodes:
            value = node.get(key)
            if isinstance(value, Scalar):
                seen[value.casefold()] += 1
                if seen[value.casefold()] > 1:
                    message = f"`{value}` is the {key} of somebody above."
                    yield value.at.finding("wrong-value", message, "Give each their own.")


def _strangers(document: Mapping) -> Iterator[Finding]:
    entries = [*_entries(document, "users"), *_entries(document, "bots")]
    known = {str(entry["email"]).casefold() for entry in entries}
    for group in _entries(document, "conversations"):
        members = group.get("members")
        for member in members if isinstance(members, Sequence) else ():
            if isinstance(member, Scalar) and member.casefold() not in known:
                message = f"Nobody here has the address `{member}`."
                yield member.at.finding("wrong-value", message, "Name a user's or a bot's `email`.")


def _entries(document: Mapping, key: str) -> list[Mapping]:
    node: Node = document.get(key)
    return [entry for entry in node if isinstance(entry, Mapping)] if isinstance(node, Sequence) else []
