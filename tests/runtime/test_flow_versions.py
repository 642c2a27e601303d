"""Flows that change while people are in them, in a bot that runs and in one that is started again."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from botkit.hooks import step_handler
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

LUNCH = """
flow: lunch
start: [mention]
slots:
  name: {ask: "What is your name?"}
  dish: {ask: "What would you like?"}
steps:
  - collect: [name, dish]
    as: questions
  - say: "{{ name }} gets {{ dish }}."
"""
DINNER = LUNCH.replace("would you like", "shall it be").replace("gets", "will get")


async def begun(house: House) -> tuple[ScriptedPerson, str]:
    """Somebody who was asked for a name, and the session's id."""
    house.flow(LUNCH)
    await house.start()
    ada = ScriptedPerson(house.platform)
    item = await ada.post("lunch")
    await house.clock.settle()
    return ada, f"item:{item.id}"


async def answers(house: House, ada: ScriptedPerson, *texts: str) -> list[str]:
    """What the bot says to these messages."""
    before = len(house.said(ada.direct))
    for text in texts:
        await ada.post(text)
        await house.clock.settle()
    return house.said(ada.direct)[before:]


async def reasons(house: House, session_id: str) -> list[str]:
    """Which version each turn went on with, where it was another one."""
    turns = await house.journal(session_id, "turn")
    return [why["branch"] for turn in turns for why in turn["why"] if why["verb"] == "version"]


async def test_who_is_in_it_goes_on_and_who_comes_gets_the_new_one(house: House) -> None:
    ada, session_id = await begun(house)
    await house.change_flow(DINNER)
    assert await answers(house, ada, "Ada", "Soup") == ["What would you like?", "Ada gets Soup."]
    assert await reasons(house, session_id) == ["pinned", "pinned"]
    bob = ScriptedPerson(house.platform, "Bob")
    assert await answers(house, bob, "lunch", "Bob") == ["What is your name?", "What shall it be?"]


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_pinned_session_outlives_the_process(house: House, end: str) -> None:
    ada, session_id = await begun(house)
    await house.change_flow(DINNER)
    await (house.stop() if end == "stop" else house.kill())
    await house.start()
    assert await answers(house, ada, "Ada", "Soup") == ["What would you like?", "Ada gets Soup."]
    assert await reasons(house, session_id) == ["pinned", "pinned"]


async def test_flows_that_changed_while_the_bot_was_away(house: House) -> None:
    ada, _ = await begun(house)
    await house.stop()
    house.rewrite(DINNER)
    await house.start()
    assert await answers(house, ada, "Ada", "Soup") == ["What would you like?", "Ada gets Soup."]


async def test_migrate_and_restart(house: House) -> None:
    ada, session_id = await begun(house)
    await house.change_flow(DINNER + "on_change: migrate\n")
    assert await answers(house, ada, "Ada") == ["What shall it be?"]
    await house.change_flow(DINNER + "on_change: restart\n")
    assert await answers(house, ada, "Soup") == ["What is your name?"]
    assert await answers(house, ada, "Ida", "Salad") == ["What shall it be?", "Ida will get Salad."]
    assert await reasons(house, session_id) == ["migrated", "restarted"]


async def test_a_deadline_runs_on_the_version_that_set_it(house: House) -> None:
    ada, session_id = await begun(house)
    await house.change_flow(DINNER + "when:\n  no_input:\n    - say: Too late.\n")
    await house.clock.advance(25 * 3600)
    row = await house.store.session(session_id)
    assert row is not None
    assert not row.open
    assert "Too late." not in house.said(ada.direct)


async def test_versions_that_nobody_is_in_are_forgotten_at_the_start(house: House) -> None:
    ada, _ = await begun(house)
    first = next(iter(await house.store.versions_in_use()))
    await house.change_flow(DINNER)
    assert await house.store.version(first)
    await answers(house, ada, "Ada", "Soup")
    await house.stop()
    await house.start()
    assert await house.store.version(first) is None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("DELETE FROM versions", "it is not kept"),
        ("UPDATE versions SET data = replace(data, 'collect', 'plugged')", "There is no verb `plugged`"),
        ("UPDATE versions SET data = replace(data, 'gets', 'has')", "means something else"),
        ("UPDATE versions SET data = 'damaged'", "no version of flows"),
    ],
)
async def test_a_version_that_cannot_be_had_any_more_goes_over_to_todays(
    house: House, caplog: pytest.LogCaptureFixture, tmp_path: Path, spoil: str, reason: str
) -> None:
    ada, session_id = await begun(house)
    await house.stop()
    house.rewrite(DINNER)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db, db:
        db.execute(spoil)
    await house.start()
    (warning,) = (record.message for record in caplog.records if record.levelno == logging.WARNING)
    assert warning.startswith("1 open session goes on with the flows of today")
    assert reason in warning
    assert await answers(house, ada, "Ada") == ["What is your name?"]
    assert await answers(house, ada, "Ada", "Soup") == ["What shall it be?", "Ada will get Soup."]
    assert await reasons(house, session_id) == ["asked_again"]


async def test_what_is_being_dealt_with_ends_with_the_flows_it_came_to(house: House) -> None:
    may_return = asyncio.Event()

    @step_handler
    async def cook() -> str:
        await may_return.wait()
        return "soup"

    house.plug(cook)
    house.flow("flow: lunch\nstart: [mention]\nsteps:\n  - run: cook\n    into: x\n  - say: It is {{ x }}.\n")
    await house.start()
    ada = ScriptedPerson(house.platform)
    await answers(house, ada, "lunch")
    await house.change_flow("flow: lunch\nstart: [mention]\nsteps:\n  - say: Closed.\n")
    may_return.set()
    await house.clock.settle()
    assert house.said(ada.direct) == ["It is soup."]
    assert await answers(house, ada, "lunch") == ["Closed."]


PHONE = """
flow: phone
start: [call_incoming]
steps:
  - choose: Well?
    options: {one: {key: 1, go: first}, two: {key: 2, go: first}}
  - id: first
    say: Thank you.
"""


async def test_a_call_goes_on_with_the_version_it_began_with(house: House) -> None:
    house.flow(PHONE)
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.advance(4)
    await house.change_flow(PHONE.replace("Thank you", "Good bye") + "on_change: restart\n")
    house.audio.legs[-1].press("1")
    await house.clock.advance(6)
    assert house.voice is not None
    assert house.voice.said[-1] == "Thank you."
    assert await reasons(house, f"call:{call.id}") == ["pinned"]


async def test_a_call_migrates_where_that_is_said(house: House) -> None:
    house.flow(PHONE)
    await house.start()
    await ScriptedPerson(house.platform).call()
    await house.clock.advance(4)
    await house.change_flow(PHONE.replace("Thank you", "Good bye") + "on_change: migrate\n")
    house.audio.legs[-1].press("1")
    await house.clock.advance(6)
    assert house.voice is not None
    assert house.voice.said[-1] == "Good bye."


async def test_who_is_called_hears_the_version_of_who_has_them_called(house: House) -> None:
    alarm = """
flow: alarm
start: [mention]
steps:
  - wait: 1h
  - dial: bob@example.com
    flow: tell
  - say: Told.
flows:
  tell:
    steps:
      - say: It burns.
"""
    house.flow(alarm)
    await house.start()
    bob = ScriptedPerson(house.platform, "Bob", "bob@example.com")
    ada = ScriptedPerson(house.platform)
    await answers(house, ada, "alarm")
    await house.change_flow(alarm.replace("It burns.", "All is well."))
    await house.clock.advance(3600)
    await (await bob.next_call()).pick_up()
    await house.clock.advance(5)
    assert house.voice is not None
    assert house.voice.said == ["It burns."]
    assert house.said(ada.direct) == ["Told."]
