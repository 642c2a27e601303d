"""Messages that wait for a session at work keep their order."""

from __future__ import annotations

import asyncio

import pytest

from botkit.hooks import step_handler
from botkit.ports.store import Commit
from botkit.testing import ScriptedPerson
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
