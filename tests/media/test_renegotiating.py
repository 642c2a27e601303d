"""Further offers in mid-call, against real callers: hold and resume, other codecs, a new connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from botkit.media.audio_port import MediaAudioPort
from botkit.media.codecs import OPUS, PCMU, encode, silence
from botkit.media.engine import EngineAudioPort
from botkit.media.leg import LegSettings
from botkit.media.paths.negotiation import Negotiation
from botkit.media.paths.srtp import SrtpPath
from botkit.media.plain import PlainAudioPort
from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    HoldChanged,
    LegClosed,
    LegConnected,
    LineMeasured,
    OfferRefused,
    PromptFinished,
)
from botkit.testing.caller import Caller, Direction
from tests.media.conftest import closed_after

Dial = Callable[..., Awaitable[Any]]
HangUp = Callable[[Caller], Caller]
Voice = Callable[[float, int], Pcm]
pytestmark = pytest.mark.usefixtures("steady_playout")

UNDER_WAY = 3
"""Packets that may have left before the bot knew."""


@pytest.fixture
async def port() -> AsyncIterator[MediaAudioPort]:
    async with closed_after(EngineAudioPort()) as port:
        yield port


@pytest.fixture
async def impatient() -> AsyncIterator[MediaAudioPort]:
    async with closed_after(EngineAudioPort(LegSettings(media_timeout=0.4))) as port:
        yield port


@pytest.fixture
async def plain() -> AsyncIterator[PlainAudioPort]:
    async with closed_after(PlainAudioPort()) as port:
        yield port


def hasten(call: Any) -> None:
    """A connection has 0.1 s from now on, whatever the first one took."""
    call.leg._ways._connect_timeout = 0.1


async def agree(call: Any, direction: Direction = "sendrecv") -> str:
    """The caller offers again and takes the answer."""
    answer: str = await call.leg.renegotiate(await call.caller.offer_again(direction))
    await call.caller.apply_answer(answer)
    return answer


def direction_of(answer: str) -> str:
    audio = answer.partition("m=audio")[2].splitlines()
    return next(line for line in audio if line in ("a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"))


def with_pcmu(offer: str) -> tuple[int, str]:
    """The payload type of Opus in this offer, and it with PCMU instead."""
    (opus,) = [line for line in offer.splitlines() if line.startswith("a=rtpmap:") and "opus" in line]
    number = opus.removeprefix("a=rtpmap:").split()[0]
    other = [line for line in offer.splitlines() if not line.startswith((opus, f"a=fmtp:{number} "))]
    return int(number), "\r\n".join([*(line.replace(f"SAVPF {number}", "SAVPF 0") for line in other), ""])


def prompt_of(caller: Caller) -> list[bytes]:
    return [packet.payload for packet in caller.packets if packet.prompt]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(EngineAudioPort, id="engine"),
        pytest.param(PlainAudioPort, id="plain", marks=pytest.mark.fallback),
    ],
)
async def test_on_hold_a_prompt_stands_still_and_goes_on_afterwards(
    dial: Dial, voice: Voice, make: type[MediaAudioPort]
) -> None:
    port: MediaAudioPort = make()
    call, pcm = await dial(port=port), voice(0.5, 1)
    await call.leg.prepare(pcm)
    call.leg.play("a", pcm)
    await call.caller.until_prompt()
    assert direction_of(await agree(call, "sendonly")) == "a=recvonly"
    held = len(prompt_of(call.caller))
    await call.caller.say(voice(0.2, 2))
    assert len(prompt_of(call.caller)) <= held + UNDER_WAY
    assert not call.told.of(PromptFinished)
    assert direction_of(await agree(call)) == "a=sendrecv"
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until_quiet()
    (finished,) = call.told.of(PromptFinished)
    assert (finished.played, finished.cut) == (pcm.seconds, False)
    assert prompt_of(call.caller) == list(encode(pcm, OPUS)), "not a packet is lost or said twice"
    assert [event.held for event in call.told.of(HoldChanged)] == [True, False]
    await port.close()


async def test_a_prompt_on_hold_can_be_stopped(dial: Dial, voice: Voice) -> None:
    call = await dial()
    await agree(call, "sendonly")
    call.leg.play("a", voice(0.3, 1))
    call.leg.stop()
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    assert call.told.of(PromptFinished)[0].cut


async def test_keys_count_while_the_bot_is_on_hold(dial: Dial) -> None:
    call = await dial()
    await agree(call, "sendonly")
    await call.caller.press("7")
    await call.told.until(lambda: bool(call.told.of(DigitPressed)))


async def test_on_hold_nobody_is_missed_and_afterwards_again(
    dial: Dial, impatient: MediaAudioPort, voice: Voice
) -> None:
    call = await dial(port=impatient)
    assert direction_of(await agree(call, "inactive")) == "a=inactive"
    call.caller.mute()
    with pytest.raises(TimeoutError):
        await call.told.until(lambda: bool(call.told.of(LegClosed)), timeout=0.6)
    await agree(call)
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    assert call.told.of(LegClosed)[0].cause is CallCause.MEDIA_LOST


async def test_another_codec_takes_over_in_the_middle_of_a_prompt(dial: Dial, voice: Voice) -> None:
    call, pcm = await dial(), voice(0.3, 1)
    await call.leg.prepare(pcm)
    call.leg.play("a", pcm)
    await call.caller.until_prompt()
    number, offer = with_pcmu(await call.caller.offer_again())
    answer = await call.leg.renegotiate(offer)
    assert " 0 " in answer.partition("m=audio")[2].splitlines()[0]
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until(lambda: call.caller.packets[-1].payload == silence(PCMU))
    assert call.told.of(PromptFinished)[0].played == pcm.seconds
    whole, packets = list(encode(pcm, PCMU)), call.caller.packets
    heard = [packet.payload for packet in packets if packet.payload_type == 0]
    assert whole[-1] in heard
    numbers = [packet.sequence for packet in packets]
    assert [(number - numbers[0]) % 65536 for number in numbers] == list(range(len(numbers)))
    assert {packet.payload_type for packet in packets} == {0, number}


async def test_the_plain_port_keeps_the_codec_it_began_with(dial: Dial, plain: PlainAudioPort) -> None:
    """aiortc's sender knows one."""
    call = await dial(port=plain)
    number, other = with_pcmu(await call.caller.offer_again())
    with pytest.raises(OfferRefused, match="opus"):
        await call.leg.renegotiate(other)
    both = other.replace("SAVPF 0", f"SAVPF 0 {number}").replace(
        "a=sendrecv", f"a=sendrecv\r\na=rtpmap:{number} opus/48000/2"
    )
    answer = await call.leg.renegotiate(both)
    assert f"SAVPF {number} 0 " in answer


async def test_offers_without_end_disturb_nothing(dial: Dial, voice: Voice) -> None:
    call, pcm = await dial(), voice(0.2, 1)
    await call.leg.prepare(pcm)
    call.leg.play("a", pcm)
    for _ in range(10):
        await agree(call)
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until_quiet()
    assert prompt_of(call.caller) == list(encode(pcm, OPUS))
    await call.caller.press("5")
    await call.told.until(lambda: bool(call.told.of(DigitPressed)))


async def test_an_offer_that_does_not_fit_is_refused_and_the_call_goes_on(dial: Dial, voice: Voice) -> None:
    call, pcm = await dial(), voice(0.2, 1)
    offer = await call.caller.offer_again()
    for broken in (
        "",
        "v=0\r\n",
        offer.replace("opus/48000/2", "speex/16000"),
        offer.replace("m=audio", "m=a"),
    ):
        with pytest.raises(OfferRefused):
            await call.leg.renegotiate(broken)
    with pytest.raises(OfferRefused, match="from the line 0 to 7"):
        await call.leg.renegotiate(offer.replace("a=mid:0", "a=mid:7"))
    await call.caller.apply_answer(await call.leg.renegotiate(offer))
    call.leg.play("a", pcm)
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until_quiet()
    assert prompt_of(call.caller) == list(encode(pcm, OPUS))


async def test_a_call_that_is_not_connected_takes_no_further_offer(port: MediaAudioPort) -> None:
    caller = Caller()
    leg = await port.accept(await caller.offer(), lambda event: None)
    with pytest.raises(OfferRefused, match="not connected"):
        await leg.renegotiate(await caller.offer_again())
    await caller.hangup()


async def test_the_call_moves_to_a_new_connection_of_the_caller(
    dial: Dial, hang_up: HangUp, voice: Voice
) -> None:
    """As Circuit's client changes media: a whole new connection, and the old one is closed after that."""
    call, pcm, second = await dial(), voice(0.4, 1), hang_up(Caller())
    await call.leg.prepare(pcm)
    call.leg.play("a", pcm)
    await call.caller.until_prompt()
    await second.apply_answer(await call.leg.renegotiate(await second.offer()))
    await second.connected()
    await second.until_prompt(start=0)
    await call.caller.hangup()
    await second.press("9")
    await call.told.until(lambda: bool(call.told.of(DigitPressed)))
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await second.until_quiet()
    whole, heard = list(encode(pcm, OPUS)), prompt_of(second)
    assert whole[-len(heard) :] == heard, "the prompt goes on where it was"
    assert prompt_of(call.caller) == whole[: len(prompt_of(call.caller))]
    assert len(call.told.of(LegConnected)) == 1
    assert not call.told.of(LegClosed)
    await call.leg.close()
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    measured = call.told.of(LineMeasured)
    if measured:  # the plain port knows nothing of it
        sent = len(call.caller.packets) + len(second.packets)
        assert measured[-1].statistics.sent >= sent, "both connections are the line"


async def test_the_old_connection_may_be_gone_before_the_new_one_stands(
    dial: Dial, hang_up: HangUp, voice: Voice
) -> None:
    call, second = await dial(), hang_up(Caller())
    answer = await call.leg.renegotiate(await second.offer())
    await call.caller.hangup()
    await second.apply_answer(answer)
    await second.connected()
    call.leg.play("a", voice(0.2, 1))
    await second.until_prompt(start=0)
    assert not call.told.of(LegClosed)


async def test_a_new_connection_that_never_stands_is_forgotten(
    dial: Dial, hang_up: HangUp, voice: Voice
) -> None:
    call, second = await dial(), hang_up(Caller())
    hasten(call)
    await call.leg.renegotiate(await second.offer())
    call.leg.play("a", voice(0.35, 1))
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await agree(call)
    assert not call.told.of(LegClosed)


async def test_if_neither_connection_stands_the_call_is_over(dial: Dial, hang_up: HangUp) -> None:
    call, second = await dial(), hang_up(Caller())
    hasten(call)
    await call.leg.renegotiate(await second.offer())
    await call.caller.hangup()
    await call.told.until(lambda: bool(call.told.of(LegClosed)))


async def test_a_call_ends_in_the_middle_of_a_move(dial: Dial, hang_up: HangUp) -> None:
    call, second = await dial(), hang_up(Caller())
    offer = await second.offer()
    await call.leg.renegotiate(offer)
    await call.leg.close()
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    assert call.told.of(LegClosed)[0].cause is CallCause.ENDED
    with pytest.raises(OfferRefused):
        await call.leg.renegotiate(offer)


async def test_a_call_ends_while_a_move_is_answered(
    dial: Dial, hang_up: HangUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left that nobody would close."""
    call, second = await dial(), hang_up(Caller())
    closed, answer_offer, close = [], Negotiation.answer_offer, Negotiation.close

    async def slow(negotiation: Negotiation, *offer: Any, **options: Any) -> None:
        await answer_offer(negotiation, *offer, **options)
        await call.leg.close()

    async def noted(negotiation: Negotiation) -> None:
        closed.append(negotiation)
        await close(negotiation)

    monkeypatch.setattr(Negotiation, "answer_offer", slow)
    monkeypatch.setattr(Negotiation, "close", noted)
    with pytest.raises(OfferRefused, match="over"):
        await call.leg.renegotiate(await second.offer())
    await asyncio.sleep(0)
    assert len(closed) == 2


async def test_a_path_that_cannot_end_keeps_no_connection(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await dial()
    closed, close, end = [], Negotiation.close, SrtpPath.end

    def fail(path: SrtpPath) -> None:
        end(path)
        raise LookupError("its socket")

    async def noted(negotiation: Negotiation) -> None:
        await close(negotiation)
        closed.append(negotiation)

    with monkeypatch.context() as broken:
        broken.setattr(SrtpPath, "end", fail)
        broken.setattr(Negotiation, "close", noted)
        with pytest.raises(LookupError):
            await call.leg.close()
        await call.caller.until(lambda: bool(closed))
    await call.told.until(lambda: bool(call.told.of(LegClosed)))


async def test_two_who_are_joined_stay_joined_through_a_hold(
    dial: Dial, port: MediaAudioPort, voice: Voice
) -> None:
    ann, bob = await asyncio.gather(dial(), dial())
    ann.leg.bridge(bob.leg)
    await agree(ann, "sendonly")
    await agree(ann)
    said = voice(0.3, 1)
    await ann.caller.prepare(said)
    await bob.caller.say(said)
    await ann.caller.until_quiet()
    assert not ann.objection(said)
