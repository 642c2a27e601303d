"""Calls without sound: prompts take their time, keys come when pressed, stop cuts."""

from __future__ import annotations

import pytest

from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    LegClosed,
    LegConnected,
    LegEvent,
    OfferRefused,
    PromptFinished,
    PromptStarted,
)
from botkit.testing import FakeAudioPort, FakeLeg, VirtualClock

SECOND = Pcm(bytes(16_000), 8_000)
OFFER = "v=0\r\n"


@pytest.fixture
def events() -> list[LegEvent]:
    return []


@pytest.fixture
async def leg(audio: FakeAudioPort, clock: VirtualClock, events: list[LegEvent]) -> FakeLeg:
    leg = await audio.accept(OFFER, events.append)
    await clock.settle()
    return leg


async def test_a_leg_connects_and_closes_once(
    leg: FakeLeg, audio: FakeAudioPort, clock: VirtualClock, events: list[LegEvent]
) -> None:
    assert leg.answer
    assert audio.legs == [leg]
    assert events == [LegConnected(at=0.0)]
    await leg.close()
    await leg.close()
    await audio.close()
    leg.press("1")
    leg.play("late", SECOND)
    await clock.advance(5)
    assert events[1:] == [LegClosed(at=0.0, cause=CallCause.ENDED)]


async def test_prompts_play_one_after_the_other_in_their_own_time(
    leg: FakeLeg, clock: VirtualClock, events: list[LegEvent]
) -> None:
    leg.play("a", SECOND)
    leg.play("b", Pcm(bytes(8_000), 8_000))
    await clock.advance(10)
    assert events[1:] == [
        PromptStarted(at=0.0, prompt_id="a"),
        PromptFinished(at=1.0, prompt_id="a", played=1.0, cut=False),
        PromptStarted(at=1.0, prompt_id="b"),
        PromptFinished(at=1.5, prompt_id="b", played=0.5, cut=False),
    ]
    assert [(prompt.prompt_id, prompt.played, prompt.cut) for prompt in leg.heard] == [
        ("a", 1.0, False),
        ("b", 0.5, False),
    ]


async def test_stop_cuts_what_plays_and_what_waits_and_leaves_later_prompts_alone(
    leg: FakeLeg, clock: VirtualClock, events: list[LegEvent]
) -> None:
    leg.play("a", SECOND)
    leg.play("b", SECOND)
    await clock.advance(0.25)
    leg.stop()
    leg.play("c", SECOND)
    await clock.advance(2)
    assert events[2:] == [
        PromptFinished(at=0.25, prompt_id="a", played=0.25, cut=True),
        PromptFinished(at=0.25, prompt_id="b", played=0.0, cut=True),
        PromptStarted(at=0.25, prompt_id="c"),
        PromptFinished(at=1.25, prompt_id="c", played=1.0, cut=False),
    ]


async def test_prompts_wait_for_the_connection(clock: VirtualClock) -> None:
    events: list[LegEvent] = []
    leg = await FakeAudioPort(clock, connects=False).accept(OFFER, events.append)
    leg.play("a", SECOND)
    await clock.advance(3)
    assert events == []
    leg.connect()
    leg.connect()
    await clock.advance(1)
    assert events == [
        LegConnected(at=3.0),
        PromptStarted(at=3.0, prompt_id="a"),
        PromptFinished(at=4.0, prompt_id="a", played=1.0, cut=False),
    ]


async def test_keys_come_in_order_and_only_real_ones(
    leg: FakeLeg, clock: VirtualClock, events: list[LegEvent]
) -> None:
    leg.press("12#")
    await clock.settle()
    assert [event.digit for event in events if isinstance(event, DigitPressed)] == ["1", "2", "#"]
    with pytest.raises(ValueError, match="x"):
        leg.press("x")


async def test_lost_media_cuts_the_prompt_and_says_why(
    leg: FakeLeg, clock: VirtualClock, events: list[LegEvent]
) -> None:
    leg.play("a", SECOND)
    await clock.advance(0.5)
    leg.drop()
    await clock.advance(5)
    assert events[-2:] == [
        PromptFinished(at=0.5, prompt_id="a", played=0.5, cut=True),
        LegClosed(at=0.5, cause=CallCause.MEDIA_LOST),
    ]


async def test_an_offer_can_be_refused(audio: FakeAudioPort) -> None:
    audio.refuse_offers("no codec in common.")
    with pytest.raises(OfferRefused, match="no codec"):
        await audio.accept(OFFER, lambda _: None)
    audio.refuse_offers("")
    assert (await audio.accept(OFFER, lambda _: None)).offer == OFFER
