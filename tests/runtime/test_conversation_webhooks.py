"""The step `conversation_webhook` in a bot: done once, whatever happens to the bot."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.ports.connector import Capabilities
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House
from tests.runtime.survival import Survivor

FLOW = """
flow: alarms
start:
  - mention: {words: [create, suspend, resume, delete]}
steps:
  - switch: event.text
    cases:
"""
for word in ("create", "suspend", "resume", "delete"):
    FLOW += f"""
      {word}:
        - conversation_webhook: alarms
          action: {word}
          into: hook
          outcomes:
            otherwise:
              - end: "{{{{ event.name }}}}: {{{{ event.detail }}}}"
        - end: "Done {{{{ hook.url }}}}."
"""
URL = "https://platform.invalid/webhooks/"


@pytest.fixture
async def bot(house: House) -> House:
    house.flow(FLOW)
    await house.start()
    return house


async def say(house: House, person: ScriptedPerson, *words: str) -> list[str]:
    """What the bot says to these."""
    before = len(house.said(person.direct))
    for word in words:
        await person.mention(word)
        await house.clock.settle()
        await house.clock.advance(20)
    return house.said(person.direct)[before:]


async def test_one_is_made_and_found_again_by_its_name(bot: House) -> None:
    ada = ScriptedPerson(bot.platform)
    first, second = await say(bot, ada, "create", "create")
    assert first == second
    assert first.startswith(f"Done {URL}")
    (made,) = bot.platform.webhooks.values()
    assert (made.name, made.conversation_id) == ("alarms", ada.direct.id)
    bot.platform.post_by_webhook(made.id, "Water!")
    assert bot.said(ada.direct)[-1] == "Water!"


async def test_its_whole_life(bot: House) -> None:
    ada = ScriptedPerson(bot.platform)
    await say(bot, ada, "create")
    await say(bot, ada, "suspend")
    assert [each.enabled for each in bot.platform.webhooks.values()] == [False]
    await say(bot, ada, "resume")
    assert [each.enabled for each in bot.platform.webhooks.values()] == [True]
    await say(bot, ada, "delete", "delete")
    assert not bot.platform.webhooks
    (told,) = await say(bot, ada, "suspend")
    assert told == "error.conversation_webhook.not_found: the conversation has no webhook alarms"


async def test_a_platform_without_any(house: House) -> None:
    house.capabilities = Capabilities(conversation_webhooks=False)
    house.flow(FLOW)
    await house.start()
    (told,) = await say(house, ScriptedPerson(house.platform), "create")
    assert told.startswith("error.conversation_webhook.refused: the platform has no webhooks")


async def test_the_journal_has_what_was_done_without_the_address(bot: House) -> None:
    ada = ScriptedPerson(bot.platform)
    item = await ada.mention("create")
    await bot.clock.settle()
    session = f"item:{item.id}"
    (line,) = await bot.journal(session, "webhook_changed")
    assert (line["action"], line["name"], line["outcome"]) == ("create", "alarms", "done")
    turns = str(await bot.journal(session, "turn", "webhook_changed"))
    assert URL not in turns


@pytest.mark.parametrize("after", [False, True])
async def test_a_bot_that_dies_anywhere_makes_one(tmp_path: Path, after: bool) -> None:
    died = 1
    number = 0
    while died:
        number += 3
        home = tmp_path / f"{number}"
        home.mkdir()
        house = House(home, VirtualClock())
        house.flow(FLOW)
        ada = ScriptedPerson(house.platform)
        bot = Survivor(house, (number, after))
        await bot.start()
        await bot.act(ada.mention("create"))
        for _ in range(5):
            await bot.advance(30)
        bot.spare()
        assert len(house.platform.webhooks) == 1
        assert len(house.said(ada.direct)) == 1
        died = bot.died
        await house.close()
    assert number > 20
