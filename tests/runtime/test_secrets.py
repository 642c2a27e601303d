"""Answers to secret questions: nowhere but in the session that asked."""

from __future__ import annotations

import logging

import pytest

from botkit import step_handler
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

PIN = "740518"
FLOW = """
flow: bank
start: [call_incoming, mention]
slots:
  pin: {type: digits, length: 6, ask: Your PIN please., secret: true}
steps:
  - collect: [pin]
    as: questions
  - if: pin
    then:
      - end: Right.
  - end: Wrong.
"""


async def lines(house: House, session_id: str) -> str:
    return "\n".join(row.data.decode() for row in await house.store.journal(session_id))


async def test_keys(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house.flow(FLOW)
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.advance(3)
    house.audio.legs[-1].press(PIN)
    await house.clock.advance(5)
    assert house.voice is not None
    assert "Right." in house.voice.said
    written = await lines(house, f"call:{call.id}")
    assert '"digits":"***"' in written
    assert PIN not in written
    assert PIN not in caplog.text


async def test_text(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house.flow(FLOW)
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.post("bank")
    await house.clock.settle()
    await ada.post(PIN)
    await house.clock.settle()
    assert house.said(ada.direct)[-1] == "Right."
    written = await lines(house, f"item:{asked.id}")
    assert '"text":"***"' in written
    assert PIN not in written
    assert PIN not in caplog.text


async def test_a_form(house: House) -> None:
    house.flow(FLOW.replace("as: questions", "as: form"))
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.post("bank")
    await house.clock.settle()
    form = (await ada.next_message()).form
    assert form is not None
    await ada.submit(form, {"pin": PIN})
    await house.clock.settle()
    assert house.said(ada.direct)[-1] == "Right."
    assert PIN not in await lines(house, f"item:{asked.id}")


async def test_an_answer_that_is_refused_is_a_secret_too(house: House) -> None:
    house.flow(FLOW)
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.post("bank")
    await house.clock.settle()
    await ada.post("my PIN is 7405")
    await house.clock.settle()
    assert "7405" not in await lines(house, f"item:{asked.id}")


COPIED = """
flow: bank
start: [mention]
slots:
  pin: {type: digits, length: 6, ask: Your PIN please., secret: true}
steps:
  - collect: [pin]
    as: questions
  - set: {note: "code {{ pin }}"}
  - run: login
    with: {pin: "{{ pin }}", note: "{{ note }}"}
    into: known
  - end: "{{ 'Right.' if known.code == pin else 'Wrong.' }}"
"""


async def test_what_handlers_get_and_return(house: House) -> None:
    @step_handler
    def login(pin: str, note: str) -> dict[str, object]:
        return {"code": pin, "note": note}

    house.plug(step_handler(login))
    house.flow(COPIED)
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.post("bank")
    await house.clock.settle()
    await ada.post(PIN)
    await house.clock.settle()
    assert house.said(ada.direct)[-1] == "Right."
    written = await lines(house, f"item:{asked.id}")
    assert '"note":"code ***"' in written
    assert PIN not in written
