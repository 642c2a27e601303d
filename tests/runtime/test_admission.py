"""Who is let in: floods of one person, bots that answer each other, callers too many, people not allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from botkit.hooks import Context, hook
from botkit.model.calls import CallCause
from botkit.model.events import MessageReceived
from botkit.model.limits import Limits, Rate
from botkit.ports.store import Commit, StoreError
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

SLOW_DOWN = "That was too much at once for me. Please wait a moment, then write again."
NOT_FOR_YOU = "Sorry, I am not meant for you. Please ask whoever runs me."


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    await ctx.say(message.text)


async def lines(house: House, kind: str) -> list[dict[str, Any]]:
    return [json.loads(row.data) for row in await house.store.journal("") if row.kind == kind]


async def test_whoever_writes_too_much_is_told_once_and_heard_again_when_slower(house: House) -> None:
    house.limits = Limits(messages_per_person=Rate(3, 60.0))
    house.plug(item_added)
    await house.start()
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    for number in range(10):
        await ada.post(str(number))
        await house.clock.advance(1)
    await grace.post("hello")
    await house.clock.settle()
    assert house.said(ada.direct) == ["0", "1", "2", SLOW_DOWN]
    assert house.said(grace.direct) == ["hello"]
    (line,) = await lines(house, "refused")
    assert (line["why"], line["person"]) == ("messages_per_person", ada.user.id)

    await house.clock.advance(60)
    await ada.post("slower now")
    await house.clock.settle()
    assert house.said(ada.direct)[4:] == ["slower now"]
    (line,) = await lines(house, "ignored")
    assert line["number"] == 7


async def test_a_message_that_the_store_refuses_for_long_counts_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.limits = Limits(messages_per_person=Rate(3, 60.0))
    house.plug(item_added)
    await house.start()
    ada = ScriptedPerson(house.platform)
    with monkeypatch.context() as outage:

        async def refuse(turn: Commit) -> None:
            raise StoreError("the disk is full.")

        outage.setattr(house.store, "commit", refuse)
        await ada.post("hello")
        await house.clock.advance(10)
    await house.clock.advance(2)
    assert house.said(ada.direct) == ["hello"]
    assert await lines(house, "refused") == []


async def test_whoever_begins_too_often_is_told_once(house: House) -> None:
    house.limits = Limits(sessions_per_person=Rate(2, 3600.0))
    house.flow("flow: x\nstart: [item_added]\nsteps:\n  - say: Hello.\n")
    await house.start()
    ada = ScriptedPerson(house.platform)
    for _ in range(4):
        await ada.post("go")
        await house.clock.settle()
    assert house.said(ada.direct) == ["Hello.", "Hello.", SLOW_DOWN]


ASK = """
flow: x
start: [call_incoming]
steps:
  - choose: What?
    options: {one: {key: 1}, two: {key: 2}}
"""


async def test_a_call_too_many_is_busy_and_the_others_go_on(house: House) -> None:
    house.limits = Limits(calls=2)
    house.flow(ASK)
    await house.start()
    calls = [await ScriptedPerson(house.platform, f"Caller {number}").call() for number in range(4)]
    await house.clock.advance(1)
    assert [bool(call.answer) for call in calls] == [True, True, False, False]
    assert [call.cause for call in calls[2:]] == [CallCause.BUSY] * 2
    assert [line["why"] for line in await lines(house, "refused")] == ["calls"] * 2
    await calls[0].hang_up()
    await house.clock.settle()
    following = await ScriptedPerson(house.platform, "Caller 4").call()
    await house.clock.advance(1)
    assert following.answer


RECORDED = """
flow: x
start: [call_incoming]
steps:
  - record_call: on
  - choose: What?
    options: {one: {key: 1}, two: {key: 2}}
"""


async def test_a_call_that_is_over_makes_room_while_its_recording_is_written(house: House) -> None:
    house.limits = Limits(calls=1)
    house.flow(RECORDED)
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.advance(1)
    (leg,) = house.audio.legs
    leg.recordings[0].takes = 60.0
    await call.hang_up()
    await house.clock.advance(1)
    assert leg.closed
    assert len(house.runtime._switchboard) == 0
    following = await ScriptedPerson(house.platform, "Grace Hopper").call()
    await house.clock.advance(1)
    assert following.answer
    assert house.blobs.kept == {}
    await house.clock.advance(60)
    assert [line["seconds"] for line in await house.journal(f"call:{call.id}", "recorded")] == [1.0]


async def test_that_the_bot_is_full_is_logged_once(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.limits = Limits(calls=1)
    house.flow(ASK)
    await house.start()
    call, *_ = [await ScriptedPerson(house.platform, f"Caller {number}").call() for number in range(3)]
    await house.clock.advance(1)
    await call.hang_up()
    await house.clock.settle()
    for number in range(3, 6):
        await ScriptedPerson(house.platform, f"Caller {number}").call()
    await house.clock.advance(1)
    told = [record for record in caplog.records if "all the calls it takes" in record.message]
    assert [record.levelname for record in told] == ["WARNING", "WARNING"], "once each time"


CALLS_BACK = """
flow: back
start: [mention]
steps:
  - dial: gus@example.com
    ring: 20s
    flow: talk
    into: reply
    outcomes:
      answered:
        - end: Done.
      otherwise:
        - end: "{{ event.name }}: {{ event.detail }}"
flows:
  talk:
    steps:
      - choose: What?
        options: {one: {key: 1}, two: {key: 2}}
"""


async def test_calls_that_the_bot_makes_count_and_it_makes_none_too_many(house: House) -> None:
    house.limits = Limits(calls=1)
    house.flow(CALLS_BACK)
    house.flow(ASK)
    await house.start()
    ada, gus = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Gus", "gus@example.com")
    await ada.post("call")
    await house.clock.settle()
    ringing = await gus.next_call()
    caller = await ScriptedPerson(house.platform, "Bob").call()
    await house.clock.advance(1)
    assert caller.cause is CallCause.BUSY, "while it rings elsewhere"
    other = ScriptedPerson(house.platform, "Eve", "eve@example.com")
    await other.post("call")
    await house.clock.settle()
    assert house.said(other.direct) == ["error.dial.busy: the bot has all the calls it takes (1)"]
    await ringing.hang_up()
    await house.clock.advance(1)
    late = await ScriptedPerson(house.platform, "Bea").call()
    await house.clock.advance(1)
    assert late.answer


THROUGH = """
flow: through
start: [call_incoming]
steps:
  - say: One moment.
  - transfer: olivia@example.com
    outcomes:
      accepted: [end]
      otherwise:
        - end: "{{ event.name }}: {{ event.detail }}"
"""


async def test_callers_are_put_through_up_to_a_quarter_beyond_it(house: House) -> None:
    house.limits = Limits(calls=2)
    house.flow(THROUGH)
    await house.start()
    olivia = ScriptedPerson(house.platform, "Olivia", "olivia@example.com")
    for number in range(2):
        await ScriptedPerson(house.platform, f"Caller {number}").call()
    await house.clock.advance(10)
    assert len(olivia.missed()) == 1
    refused = [leg for leg in house.audio.legs if leg.closed]
    assert house.voice is not None
    assert [house.voice.text_of(leg.heard[-1].pcm) for leg in refused] == [
        "error.transfer.busy: the bot has all the calls it takes (3)"
    ]


async def test_whoever_waits_in_a_queue_of_a_full_bot_keeps_the_place(house: House) -> None:
    house.limits = Limits(calls=2)
    house.flow(
        """
flow: line
start: [call_incoming]
config:
  agents: {type: list, default: [olivia@example.com, otto@example.com]}
steps:
  - enqueue: line
    agents: config.agents
    ring: 20s
    limit: 10m
    flow: waiting
    outcomes:
      accepted: [end]
      otherwise: [end: Nobody.]
flows:
  waiting:
    steps:
      - say: Please wait.
      - wait: 5s
"""
    )
    await house.start()
    agents = [
        ScriptedPerson(house.platform, name, f"{name.lower()}@example.com") for name in ("Olivia", "Otto")
    ]
    first, second = [await ScriptedPerson(house.platform, f"Caller {n}").call() for n in range(2)]
    await house.clock.advance(2)
    (ringing,) = [call for agent in agents for call in agent.missed()]
    await ringing.pick_up()
    await house.clock.advance(60)
    assert [call for agent in agents for call in agent.missed()] == []
    assert second.cause is None, "still there"
    await first.hang_up()
    await house.clock.advance(15)
    assert [call for agent in agents for call in agent.missed()]


async def test_one_caller_too_often_is_busy(house: House) -> None:
    house.limits = Limits(sessions_per_person=Rate(1, 3600.0))
    house.flow(ASK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    first = await ada.call()
    await house.clock.advance(1)
    await first.hang_up()
    second = await ada.call()
    await house.clock.advance(1)
    assert (bool(first.answer), bool(second.answer), second.cause) == (True, False, CallCause.BUSY)


def other_bot(house: House) -> ScriptedPerson:
    """Another bot's account."""
    return ScriptedPerson(house.platform, "Other Bot", "other@bots.example", is_bot=True)


FLOWS = """
flow: {name}
start:
  - item_added{options}
steps:
  - say: What?
  - wait: message
    timeout: 1h
  - say: Thanks.
"""


async def test_flows_do_not_answer_bots_unless_they_say_so(house: House) -> None:
    house.flow(FLOWS.format(name="x", options=""))
    await house.start()
    bot, ada = other_bot(house), ScriptedPerson(house.platform)
    await bot.post("go")
    await ada.post("go")
    await house.clock.settle()
    assert (house.said(bot.direct), house.said(ada.direct)) == ([], ["What?"])


async def test_a_flow_that_says_so_talks_with_a_bot(house: House) -> None:
    house.flow(FLOWS.format(name="x", options=": {bots: true}"))
    await house.start()
    bot = other_bot(house)
    await bot.post("go")
    await house.clock.settle()
    await bot.post("this")
    await house.clock.settle()
    assert house.said(bot.direct) == ["What?", "Thanks."]


async def test_what_a_bot_says_is_no_answer_of_anyone(house: House) -> None:
    house.flow(
        "flow: x\nstart: [mention]\nsteps:\n"
        "  - wait: message\n    from: anyone\n    timeout: 1h\n  - say: Yes.\n"
    )
    await house.start()
    bot, ada = other_bot(house), ScriptedPerson(house.platform)
    grace = ScriptedPerson(house.platform, "Grace Hopper")
    room = house.platform.add_group("Room", [bot.user, ada.user, grace.user])
    item = await ada.mention("go", to=room)
    await house.clock.settle()
    await bot.post("I am a bot", to=room, thread_id=item.id)
    await house.clock.settle()
    assert house.said(room) == []
    await grace.post("I am not", to=room, thread_id=item.id)
    await house.clock.settle()
    assert house.said(room) == ["Yes."]


async def test_a_bot_that_answers_everything_falls_silent_and_is_heard_again_later(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.limits = Limits(bot_messages=Rate(5, 60.0))
    house.plug(item_added)
    await house.start()
    bot, ada = other_bot(house), ScriptedPerson(house.platform)
    for _ in range(20):
        await bot.post("echo")
        await house.clock.advance(1)
    assert house.said(bot.direct) == ["echo"] * 5, "and it is not told: it would answer"
    assert "Take one of the two bots out of the conversation" in caplog.text
    assert [line["why"] for line in await lines(house, "refused")] == ["bot_messages"]
    await ada.post("hello")
    await house.clock.advance(60)
    await bot.post("echo")
    await house.clock.settle()
    assert house.said(ada.direct) == ["hello"]
    assert house.said(bot.direct) == ["echo"] * 6


ALLOW = """
flow: x
start:
  - call_incoming: {allow: [ada@example.com]}
  - mention: {allow: [Ada@Example.com], words: [door]}
  - item_added: {allow: ["*@example.com"], words: [window]}
steps:
  - say: Hello.
"""


@pytest.fixture
async def guarded(house: House) -> House:
    house.flow(ALLOW)
    await house.start()
    return house


async def test_whoever_is_allowed_starts_a_flow_whatever_the_case_of_their_address(guarded: House) -> None:
    ada = ScriptedPerson(guarded.platform, email="ADA@example.COM")
    await ada.post("door")
    await guarded.clock.settle()
    assert guarded.said(ada.direct) == ["Hello."]


async def test_others_are_refused_in_words_and_the_journal_says_why(guarded: House) -> None:
    eve = ScriptedPerson(guarded.platform, "Eve", "eve@elsewhere.example")
    item = await eve.post("door")
    await guarded.clock.settle()
    assert guarded.said(eve.direct) == [NOT_FOR_YOU]
    (line,) = await lines(guarded, "refused")
    assert line == {
        "what": f"item:{item.id}",
        "why": "not_allowed",
        "person": eve.user.id,
        "email": eve.user.email,
        "flow": "x",
    }


async def test_what_nobody_asked_the_bot_is_ignored(guarded: House) -> None:
    eve = ScriptedPerson(guarded.platform, "Eve", "eve@elsewhere.example")
    await eve.post("window")
    await guarded.clock.settle()
    assert guarded.said(eve.direct) == []
    assert [line["why"] for line in await lines(guarded, "refused")] == ["not_allowed"]


async def test_a_bot_is_refused_without_a_word(guarded: House) -> None:
    bot = other_bot(guarded)
    await bot.post("door")
    await guarded.clock.settle()
    assert guarded.said(bot.direct) == []


@pytest.mark.parametrize("email", ["eve@elsewhere.example", ""])
async def test_other_callers_are_declined_also_those_without_an_address(guarded: House, email: str) -> None:
    eve = ScriptedPerson(guarded.platform, "Eve", "eve@elsewhere.example")
    eve.user = replace(eve.user, email=email)
    call = await eve.call()
    await guarded.clock.settle()
    assert not call.answer
    assert call.cause is CallCause.DECLINED
    assert [line["why"] for line in await lines(guarded, "refused")] == ["not_allowed"]


async def test_an_allowed_caller_is_answered(guarded: House) -> None:
    call = await ScriptedPerson(guarded.platform, email="ada@example.com").call()
    await guarded.clock.advance(1)
    assert call.answer


async def test_a_flood_in_one_conversation_delays_no_other(house: House) -> None:
    @hook
    async def item_added(message: MessageReceived, ctx: Context) -> None:
        await house.clock.sleep(1)  # what a server takes to answer
        await ctx.say(message.text)

    house.plug(item_added)
    await house.start()
    ada = ScriptedPerson(house.platform)
    quiet = [ScriptedPerson(house.platform, f"Quiet {number}") for number in range(50)]
    for number in range(500):
        await ada.post(str(number))
    for person in quiet:
        await person.post("hello")
    await house.clock.advance(2.5)
    assert [house.said(person.direct) for person in quiet] == [["hello"]] * 50
    assert house.said(ada.direct) == ["0", "1"], "one at a time, in order"
    assert (await house.store.counts()).inbox == 498, "the rest waits on disk"
    await house.kill()  # a stop would wait for the handler
