"""What happened while the bot had no link, told afterwards: once, in order, within bounds."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from botkit.circuit import actions, catching_up, wire
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.errors import CircuitError
from botkit.circuit.events import StateChanged
from botkit.circuit.text import to_rich
from botkit.circuit.wire import Response
from botkit.model.events import (
    CallMissed,
    CaughtUp,
    ConnectionChanged,
    ConnectionState,
    ConversationJoined,
    Event,
    MessageEdited,
    MessageReceived,
)
from tests.circuit.scripted import LOGON, ScriptedServer, silence
from tests.circuit.test_connector import OFFER, added, item
from tests.circuit.world import Told, World


async def away(world: World) -> datetime:
    """The bot was there, and left; up to when it has heard the server."""
    told = Told()
    bot = CircuitConnector(world.bot_session())
    safe: asyncio.Queue[datetime | None] = asyncio.Queue()

    async def sink(event: Event) -> None:
        await told(event)
        safe.put_nowait(bot.heard_until)

    await bot.start(sink)
    ann = await world.person("ann")
    direct = await ann.conversations.direct(bot.me.id)
    await ann.items.post(direct.conversation.id, "before")
    (before,) = await told.until(MessageReceived)
    # What is being delivered is not safe yet; with the next event it is.
    await ann.request(actions.SUBSCRIBE_TYPING, {"conversationId": direct.conversation.id})
    await ann.items.like(before.item.id)
    await bot.session.conversations.subscribe_typing(direct.conversation.id)
    await ann.request(actions.TYPING, {"conversationId": direct.conversation.id, "isTyping": True})
    async with asyncio.timeout(30):
        while (heard_until := await safe.get()) is None or heard_until < before.at:
            pass
    await bot.close()
    return before.at


async def news(world: World, since: datetime) -> tuple[list[Event], CaughtUp]:
    """What a bot that comes back is told, up to the end of it."""
    bot, told = await world.bot(since=since)
    caught_up = await told.first(CaughtUp)
    await bot.close()
    return [each for each in told.events if not isinstance(each, ConnectionChanged | CaughtUp)], caught_up


async def test_messages_edits_joins_and_calls_are_told_in_the_order_of_their_times(world: World) -> None:
    since = await away(world)
    ann, ben = await world.person("ann"), await world.person("ben")
    bot_id = world.sandbox.tenant.user_id("desk@example.com")
    direct = (await ann.conversations.direct(bot_id)).conversation
    (old,) = await ann.items.since(direct.id, since)
    group = (await ben.conversations.create_group([bot_id], "New")).conversation
    first = await ben.items.post(group.id, "one")
    with pytest.raises(CircuitError):
        await (await ann.calls.dial(direct.id, OFFER)).answered()
    await ann.request(
        actions.UPDATE_TEXT_ITEM,
        {
            "itemId": old.item.id,
            "contentType": "RICH",
            "content": to_rich("before, changed"),
            "mentionedUsers": [],
        },
    )
    await ben.items.post(group.id, "two", thread_id=first.item.id)
    told, caught_up = await news(world, since)
    assert told[0].event_id == f"item:{old.item.id}", "it was heard already, as its id tells"
    assert [type(each) for each in told[1:]] == [
        ConversationJoined,
        MessageReceived,
        CallMissed,
        MessageEdited,
        MessageReceived,
    ]
    kinds = {type(each): each for each in told}
    joined, missed, edited = kinds[ConversationJoined], kinds[CallMissed], kinds[MessageEdited]
    assert isinstance(joined, ConversationJoined)
    assert isinstance(missed, CallMissed)
    assert isinstance(edited, MessageEdited)
    assert (joined.by, joined.conversation.id) == (ben.me, group.id)
    assert (missed.caller, missed.conversation.id) == (ann.me, direct.id)
    assert edited.item.text == "before, changed"
    assert [each.at for each in told] == sorted(each.at for each in told)
    assert (caught_up.since, caught_up.left_out) == (since, ())
    again, _ = await news(world, since)
    assert [each.event_id for each in again] == [each.event_id for each in told], "ids are the same for ever"


async def test_somebody_who_brings_the_bot_into_a_group_is_told_while_it_is_there(world: World) -> None:
    bot, told = await world.bot()
    ann, ben = await world.person("ann"), await world.person("ben")
    group = (await ann.conversations.create_group([ben.me.id], "Ours")).conversation
    await ann.conversations.add_participants(group.id, [bot.me.id])
    joined = await told.first(ConversationJoined)
    assert (joined.by, joined.conversation.id) == (ann.me, group.id)
    await bot.chat.conversation_for("ben@example.com")
    await ann.items.post(group.id, "Hello")
    await told.until(MessageReceived)
    assert len(told.all(ConversationJoined)) == 1, "what the bot begins itself is no news"


async def test_more_conversations_than_one_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching_up, "PAGE", 2)
    since = await away(world)
    ann = await world.person("ann")
    bot_id = world.sandbox.tenant.user_id("desk@example.com")
    for number in range(5):
        group = await ann.conversations.create_group([bot_id], f"No. {number}")
        await ann.items.post(group.conversation.id, str(number))
    told, caught_up = await news(world, since)
    texts = [each.text for each in told if isinstance(each, MessageReceived) and each.text != "before"]
    assert texts == ["0", "1", "2", "3", "4"]
    assert caught_up.left_out == ()


async def test_what_the_bounds_cut_off_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching_up, "PAGE", 2)
    monkeypatch.setattr(catching_up, "MOST_CONVERSATIONS", 2)
    monkeypatch.setattr(catching_up, "MOST_OF_ONE", 3)
    since = await away(world)
    ann = await world.person("ann")
    bot_id = world.sandbox.tenant.user_id("desk@example.com")
    for number in range(4):
        group = await ann.conversations.create_group([bot_id], f"No. {number}")
        for text in "abcd":
            await ann.items.post(group.conversation.id, f"{number}{text}")
    told, caught_up = await news(world, since)
    texts = [each.text for each in told if isinstance(each, MessageReceived)]
    assert texts == ["2b", "2c", "2d", "3b", "3c", "3d"], "the newest are answered"
    others, *each = caught_up.left_out
    assert "other conversations than the 2" in others
    assert len(each) == 2


async def test_what_is_a_day_old_is_left_out_and_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    since = await away(world)
    ann = await world.person("ann")
    bot_id = world.sandbox.tenant.user_id("desk@example.com")
    direct = (await ann.conversations.direct(bot_id)).conversation
    await ann.items.post(direct.id, "old")
    monkeypatch.setattr(catching_up, "OLDEST", timedelta(0))
    told, caught_up = await news(world, since)
    assert told == []
    assert len(caught_up.left_out) == 1
    assert direct.id in caught_up.left_out[0]


async def test_messages_that_too_much_waits_before_are_fetched_later_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botkit.circuit.connector.MOST_WAITING", 2)
    told, gate = Told(), asyncio.Event()

    async def slow(event: Event) -> None:
        if isinstance(event, MessageReceived):
            await gate.wait()
        await told(event)

    connector = CircuitConnector(world.bot_session())
    await connector.start(slow)
    ann = await world.person("ann")
    direct = (await ann.conversations.direct(connector.me.id)).conversation
    for number in range(8):
        await ann.items.post(direct.id, str(number))
    gate.set()
    messages = await told.until(MessageReceived, 8)
    assert [each.text for each in messages] == [str(number) for number in range(8)]
    await connector.close()


async def test_what_comes_before_the_connection_is_ready_comes_behind_what_was_missed(tmp_path: Path) -> None:
    server = ScriptedServer(tmp_path)
    await server.start()
    told = Told()
    connector = CircuitConnector(server.session())
    await connector.start(told)
    await told.until(ConnectionChanged, 2)
    server.answers["GET_STUFF"] = silence
    await server.hang_up()
    while not server.received.empty():
        server.received.get_nowait()
    asked = await server.until("GET_STUFF")
    await server.say(added(item("I1")))
    answer = Response(
        request_id=asked.request_id, category="USER", action="GET_STUFF", payload=LOGON["GET_STUFF"]
    )
    async with connector.session.events() as events:
        await server.say(wire.encode(answer))
        async with asyncio.timeout(30):
            names = [type(await events.get()).__name__ for _ in range(2)]
    assert names == ["StateChanged", "ItemAdded"]
    await connector.close()
    await server.close()


async def test_each_try_to_reconnect_is_told_and_the_log_is_no_flood(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = ScriptedServer(tmp_path)
    await server.start()
    told = Told()
    connector = CircuitConnector(server.session())
    await connector.start(told)
    await told.until(ConnectionChanged, 2)
    server.upgrade_status = 503
    await server.hang_up()
    await told.until(ConnectionChanged, 2 + 10)
    server.upgrade_status = 101
    back = await told.first(ConnectionChanged, lambda event: event.attempt > 0 and not event.retry_at)
    tries = [each for each in told.all(ConnectionChanged) if each.state is ConnectionState.RECONNECTING]
    assert [each.attempt for each in tries] == list(range(1, len(tries) + 1))
    assert all(each.retry_at is not None and each.since is not None for each in tries)
    assert {each.since for each in (*tries, back)} == {tries[0].since}
    assert (back.state, back.attempt) == (ConnectionState.READY, len(tries))
    failures = [record for record in caplog.records if "to reconnect failed" in record.getMessage()]
    assert len([each for each in failures if each.levelname == "WARNING"]) <= 5 < len(tries)
    await connector.close()
    await server.close()


async def test_what_a_connection_says_that_never_gets_ready_is_not_told(tmp_path: Path) -> None:
    server = ScriptedServer(tmp_path)
    await server.start()
    session = server.session()
    await session.logon()
    async with session.events() as events, asyncio.timeout(30):
        server.answers["GET_STUFF"] = silence
        await server.hang_up()
        while not server.received.empty():
            server.received.get_nowait()
        for _ in range(3):
            await server.until("GET_STUFF")
            await server.say(added(item("I1")))
            await server.hang_up()
        del server.answers["GET_STUFF"]
        await session.ready()
        assert {type(events.get_nowait()) for _ in range(events.qsize())} == {StateChanged}
    await session.close()
    await server.close()


async def test_a_bot_that_heard_nothing_is_told_what_came_since_its_first_day(world: World) -> None:
    """And nothing of before: not the newest message of all either."""
    ann = await world.person("ann")
    first = CircuitConnector(world.bot_session())
    direct = await ann.conversations.direct(world.sandbox.tenant.user_id("desk@example.com"))
    await ann.items.post(direct.conversation.id, "before its first day")
    await first.start(Told())
    since = first.heard_until
    await first.close()
    await ann.items.post(direct.conversation.id, "to whom it may concern")
    assert since is not None
    events, _ = await news(world, since)
    texts = [each.item.text for each in events if isinstance(each, MessageReceived)]
    assert texts == ["to whom it may concern"]
