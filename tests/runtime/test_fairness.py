"""Who waits for whom when the platform takes only so much: nobody longer than one's own turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from botkit.circuit.throttle import Throttle
from botkit.hooks import Context, hook
from botkit.model.events import MessageReceived
from botkit.model.items import Item, OutgoingMessage
from botkit.ports.connector import Attachment
from botkit.testing import ScriptedPerson
from tests.runtime.house import House


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    for number in range(int(message.text)):
        await ctx.say(str(number))


def test_the_throttle_keeps_to_what_the_platform_takes() -> None:
    """At most 20 requests in any 2 s on one link."""
    throttle = Throttle()
    sent = [throttle.reserve(0.0) for _ in range(45)]
    assert Counter(sent) == {0.0: 20, 2.0: 20, 4.0: 5}


async def test_a_long_answer_in_one_conversation_delays_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the platform's pace: of 200 messages to one and one each to ten others those ten are the first."""
    throttle = Throttle()
    house.plug(item_added)
    await house.start()
    post = house.connector.chat.post

    async def paced(message: OutgoingMessage, attachments: Sequence[Attachment] = ()) -> Item:
        await house.clock.sleep(throttle.reserve(house.clock.monotonic()))
        return await post(message, attachments)

    monkeypatch.setattr(house.connector.chat, "post", paced)
    ada = ScriptedPerson(house.platform)
    others = [ScriptedPerson(house.platform, f"Person {number}") for number in range(10)]
    await ada.post("200")
    for person in others:
        await person.post("1")
    await house.clock.advance(0.1)
    assert [house.said(person.direct) for person in others] == [["0"]] * 10
    await house.clock.advance(60)
    assert house.said(ada.direct) == [str(number) for number in range(200)], "in order, and all"
