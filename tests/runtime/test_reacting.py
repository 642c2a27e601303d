"""Reactions: at the right message, in order with what is said, and no harm where they cannot be."""

from __future__ import annotations

import pytest

from botkit.hooks import Context, hook
from botkit.ports.connector import Capabilities
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

REPORT = """
flow: report
start: [mention]
slots:
  text: {ask: What has happened?}
steps:
  - react: like
  - collect: [text]
    as: questions
  - say: Thank you.
  - react: like
  - end: Goodbye.
"""


@pytest.fixture
def ada(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform)


@pytest.fixture
async def started(house: House) -> House:
    house.flow(REPORT)
    await house.start()
    return house


def liked(house: House, person: ScriptedPerson) -> list[str]:
    """What the person wrote and the bot likes."""
    items = house.platform.items(person.direct.id)
    return [each.text for each in items if each.likes == (house.platform.bot.id,)]


async def test_the_messages_that_led_to_it_are_liked(started: House, ada: ScriptedPerson) -> None:
    first = await ada.post("Help!")
    await started.clock.settle()
    assert liked(started, ada) == ["Help!"]
    await ada.post("The lift is broken.")
    await started.clock.settle()
    assert liked(started, ada) == ["Help!", "The lift is broken."]
    line, _ = await started.journal(f"item:{first.id}", "reacted")
    assert (line["item"], line["reaction"]) == (first.id, "like")


async def test_it_keeps_its_place_among_the_messages(started: House, ada: ScriptedPerson) -> None:
    first = await ada.post("Help!")
    await started.clock.settle()
    started.connector.hold_posts()
    await ada.post("The lift is broken.")
    await started.clock.settle()
    assert liked(started, ada) == ["Help!"], "what is said before it has not been posted"
    started.connector.release_posts()
    await started.clock.settle()
    rows = await started.store.journal(f"item:{first.id}")
    assert [row.kind for row in rows if row.kind != "turn"][-3:] == ["posted", "reacted", "posted"]


async def test_a_flow_that_a_handler_starts_reacts_to_the_message_too(
    house: House, ada: ScriptedPerson
) -> None:
    @hook
    async def mention(ctx: Context) -> None:
        await ctx.start("report")
        ctx.stop()

    house.flow(REPORT)
    house.plug(mention)
    await house.start()
    await ada.mention("Help!")
    await house.clock.settle()
    assert liked(house, ada) == ["@Bot Help!"]


async def test_where_there_are_no_reactions_nothing_is_missed(house: House, ada: ScriptedPerson) -> None:
    house.capabilities = Capabilities(reactions=False)
    house.flow(REPORT)
    await house.start()
    first = await ada.post("Help!")
    await house.clock.settle()
    await ada.post("The lift is broken.")
    await house.clock.settle()
    assert house.said(ada.direct)[-2:] == ["Thank you.", "Goodbye."]
    assert liked(house, ada) == []
    turns = await house.journal(f"item:{first.id}", "turn", "failed")
    ways = [each["branch"] for turn in turns for each in turn["why"] if each["verb"] == "react"]
    assert ways == ["passed_over", "passed_over"]


async def test_a_platform_that_is_busy_is_asked_again(started: House, ada: ScriptedPerson) -> None:
    started.connector.fail_posts(2)
    await ada.post("Help!")
    await started.clock.advance(10)
    assert liked(started, ada) == ["Help!"]
    assert started.said(ada.direct) == ["What has happened?"]


async def test_a_message_that_cannot_be_reacted_to_holds_nothing_up(
    started: House, ada: ScriptedPerson
) -> None:
    started.connector.fail_posts(lasting=True)
    first = await ada.post("Help!")
    await started.clock.settle()
    await ada.post("The lift is broken.")
    await started.clock.settle()
    assert liked(started, ada) == ["The lift is broken."]
    assert started.said(ada.direct) == ["What has happened?", "Thank you.", "Goodbye."]
    (fault,) = await started.journal(f"item:{first.id}", "failed")
    assert "refused" in fault["error"]
