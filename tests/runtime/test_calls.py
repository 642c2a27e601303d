"""Calls: what is heard, what keys do, and every way a call can end."""

from __future__ import annotations

import asyncio

import pytest

from botkit.hooks import Context, hook, step_handler
from botkit.model.calls import CallCause
from botkit.model.events import CallEnded, CallOffered
from botkit.runtime.call_script import CallScript
from botkit.testing import FakeLeg, ScriptedCall, ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import Line, assert_nothing_is_left, seconds
from tests.runtime.telephone import ring as ring_up

PHONE = """
flow: phone
start:
  - call_incoming
slots:
  pin:
    type: digits
    length: 4
    ask: Your number please.
steps:
  - say: Welcome.
  - id: menu
    choose: Press one or two.
    options:
      number: {key: 1, label: your number}
      bye: {key: 2, label: the end}
    prompt: {call: Press one or two.}
    into: wish
    no_input:
      - I heard nothing.
    no_match:
      - I did not get that.
  - if: wish == "number"
    then:
      - collect: [pin]
      - say: "Thank you."
  - end: Goodbye.
when:
  hangup:
    - post: The caller hung up.
      to: olivia@example.com
"""


async def ring(house: House, flow: str = PHONE) -> Line:
    """Call a bot that has this flow, up to its first words."""
    return await ring_up(house, flow)


@pytest.fixture
def olivia(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")


async def test_a_call_from_ring_to_good_bye(house: House) -> None:
    line = await ring(house)
    assert line.call.rings
    assert line.call.answer
    await house.clock.advance(seconds("Welcome.") + seconds("Press one or two."))
    await line.press("1")
    await house.clock.advance(seconds("Your number please.") + 1)
    await line.press("4242")
    await house.clock.advance(seconds("Thank you.") + seconds("Goodbye."))
    assert await house.store.open_sessions("call:") == []
    assert not line.leg.closed, "the far end still has the last packets in its buffer"
    await house.clock.advance(0.3)
    assert line.call.cause is CallCause.ENDED
    assert line.texts() == [
        "Welcome.",
        "Press one or two.",
        "Your number please.",
        "Thank you.",
        "Goodbye.",
    ]
    assert not any(cut for _, _, cut in line.heard())
    await assert_nothing_is_left(line)
    answers = [turn["input"][1]["digits"] for turn in (await line.journal("turn"))[1:]]
    assert answers == ["1", "4242"]


async def test_the_first_words_are_ready_before_the_call_is_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.voice is not None
    voice = house.voice
    said_at_answer: list[str] = []
    house.flow(PHONE)
    await house.start()
    answer = house.connector.calls.answer

    async def answered(call_id: str, sdp: str) -> None:
        said_at_answer.extend(voice.said)
        await answer(call_id, sdp)

    monkeypatch.setattr(house.connector.calls, "answer", answered)
    await ScriptedPerson(house.platform).call()
    await house.clock.settle()
    assert said_at_answer == ["Welcome.", "Press one or two."]


async def test_a_key_interrupts_and_is_the_answer(house: House) -> None:
    line = await ring(house)
    await house.clock.advance(seconds("Welcome.") + 0.5)
    await line.press("2")
    assert line.heard()[1] == ("Press one or two.", 500, True)
    await house.clock.advance(seconds("Goodbye.") + 0.3)
    assert line.texts()[-1] == "Goodbye."
    await assert_nothing_is_left(line)


async def test_the_key_that_interrupts_is_the_first_digit(house: House) -> None:
    line = await ring(house)
    await house.clock.advance(5)
    await line.press("1")
    await house.clock.advance(0.1)
    await line.press("4")
    await house.clock.advance(1)
    await line.press("242")
    await house.clock.advance(5)
    turns = await line.journal("turn")
    assert [turn["input"][1]["digits"] for turn in turns[1:]] == ["1", "4242"]


async def test_keys_typed_ahead_skip_to_their_questions(house: House) -> None:
    line = await ring(house)
    await house.clock.advance(0.1)
    await line.press("14242")
    await house.clock.advance(seconds("Thank you.") + seconds("Goodbye.") + 0.3)
    assert line.heard()[0] == ("Welcome.", 100, True)
    assert line.texts() == ["Welcome.", "Thank you.", "Goodbye."]
    skipped = [entry["text"] for entry in await line.journal("played") if not entry["of"]]
    assert skipped == ["Press one or two.", "Your number please."]
    await assert_nothing_is_left(line)


async def test_silence(house: House) -> None:
    line = await ring(house)
    await house.clock.advance(60)
    assert line.texts()[:4] == ["Welcome.", "Press one or two.", "I heard nothing.", "Press one or two."]
    await house.clock.advance(60)
    assert line.call.cause is CallCause.ENDED
    await assert_nothing_is_left(line)


async def test_a_key_that_is_no_choice(house: House) -> None:
    line = await ring(house)
    await house.clock.advance(5)
    await line.press("9")
    await house.clock.advance(5)
    assert line.texts()[2:4] == ["I did not get that.", "Press one or two."]


@pytest.mark.parametrize(
    "after",
    [
        0.0,
        0.1,
        seconds("Welcome.") + 0.1,
        seconds("Welcome.") + seconds("Press one or two.") + 1,
    ],
)
async def test_the_caller_hangs_up_at_any_time(house: House, olivia: ScriptedPerson, after: float) -> None:
    line = await ring(house)
    await house.clock.advance(after)
    await line.call.hang_up()
    await house.clock.settle()
    assert house.said(olivia.direct) == ["The caller hung up."]
    await assert_nothing_is_left(line)
    await house.clock.advance(3600)
    assert house.said(olivia.direct) == ["The caller hung up."]


async def test_the_caller_hangs_up_during_the_good_bye(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house)
    await house.clock.advance(5)
    await line.press("2")
    await house.clock.advance(0.1)
    await line.call.hang_up()
    await house.clock.settle()
    assert house.said(olivia.direct) == [], "the dialogue was over before"
    await assert_nothing_is_left(line)


async def test_the_media_is_lost(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house)
    await house.clock.advance(0.2)
    line.leg.drop(CallCause.MEDIA_LOST)
    await house.clock.settle()
    assert line.call.cause is CallCause.MEDIA_LOST
    assert house.said(olivia.direct) == ["The caller hung up."]
    await assert_nothing_is_left(line)


async def test_media_that_never_comes(house: House, olivia: ScriptedPerson) -> None:
    house.audio = type(house.audio)(house.clock, connects=False)
    line = await ring(house)
    await house.clock.advance(30)
    assert line.call.cause is CallCause.FAILED
    assert "no media" in (await line.journal("failed"))[0]["error"]
    await assert_nothing_is_left(line)


async def test_an_offer_that_cannot_be_answered(house: House, olivia: ScriptedPerson) -> None:
    house.audio.refuse_offers("no codec in common")
    line = await ring(house)
    assert line.call.cause is CallCause.DECLINED
    assert not line.call.answer
    assert "no codec" in (await line.journal("failed"))[0]["error"]
    assert not await house.store.open_sessions("call:")


async def test_a_caller_who_gives_up_while_a_handler_thinks(house: House) -> None:
    calls: list[ScriptedCall] = []

    @hook
    async def call_incoming(call: CallOffered) -> None:
        await calls[0].hang_up()

    house.plug(call_incoming)
    house.flow(PHONE)
    await house.start()
    ada = ScriptedPerson(house.platform)
    offer = ScriptedCall.offer

    async def remembered(self: ScriptedCall, sdp: str) -> None:
        calls.append(self)
        await offer(self, sdp)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedCall, "offer", remembered)
        await ada.call()
    await house.clock.settle()
    assert calls[0].cause is CallCause.CANCELLED
    assert not house.audio.legs
    assert not await house.store.open_sessions("call:")


async def test_no_flow_takes_calls(house: House, caplog: pytest.LogCaptureFixture) -> None:
    line = await ring(house, "")
    assert line.call.cause is CallCause.DECLINED
    assert "no flow starts at `call_incoming`" in caplog.text


async def test_a_bot_without_a_voice_declines(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.voice = None
    line = await ring(house)
    assert line.call.cause is CallCause.DECLINED
    assert "nothing to speak with" in caplog.text


async def test_a_prompt_that_cannot_be_spoken_is_skipped(house: House) -> None:
    assert house.voice is not None
    house.voice.fail()
    line = await ring(house)
    await house.clock.advance(5)
    assert line.texts() == ["Press one or two."]
    assert "gave no sound" in (await line.journal("failed"))[0]["error"]


async def test_hooks_hear_of_every_call_once(house: House) -> None:
    told: list[object] = []

    @hook
    def call_incoming(call: CallOffered) -> None:
        told.append(call.call.id)

    @hook
    def call_ended(call: CallEnded) -> None:
        told.append(call.cause)

    house.plug(call_incoming, call_ended)
    line = await ring(house)
    await line.call.hang_up()
    await house.clock.settle()
    assert told == [line.call.id, CallCause.HANGUP]


async def test_a_handler_chooses_the_flow_of_a_call(house: House) -> None:
    @hook
    async def call_incoming(ctx: Context) -> None:
        await ctx.start("night")

    house.plug(call_incoming)
    house.flow("flow: night\nsteps:\n  - end: We are closed.\n")
    line = await ring(house)
    await house.clock.advance(5)
    assert line.texts() == ["We are closed."]
    await assert_nothing_is_left(line)


async def test_a_handler_keeps_a_call_for_itself(house: House) -> None:
    @hook
    def call_incoming(ctx: Context) -> None:
        ctx.stop()

    house.plug(call_incoming)
    line = await ring(house)
    assert line.call.cause is None
    assert not house.audio.legs


async def test_a_step_handler_runs_during_a_call(house: House) -> None:
    @step_handler
    async def number() -> int:
        await house.clock.sleep(2)
        return 7

    house.plug(number)
    line = await ring(
        house,
        "flow: x\nstart: [call_incoming]\nsteps:\n  - say: One moment.\n"
        '  - run: number\n    into: n\n  - end: "Ticket {{ n }}."\n',
    )
    await house.clock.advance(10)
    assert line.texts() == ["One moment.", "Ticket 7."]
    await assert_nothing_is_left(line)


async def test_candidates_reach_the_leg_whenever_they_come(house: House) -> None:
    @hook
    async def call_incoming(call: CallOffered) -> None:
        await calls[0].add_candidates(("early", "0", 0))

    calls: list[ScriptedCall] = []
    house.plug(call_incoming)
    offer = ScriptedCall.offer

    async def remembered(self: ScriptedCall, sdp: str) -> None:
        calls.append(self)
        await offer(self, sdp)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedCall, "offer", remembered)
        line = await ring(house)
    await line.call.add_candidates(("late", "0", 0))
    await house.clock.settle()
    assert line.leg.candidates == [("early", "0", 0), ("late", "0", 0)]


async def test_a_call_does_not_outlive_its_process(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house)
    await house.clock.advance(0.3)
    await house.kill()
    await house.start()
    assert house.said(olivia.direct) == ["The caller hung up."]
    assert line.call.cause is CallCause.CALL_LOST
    turns = await line.journal("turn")
    assert turns[-1]["input"] == ["HungUp", {"cause": "call_lost"}]
    assert not await house.store.open_sessions("call:")
    await house.kill()
    await house.start()
    assert house.said(olivia.direct) == ["The caller hung up."]


async def test_a_stop_ends_calls(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house)
    await house.stop()
    assert line.call.cause is CallCause.ENDED
    assert line.leg.closed
    assert house.said(olivia.direct) == ["The caller hung up."]


async def test_who_calls_during_a_stop_does_not_hold_it_up(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house)
    await house.clock.advance(0.3)

    async def call_again() -> ScriptedCall:
        await line.call.until_ended()
        return await ScriptedPerson(house.platform, "Grace Hopper").call()

    again = asyncio.create_task(call_again())
    async with asyncio.timeout(30):
        await house.stop()
    assert not (await again).answer


async def test_a_candidate_that_is_no_good_costs_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(*candidate: object) -> None:
        raise ValueError("no candidate")

    monkeypatch.setattr(FakeLeg, "add_candidate", refuse)
    line = await ring(house)
    await house.clock.advance(0.3)
    await line.call.add_candidates(("nonsense", "0", 0))
    await house.clock.settle()
    assert line.call.cause is None
    assert "without one of its candidates" in caplog.text


async def test_a_call_that_breaks_while_it_is_picked_up_ends(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*anything: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(CallScript, "open", broken)
    line = await ring(house)
    assert line.call.cause is CallCause.FAILED
    assert "cannot go on" in caplog.text


async def test_many_calls_at_once(house: House) -> None:
    house.flow(PHONE)
    await house.start()
    calls = [await ScriptedPerson(house.platform, f"Person {number}").call() for number in range(20)]
    await house.clock.settle()
    await house.clock.advance(5)
    for leg in house.audio.legs:
        leg.press("2")
    await house.clock.advance(5)
    assert [call.cause for call in calls] == [CallCause.ENDED] * 20
    assert all(len(leg.heard) == 3 and leg.closed for leg in house.audio.legs)


async def test_a_further_offer_goes_to_the_leg_and_its_answer_back(house: House) -> None:
    line = await ring(house)
    await line.call.offer_change("v=0\r\ns=hold\r\n", "first")
    await house.clock.settle()
    assert line.leg.offers == ["v=0\r\ns=hold\r\n"]
    assert line.call.changes == {"first": "v=0\r\ns=answer 1\r\n"}


async def test_a_further_offer_that_does_not_fit_is_refused_and_the_call_goes_on(house: House) -> None:
    line = await ring(house)
    line.leg.refusal = "it moves the audio"
    await line.call.offer_change("v=0\r\n", "first")
    await house.clock.settle()
    assert line.call.changes == {"first": None}
    await house.clock.advance(seconds("Welcome.") + seconds("Press one or two."))
    await line.press("2")
    await house.clock.advance(seconds("Goodbye.") + 0.3)
    assert line.texts()[-1] == "Goodbye."


async def test_a_further_offer_before_the_call_is_answered_is_refused(house: House) -> None:
    house.flow("flow: phone\nstart: [call_incoming]\nsteps:\n  - wait: 5s\n  - end: Goodbye.\n")
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.settle()
    await call.offer_change("v=0\r\n", "first")
    await house.clock.settle()
    assert call.changes == {"first": None}
