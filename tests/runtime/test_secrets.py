"""Answers to secret questions: nowhere but in the session that asked."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

import pytest

from botkit import step_handler
from botkit.flow import engine
from botkit.model.secret import MASK
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


ECHOED = """
flow: bank
start: [mention]
slots:
  phrase: {type: text, ask: Your pass phrase please., secret: true}
steps:
  - collect: [phrase]
    as: questions
  - run: login
    with: {phrase: "{{ phrase }}"}
    into: known
  - if: known
    then:
      - say: Right.
"""


@pytest.mark.parametrize("phrase", [r"one\two three", 'it\'s "quoted" twice', "first\nsecond"])
async def test_a_branch_that_reads_data_shows_no_secret_in_it_whatever_signs_it_has(
    house: House, phrase: str
) -> None:
    @step_handler
    def login(phrase: object) -> dict[str, object]:
        return {"all": [{"phrase": phrase}], "name": "Ada"}

    house.plug(login)
    house.flow(ECHOED)
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.mention("bank")
    await house.clock.settle()
    await ada.post(phrase)
    await house.clock.settle()
    assert house.said(ada.direct)[-1] == "Right."
    (read,) = [
        reason["read"]["known"]
        for line in await house.journal(f"item:{asked.id}", "turn")
        for reason in line["why"]
        if "known" in reason["read"]
    ]
    assert read == str({"all": [{"phrase": MASK}], "name": "Ada"})


async def test_a_question_that_quotes_a_secret(house: House) -> None:
    question = (
        "  - choose: Is {{ pin }} right?\n    options: {right: {words: [fine]}, wrong: {words: [bad]}}\n"
    )
    house.flow(FLOW.replace("  - if: pin\n", question + "  - if: pin\n"))
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.mention("bank")
    await house.clock.settle()
    await ada.post(PIN)
    await house.clock.settle()
    assert PIN in house.said(ada.direct)[-1]
    assert PIN not in await lines(house, f"item:{asked.id}")


async def test_a_fault_of_the_engine_that_quotes_a_secret(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.flow(FLOW.replace("  - if: pin\n", "  - wait: message\n    only: chat\n  - if: pin\n"))
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.mention("bank")
    await house.clock.settle()
    await ada.post(PIN)
    await house.clock.settle()

    def buggy(*arguments: object) -> None:
        raise RuntimeError(f"a bug at {PIN}")

    monkeypatch.setattr(engine, "step", buggy)
    await ada.post("go on")
    await house.clock.advance(10)
    (letter,) = await house.store.dead_letters()
    assert letter.cause == f"RuntimeError('a bug at {MASK}')"
    assert PIN not in await lines(house, f"item:{asked.id}")


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
        return {"code": pin, "note": note, f"of {pin}": {"holder": "Ada"}}

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
    assert '"of ***":{"holder":"Ada"}' in written
    assert PIN not in written


KINDS: dict[str, tuple[str, Callable[[int], str]]] = {
    "digits": ("{type: digits, length: 6, secret: true, ask: The secret?}", lambda chance: f"{chance:06d}"),
    "number": ("{type: number, secret: true, ask: The secret?}", lambda chance: str(1000 + chance)),
    "text": ("{secret: true, ask: The secret?}", lambda chance: f"xyzzy {chance:x} plugh"),
}
FIRST = """
flow: first
start: [call_incoming, mention]
slots:
  it: KIND
  copy: {ask: Nobody asks this.}
STEPS
"""
OTHER = """
flow: other
inputs: [given]
outputs: [back, own]
slots:
  given: {ask: Nobody asks this.}
  back: {ask: Nor this.}
  own: {ask: Nor that.}
steps:
  - set: {back: "{{ given }}", own: "so: {{ given }}"}
  - if: given == "nothing"
    then:
      - say: Nothing.
  - say: It is {{ given }}.
"""
USES = (
    '- set: {copy: "a {{ it }} b"}',
    "- say: You said {{ it }}.",
    '- if: it != "nothing"\n    then:\n      - say: Fine.',
    "- switch: it\n    cases:\n      nothing: [{say: None.}]\n      otherwise: [{say: Some.}]",
    '- call: other\n    with: {given: "{{ it }}"}\n    into: result',
    '- call: other\n    with: {given: "{{ copy }}"}\n    into: result',
    '- run: echo\n    with: {told: "{{ it }}", copied: "{{ copy }}"}\n    into: answer',
    '- run: refuse\n    with: {told: "{{ it }}"}\n    outcomes:\n      otherwise: [{say: Refused.}]',
    '- post: "The secret is {{ it }}."\n    to: olivia@example.com',
    '- http: POST https://api.example.com/\n    json: {it: "{{ it }}"}\n    into: page\n'
    "    outcomes:\n      otherwise: [{say: No answer.}]",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["chat", "form", "call"])
@pytest.mark.parametrize("seed", range(2))
async def test_a_secret_in_whatever_flow_is_written_down_nowhere(
    house: House, caplog: pytest.LogCaptureFixture, kind: str, by: str, seed: int
) -> None:
    if by == "call" and kind == "text":
        pytest.skip("a text is not keyed")
    caplog.set_level(logging.DEBUG)
    chance = random.Random(f"{kind} {by} {seed}")
    slot, make = KINDS[kind]
    secret = make(chance.randrange(100_000, 999_999))

    @step_handler
    def echo(told: object, copied: object) -> dict[str, object]:
        return {"told": told, "list": [copied, {"deep": told}]}

    @step_handler
    def refuse(told: object) -> None:
        raise LookupError("there is no such customer")

    house.plug(echo, refuse)
    ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")
    ask = (
        "collect: [it]"
        if by == "call"
        else f"collect: [it]\n    as: {'form' if by == 'form' else 'questions'}"
    )
    uses = [USES[0], *chance.choices(USES, k=6)]
    steps = "steps:\n" + "".join(f"  {step}\n" for step in [f"- {ask}", *uses, "- wait: 1s", *uses])
    house.flow(FIRST.replace("KIND", slot).replace("STEPS", steps))
    house.flow(OTHER)
    await house.start()
    ada = ScriptedPerson(house.platform)
    if by == "call":
        session_id = f"call:{(await ada.call()).id}"
        await house.clock.advance(3)
        house.audio.legs[-1].press(secret + "#" * (kind == "number"))
    else:
        session_id = f"item:{(await ada.post('go')).id}"
        await house.clock.settle()
        if by == "form":
            form = (await ada.next_message()).form
            assert form is not None
            await ada.submit(form, {"it": secret})
        else:
            await ada.post(secret)
    await house.clock.advance(120)
    rows = [*await house.store.journal(session_id), *await house.store.journal("")]
    assert any(b"***" in row.data for row in rows), "the answer came, and is masked"
    assert [row for row in rows if secret.encode() in row.data] == []
    assert secret not in caplog.text
