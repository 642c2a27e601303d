"""The platform's own webhooks for conversations, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from botkit.model.conversation_webhooks import ConversationWebhook
from botkit.ports.connector import Capabilities, ConnectorError

from .platform import FakePlatform


class FakeConversationWebhooks:
    """`ports.connector.ConversationWebhooks`. `FakePlatform.post_by_webhook` posts by them."""

    def __init__(self, platform: FakePlatform, capabilities: Capabilities) -> None:
        self._platform = platform
        self._capabilities = capabilities

    async def create(self, conversation_id: str, name: str, description: str = "") -> ConversationWebhook:
        self._check()
        self._platform.conversation(conversation_id)
        webhook_id = f"webhook-{self._platform.number()}"
        webhook = ConversationWebhook(
            id=webhook_id,
            conversation_id=conversation_id,
            name=name,
            url=f"https://platform.invalid/webhooks/{webhook_id}",
            description=description,
            created_at=self._platform.clock.now(),
        )
        self._platform.webhooks[webhook_id] = webhook
        return webhook

    async def of(self, conversation_id: str) -> Sequence[ConversationWebhook]:
        self._check()
        self._platform.conversation(conversation_id)
        return [each for each in self._platform.webhooks.values() if each.conversation_id == conversation_id]

    async def get(self, webhook_id: str) -> ConversationWebhook:
        self._check()
        try:
            return self._platform.webhooks[webhook_id]
        except KeyError:
            raise ConnectorError(f"there is no webhook {webhook_id}.", lasting=True) from None

    async def update(
        self, webhook_id: str, *, name: str | None = None, description: str | None = None
    ) -> ConversationWebhook:
        webhook = await self.get(webhook_id)
        changed = replace(
            webhook,
            name=webhook.name if name is None else name,
            description=webhook.description if description is None else description,
        )
        self._platform.webhooks[webhook_id] = changed
        return changed

    async def suspend(self, webhook_id: str) -> None:
        self._platform.webhooks[webhook_id] = replace(await self.get(webhook_id), enabled=False)

    async def resume(self, webhook_id: str) -> None:
        self._platform.webhooks[webhook_id] = replace(await self.get(webhook_id), enabled=True)

    async def delete(self, webhook_id: str) -> None:
        del self._platform.webhooks[(await self.get(webhook_id)).id]

    def _check(self) -> None:
        if not self._capabilities.conversation_webhooks:
            raise ConnectorError("this platform has no webhooks for conversations.", lasting=True)
