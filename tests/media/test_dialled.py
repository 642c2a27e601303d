"""Calls that the bot makes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from re import sub
from typing import Any

import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec
from botkit.media.leg import LegSettings
from botkit.media.plain import PlainAudioPort
from botkit.media.sdp import read_offer
from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, LegClosed, LegConnected, OfferRefused, PromptFinished
from botkit.testing.caller import Caller
from botkit.testing.hearing import Expected, judge

Ring = Callable[..., Awaitable[Any]]
Voice = Callable[[float, int], Pcm]


async def test_the_offer_is_whole(port: PlainAudioPort) -> None:
    leg = await port.dial(lambda event: None)
    offer = read_offer(leg.offer)
    assert offer.codecs == (OPUS, PCMU, PCMA)
    assert offer.key_type is not None
    assert "a=candidate:" in leg.offer
    assert "trickle" not in leg.offer
    assert leg.offer.count("m=") == 1


@pytest.mark.parametrize("keys", [True, False], ids=["events", "tones"])
@pytest.mark.parametrize("codec", [OPUS, PCMU, PCMA], ids=lambda codec: codec.name)
async def test_sound_and_keys_go_both_ways(
    ring: Ring, ear: Any, voice: Voice, codec: AudioCodec, keys: bool
) -> None:
    call = await ring(codec, keys=keys)
    listener, prompt, said = ear(call.leg), voice(0.6, 1), voice(0.6, 2)
    call.leg.play("hello", prompt)
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until_quiet()
    assert call.objection(prompt) == ""
    await call.caller.say(said)
    await listener.until_quiet()
    assert listener.objection(said) == ""
    await call.caller.press("7")
    await call.told.until(lambda: bool(call.told.of(DigitPressed)))
    assert [event.digit for event in call.told.of(DigitPressed)] == ["7"]
    call.leg.send_digits("keys", "42")
    await call.told.until(lambda: len(call.told.of(PromptFinished)) == 2)
    await call.caller.until_quiet()
    pressed = "".join(key.key for key in call.caller.keys)
    assert (pressed, call.caller.tones()) == (("42", "") if keys else ("", "42"))


async def test_two_ports_call_each_other(port: PlainAudioPort, voice: Voice) -> None:
    other, events, others = PlainAudioPort(), asyncio.Queue[Any](), asyncio.Queue[Any]()
    calling = await port.dial(events.put_nowait)
    called = await other.accept(calling.offer, others.put_nowait)
    await calling.complete(called.answer)
    for told in (events, others):
        assert isinstance(await asyncio.wait_for(told.get(), 30), LegConnected)
    heard: list[bytes] = []
    called.listen(lambda sound: heard.append(sound.samples))
    calling.play("hello", voice(0.6, 1))
    calling.send_digits("keys", "5")
    async with asyncio.timeout(30):
        while not isinstance(event := await others.get(), DigitPressed):
            continue
    assert event.digit == "5"
    (verdict,) = judge(Pcm(b"".join(heard), 16_000), [Expected(name="hello", pcm=voice(0.6, 1))])
    assert verdict.heard, verdict.reason
    await other.close()


async def test_a_prompt_queued_before_the_answer_leads_the_call(
    port: PlainAudioPort, voice: Voice, hang_up: Any
) -> None:
    caller, pcm = hang_up(Caller(codec=PCMU)), voice(0.4, 3)
    leg = await port.dial(lambda event: None)
    await leg.prepare(pcm)
    leg.play("welcome", pcm)
    leg.send_digits("keys", "1")
    await leg.complete(await caller.accept(leg.offer))
    await caller.until(lambda: bool(caller.keys))
    (verdict,) = judge(caller.recording(), [Expected(name="welcome", pcm=pcm)])
    assert verdict.heard, verdict.reason


async def test_time_to_connect_runs_from_the_answer(hang_up: Any) -> None:
    port, told = PlainAudioPort(LegSettings(connect_timeout=0.05)), asyncio.Queue[Any]()
    leg = await port.dial(told.put_nowait)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(told.get(), 0.2)
    answer = await hang_up(Caller()).accept(leg.offer)
    lines = (line for line in answer.splitlines(keepends=True) if "candidate" not in line)
    await leg.complete("".join(lines).replace("a=ice-pwd:", "a=ice-pwd:x"))
    event = await asyncio.wait_for(told.get(), 30)
    assert event == LegClosed(at=event.at, cause=CallCause.FAILED)
    await port.close()


SPOILT = {
    "no SDP": (lambda answer: "hello", "the answer is no SDP"),
    "rejected": (lambda answer: sub(r"m=audio \d+", "m=audio 0", answer), "no audio line"),
    "another codec": (lambda answer: answer.replace("opus", "speex"), r"codec in common .*event\. Offer"),
    "no fingerprint": (lambda answer: answer.replace("a=fingerprint", "a=thumb"), "a=fingerprint"),
    "held": (lambda answer: answer.replace("a=sendrecv", "a=inactive"), "would hear nothing"),
    "broken setup": (lambda answer: answer.replace("a=setup:active", "a=setup:sideways"), "cannot be used"),
}


@pytest.mark.parametrize("case", SPOILT)
async def test_an_answer_that_does_not_fit_is_refused_with_the_reason(
    port: PlainAudioPort, hang_up: Any, case: str
) -> None:
    spoil, reason = SPOILT[case]
    told = asyncio.Queue[Any]()
    leg = await port.dial(told.put_nowait)
    answer = spoil(await hang_up(Caller()).accept(leg.offer))
    with pytest.raises(OfferRefused, match=reason):
        await leg.complete(answer)
    await leg.close()
    assert isinstance(await asyncio.wait_for(told.get(), 30), LegClosed)


async def test_candidates_that_come_before_the_answer_count(port: PlainAudioPort, hang_up: Any) -> None:
    told, caller = asyncio.Queue[Any](), hang_up(Caller())
    leg = await port.dial(told.put_nowait)
    answer = await caller.accept(leg.offer)
    lines = answer.splitlines(keepends=True)
    for line in lines:
        if line.startswith("a=candidate"):
            await leg.add_candidate(line.strip(), "", 0)
    await leg.complete("".join(line for line in lines if "candidate" not in line))
    assert isinstance(await asyncio.wait_for(told.get(), 30), LegConnected)
