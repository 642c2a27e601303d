"""Conversations written in Python: the same people, words and clock as in YAML scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from botkit.model.calls import CallCause
from botkit.testing.clock import VirtualClock

from . import calls
from .calls import Call
from .chats import Chat
from .mocks import HttpMock, Reply
from .stage import START, Stage
from .subject import Subject
from .transcript import Transcript


class BotTest:
    """One bot, with a platform of its own and a clock that moves only while somebody waits. Use it once::

    async with conversation("bot.yaml", flow="order") as bot:
        chat = await bot.chat("ada@example.com")
        await chat.hears("Tea or coffee?")
        await chat.answers("tea")
        await chat.ends("flow")

    Whatever goes otherwise raises `ScriptFailed`, an `AssertionError` that tells the whole conversation.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def __aenter__(self) -> BotTest:
        await self._stage.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        await self._stage.__aexit__(kind, *rest)

    @property
    def clock(self) -> VirtualClock:
        """Moved by what people do and wait for; `await bot.clock.advance(60)` moves it besides."""
        return self._stage.clock

    @property
    def transcript(self) -> Transcript:
        """The conversation so far, both sides, with every decision."""
        return self._stage.transcript

    async def call(self, email: str = "ada@example.com", name: str = "") -> Call:
        """Somebody calls the bot. The flow under test begins, whatever starts it."""
        return await Call.begin(self._stage, email, name)

    async def chat(self, email: str = "ada@example.com", name: str = "", *, writes: str = "") -> Chat:
        """Somebody opens the conversation with the bot, and the flow under test begins; or they begin it by
        what they write, and the bot's flows decide by their `start`."""
        chat = await Chat.begin(self._stage, email, name, begun=bool(writes))
        if writes:
            await chat.writes(writes)
        return chat

    async def picks_up(self, email: str = "") -> Call:
        """Somebody (empty = whoever is called) takes a call of the bot. Raises `ScriptFailed`."""
        return await calls.picks_up(self._stage, email)

    async def declines(self, email: str = "", cause: CallCause = CallCause.DECLINED) -> None:
        """Somebody does not take a call of the bot. Raises `ScriptFailed`."""
        await calls.declines(self._stage, email, cause)


def conversation(
    bot: str | Path | Subject | None = None,
    *,
    flow: str = "",
    flows: Sequence[str | Path] = (),
    now: datetime = START,
    config: Mapping[str, object] | None = None,
    run: Mapping[str, Reply | Sequence[Reply]] | None = None,
    http: Sequence[HttpMock] = (),
    lifecycle: bool = False,
) -> BotTest:
    """A bot to talk with: `async with conversation("bot.yaml", flow="order") as bot`.

    `bot` is a bot.yaml; or a `Subject`, which is read once for many conversations; without one there are just
    the `flows`, files or folders, which otherwise stand in for those of bot.yaml. `flow` is the one under
    test; empty = the bot decides by its flows' `start`. `now` is aware. `config` are values of the flow, over
    those of bot.yaml. `run` mocks step handlers, `http` servers. With `lifecycle`
    handlers are told of the bot's start and end (`bot_started`, `bot_stopping`).
    Raises `UsageError` for what is wrong with the files.
    """
    if isinstance(bot, Subject):
        subject = bot
    else:
        paths = [Path(path) for path in flows]
        subject = Subject.alone(paths) if bot is None else Subject.read(Path(bot), flows=paths or None)
    replies = {name: [reply] if isinstance(reply, Reply) else reply for name, reply in (run or {}).items()}
    return BotTest(
        Stage(
            subject,
            flow=flow,
            now=now,
            config={flow: config} if config and flow else None,
            run=replies,
            http=http,
            lifecycle=lifecycle,
        )
    )
