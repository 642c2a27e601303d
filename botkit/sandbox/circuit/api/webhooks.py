"""Incoming webhooks."""

from __future__ import annotations

from botkit.circuit import actions
from botkit.circuit.wire import Json
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields
from botkit.sandbox.hub.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    WebhookFault,
    WebhookRefused,
    own_webhook,
    webhooks_of,
)

_page = 25


def _create(caller: Caller, ask: Fields) -> Json:
    command = CreateWebhook(
        by=caller.user_id,
        conversation_id=ask.id("conversationId"),
        user_id=ask.text("userId", ""),
        name=ask.text("name", ""),
        description=ask.text("description", ""),
    )
    return {"webhook": caller.shapes.webhook(caller.do(command))}


def _get(caller: Caller, ask: Fields) -> Json:
    return {"webhook": caller.shapes.webhook(own_webhook(caller.state, ask.id("webhookId"), caller.user_id))}


def _list(caller: Caller, ask: Fields) -> Json:
    """One's own, whatever the filter: whoever sees the address of a webhook can post in its maker's name."""
    by = ask.one_of("filter", {word: word for word in ("TENANT", "USER", "CONVERSATION")})
    conversation_id = ask.id("conversationId") if by == "CONVERSATION" else ""
    if by == "USER" and ask.id("userId") != caller.user_id:
        raise WebhookRefused(WebhookFault.ILLEGAL, "only one's own webhooks can be listed")
    found = webhooks_of(caller.state, caller.user_id, conversation_id)
    pointer = ask.text("searchPointer", "0")
    if not (pointer.isascii() and pointer.isdigit() and len(pointer) < 8):
        raise WebhookRefused(WebhookFault.ILLEGAL, "this searchPointer is none of ours")
    start = int(pointer)
    end = start + max(1, ask.count("pageSize", _page))
    more = end < len(found)
    answer: dict[str, object] = {
        "webhook": [caller.shapes.webhook(webhook) for webhook in found[start:end]],
        "hasMoreResults": more,
    }
    return answer | ({"searchPointer": str(end)} if more else {})


def _update(caller: Caller, ask: Fields) -> Json:
    command = ChangeWebhook(
        by=caller.user_id,
        webhook_id=ask.id("webhookId"),
        name=ask.optional("name"),
        description=ask.optional("description"),
    )
    return {"webhook": caller.shapes.webhook(caller.do(command))}


def _suspend(caller: Caller, ask: Fields) -> None:
    caller.do(ChangeWebhook(by=caller.user_id, webhook_id=ask.id("webhookId"), enabled=False))


def _unsuspend(caller: Caller, ask: Fields) -> None:
    caller.do(ChangeWebhook(by=caller.user_id, webhook_id=ask.id("webhookId"), enabled=True))


def _delete(caller: Caller, ask: Fields) -> None:
    caller.do(DeleteWebhook(by=caller.user_id, webhook_id=ask.id("webhookId")))


handlers: Handlers = {
    actions.CREATE_INCOMING_WEBHOOK: _create,
    actions.GET_INCOMING_WEBHOOK: _get,
    actions.GET_INCOMING_WEBHOOKS: _list,
    actions.UPDATE_INCOMING_WEBHOOK: _update,
    actions.SUSPEND_INCOMING_WEBHOOK: _suspend,
    actions.UNSUSPEND_INCOMING_WEBHOOK: _unsuspend,
    actions.DELETE_INCOMING_WEBHOOK: _delete,
}
