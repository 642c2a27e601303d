"""A person in the page and a bot on the wire talk with each other."""

from __future__ import annotations

from chromium import Chromium
from page_people import BotSide, log_in, open_direct

from botkit.model.events import FormSubmitted, MessageReceived
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.items import OutgoingMessage, Reaction
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox
from botkit.sandbox.hub.items import PostText, Text

VISIBLE = """(text) => {
  const pane = document.querySelector("#messages").getBoundingClientRect();
  const one = [...document.querySelectorAll(".message")].find((each) => each.textContent.includes(text));
  const box = one.getBoundingClientRect();
  return box.top < pane.bottom && box.bottom > pane.top;
}"""
"""Is the message with this text in sight?"""

FIRST = """() => document.querySelector(".message .message-body").textContent"""
"""The text of the oldest message on the page."""

NOBODY_TO_CHOOSE = """
const real = window.fetch;
window.fetch = (to, ...rest) =>
  String(to).endsWith("/page/users") ? Promise.resolve(new Response("[]")) : real(to, ...rest);
"""

OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


async def test_one_click_logs_in_and_a_reload_keeps_it(browser: Chromium, sandbox: Sandbox) -> None:
    tab = await log_in(browser, sandbox)
    await tab.wait_for_text("#me-name", "Olivia Operator")
    await tab.reload()
    await tab.wait_for_text("#me-name", "Olivia Operator")
    await tab.click("#logout")
    await tab.wait_for_text(".login-user", "Ben Baker")
    assert tab.problems == []


async def test_where_nobody_may_be_chosen_a_password_is_asked(browser: Chromium, sandbox: Sandbox) -> None:
    tab = await browser.open("about:blank")
    # What a sandbox on a network says; one on loopback, as here, then lets any password pass.
    await tab.command("Page.addScriptToEvaluateOnNewDocument", {"source": NOBODY_TO_CHOOSE})
    await tab.goto(sandbox.page_address)
    await tab.click("#login-email")
    await tab.type("nobody@example.com")
    await tab.press("Tab")
    await tab.type("wrong")
    await tab.press("Enter")
    await tab.wait_for_text("#status-text", "no such person, or the password is wrong")
    await tab.evaluate("document.querySelector('#login-email').select()")
    await tab.type("ben@example.com")
    await tab.press("Enter")
    await tab.wait_for_text("#me-name", "Ben Baker")
    assert await tab.evaluate("JSON.stringify({ ...sessionStorage, ...localStorage })") == "{}"


async def test_a_mention_reaches_the_bot_and_its_reply_stands_in_the_thread(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await tab.click("#composer .composer-text")
    await tab.type("Hello @fr")
    await tab.wait_for_text(".proposal", "Front desk bot")
    await tab.press("Enter")
    await tab.type("what <b> can you do?")
    await tab.press("Enter")
    message = await bot.events.next(MessageReceived)
    assert message.mentioned
    assert message.text == "Hello @Front desk bot what <b> can you do?"
    await bot.connector.chat.post(
        OutgoingMessage(
            conversation_id=message.conversation.id, text="Answer\nthe phone.", thread_id=message.item.id
        )
    )
    await tab.wait_for_text(".thread .replies .message", "the phone.")
    assert await tab.evaluate("document.querySelectorAll('.thread:has(.message)').length") == 1
    assert await tab.evaluate("document.querySelector('.replies .badge').textContent") == "bot"

    await tab.click(".thread .reply", "Reply")
    await tab.type("Thank you")
    await tab.press("Enter")
    reply = await bot.events.next(MessageReceived)
    assert (reply.text, reply.item.thread_id) == ("Thank you", message.item.id)
    assert tab.problems == []


async def test_a_message_that_is_liked_says_by_whom(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    await tab.click("#composer .composer-text")
    await tab.type("The lift is broken.")
    await tab.press("Enter")
    message = await bot.events.next(MessageReceived)
    assert not await tab.evaluate("document.querySelector('.message-likes')")
    await bot.connector.chat.react(message.item.id, Reaction.LIKE)
    await tab.wait_for_text(".message:has(.message-body) .message-likes", "Liked by Front desk bot")
    assert await tab.evaluate("document.querySelectorAll('.message-likes').length") == 1
    await tab.reload()
    await tab.wait_for_text(".message-likes", "Liked by Front desk bot")
    assert tab.problems == []


async def test_two_people_read_each_other_and_unread_messages_are_counted(
    browser: Chromium, sandbox: Sandbox
) -> None:
    olivia = await log_in(browser, sandbox, "Olivia")
    ann = await log_in(browser, sandbox, "Ann")
    await ann.click("#people-list .row", "Olivia")
    await ann.wait_for_text("#chat-title", "Olivia Operator")
    await ann.wait_for("document.activeElement.matches('#composer .composer-text')")
    await ann.type("Lunch?")
    await ann.press("Enter")
    await olivia.wait_for_text(".row:has(.unread)", "Ann Archer")
    await olivia.click(".row", "Ann Archer")
    await olivia.wait_for_text(".message", "Lunch?")
    await olivia.wait_for("!document.querySelector('.unread')")
    assert olivia.problems == ann.problems == []


async def test_a_form_is_filled_by_keyboard_and_its_values_arrive(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    room = (await bot.connector.chat.conversation_for("olivia@example.com")).id
    yes_no = (FormOption(value="yes", text="Yes"), FormOption(value="no", text="No"))
    form = Form(
        id="ticket",
        title="A new ticket",
        controls=(
            Control(kind=ControlKind.LABEL, text="Tell us what is broken."),
            Control(kind=ControlKind.INPUT, name="name", text="Your name"),
            Control(kind=ControlKind.INPUT, name="details", text="Details", rows=3),
            Control(kind=ControlKind.DROPDOWN, name="urgent", text="Urgent?", options=yes_no, value="no"),
            Control(kind=ControlKind.RADIO, name="again", text="Did it happen before?", options=yes_no),
            Control(kind=ControlKind.CHECKBOX, name="seen", text="Who saw it?", options=yes_no),
            Control(kind=ControlKind.BUTTON, name="send", options=(FormOption(value="ok", text="Send it"),)),
        ),
    )
    posted = await bot.connector.chat.post(OutgoingMessage(conversation_id=room, text="Please", form=form))
    await tab.wait_for_text("#conversation-list .row:has(.unread)", "Front desk bot")  # it has moved up
    await open_direct(tab)
    await tab.wait_for_text(".form-title", "A new ticket")
    await tab.evaluate("document.querySelector('.form input').focus()")
    await tab.type("Olivia")
    await tab.press("Tab")
    await tab.type("It smokes")
    await tab.press("Tab")
    await tab.press("ArrowUp")
    await tab.press("Tab")
    await tab.press(" ")
    await tab.press("Tab")
    await tab.press(" ")
    await tab.press("Tab")
    await tab.press(" ")
    await tab.press("Tab")
    await tab.press("Enter")
    submitted = await bot.events.next(FormSubmitted)
    assert submitted.item_id == posted.id
    assert submitted.form_id == "ticket"
    assert dict(submitted.values) == {
        "name": "Olivia",
        "details": "It smokes",
        "urgent": "yes",
        "again": "yes",
        "seen": "yes,no",
        "send": "ok",
    }
    await tab.wait_for_text(".form-outcome", "Send it")
    assert await tab.evaluate("document.querySelector('.form-field label').textContent") == "Your name"
    assert await tab.evaluate("document.activeElement.textContent") == "Answer again"
    assert tab.problems == []


async def test_a_long_conversation_is_read_bit_by_bit(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    room = (await bot.connector.chat.conversation_for("olivia@example.com")).id
    for number in range(150):
        text = Text(content=f"Message {number}.", rich=False)
        sandbox.hub.do(PostText(by=bot.connector.me.id, conversation_id=room, text=text), SystemClock().now())
    tab = await log_in(browser, sandbox)
    await open_direct(tab)
    await tab.wait_for_text(".message", "Message 149.")
    assert await tab.evaluate(f"({VISIBLE})('Message 149.')")
    assert not await tab.evaluate("document.body.textContent.includes('Message 20.')")

    await tab.evaluate("document.querySelector('#messages').scrollTop = 0")
    top = await tab.evaluate(f"({FIRST})()")
    await tab.click(".older")
    await tab.wait_for_text(".message", "Message 0.")
    # What was being read has not moved away.
    assert await tab.evaluate(f"({VISIBLE})({top!r})")
    assert not await tab.evaluate("document.querySelector('.older')")

    await bot.connector.chat.post(OutgoingMessage(conversation_id=room, text="Look here"))
    await tab.wait_for_text("#elsewhere", "New from Front desk bot")
    await tab.click("#elsewhere")
    await tab.wait_for(f"({VISIBLE})('Look here')")
    await tab.wait_for("document.querySelector('#elsewhere').hidden")
    assert tab.problems == []


async def test_a_dropped_line_is_said_and_mended_and_nothing_is_missing(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    tab = await log_in(browser, sandbox)
    room = (await bot.connector.chat.conversation_for("olivia@example.com")).id
    await open_direct(tab)
    await tab.wait_for("!document.querySelector('#composer').hidden")
    # The page must not come back before the message is there, or it would hear it as an event.
    await tab.command("Network.emulateNetworkConditions", OFFLINE)
    assert sandbox.drop_connections(sandbox.tenant.user_id("olivia@example.com")) == 1
    await tab.wait_for_text("#status-text", "lost")
    await bot.connector.chat.post(OutgoingMessage(conversation_id=room, text="Said meanwhile"))
    await tab.type("x")
    await tab.command("Network.emulateNetworkConditions", {**OFFLINE, "offline": False})
    await tab.wait_for_text(".message", "Said meanwhile")
    await tab.wait_for("document.querySelector('#status').hidden")
