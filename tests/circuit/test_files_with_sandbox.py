"""Files: up with a message, and down again, against botkit's own server."""

from __future__ import annotations

import asyncio

import pytest

from botkit.circuit.errors import LogonRefused, MalformedAnswer, NotFound, PermissionDenied, RequestRefused
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.session import CircuitSession
from botkit.circuit.shapes import TextItem
from botkit.model.items import OutgoingMessage
from botkit.model.secret import Secret
from botkit.ports.connector import Attachment
from botkit.sandbox.hub.files import item_limit
from tests.circuit.world import World

SOUND = Attachment(name="a/b \u00fc%20.wav", content_type="audio/wav", data=bytes(range(256)) * 8000)
NOTE = Attachment(name="note.txt", content_type="text/plain", data=b"")


async def next_item(heard: asyncio.Queue[CircuitEvent]) -> TextItem:
    async with asyncio.timeout(30):
        while not isinstance(event := await heard.get(), ItemAdded):
            pass
    return event.added


async def test_files_go_with_a_message_and_are_read(world: World) -> None:
    bot, _ = await world.bot()
    ann = await world.person("ann")
    conversation = await bot.chat.conversation_for(ann.me.id)
    async with ann.events() as heard:
        item = await bot.chat.post(
            OutgoingMessage(conversation_id=conversation.id, text="Listen"), [SOUND, NOTE]
        )
        read = await next_item(heard)
    assert read.item.id == item.id
    # A name has no folders in it.
    assert [(file.name, file.media_type, file.size) for file in read.files] == [
        ("b \u00fc%20.wav", "audio/wav", len(SOUND.data)),
        ("note.txt", "text/plain", 0),
    ]
    assert [await ann.files.download(file) for file in read.files] == [SOUND.data, NOTE.data]
    assert [found.item.id for found in await ann.items.since(conversation.id, item.created_at)] == [item.id]


async def test_others_cannot_read_it_and_a_wrong_name_is_nothing(world: World) -> None:
    bot, _ = await world.bot()
    ann, ben = await world.person("ann"), await world.person("ben")
    conversation = await bot.chat.conversation_for(ann.me.id)
    async with ann.events() as heard:
        await bot.chat.post(OutgoingMessage(conversation_id=conversation.id, text="Listen"), [SOUND])
        (file,) = (await next_item(heard)).files
    with pytest.raises(PermissionDenied):
        await ben.files.download(file)
    with pytest.raises(MalformedAnswer, match="too long"):
        await ann.files.download(file, most_bytes=1000)
    (unposted,) = await bot.session.files.upload([NOTE])
    with pytest.raises(NotFound):
        await ann.files.download(unposted)


async def test_too_many_files_are_refused_before_any_is_sent(world: World) -> None:
    bot, _ = await world.bot()
    conversation = await bot.chat.conversation_for("ann@example.com")
    with pytest.raises(RequestRefused, match="at most 10 files") as caught:
        await bot.chat.post(
            OutgoingMessage(conversation_id=conversation.id, text="Listen"), [NOTE] * (item_limit + 1)
        )
    assert caught.value.lasting
    assert not world.sandbox.hub.state.files


async def test_a_file_larger_than_the_server_takes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botkit.sandbox.file_api.file_limit", 1000)
    bot, _ = await world.bot()
    with pytest.raises(RequestRefused, match="too large"):
        await bot.session.files.upload([SOUND])


async def test_a_cookie_that_has_ended_is_renewed(world: World) -> None:
    bot, _ = await world.bot()
    world.sandbox.revoke(bot.me.id)
    conversation = await bot.chat.conversation_for("ann@example.com")
    await bot.chat.post(OutgoingMessage(conversation_id=conversation.id, text="Listen"), [NOTE])


async def test_a_session_by_token_cannot_renew_it(world: World) -> None:
    ann = await world.person("ann")
    token = await ann._tokens.token()
    session = CircuitSession(
        world.domain,
        client_id="page",
        access_token=Secret(token.reveal()),
        trust=world.sandbox.certificate,
    )
    await session.logon()
    world.sandbox.revoke(ann.me.id)
    with pytest.raises(LogonRefused):
        await session.files.upload([NOTE])
    await session.close()
