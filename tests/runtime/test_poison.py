"""Events that nobody can deal with: tried again, set aside with their cause, never in the way of others."""

from __future__ import annotations

import asyncio

import pytest

from botkit import step_handler
from botkit.flow import engine
from botkit.hooks import Context, hook
from botkit.model.events import MessageReceived, WebhookReceived
from botkit.model.inputs import DeadlineReached
from botkit.ports.store import Commit, DeadLetter, InboxRow, StoreError
from botkit.runtime import inbox
from botkit.runtime.admission import Admission
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

ASK = """
flow: x
start: [item_added]
steps:
  - wait: message
    timeout: 1h
  - say: Yes.
"""
APOLOGY = "Sorry, something went wrong here. Please try again later."


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    await ctx.say(message.text)


class Bug:
    """What fails, as often as it is told to."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: object, name: str, only: str = "") -> None:
        self.failures = 10**9
        real = getattr(owner, name)

        def buggy(*arguments: object) -> object:
            if self.failures and only in repr(arguments):
                self.failures -= 1
                raise RuntimeError("a bug")
            return real(*arguments)

        patch.setattr(owner, name, buggy)


@pytest.fixture
async def ada(house: House) -> ScriptedPerson:
    house.plug(item_added)
    await house.start()
    return ScriptedPerson(house.platform)


async def letters(house: House) -> list[DeadLetter]:
    return list(await house.store.dead_letters())


async def test_an_event_that_fails_twice_is_dealt_with_at_the_third_try(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug = Bug(monkeypatch, Admission, "message", "poison")
    bug.failures = 2
    await ada.post("poison")
    await ada.post("behind it")
    await house.clock.advance(2.9)
    assert house.said(ada.direct) == [], "it waits 1 s, then 2 s, and its own conversation with it"
    await house.clock.advance(0.1)
    assert house.said(ada.direct) == ["poison", "behind it"]
    assert await letters(house) == []


async def test_an_event_that_always_fails_is_set_aside_with_its_cause_and_revived(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug = Bug(monkeypatch, Admission, "message", "poison")
    item = await ada.post("poison")
    await ada.post("behind it")
    await house.clock.advance(10)
    assert house.said(ada.direct) == ["behind it"]
    (letter,) = await letters(house)
    assert (letter.id, letter.cause, letter.tries) == (f"item:{item.id}", "RuntimeError('a bug')", 3)
    assert [line["what"] for line in await house.journal("", "failed")] == [letter.id]
    bug.failures = 0
    assert await house.store.revive(letter.id)
    await ada.post("rings the inbox")
    await house.clock.settle()
    assert sorted(house.said(ada.direct)) == ["behind it", "poison", "rings the inbox"]
    assert await letters(house) == []


async def test_poison_in_more_conversations_than_turns_are_under_way_at_once_holds_up_nobody(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    Bug(monkeypatch, Admission, "message", "poison")
    for number in range(2 * inbox.TURNS_AT_ONCE):
        await ScriptedPerson(house.platform, f"Person {number}").post("poison")
    await ada.post("hello")
    await house.clock.settle()
    assert house.said(ada.direct) == ["hello"]
    await house.clock.advance(10)
    assert (await house.store.counts()).dead == 2 * inbox.TURNS_AT_ONCE


async def test_a_stop_does_not_wait_for_the_next_try(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug = Bug(monkeypatch, Admission, "message", "poison")
    await ada.post("poison")
    await house.clock.settle()
    await house.stop()
    bug.failures = 0
    await house.start()
    assert house.said(ada.direct) == ["poison"]


async def in_question(house: House) -> tuple[ScriptedPerson, str]:
    house.flow(ASK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    session_id = f"item:{(await ada.post('go')).id}"
    await house.clock.settle()
    return ada, session_id


async def test_an_answer_that_the_engine_fails_at_waits_while_its_person_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, session_id = await in_question(house)
    bug = Bug(monkeypatch, engine, "step", "TextReceived")
    answer = await ada.post("my answer")
    await house.clock.advance(5)
    (letter,) = await letters(house)
    assert (letter.id, letter.session_id) == (f"item:{answer.id}", session_id)
    assert house.said(ada.direct) == [APOLOGY], "whom it fails is told"

    again = await ada.post("a new start")
    await house.clock.settle()
    assert await house.store.session(f"item:{again.id}") is not None, "is not stuck in the old one"

    bug.failures = 0
    assert await house.store.revive(letter.id)
    await ada.post("an answer to the new one")
    await house.clock.settle()
    assert house.said(ada.direct) == [APOLOGY, "Yes.", "Yes."], "the old one went on where it stood"
    row = await house.store.session(session_id)
    assert row is not None
    assert not row.open


async def test_a_start_that_the_engine_fails_at_is_made_when_it_is_revived(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.flow("flow: x\nstart: [item_added]\nsteps:\n  - say: Hello.\n")
    await house.start()
    ada = ScriptedPerson(house.platform)
    bug = Bug(monkeypatch, engine, "step")
    await ada.post("go")
    await house.clock.advance(5)
    (letter,) = await letters(house)
    bug.failures = 0
    assert await house.store.revive(letter.id)
    await house.stop()
    await house.start()
    assert house.said(ada.direct) == [APOLOGY, "Hello."]


async def test_a_webhooks_start_that_the_engine_fails_at_has_its_event_when_it_is_revived(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.flow(
        "flow: x\nstart:\n  - webhook: {name: other}\n"
        "  - webhook: {name: deploys, set: {build: '{{ event.body.build }}'}}\n"
        "slots: {build: {type: number}}\n"
        "steps:\n  - post: 'Build {{ build }}.'\n    to: ada@example.com\n"
    )
    ada = ScriptedPerson(house.platform, "Ada", email="ada@example.com")
    await house.start()
    bug = Bug(monkeypatch, engine, "step")
    at = house.clock.now()
    await house.receive(
        WebhookReceived(event_id="webhook:deploys:1", at=at, webhook="deploys", body={"build": 41})
    )
    await house.clock.advance(5)
    (letter,) = await letters(house)
    bug.failures = 0
    assert await house.store.revive(letter.id)
    await house.kill()
    await house.start()
    assert house.said(ada.direct) == ["Build 41."]


async def test_a_deadline_that_fails_comes_but_once_and_can_be_revived(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, session_id = await in_question(house)
    bug = Bug(monkeypatch, engine, "step", DeadlineReached.__name__)
    await house.clock.advance(2 * 3600)
    (letter,) = await letters(house)
    assert letter.session_id == session_id
    row = await house.store.session(session_id)
    assert row is not None
    assert row.open
    assert row.deadline is None
    bug.failures = 0
    assert await house.store.revive(letter.id)
    await house.stop()
    await house.start()
    row = await house.store.session(session_id)
    assert row is not None
    assert not row.open


async def leave_behind(house: House, text: str) -> ScriptedPerson:
    """A message that came, and was not dealt with before its process died."""
    person = ScriptedPerson(house.platform, f"Author of {text}")
    await person.post(text)
    return person


class Deadly:
    """A handler that no process survives."""

    def __init__(self) -> None:
        self.met = 0
        self.beside: list[str] = []

    @hook
    async def item_added(self, message: MessageReceived, ctx: Context) -> None:
        self.beside.append(message.text)
        if message.text == "deadly":
            self.met += 1
            await asyncio.Event().wait()  # until the test kills it, within this handler's 10 s
        await ctx.say(message.text)


async def test_what_processes_die_of_is_set_aside_at_the_third_death(house: House) -> None:
    deadly = Deadly()
    house.plug(deadly.item_added)
    await house.start()
    killer = await leave_behind(house, "deadly")
    for _ in range(3):
        await house.clock.settle()
        await house.kill()
        await house.start()
    assert deadly.met == 3
    (letter,) = await letters(house)
    assert letter.cause == "3 processes died while they dealt with it"
    assert house.said(killer.direct) == []
    for line in await house.journal("", "failed"):
        assert line["error"] == letter.cause


async def test_a_suspect_is_dealt_with_alone_so_that_no_other_is_blamed(house: House) -> None:
    deadly = Deadly()
    house.plug(deadly.item_added)
    await house.start()
    await leave_behind(house, "deadly")
    innocent = [await leave_behind(house, f"innocent {number}") for number in range(5)]
    await house.kill()  # before anything was begun
    for _ in range(4):
        await house.start()
        await house.kill()
    await house.start()
    (letter,) = await letters(house)
    assert b"deadly" in letter.payload
    assert [house.said(person.direct) for person in innocent] == [[f"innocent {n}"] for n in range(5)]


async def test_a_row_that_was_left_behind_is_noted_before_it_is_dealt_with(house: House) -> None:
    await house.start()
    await house.kill()
    await house.start()
    noted: list[str] = []
    begin = house.store.begin

    async def noting(inbox_id: str) -> None:
        noted.append(inbox_id)
        await begin(inbox_id)

    house.store.begin = noting  # type: ignore[method-assign]
    await ScriptedPerson(house.platform).post("of this process")
    await house.clock.settle()
    assert noted == []
    left = InboxRow(id="left", key="event:x", payload=b"junk", at=house.clock.now())
    await house.store.receive(left)
    await house.kill()
    await house.start()
    await house.clock.advance(10)
    assert [letter.id for letter in await letters(house)] == ["left"]


async def test_a_store_that_refuses_for_long_is_no_death(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.plug(item_added)
    await house.start()
    ada = await leave_behind(house, "hello")
    await house.kill()
    await house.boot()
    with monkeypatch.context() as outage:

        async def refuse(turn: Commit) -> None:
            raise StoreError("the disk is full.")

        outage.setattr(house.store, "commit", refuse)
        await house.clock.advance(10)
        await house.kill()
    await house.start()
    assert house.said(ada.direct) == ["hello"], "two processes ended, and three must"


async def test_a_step_handler_that_processes_die_of_is_given_up_at_the_third_death(house: House) -> None:
    begun: list[str] = []

    @step_handler
    async def deadly() -> None:
        begun.append("once more")
        await asyncio.Event().wait()  # until the test kills it

    house.plug(deadly)
    house.flow(
        "flow: x\nstart: [mention]\nsteps:\n  - run: deadly\n    timeout: 9m\n"
        "    outcomes:\n      otherwise: [{end: That went wrong.}]\n"
    )
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("go")
    for _ in range(3):
        await house.clock.settle()
        assert house.said(ada.direct) == []
        await house.kill()
        await house.start()
    assert len(begun) == 3
    assert house.said(ada.direct) == ["That went wrong."]
