"""Headless Chromium, driven over its own DevTools protocol: just what the page's tests need.

Waiting is always for a condition in the page, checked there, with a time limit. Everything the console or the
browser complains about is kept in `Tab.problems`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--lang=en-GB",
    "--hide-scrollbars",
    "--autoplay-policy=no-user-gesture-required",
    "--remote-debugging-port=0",
)
MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
"""A microphone that beeps, and nobody to ask whether it may."""

MOUTH = """
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const mouth = context.createMediaStreamDestination();
  window.say = async (wav) => {
    const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
    const buffer = await context.decodeAudioData(bytes.buffer);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(mouth);
    await new Promise((over) => { source.onended = over; source.start(); });
  };
  return mouth.stream;
};
"""
"""For `Chromium.open`: a microphone into which `Tab.say` speaks, and which is silent else. What the browser
takes for a real one's goes through its echo canceller, which garbles a voice that comes beside the bot's."""

AIM = """
(() => {
  const one = [...document.querySelectorAll(%(selector)s)].find((each) =>
    each.checkVisibility() && !each.matches(":disabled") && each.textContent.includes(%(text)s));
  if (!one) return null;
  one.scrollIntoView({ block: "nearest" });
  const kinds = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
  let missed = null;
  const look = (event) => {
    missed ??= !one.contains(event.target);
    if (missed) { event.stopImmediatePropagation(); event.preventDefault(); }
  };
  for (const kind of kinds) window.addEventListener(kind, look, true);
  window.aimed = () => {
    for (const kind of kinds) window.removeEventListener(kind, look, true);
    window.aimed = undefined;
    return missed ?? true;
  };
  const box = one.getBoundingClientRect();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
})()"""
"""Where to click; `aimed` tells whether another element got it, which then has not heard of it."""

START_TIMEOUT = 60.0
COMMAND_TIMEOUT = 60.0
WAIT_TIMEOUT = 45.0
CLICK_TRIES = 20


class BrowserError(AssertionError):
    """The browser refused a command, the page threw, or a condition never came true."""


def chromium_path() -> str | None:
    """Where Chromium is: the environment's CHROMIUM, else the one on the path."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


class Chromium:
    """One browser process with a profile of its own, and the socket that steers it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tabs: dict[str, Tab] = {}

    async def open(
        self, url: str, *, width: int = 1280, height: int = 800, dark: bool = False, script: str = ""
    ) -> Tab:
        """Opens a page in cookies and storage of its own, so that two tabs can be two people.

        `width` and `height` are CSS pixels; narrow ones are touch screens of a phone. `script` runs in the
        page before its own.
        """
        context = await self.command("Target.createBrowserContext", {"disposeOnDetach": True})
        target = await self.command(
            "Target.createTarget",
            {"url": "about:blank", "browserContextId": context["browserContextId"], "newWindow": True},
        )
        attached = await self.command(
            "Target.attachToTarget", {"targetId": target["targetId"], "flatten": True}
        )
        tab = Tab(self, attached["sessionId"])
        self._tabs[tab.session] = tab
        for domain in ("Page", "Runtime", "Log", "Network"):
            await tab.command(f"{domain}.enable")
        await tab.resize(width, height)
        await tab.command(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]},
        )
        if script:
            await tab.command("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        await tab.goto(url)
        return tab

    async def command(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        session: str = "",
        timeout: float = COMMAND_TIMEOUT,
    ) -> dict[str, Any]:
        """Sends one DevTools command; gives its result, raises BrowserError with the browser's words."""
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        frame: dict[str, Any] = {"id": number, "method": method, "params": dict(params or {})}
        if session:
            frame["sessionId"] = session
        await self._socket.send_str(json.dumps(frame))
        async with asyncio.timeout(timeout):
            result = await answer
        if "error" in result:
            raise BrowserError(f"{method}: {result['error'].get('message')}")
        found: dict[str, Any] = result["result"]
        return found

    async def read(self) -> None:
        """Takes in what the browser says until its socket closes."""
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            waiting = self._waiting.pop(frame.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
            elif tab := self._tabs.get(frame.get("sessionId", "")):
                tab.notice(frame["method"], frame["params"])
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(BrowserError("the browser has gone"))


class Tab:
    """One page, and what a person does to it."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self.session = session
        self.problems: list[str] = []
        """Console errors and warnings, uncaught exceptions, refused loads, in the browser's words."""
        self._loaded = asyncio.Event()

    async def command(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return await self._browser.command(method, params, self.session)

    def notice(self, method: str, params: Mapping[str, Any]) -> None:
        """Takes in one event of this page."""
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(str(details.get("exception", {}).get("description") or details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            said = (str(one.get("value", one.get("description", ""))) for one in params["args"])
            self.problems.append(" ".join(said))
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.problems.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    async def goto(self, url: str) -> None:
        self._loaded.clear()
        await self.command("Page.navigate", {"url": url})
        async with asyncio.timeout(WAIT_TIMEOUT):
            await self._loaded.wait()

    async def reload(self) -> None:
        self._loaded.clear()
        await self.command("Page.reload")
        async with asyncio.timeout(WAIT_TIMEOUT):
            await self._loaded.wait()

    async def resize(self, width: int, height: int) -> None:
        """Sets the size of the window in CSS pixels; one under 500 wide counts as a phone."""
        await self.command(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )

    async def evaluate(self, expression: str, timeout: float = COMMAND_TIMEOUT) -> Any:
        """The value of a JavaScript expression, as JSON; a promise is awaited."""
        answer = await self._browser.command(
            "Runtime.evaluate",
            {"expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True},
            self.session,
            timeout,
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(str(details.get("exception", {}).get("description") or details["text"]))
        return answer["result"].get("value")

    async def wait_for(self, condition: str, timeout: float = WAIT_TIMEOUT) -> Any:
        """Waits until a JavaScript expression is truthy, and gives its value."""
        script = f"""
        new Promise((resolve, reject) => {{
          const check = () => {{
            let value = false;
            try {{ value = ({condition}); }} catch (error) {{ value = false; }}
            if (!value) return;
            clearInterval(timer);
            clearTimeout(limit);
            resolve(value);
          }};
          const timer = setInterval(check, 20);
          const limit = setTimeout(() => {{
            clearInterval(timer);
            reject(new Error("never came true"));
          }}, {timeout * 1000});
          check();
        }})"""
        try:
            while True:
                try:
                    return await self.evaluate(script, timeout + COMMAND_TIMEOUT)
                except BrowserError as error:
                    if "navigated" not in str(error):
                        raise
                    # The page was left while it was asked: ask the next one.
        except BrowserError as error:
            text = await self.evaluate("document.body.innerText")
            raise BrowserError(f"{condition}: {error}\nproblems: {self.problems}\npage:\n{text}") from None

    async def wait_for_text(self, selector: str, text: str, timeout: float = WAIT_TIMEOUT) -> None:
        """Waits until some visible element that matches holds the text."""
        await self.wait_for(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".some((one) => one.checkVisibility() && one.textContent.includes({json.dumps(text)}))",
            timeout,
        )

    async def click(self, selector: str, text: str = "") -> None:
        """Clicks the first visible, enabled element that matches (and holds the text) with the mouse.

        If it has moved away meanwhile, nothing hears of that click, and it is tried again.
        """
        for _ in range(CLICK_TRIES):
            where = await self.wait_for(AIM % {"selector": json.dumps(selector), "text": json.dumps(text)})
            for kind in ("mousePressed", "mouseReleased"):
                await self.command(
                    "Input.dispatchMouseEvent", {"type": kind, **where, "button": "left", "clickCount": 1}
                )
            # A page that the click has left for another one knows nothing of it.
            (missed,) = await self.wait_for("[window.aimed?.() ?? false]")
            if not missed:
                return
        raise BrowserError(f"{selector} {text!r}: something else lies over it")

    async def type(self, text: str) -> None:
        """Types into whatever has the focus, key by key, as a hand does."""
        for letter in text:
            await self.press(letter)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Presses one key: a character, or a name such as `Tab`, `Enter`, `Escape`, `ArrowDown`."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "Backspace": 8}
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        # Other characters' numbers are codes of keys that type nothing: a full stop would be Delete.
        code = codes.get(key, ord(key.upper()) if text.isalnum() else 0)
        event: dict[str, Any] = {
            "key": key,
            "code": key,
            "windowsVirtualKeyCode": code,
            "modifiers": 8 if shift else 0,
        }
        await self.command("Input.dispatchKeyEvent", {"type": "keyDown", **event, "text": text})
        await self.command("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    async def say(self, sound: bytes) -> None:
        """Speaks a WAV file into the microphone of a page that was opened with `MOUTH`, to its end."""
        await self.evaluate(f"window.say({json.dumps(base64.b64encode(sound).decode())})")

    async def screenshot(self, path: Path) -> None:
        """Writes what the window shows as a PNG."""
        shot = await self.command("Page.captureScreenshot", {"format": "png"})
        await asyncio.to_thread(path.write_bytes, base64.b64decode(shot["data"]))


@contextlib.asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Chromium]:
    """A fresh browser, ended and cleaned up with the block. Extra flags go to the command line."""
    path = chromium_path()
    if path is None:
        raise BrowserError("no Chromium: install the Debian package chromium, or set CHROMIUM to its path")
    profile = tempfile.mkdtemp(prefix="botkit-chromium-")
    process = await asyncio.create_subprocess_exec(
        path,
        *FLAGS,
        *flags,
        f"--user-data-dir={profile}",
        "about:blank",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_TIMEOUT):
            address = await _address(process.stderr)
        # The pipe must be read on, or a talkative browser stops at a full one.
        drain = asyncio.create_task(_discard(process.stderr))
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(address, max_msg_size=0) as socket,
        ):
            browser = Chromium(socket)
            reader = asyncio.create_task(browser.read())
            try:
                yield browser
            finally:
                with contextlib.suppress(BrowserError, TimeoutError, ConnectionError):
                    await browser.command("Browser.close")
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
        await _ended(process)
        drain.cancel()
        await asyncio.gather(drain, return_exceptions=True)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await asyncio.to_thread(shutil.rmtree, profile, ignore_errors=True)


async def _address(stderr: asyncio.StreamReader) -> str:
    said = b""
    async for line in stderr:
        said += line
        if found := re.search(rb"DevTools listening on (ws://\S+)", line):
            return found[1].decode()
    raise BrowserError(f"Chromium did not start: {said.decode(errors='replace')[-2000:]}")


async def _discard(stderr: asyncio.StreamReader) -> None:
    while await stderr.read(65536):
        pass


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            await process.wait()
