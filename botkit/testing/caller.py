"""A scripted person on the phone: a real WebRTC caller that listens, speaks and presses keys.

It needs no signalling of its own. Whoever drives it carries the offer to the bot and the answer back::

    caller = Caller()
    offer = await caller.offer()
    await caller.apply_answer(answer)
    await caller.connected()
    await caller.press("1")
    sound = caller.recording()
    await caller.hangup()

It can be called as well: `answer = await caller.accept(offer)`.

Every packet is noted with its time of arrival before anything is decoded, so latencies are those of the
wire and not of a jitter buffer.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCSessionDescription,
)

from botkit.media import aiortc_hooks
from botkit.media.codecs import OPUS, AudioCodec, Decoder, Samples, samples_of, silence
from botkit.media.receiving.goertzel import KeyDetector
from botkit.media.rtp import dtmf
from botkit.media.rtp.header import RtpHeader, ahead, rewritten
from botkit.media.sending.keytones import key_tones
from botkit.media.sending.payloads import PayloadCache
from botkit.media.sending.playout import Playout
from botkit.media.sending.track import PlayoutTrack
from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm
from botkit.ports.audio import LegEvent, PromptFinished, PromptStarted

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
RECORDING_RATE = 16_000
GAP_PACKETS = 3
"""Audio packets between two keys, so that the far end hears two."""
OVER = ("failed", "closed")
"""States of a connection from which nothing more is sent."""


class CallFailed(WorldError):
    """No media path to the bot, or it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardPacket:
    """One RTP packet of the bot."""

    at: float
    """`time.monotonic()` of its arrival, by the kernel."""
    payload_type: int
    sequence: int
    timestamp: int
    payload: bytes
    prompt: bool
    """It carries something: its payload is not the codec's silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardKey:
    """One key of the bot (RFC 4733)."""

    key: str
    at: float
    """`time.monotonic()` of its first packet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySent:
    """One key as it left."""

    key: str
    first_at: float
    """`time.monotonic()` of its first packet."""
    last_at: float
    """And of its last."""


class Caller:
    """One call. Use it once."""

    def __init__(self, *, codec: AudioCodec = OPUS, keys: bool = True) -> None:
        """`codec` is the only one offered; `keys`: offer telephone-event as well, else
        keys are tones."""
        aiortc_hooks.register_telephone_event()
        self.packets: list[HeardPacket] = []
        """The bot's sound, in order of arrival."""
        self._arrivals: dict[int, float] = {}
        """Of packets that are not heard yet: sequence number -> when the kernel had them."""
        self.keys: list[HeardKey] = []
        """The keys that the bot pressed."""
        self._key_reader = dtmf.KeyReader()
        self._codec = codec
        self._keys = keys
        self._key_type: int | None = None
        self._encoder = ThreadPoolExecutor(1, thread_name_prefix="caller-encoder")
        self._cache = PayloadCache(self._encoder, max_bytes=2**24)
        self._microphone = Playout(codec, self._cache, self._spoken)
        self._said: asyncio.Event = asyncio.Event()
        self._said_from = self._said_to = 0.0
        self._tones: deque[dtmf.TelephoneEvent | None] = deque()
        self._tone_timestamp = 0
        self._tone_times: list[float] = []
        self._tones_sent = asyncio.Event()
        self._muted = False
        self._news = asyncio.Event()
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT))
        self._pc.on("connectionstatechange", self._changed)

    async def offer(self) -> str:
        """The SDP offer: complete, loopback included, and without BUNDLE, as browser clients send it."""
        self._take_up()
        await self._pc.setLocalDescription(await self._pc.createOffer())
        self._stamp_arrivals()
        return self._own_offer()

    async def offer_again(self, direction: Direction = "sendrecv") -> str:
        """A further offer in the same call; `sendonly` and `inactive` put the bot on hold. The answer to it
        goes to `apply_answer`."""
        (transceiver,) = self._pc.getTransceivers()
        transceiver.direction = direction
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return self._own_offer()

    async def apply_answer(self, answer: str) -> None:
        """Take the bot's SDP answer and begin to connect."""
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
        self._agree()

    async def accept(self, offer: str) -> str:
        """Take the bot's SDP offer and begin to connect; the answer to it, complete."""
        self._take_up()
        await self._pc.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        self._agree()
        await self._pc.setLocalDescription(await self._pc.createAnswer())
        self._stamp_arrivals()
        return str(self._pc.localDescription.sdp)

    async def connected(self, timeout: float = 30.0) -> None:
        """Return when media can flow. Raises `CallFailed`, `TimeoutError`."""
        await self.until(lambda: self._pc.connectionState == "connected", timeout)

    async def until(self, condition: Callable[[], bool], timeout: float = 30.0) -> None:
        """Return when `condition` holds; it is tried after each packet and each change of the call.

        Raises `TimeoutError`, and `CallFailed` when the call is over without it.
        """
        async with asyncio.timeout(timeout):
            while not condition():
                if self._pc.connectionState in OVER:
                    raise CallFailed(f"the call's media is {self._pc.connectionState}")
                self._news.clear()
                await self._news.wait()

    async def until_prompt(self, timeout: float = 30.0, *, start: int | None = None) -> HeardPacket:
        """The first packet of a prompt from `packets[start]` on; None = that comes after now."""
        first = len(self.packets) if start is None else start
        await self.until(lambda: any(p.prompt for p in self.packets[first:]), timeout)
        return next(p for p in self.packets[first:] if p.prompt)

    async def until_quiet(self, seconds: float = 0.1, timeout: float = 30.0) -> None:
        """Return when the bot's newest packets, for so long, are silence; at once if they are already."""
        packets = round(seconds / 0.02)
        await self.until(
            lambda: len(self.packets) >= packets and not any(p.prompt for p in self.packets[-packets:]),
            timeout,
        )

    async def prepare(self, pcm: Pcm) -> None:
        """Encode ahead what will be said."""
        await asyncio.shield(self._cache.get(pcm, self._codec))

    async def say(self, pcm: Pcm) -> float:
        """Speak; return when the last packet is out: the `time.monotonic()` of the first one."""
        self._said.clear()
        self._microphone.play("speech", pcm)
        await self._said.wait()
        return self._said_from

    async def press(self, key: str, *, packets: int = 5) -> KeySent:
        """Press one key for `packets` x 20 ms, in place of the microphone's packets; where keys are tones,
        for 200 ms. One key at a time. Raises `CallFailed` when the bot did not accept telephone-event.
        """
        if not self._keys:
            begun = await self.say(key_tones(key))
            return KeySent(key=key, first_at=begun, last_at=self._said_to)
        if self._key_type is None:
            raise CallFailed("the answer has no telephone-event: this call has no keys")
        self._tone_times = []
        self._tones_sent.clear()
        self._tones.extend([*dtmf.press(key, packets=packets), *[None] * GAP_PACKETS])
        self._changed()
        await self._tones_sent.wait()
        if not self._tone_times:
            raise CallFailed(f"the call ended before key {key} was sent")
        return KeySent(key=key, first_at=self._tone_times[0], last_at=self._tone_times[-1])

    def mute(self) -> None:
        """Send no RTP any more, as a caller whose network died; the bot is still heard."""
        self._muted = True

    def first_prompt_at(self, since: float) -> float | None:
        """When the first prompt packet at or after `since` arrived."""
        return next((p.at for p in self.packets if p.prompt and p.at >= since), None)

    def seconds_since(self, packet: HeardPacket) -> float:
        """What was heard behind `packet`, on the bot's own time line: late packets count as if in time."""
        return ahead(self.packets[-1].timestamp, packet.timestamp, 32) / self._codec.clock_rate

    def recording(self) -> Pcm:
        """All that was heard, 16 kHz, on the bot's own time line: a lost packet is 20 ms of silence."""
        heard = sorted(_unwrapped(self.packets), key=lambda pair: pair[0])
        if not heard:
            return Pcm(b"", RECORDING_RATE)
        track = np.zeros(heard[-1][0] + self._codec.frame, np.int16)
        decoder = Decoder(self._codec)
        for start, payload in heard:
            sound: Samples = decoder.decode(payload)
            room = track[start : start + len(sound)]
            room[:] = sound[: len(room)]
        at_rate = samples_of(Pcm(track.astype("<i2").tobytes(), self._codec.clock_rate), RECORDING_RATE)
        return Pcm(at_rate.astype("<i2").tobytes(), RECORDING_RATE)

    def tones(self) -> str:
        """The keys that the bot pressed as tones."""
        sound, detector = self.recording().samples, KeyDetector()
        return "".join(
            key for start in range(0, len(sound), 640) for key in detector.feed(sound[start : start + 640])
        )

    async def hangup(self) -> None:
        """End the media. Twice is no error."""
        self._tones.clear()
        self._tones_sent.set()
        await self._pc.close()
        self._encoder.shutdown(cancel_futures=True)

    def _own_offer(self) -> str:
        lines = self._pc.localDescription.sdp.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("a=group:BUNDLE"))

    def _take_up(self) -> None:
        self._pc.addTrack(PlayoutTrack(self._microphone, self._codec))
        (transceiver,) = self._pc.getTransceivers()
        transceiver.setCodecPreferences(self._preferences())
        aiortc_hooks.connect_at_once(self._pc)
        aiortc_hooks.gather_loopback(self._pc, always=True)
        transport = aiortc_hooks.transport_of(transceiver)
        aiortc_hooks.take_incoming(transport, self._hear)
        aiortc_hooks.filter_outgoing(transport, self._send)

    def _stamp_arrivals(self) -> None:
        (transceiver,) = self._pc.getTransceivers()
        aiortc_hooks.stamp_arrivals(aiortc_hooks.transport_of(transceiver), self._arrived)

    def _agree(self) -> None:
        (transceiver,) = self._pc.getTransceivers()
        for codec in aiortc_hooks.negotiated(transceiver):
            if codec.mimeType == aiortc_hooks.TELEPHONE_EVENT.mimeType:
                self._key_type = codec.payloadType

    def _preferences(self) -> list[RTCRtpCodecCapability]:
        wanted = [f"audio/{self._codec.name}", *(["audio/telephone-event"] if self._keys else [])]
        known = {c.mimeType: c for c in aiortc_hooks.audio_capabilities()}
        return [known[name] for name in wanted]

    def _arrived(self, datagram: bytes, at: float) -> None:
        """Of RTP the header is in the clear also when it is encrypted."""
        if RtpHeader.read(datagram) is not None:
            self._arrivals[int.from_bytes(datagram[2:4])] = at

    def _hear(self, packet: bytes) -> None:
        header = RtpHeader.read(packet)
        if header is None:
            return
        payload = packet[header.start : header.end]
        if header.payload_type == self._key_type:
            key = self._key_reader.read(header.timestamp, payload)
            if key is not None:
                self.keys.append(HeardKey(key=key, at=time.monotonic()))
        else:
            self.packets.append(
                HeardPacket(
                    at=self._arrivals.pop(header.sequence, time.monotonic()),
                    payload_type=header.payload_type,
                    sequence=header.sequence,
                    timestamp=header.timestamp,
                    payload=payload,
                    prompt=payload != silence(self._codec),
                )
            )
        self._news.set()

    def _send(self, packet: bytes) -> bytes | None:
        header = RtpHeader.read(packet)
        if self._muted:
            return None
        if header is None or not self._tones or self._key_type is None:
            return packet
        tone = self._tones.popleft()
        if not self._tones:
            self._tones_sent.set()
        if tone is None:
            return packet
        first = not self._tone_times
        if first:
            self._tone_timestamp = header.timestamp
        self._tone_times.append(time.monotonic())
        return rewritten(
            packet,
            payload_type=self._key_type,
            marker=first,
            timestamp=self._tone_timestamp,
            payload=tone.write(),
        )

    def _spoken(self, event: LegEvent) -> None:
        if isinstance(event, PromptStarted):
            self._said_from = event.at
        elif isinstance(event, PromptFinished):
            self._said_to = event.at
            self._said.set()

    def _changed(self) -> None:
        self._news.set()
        if self._pc.connectionState in OVER:
            self._tones_sent.set()  # what is left of a key is never sent


def _unwrapped(packets: list[HeardPacket]) -> list[tuple[int, bytes]]:
    """(ticks since the first packet, payload) each; what is older than the first is left out."""
    if not packets:
        return []
    first = packets[0]
    offsets = ((ahead(p.timestamp, first.timestamp, 32), p) for p in packets)
    return [(ticks, p.payload) for ticks, p in offsets if ticks >= 0 and p.payload_type == first.payload_type]
