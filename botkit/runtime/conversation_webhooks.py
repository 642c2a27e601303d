"""Performs `ChangeConversationWebhook`. What is there already is looked up first, so after a crash, and for
two flows that want the same, it is done once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from botkit.model.conversation_webhooks import ConversationWebhook, WebhookAction
from botkit.model.effects import ChangeConversationWebhook
from botkit.model.inputs import ConversationWebhookChanged, WebhookOutcome
from botkit.ports.clock import Clock
from botkit.ports.connector import Connector, ConnectorError
from botkit.ports.store import Commit, OutboxRow

from . import journal
from .results import result_row

log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between two tries while the platform cannot be asked."""


class ConversationWebhookChanges:
    """Makes, suspends, resumes and deletes the webhooks of conversations."""

    def __init__(self, connector: Connector, clock: Clock) -> None:
        self._connector = connector
        self._clock = clock

    async def perform(self, row: OutboxRow, effect: ChangeConversationWebhook) -> Commit:
        """Do it, and tell the session what came of it."""
        finished = await self._finish(row, effect)
        now = self._clock.now()
        line = journal.webhook_changed(row.session_id, effect, finished, now)
        result = result_row(row.session_id, effect.id, finished, now)
        return Commit(confirmed=(row.id,), journal=(line,), inbox=(result,))

    async def _finish(self, row: OutboxRow, effect: ChangeConversationWebhook) -> ConversationWebhookChanged:
        if not self._connector.capabilities.conversation_webhooks:
            return _bad(effect, WebhookOutcome.REFUSED, "the platform has no webhooks for conversations")
        try:
            webhook = await self._patiently(lambda: self._change(row, effect))
        except ConnectorError as error:
            log.warning("the conversation webhook of %s: %s", row.id, error)
            outcome = WebhookOutcome.REFUSED if error.lasting else WebhookOutcome.FAILED
            return _bad(effect, outcome, error.paragraph())
        if webhook is None:
            return _bad(effect, WebhookOutcome.NOT_FOUND, f"the conversation has no webhook {effect.name}")
        return ConversationWebhookChanged(
            effect_id=effect.id, outcome=WebhookOutcome.DONE, id=webhook.id, url=webhook.url
        )

    async def _patiently(
        self, attempt: Callable[[], Awaitable[ConversationWebhook | None]]
    ) -> ConversationWebhook | None:
        for pause in PAUSES:
            try:
                return await attempt()
            except ConnectorError as error:
                if error.lasting:
                    raise
            await self._clock.sleep(pause)
        return await attempt()

    async def _change(self, row: OutboxRow, effect: ChangeConversationWebhook) -> ConversationWebhook | None:
        """The webhook that it was done to; None when there is none."""
        webhooks = self._connector.conversation_webhooks
        where = row.key.partition(":")[2]
        if effect.to:
            where = (await self._connector.chat.conversation_for(effect.to)).id
        there = next((each for each in await webhooks.of(where) if each.name == effect.name), None)
        match effect.action:
            case WebhookAction.CREATE:
                return there or await webhooks.create(where, effect.name)
            case WebhookAction.SUSPEND if there is not None:
                await webhooks.suspend(there.id)
            case WebhookAction.RESUME if there is not None:
                await webhooks.resume(there.id)
            case WebhookAction.DELETE:
                if there is None:
                    return ConversationWebhook(id="", conversation_id=where, name=effect.name, url="")
                await webhooks.delete(there.id)
        return there


def _bad(
    effect: ChangeConversationWebhook, outcome: WebhookOutcome, detail: str
) -> ConversationWebhookChanged:
    return ConversationWebhookChanged(effect_id=effect.id, outcome=outcome, detail=detail)
