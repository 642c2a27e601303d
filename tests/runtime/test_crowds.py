"""Who hangs keeps only those waiting who want the same: everybody else's effects find a place."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterable

import pytest

from botkit.hooks import Context, hook, step_handler
from botkit.model import codec
from botkit.model.calls import DeclineCause
from botkit.model.effects import Decline, Dial, Effect, Http, Run, SendWebhook
from botkit.model.events import MessageReceived
from botkit.model.secret import Secret
from botkit.ports.receivers import Receiver
from botkit.ports.store import Commit, OutboxRow
from botkit.runtime import crowds, outbox
from botkit.runtime.crowds import (
    MOST_OF_ONE,
    MOST_OF_OTHERS,
    MOST_OF_PLATFORM,
    MOST_OF_RECEIVER,
    PLATFORM,
    Crowd,
    Crowds,
    crowd_of,
)
from botkit.testing import FakeHttp, ScriptedPerson
from botkit.testing.http import answer
from tests.runtime.house import House

SERVER = "https://slow.example.com"


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    await ctx.say(f"heard {message.text}")


def row_of(effect: Effect) -> OutboxRow:
    return OutboxRow(
        id=effect.id, key=f"session:{effect.id}", session_id=effect.id, payload=codec.dump(effect)
    )


async def left_behind(house: House, effects: Iterable[Effect]) -> None:
    """They were to be carried out when the bot died."""
    await house.boot()
    await house.store.commit(Commit(outbox=[row_of(effect) for effect in effects]))
    await house.kill()


async def assert_is_heard(house: House) -> None:
    ada = ScriptedPerson(house.platform)
    await ada.post("hello")
    await house.clock.settle()
    assert house.said(ada.direct) == ["heard hello"], "and no time has passed"


class TestInABot:
    async def test_a_thousand_handlers_that_hang_hold_up_no_post(self, house: House) -> None:
        begun: list[str] = []
        release = asyncio.Event()

        @step_handler
        async def hang(name: str) -> None:
            begun.append(name)
            await release.wait()

        @step_handler
        async def other(name: str) -> None:
            begun.append(name)

        house.plug(hang, other, item_added)
        names = [f"s{number}" for number in range(1100)]
        hanging = [Run(id=name, handler="hang", arguments={"name": name}, timeout=60) for name in names]
        await left_behind(house, [*hanging, Run(id="x", handler="other", arguments={"name": "x"})])
        await house.start()
        assert begun == [*names[:MOST_OF_ONE], "x"]
        await assert_is_heard(house)
        # Who waits has not begun: a process that dies now has not died of it.
        tries = [row.tries for row in await house.store.effects(2000)]
        assert tries == [1] * MOST_OF_ONE + [0] * (1100 - MOST_OF_ONE)
        release.set()
        await house.clock.settle()
        assert sorted(begun) == sorted([*names, "x"]), "each once"
        assert await house.store.effects() == []

    async def test_many_servers_that_hang_hold_up_no_post(self, house: House) -> None:
        house.http, gate = FakeHttp(), asyncio.Event()
        house.http.on("*", answer({}), gate=gate)
        house.plug(item_added)
        servers = [f"https://slow{number}.example.com/" for number in range(10)]
        requests = [
            Http(id=f"s{server}{number}", method="GET", url=url)
            for server, url in enumerate(servers)
            for number in range(MOST_OF_ONE)
        ]
        await left_behind(house, requests)
        await house.start()
        await assert_is_heard(house)
        gate.set()
        await house.clock.settle()
        assert sorted(request.url for request in house.http.requests) == sorted(servers * MOST_OF_ONE)

    async def test_many_receivers_that_hang_hold_up_no_post(self, house: House) -> None:
        house.http, gate = FakeHttp(), asyncio.Event()
        house.http.on("*", answer(), gate=gate)
        secrets = (Secret("whsec_" + b64encode(bytes(24)).decode()),)
        names = [f"receiver{number}" for number in range(60)]
        house.receivers = {
            name: Receiver(url=f"https://{name}.example.com/", secrets=secrets) for name in names
        }
        house.plug(item_added)
        at = house.clock.now()
        webhooks = [
            SendWebhook(id=f"{name}:{number}", receiver=name, type="a", at=at, data=None)
            for name in names
            for number in range(MOST_OF_RECEIVER + 5)
        ]
        await left_behind(house, webhooks)
        await house.start()
        assert len(house.http.requests) == MOST_OF_OTHERS
        await assert_is_heard(house)
        gate.set()
        await house.clock.settle()
        assert len(house.http.requests) == len(webhooks)

    async def test_who_waits_at_the_end_is_left_to_the_next_start(
        self, house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        begun: list[str] = []

        @step_handler
        async def hang(name: str) -> None:
            begun.append(name)
            await asyncio.Event().wait()

        monkeypatch.setattr("botkit.runtime.runtime.DRAIN_SECONDS", 0.01)
        house.plug(hang)
        number = MOST_OF_ONE + 7
        names = [f"s{each}" for each in range(number)]
        await left_behind(house, [Run(id=name, handler="hang", arguments={"name": name}) for name in names])
        await house.start()
        await house.stop()
        assert f"{number} effects are left to the next start" in caplog.text
        assert begun == names[:MOST_OF_ONE], "nobody is begun by the end of another"


class TestOfTheOutbox:
    async def test_more_than_are_read_at_once(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        """All are carried out, in order, also when the platform can take only so many and few may wait."""
        monkeypatch.setattr(outbox, "READ_AT_ONCE", 3)
        monkeypatch.setattr(outbox, "MOST_WAITING", 5)
        monkeypatch.setattr(crowds, "PLATFORM", Crowd("platform", 2))
        monkeypatch.setattr(outbox, "PLATFORM", crowds.PLATFORM)
        await house.boot()
        await house.store.commit(
            Commit(outbox=[row_of(Decline(id=f"s{each:02}", cause=DeclineCause.BUSY)) for each in range(40)])
        )
        done: list[str] = []
        together: list[int] = []
        under_way = 0

        async def perform(row: OutboxRow, effect: Effect) -> Commit:
            nonlocal under_way
            under_way += 1
            together.append(under_way)
            await asyncio.sleep(0)
            under_way -= 1
            done.append(row.id)
            return Commit(confirmed=(row.id,))

        house.runtime._outbox._perform = perform
        house.runtime._ledger.outbox.set()
        await house.clock.settle()
        assert done == [f"s{each:02}" for each in range(40)]
        assert max(together) == 2


def some(crowd: Crowd, number: int) -> list[OutboxRow]:
    return [
        OutboxRow(id=f"{crowd.name} {each}", key=f"{each}", session_id="", payload=b"")
        for each in range(number)
    ]


def entered(all_of_them: Crowds, crowd: Crowd, number: int) -> int:
    """How many of so many may be begun."""
    return sum([all_of_them.enter(row, crowd) for row in some(crowd, number)])


def admitted(all_of_them: Crowds) -> list[str]:
    return [row.id for row, _ in all_of_them.admit()]


class TestOfCrowds:
    @pytest.mark.parametrize(
        ("effect", "crowd"),
        [
            (Run(id="a", handler="look_up"), Crowd("handler look_up", MOST_OF_ONE)),
            (
                Http(id="a", method="GET", url=f"{SERVER}:8443/x?y"),
                Crowd("server slow.example.com:8443", MOST_OF_ONE),
            ),
            (Dial(id="a", to="b"), Crowd("calls", MOST_OF_ONE)),
            (Decline(id="a", cause=DeclineCause.BUSY), PLATFORM),
        ],
    )
    def test_who_waits_for_the_same(self, effect: Effect, crowd: Crowd) -> None:
        assert crowd_of(effect) == crowd

    def test_one_has_so_many_places_and_all_others_have_theirs(self) -> None:
        all_of_them = Crowds()
        hanging = [Crowd(f"server {number}", MOST_OF_ONE) for number in range(6)]
        assert [entered(all_of_them, crowd, MOST_OF_ONE + 1) for crowd in hanging] == [MOST_OF_ONE] * 5 + [0]
        assert entered(all_of_them, PLATFORM, MOST_OF_PLATFORM + 1) == MOST_OF_PLATFORM
        assert all_of_them.waiting() == 5 + MOST_OF_ONE + 1 + 1
        assert all_of_them.waiting(PLATFORM) == 1
        assert admitted(all_of_them) == []

    def test_a_place_goes_to_whom_has_fewest_and_there_to_who_came_first(self) -> None:
        all_of_them = Crowds()
        *hanging, late = [Crowd(f"server {number}", MOST_OF_ONE) for number in range(6)]
        for crowd in hanging:
            entered(all_of_them, crowd, MOST_OF_ONE + 1)
        entered(all_of_them, late, 2)
        for _ in range(3):
            all_of_them.leave(hanging[0])
        assert admitted(all_of_them) == ["server 5 0", "server 5 1", f"server 0 {MOST_OF_ONE}"]

    def test_nobody_overtakes_who_waits_for_the_same(self) -> None:
        all_of_them, crowd = Crowds(), Crowd("handler x", 1)
        first, second, third = some(crowd, 3)
        assert all_of_them.enter(first, crowd)
        assert not all_of_them.enter(second, crowd)
        all_of_them.leave(crowd)
        assert not all_of_them.enter(third, crowd)
        assert admitted(all_of_them) == [second.id]
