"""Signalling of calls against botkit's own server; the SDP is fixed text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeVar

import pytest

from botkit.circuit import actions
from botkit.circuit.api.outgoing import OutgoingCall, origin_of
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.errors import CallFailed, NotFound
from botkit.circuit.events import (
    CallAnswered,
    CallInvited,
    CallRefused,
    CallTerminated,
    CircuitEvent,
)
from botkit.circuit.session import CircuitSession
from botkit.circuit.shapes import ConversationRecord
from botkit.model.calls import CallCause, DeclineCause
from botkit.model.events import CallAnswered as CallPickedUp
from botkit.model.events import (
    CallCandidates,
    CallChangeOffered,
    CallEnded,
    CallOffered,
    ConnectionChanged,
)
from tests.circuit.world import ANSWER, CANDIDATE, OFFER, Told, World

Kind = TypeVar("Kind", bound=CircuitEvent)


@dataclass(frozen=True, slots=True)
class Ringing:
    """Ann's call to the bot, as far as both ends know of it."""

    bot: CircuitConnector
    told: Told
    ann: CircuitSession
    record: ConversationRecord
    outgoing: OutgoingCall
    offered: CallOffered


async def ring(world: World) -> Ringing:
    """Ann calls, and the bot has been offered it."""
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    outgoing = await ann.calls.dial(record.conversation.id, OFFER)
    return Ringing(bot, told, ann, record, outgoing, await told.first(CallOffered))


async def heard_of(heard: asyncio.Queue[CircuitEvent], kind: type[Kind]) -> Kind:
    """The next event of this kind; what comes before it is left out."""
    while not isinstance(event := await heard.get(), kind):
        pass
    return event


async def test_a_call_is_offered_rung_answered_and_hung_up_by_the_caller(world: World) -> None:
    call = await ring(world)
    assert call.offered.offer == OFFER
    assert call.offered.call.caller == call.ann.me
    assert call.offered.call.conversation_id == call.record.conversation.id
    async with asyncio.timeout(30):
        await call.bot.calls.ringing(call.offered.call.id)
        await call.outgoing.ringing.wait()
        await call.outgoing.send_candidates(
            [("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 0), ("", "", 0)]
        )
        await call.bot.calls.answer(call.offered.call.id, ANSWER)
        assert await call.outgoing.answered() == ANSWER
        candidates = await call.told.first(CallCandidates)
        assert candidates.call_id == call.offered.call.id
        assert candidates.candidates == (
            ("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 0),
            ("", "", 0),
        )
        await call.outgoing.hang_up()
    ended = await call.told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (call.offered.call.id, CallCause.HANGUP)
    await call.bot.calls.hangup(call.offered.call.id)


async def test_the_bot_hangs_up(world: World) -> None:
    call = await ring(world)
    await call.bot.calls.answer(call.offered.call.id, ANSWER)
    async with asyncio.timeout(30):
        await call.outgoing.answered()
        await call.bot.calls.hangup(call.offered.call.id)
        assert await call.outgoing.ended() is CallCause.HANGUP
    ended = await call.told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (call.offered.call.id, CallCause.ENDED)
    with pytest.raises(NotFound):
        await call.bot.calls.answer(call.offered.call.id, ANSWER)


@pytest.mark.parametrize(
    ("cause", "seen"),
    [(DeclineCause.REJECTED, CallCause.DECLINED), (DeclineCause.BUSY, CallCause.BUSY)],
)
async def test_the_bot_declines(world: World, cause: DeclineCause, seen: CallCause) -> None:
    call = await ring(world)
    await call.bot.calls.decline(call.offered.call.id, cause)
    await call.bot.calls.decline(call.offered.call.id, cause)
    async with asyncio.timeout(30):
        with pytest.raises(CallFailed) as caught:
            await call.outgoing.answered()
        assert caught.value.cause is seen
        assert await call.outgoing.ended() is seen
    ended = await call.told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (call.offered.call.id, seen)
    assert len(call.told.all(CallEnded)) == 1


async def test_the_caller_gives_up_and_calls_again(world: World) -> None:
    call = await ring(world)
    await call.outgoing.hang_up()
    ended = await call.told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (call.offered.call.id, CallCause.CANCELLED)
    second = await call.ann.calls.dial(call.record.conversation.id, OFFER)
    _, again = await call.told.until(CallOffered, 2)
    assert again.call.id != call.offered.call.id
    await call.bot.calls.answer(again.call.id, ANSWER)
    async with asyncio.timeout(30):
        assert await second.answered() == ANSWER


async def test_another_media_offer_is_told_and_answered_or_refused(world: World) -> None:
    call = await ring(world)
    await call.bot.calls.answer(call.offered.call.id, ANSWER)
    held = OFFER.replace("o=- 1", "o=- 77")
    async with asyncio.timeout(30), call.ann.events() as heard:
        await call.outgoing.answered()
        for number, answer in enumerate((ANSWER, None)):
            change = {
                "rtcSessionId": call.record.rtc_session_id,
                "sdp": {"type": "offer", "sdp": held},
                "mediaTypes": ["AUDIO"],
                "transactionId": f"t{number}",
            }
            await call.ann.request(actions.CHANGE_MEDIA_TYPE, change)
            offered = (await call.told.until(CallChangeOffered, number + 1))[number]
            assert (offered.call_id, offered.offer) == (call.offered.call.id, held)
            await call.bot.calls.answer_change(offered.call_id, offered.change_id, answer)
            expected = CallRefused if answer is None else CallAnswered
            await heard_of(heard, expected)
        await call.outgoing.send_candidates([("of the first offer", "0", 0)])
        await call.ann.calls.send_candidates(call.record.rtc_session_id, origin_of(held), [CANDIDATE])
        (trickled,) = await call.told.until(CallCandidates, 1)
    assert trickled.candidates == (CANDIDATE,)
    assert not call.outgoing.over
    assert call.told.all(CallEnded) == []


async def test_what_rings_when_the_link_breaks_is_over_and_what_talks_goes_on(world: World) -> None:
    bot, told = await world.bot()
    ann, ben = await world.person("ann"), await world.person("ben")
    with_ann = await ann.conversations.direct(bot.me.id)
    with_ben = await ben.conversations.direct(bot.me.id)
    await ann.calls.dial(with_ann.conversation.id, OFFER)
    talking = await told.first(CallOffered)
    await bot.calls.answer(talking.call.id, ANSWER)
    await ben.calls.dial(with_ben.conversation.id, OFFER)
    ringing = (await told.until(CallOffered, 2))[1]
    world.sandbox.drop_connections(bot.me.id)
    await told.until(ConnectionChanged, 4)
    ended = await told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (ringing.call.id, CallCause.FAILED)


async def test_a_call_of_an_earlier_process_can_be_ended(world: World) -> None:
    call = await ring(world)
    await call.bot.calls.answer(call.offered.call.id, ANSWER)
    async with asyncio.timeout(30):
        await call.outgoing.answered()
        await call.bot.close()
        restarted, _ = await world.bot()
        await restarted.calls.hangup(f"another-{call.offered.call.id}", CallCause.CALL_LOST)
        assert not call.outgoing.over
        await restarted.calls.hangup(call.offered.call.id, CallCause.CALL_LOST)
        assert await call.outgoing.ended() is CallCause.HANGUP


async def test_calls_of_an_earlier_process_that_nobody_names_can_be_ended(world: World) -> None:
    """One to the bot and one by it: their flows had ended, and nobody remembers them."""
    call = await ring(world)
    ben = await world.person("ben")
    async with asyncio.timeout(30), ben.events() as heard:
        await call.bot.calls.answer(call.offered.call.id, ANSWER)
        await call.outgoing.answered()
        await call.bot.calls.dial("ben@example.com", OFFER)
        await ben.calls.answer(await heard_of(heard, CallInvited), ANSWER)
        await call.told.first(CallPickedUp)
        await call.bot.close()
        restarted, _ = await world.bot()
        assert not call.outgoing.over
        await restarted.calls.hang_up_lost()
        assert await call.outgoing.ended() is CallCause.HANGUP
        await heard_of(heard, CallTerminated)


async def test_a_call_that_rings_is_no_lost_one(world: World) -> None:
    """Also where the bot was in a call with the same person before."""
    call = await ring(world)
    async with asyncio.timeout(30):
        await call.bot.calls.answer(call.offered.call.id, ANSWER)
        await call.outgoing.answered()
        await call.bot.close()
        restarted, told = await world.bot()
        await call.outgoing.hang_up()
        again = await call.ann.calls.dial(call.record.conversation.id, OFFER)
        offered = await told.first(CallOffered)
        await restarted.calls.hang_up_lost()
        await restarted.calls.answer(offered.call.id, ANSWER)
        assert await again.answered() == ANSWER
        await restarted.calls.hang_up_lost()
        assert not again.over


async def test_a_call_on_another_device_of_the_account_is_no_lost_one(world: World) -> None:
    call = await ring(world)
    async with asyncio.timeout(30):
        await call.bot.calls.answer(call.offered.call.id, ANSWER)
        await call.outgoing.answered()
        second, _ = await world.bot()
        assert call.record.rtc_session_id in second.session.active_calls
        await second.calls.hang_up_lost()
        await call.outgoing.send_candidates([CANDIDATE])
        await call.told.first(CallCandidates)
        assert not call.outgoing.over


async def test_what_still_rings_after_a_reconnect_is_a_new_offer(world: World) -> None:
    call = await ring(world)
    world.sandbox.drop_connections(call.bot.me.id)
    await call.told.first(CallEnded)
    second = await call.told.first(CallOffered, lambda offer: offer.event_id != call.offered.event_id)
    assert second.call.id != call.offered.call.id
    await call.bot.calls.answer(second.call.id, ANSWER)
    async with asyncio.timeout(30):
        assert await call.outgoing.answered() == ANSWER
