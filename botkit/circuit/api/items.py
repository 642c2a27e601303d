"""Messages."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from botkit.circuit import actions, forms, read, shapes
from botkit.circuit.errors import NotFound, RequestRefused
from botkit.circuit.shapes import Attached, Entry, TextItem
from botkit.circuit.text import Mention, to_rich
from botkit.circuit.wire import Json
from botkit.model.forms import Form

from .asking import Asking, ask

PAGE = 100
MOST_PAGES = 50
"""At 100 items each: more than that since a moment is no question a bot asks."""


class Items:
    """`session.items`."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def post(
        self,
        conversation_id: str,
        text: str,
        *,
        thread_id: str = "",
        subject: str = "",
        form: Form | None = None,
        mentions: Sequence[Mention] = (),
        files: Sequence[Attached] = (),
    ) -> TextItem:
        """Post plain text; `mentions` are put before it. `files` were uploaded together, and go with one
        message. Not idempotent."""
        data: dict[str, object] = {
            "convId": conversation_id,
            "contentType": "RICH",
            "content": to_rich(text, mentions),
        }
        if thread_id:
            data["parentId"] = thread_id
        elif subject:
            # Only the first item of a thread has one.
            data["subject"] = subject
        if form:
            data["formMetaData"] = forms.to_wire(form)
        if mentions:
            data["mentionedUsers"] = [mention.user_id for mention in mentions]
        if files:
            data["attachmentMetaData"] = [shapes.attachment_data(file) for file in files]
        return await ask(self._session, actions.ADD_TEXT_ITEM, data, _text_item)

    async def like(self, item_id: str) -> None:
        """Like a message of anybody's; one that is liked already stays so. Raises `NotFound`."""
        data = {"conversationItemId": item_id, "userId": self._session.me.id}
        await self._session.request(actions.LIKE_TEXT_ITEM, data)

    async def get(self, item_id: str) -> TextItem:
        """Raises `NotFound`; `RequestRefused` when the item is no message."""
        return await ask(self._session, actions.GET_ITEM_BY_ID, {"itemId": item_id}, _text_item)

    async def since(self, conversation_id: str, moment: datetime) -> Sequence[TextItem]:
        """The messages created at or after `moment`, oldest first, at most 5000 items on."""
        found: dict[str, TextItem] = {}
        # Servers differ in whether AFTER includes the moment itself.
        after = max(0, read.milliseconds(moment) - 1)
        for _ in range(MOST_PAGES):
            page = await self._page(conversation_id, after)
            for created_at, item in page:
                if item and created_at >= moment:
                    found[item.item.id] = item
            newest = max((read.milliseconds(created_at) for created_at, _ in page), default=after)
            if len(page) < PAGE or newest <= after:
                break
            after = newest
        return sorted(found.values(), key=lambda each: each.item.created_at)

    async def back_from_newest(self, conversation_id: str) -> AsyncGenerator[Entry]:
        """All items, the newest first, fetched page by page as they are asked for."""
        seen: set[str] = set()
        before: dict[str, object] = {}
        while True:
            data = {"convId": conversation_id, **before, "direction": "BEFORE", "number": PAGE}
            page = await self._entries(data)
            fresh = [each for each in page if each.id not in seen]
            # Of two of one moment the later one in the list is the newer.
            oldest_first = sorted(fresh, key=lambda each: each.created_at)
            for each in reversed(oldest_first):
                seen.add(each.id)
                yield each
            if len(page) < PAGE or not fresh:
                return
            # Servers differ in whether BEFORE includes the moment itself.
            before = {"creationDate": read.milliseconds(min(each.created_at for each in page)) + 1}

    async def changed_since(self, conversation_id: str, moment: datetime) -> Sequence[TextItem]:
        """The messages that were created or changed at or after `moment`, the one changed longest ago first,
        at most 5000 items on."""
        found: dict[str, TextItem] = {}
        after = max(0, read.milliseconds(moment) - 1)
        for _ in range(MOST_PAGES):
            data = {
                "convId": conversation_id,
                "modificationDate": after,
                "direction": "AFTER",
                "number": PAGE,
            }
            page = await self._entries(data)
            for each in page:
                if isinstance(each.what, TextItem) and each.modified_at >= moment:
                    found[each.id] = each.what
            newest = max((read.milliseconds(each.modified_at) for each in page), default=after)
            if len(page) < PAGE or newest <= after:
                break
            after = newest
        return sorted(found.values(), key=lambda each: each.modified_at)

    async def _entries(self, data: Json) -> Sequence[Entry]:
        try:
            return await ask(
                self._session,
                actions.GET_ITEMS_BY_CONVERSATION,
                data,
                lambda result: [shapes.entry(each) for each in read.objs(result, "items")],
            )
        except NotFound:
            return ()

    async def _page(self, conversation_id: str, after: int) -> Sequence[tuple[datetime, TextItem | None]]:
        data = {"convId": conversation_id, "creationDate": after, "direction": "AFTER", "number": PAGE}
        try:
            return await ask(self._session, actions.GET_ITEMS_BY_CONVERSATION, data, _page)
        except NotFound:
            return ()


def _page(result: Json) -> list[tuple[datetime, TextItem | None]]:
    items = read.objs(result, "items")
    return [(read.moment(data, "creationTime"), shapes.text_item(data)) for data in items]


def _text_item(result: Json) -> TextItem:
    item = shapes.text_item(read.obj(result, "item"))
    if item is None:
        raise RequestRefused("The item is no message.")
    return item
