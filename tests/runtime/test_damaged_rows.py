"""Sessions, inputs and effects that nobody can read: set aside one by one, while the bot goes on."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from botkit.model.calls import CallCause
from botkit.ports.store import Commit, OutboxRow
from botkit.runtime import places
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

CALL = """
flow: x
start: [call_incoming]
steps:
  - choose: What?
    options: {one: {key: 1}, two: {key: 2}}
"""
WAIT = "flow: x\nstart: [item_added]\nsteps:\n  - wait: message\n    timeout: 1h\n  - say: Yes.\n"
FORM = """
flow: x
start: [item_added]
slots: {name: {ask: Who?}}
steps:
  - collect: [name]
    as: form
"""

DAMAGE = pytest.mark.parametrize("state", [b"\xff junk", b'["Session",{"id":1}]', b'["CallLost",{}]'])


async def damage(house: House, place: str, state: bytes = b"junk") -> str:
    """Make the state of the session there unreadable; its id."""
    row = await house.store.find(place)
    assert row is not None
    await house.store.commit(Commit(session=replace(row, revision=row.revision + 1, state=state)))
    return row.id


async def assert_set_aside(house: House, session_id: str) -> None:
    row = await house.store.session(session_id)
    assert row is not None
    assert (row.open, row.deadline) == (False, None)
    assert [line["what"] for line in await house.journal(session_id, "failed")] == [session_id]


async def in_wait(house: House) -> tuple[ScriptedPerson, str]:
    """A person whose session waits, and where."""
    house.flow(WAIT)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("go")
    await house.clock.settle()
    return ada, places.waiting_in(ada.direct.id, "", ada.user.id)


@DAMAGE
async def test_the_session_of_a_lost_call(
    house: House, state: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    house.flow(CALL)
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.advance(5)
    session_id = await damage(house, f"call:{call.id}", state)
    await house.kill()
    await house.start()
    await assert_set_aside(house, session_id)
    assert f"the session {session_id} cannot be read and is set aside" in caplog.text
    assert call.cause is CallCause.CALL_LOST
    following = await ScriptedPerson(house.platform, "Grace Hopper").call()
    await house.clock.settle()
    assert following.answer


async def test_what_was_missed_is_asked_for_all_the_same(house: House, asked: list[datetime | None]) -> None:
    house.flow(CALL)
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.advance(5)
    last = house.clock.now()
    await damage(house, f"call:{call.id}")
    await house.kill()
    await house.clock.advance(3600)
    await house.start()
    assert asked[1] is not None
    assert asked[1] < last


async def test_a_session_that_waits_for_a_message(house: House) -> None:
    ada, place = await in_wait(house)
    session_id = await damage(house, place)
    await ada.post("a new start")
    await house.clock.settle()
    await assert_set_aside(house, session_id)
    await ada.post("and an answer")
    await house.clock.settle()
    assert house.said(ada.direct) == ["Yes."]


async def test_a_session_that_waits_for_a_form(house: House) -> None:
    house.flow(FORM)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("go")
    await house.clock.settle()
    (item,) = house.items(ada.direct)
    session_id = await damage(house, places.form(item.form_id))
    await ada.submit(item.form_id, {"name": "Ada"})
    await house.clock.settle()
    await assert_set_aside(house, session_id)


async def test_a_session_whose_deadline_comes(house: House) -> None:
    _, place = await in_wait(house)
    session_id = await damage(house, place)
    await house.clock.advance(2 * 3600)
    await assert_set_aside(house, session_id)


async def test_an_effect(house: House, caplog: pytest.LogCaptureFixture) -> None:
    ada, place = await in_wait(house)
    row = await house.store.find(place)
    assert row is not None
    effect = OutboxRow(id="bad", key=f"conversation:{ada.direct.id}", session_id=row.id, payload=b"junk")
    await house.store.commit(Commit(outbox=[effect]))
    await house.kill()
    await house.start()
    assert [line["what"] for line in await house.journal(row.id, "failed")] == ["bad"]
    assert "the effect bad could not be carried out and is given up" in caplog.text
    await ada.post("again")
    await house.clock.settle()
    assert await house.store.effects() == []
