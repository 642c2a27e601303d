"""The official SDK in a browser calls the bot, hears it, presses keys, and is called by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.app import Bot
from botkit.sandbox import Sandbox
from tests.browser.chromium import MICROPHONE, Chromium, chromium
from tests.interop.sdk_page import SdkPage, serve_sdk

pytestmark = pytest.mark.interop

BOT = """\
bot: desk
platform:
  connector: circuit
  domain: {domain}
  trust: {trust}
  client_id: desk
  client_secret: ${{DESK_SECRET}}
flows: [phone.yaml, ring.yaml]
speech: {{recognizer: none}}
"""
PHONE = """\
flow: phone
start: [call_incoming]
when:
  hangup:
    - post: "Gone: {{ event.detail }}"
      to: alice@example.com
slots:
  number:
    type: digits
    length: 4
    ask: Please key in four digits.
steps:
  - collect: [number]
  - post: "Keys: {{ number }}"
    to: alice@example.com
  - end: Goodbye.
"""
RING = """\
flow: ring
start:
  - mention: {words: [ring me]}
steps:
  - dial: alice@example.com
    ring: 20s
    flow: wake
    into: answer
    outcomes:
      declined:
        - end: You declined.
      otherwise:
        - end: It did not work.
  - end: "You keyed in {{ answer.number }}."
flows:
  wake:
    outputs: [number]
    slots:
      number:
        type: digits
        length: 2
        ask: This is your call. Please key in two digits.
    steps:
      - collect: [number]
      - end: Goodbye.
"""
ALICE = {"username": "alice@example.com", "password": "wonderland"}
AUDIO = {"audio": True, "video": False}


@pytest.fixture
async def desk(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The real bot with its default voice, for keys alone."""
    monkeypatch.setenv("DESK_SECRET", "desk-secret")
    (tmp_path / "phone.yaml").write_text(PHONE)
    (tmp_path / "ring.yaml").write_text(RING)
    (tmp_path / "bot.yaml").write_text(BOT.format(domain=sandbox.address, trust=sandbox.certificate))
    bot = Bot.from_file(tmp_path / "bot.yaml")
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Chromium]:
    """With a microphone that beeps, and trust in the sandbox's own certificate."""
    async with chromium(*MICROPHONE, "--ignore-certificate-errors") as made:
        yield made


@pytest.fixture
async def alice(browser: Chromium, sdk_folder: Path, sandbox: Sandbox) -> AsyncIterator[SdkPage]:
    """Alice, logged on in a page."""
    async with serve_sdk(sdk_folder) as address:
        options = {"client_id": "any-app", "domain": sandbox.address}
        page = await SdkPage.open(browser, address, options)
        me = await page.call("logon", ALICE)
        assert me["emailAddress"] == ALICE["username"]
        yield page


async def ask_to_be_called(alice: SdkPage) -> str:
    """Writes to the bot, which calls; the id of the call that comes in."""
    direct = await alice.call("getDirectConversationWithUser", "desk@example.com", True)
    await alice.call("addTextItem", direct["convId"], "ring me")
    incoming = await alice.until("one.kind === 'callIncoming' && one.state === 'Ringing'")
    call_id: str = incoming["callId"]
    return call_id


async def test_it_calls_the_bot_hears_it_and_presses_keys(alice: SdkPage, desk: Bot) -> None:
    called = await alice.call("makeCall", "desk@example.com", AUDIO, True)
    await alice.until("one.state === 'Active'")
    await alice.until_heard()
    await alice.until_sent(50)
    await alice.call("sendDigits", called["callId"], "1299")
    await alice.until_posted("Keys: 1299")
    await alice.until("one.kind === 'callEnded'", 40.0)


async def test_it_hangs_up_and_the_bot_knows(alice: SdkPage, desk: Bot) -> None:
    called = await alice.call("makeCall", "desk@example.com", AUDIO, True)
    await alice.until("one.state === 'Active'")
    await alice.until_heard()
    await alice.call("endCall", called["callId"])
    await alice.until_posted("Gone: hangup")


async def test_the_bot_calls_it_and_is_answered(alice: SdkPage, desk: Bot) -> None:
    call_id = await ask_to_be_called(alice)
    await alice.call("answerCall", call_id, AUDIO)
    await alice.until("one.state === 'Active'")
    await alice.until_heard()
    await alice.call("sendDigits", call_id, "42")
    await alice.until_posted("You keyed in 42.")
    await alice.until("one.kind === 'callEnded'")


async def test_the_bot_calls_it_and_is_declined(alice: SdkPage, desk: Bot) -> None:
    call_id = await ask_to_be_called(alice)
    await alice.call("endCall", call_id)
    await alice.until_posted("You declined.")
