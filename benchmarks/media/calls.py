"""A caller of the load: aiortc connects it, then its packets are sent and read here, without decoding any."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from array import array
from collections.abc import Awaitable, Callable, Sequence

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import SRTP_AES128_CM_SHA1_80

from botkit.media import aiortc_hooks
from botkit.media.codecs import AudioCodec

from .lateness import Arrivals

SO_TIMESTAMPNS = 35
"""Linux: each datagram comes with the time when the kernel had it. On loopback that is when it was sent."""
CONNECT_WITHIN = 10.0
_header = struct.Struct("!BBHII")
_timespec = struct.Struct("@qq")
_ANCILLARY = socket.CMSG_SPACE(_timespec.size)

Answers = Callable[[str], Awaitable[str]]
"""Carries an SDP offer to the bot and its answer back."""


class LoadCall:
    """One call. `connect`, then `send` every 20 ms, and `read` when its socket has something."""

    def __init__(self, codec: AudioCodec, payloads: Sequence[bytes]) -> None:
        """It says `payloads`, over and over."""
        self._codec = codec
        self._payloads = payloads
        self._next = random.randrange(len(payloads))
        self._sequence = random.randrange(2**16)
        self._timestamp = random.randrange(2**32)
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT))
        self._times = array("q")
        self._timestamps = array("L")

    async def connect(self, answers: Answers) -> None:
        """Set the call up and take its packets over. Raises `TimeoutError` when there is no path."""
        pc, connected = self._pc, asyncio.Event()

        def changed() -> None:
            if pc.connectionState == "connected":
                connected.set()

        pc.on("connectionstatechange", changed)
        transceiver = pc.addTransceiver("audio")
        aiortc_hooks.leave_alone(transceiver)
        wanted = (f"audio/{self._codec.name}", "audio/telephone-event")
        transceiver.setCodecPreferences(
            [each for each in aiortc_hooks.audio_capabilities() if each.mimeType in wanted]
        )
        # What a browser takes, although aiortc would rather have another one.
        aiortc_hooks.transport_of(transceiver)._srtp_profiles = [SRTP_AES128_CM_SHA1_80]
        await pc.setLocalDescription(await pc.createOffer())
        async with asyncio.timeout(CONNECT_WITHIN):
            answer = await answers(pc.localDescription.sdp)
            await pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
            await connected.wait()
        self._take_over()

    def fileno(self) -> int:
        """Of the socket."""
        return self._door.sock.fileno()

    def send(self) -> None:
        """The next 20 ms of what the caller says."""
        packet = (
            _header.pack(0x80, self._payload_type, self._sequence, self._timestamp, self._ssrc)
            + self._payloads[self._next]
        )
        self._next = (self._next + 1) % len(self._payloads)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + self._codec.frame) & 0xFFFFFFFF
        self._door.sock.sendto(self._link.sending.protect(packet), self._link.far_end)

    def read(self) -> None:
        """Note one packet; what is neither RTP nor RTCP is aiortc's."""
        data, ancillary, _, address = self._door.sock.recvmsg(2048, _ANCILLARY)
        if len(data) < 12 or not 128 <= data[0] < 192:
            self._door.pass_on(data, address)
        elif data[1] & 0x7F == self._payload_type:
            seconds, nanoseconds = _timespec.unpack(ancillary[0][2])
            self._times.append(seconds * 1_000_000_000 + nanoseconds)
            self._timestamps.append(int.from_bytes(data[4:8]))

    def forget(self) -> None:
        """Begin to note anew."""
        del self._times[:], self._timestamps[:]

    @property
    def arrivals(self) -> Arrivals:
        """What was noted."""
        return Arrivals(self._times, self._timestamps, self._codec.clock_rate)

    def _take_over(self) -> None:
        (transceiver,) = self._pc.getTransceivers()
        self._link = link = aiortc_hooks.hand_over(aiortc_hooks.transport_of(transceiver))
        self._door = link.doors[0]
        self._door.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._ssrc = aiortc_hooks.ssrc_of(transceiver)
        self._payload_type = aiortc_hooks.negotiated(transceiver)[0].payloadType
