"""The platform of a scripted conversation: whoever a flow writes to or calls lives there."""

from __future__ import annotations

from collections.abc import Callable, Collection

from botkit.model.conversations import Conversation
from botkit.model.forms import Form
from botkit.model.items import Item
from botkit.model.users import User
from botkit.ports.clock import Clock
from botkit.ports.connector import Attachment
from botkit.testing.platform import FakePlatform, Posted


class Town(FakePlatform):
    """A `FakePlatform` where every e-mail address is somebody's, unless told otherwise."""

    def __init__(
        self,
        clock: Clock,
        *,
        bot_name: str,
        told: Callable[[Posted, Conversation], None],
        nobody: Collection[str] = (),
    ) -> None:
        """`told` is told of each message of the bot. The addresses in `nobody` are nobody's."""
        self._nobody = frozenset(nobody)
        super().__init__(clock, bot_name=bot_name)
        self._told = told

    def user_by_email(self, email: str) -> User | None:
        if "@" not in email or email in self._nobody:
            return None
        return super().user_by_email(email) or self.add_user(name_of(email), email)

    def add_user(self, name: str, email: str = "", *, is_bot: bool = False, locale: str = "") -> User:
        """Who has this address already stays who they are."""
        known = super().user_by_email(email) if email else None
        return known or super().add_user(name, email, is_bot=is_bot, locale=locale)

    def add_item(
        self,
        conversation_id: str,
        author: User,
        text: str,
        *,
        thread_id: str = "",
        subject: str = "",
        mentions: tuple[str, ...] = (),
        form: Form | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> Item:
        item = super().add_item(
            conversation_id,
            author,
            text,
            thread_id=thread_id,
            subject=subject,
            mentions=mentions,
            form=form,
            attachments=attachments,
        )
        if author.id == self.bot.id:
            self._told(self.posted(item.id), self.conversation(conversation_id))
        return item


def name_of(email: str) -> str:
    """`olivia.owen@example.com` is Olivia Owen."""
    return email.partition("@")[0].replace(".", " ").title()
