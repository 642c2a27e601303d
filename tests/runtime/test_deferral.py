"""Messages that wait for a session at work keep their order."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence

import pytest

from botkit.hooks import step_handler
from botkit.model.conversations import Conversation, ConversationKind
from botkit.model.events import Event, MessageReceived
from botkit.model.items import Item
from botkit.model.session import Person
from botkit.model.users import User
from botkit.ports.store import Commit, InboxRow
from botkit.runtime.context import Origin
from botkit.runtime.deferral import Deferral
from botkit.runtime.recent import Recent
from botkit.store import SqliteStore
from botkit.testing import ScriptedPerson
from tests.contract.store_rows import NOON, session_row
from tests.runtime.house import House


async def test_who_comes_while_those_that_waited_are_put_off_again_comes_behind_them_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    shut = iter(gates)

    @step_handler
    async def work() -> None:
        if gate := next(shut, None):
            await gate.wait()

    house.plug(work)
    house.flow(
        "flow: desk\nstart: [item_added]\nslots: {a: {ask: A?}, b: {ask: B?}}\n"
        "steps: [{collect: [a]}, {run: work}, {collect: [b]}, {end: '{{ a }} {{ b }}'}]\n"
    )
    await house.start()
    ada = ScriptedPerson(house.platform)
    items = [await ada.post(f"m{number}") for number in range(7)]
    await house.clock.settle()
    commit = house.store.commit

    async def interrupted(turn: Commit) -> None:
        await commit(turn)
        if turn.done == f"item:{items[5].id}:deferred":
            await ada.post("m7")

    monkeypatch.setattr(house.store, "commit", interrupted)
    for gate in gates:
        gate.set()
        await house.clock.settle()
    await ada.post("m8")
    await house.clock.settle()
    assert house.said(ada.direct) == ["A?", "B?", "m1 m2", "A?", "B?", "m4 m5", "A?", "B?", "m7 m8"]


@pytest.mark.parametrize("seed", range(6))
async def test_however_long_handlers_take_messages_are_answered_as_they_came(
    house: House, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some are put off for a session that is over when they come up, and again for the next one."""
    chance = random.Random(seed)

    @step_handler
    async def work() -> None:
        for _ in range(chance.randint(0, 6)):
            await asyncio.sleep(0)

    house.plug(work)
    house.flow(
        "flow: desk\nstart: [item_added]\nslots: {a: {ask: A?}, b: {ask: B?}}\n"
        "steps: [{collect: [a]}, {run: work}, {collect: [b]}, {end: '{{ a }} {{ b }}'}]\n"
    )
    await house.start()
    people = [ScriptedPerson(house.platform, f"Person {number}") for number in range(3)]
    written: list[Event] = []

    async def write(event: Event) -> None:
        written.append(event)

    with monkeypatch.context() as patch:
        patch.setattr(house.platform, "tell_bot", write)
        for person, number in itertools.product(people, range(9)):
            await person.post(f"m{number}")

    async def deliver(events: Sequence[Event]) -> None:
        for event in events:
            await house.runtime.receive(event)
            for _ in range(chance.randint(0, 20)):
                await asyncio.sleep(0)

    await asyncio.gather(*(deliver(written[first : first + 9]) for first in (0, 9, 18)))
    await house.clock.advance(10)
    for person in people:
        assert house.said(person.direct) == ["A?", "B?", "m1 m2", "A?", "B?", "m4 m5", "A?", "B?", "m7 m8"]


def test_one_that_was_set_aside_sends_nobody_on_a_detour_for_ever() -> None:
    deferral = Deferral(Recent(SqliteStore(":memory:")))
    origin = Origin(conversation_id="c", person=Person(id="ada"))
    messages = [message(f"m{number}") for number in range(3)]
    rows = [InboxRow(id=each.event_id, key="conversation:c", payload=b"", at=NOON) for each in messages]
    deferral.behind(rows[0], messages[0], origin, session_row("s"))  # it comes up no more
    second = deferral.behind_others(rows[1], messages[1], origin, None)
    assert second is not None
    assert deferral.behind_others(rows[1], messages[1], origin, second) is None
    deferral.over(second, origin)
    assert deferral.behind_others(rows[2], messages[2], origin, None) is None


def message(text: str) -> MessageReceived:
    return MessageReceived(
        event_id=f"item:{text}",
        at=NOON,
        conversation=Conversation(id="c", kind=ConversationKind.DIRECT, members=("ada", "bot")),
        author=User(id="ada", display_name="Ada"),
        item=Item(id=text, conversation_id="c", author_id="ada", text=text, created_at=NOON),
        text=text,
    )
