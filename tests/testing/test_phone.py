"""A scripted person's phone, hung up at each moment of a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.errors import CallFailed
from botkit.circuit.wire import Json
from botkit.model.events import CallEnded, CallOffered
from botkit.testing.phone import Phone
from tests.circuit.world import World, world_in


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path) as world:
        yield world


@pytest.mark.parametrize("silent", [actions.GET_CONVERSATION_BY_ID, actions.PREPARE, actions.JOIN])
async def test_while_the_server_owes_an_answer(
    world: World, silent: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    direct = await ann.conversations.direct(bot.me.id)
    request = ann.request
    done, answer = asyncio.Event(), asyncio.Event()

    async def slowly(action: Action, data: Mapping[str, object] | None = None) -> Json:
        result = await request(action, data)
        if action == silent:
            done.set()
            await answer.wait()
        return result

    monkeypatch.setattr(ann, "request", slowly)
    phone = Phone(ann)
    async with asyncio.timeout(30):
        dialling = asyncio.create_task(phone.dial(direct.conversation.id))
        await done.wait()
        await phone.hang_up()
        answer.set()
        with pytest.raises(CallFailed):
            await dialling
        # What is answered now comes behind all that the phone asked for.
        await ann.users.get(ann.me.id)
    if silent == actions.JOIN:
        await told.first(CallEnded)
    else:
        assert told.all(CallOffered) == []


async def test_after_dialling_was_given_up(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    direct = await ann.conversations.direct(bot.me.id)
    phone = Phone(ann)
    async with asyncio.timeout(30):
        dialling = asyncio.create_task(phone.dial(direct.conversation.id))
        await told.first(CallOffered)
        dialling.cancel()
        await asyncio.gather(dialling, return_exceptions=True)
        await phone.hang_up()
        await told.first(CallEnded)


async def test_before_dialling_and_twice(world: World) -> None:
    _, told = await world.bot()
    ann = await world.person("ann")
    phone = Phone(ann)
    await phone.hang_up()
    await phone.hang_up()
    assert told.all(CallOffered) == []
