"""What holds at every width, by eye and by keyboard."""

from __future__ import annotations

import json

import pytest
from chromium import Chromium, Tab
from page_people import RINGS, BotSide, call, log_in, open_direct, say

from botkit.model.events import Speaker
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.items import OutgoingMessage
from botkit.sandbox import Sandbox

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2

CONTROLS = """
[...document.querySelectorAll("button, input, select, textarea, a[href]")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(":disabled"))
  .map((one, index) => one.dataset.test = String(index))
"""

ALMOST = 2
"""Pixels of rounding that are no scroll bar."""


async def no_scroll_bar(tab: Tab) -> None:
    wide = await tab.evaluate(
        "[...document.querySelectorAll('html, .pane, .scroll')].filter((one) => one.checkVisibility() "
        f"&& one.scrollWidth > one.clientWidth + {ALMOST}).map((one) => one.tagName + one.className)"
    )
    assert wide == []


async def the_phone_has_one_width(tab: Tab) -> None:
    """What is said included."""
    widths = await tab.evaluate(
        "[...document.querySelectorAll('.phone > *')].filter((one) => one.checkVisibility())"
        ".map((one) => Math.round(one.getBoundingClientRect().width))"
    )
    assert len(set(widths)) == 1, widths


async def every_control_by_tab(tab: Tab) -> None:
    """Walks the page with Tab alone; radio buttons of a group count as one stop, as browsers have it."""
    expected = set(await tab.evaluate(CONTROLS))
    for name in await tab.evaluate(
        "[...new Set([...document.querySelectorAll('input[type=radio]')].map((one) => one.name))]"
    ):
        group = await tab.evaluate(
            f"[...document.querySelectorAll('input[name={json.dumps(name)}]')].map((one) => one.dataset.test)"
        )
        expected -= set(group[1:])
    await tab.evaluate("document.activeElement.blur(), window.getSelection().removeAllRanges()")
    seen: set[str] = set()
    unseen_focus: list[str] = []
    for _ in range(len(expected) + 20):
        await tab.press("Tab")
        stop = await tab.evaluate(
            """(() => {
              const one = document.activeElement;
              const frame = one.closest(".composer") ?? one;
              const shown = [one, frame].some((each) => getComputedStyle(each).outlineStyle !== "none");
              return { mark: one.dataset.test ?? "", shown, what: one.outerHTML.slice(0, 80) };
            })()"""
        )
        seen.add(stop["mark"])
        if stop["mark"] and not stop["shown"]:
            unseen_focus.append(stop["what"])
    missed = expected - seen
    names = [
        await tab.evaluate(f"document.querySelector('[data-test=\"{mark}\"]').outerHTML.slice(0, 100)")
        for mark in missed
    ]
    assert names == []
    assert unseen_focus == []


async def every_control_has_a_name(tab: Tab) -> None:
    tree = await tab.command("Accessibility.getFullAXTree")
    nameless = [
        node["role"]["value"]
        for node in tree["nodes"]
        if not node.get("ignored")
        and node["role"]["value"] in {"button", "textbox", "combobox", "radio", "checkbox", "link", "log"}
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []


async def fill_room(bot: BotSide) -> None:
    """Everything that may be too wide or out of reach."""
    room = (await bot.connector.chat.conversation_for("olivia@example.com")).id
    options = tuple(FormOption(value=str(n), text=f"{LONG} {n}") for n in range(3))
    form = Form(
        id="wide",
        title=LONG,
        controls=(
            Control(kind=ControlKind.INPUT, name="a", text=LONG),
            Control(kind=ControlKind.DROPDOWN, name="b", text="b", options=options),
            Control(kind=ControlKind.RADIO, name="c", text="c", options=options),
            Control(kind=ControlKind.CHECKBOX, name="d", text="d", options=options),
            Control(kind=ControlKind.BUTTON, name="e", options=options),
        ),
    )
    first = await bot.connector.chat.post(OutgoingMessage(conversation_id=room, text=LONG))
    for number in range(10):
        text = f"Reply {number}"
        await bot.connector.chat.post(OutgoingMessage(conversation_id=room, text=text, thread_id=first.id))
    await bot.connector.chat.post(
        OutgoingMessage(conversation_id=room, text=LONG, thread_id=first.id, form=form)
    )


@pytest.mark.parametrize("width", [360, 800, 1280])
async def test_nothing_is_too_wide_and_every_control_is_reached(
    browser: Chromium, sandbox: Sandbox, bot: BotSide, width: int
) -> None:
    await fill_room(bot)
    tab = await browser.open(sandbox.page_address, width=width)
    await tab.wait_for_text(".login-user", "Olivia")
    await no_scroll_bar(tab)
    await every_control_by_tab(tab)
    await tab.click(".login-user", "Olivia")
    await tab.wait_for_text(".row", "Front desk bot")
    await no_scroll_bar(tab)
    await open_direct(tab)
    await tab.wait_for_text(".form", LONG)
    await no_scroll_bar(tab)
    # The panes scroll, never the page, or the composer would leave the window.
    height = await tab.evaluate("document.documentElement.scrollHeight - window.innerHeight")
    assert height <= ALMOST
    await every_control_by_tab(tab)
    await every_control_has_a_name(tab)
    if width < 1080:
        await tab.click("#open-phone")
    await call(tab)
    offered, leg = await bot.pick_up()
    await tab.wait_for_text(".phone-state", "In a call")
    await say(bot, offered.call.id, 1, Speaker.BOT, LONG)
    await tab.wait_for_text(".transcript-line", LONG)
    await no_scroll_bar(tab)
    await the_phone_has_one_width(tab)
    await every_control_by_tab(tab)
    await tab.click(".phone-hang-up")
    await leg.close()
    await tab.wait_for_text(".phone-state", "Call ended")
    await bot.dial("olivia@example.com")
    await tab.wait_for(RINGS)
    await no_scroll_bar(tab)
    await every_control_by_tab(tab)
    await every_control_has_a_name(tab)
    await tab.click(".incoming-decline")
    assert tab.problems == []


async def test_a_phone_shows_one_pane_at_a_time_and_keeps_the_focus(
    browser: Chromium, sandbox: Sandbox
) -> None:
    tab = await log_in(browser, sandbox, width=360)

    async def shown() -> list[str]:
        panes = await tab.evaluate(
            "[...document.querySelectorAll('.pane')]"
            ".filter((one) => one.checkVisibility()).map((one) => one.id)"
        )
        assert isinstance(panes, list)
        return panes

    assert await shown() == ["list-pane"]
    await tab.click(".row", "Front desk")
    assert await shown() == ["chat-pane"]
    assert await tab.evaluate("document.activeElement.id") == "back-to-list"
    await tab.click("#open-phone")
    assert await shown() == ["phone-pane"]
    assert await tab.evaluate("document.activeElement.className.includes('phone-call')")
    await tab.click("#close-phone")
    await tab.click("#back-to-list")
    assert await shown() == ["list-pane"]
    assert await tab.evaluate("document.activeElement.getAttribute('aria-current')") == "true"
    assert tab.problems == []
