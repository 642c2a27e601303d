"""The bot that ships, as a newcomer meets it: the page, the sandbox, the corridor, the voice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from chromium import Chromium
from page_people import SOUNDS, call, log_in

from botkit.cli.shipped import front_desk
from botkit.testing.world import World

PATIENCE = 30.0
LOST = 10
"""Packets that a busy machine may lose; the pause of a hold would be a hundred of them."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(front_desk(), state=tmp_path) as made:
        yield made


async def lines_of(world: World, session_id: str, kind: str) -> list[dict[str, Any]]:
    """Those of a call's journal, once there are any: some are written when the page has heard the end."""
    async with asyncio.timeout(PATIENCE):
        while True:
            rows = await world.live_bot.store.journal(session_id)
            if found := [json.loads(row.data) for row in rows if row.kind == kind]:
                return found
            await asyncio.sleep(0.02)


async def test_chat_by_mention_form_and_words(browser: Chromium, world: World) -> None:
    tab = await log_in(browser, world.sandbox, "Ann")
    await tab.click("#conversation-list .row", "Front desk")
    await tab.click("#composer .composer-text")
    await tab.type("@")
    await tab.wait_for_text(".proposal", "Front desk bot")
    await tab.press("Enter")
    await tab.type("help")
    await tab.press("Enter")
    await tab.wait_for_text(".replies .message", "Welcome to Example Ltd.")
    await tab.click(".replies button", "leaving a message")
    await tab.wait_for_text(".replies .message", "What is your name?")
    await tab.click(".thread .reply", "Reply")
    for answer, then in (("Ann Archer", "Which number may we call back?"), ("5550123", "Goodbye.")):
        await tab.type(answer)
        await tab.press("Enter")
        await tab.wait_for_text(".replies .message", then)
    assert tab.problems == []

    operator = await log_in(browser, world.sandbox, "Olivia")
    await operator.click("#conversation-list .row:has(.badge)")
    await operator.wait_for_text(".message", "Ann Archer asks for a call back: 5550123")
    assert operator.problems == []


async def test_who_is_alone_with_the_bot_just_writes(browser: Chromium, world: World) -> None:
    tab = await log_in(browser, world.sandbox, "Ann")
    await tab.click("#people-list .row", "Front desk bot")
    await tab.wait_for_text(".hint", "Say hello to Front desk bot")
    await tab.wait_for("document.activeElement.matches('#composer .composer-text')")
    for words, answer in (("Hello", "What can I do for you?"), ("hours", "from nine to five")):
        await tab.type(words)
        await tab.press("Enter")
        await tab.wait_for_text(".message", answer)
    await tab.wait_for_text(".message", "Goodbye.")
    await tab.type("My laptop is broken")
    await tab.press("Enter")
    await tab.wait_for_text(".message", "I am sorry to hear that.")
    assert tab.problems == []


async def test_a_call_is_answered_and_a_key_interrupts_the_menu(deaf_browser: Chromium, world: World) -> None:
    # Without a microphone: the beeps of the browser's own would interrupt the menu before the key does.
    tab = await log_in(deaf_browser, world.sandbox, "Ben")
    await call(tab)
    await tab.wait_for_text(".phone-state", "In a call")
    await tab.wait_for(SOUNDS)
    (session,) = await world.live_bot.store.open_sessions("call:")
    await tab.click(".key", "1")
    await tab.click(".key", "1")
    await tab.wait_for_text(".phone-state", "Call ended")
    rows = await world.live_bot.store.journal(session.id)
    played = [json.loads(row.data) for row in rows if row.kind == "played"]
    hours = [row for row in played if "nine to five" in row["text"]]
    assert len(hours) == 1
    assert any(row["cut"] for row in played), "no key interrupted anything"
    assert tab.problems == []


async def test_a_caller_holds_the_menu_and_hears_the_rest_of_it_afterwards(
    deaf_browser: Chromium, world: World
) -> None:
    tab = await log_in(deaf_browser, world.sandbox, "Ben")
    await call(tab)
    await tab.wait_for(SOUNDS)
    (session,) = await world.live_bot.store.open_sessions("call:")
    await tab.click(".phone-hold")
    await tab.wait_for_text(".phone-state", "On hold")
    await tab.wait_for(f"!({SOUNDS})")
    await tab.click(".phone-hold")
    await tab.wait_for_text(".phone-state", "In a call")
    await tab.wait_for(SOUNDS)
    await tab.click(".key", "1")
    await tab.wait_for_text(".phone-state", "Call ended")
    (line,) = await lines_of(world, session.id, "media")
    assert line["sent"] > 50
    assert line["far_lost"] < LOST
    assert not [row for row in await world.live_bot.store.journal(session.id) if row.kind == "failed"]
    assert tab.problems == []


async def test_a_caller_is_put_through_to_the_operator(browser: Chromium, world: World) -> None:
    ann = await log_in(browser, world.sandbox, "Ann")
    olivia = await log_in(browser, world.sandbox, "Olivia")
    await call(ann)
    await ann.wait_for_text(".phone-state", "In a call")
    await ann.click(".key", "3")
    await ann.wait_for_text(".transcript-line", "I put you through.")
    await olivia.wait_for_text(".incoming-words", "Front desk bot")
    await olivia.click(".incoming-answer")
    await olivia.wait_for_text(".phone-state", "In a call")
    # Each hears the beeps of the other's microphone.
    await olivia.wait_for(SOUNDS)
    await ann.wait_for(SOUNDS)
    await olivia.click(".phone-hang-up")
    await ann.wait_for_text(".phone-state", "Call ended")
    assert ann.problems == olivia.problems == []
