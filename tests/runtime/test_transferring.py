"""`transfer`: on a call two legs are joined, on chat somebody is brought into the conversation."""

from __future__ import annotations

import asyncio
import random

import pytest

from botkit.model.calls import CallCause
from botkit.model.conversations import ConversationKind
from botkit.model.tones import ringback
from botkit.testing import FakeAudioPort, FakeLeg, ReceivedCall, ScriptedCall, ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import UNANSWERED

FLOW = """
flow: exchange
start: [call_incoming, mention]
steps:
  - say: One moment.
  - transfer: olivia@example.com
    ring: 20s
    outcomes:
      accepted:
        - say: Welcome back.
        - end
      otherwise:
        - end: "{{ event.name }} ({{ event.detail }})"
when:
  hangup:
    - post: The caller hung up.
      to: otto@example.com
"""
SAYS = 0.06 * len("One moment.")
"""Seconds."""


class Exchange:
    """A caller who is put through to Olivia."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ada = ScriptedPerson(house.platform)
        self.olivia = ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")
        self.otto = ScriptedPerson(house.platform, "Otto Desk", "otto@example.com")
        self.caller: ScriptedCall

    async def begin(self, flow: str = FLOW) -> None:
        """Up to where it rings at Olivia's."""
        self.house.flow(flow)
        await self.house.start()
        self.caller = await self.ada.call()
        await self.house.clock.advance(SAYS)

    async def ringing(self) -> ReceivedCall:
        call = await self.olivia.next_call()
        assert call.cause is None
        return call

    async def joined(self) -> ReceivedCall:
        call = await self.ringing()
        await call.pick_up()
        await self.house.clock.advance(1)
        assert self.near.bridged is self.far
        return call

    @property
    def near(self) -> FakeLeg:
        return self.house.audio.legs[0]

    @property
    def far(self) -> FakeLeg:
        return self.house.audio.legs[1]

    def texts(self) -> list[str]:
        """What the caller heard in words."""
        assert self.house.voice is not None
        words = [each for each in self.near.heard if each.pcm != ringback()]
        return [self.house.voice.text_of(each.pcm) for each in words]

    def rings(self) -> float:
        """Seconds of ringing that the caller heard."""
        return sum(each.played for each in self.near.heard if each.pcm == ringback())

    async def assert_over(self, caller: CallCause) -> None:
        house = self.house
        await house.clock.advance(1)
        assert self.caller.cause is caller
        assert all(leg.closed for leg in house.audio.legs)
        assert all(leg.bridged is None for leg in house.audio.legs)
        assert all(call.cause is not None for call in house.platform.calls.values())
        assert not await house.store.open_sessions("")


@pytest.fixture
def exchange(house: House) -> Exchange:
    return Exchange(house)


async def test_whoever_was_called_can_offer_something_else_too(exchange: Exchange) -> None:
    await exchange.begin()
    joined = await exchange.joined()
    await joined.offer_change("v=0\r\ns=hold\r\n", "first")
    await exchange.house.clock.settle()
    assert joined.changes == {"first": "v=0\r\ns=answer 1\r\n"}


async def test_it_rings_only_once_everything_before_has_been_heard(exchange: Exchange) -> None:
    exchange.house.flow(FLOW)
    await exchange.house.start()
    exchange.caller = await exchange.ada.call()
    await exchange.house.clock.advance(SAYS - 0.1)
    assert exchange.olivia.missed() == []
    await exchange.house.clock.advance(0.1)
    assert len(exchange.olivia.missed()) == 1


async def test_the_caller_hears_it_ring_and_then_the_other(exchange: Exchange) -> None:
    await exchange.begin()
    call = await exchange.ringing()
    await exchange.house.clock.advance(13)
    assert exchange.near.bridged is None
    await call.pick_up("Olivia's SDP")
    await exchange.house.clock.settle()
    assert exchange.far.completed == "Olivia's SDP"
    assert exchange.near.bridged is exchange.far
    assert exchange.rings() == pytest.approx(13)
    await exchange.house.clock.advance(3600)
    assert exchange.near.bridged is exchange.far
    await call.hang_up()
    await exchange.house.clock.advance(2)
    assert exchange.texts() == ["One moment.", "Welcome back."]
    assert exchange.otto.unread() == []
    await exchange.assert_over(CallCause.ENDED)


@UNANSWERED
async def test_nobody_takes_it(exchange: Exchange, cause: CallCause, outcome: str) -> None:
    await exchange.begin()
    await exchange.house.clock.advance(3)
    await (await exchange.ringing()).decline(cause)
    await exchange.house.clock.advance(5)
    assert exchange.texts() == ["One moment.", f"error.transfer.{outcome}"]
    assert exchange.rings() == pytest.approx(3)
    await exchange.assert_over(CallCause.ENDED)


async def test_nobody_answers(exchange: Exchange) -> None:
    await exchange.begin()
    call = await exchange.ringing()
    await exchange.house.clock.advance(20)
    assert call.cause is CallCause.CANCELLED
    await exchange.house.clock.advance(5)
    assert exchange.texts()[-1] == "error.transfer.no_answer ()"
    await exchange.assert_over(CallCause.ENDED)


async def test_nobody_has_the_address(exchange: Exchange) -> None:
    await exchange.begin(FLOW.replace("olivia@", "nobody@"))
    await exchange.house.clock.advance(10)
    assert exchange.texts()[-1] == "error.transfer.failed (nobody and nothing is called nobody@example.com.)"
    await exchange.assert_over(CallCause.ENDED)


async def test_the_caller_hangs_up_while_it_rings(exchange: Exchange) -> None:
    await exchange.begin()
    call = await exchange.ringing()
    await exchange.caller.hang_up()
    await exchange.house.clock.advance(1)
    assert call.cause is CallCause.CANCELLED
    assert [each.text for each in exchange.otto.unread()] == ["The caller hung up."]
    await exchange.assert_over(CallCause.HANGUP)


async def test_the_caller_hangs_up_while_it_is_being_placed(exchange: Exchange) -> None:
    exchange.house.flow(FLOW)
    await exchange.house.start()
    exchange.house.connector.hold_dials()
    exchange.caller = await exchange.ada.call()
    await exchange.house.clock.advance(SAYS + 1)
    await exchange.caller.hang_up()
    await exchange.house.clock.settle()
    exchange.house.connector.release_dials()
    await exchange.house.clock.settle()
    assert [call.cause for call in exchange.olivia.missed()] == [CallCause.CANCELLED]
    await exchange.assert_over(CallCause.HANGUP)


async def test_the_caller_hangs_up_as_the_other_picks_up(exchange: Exchange) -> None:
    await exchange.begin()
    call = await exchange.ringing()
    await asyncio.gather(call.pick_up(), exchange.caller.hang_up())
    await exchange.assert_over(CallCause.HANGUP)
    assert call.cause is not None


async def test_the_caller_hangs_up_in_the_middle(exchange: Exchange) -> None:
    await exchange.begin()
    call = await exchange.joined()
    await exchange.caller.hang_up()
    await exchange.house.clock.advance(1)
    assert call.cause is CallCause.ENDED
    assert [each.text for each in exchange.otto.unread()] == ["The caller hung up."]
    await exchange.assert_over(CallCause.HANGUP)


async def test_the_others_media_are_lost(exchange: Exchange) -> None:
    await exchange.begin()
    call = await exchange.joined()
    exchange.far.drop(CallCause.MEDIA_LOST)
    await exchange.house.clock.advance(2)
    assert call.cause is CallCause.MEDIA_LOST
    assert exchange.texts() == ["One moment.", "Welcome back."]
    await exchange.assert_over(CallCause.ENDED)


async def test_the_others_media_never_come(exchange: Exchange) -> None:
    exchange.house.audio = FakeAudioPort(exchange.house.clock, connects=False)
    await exchange.begin()
    exchange.near.connect()
    await exchange.house.clock.advance(SAYS)
    await (call := await exchange.ringing()).pick_up()
    await exchange.house.clock.advance(30)
    assert call.cause is CallCause.FAILED
    assert exchange.texts()[-1] == "error.transfer.failed (no media came within 20 s)"
    await exchange.assert_over(CallCause.ENDED)


async def test_keys_mean_nothing_meanwhile(exchange: Exchange) -> None:
    await exchange.begin()
    exchange.near.press("1#")
    await exchange.house.clock.advance(2)
    call = await exchange.ringing()
    await call.pick_up()
    exchange.near.press("2")
    exchange.far.press("3")
    await exchange.house.clock.advance(2)
    assert exchange.near.bridged is exchange.far
    await call.hang_up()
    await exchange.house.clock.advance(2)
    assert exchange.texts() == ["One moment.", "Welcome back."]
    await exchange.assert_over(CallCause.ENDED)


@pytest.mark.parametrize("answered", [False, True])
async def test_a_stop(exchange: Exchange, answered: bool) -> None:
    await exchange.begin()
    call = await (exchange.joined() if answered else exchange.ringing())
    await exchange.house.stop()
    assert call.cause is (CallCause.ENDED if answered else CallCause.CANCELLED)
    assert exchange.caller.cause is CallCause.ENDED
    assert all(leg.closed for leg in exchange.house.audio.legs)


async def test_a_crash_loses_both(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.joined()
    await exchange.house.kill()
    await exchange.house.start()
    assert exchange.caller.cause is CallCause.CALL_LOST
    assert [each.text for each in exchange.otto.unread()] == ["The caller hung up."]
    assert not await exchange.house.store.open_sessions("")


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_happens_nothing_is_left(exchange: Exchange, seed: int) -> None:
    chance = random.Random(seed)
    exchange.house.flow(FLOW)
    await exchange.house.start()
    exchange.caller = await exchange.ada.call()
    calls: list[ReceivedCall] = []
    for _ in range(12):
        calls += exchange.olivia.missed()
        whom = chance.choice([exchange.caller, *calls])
        leg = chance.choice(exchange.house.audio.legs or [None])
        match chance.randrange(8):
            case 0:
                await whom.hang_up()
            case 1 | 2 if isinstance(whom, ReceivedCall):
                await whom.pick_up()
            case 3 if isinstance(whom, ReceivedCall) and not whom.answer:
                await whom.decline()
            case 4 if leg is not None:
                leg.drop()
            case 5 if leg is not None:
                leg.press("5")
            case _:
                await exchange.house.clock.advance(chance.choice([0.0, 0.3, SAYS, 6.0]))
    for call in (exchange.caller, *calls, *exchange.olivia.missed()):
        await call.hang_up()
    await exchange.house.clock.advance(60)
    assert exchange.caller.cause is not None
    await exchange.assert_over(exchange.caller.cause)


CHAT = FLOW.replace("        - say: Welcome back.\n        - end\n", "        - end: Olivia is here.\n")


class TestOnChat:
    async def test_a_group_gets_one_more_member(self, exchange: Exchange) -> None:
        house = exchange.house
        house.flow(CHAT)
        await house.start()
        group = house.platform.add_group("Help", [exchange.ada.user])
        await exchange.ada.mention("help", to=group)
        await house.clock.settle()
        assert exchange.olivia.user.id in house.platform.conversation(group.id).members
        assert house.said(group) == ["One moment.", "Olivia is here."]
        assert not await house.store.open_sessions("")

    async def test_from_a_direct_conversation_a_group_comes(self, exchange: Exchange) -> None:
        house = exchange.house
        house.flow(FLOW.replace("      accepted:\n        - say: Welcome back.\n        - end\n", ""))
        await house.start()
        await exchange.ada.post("help")
        await house.clock.settle()
        (group,) = [
            each for each in house.platform.conversations.values() if each.kind is ConversationKind.GROUP
        ]
        assert set(group.members) == {exchange.ada.user.id, exchange.olivia.user.id, house.platform.bot.id}
        assert house.said(exchange.ada.direct) == ["One moment."]
        assert not await house.store.open_sessions("")

    async def test_nobody_has_the_address(self, exchange: Exchange) -> None:
        house = exchange.house
        house.flow(CHAT.replace("olivia@", "nobody@"))
        await house.start()
        await exchange.ada.post("help")
        await house.clock.settle()
        assert house.said(exchange.ada.direct)[1:] == [
            "error.transfer.failed (nobody and nothing is called nobody@example.com.)"
        ]
