"""Signalling of calls against botkit's own server; the SDP is fixed text."""

from __future__ import annotations

import asyncio

import pytest

from botkit.circuit import actions
from botkit.circuit.errors import CallFailed, NotFound
from botkit.model.calls import CallCause, DeclineCause
from botkit.model.events import CallCandidates, CallEnded, CallOffered, ConnectionChanged
from tests.circuit.world import World

OFFER = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
ANSWER = "v=0\r\no=- 3 4 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


async def test_a_call_is_offered_rung_answered_and_hung_up_by_the_caller(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    outgoing = await ann.calls.dial(record.conversation.id, OFFER)
    offered = await told.first(CallOffered)
    assert offered.offer == OFFER
    assert offered.call.caller == ann.me
    assert offered.call.conversation_id == record.conversation.id
    async with asyncio.timeout(10):
        await bot.calls.ringing(offered.call.id)
        await outgoing.ringing.wait()
        await outgoing.send_candidates([("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 0), ("", "", 0)])
        await bot.calls.answer(offered.call.id, ANSWER)
        assert await outgoing.answered() == ANSWER
        candidates = await told.first(CallCandidates)
        assert candidates.call_id == offered.call.id
        assert candidates.candidates == (
            ("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 0),
            ("", "", 0),
        )
        await outgoing.hang_up()
    ended = await told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (offered.call.id, CallCause.HANGUP)
    await bot.calls.hangup(offered.call.id)


async def test_the_bot_hangs_up(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    outgoing = await ann.calls.dial(record.conversation.id, OFFER)
    offered = await told.first(CallOffered)
    await bot.calls.answer(offered.call.id, ANSWER)
    async with asyncio.timeout(10):
        await outgoing.answered()
        await bot.calls.hangup(offered.call.id)
        assert await outgoing.ended() is CallCause.HANGUP
    ended = await told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (offered.call.id, CallCause.ENDED)
    with pytest.raises(NotFound):
        await bot.calls.answer(offered.call.id, ANSWER)


@pytest.mark.parametrize(
    ("cause", "seen"),
    [(DeclineCause.REJECTED, CallCause.DECLINED), (DeclineCause.BUSY, CallCause.BUSY)],
)
async def test_the_bot_declines(world: World, cause: DeclineCause, seen: CallCause) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    outgoing = await ann.calls.dial(record.conversation.id, OFFER)
    offered = await told.first(CallOffered)
    await bot.calls.decline(offered.call.id, cause)
    await bot.calls.decline(offered.call.id, cause)
    async with asyncio.timeout(10):
        with pytest.raises(CallFailed) as caught:
            await outgoing.answered()
        assert caught.value.cause is seen
        assert await outgoing.ended() is seen
    ended = await told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (offered.call.id, seen)
    assert len(told.all(CallEnded)) == 1


async def test_the_caller_gives_up_and_calls_again(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    first = await ann.calls.dial(record.conversation.id, OFFER)
    offered = await told.first(CallOffered)
    await first.hang_up()
    ended = await told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (offered.call.id, CallCause.CANCELLED)
    second = await ann.calls.dial(record.conversation.id, OFFER)
    _, again = await told.until(CallOffered, 2)
    assert again.call.id != offered.call.id
    await bot.calls.answer(again.call.id, ANSWER)
    async with asyncio.timeout(10):
        assert await second.answered() == ANSWER


async def test_another_media_offer_is_refused_and_the_call_goes_on(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    outgoing = await ann.calls.dial(record.conversation.id, OFFER)
    offered = await told.first(CallOffered)
    await bot.calls.answer(offered.call.id, ANSWER)
    async with asyncio.timeout(10), ann.events() as heard:
        await outgoing.answered()
        change = {
            "rtcSessionId": record.rtc_session_id,
            "sdp": {"type": "offer", "sdp": OFFER},
            "mediaTypes": ["AUDIO", "VIDEO"],
            "transactionId": "t1",
        }
        await ann.request(actions.CHANGE_MEDIA_TYPE, change)
        while type(await heard.get()).__name__ != "CallRefused":
            pass
    assert not outgoing.over
    assert told.all(CallEnded) == []


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
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    outgoing = await ann.calls.dial(record.conversation.id, OFFER)
    offered = await told.first(CallOffered)
    await bot.calls.answer(offered.call.id, ANSWER)
    async with asyncio.timeout(10):
        await outgoing.answered()
        await bot.close()
        restarted, _ = await world.bot()
        await restarted.calls.hangup(f"another-{offered.call.id}", CallCause.CALL_LOST)
        assert not outgoing.over
        await restarted.calls.hangup(offered.call.id, CallCause.CALL_LOST)
        assert await outgoing.ended() is CallCause.HANGUP


async def test_what_still_rings_after_a_reconnect_is_a_new_offer(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    outgoing = await ann.calls.dial(record.conversation.id, OFFER)
    first = await told.first(CallOffered)
    world.sandbox.drop_connections(bot.me.id)
    await told.first(CallEnded)
    second = await told.first(CallOffered, lambda offer: offer.event_id != first.event_id)
    assert second.call.id != first.call.id
    await bot.calls.answer(second.call.id, ANSWER)
    async with asyncio.timeout(10):
        assert await outgoing.answered() == ANSWER
