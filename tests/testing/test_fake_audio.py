"""Calls without sound: prompts take their time, keys come when pressed, stop cuts."""

from __future__ import annotations

from datetime import timedelta

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
    Sound,
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


async def test_keys_that_the_bot_sends_take_their_time_and_wait_for_prompts(
    leg: FakeLeg, clock: VirtualClock, events: list[LegEvent]
) -> None:
    leg.play("a", SECOND)
    leg.send_digits("keys", "12#,3")
    await clock.advance(10)
    assert leg.sent == ["12#,3"]
    assert events[-2:] == [
        PromptStarted(at=1.0, prompt_id="keys"),
        PromptFinished(at=4.0, prompt_id="keys", played=3.0, cut=False),
    ]
    with pytest.raises(ValueError, match="no key 'x'"):
        leg.send_digits("keys", "x")


async def test_stop_cuts_keys_between_two(leg: FakeLeg, clock: VirtualClock, events: list[LegEvent]) -> None:
    leg.send_digits("keys", "12,3")
    await clock.advance(0.3)
    leg.stop()
    await clock.settle()
    assert leg.sent == ["12"]
    assert events[-1] == PromptFinished(at=0.3, prompt_id="keys", played=0.3, cut=True)


async def test_a_listener_hears_what_is_said_on_the_clock_and_silence_around_it(
    leg: FakeLeg, clock: VirtualClock
) -> None:
    heard: list[Sound] = []
    leg.hear([b"\7" * 640])
    await clock.advance(1)
    leg.listen(heard.append)
    leg.hear(Pcm(b"\1" * 480, 8_000))
    await clock.advance(0.06)
    leg.listen(None)
    await clock.advance(1)
    assert [round(sound.at, 3) for sound in heard] == [1.02, 1.04, 1.06]
    assert all(len(sound.samples) == 640 for sound in heard)
    assert [any(sound.samples) for sound in heard] == [True, True, False]


@pytest.mark.parametrize("cut", [None, 0.3])
async def test_who_keeps_silent_while_a_prompt_plays_is_heard_all_at_once(
    clock: VirtualClock, cut: float | None
) -> None:
    leg = await FakeAudioPort(clock, silence=10).accept(OFFER, lambda event: None)
    await clock.settle()
    heard: list[Sound] = []
    leg.listen(heard.append)
    leg.play("a", SECOND)
    await clock.settle()
    steps = 0
    if cut is None:
        while clock.monotonic() < 1 and await clock.step(until=clock.now() + timedelta(seconds=1)):
            steps += 1
        assert steps <= 3, "every 200 ms the clock stops for nothing"
    else:
        await clock.advance(cut)
        leg.stop()
        await clock.advance(1 - cut)
    assert [round(sound.at, 3) for sound in heard] == [round(n * 0.02, 3) for n in range(1, len(heard) + 1)]
    assert len(heard) >= 40, "no more than 200 ms are held back when nothing plays"


async def test_bridged_legs_play_no_prompts(audio: FakeAudioPort, clock: VirtualClock) -> None:
    events: list[LegEvent] = []
    one, two = [await audio.accept(OFFER, events.append) for _ in range(2)]
    await clock.settle()
    one.play("a", SECOND)
    await clock.advance(0.5)
    one.bridge(two)
    two.play("b", SECOND)
    await clock.settle()
    assert (one.bridged, two.bridged) == (two, one)
    assert [
        (each.prompt_id, each.played, each.cut) for each in events if isinstance(each, PromptFinished)
    ] == [
        ("a", 0.5, True),
        ("b", 0.0, True),
    ]
    await two.close()
    assert one.bridged is None


async def test_the_bot_dials(audio: FakeAudioPort, clock: VirtualClock) -> None:
    events: list[LegEvent] = []
    leg = await audio.dial(events.append)
    await clock.settle()
    assert leg.offer.startswith("v=0")
    assert events == []
    leg.refusal = "no audio"
    with pytest.raises(OfferRefused, match="no audio"):
        await leg.complete("v=0\r\n")
    leg.refusal = ""
    await leg.complete("v=0\r\n")
    await clock.settle()
    assert leg.completed == "v=0\r\n"
    assert events == [LegConnected(at=0.0)]


async def test_on_hold_what_plays_stands_still_and_is_begun_once(
    leg: FakeLeg, clock: VirtualClock, events: list[LegEvent]
) -> None:
    leg.play("one", Pcm(bytes(32_000), 16_000))
    await clock.advance(0.4)
    leg.hold()
    leg.hold()
    await clock.advance(60)
    assert leg.heard == []
    leg.hold(False)
    await clock.advance(0.5)
    assert leg.heard == []
    await clock.advance(0.1)
    assert [each.played for each in leg.heard] == [1.0]
    assert [type(event).__name__ for event in events if not isinstance(event, LegConnected)] == [
        "PromptStarted",
        "HoldChanged",
        "HoldChanged",
        "PromptFinished",
    ]
