"""Somebody who talks with the bot as a test tells them to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from botkit.model.calls import Call
from botkit.model.conversations import Conversation
from botkit.model.events import FormSubmitted, MessageEdited, MessageReceived
from botkit.model.forms import Form
from botkit.model.items import Item
from botkit.ports.connector import Attachment

from .call import ReceivedCall, ScriptedCall
from .platform import FakePlatform, Posted


class ScriptedPerson:
    """A user of a `FakePlatform`. What the bot posts where the person is waits to be read, in order."""

    def __init__(
        self,
        platform: FakePlatform,
        name: str = "Ada Byron",
        email: str = "",
        *,
        locale: str = "",
        is_bot: bool = False,
    ) -> None:
        """A new account; `locale` is its language (BCP 47), empty = the platform does not tell. `is_bot`: it
        is that of another bot."""
        self.platform = platform
        self.user = platform.add_user(name, email, is_bot=is_bot, locale=locale)
        self._unread = platform.read_as(self.user)
        self._phone = platform.phone_of(self.user)

    @property
    def direct(self) -> Conversation:
        """The person's conversation with the bot alone."""
        return self.platform.direct(self.user.id, self.platform.bot.id)

    async def post(
        self,
        text: str,
        *,
        to: Conversation | None = None,
        thread_id: str = "",
        files: Sequence[Attachment] = (),
    ) -> Item:
        """Post, to the bot alone unless `to` is given. Returns when the bot has taken it, or is away."""
        return await self._post(text, to or self.direct, thread_id, mentioned=False, files=files)

    async def mention(self, text: str, *, to: Conversation | None = None, thread_id: str = "") -> Item:
        """Post with a mention of the bot before the text."""
        return await self._post(text, to or self.direct, thread_id, mentioned=True)

    async def edit(self, item: Item, text: str) -> Item:
        """Change what was posted."""
        edited = self.platform.edit_item(item.id, text)
        await self.platform.tell_bot(
            MessageEdited(
                event_id=f"item:{item.id}:edited:{self.platform.number()}",
                at=self.platform.clock.now(),
                conversation=self.platform.conversation(item.conversation_id),
                author=self.user,
                item=edited,
            )
        )
        return edited

    async def submit(self, form: Form | str, values: Mapping[str, str]) -> None:
        """Press the button of a form the bot posted. Raises `ConnectorError` for one it did not."""
        form_id = form if isinstance(form, str) else form.id
        item = self.platform.form_item(form_id).item
        await self.platform.tell_bot(
            FormSubmitted(
                event_id=f"form:{item.id}:{self.platform.number()}",
                at=self.platform.clock.now(),
                submitter=self.user,
                item_id=item.id,
                form_id=form_id,
                values=dict(values),
            )
        )

    async def next_message(self, *, within: float = 5.0) -> Posted:
        """What the bot posted next. Raises `TimeoutError` after `within` real seconds."""
        async with asyncio.timeout(within):
            while True:
                posted = await self._unread.get()
                if posted.item.author_id == self.platform.bot.id:
                    return posted

    def unread(self) -> list[Posted]:
        """What the bot posted and nobody read yet; it counts as read now."""
        waiting = [self._unread.get_nowait() for _ in range(self._unread.qsize())]
        return [posted for posted in waiting if posted.item.author_id == self.platform.bot.id]

    async def call(self, offer: str = "v=0\r\n") -> ScriptedCall:
        """Call the bot. Returns when it has taken the offer."""
        call = Call(id=f"call-{self.platform.number()}", conversation_id=self.direct.id, caller=self.user)
        scripted = ScriptedCall(call, self.platform.clock, self.platform.tell_bot)
        self.platform.calls[call.id] = scripted
        await scripted.offer(offer)
        return scripted

    async def next_call(self, *, within: float = 5.0) -> ReceivedCall:
        """The next call of the bot, ringing. Raises `TimeoutError` after `within` real seconds."""
        async with asyncio.timeout(within):
            return await self._phone.get()

    def missed(self) -> list[ReceivedCall]:
        """The bot's calls that `next_call` has not given yet; they count as given now."""
        return [self._phone.get_nowait() for _ in range(self._phone.qsize())]

    async def _post(
        self,
        text: str,
        to: Conversation,
        thread_id: str,
        *,
        mentioned: bool,
        files: Sequence[Attachment] = (),
    ) -> Item:
        mentions = (self.platform.bot.id,) if mentioned else ()
        item = self.platform.add_item(
            to.id, self.user, text, thread_id=thread_id, mentions=mentions, attachments=tuple(files)
        )
        await self.platform.tell_bot(
            MessageReceived(
                event_id=f"item:{item.id}",
                at=item.created_at,
                conversation=to,
                author=self.user,
                item=item,
                text=text,
                mentioned=mentioned,
            )
        )
        return item
