"""`dial`: every way in which a call of the bot can go, and what the session that wanted it is told."""

from __future__ import annotations

import asyncio
import random

import pytest

from botkit.hooks import hook
from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.events import CallEnded
from botkit.model.session import Channel, Session, SessionStart
from botkit.ports.store import InboxRow
from botkit.testing import FakeLeg, ReceivedCall, ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import UNANSWERED

RING = 20.0
ALARM = """
flow: alarm
start: [mention]
steps:
  - dial: guard@example.com
    ring: 20s
    flow: wake
    with: {place: the cold store}
    into: reply
    outcomes:
      answered:
        - end: "Coming: {{ reply.coming }}"
      otherwise:
        - end: "{{ event.name }} ({{ event.detail }})"
flows:
  wake:
    inputs: [place]
    outputs: [coming]
    slots:
      coming: {type: yes_no, ask: Are you coming?}
    steps:
      - say: There is an alarm in {{ place }}.
      - collect: [coming]
      - end: Thank you.
"""


class Alarm:
    """A chat whose flow has the bot call a guard."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ada = ScriptedPerson(house.platform)
        self.guard = ScriptedPerson(house.platform, "Gus Guard", "guard@example.com")

    async def begin(self, flow: str = ALARM) -> None:
        self.house.flow(flow)
        await self.house.start()
        await self.ask()

    async def ask(self) -> None:
        await self.ada.post("alarm")
        await self.house.clock.settle()

    async def ringing(self) -> ReceivedCall:
        call = await self.guard.next_call()
        assert call.cause is None
        return call

    @property
    def leg(self) -> FakeLeg:
        return self.house.audio.legs[-1]

    def texts(self) -> list[str]:
        assert self.house.voice is not None
        return [self.house.voice.text_of(each.pcm) for each in self.leg.heard]

    def said(self) -> list[str]:
        return self.house.said(self.ada.direct)


@pytest.fixture
def alarm(house: House) -> Alarm:
    return Alarm(house)


async def assert_nothing_is_left(alarm: Alarm) -> None:
    house = alarm.house
    await house.clock.advance(1)
    assert all(leg.closed for leg in house.audio.legs)
    assert not await house.store.open_sessions("")
    assert not await house.store.effects()
    assert all(call.cause is not None for call in house.platform.calls.values())


async def test_a_call_from_ring_to_outputs(alarm: Alarm) -> None:
    told: list[CallCause] = []

    @hook
    def call_ended(call: CallEnded) -> None:
        told.append(call.cause)

    alarm.house.plug(call_ended)
    await alarm.begin()
    call = await alarm.ringing()
    assert call.offer == alarm.leg.offer
    assert alarm.texts() == []
    await alarm.house.clock.advance(RING - 1)
    await call.pick_up("the guard's SDP")
    await alarm.house.clock.advance(10)
    assert alarm.leg.completed == "the guard's SDP"
    assert alarm.said() == []
    alarm.leg.press("1")
    await alarm.house.clock.advance(10)
    assert alarm.texts()[0] == "There is an alarm in the cold store."
    assert alarm.texts()[-1] == "Thank you."
    assert call.cause is CallCause.ENDED
    assert told == [CallCause.ENDED]
    assert alarm.said() == ["Coming: yes"]
    await assert_nothing_is_left(alarm)


async def test_the_session_of_the_call_is_found_by_its_parent(alarm: Alarm) -> None:
    await alarm.begin()
    await (await alarm.ringing()).pick_up()
    await alarm.house.clock.settle()
    (row,) = await alarm.house.store.open_sessions("call:")
    session = codec.load(row.state)
    assert isinstance(session, Session)
    assert session.channel is Channel.CALL
    assert session.id == f"{session.parent}:call"
    assert session.person.name == "Gus Guard"
    assert session.conversation_id == alarm.guard.direct.id
    assert await alarm.house.journal(session.id, "turn")


@UNANSWERED
async def test_nobody_takes_it(alarm: Alarm, cause: CallCause, outcome: str) -> None:
    await alarm.begin()
    await (await alarm.ringing()).decline(cause)
    await alarm.house.clock.settle()
    assert alarm.said() == [f"error.dial.{outcome}"]
    await assert_nothing_is_left(alarm)


async def test_nobody_answers(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    await alarm.house.clock.advance(RING - 0.1)
    assert call.cause is None
    await alarm.house.clock.advance(0.2)
    assert call.cause is CallCause.CANCELLED
    assert alarm.said() == ["error.dial.no_answer ()"]
    await call.pick_up()
    await assert_nothing_is_left(alarm)
    assert alarm.said() == ["error.dial.no_answer ()"]


async def test_an_answer_that_does_not_fit(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    alarm.leg.refusal = "there is no codec in common."
    await call.pick_up()
    await alarm.house.clock.settle()
    assert call.cause is CallCause.FAILED
    assert alarm.said() == ["error.dial.failed (there is no codec in common.)"]
    await assert_nothing_is_left(alarm)


async def test_the_platform_refuses(alarm: Alarm) -> None:
    alarm.house.flow(ALARM)
    await alarm.house.start()
    alarm.house.connector.refuse_dials("the link is down.")
    await alarm.ask()
    assert alarm.said() == ["error.dial.failed (the link is down.)"]
    await assert_nothing_is_left(alarm)


async def test_nobody_has_the_address(alarm: Alarm) -> None:
    await alarm.begin(ALARM.replace("guard@", "nobody@"))
    assert alarm.said() == ["error.dial.failed (nobody has the address nobody@example.com)"]
    assert alarm.house.audio.legs == []
    await assert_nothing_is_left(alarm)


async def test_a_bot_without_a_voice_calls_nobody(alarm: Alarm) -> None:
    alarm.house.voice = None
    await alarm.begin()
    assert alarm.said() == ["error.dial.failed (there is nothing to speak with)"]
    assert alarm.guard.missed() == []


async def test_a_call_without_a_flow_ends_once_answered(alarm: Alarm) -> None:
    flow = "flow: x\nstart: [mention]\nsteps:\n  - dial: guard@example.com\n  - end: It rang.\n"
    await alarm.begin(flow)
    call = await alarm.ringing()
    await call.pick_up()
    await alarm.house.clock.settle()
    assert call.cause is CallCause.ENDED
    assert alarm.said() == ["It rang."]
    await assert_nothing_is_left(alarm)


async def test_the_person_hangs_up_in_the_middle(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    await call.pick_up()
    await alarm.house.clock.advance(1)
    await call.hang_up()
    await alarm.house.clock.settle()
    assert alarm.said() == ["Coming: "]
    await assert_nothing_is_left(alarm)


async def test_the_person_hangs_up_in_the_same_breath(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    await call.pick_up()
    await call.hang_up()
    await alarm.house.clock.settle()
    assert alarm.said() == ["Coming: "]
    await assert_nothing_is_left(alarm)


async def test_media_that_never_come_are_a_failure(alarm: Alarm) -> None:
    alarm.house.audio = type(alarm.house.audio)(alarm.house.clock, connects=False)
    await alarm.begin()
    call = await alarm.ringing()
    await call.pick_up()
    await alarm.house.clock.advance(30)
    assert call.cause is CallCause.FAILED
    assert alarm.said() == ["error.dial.failed (the call was lost)"]
    await assert_nothing_is_left(alarm)


async def test_what_is_told_before_the_call_has_a_name_is_not_lost(alarm: Alarm) -> None:
    alarm.house.flow(ALARM)
    await alarm.house.start()
    calls = alarm.house.connector.calls
    dial = calls.dial

    async def dial_and_hear_first(address: str, offer: str) -> str:
        call_id = await dial(address, offer)
        call = await alarm.guard.next_call()
        await call.pick_up("quick")
        await call.add_candidates(("candidate:1", "0", 0))
        return call_id

    calls.dial = dial_and_hear_first  # type: ignore[method-assign]
    await alarm.ask()
    assert alarm.leg.completed == "quick"
    assert alarm.leg.candidates == [("candidate:1", "0", 0)]
    await alarm.house.clock.advance(10)
    assert alarm.texts()[0] == "There is an alarm in the cold store."


async def test_candidates_go_to_the_leg_before_and_after_the_answer(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    await call.add_candidates(("candidate:1", "0", 0))
    assert alarm.leg.candidates == []
    await call.pick_up()
    await alarm.house.clock.settle()
    await call.add_candidates(("candidate:2", "0", 0), ("", "0", 0))
    await alarm.house.clock.settle()
    assert [line for line, _, _ in alarm.leg.candidates] == ["candidate:1", "candidate:2", ""]


async def test_a_flow_on_a_call_has_somebody_else_called(alarm: Alarm) -> None:
    flow = ALARM.replace("start: [mention]", "start: [call_incoming]")
    alarm.house.flow(flow.replace("steps:\n  - dial", "steps:\n  - say: One moment.\n  - dial"))
    await alarm.house.start()
    caller = await alarm.ada.call()
    await alarm.house.clock.settle()
    call = await alarm.ringing()
    own, others = alarm.house.audio.legs
    await call.pick_up()
    await alarm.house.clock.advance(5)
    others.press("2")
    await alarm.house.clock.advance(10)
    assert alarm.house.voice is not None
    assert [alarm.house.voice.text_of(each.pcm) for each in own.heard] == ["One moment.", "Coming: no"]
    assert caller.cause is CallCause.ENDED
    await assert_nothing_is_left(alarm)


async def test_the_result_of_a_caller_who_has_gone_is_dropped(alarm: Alarm) -> None:
    flow = ALARM.replace("start: [mention]", "start: [call_incoming]")
    alarm.house.flow(flow.replace("steps:\n  - dial", "steps:\n  - say: One moment.\n  - dial"))
    await alarm.house.start()
    caller = await alarm.ada.call()
    await alarm.house.clock.settle()
    call = await alarm.ringing()
    await caller.hang_up()
    await call.pick_up()
    await alarm.house.clock.advance(5)
    alarm.leg.press("1")
    await alarm.house.clock.advance(10)
    assert call.cause is CallCause.ENDED
    await assert_nothing_is_left(alarm)


async def test_a_detached_session_has_somebody_called(alarm: Alarm) -> None:
    nobody = ALARM.replace("start: [mention]", "start: [call_incoming]")
    told = 'post: "Coming: {{ reply.coming }}"\n          to: ada.byron@example.com'
    alarm.house.flow(nobody.replace('end: "Coming: {{ reply.coming }}"', told))
    await alarm.house.start()
    begin = SessionStart(session=Session(id="daily", channel=Channel.DETACHED, flow="alarm"))
    now = alarm.house.clock.now()
    row = InboxRow(id="daily", key="session:daily", payload=codec.dump(begin), at=now)
    await alarm.house.store.receive(row)
    await alarm.ada.post("What wakes the inbox.")
    await alarm.house.clock.settle()
    await (await alarm.ringing()).pick_up()
    await alarm.house.clock.advance(5)
    alarm.leg.press("1")
    await alarm.house.clock.advance(10)
    assert alarm.said() == ["Coming: yes"]
    await assert_nothing_is_left(alarm)


async def test_two_guards_are_called_at_once(alarm: Alarm) -> None:
    bob = ScriptedPerson(alarm.house.platform, "Bob Ray")
    await alarm.begin()
    await bob.post("alarm")
    await alarm.house.clock.settle()
    first, second = await alarm.ringing(), await alarm.ringing()
    await second.pick_up()
    await first.decline()
    await alarm.house.clock.advance(5)
    alarm.leg.press("1")
    await alarm.house.clock.advance(10)
    assert alarm.said() == ["error.dial.declined ()"]
    assert alarm.house.said(bob.direct) == ["Coming: yes"]
    await assert_nothing_is_left(alarm)


async def test_a_stop_while_it_rings(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    await alarm.house.stop()
    assert call.cause is CallCause.CANCELLED
    await alarm.house.start()
    assert alarm.said() == ["error.dial.failed (it ended: ended)"]
    assert alarm.guard.missed() == []
    await assert_nothing_is_left(alarm)


async def test_a_stop_while_they_talk(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    await call.pick_up()
    await alarm.house.clock.advance(1)
    await alarm.house.stop()
    assert call.cause is CallCause.ENDED
    await alarm.house.start()
    assert alarm.said() == ["Coming: "]
    await assert_nothing_is_left(alarm)


async def test_a_stop_while_it_is_being_placed(alarm: Alarm) -> None:
    alarm.house.flow(ALARM)
    await alarm.house.start()
    alarm.house.connector.hold_dials()
    await alarm.ask()
    connector = alarm.house.connector
    stopping = asyncio.create_task(alarm.house.stop())
    await asyncio.sleep(0)
    connector.release_dials()
    await stopping
    assert all(call.cause is CallCause.CANCELLED for call in alarm.guard.missed())
    await alarm.house.start()
    assert alarm.said() == ["error.dial.failed (it ended: ended)"]
    await assert_nothing_is_left(alarm)


async def test_a_crash_while_it_rings_does_not_ring_twice(alarm: Alarm) -> None:
    await alarm.begin()
    await alarm.ringing()
    await alarm.house.kill()
    await alarm.house.start()
    assert alarm.guard.missed() == []
    assert alarm.said() == ["error.dial.failed (the bot was interrupted while it rang)"]


async def test_a_crash_while_they_talk(alarm: Alarm) -> None:
    await alarm.begin()
    call = await alarm.ringing()
    await call.pick_up()
    await alarm.house.clock.advance(1)
    await alarm.house.kill()
    await alarm.house.start()
    assert call.cause is CallCause.CALL_LOST
    assert alarm.said() == ["error.dial.failed (the call was lost)"]
    await assert_nothing_is_left(alarm)


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_happens_the_result_comes_once(alarm: Alarm, seed: int) -> None:
    chance = random.Random(seed)
    alarm.house.flow(ALARM)
    await alarm.house.start()
    await alarm.ada.post("alarm")
    calls: list[ReceivedCall] = []
    for _ in range(12):
        calls += alarm.guard.missed()
        call = chance.choice([*calls, None])
        leg = chance.choice([*alarm.house.audio.legs, None])
        match chance.randrange(8):
            case 0 if call is not None:
                await call.hang_up()
            case 1 | 2 if call is not None:
                await call.pick_up()
            case 3 if call is not None and not call.answer:
                await call.decline()
            case 4 if leg is not None:
                leg.drop()
            case 5 if leg is not None:
                leg.press("1")
            case 6 if chance.random() < 0.3:
                await alarm.house.stop()
                await alarm.house.start()
            case _:
                await alarm.house.clock.advance(chance.choice([0.0, 0.3, 6.0]))
    for call in (*calls, *alarm.guard.missed()):
        await call.hang_up()
    await alarm.house.clock.advance(90)  # one that a stop put off for a minute rings for 20 seconds
    assert len(alarm.said()) == 1
    await assert_nothing_is_left(alarm)
