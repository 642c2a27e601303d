"""Circuit's incoming webhooks: addresses that post into a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from botkit.circuit import actions, read, shapes
from botkit.circuit.wire import Json
from botkit.model.conversation_webhooks import ConversationWebhook

from .asking import Asking, ask

PAGE = 100
MOST_PAGES = 50
"""More are not asked for: a server that always has more must not hold us for ever."""
_beginning = datetime(1970, 1, 1, tzinfo=UTC)


class ConversationWebhooks:
    """`session.conversation_webhooks`, and `ports.connector.ConversationWebhooks`. Every method raises
    `CircuitError`."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def create(self, conversation_id: str, name: str, description: str = "") -> ConversationWebhook:
        """Make one, which posts in our name."""
        data = {"conversationId": conversation_id, "userId": self._session.me.id, "name": name}
        if description:
            data["description"] = description
        return await ask(self._session, actions.CREATE_INCOMING_WEBHOOK, data, _webhook)

    async def of(self, conversation_id: str) -> Sequence[ConversationWebhook]:
        """All of a conversation that we may see, oldest first."""
        return await self._all({"filter": "CONVERSATION", "conversationId": conversation_id})

    async def own(self) -> Sequence[ConversationWebhook]:
        """All of ours, oldest first."""
        return await self._all({"filter": "USER", "userId": self._session.me.id})

    async def get(self, webhook_id: str) -> ConversationWebhook:
        """Raises `WebhookNotFound`."""
        return await ask(self._session, actions.GET_INCOMING_WEBHOOK, {"webhookId": webhook_id}, _webhook)

    async def update(
        self, webhook_id: str, *, name: str | None = None, description: str | None = None
    ) -> ConversationWebhook:
        """Change what is given."""
        data: dict[str, object] = {"webhookId": webhook_id}
        if name is not None:
            data["name"] = name
        if description is not None:
            data["description"] = description
        return await ask(self._session, actions.UPDATE_INCOMING_WEBHOOK, data, _webhook)

    async def suspend(self, webhook_id: str) -> None:
        """Let it refuse what it is sent."""
        await self._session.request(actions.SUSPEND_INCOMING_WEBHOOK, {"webhookId": webhook_id})

    async def resume(self, webhook_id: str) -> None:
        """The other way round."""
        await self._session.request(actions.UNSUSPEND_INCOMING_WEBHOOK, {"webhookId": webhook_id})

    async def delete(self, webhook_id: str) -> None:
        """For good."""
        await self._session.request(actions.DELETE_INCOMING_WEBHOOK, {"webhookId": webhook_id})

    async def _all(self, which: dict[str, object]) -> Sequence[ConversationWebhook]:
        found: dict[str, ConversationWebhook] = {}
        pointer = ""
        for _ in range(MOST_PAGES):
            data = {**which, "pageSize": PAGE} | ({"searchPointer": pointer} if pointer else {})
            page, pointer = await ask(self._session, actions.GET_INCOMING_WEBHOOKS, data, _page)
            found.update((webhook.id, webhook) for webhook in page)
            if not pointer:
                break
        return sorted(found.values(), key=lambda webhook: webhook.created_at or _beginning)


def _page(result: Json) -> tuple[Sequence[ConversationWebhook], str]:
    """The webhooks, and where the next page begins; empty = there is none."""
    more = result.get("hasMoreResults") is True
    webhooks = [shapes.webhook(each) for each in read.objs(result, "webhook")]
    return webhooks, read.optional(result, "searchPointer") if more else ""


def _webhook(result: Json) -> ConversationWebhook:
    return shapes.webhook(read.obj(result, "webhook"))
