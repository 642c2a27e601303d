"""Incoming webhooks: an address that posts what it is sent into a conversation, in its maker's name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from .items import Item, PostText, Text
from .machine import Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

tenant_limit = 1000
"""Webhooks of all conversations."""
conversation_limit = 20
"""Webhooks of one conversation."""
name_limit = 100
"""Characters."""
description_limit = 500
"""Characters."""


class WebhookFault(StrEnum):
    """What is wrong with a wish about webhooks."""

    ILLEGAL = "illegal"
    UNKNOWN = "unknown"
    CONVERSATION_GONE = "conversation_gone"
    """Or its maker is no more in it."""
    NOT_SO = "not_so"
    """None can be made like this."""
    TENANT_FULL = "tenant_full"
    CONVERSATION_FULL = "conversation_full"


_refusals = {
    WebhookFault.UNKNOWN: Refusal.NOT_FOUND,
    WebhookFault.CONVERSATION_GONE: Refusal.NOT_FOUND,
    WebhookFault.TENANT_FULL: Refusal.TOO_MUCH,
    WebhookFault.CONVERSATION_FULL: Refusal.TOO_MUCH,
}


class WebhookRefused(Refused):
    """A refusal in the words that platforms have for webhooks."""

    def __init__(self, fault: WebhookFault, why: str) -> None:
        super().__init__(_refusals.get(fault, Refusal.INVALID), why)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One of them."""

    id: str
    """Whoever knows it can post: it is the secret."""
    conversation_id: str
    user_id: str
    """Its maker, and the author of what it posts."""
    name: str
    description: str
    enabled: bool
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWebhook:
    """Make one."""

    by: str
    conversation_id: str
    user_id: str = ""
    """In whose name it posts: the maker's own, or refused. Empty = that."""
    name: str = ""
    description: str = ""

    def apply(self, state: State) -> Outcome[Webhook]:
        _check(self.name, self.description)
        if self.conversation_id not in state.conversations:
            raise WebhookRefused(WebhookFault.NOT_SO, f"there is no conversation {self.conversation_id[:80]}")
        state.conversation(self.conversation_id, self.by)
        if self.user_id not in ("", self.by):
            raise WebhookRefused(WebhookFault.NOT_SO, "a webhook posts in its maker's name")
        if len(state.webhooks) >= tenant_limit:
            raise WebhookRefused(WebhookFault.TENANT_FULL, f"a tenant has at most {tenant_limit} webhooks")
        here = [each for each in state.webhooks.values() if each.conversation_id == self.conversation_id]
        if len(here) >= conversation_limit:
            why = f"a conversation has at most {conversation_limit} webhooks"
            raise WebhookRefused(WebhookFault.CONVERSATION_FULL, why)
        at = state.stamp()
        webhook = Webhook(
            id=state.new_id(),
            conversation_id=self.conversation_id,
            user_id=self.by,
            name=self.name,
            description=self.description,
            enabled=True,
            created_at=at,
            modified_at=at,
        )
        state.webhooks[webhook.id] = webhook
        return Outcome(webhook)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWebhook:
    """Name or describe one anew, or let it refuse what it is sent. None = leave as it is."""

    by: str
    webhook_id: str
    name: str | None = None
    description: str | None = None
    enabled: bool | None = None

    def apply(self, state: State) -> Outcome[Webhook]:
        webhook = own_webhook(state, self.webhook_id, self.by)
        _check(self.name or "", self.description or "")
        changed = replace(
            webhook,
            name=webhook.name if self.name is None else self.name,
            description=webhook.description if self.description is None else self.description,
            enabled=webhook.enabled if self.enabled is None else self.enabled,
        )
        if changed != webhook:
            changed = replace(changed, modified_at=state.stamp())
            state.webhooks[webhook.id] = changed
        return Outcome(changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteWebhook:
    """Take one away for good."""

    by: str
    webhook_id: str

    def apply(self, state: State) -> Outcome[None]:
        del state.webhooks[own_webhook(state, self.webhook_id, self.by).id]
        return Outcome(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostByWebhook:
    """Somebody without an account sends a webhook something to post."""

    webhook_id: str
    content: str
    rich: bool = True
    subject: str = ""

    def apply(self, state: State) -> Outcome[Item]:
        webhook = _known(state, self.webhook_id)
        if not webhook.enabled:
            raise WebhookRefused(WebhookFault.ILLEGAL, "this webhook is suspended")
        conversation = state.conversations.get(webhook.conversation_id)
        if conversation is None or webhook.user_id not in conversation.members:
            raise WebhookRefused(WebhookFault.CONVERSATION_GONE, "this webhook has no conversation any more")
        text = Text(content=self.content, rich=self.rich, subject=self.subject, by_webhook=True)
        return PostText(by=webhook.user_id, conversation_id=conversation.id, text=text).apply(state)


def own_webhook(state: State, webhook_id: str, by: str) -> Webhook:
    """A webhook as its maker; others are refused."""
    webhook = _known(state, webhook_id)
    if webhook.user_id != by:
        raise Refused(Refusal.FORBIDDEN, "only its maker may see and change a webhook by its id")
    return webhook


def webhooks_of(state: State, by: str, conversation_id: str = "") -> list[Webhook]:
    """A person's own webhooks, of all conversations or of one that the person is in; oldest first."""
    if conversation_id:
        if conversation_id not in state.conversations:
            raise WebhookRefused(WebhookFault.CONVERSATION_GONE, "there is no such conversation")
        state.conversation(conversation_id, by)
    return [
        webhook
        for webhook in state.webhooks.values()
        if webhook.user_id == by and conversation_id in ("", webhook.conversation_id)
    ]


def _known(state: State, webhook_id: str) -> Webhook:
    webhook = state.webhooks.get(webhook_id)
    if webhook is None:
        raise WebhookRefused(WebhookFault.UNKNOWN, "there is no such webhook")
    return webhook


def _check(name: str, description: str) -> None:
    if len(name) > name_limit or len(description) > description_limit:
        why = f"a name has at most {name_limit} characters, a description {description_limit}"
        raise WebhookRefused(WebhookFault.ILLEGAL, why)
