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

from botkit.ports.audio import Leg

from .engine_path import EnginePath
from .incoming import Incoming
from .leg import MediaLeg
from .negotiation import Negotiation
from .plain import PlainPath
from .playout import Playout
from .track import PlayoutTrack
from .way import Way
from .ways import Ways

PIECES = (
    *(MediaLeg, Ways, Way, Negotiation, EnginePath, PlainPath, PlayoutTrack, Playout, Incoming),
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
