"""The vendor's SDK, unmodified, in a page of headless Chromium; a Python handle on its client."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.browser.chromium import Chromium, Tab

PAGE = """\
<!doctype html>
<title>SDK</title>
<link rel="icon" href="data:,">
<body>
<audio id="remote" autoplay></audio>
<script>
  // The SDK asks for statistics in a form that browsers have dropped; it may have none.
  const asked = RTCPeerConnection.prototype.getStats;
  window.connections = new Set();
  RTCPeerConnection.prototype.getStats = function (done) {
    if (typeof done !== "function") return asked.apply(this, arguments);
    done({ result: () => [] });
  };
  window.RTCPeerConnection = window.webkitRTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      window.connections.add(this);
    }
  };
</script>
<script src="circuit.js"></script>
<script>
  // As the SDK is, on Chromium a call whose media change goes silent: this is its own switch against that.
  Circuit.WebRTCAdapter.unifiedPlanEnabled = true;
  window.heard = [];
  function begin(options) {
    window.client = new Circuit.Client(options);
    client.addEventListener("itemAdded", ({ item }) => {
      heard.push({ kind: "itemAdded", text: item.text?.content ?? "" });
    });
    for (const kind of ["callIncoming", "callStatus", "callEnded"]) {
      client.addEventListener(kind, (event) => {
        heard.push({ kind, reason: event.reason ?? "", state: event.call.state, callId: event.call.callId });
        const sound = event.call.remoteAudioStream;
        const player = document.querySelector("#remote");
        if (sound && player.srcObject !== sound) player.srcObject = sound;
      });
    }
  }
  // What comes in and goes out, of all connections there have been.
  async function sound() {
    const total = { received: 0, energy: 0, sent: 0 };
    for (const connection of connections) {
      for (const row of (await asked.call(connection)).values()) {
        if (row.type === "inbound-rtp" && row.kind === "audio") {
          total.received += row.packetsReceived;
          total.energy += row.totalAudioEnergy;
        }
        if (row.type === "outbound-rtp" && row.kind === "audio") total.sent += row.packetsSent;
      }
    }
    return total;
  }
</script>
"""


@contextlib.asynccontextmanager
async def serve_sdk(folder: Path) -> AsyncIterator[str]:
    """The address of a page with the SDK that npm put into `folder`."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def script(request: web.Request) -> web.FileResponse:
        return web.FileResponse(folder / "node_modules" / "circuit-sdk" / "circuit.js")

    application = web.Application()
    application.add_routes([web.get("/", page), web.get("/circuit.js", script)])
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()


class SdkPage:
    """One `Circuit.Client` in a browser."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    @classmethod
    async def open(cls, browser: Chromium, address: str, options: Mapping[str, str]) -> SdkPage:
        """A client that has not logged on. `options` are the SDK's own."""
        tab = await browser.open(address)
        await tab.evaluate(f"begin({json.dumps(dict(options))})")
        return cls(tab)

    async def call(self, method: str, *arguments: object) -> Any:
        """Call a method of the client; what its promise resolves to, as JSON. Raises `BrowserError`."""
        given = ", ".join(json.dumps(argument) for argument in arguments)
        return await self.tab.evaluate(
            f"client.{method}({given}).then((found) => JSON.parse(JSON.stringify(found ?? null)))"
        )

    async def until(self, condition: str, timeout: float = 60.0) -> Any:
        """Wait until an event fits a JavaScript condition on `one`: {kind, reason, state, callId} of a call,
        {kind, text} of an item; the event."""
        return await self.tab.wait_for(f"heard.find((one) => {condition})", timeout)

    async def until_posted(self, text: str) -> None:
        """Wait until a message with this in it has come."""
        await self.until(f"one.kind === 'itemAdded' && one.text.includes({json.dumps(text)})")

    async def until_heard(self, timeout: float = 60.0) -> dict[str, float]:
        """Wait until the far end is heard to speak; what came in and went out by then.

        Energy is in squares of full scale times seconds, as browsers count it: a tenth of a second of
        speech at a tenth of full scale is 0.001.
        """
        return await self._until_sound("now.energy > 0.001", timeout)

    async def until_sent(self, packets: int, timeout: float = 60.0) -> dict[str, float]:
        """Wait until so many packets of sound went out."""
        return await self._until_sound(f"now.sent >= {packets}", timeout)

    async def _until_sound(self, condition: str, timeout: float) -> dict[str, float]:
        found: dict[str, float] = await self.tab.evaluate(
            f"""new Promise((resolve, reject) => {{
              const limit = setTimeout(() => reject(new Error("no sound")), {timeout * 1000});
              const timer = setInterval(async () => {{
                const now = await sound();
                if (!({condition})) return;
                clearInterval(timer);
                clearTimeout(limit);
                resolve(now);
              }}, 50);
            }})""",
            2 * timeout,
        )
        return found
