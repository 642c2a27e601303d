"""A leg that is over, taken apart: its pieces refer to each other in circles, which nothing but a collection
of all objects would find, and that would hold up the packets of the calls that go on.
"""

from __future__ import annotations

from collections.abc import Iterator

from aioice import Connection
from aioice.ice import CandidatePair, StunProtocol
from aiortc import (
    RTCDtlsTransport,
    RTCIceGatherer,
    RTCIceTransport,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
)

from botkit.media.leg import MediaLeg
from botkit.media.paths.negotiation import Negotiation
from botkit.media.paths.rtp import RtpPath
from botkit.media.plain import PlainPath
from botkit.media.receiving.incoming import Incoming
from botkit.media.sending.playout import Playout
from botkit.media.sending.track import PlayoutTrack
from botkit.media.way import Way
from botkit.media.ways import Ways
from botkit.ports.audio import Leg

PIECES = (
    *(MediaLeg, Ways, Way, Negotiation, RtpPath, PlainPath, PlayoutTrack, Playout, Incoming),
    *(RTCPeerConnection, RTCRtpTransceiver, RTCRtpSender, RTCRtpReceiver, RTCDtlsTransport),
    *(RTCIceTransport, RTCIceGatherer, Connection, StunProtocol, CandidatePair),
)
"""What a leg has for itself alone; whatever else it refers to is left as it is."""


def take_apart(leg: Leg) -> None:
    """Free all that `leg` consists of, now. It is closed, and nobody asks it for anything any more."""
    found: dict[int, object] = {}
    _find(leg, found)
    for piece in found.values():
        vars(piece).clear()


def _find(piece: object, found: dict[int, object]) -> None:
    if isinstance(piece, PIECES) and id(piece) not in found:
        found[id(piece)] = piece
        for value in vars(piece).values():
            for each in _within(value):
                _find(each, found)


def _within(value: object) -> Iterator[object]:
    match value:
        case list() | set() | tuple():
            yield from value
        case dict():
            yield from value.values()
        case _:
            yield value
