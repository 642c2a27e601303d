"""Calls that the bot makes, against botkit's own server; the SDP is fixed text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from botkit.circuit import actions, events
from botkit.circuit.api.outgoing import origin_of
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.errors import NotFound
from botkit.circuit.events import CallInvited, CallRefused, CircuitEvent, InviteCancelled
from botkit.circuit.session import CircuitSession
from botkit.model.calls import CallCause
from botkit.model.events import (
    CallAnswered,
    CallCandidates,
    CallChangeOffered,
    CallEnded,
    CallOffered,
    ConnectionChanged,
    Event,
)
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox
from tests.circuit.world import ANSWER, CANDIDATE, OFFER, Told, World, tenant


@dataclass(frozen=True, slots=True)
class Dialled:
    """The bot's call to Ann, which rings at her one client."""

    bot: CircuitConnector
    told: Told
    call_id: str
    ann: CircuitSession
    heard: asyncio.Queue[CircuitEvent]
    invite: CallInvited

    async def answer(self) -> None:
        await self.ann.calls.answer(self.invite, ANSWER)
        await self.told.first(CallAnswered)

    async def ended(self) -> CallCause:
        ended = await self.told.first(CallEnded)
        assert ended.call_id == self.call_id
        return ended.cause


async def next_of(heard: asyncio.Queue[CircuitEvent], kind: type[CircuitEvent]) -> CircuitEvent:
    async with asyncio.timeout(30):
        while not isinstance(event := await heard.get(), kind):
            pass
    return event


@pytest.fixture
async def ringing(world: World) -> AsyncIterator[Dialled]:
    bot, told = await world.bot()
    ann = await world.person("ann")
    async with ann.events() as heard:
        call_id = await bot.calls.dial("ann@example.com", OFFER)
        invite = await next_of(heard, CallInvited)
        assert isinstance(invite, CallInvited)
        yield Dialled(bot, told, call_id, ann, heard, invite)


async def test_it_rings_is_answered_and_hung_up_by_the_person(ringing: Dialled) -> None:
    assert ringing.invite.offer == OFFER
    assert ringing.invite.caller_id == ringing.bot.me.id
    await ringing.ann.calls.ring(ringing.invite)
    await ringing.ann.calls.send_candidates(ringing.invite.rtc_session_id, origin_of(ANSWER), [CANDIDATE])
    await ringing.answer()
    found = await ringing.told.first(CallCandidates)
    (answered,) = ringing.told.all(CallAnswered)
    assert (answered.call_id, answered.answer) == (ringing.call_id, ANSWER)
    assert (found.call_id, found.candidates) == (ringing.call_id, (CANDIDATE,))
    # Candidates that came while it rang follow the answer, never before it.
    assert ringing.told.events.index(answered) < ringing.told.events.index(found)
    await ringing.ann.calls.terminate(ringing.invite.rtc_session_id)
    assert await ringing.ended() is CallCause.HANGUP
    await ringing.bot.calls.hangup(ringing.call_id)
    assert len(ringing.told.all(CallEnded)) == 1


async def test_candidates_of_another_negotiation_are_left_out(ringing: Dialled) -> None:
    await ringing.answer()
    for origin in (origin_of(OFFER), origin_of(ANSWER)):
        await ringing.ann.calls.send_candidates(ringing.invite.rtc_session_id, origin, [CANDIDATE])
    await ringing.told.first(CallCandidates)
    await ringing.bot.calls.hangup(ringing.call_id)
    await ringing.ended()
    assert len(ringing.told.all(CallCandidates)) == 1


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("DECLINE", CallCause.DECLINED),
        ("BUSY", CallCause.BUSY),
        ("TIMEOUT", CallCause.NO_ANSWER),
    ],
)
async def test_the_person_does_not_take_it(ringing: Dialled, cause: str, told: CallCause) -> None:
    await ringing.ann.calls.reject(ringing.invite, cause)
    assert await ringing.ended() is told
    assert ringing.told.all(CallAnswered) == []


async def test_the_bot_gives_up_while_it_rings_and_may_call_again(ringing: Dialled) -> None:
    await ringing.bot.calls.hangup(ringing.call_id, CallCause.NO_ANSWER)
    assert await ringing.ended() is CallCause.NO_ANSWER
    cancelled = await next_of(ringing.heard, InviteCancelled)
    assert isinstance(cancelled, InviteCancelled)
    assert cancelled.cause == "REVOKED"
    again = await ringing.bot.calls.dial(ringing.ann.me.id, OFFER)
    assert again != ringing.call_id
    invite = await next_of(ringing.heard, CallInvited)
    assert isinstance(invite, CallInvited)
    await ringing.ann.calls.answer(invite, ANSWER)
    answered = await ringing.told.first(CallAnswered)
    assert answered.call_id == again


async def test_the_first_of_two_clients_takes_it(world: World, ringing: Dialled) -> None:
    other = await world.person("ann")
    async with other.events() as heard:
        # What rings is offered to who comes late, too.
        await ringing.bot.calls.hangup(ringing.call_id)
        await ringing.bot.calls.dial(ringing.ann.me.id, OFFER)
        first = await next_of(ringing.heard, CallInvited)
        await next_of(heard, CallInvited)
        assert isinstance(first, CallInvited)
        await ringing.ann.calls.answer(first, ANSWER)
        cancelled = await next_of(heard, InviteCancelled)
        assert isinstance(cancelled, InviteCancelled)
        assert (cancelled.client_id, cancelled.cause) == (ringing.ann.client_id, "ACCEPT")
    await ringing.told.first(CallAnswered)


async def test_a_busy_client_does_not_silence_the_others(world: World, ringing: Dialled) -> None:
    other = await world.person("ann")
    await ringing.ann.calls.reject(ringing.invite, "BUSY")
    await other.calls.answer(ringing.invite, ANSWER)
    assert (await ringing.told.first(CallAnswered)).call_id == ringing.call_id


async def test_somebody_without_an_open_client_cannot_be_reached(world: World) -> None:
    bot, told = await world.bot()
    known: list[str] = []

    async def sink(event: Event) -> None:
        # The bot knows the id before anything is told of it.
        if isinstance(event, CallEnded):
            assert known == [event.call_id]
        await told(event)

    await bot.close()
    bot = CircuitConnector(world.bot_session())
    await bot.start(sink)
    known.append(await bot.calls.dial("ben@example.com", OFFER))
    ended = await told.first(CallEnded)
    await bot.close()
    assert (ended.call_id, ended.cause) == (known[0], CallCause.FAILED)


async def test_nobody_answers_in_the_time_that_the_tenant_lets_it_ring(tmp_path: Path) -> None:
    sandbox = Sandbox(
        tenant(),
        port=0,
        page_port=0,
        state=tmp_path,
        clock=SystemClock(),
        ring_timeout=timedelta(milliseconds=50),
    )
    await sandbox.start()
    world = World(sandbox)
    bot, told = await world.bot()
    ann = await world.person("ann")
    async with ann.events() as heard:
        await bot.calls.dial(ann.me.id, OFFER)
        await next_of(heard, CallInvited)
        assert (await told.first(CallEnded)).cause is CallCause.NO_ANSWER
        cancelled = await next_of(heard, InviteCancelled)
    await world.close()
    await sandbox.close()
    assert isinstance(cancelled, InviteCancelled)
    assert cancelled.cause == "REVOKED"


async def test_who_talks_with_the_bot_already_is_busy(world: World) -> None:
    bot, told = await world.bot()
    ann = await world.person("ann")
    record = await ann.conversations.direct(bot.me.id)
    calling = await ann.calls.dial(record.conversation.id, OFFER)
    offered = await told.first(CallOffered)
    await bot.calls.answer(offered.call.id, ANSWER)
    call_id = await bot.calls.dial(ann.me.id, OFFER)
    ended = await told.first(CallEnded)
    assert (ended.call_id, ended.cause) == (call_id, CallCause.BUSY)
    assert not calling.over


@pytest.mark.parametrize("address", ["nobody@example.com", "no-such-id", "desk@example.com"])
async def test_nobody_and_the_bot_itself_cannot_be_called(world: World, address: str) -> None:
    bot, told = await world.bot()
    with pytest.raises(NotFound) as caught:
        await bot.calls.dial(address, OFFER)
    assert caught.value.lasting
    assert told.all(CallEnded) == []


@pytest.mark.parametrize("answer", [ANSWER, None], ids=["agreed", "refused"])
async def test_another_media_offer_is_told_and_the_call_goes_on(ringing: Dialled, answer: str | None) -> None:
    await ringing.answer()
    session_id, held = ringing.invite.rtc_session_id, OFFER.replace("o=- 1", "o=- 77")
    change = {
        "rtcSessionId": session_id,
        "sdp": {"type": "offer", "sdp": held},
        "mediaTypes": ["AUDIO"],
        "transactionId": "t1",
    }
    await ringing.ann.request(actions.CHANGE_MEDIA_TYPE, change)
    offered = await ringing.told.first(CallChangeOffered)
    assert (offered.call_id, offered.offer) == (ringing.call_id, held)
    await ringing.bot.calls.answer_change(offered.call_id, offered.change_id, answer)
    await next_of(ringing.heard, CallRefused if answer is None else events.CallAnswered)
    for sdp in (ANSWER, held):
        await ringing.ann.calls.send_candidates(session_id, origin_of(sdp), [(origin_of(sdp), "0", 0)])
    trickled = await ringing.told.first(CallCandidates)
    assert trickled.candidates == ((origin_of(held), "0", 0),)
    assert ringing.told.all(CallEnded) == []


async def test_what_rings_when_the_link_breaks_is_over(world: World, ringing: Dialled) -> None:
    world.sandbox.drop_connections(ringing.bot.me.id)
    assert await ringing.ended() is CallCause.FAILED
    cancelled = await next_of(ringing.heard, InviteCancelled)
    assert isinstance(cancelled, InviteCancelled)
    assert cancelled.cause == "REVOKED"


async def test_what_talks_lives_through_a_broken_link(world: World, ringing: Dialled) -> None:
    await ringing.answer()
    world.sandbox.drop_connections(ringing.bot.me.id)
    await ringing.told.until(ConnectionChanged, 4)
    assert ringing.told.all(CallEnded) == []
    await ringing.bot.calls.hangup(ringing.call_id)
    assert await ringing.ended() is CallCause.ENDED


async def test_what_ended_while_the_link_was_down_is_over(
    world: World, ringing: Dialled, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ringing.answer()
    reconnect = asyncio.Event()
    connect = ringing.bot.session._connect

    async def held() -> None:
        await reconnect.wait()
        await connect()

    monkeypatch.setattr(ringing.bot.session, "_connect", held)
    world.sandbox.drop_connections(ringing.bot.me.id)
    await ringing.told.until(ConnectionChanged, 3)
    await ringing.ann.calls.terminate(ringing.invite.rtc_session_id)
    reconnect.set()
    assert await ringing.ended() is CallCause.HANGUP


async def test_a_call_of_an_earlier_process_can_be_ended(world: World, ringing: Dialled) -> None:
    await ringing.answer()
    await ringing.bot.close()
    restarted, _ = await world.bot()
    await restarted.calls.hangup(ringing.call_id, CallCause.CALL_LOST)
    async with asyncio.timeout(30):
        while type(await ringing.heard.get()).__name__ != "CallTerminated":
            pass
