"""The control's faults: a connector that doubles, loses and disorders, and a bot that is slow to come back.

It is the handlers file of such a bot, and knows in its folder what threads it had before it was killed.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from botkit import hook
from botkit.circuit import CircuitSession, actions
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.plugin import CircuitFactory
from botkit.model.items import Item, OutgoingMessage
from botkit.ports.connector import Attachment, Chat, Connector

SLOW = 11.0
"""Seconds that a bot with a file `slow` in its folder needs to come back."""


class FaultyChat:
    """In the first thread where it posts all stands twice, in the second nothing after the first message; in
    the third each two messages exchange their texts. And so on."""

    def __init__(self, inner: Chat, session: CircuitSession, known: Path | None = None) -> None:
        """`known`: the file in which it notes its threads."""
        self._inner = inner
        self._session = session
        self._known = known
        self._threads = known.read_text().split() if known is not None and known.exists() else []
        self._last: dict[str, Item] = {}
        """Thread -> its newest message without a form, if that has exchanged nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._inner, name)

    async def post(self, message: OutgoingMessage, attachments: Sequence[Attachment] = ()) -> Item:
        thread = message.thread_id
        if not thread:
            return await self._inner.post(message, attachments)
        first = thread not in self._threads
        if first:
            self._threads.append(thread)
            if self._known is not None:
                self._known.write_text(" ".join(self._threads))
        fault, last = self._threads.index(thread) % 3, self._last.get(thread)
        if fault == 1 and not first:
            since = self._session.clock.now() - timedelta(hours=1)
            return (await self._inner.own_items_since(message.conversation_id, since))[-1]
        if fault == 0 and message.form is None:
            await self._inner.post(message, attachments)
        posted = await self._inner.post(message, attachments)
        if message.form is None:
            if fault == 2 and last is not None and last.text != posted.text:
                await self._edit(last, posted.text)
                await self._edit(posted, last.text)
                del self._last[thread]
            else:
                self._last[thread] = posted
        return posted

    async def _edit(self, item: Item, text: str) -> None:
        await self._session.request(actions.UPDATE_TEXT_ITEM, {"itemId": item.id, "content": text})


class FaultyFactory:
    """`stutter`: Circuit with such a chat."""

    name = "stutter"

    def build(self, settings: Mapping[str, object], where: str, folder: Path) -> Connector:
        connector = CircuitFactory().build(settings, where, folder)
        assert isinstance(connector, CircuitConnector)
        connector.chat = FaultyChat(connector.chat, connector.session, folder / "threads")
        return connector


@hook
def register_connectors() -> Sequence[FaultyFactory]:
    return [FaultyFactory()]


if Path("slow").exists():
    time.sleep(SLOW)
