"""Messages: the client and the connector against botkit's own server, over TLS and real sockets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.api import items
from botkit.circuit.errors import (
    CertificateRefused,
    LogonRefused,
    NotFound,
    NotSupported,
    PermissionDenied,
    Unreachable,
)
from botkit.circuit.events import ConversationChanged, ItemAdded
from botkit.circuit.session import CircuitSession
from botkit.circuit.text import Mention
from botkit.circuit.wire import Category
from botkit.model.conversations import ConversationKind
from botkit.model.errors import UsageError
from botkit.model.events import (
    ConnectionChanged,
    ConnectionState,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
    PlatformEvent,
)
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.items import OutgoingMessage
from botkit.model.secret import Secret
from tests.circuit.world import World

FORM = Form(
    id="f1",
    title="Choose",
    controls=(
        Control(kind=ControlKind.LABEL, text="Which one?"),
        Control(
            kind=ControlKind.RADIO,
            name="which",
            options=(FormOption(value="1", text="One"), FormOption(value="2", text="Two")),
        ),
        Control(kind=ControlKind.BUTTON, name="go", options=(FormOption(value="ok", text="OK"),)),
    ),
)


async def test_a_bot_logs_on(world: World) -> None:
    session = world.bot_session()
    me = await session.logon()
    assert (me.display_name, me.email, me.is_bot) == ("Front Desk", "desk@example.com", True)
    assert session.state is ConnectionState.READY
    assert session.client_id


async def test_two_sessions_of_one_bot_live_side_by_side(world: World) -> None:
    first, second = world.bot_session(), world.bot_session()
    await asyncio.gather(first.logon(), second.logon())
    assert first.me == second.me
    assert first.client_id != second.client_id


async def test_a_wrong_secret_is_refused_for_good(world: World) -> None:
    session = world.bot_session(secret="wrong")
    with pytest.raises(LogonRefused, match="wrong secret") as caught:
        await session.logon()
    assert caught.value.lasting
    assert session.state is ConnectionState.CLOSED


async def test_a_session_by_token(world: World) -> None:
    person = await world.person("ann")
    token = await person._tokens.token()
    session = CircuitSession(
        world.domain, client_id="page", access_token=token, trust=world.sandbox.certificate
    )
    assert await session.logon() == person.me
    await session.close()


async def test_an_expired_token_is_refused_and_told_so(world: World) -> None:
    session = CircuitSession(
        world.domain, client_id="page", access_token=Secret("old"), trust=world.sandbox.certificate
    )
    with pytest.raises(LogonRefused, match="expired"):
        await session.logon()


async def test_an_unknown_certificate_is_refused(world: World) -> None:
    session = CircuitSession(world.domain, client_id="desk", client_secret=Secret("desk-secret"))
    with pytest.raises(CertificateRefused, match="not trusted") as caught:
        await session.logon()
    assert caught.value.lasting
    assert "trust" in caught.value.remedy


async def test_a_certificate_that_cannot_be_read_is_the_users_mistake(world: World, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    for name in ("missing.pem", "no.pem"):
        session = CircuitSession(
            world.domain, client_id="desk", client_secret=Secret("s"), trust=tmp_path / name
        )
        with pytest.raises(UsageError, match="cannot be read"):
            await session.logon()


async def test_a_server_that_is_not_there(world: World) -> None:
    await world.sandbox.close()
    with pytest.raises(Unreachable) as caught:
        await world.bot_session().logon()
    assert not caught.value.lasting


async def test_a_message_and_its_answer_in_a_direct_conversation(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    async with ann.events() as heard:
        question = await ann.items.post(record.conversation.id, "Are you <there> & well?\n  Ann")
        message = await told.first(MessageReceived)
        assert message.event_id == f"item:{question.item.id}"
        assert message.text == "Are you <there> & well?\n  Ann"
        assert message.author == ann.me
        assert message.conversation.kind is ConversationKind.DIRECT
        assert set(message.conversation.members) == {ann.me.id, bot.me.id}
        assert message.at == question.item.created_at
        assert not message.mentioned
        answer = await bot.chat.post(
            OutgoingMessage(
                conversation_id=message.conversation.id, text="I am.", thread_id=message.item.thread_id
            )
        )
        async with asyncio.timeout(30):
            while True:
                event = await heard.get()
                if isinstance(event, ItemAdded) and event.added.item.author_id == bot.me.id:
                    break
        assert event.added.item.id == answer.id
        assert event.added.item.text == "I am."
        assert event.added.item.thread_id == question.item.id


async def test_a_mention_is_one_message_and_its_address_is_taken_off(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    (team,) = await ann.conversations.latest()
    assert team.conversation.topic == "Team"
    await ann.items.post(
        team.conversation.id, "opening hours?", mentions=[Mention(bot.me.id, bot.me.display_name)]
    )
    await ann.items.post(team.conversation.id, "just so")
    messages = await told.until(MessageReceived, 2)
    assert [(message.text, message.mentioned) for message in messages] == [
        ("opening hours?", True),
        ("just so", False),
    ]
    assert messages[0].item.text == "@Front Desk opening hours?"
    assert messages[0].item.mentions == (bot.me.id,)


async def test_the_bots_own_messages_and_system_items_do_not_come(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    group = await ann.conversations.create_group([bot.me.id], "New")
    await bot.chat.post(OutgoingMessage(conversation_id=group.conversation.id, text="Mine"))
    await ann.items.post(group.conversation.id, "Yours")
    message = await told.first(MessageReceived)
    assert message.text == "Yours"
    assert message.conversation.topic == "New"
    assert len(told.all(MessageReceived)) == 1


async def test_an_edit_is_told(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    posted = await ann.items.post(record.conversation.id, "befor")
    await ann.request(
        actions.UPDATE_TEXT_ITEM,
        {"itemId": posted.item.id, "contentType": "RICH", "content": "before", "mentionedUsers": []},
    )
    edited = await told.first(MessageEdited)
    assert edited.item.text == "before"
    assert edited.item.edited


async def test_a_form_there_and_back_as_often_as_somebody_likes(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    conversation = await bot.chat.conversation_for("ann@example.com")
    async with ann.events() as heard:
        item = await bot.chat.post(OutgoingMessage(conversation_id=conversation.id, text="Please", form=FORM))
        assert item.form_id == "f1"
        async with asyncio.timeout(30):
            while not isinstance(event := await heard.get(), ItemAdded):
                pass
    assert event.added.form == FORM
    for _ in range(2):
        await ann.forms.submit(item.id, "f1", {"which": "2", "go": "ok"})
    first, second = await told.until(FormSubmitted, 2)
    assert first.event_id != second.event_id
    assert (first.submitter, first.item_id, first.form_id) == (ann.me, item.id, "f1")
    assert first.values == second.values == {"which": "2", "go": "ok"}


async def test_where_to_post_to_an_address(world: World) -> None:
    bot, _ = await world.bot()
    ben = await bot.directory.user_by_email("ben@example.com")
    assert ben is not None
    by_email = await bot.chat.conversation_for("ben@example.com")
    assert await bot.chat.conversation_for(ben.id) == by_email
    assert await bot.chat.conversation_for(by_email.id) == by_email
    for address in ("nobody@example.com", "no-such-id", "desk@example.com"):
        with pytest.raises(NotFound) as caught:
            await bot.chat.conversation_for(address)
        assert caught.value.lasting
        assert caught.value.remedy
    assert await bot.directory.user_by_email("nobody@example.com") is None


async def test_somebody_is_brought_into_a_group_and_all_hear_of_it(world: World) -> None:
    bot, _ = await world.bot()
    ann, ben = await world.person("ann"), await world.person("ben")
    group = (await ann.conversations.create_group([bot.me.id], "New")).conversation
    async with ben.events() as heard:
        for address in ("ben@example.com", ben.me.id):
            now = await bot.chat.add_person(group.id, address)
            assert now.id == group.id
            assert now.members == (ann.me.id, bot.me.id, ben.me.id)
        async with asyncio.timeout(30):
            while not isinstance(event := await heard.get(), ConversationChanged):
                pass
        assert event.created
        assert event.record.conversation == now
        await bot.chat.post(OutgoingMessage(conversation_id=group.id, text="Welcome"))
        async with asyncio.timeout(30):
            while not isinstance(await heard.get(), ItemAdded):
                pass


async def test_a_third_person_in_a_direct_conversation_makes_a_group(world: World) -> None:
    bot, told = await world.bot()
    ann, ben = await world.person("ann"), await world.person("ben")
    direct = await bot.chat.conversation_for(ann.me.id)
    assert await bot.chat.add_person(direct.id, ann.me.id) == direct
    group = await bot.chat.add_person(direct.id, "ben@example.com")
    assert group.id != direct.id
    assert group.kind is ConversationKind.GROUP
    assert set(group.members) == {ann.me.id, bot.me.id, ben.me.id}
    await ben.items.post(group.id, "Hello")
    assert (await told.first(MessageReceived)).conversation == group
    assert (await bot.chat.conversation(direct.id)).kind is ConversationKind.DIRECT


async def test_nobody_and_strangers_places_cannot_be_joined(world: World) -> None:
    bot, _ = await world.bot()
    ann = await world.person("ann")
    mine = (await ann.conversations.create_group([], "Mine")).conversation
    group = (await ann.conversations.create_group([bot.me.id], "Ours")).conversation
    with pytest.raises(NotFound, match="Nobody has the address"):
        await bot.chat.add_person(group.id, "nobody@example.com")
    with pytest.raises(PermissionDenied):
        await bot.chat.add_person(mine.id, "ben@example.com")


async def test_own_items_since_hold_the_text_that_was_posted(world: World) -> None:
    bot, _ = await world.bot()
    ann = await world.person("ann")
    conversation = await bot.chat.conversation_for("ann@example.com")
    await bot.chat.post(OutgoingMessage(conversation_id=conversation.id, text="earlier"))
    await ann.items.post(conversation.id, "not the bot's")
    texts = ["a <b> & 'c'", "two\nlines  and   spaces", "\u00fcml\u00e4ut \U0001f600", "  "]
    posted = [
        await bot.chat.post(
            OutgoingMessage(conversation_id=conversation.id, text=text, mentions=(ann.me.id,))
        )
        for text in texts
    ]
    found = await bot.chat.own_items_since(conversation.id, posted[0].created_at)
    assert [item.text for item in found] == texts
    assert found == posted
    everything = await bot.chat.own_items_since(conversation.id, datetime(1970, 1, 1, tzinfo=UTC))
    assert len(everything) == len(texts) + 1


async def test_more_own_items_than_one_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "PAGE", 2)
    bot, _ = await world.bot()
    conversation = await bot.chat.conversation_for("ann@example.com")
    posted = [await bot.session.items.post(conversation.id, str(number)) for number in range(5)]
    found = await bot.chat.own_items_since(conversation.id, posted[0].item.created_at)
    assert [item.text for item in found] == ["0", "1", "2", "3", "4"]


async def test_an_unknown_action_is_a_typed_error(world: World) -> None:
    session = world.bot_session()
    await session.logon()
    with pytest.raises(NotSupported) as caught:
        await session.request(Action(Category.CONVERSATION, "NO_SUCH_ACTION", "x"))
    assert caught.value.code == "NO_MESSAGE_HANDLER"


async def test_a_dropped_socket_is_replaced_and_what_was_missed_arrives(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    conversation = await bot.chat.conversation_for("ann@example.com")
    await ann.items.post(conversation.id, "one")
    await told.until(MessageReceived, 1)
    before = bot.session.client_id
    # Whether the bot is back before the post or after it: it must come, and once.
    assert world.sandbox.drop_connections(bot.me.id) == 1
    await ann.items.post(conversation.id, "two")
    messages = await told.until(MessageReceived, 2)
    await bot.session.ready()
    await ann.items.post(conversation.id, "three")
    messages = await told.until(MessageReceived, 3)
    assert [message.text for message in messages] == ["one", "two", "three"]
    assert bot.session.client_id != before
    states = [event.state for event in told.all(ConnectionChanged)]
    assert states[:2] == [ConnectionState.CONNECTING, ConnectionState.READY]
    assert ConnectionState.RECONNECTING in states
    assert states[-1] is ConnectionState.READY


async def test_after_a_drop_with_an_expired_token_it_logs_on_anew(world: World) -> None:
    bot, told = await world.bot()
    world.sandbox.revoke(bot.me.id)
    world.sandbox.drop_connections(bot.me.id)
    await told.first(ConnectionChanged, lambda event: event.state is ConnectionState.RECONNECTING)
    await told.until(ConnectionChanged, 4)
    assert told.all(ConnectionChanged)[-1].state is ConnectionState.READY


async def test_subscriptions_live_on_after_a_drop(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    conversation = await bot.chat.conversation_for("ann@example.com")
    await bot.session.conversations.subscribe_typing(conversation.id)
    world.sandbox.drop_connections(bot.me.id)
    await told.until(ConnectionChanged, 4)
    await ann.request(actions.TYPING, {"conversationId": conversation.id, "isTyping": True})
    typing = await told.first(PlatformEvent, lambda event: event.name == "CONVERSATION.TYPING")
    assert typing.data["convId"] == conversation.id


async def test_closing_ends_everything_and_twice_is_no_error(world: World) -> None:
    bot, told = await world.bot()
    await bot.close()
    await bot.close()
    count = len(told.events)
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    await ann.items.post(record.conversation.id, "anybody?")
    assert len(told.events) == count


async def test_a_bot_that_was_away_hears_what_was_posted_meanwhile(world: World) -> None:
    bot, told = await world.bot()
    ada = await world.person("ann")
    conversation = (await ada.conversations.direct(bot.me.id)).conversation
    await ada.items.post(conversation.id, "before")
    (before,) = await told.until(MessageReceived)
    await bot.close()
    await ada.items.post(conversation.id, "meanwhile")
    bot, told = await world.bot(since=before.at)
    messages = await told.until(MessageReceived, 2)
    assert [(each.text, each.event_id == before.event_id) for each in messages] == [
        ("before", True),
        ("meanwhile", False),
    ]
