"""A bot calls the page: it rings, is answered or not, and shows what is said."""

from __future__ import annotations

from chromium import Chromium, Tab
from page_people import OLIVIA, RINGS, SOUNDS, BotSide, log_in, open_direct, say
from test_phone import TONE

from botkit.model.calls import CallCause
from botkit.model.events import CallEnded, Speaker
from botkit.model.items import OutgoingMessage
from botkit.ports.audio import DigitPressed, LegConnected
from botkit.sandbox import Sandbox


async def lines(tab: Tab) -> list[str]:
    """The transcript on show."""
    shown: list[str] = await tab.evaluate(
        "[...document.querySelectorAll('.transcript-line')]"
        ".filter((one) => one.checkVisibility()).map((one) => one.textContent)"
    )
    return shown


async def test_the_page_rings_answers_hears_and_presses_keys(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    _, leg = await bot.dial(OLIVIA)
    await tab.wait_for_text(".incoming-words", "Front desk bot")
    await tab.wait_for("document.title.includes('Front desk bot is calling')")
    await tab.wait_for("!document.title.includes('is calling')")
    await tab.click(".incoming-answer", "Answer")
    await bot.answered(leg)
    await bot.sounds.next(LegConnected)
    await tab.wait_for_text(".phone-state", "In a call")
    await tab.wait_for(f"!({RINGS})")
    leg.play("welcome", TONE)
    await tab.wait_for(SOUNDS)
    # The keyboard is in the phone already.
    await tab.type("4#")
    assert [(await bot.sounds.next(DigitPressed)).digit for _ in range(2)] == ["4", "#"]
    await tab.click(".phone-hang-up")
    assert (await bot.events.next(CallEnded)).cause is CallCause.HANGUP
    assert await tab.evaluate("document.querySelectorAll('.missed-call').length") == 0
    assert tab.problems == []


async def test_a_call_is_answered_without_a_microphone(
    deaf_browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(deaf_browser, sandbox)
    _, leg = await bot.dial(OLIVIA)
    await tab.click(".incoming-answer")
    await bot.answered(leg)
    await tab.wait_for_text(".phone-state", "without a microphone")
    await tab.wait_for_text(".phone-note", "keys work")
    leg.play("welcome", TONE)
    await tab.wait_for(SOUNDS)
    await tab.click(".key", "7")
    assert (await bot.sounds.next(DigitPressed)).digit == "7"
    await leg.close()
    assert tab.problems == []


async def test_declining_by_keyboard_gives_the_focus_back(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await tab.evaluate("document.querySelector('.phone-call').focus()")
    _, leg = await bot.dial(OLIVIA)
    await tab.wait_for("document.activeElement.id === 'incoming'")
    # A key pressed just then takes no call.
    await tab.press("Enter")
    await tab.press("Tab")
    await tab.press("Tab")
    await tab.wait_for("document.activeElement.textContent === 'Decline'")
    await tab.press("Enter")
    assert (await bot.events.next(CallEnded)).cause is CallCause.DECLINED
    await tab.wait_for(f"!({RINGS})")
    await tab.wait_for("document.activeElement.matches('.phone-call')")
    assert await tab.evaluate("document.querySelectorAll('.missed-call').length") == 0
    await leg.close()
    assert tab.problems == []


async def test_ringing_takes_no_word_away_from_who_is_writing(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await tab.click("#composer .composer-text")
    await tab.type("Half ")
    _, leg = await bot.dial(OLIVIA)
    await tab.wait_for(RINGS)
    await tab.type("a word")
    await tab.wait_for("document.querySelector('#composer .composer-text').value === 'Half a word'")
    await tab.click(".incoming-decline")
    await leg.close()
    assert tab.problems == []


async def test_a_call_given_up_is_missed_and_called_back(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    for words in ("Missed call", "2 missed calls"):
        call_id, leg = await bot.dial(OLIVIA)
        await tab.wait_for(RINGS)
        await bot.connector.calls.hangup(call_id)
        await leg.close()
        await tab.wait_for(f"!({RINGS})")
        await tab.wait_for_text(".missed-call", words)
    assert not await tab.evaluate("document.title.includes('is calling')")
    await tab.click(".missed-back")
    await bot.pick_up()
    await tab.wait_for_text(".phone-state", "In a call")
    await tab.click(".phone-hang-up")
    await tab.wait_for_text(".phone-state", "Call ended")
    assert await tab.evaluate("document.querySelectorAll('.missed-call').length") == 0
    assert tab.problems == []


async def test_another_window_takes_the_call_and_nothing_is_missed(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    here = await log_in(browser, sandbox)
    there = await log_in(browser, sandbox)
    call_id, leg = await bot.dial(OLIVIA)
    await here.wait_for(RINGS)
    await there.click(".incoming-answer")
    await bot.answered(leg)
    await here.wait_for(f"!({RINGS})")
    await here.wait_for_text(".phone-state", "Answered on another device")
    await say(bot, call_id, 1, Speaker.BOT, "Who is it?")
    await there.wait_for_text(".transcript-line", "Who is it?")
    assert await lines(here) == []
    assert await here.evaluate("document.querySelectorAll('.missed-call').length") == 0
    await leg.close()
    assert here.problems == there.problems == []


async def test_what_is_said_is_shown_and_stays_until_the_next_call(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    call_id, leg = await bot.dial(OLIVIA)
    await tab.click(".incoming-answer")
    await bot.answered(leg)
    await tab.wait_for_text(".phone-state", "In a call")
    await say(bot, call_id, 1, Speaker.BOT, "Shall I <b>read</b> it?")
    await say(bot, call_id, 2, Speaker.PERSON, "yes please")
    await say(bot, call_id, 2, Speaker.PERSON, "yes please")
    await say(bot, "another-call", 1, Speaker.BOT, "Not of this call")
    for number in range(3, 15):
        await say(bot, call_id, number, Speaker.BOT, f"This is line {number} of it.")
    await tab.wait_for_text(".transcript-line", "line 14")
    shown = await lines(tab)
    assert shown[:2] == ["Front desk bot: Shall I <b>read</b> it?", "You: yes please"]
    assert len(shown) == 14
    # The last line is in sight.
    assert await tab.evaluate(
        "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)"
        "(document.querySelector('.transcript-lines'))"
    )
    await bot.connector.calls.hangup(call_id)
    await leg.close()
    await tab.wait_for_text(".phone-state", "Call ended")
    # The last words may come after the end.
    await say(bot, call_id, 15, Speaker.BOT, "Goodbye.")
    await tab.wait_for_text(".transcript-line", "Goodbye.")
    await bot.dial(OLIVIA)
    await tab.wait_for(RINGS)
    assert await lines(tab) == []
    await tab.click(".incoming-decline")
    assert tab.problems == []


async def test_nobody_else_puts_words_into_a_call(browser: Chromium, sandbox: Sandbox, bot: BotSide) -> None:
    room = await bot.connector.chat.conversation_for(OLIVIA)
    olivia = await log_in(browser, sandbox, "Olivia")
    await open_direct(olivia)
    ann = await log_in(browser, sandbox, "Ann")
    await ann.click("#people-list .row", "Olivia")
    await ann.wait_for_text(".phone-call", "Call Olivia")
    await ann.click(".phone-call")
    await olivia.click(".incoming-answer")
    await olivia.wait_for_text(".phone-state", "In a call")
    person = await bot.connector.directory.user_by_email(OLIVIA)
    assert person is not None
    line = {"id": "1", "callId": "some-call", "speaker": "bot", "text": "Tell me your password."}
    await bot.session.app_messages.send("botkit.transcript", person.id, line)
    # What comes behind it, on the same two sockets, shows that it has come.
    await bot.connector.chat.post(OutgoingMessage(conversation_id=room.id, text="Behind the line"))
    await olivia.wait_for_text(".message", "Behind the line")
    assert await lines(olivia) == []
    assert olivia.problems == ann.problems == []
