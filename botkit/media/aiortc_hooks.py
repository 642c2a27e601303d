"""Every private door of aiortc and aioice that botkit uses, and nothing else.

aiortc 1.16 knows no telephone-event, never gathers loopback, and hides its packets. The doors below
are private and may change with any release: the version is pinned, and `tests/media/test_hooks.py`
holds two real peers against each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Protocol

from aioice import Candidate
from aiortc import RTCPeerConnection, RTCRtpCodecCapability, RTCRtpTransceiver
from aiortc.codecs import CODECS, get_capabilities
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from .dtmf import CLOCK_RATE

RtpFilter = Callable[[bytes], bytes | None]
"""Gets a whole RTP or RTCP packet, in the clear; returns what goes on instead, or None to take it out."""


class Gather(Protocol):
    """aioice's way from local addresses to candidates."""

    def __call__(
        self, component: int, addresses: list[str], timeout: int = 5
    ) -> Coroutine[object, object, list[Candidate]]: ...


TELEPHONE_EVENT = RTCRtpCodecParameters(
    mimeType="audio/telephone-event",
    clockRate=CLOCK_RATE,
    channels=1,
    payloadType=126,
    parameters={"0-15": None},
)


def register_telephone_event() -> None:
    """Let aiortc negotiate keys, last of all codecs. For the whole process; repeating it does nothing.

    Whoever calls this must `filter_incoming`, too: a key that reaches aiortc's decoder kills it.
    """
    if TELEPHONE_EVENT not in CODECS["audio"]:
        CODECS["audio"].append(TELEPHONE_EVENT)


def audio_capabilities() -> list[RTCRtpCodecCapability]:
    """What can be offered, telephone-event included."""
    return get_capabilities("audio").codecs


def transport_of(transceiver: RTCRtpTransceiver) -> RTCDtlsTransport:
    """The transport that carries this media line."""
    return transceiver.receiver.transport


def negotiated(transceiver: RTCRtpTransceiver) -> list[RTCRtpCodecParameters]:
    """What offer and answer agreed on, the codec to send with first."""
    return transceiver._codecs


def filter_incoming(transport: RTCDtlsTransport, rtp_filter: RtpFilter) -> None:
    """Look at each RTP packet after decryption and before aiortc; this transport only."""
    pass_on = transport._handle_rtp_data

    async def handle(data: bytes, arrival_time_ms: int) -> None:
        kept = rtp_filter(data)
        if kept is not None:
            await pass_on(kept, arrival_time_ms)

    transport._handle_rtp_data = handle  # type: ignore[method-assign]


def filter_outgoing(transport: RTCDtlsTransport, rtp_filter: RtpFilter) -> None:
    """Look at each RTP and RTCP packet after aiortc and before encryption; this transport only."""
    pass_on = transport._send_rtp

    async def send(data: bytes) -> None:
        kept = rtp_filter(data)
        if kept is not None:
            await pass_on(kept)

    transport._send_rtp = send  # type: ignore[method-assign]


def gather_loopback(connection: RTCPeerConnection, *, always: bool) -> None:
    """Gather 127.0.0.1 as well: always, or only on a host that has no other address.

    Before the connection gathers its candidates; this connection only.
    """
    for transceiver in connection.getTransceivers():
        ice = transport_of(transceiver).transport.iceGatherer._connection
        ice.get_component_candidates = _with_loopback(ice.get_component_candidates, always)  # type: ignore[method-assign]


def _with_loopback(gather: Gather, always: bool) -> Gather:
    def with_loopback(
        component: int, addresses: list[str], timeout: int = 5
    ) -> Coroutine[object, object, list[Candidate]]:
        more = ["127.0.0.1"] if always or not addresses else []
        return gather(component, [*addresses, *more], timeout)

    return with_loopback
