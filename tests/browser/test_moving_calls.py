"""A browser that begins ICE anew in mid-call, as one does that has come into another network."""

from __future__ import annotations

import json

from chromium import Chromium, Tab

from botkit.media.engine import EngineAudioPort
from botkit.ports.audio import LegClosed, LegEvent
from botkit.sandbox import Sandbox

BEGIN = """(async () => {
  window.call = new RTCPeerConnection();
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  for (const track of stream.getTracks()) call.addTrack(track, stream);
})()"""
OFFER = """(async () => {
  await call.setLocalDescription(await call.createOffer());
  const gathered = () => call.iceGatheringState === "complete";
  for (let tries = 0; tries < 40 && !gathered(); tries += 1) await new Promise((go) => setTimeout(go, 50));
  return call.localDescription.sdp;
})()"""
HEARD = """(async () => {
  for (;;) {
    for (const each of (await call.getStats()).values()) {
      const known = call.connectionState === "connected" && each.type === "inbound-rtp";
      const named = known && call.remoteDescription.sdp.includes(`a=ssrc:${each.ssrc} `);
      if (named && each.packetsReceived > 50) return each.packetsReceived;
    }
    await new Promise((go) => setTimeout(go, 50));
  }
})()"""
"""True once a second was heard of the stream that the newest answer names."""
WITHIN = 30.0
"""Seconds. DTLS, too, begins anew, and repeats what is lost after 1, 2, 4 s."""


async def accept(tab: Tab, answer: str) -> None:
    await tab.evaluate(f"call.setRemoteDescription({{ type: 'answer', sdp: {json.dumps(answer)} }})")


async def test_a_browser_that_restarts_ice_keeps_its_call(browser: Chromium, sandbox: Sandbox) -> None:
    tab = await browser.open(sandbox.page_address)
    port = EngineAudioPort()
    events: list[LegEvent] = []
    try:
        await tab.evaluate(BEGIN)
        first = await tab.evaluate(OFFER)
        leg = await port.accept(first, events.append)
        begun = leg.answer
        await accept(tab, begun)
        await tab.evaluate(HEARD, WITHIN)
        await tab.evaluate("call.restartIce()")
        again = await tab.evaluate(OFFER)
        answer = await leg.renegotiate(again)
        assert fragment(again) != fragment(first)
        assert fragment(answer) != fragment(begun)
        await accept(tab, answer)
        await tab.evaluate(HEARD, WITHIN)
        assert not any(isinstance(event, LegClosed) for event in events)
    finally:
        await port.close()


def fragment(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("a=ice-ufrag:"))
