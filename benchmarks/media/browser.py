"""What a browser makes of the bot's packets, by its own statistics: none lost, nothing made up.

Headless Chromium calls a bot's process on this host and plays what it hears. Samples are concealed where the
browser had to make them up, because a packet was lost or late. Nothing is subtracted but what was before the
window: until the first packet is there, any browser makes up silence.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import Figure
from tests.browser.chromium import Tab, chromium, chromium_path

from . import said
from .load import BOTS
from .ring import running

SECONDS = 60.0
QUICK_SECONDS = 5.0
SETTLE = 2.0
"""Seconds from the first sound to the window."""
FLAGS = ("--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns")

OFFER = """
(async () => {
  const context = new AudioContext(), quiet = context.createConstantSource();
  const microphone = context.createMediaStreamDestination(), volume = context.createGain();
  volume.gain.value = 0;
  quiet.connect(volume).connect(microphone);
  quiet.start();
  window.call = new RTCPeerConnection();
  call.addTrack(microphone.stream.getAudioTracks()[0], microphone.stream);
  call.ontrack = ({ track }) => {
    window.speaker = new Audio();
    speaker.srcObject = new MediaStream([track]);
    speaker.play();
  };
  await call.setLocalDescription();
  await new Promise((done) => {
    const look = () => call.iceGatheringState === "complete" && done();
    call.onicegatheringstatechange = look;
    look();
  });
  return call.localDescription.sdp;
})()
"""
STATISTICS = """
(async () => {
  const rows = [...(await call.getStats()).values()];
  return rows.find((row) => row.type === "inbound-rtp" && row.kind === "audio") ?? {};
})()
"""


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """One call. In the control of each second's packets one is lost."""
    if chromium_path() is None:
        print("no figures of Chromium, which is not installed", file=sys.stderr)
        return []
    seconds = QUICK_SECONDS if quick else SECONDS
    command = [sys.executable, "-m", f"{BOTS}.interrupted", *(["--lossy"] if control else [])]
    with tempfile.TemporaryDirectory(prefix="botkit-media-") as name:
        folder = Path(name)
        await said.write(folder)
        bot = running(folder, {"botkit": command}, folder / "prompt.pcm")
        async with bot as bots, chromium(*FLAGS) as browser:
            tab = await browser.open("about:blank")
            answer = await bots["botkit"].answer(await tab.evaluate(OFFER))
            description = json.dumps({"type": "answer", "sdp": answer})
            await tab.evaluate(f"call.setRemoteDescription({description})")
            await tab.wait_for("call.connectionState === 'connected' && window.speaker?.currentTime > 0")
            await asyncio.sleep(SETTLE)
            before = await _statistics(tab)
            await asyncio.sleep(seconds)
            after = await _statistics(tab)
    return list(_figures(before, after))


async def _statistics(tab: Tab) -> Mapping[str, float]:
    found: Mapping[str, float] = await tab.evaluate(STATISTICS)
    return found


def _figures(before: Mapping[str, float], after: Mapping[str, float]) -> Sequence[Figure]:
    def more(name: str) -> float:
        return after[name] - before[name]

    buffered = 1000 * more("jitterBufferDelay") / max(1, more("jitterBufferEmittedCount"))
    return [
        Figure(name="chromium_lost", value=more("packetsLost"), unit="packets", limit=0),
        Figure(name="chromium_concealed", value=more("concealedSamples"), unit="samples", limit=0),
        Figure(name="chromium_received", value=more("packetsReceived"), unit="packets"),
        Figure(name="chromium_heard", value=more("totalSamplesReceived"), unit="samples"),
        Figure(name="chromium_jitter", value=1000 * after["jitter"], unit="ms"),
        Figure(name="chromium_buffered", value=buffered, unit="ms"),
    ]
