"""Every private door of aiortc and aioice that botkit uses, and nothing else.

aiortc 1.16 knows no telephone-event, never gathers loopback, and hides its packets. The doors below
are private and may change with any release: the version is pinned, and `tests/media/test_hooks.py`
holds two real peers against each of them.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from asyncio.selector_events import BaseSelectorEventLoop
from collections.abc import Callable, Coroutine
from typing import NamedTuple, Protocol

import pylibsrtp
from aioice import Candidate, Connection
from aioice.ice import CandidatePair, StunProtocol
from aiortc import (
    RTCIceTransport,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
)
from aiortc.codecs import CODECS, get_capabilities
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtcrtpreceiver import StreamStatistics

from botkit.media.rtp.arrivals import Arrivals
from botkit.media.rtp.dtmf import CLOCK_RATE
from botkit.media.rtp.header import RtpHeader

log = logging.getLogger(__name__)

RtpFilter = Callable[[bytes], bytes | None]
"""Gets a whole RTP or RTCP packet, in the clear; returns what goes on instead, or None to take it out."""
_Receive = Callable[[bytes | str, tuple[object, ...]], None]
PACE = 0.02
"""Seconds between two pairs of addresses that are tried (RFC 8445 section 14.2 has 50 ms or more between
requests of one kind; aioice has this)."""
CHANGED = {"_handle_rtp_data", "_send_rtp", "_check_periodic", "get_component_candidates"}
"""Methods that one transport or ICE connection has anew, by the functions here."""
MOST_SOURCES = 4
"""That are reported on; a report has room for 31."""


class Door(NamedTuple):
    """An address of ours that the far end may send to."""

    sock: socket.socket
    """Ours to read, to send on and to close; aiortc keeps one of its own for the same address."""
    pass_on: Callable[[bytes, tuple[str, int]], None]
    """Takes what is no media: ICE's and DTLS's datagrams, and whom they came from."""


class Link(NamedTuple):
    """What a connection's media goes over, once it stands."""

    doors: tuple[Door, ...]
    """The one to send by first. Media may come by any: of several, each end chooses for itself."""
    far_end: tuple[str, int]
    """Where to send to."""
    sending: pylibsrtp.Session
    receiving: pylibsrtp.Session
    pair: CandidatePair


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
KEYS_WITH_OPUS = RTCRtpCodecParameters(
    mimeType="audio/telephone-event",
    clockRate=48000,
    channels=1,
    payloadType=110,
    parameters={"0-16": None},
)
"""For far ends that offer no other. It takes one event more, which nobody presses: preferences of aiortc tell
codecs apart by their parameters, not by their rate."""


def register_telephone_event() -> None:
    """Let aiortc negotiate keys, last of all codecs. For the whole process; repeating it does nothing.

    Whoever calls this must `take_incoming`, too: a key that reaches aiortc's decoder kills it.
    """
    if TELEPHONE_EVENT not in CODECS["audio"]:
        CODECS["audio"] += [KEYS_WITH_OPUS, TELEPHONE_EVENT]


def ask_for_fec() -> None:
    """Let aiortc ask far ends that send Opus for a copy of each frame in the next packet, once packets are
    lost (RFC 7587 section 6.1). For the whole process; repeating it does nothing."""
    for codec in CODECS["audio"]:
        if codec.mimeType == "audio/opus":
            codec.parameters["useinbandfec"] = 1


def audio_capabilities() -> list[RTCRtpCodecCapability]:
    """What can be offered, telephone-event included."""
    return get_capabilities("audio").codecs


def transport_of(transceiver: RTCRtpTransceiver) -> RTCDtlsTransport:
    """The transport that carries this media line."""
    return transceiver.receiver.transport


def negotiated(transceiver: RTCRtpTransceiver) -> list[RTCRtpCodecParameters]:
    """What offer and answer agreed on, the codec to send with first."""
    return transceiver._codecs


def take_incoming(transport: RTCDtlsTransport, on_packet: Callable[[bytes], None]) -> None:
    """Get each RTP packet of this transport after decryption; aiortc's receiver sees none of them.

    An exception of `on_packet` is logged, once: inside aiortc it would end the call.
    """
    failed = False

    async def handle(data: bytes, arrival_time_ms: int) -> None:
        nonlocal failed
        try:
            on_packet(data)
        except Exception:
            if not failed:
                log.exception("a packet of the far end cannot be read; it is dropped, as are others like it")
            failed = True

    transport._handle_rtp_data = handle  # type: ignore[method-assign]


def drop_empty_datagrams(transport: RTCDtlsTransport) -> None:
    """One of them, from anybody who knows the port, would end the call inside aiortc."""
    ice = transport.transport
    receive = ice._recv

    async def recv() -> bytes:
        data: bytes = b""
        while not data:
            data = await receive()
        return data

    ice._recv = recv


class _Numbered(NamedTuple):
    """What aiortc's statistics read of a packet."""

    sequence_number: int
    timestamp: int


def reception_counter(transceiver: RTCRtpTransceiver, clock_rate: int) -> Callable[[RtpHeader], None]:
    """Counts packets that `take_incoming` took, so that aiortc's reports to the far end stay true."""
    streams: dict[int, StreamStatistics] = transceiver.receiver._RTCRtpReceiver__remote_streams  # type: ignore[attr-defined]

    def count(header: RtpHeader) -> None:
        if header.ssrc not in streams and len(streams) < MOST_SOURCES:
            streams[header.ssrc] = StreamStatistics(clock_rate)
        if header.ssrc in streams:
            streams[header.ssrc].add(_Numbered(header.sequence, header.timestamp))  # type: ignore[arg-type]

    return count


def filter_outgoing(transport: RTCDtlsTransport, rtp_filter: RtpFilter) -> None:
    """Look at each RTP and RTCP packet after aiortc and before encryption; this transport only."""
    pass_on = transport._send_rtp

    async def send(data: bytes) -> None:
        kept = rtp_filter(data)
        if kept is not None:
            await pass_on(kept)

    transport._send_rtp = send  # type: ignore[method-assign]


def stamp_arrivals(transport: RTCDtlsTransport, stamped: Callable[[bytes, float], None]) -> None:
    """Tell of each datagram, as it came, when the kernel had it (`time.monotonic()`), however late this
    process is to read it. Once the connection has gathered its candidates; this transport only."""
    for protocol in transport.transport.iceGatherer._connection._protocols:
        protocol.datagram_received = _stamped(  # type: ignore[method-assign,assignment]
            Arrivals(protocol.transport.get_extra_info("socket")), protocol.datagram_received, stamped
        )


def _stamped(arrivals: Arrivals, receive: _Receive, stamped: Callable[[bytes, float], None]) -> _Receive:
    def datagram_received(data: bytes | str, addr: tuple[object, ...]) -> None:
        if isinstance(data, bytes):
            stamped(data, arrivals.last())
        receive(data, addr)

    return datagram_received


def leave_alone(transceiver: RTCRtpTransceiver) -> None:
    """Let aiortc negotiate this line, and neither send on it nor decode, report or start threads for it."""

    async def nothing(parameters: object) -> None:
        pass

    transceiver.sender.send = nothing  # type: ignore[method-assign]
    transceiver.receiver.receive = nothing  # type: ignore[method-assign]


def ssrc_of(transceiver: RTCRtpTransceiver) -> int:
    """The SSRC that our description gives for this line."""
    return transceiver.sender._ssrc


def hand_over(transport: RTCDtlsTransport) -> Link:
    """Take the sockets and the keys of a transport that is connected; the event loop reads them no more.

    Raises `LookupError` when the way has no socket of its own (a relay).
    """
    connection = transport.transport._connection
    pair = connection._nominated[1]
    others = (each for each in connection._protocols if each is not pair.protocol)
    doors = [_door(protocol) for protocol in (pair.protocol, *others)]
    if doors[0] is None:
        raise LookupError("the way to the far end has no socket of its own")
    return Link(
        doors=tuple(door for door in doors if door is not None),
        far_end=pair.remote_addr,
        sending=transport._tx_srtp,
        receiving=transport._rx_srtp,
        pair=pair,
    )


def _door(protocol: StunProtocol) -> Door | None:
    shared = protocol.transport.get_extra_info("socket")
    if shared is None:
        return None
    loop = asyncio.get_running_loop()
    loop._remove_reader(shared.fileno())  # type: ignore[attr-defined]
    return Door(shared.dup(), protocol.datagram_received)


def has_moved(transport: RTCDtlsTransport, link: Link) -> bool:
    """Whether ICE goes by another pair of addresses now."""
    return transport.transport._connection._nominated.get(1) not in (link.pair, None)


def shut_doors() -> tuple[str, ...]:
    """Which of the private parts that `hand_over` and `leave_alone` need are not where they were."""
    kept = {
        RTCDtlsTransport.__init__: ("_rx_srtp", "_tx_srtp"),
        RTCIceTransport.__init__: ("_connection",),
        Connection.__init__: ("_nominated", "_protocols"),
        CandidatePair.__init__: ("protocol",),
        RTCRtpSender.__init__: ("_ssrc",),
    }
    called = (
        (RTCRtpSender, "send"),
        (RTCRtpReceiver, "receive"),
        (StunProtocol, "datagram_received"),
        (CandidatePair, "remote_addr"),
        (BaseSelectorEventLoop, "_remove_reader"),
    )
    return (
        *(
            f"{made.__qualname__} sets no {name}"
            for made, names in kept.items()
            for name in names
            if name not in made.__code__.co_names
        ),
        *(f"{owner.__qualname__} has no {name}" for owner, name in called if name not in vars(owner)),
    )


def let_go(connection: RTCPeerConnection) -> None:
    """Cut the circles in which the pieces of a connection that is closed refer to each other, ours among
    them: then it goes with the last who holds it, and with it some 100 kB that OpenSSL and libsrtp have for
    it, which no collection of garbage counts. Twice is no error."""
    for transceiver in connection.getTransceivers():
        transport = transport_of(transceiver)
        ice = transport.transport._connection
        transport.remove_all_listeners()
        for changed in (transport, ice):
            for name in CHANGED & vars(changed).keys():
                delattr(changed, name)
        for pair in ice._check_list:
            pair.task = None  # the error of one that was cancelled knows the pair
        ice._check_list.clear()
        ice._early_checks.clear()
        ice._query_consent_task = None
        helper = getattr(transport._ssl, "_verify_helper", None)
        if helper is not None:  # pyOpenSSL's own; whoever may still call back has the callback itself
            helper.callback = None


def connect_at_once(connection: RTCPeerConnection) -> None:
    """Let ICE notice at once that a way is chosen, where aioice looks only every 20 ms; it may go on trying
    one pair of addresses every 20 ms. Before the connection gathers its candidates; this connection only."""
    for transceiver in connection.getTransceivers():
        ice = transport_of(transceiver).transport.iceGatherer._connection
        if hasattr(ice, "_check_periodic"):
            ice._check_periodic = _paced_apart(ice, ice._check_periodic)  # type: ignore[method-assign]


def _paced_apart(ice: Connection, try_next: Callable[[], bool]) -> Callable[[], bool]:
    """aioice's loop calls it every 20 ms, until it gives False; then it waits for the choice itself."""
    trying: asyncio.Task[None] | None = None

    async def try_all() -> None:
        while try_next():  # noqa: ASYNC110 - the pace is the point
            await asyncio.sleep(PACE)

    def check_periodic() -> bool:
        nonlocal trying
        if not ice._check_list:
            return try_next()  # the far end's candidates are still to come
        trying = trying or asyncio.get_running_loop().create_task(try_all())
        return False

    return check_periodic


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
