"""Calls between the page and a bot that answers with real media."""

from __future__ import annotations

import math
import struct

import pytest
from chromium import Chromium
from page_people import SOUNDS, BotSide, call, log_in

from botkit.model.calls import CallCause, DeclineCause
from botkit.model.events import CallChangeOffered, CallEnded, CallOffered
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, Leg, LegConnected, PromptFinished, PromptStarted
from botkit.sandbox import Sandbox

RATE = 16_000
TONE = Pcm(
    rate=RATE,
    samples=b"".join(
        struct.pack("<h", round(12_000 * math.sin(2 * math.pi * 440 * n / RATE))) for n in range(10 * RATE)
    ),
)

LIT = """(() => {
  const [hold, sample] = [document.querySelector(".phone-hold"), document.createElement("i")];
  sample.style.background = "var(--warn)";
  hold.after(sample);
  const [shown, wanted] = [hold, sample].map((one) => getComputedStyle(one).backgroundColor);
  sample.remove();
  return hold.matches(":hover") && shown === wanted;
})()"""
"""True when the button that holds shows that it is pressed in, with the mouse on it."""


async def test_the_bot_is_heard_keys_arrive_and_a_key_can_interrupt(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await call(tab)
    _, leg = await bot.pick_up()
    await bot.sounds.next(LegConnected)
    await tab.wait_for_text(".phone-state", "In a call")
    leg.play("welcome", TONE)
    await bot.sounds.next(PromptStarted)
    await tab.wait_for(SOUNDS)

    await tab.click(".key", "1")
    assert (await bot.sounds.next(DigitPressed)).digit == "1"
    leg.stop()
    assert (await bot.sounds.next(PromptFinished)).cut
    await tab.wait_for(f"!({SOUNDS})")

    # Typed as fast as can be, and with the focus on the pad.
    await tab.type("590*#")
    heard = [(await bot.sounds.next(DigitPressed)).digit for _ in range(5)]
    assert heard == list("590*#")
    await tab.wait_for_text(".dialled", "1590*#")
    await tab.wait_for_text(".phone-timer", "0:0")

    await tab.click(".phone-hang-up")
    assert (await bot.events.next(CallEnded)).cause is CallCause.HANGUP
    await tab.wait_for_text(".phone-state", "Call ended")
    assert tab.problems == []


async def change(bot: BotSide, leg: Leg) -> CallChangeOffered:
    """Agree to what the page offers in mid-call."""
    offered = await bot.events.next(CallChangeOffered)
    answer = await leg.renegotiate(offered.offer)
    await bot.connector.calls.answer_change(offered.call_id, offered.change_id, answer)
    return offered


async def test_the_page_holds_a_call_and_goes_on_with_it(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await call(tab)
    offered, leg = await bot.pick_up()
    await bot.sounds.next(LegConnected)
    await tab.wait_for_text(".phone-state", "In a call")
    leg.play("welcome", TONE)
    await tab.wait_for(SOUNDS)

    await tab.click(".phone-hold")
    assert (await change(bot, leg)).call_id == offered.call.id
    await tab.wait_for_text(".phone-state", "On hold")
    await tab.wait_for(f"!({SOUNDS})")
    await tab.wait_for("document.querySelector('.key').disabled")
    assert await tab.evaluate(LIT), "also under the mouse that pressed it"

    await tab.click(".phone-hold")
    again = await bot.events.next(CallChangeOffered)
    await bot.connector.calls.answer_change(
        again.call_id, again.change_id, await leg.renegotiate(again.offer)
    )
    await tab.wait_for_text(".phone-state", "In a call")
    await tab.wait_for(SOUNDS)
    await tab.click(".key", "6")
    assert (await bot.sounds.next(DigitPressed)).digit == "6"

    await tab.click(".phone-hold")
    third = await bot.events.next(CallChangeOffered)
    await bot.connector.calls.answer_change(third.call_id, third.change_id, None)
    await change(bot, leg)  # what was before
    await tab.wait_for("!document.querySelector('.phone-hold').disabled")
    await tab.click(".key", "7")
    assert (await bot.sounds.next(DigitPressed)).digit == "7", "a hold that is refused changes nothing"
    assert tab.problems == []


async def test_a_call_needs_no_microphone(deaf_browser: Chromium, sandbox: Sandbox, bot: BotSide) -> None:
    tab = await log_in(deaf_browser, sandbox)
    await call(tab)
    _, leg = await bot.pick_up()
    await tab.wait_for_text(".phone-state", "without a microphone")
    leg.play("welcome", TONE)
    await tab.wait_for(SOUNDS)
    await tab.click(".key", "7")
    assert (await bot.sounds.next(DigitPressed)).digit == "7"
    await leg.close()
    assert tab.problems == []


async def test_the_bot_hangs_up_and_a_second_call_works(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    for _ in range(2):
        await call(tab)
        offered, leg = await bot.pick_up()
        await tab.wait_for_text(".phone-state", "In a call")
        await bot.connector.calls.hangup(offered.call.id)
        await leg.close()
        await tab.wait_for_text(".phone-state", "Call ended")
        await tab.wait_for("document.querySelector('.key').disabled")
    assert tab.problems == []


async def test_leaving_the_page_ends_the_call_and_the_next_one_works(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await call(tab)
    await bot.pick_up()
    await tab.wait_for_text(".phone-state", "In a call")
    await tab.reload()
    assert (await bot.events.next(CallEnded)).cause is CallCause.HANGUP
    await call(tab)
    await bot.pick_up()
    await tab.wait_for_text(".phone-state", "In a call")


async def test_a_second_window_cannot_end_the_call_of_the_first(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    first = await log_in(browser, sandbox)
    second = await log_in(browser, sandbox)
    await call(first)
    await bot.pick_up()
    await first.wait_for_text(".phone-state", "In a call")
    await call(second)
    await second.wait_for_text(".phone-state", "Another call is still going on")
    await first.click(".key", "3")
    assert (await bot.sounds.next(DigitPressed)).digit == "3"
    await second.click("#people-list .row", "Ann")
    await second.wait_for_text(".phone-state", "Ready when you are")
    assert first.problems == second.problems == []


async def test_a_call_outlives_a_dropped_line(browser: Chromium, sandbox: Sandbox, bot: BotSide) -> None:
    tab = await log_in(browser, sandbox)
    await call(tab)
    await bot.pick_up()
    await tab.wait_for_text(".phone-state", "In a call")
    sandbox.drop_connections(sandbox.tenant.user_id("olivia@example.com"))
    await tab.wait_for_text("#status-text", "lost")
    await tab.click(".key", "4")
    assert (await bot.sounds.next(DigitPressed)).digit == "4"
    await tab.wait_for("document.querySelector('#status').hidden")
    await tab.click(".key", "5")
    assert (await bot.sounds.next(DigitPressed)).digit == "5"
    await tab.click(".phone-hang-up")
    assert (await bot.events.next(CallEnded)).cause is CallCause.HANGUP
    assert tab.problems == []


@pytest.mark.parametrize(
    ("cause", "words"), [(DeclineCause.BUSY, "Busy on another call"), (DeclineCause.REJECTED, "Declined")]
)
async def test_a_refused_call_says_why(
    browser: Chromium, sandbox: Sandbox, bot: BotSide, cause: DeclineCause, words: str
) -> None:
    tab = await log_in(browser, sandbox)
    await call(tab)
    offered = await bot.events.next(CallOffered)
    await bot.connector.calls.ringing(offered.call.id)
    await tab.wait_for_text(".phone-state", "Ringing")
    await bot.connector.calls.decline(offered.call.id, cause)
    await tab.wait_for_text(".phone-state", words)
    await tab.wait_for_text(".phone-call", "Call Front desk bot")
    assert tab.problems == []


async def test_giving_up_while_it_rings_tells_the_bot(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await call(tab)
    offered = await bot.events.next(CallOffered)
    await bot.connector.calls.ringing(offered.call.id)
    await tab.click(".phone-hang-up")
    assert (await bot.events.next(CallEnded)).cause is CallCause.CANCELLED
    assert tab.problems == []


async def test_one_person_calls_another(browser: Chromium, sandbox: Sandbox) -> None:
    olivia = await log_in(browser, sandbox, "Olivia")
    ann = await log_in(browser, sandbox, "Ann")
    await ann.click("#people-list .row", "Olivia")
    await ann.wait_for_text(".phone-call", "Call Olivia")
    await ann.click(".phone-call")
    await olivia.wait_for_text(".phone-state", "is calling you")
    await ann.wait_for_text(".phone-state", "Ringing")
    await olivia.click(".incoming-answer")
    await olivia.wait_for_text(".phone-state", "In a call")
    await ann.wait_for_text(".phone-state", "In a call")
    await olivia.click(".phone-mute")
    await olivia.wait_for_text(".phone-mute[aria-pressed=true]", "Muted")
    await ann.click(".phone-hang-up")
    await olivia.wait_for_text(".phone-state", "Call ended")

    await ann.click(".phone-call")
    await olivia.click(".incoming-decline")
    await ann.wait_for_text(".phone-state", "Declined")
    assert olivia.problems == ann.problems == []
