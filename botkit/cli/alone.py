"""One flow with a bot and a platform of its own, in this process: what a terminal talks to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from botkit.app import Handler, http_client
from botkit.cli.known_bot import KnownBot
from botkit.flow.loader import load_flows
from botkit.hooks import Context, hook
from botkit.model.conversations import Conversation, ConversationKind
from botkit.model.events import CallOffered, MessageReceived
from botkit.model.users import User
from botkit.ports.clock import Clock
from botkit.ports.http import HttpClient
from botkit.testing.platform import FakePlatform, Posted
from botkit.web.client import AiohttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneFlow:
    """A flow file with what its bot.yaml knows of it."""

    file: Path
    name: str
    bot: KnownBot
    config: Mapping[str, Mapping[str, object]]
    http: HttpClient


def lone_flow(file: Path, bot_file: Path | None, values: Mapping[str, object]) -> LoneFlow:
    """The first flow of `file`. Raises `UsageError` for what is wrong with the files."""
    bot = KnownBot.read(bot_file)
    http = AiohttpClient() if bot.settings is None else http_client(bot.settings)
    ((name, flow),) = list(load_flows([file], extensions=bot.hooks.extensions()).flows.items())[:1]
    # Without a bot.yaml nobody sets what is required: the flow's own stand-ins do.
    given = flow.config if bot.settings is None else bot.settings.file.config.get(name, {})
    return LoneFlow(file=file, name=name, bot=bot, config={name: {**given, **values}}, http=http)


def starters(flow: str) -> list[Handler]:
    """Handlers that start the flow at the first message, or with a call, whatever it starts by."""
    begun = False

    @hook
    async def item_added(message: MessageReceived, ctx: Context) -> None:
        nonlocal begun
        if not begun:
            begun = True
            await ctx.start(flow)
            ctx.stop()

    @hook
    async def call_incoming(call: CallOffered, ctx: Context) -> None:
        await ctx.start(flow)

    return [item_added, call_incoming]


class OverTheShoulder(FakePlatform):
    """Whoever a flow writes to exists, and the person at the terminal reads along,
    and is asked when somebody else is called."""

    def __init__(self, clock: Clock, *, bot_name: str) -> None:
        super().__init__(clock, bot_name=bot_name)
        self.onlooker: User | None = None
        self.liked: Callable[[Posted], None] | None = None
        """Told of each message that the bot likes."""

    def like(self, item_id: str, user: User) -> Posted:
        posted = super().like(item_id, user)
        if self.liked is not None:
            self.liked(posted)
        return posted

    def user_by_email(self, email: str) -> User | None:
        return super().user_by_email(email) or self.add_user(email, email)

    def direct(self, one: str, other: str) -> Conversation:
        if self.onlooker is None or self.onlooker.id in (one, other):
            return super().direct(one, other)
        topic = self.users[other].email
        known = (each for each in self.conversations.values() if each.topic == topic)
        members = [self.users[other], self.onlooker]
        return next(known, None) or self.add_group(topic, members, ConversationKind.DIRECT)
