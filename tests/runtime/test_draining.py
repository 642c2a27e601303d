"""A bot that shall end: calls talk to their end, new ones are busy, nothing else begins."""

from __future__ import annotations

import asyncio
import logging

import pytest

from botkit.model.calls import CallCause
from botkit.testing import ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import ring

PHONE = """\
flow: phone
start: [call_incoming]
steps:
  - id: menu
    choose: Tea or coffee?
    options: {tea: {key: 1}, coffee: {key: 2}}
    into: drink
  - end: Goodbye.
"""

DIALS = """\
flow: dials
start: [mention]
steps:
  - say: I call you.
  - dial: "{{ user.email }}"
    flow: spoken
  - end: Done.
"""

SPOKEN = """\
flow: spoken
steps:
  - end: Hello.
"""


async def test_a_call_talks_to_its_end_and_then_the_bot_ends(house: House) -> None:
    line = await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    await house.clock.settle()
    assert not draining.done()
    assert (await house.runtime.condition.hindrances())["bot"].startswith("draining")
    await line.press("1")
    await house.clock.advance(5)
    assert line.texts()[-1] == "Goodbye."
    assert draining.done()


async def test_who_calls_meanwhile_is_told_that_it_is_busy(house: House) -> None:
    line = await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    await house.clock.settle()
    other = await ScriptedPerson(house.platform, "Bob", "bob@example.com").call()
    await house.clock.settle()
    assert other.cause is CallCause.BUSY
    assert line.call.cause is None
    draining.cancel()


async def test_when_the_time_is_up_calls_are_ended_and_their_flows_told(house: House) -> None:
    line = await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    await house.clock.advance(29)
    assert not draining.done()
    await house.clock.advance(2)
    assert draining.done()
    assert line.call.cause is None
    await house.stop()
    assert line.call.cause is CallCause.ENDED
    await house.start()
    assert (await line.answers())[-1] == ["HungUp", {"cause": "ended"}]


async def test_chats_go_on_while_calls_are_waited_for(house: House) -> None:
    house.flow("flow: chat\nstart: [mention]\nsteps:\n  - end: Hello.\n")
    await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    person = ScriptedPerson(house.platform, "Bob", "bob@example.com")
    await person.post("hi")
    await house.clock.settle()
    assert house.said(person.direct) == ["Hello."]
    draining.cancel()


async def test_a_call_that_the_bot_should_make_waits_for_the_next_start(house: House) -> None:
    house.flow(SPOKEN)
    house.flow(DIALS)
    await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    await house.clock.settle()
    person = ScriptedPerson(house.platform, "Bob", "bob@example.com")
    await person.post("call me")
    await house.clock.settle()
    assert house.said(person.direct) == ["I call you."]
    draining.cancel()
    await house.stop()
    assert person.missed() == []
    await house.start()
    await house.clock.advance(90)
    assert len(person.missed()) == 1


async def test_without_a_call_it_takes_no_time(house: House) -> None:
    house.flow(PHONE)
    await house.start()
    before = house.clock.now()
    await house.runtime.drain(30)
    assert house.clock.now() == before


async def test_it_leaves_no_task(house: House) -> None:
    await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    await house.clock.settle()
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)
    await house.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_log_tells_that_it_drains_what_is_left_and_that_it_is_over(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "botkit.runtime")
    line = await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    await house.clock.settle()
    assert (
        "draining, for 30 s at most: 1 call talks or rings, 0 events wait, 0 effects are not done"
        in caplog.text
    )
    assert "drained" not in caplog.text
    await line.press("1")
    await house.clock.advance(5)
    assert draining.done()
    assert "drained: no call is left" in caplog.text


async def test_the_log_tells_how_many_calls_are_hung_up(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "botkit.runtime")
    await ring(house, PHONE)
    draining = asyncio.create_task(house.runtime.drain(30))
    await house.clock.advance(31)
    assert draining.done()
    assert "drained: 1 call is hung up" in caplog.text
