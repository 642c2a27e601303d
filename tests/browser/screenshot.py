"""Takes a picture of the page of a running sandbox: `python tests/browser/screenshot.py ADDRESS FILE.png`.

Somebody logs in, mentions the bot, waits for its answer and calls it; then the window is written to the file.
`botkit demo` in another terminal is the sandbox to point it at.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from chromium import MICROPHONE, MOUTH, BrowserError, Tab, chromium
from page_people import SOUNDS

SPEECH_LIMIT = 60.0
"""Seconds until what was spoken must have been replied to."""
NARROW = 1080
"""CSS pixels; below that the phone is a pane of its own."""


def main() -> int:
    """The command line; 0 when the picture is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("address", help="the page, for example http://127.0.0.1:8080/")
    parser.add_argument("file", type=Path, help="the PNG to write")
    parser.add_argument("--as", dest="person", default="Olivia", help="part of the name to log in as")
    parser.add_argument("--say", default="help", help="what to say after mentioning the bot")
    parser.add_argument("--size", default="1280x800", help="of the window, in CSS pixels")
    parser.add_argument("--dark", action="store_true", help="as somebody sees it who prefers dark")
    parser.add_argument("--speech", type=Path, help="a WAV file to say on the phone, before the picture")
    parser.add_argument("--no-call", action="store_true", help="leave the phone on the hook")
    asked = parser.parse_args()
    width, height = (int(each) for each in asked.size.split("x"))
    try:
        asyncio.run(take(asked, width, height))
    except BrowserError as error:
        print(f"no picture: {error}", file=sys.stderr)
        return 1
    return 0


async def take(asked: argparse.Namespace, width: int, height: int) -> None:
    """Does what a newcomer does, then takes the picture."""
    async with chromium(*MICROPHONE) as browser:
        tab = await browser.open(
            asked.address, width=width, height=height, dark=asked.dark, script=MOUTH if asked.speech else ""
        )
        await tab.click(".login-user", asked.person)
        await tab.click("#conversation-list .row:not(:has(.badge))")
        await tab.wait_for("!document.querySelector('#composer').hidden")
        await chat(tab, asked.say)
        if not asked.no_call:
            if width < NARROW:
                await tab.click("#open-phone")
            await tab.click(".phone-call")
            await tab.wait_for_text(".phone-state", "In a call")
            if asked.speech:
                await tab.wait_for_text(".said-by-bot", "?", SPEECH_LIMIT)
                await tab.say(await asyncio.to_thread(asked.speech.read_bytes))
                await tab.wait_for("document.querySelector('.said-by-person + .said-by-bot')", SPEECH_LIMIT)
            await tab.wait_for(SOUNDS)
        await tab.screenshot(asked.file)
        print(f"{asked.file}: {width} x {height}")


async def chat(tab: Tab, words: str) -> None:
    """Mentions the bot and waits for the form it answers with."""
    await tab.click("#composer .composer-text")
    await tab.type("@")
    await tab.wait_for_text(".proposal", "bot")
    await tab.press("Enter")
    await tab.type(words)
    await tab.press("Enter")
    await tab.wait_for("document.querySelector('.thread:last-of-type .replies .form')")


if __name__ == "__main__":
    sys.exit(main())
