"""The world's faults: a platform that fails, a store that refuses, rows that nobody can read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from botkit.flow import engine
from botkit.hooks import Context, hook
from botkit.model.calls import CallCause
from botkit.model.events import CallOffered, ConnectionChanged, MessageReceived
from botkit.ports.connector import ConnectorError
from botkit.ports.store import Commit, InboxRow, StoreError
from botkit.testing import ScriptedPerson
from tests.runtime.house import House


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    for text in message.text.split(","):
        await ctx.say(text)


@pytest.fixture
async def ada(house: House) -> ScriptedPerson:
    house.plug(item_added)
    await house.start()
    return ScriptedPerson(house.platform)


async def test_a_refused_post_is_tried_again(house: House, ada: ScriptedPerson) -> None:
    house.connector.fail_posts(3)
    await ada.post("one,two")
    await house.clock.advance(6.9)
    assert house.said(ada.direct) == []
    await house.clock.advance(0.1)
    assert house.said(ada.direct) == ["one", "two"]


async def test_a_post_whose_answer_is_lost_is_not_repeated(house: House, ada: ScriptedPerson) -> None:
    await ada.post("one")
    await house.clock.settle()
    house.connector.fail_posts(posted=True)
    await ada.post("one,one")
    await house.clock.advance(60)
    assert house.said(ada.direct) == ["one", "one", "one"]
    found = [line["found"] for line in await house.journal("", "posted")]
    assert found == [False, True, False]


async def test_a_platform_that_is_away_for_hours_gets_everything_afterwards(
    house: House, ada: ScriptedPerson
) -> None:
    house.connector.fail_posts(200)
    await ada.post("one,two")
    await house.clock.advance(6 * 3600)
    assert house.said(ada.direct) == ["one", "two"]


async def test_one_conversation_waits_and_the_others_go_on(house: House, ada: ScriptedPerson) -> None:
    grace = ScriptedPerson(house.platform, "Grace Hopper")
    house.connector.fail_posts()
    await ada.post("one")
    await house.clock.settle()
    await grace.post("two")
    await house.clock.settle()
    assert (house.said(ada.direct), house.said(grace.direct)) == ([], ["two"])
    await house.clock.advance(60)
    assert house.said(ada.direct) == ["one"]


async def test_a_post_that_is_refused_for_good_is_given_up(house: House, ada: ScriptedPerson) -> None:
    house.connector.fail_posts(lasting=True)
    await ada.post("one,two")
    await house.clock.settle()
    assert house.said(ada.direct) == ["two"]
    (fault,) = await house.journal("", "failed")
    assert "refused" in fault["error"]


async def test_a_flow_hears_of_a_message_that_cannot_be_sent(house: House, ada: ScriptedPerson) -> None:
    house.flow("flow: lost\nstart: [mention]\nsteps:\n  - post: x\n    to: nobody\n  - wait: 1h\n")
    await house.stop()
    await house.start()
    item = await ada.mention("go")
    await house.clock.settle()
    turns = await house.journal(f"item:{item.id}", "turn")
    assert turns[-1]["input"][0] == "EffectFailed"
    assert turns[-1]["input"][1]["effect_id"] == turns[0]["effects"][0][1]["id"]


async def test_what_could_not_be_sent_before_a_stop_is_sent_after_the_start(
    house: House, ada: ScriptedPerson
) -> None:
    house.connector.fail_posts(100)
    await ada.post("one")
    await house.clock.settle()
    await house.kill()
    await house.start()
    assert house.said(ada.direct) == ["one"]


async def test_events_that_came_while_away_are_dealt_with(house: House, ada: ScriptedPerson) -> None:
    await house.stop()
    await ada.post("one")
    await ada.post("two")
    await house.start()
    assert house.said(ada.direct) == ["one", "two"]


async def test_a_row_that_cannot_be_read_is_set_aside(
    house: House, ada: ScriptedPerson, caplog: pytest.LogCaptureFixture
) -> None:
    key = f"conversation:{ada.direct.id}"
    await house.store.receive(InboxRow(id="bad", key=key, payload=b"junk", at=house.clock.now()))
    await ada.post("one")
    await house.clock.advance(10)
    assert house.said(ada.direct) == ["one"]
    assert [line["what"] for line in await house.journal("", "failed")] == ["bad"]
    assert "set aside" in caplog.text


async def test_a_store_that_refuses_once_is_asked_again(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = house.store
    commit = store.commit
    refusals = [StoreError("the disk is full"), StoreError("still full")]

    async def refuse(turn: Commit) -> None:
        if refusals:
            raise refusals.pop()
        await commit(turn)

    monkeypatch.setattr(store, "commit", refuse)
    await ada.post("one")
    await house.clock.advance(5)
    assert house.said(ada.direct) == ["one"]


async def test_an_effect_whose_end_the_store_refuses_is_carried_out_once(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, full = house.store.commit, [True]

    async def refuse(turn: Commit) -> None:
        if turn.confirmed and full:
            raise StoreError("the disk is full")
        await commit(turn)

    monkeypatch.setattr(house.store, "commit", refuse)
    await ada.post("one")
    await house.clock.advance(60)
    full.clear()
    await house.clock.advance(60)
    await ada.post("two")
    await house.clock.advance(1)
    assert house.said(ada.direct) == ["one", "two"]
    assert await house.store.effects() == []


async def test_an_effect_whose_end_cannot_be_written_is_made_once_a_start(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    commit = house.store.commit

    async def buggy(turn: Commit) -> None:
        if turn.confirmed:
            tries.append(turn.confirmed)
            if len(tries) < 20:  # enough to tell a loop that spins
                raise ValueError("a bug")
        await commit(turn)

    monkeypatch.setattr(house.store, "commit", buggy)
    await ada.post("1")
    await house.clock.advance(60)
    assert len(tries) == 1, "it waits for the next start"
    grace = ScriptedPerson(house.platform, "Grace")
    await grace.post("2")
    await house.clock.advance(60)
    assert (house.said(grace.direct), len(tries)) == (["2"], 2), "it holds up no other"
    await house.kill()
    await house.start()
    await house.clock.advance(60)
    assert house.said(ada.direct) == ["1"]
    assert await house.store.effects() == []


async def test_a_refused_logon_starts_nothing(house: House) -> None:
    start = house.boot
    house.plug(item_added)
    connector = type(house.connector)
    with pytest.MonkeyPatch.context() as patch:

        async def refuse(self: object, sink: object, since: object) -> None:
            raise ConnectorError("wrong password", lasting=True)

        patch.setattr(connector, "start", refuse)
        with pytest.raises(ConnectorError, match="wrong password"):
            await start()


async def test_plugins_hear_of_the_bots_life_and_link(house: House) -> None:
    told: list[str] = []

    @hook
    def bot_started() -> None:
        told.append("started")

    @hook
    def bot_stopping() -> None:
        told.append("stopping")

    @hook
    def connection_changed(connection: ConnectionChanged) -> None:
        told.append(connection.state)

    house.plug(bot_started, bot_stopping, connection_changed)
    await house.start()
    await house.stop()
    assert sorted(told[:2]) == ["ready", "started"]
    assert told[2:] == ["stopping"]


async def test_a_call_that_rang_long_before_the_start_is_left_alone(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.flow("flow: x\nstart: [call_incoming]\nsteps:\n  - say: Hello.\n")
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.kill()
    await house.clock.advance(120)
    await house.start()
    assert not call.rings
    assert "rang before the bot was started" in caplog.text


async def test_a_call_that_rings_still_at_the_start_is_answered(house: House) -> None:
    house.flow("flow: x\nstart: [call_incoming]\nsteps:\n  - say: Hello.\n")
    seen: list[CallOffered] = []

    @hook
    def call_incoming(call: CallOffered) -> None:
        seen.append(call)

    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.kill()
    house.plug(call_incoming)
    await house.clock.advance(5)
    await house.start()
    assert call.answer
    assert len(seen) == 1


async def test_a_call_whose_turn_fails_is_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.flow(
        "flow: x\nstart: [call_incoming]\nsteps:\n  - choose: What?\n    into: y\n"
        "    options:\n      one: {key: 1, label: one}\n"
    )
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.advance(5)

    def fail(*arguments: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(engine, "step", fail)
    house.audio.legs[0].press("1")
    await house.clock.settle()
    assert call.cause is CallCause.FAILED
    assert house.audio.legs[0].closed


ALERT = """
flow: alert
start:
  - item_added
steps:
  - post: Disk full.
    to: olivia@example.com
"""


async def test_the_same_words_of_another_session_are_not_this_message(house: House) -> None:
    olivia = ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")
    house.flow(ALERT)
    await house.start()
    await ScriptedPerson(house.platform).post("one")
    await house.clock.settle()
    house.connector.fail_posts()
    await ScriptedPerson(house.platform, "Grace Hopper").post("two")
    await house.clock.advance(10)
    assert house.said(olivia.direct) == ["Disk full."] * 2


async def test_nor_are_they_after_a_restart(house: House) -> None:
    olivia = ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")
    house.flow(ALERT)
    await house.start()
    await ScriptedPerson(house.platform).post("one")
    await house.clock.settle()
    house.connector.hold_posts()
    await ScriptedPerson(house.platform, "Grace Hopper").post("two")
    await house.clock.settle()
    await house.kill()
    await house.start()
    await house.clock.advance(10)
    assert house.said(olivia.direct) == ["Disk full."] * 2


async def test_after_a_restart_the_platform_is_asked_what_was_missed(
    house: House, asked: list[datetime | None]
) -> None:
    house.flow(ALERT)
    await house.start()
    await ScriptedPerson(house.platform).post("one")
    await house.clock.settle()
    last = house.clock.now()
    await house.clock.advance(3600)
    await house.stop()
    await house.start()
    assert asked[0] is None
    assert asked[1] is not None
    assert timedelta(0) < last - asked[1] <= timedelta(minutes=1), "what the clocks may differ by"
