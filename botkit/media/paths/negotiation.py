"""Offer and answer of one leg, and what comes of them: ICE, DTLS and their keys, all by aiortc."""

from __future__ import annotations

import logging
from collections.abc import Callable

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from botkit.media import aiortc_hooks
from botkit.media.codecs import CODECS
from botkit.media.sdp import Description, read_answer, read_offer, useless
from botkit.ports.audio import OfferRefused

from .path import Terms

log = logging.getLogger(__name__)

MOST_CANDIDATES = 100


class Negotiation:
    """One peer connection with one audio line. Either `answer_offer` or `make_offer` is called, once."""

    def __init__(self, attach: Callable[[RTCPeerConnection], None], terms: Terms) -> None:
        """`attach` brings the audio line into a connection."""
        self.offer = self.answer = ""
        """What we sent: one of them stays empty."""
        self._attach = attach
        self._terms = terms
        self._far: Description | None = None
        self._candidates: list[tuple[str, str, int]] = []
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT))
        self._pc.on("connectionstatechange", lambda: terms.state(self._pc.connectionState))

    async def answer_offer(self, offer: str, *, before: Description | None = None) -> None:
        """Begin to connect. Raises `OfferRefused`; it is to be closed then. `before`: of the call that moves
        here."""
        far = read_offer(offer, before=before)
        pc = self._pc
        self._attach(pc)
        aiortc_hooks.connect_at_once(pc)
        if self._terms.loopback:
            aiortc_hooks.gather_loopback(pc, always=self._terms.loopback is True or far.from_loopback)
        try:
            await pc.setRemoteDescription(RTCSessionDescription(sdp=far.audio_only(), type="offer"))
            self._agree(far)
            await pc.setLocalDescription(await pc.createAnswer())
            self.answer = far.whole_answer(pc.localDescription.sdp)
        except Exception as fault:
            raise _refused("the offer cannot be answered", fault) from fault

    async def renegotiate(self, far: Description) -> None:
        """Answer a further offer for the way there is. Raises `OfferRefused`, and nothing has changed."""
        pc = self._pc
        try:
            offer = far.audio_only(candidates=False)  # the way is found, or they are trickled
            await pc.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
            await pc.setLocalDescription(await pc.createAnswer())
        except Exception as fault:
            raise _refused("the offer cannot be answered", fault) from fault
        self.answer = far.whole_answer(pc.localDescription.sdp)
        self._agree(far)

    async def make_offer(self) -> None:
        """All codecs that botkit has, the best first, and keys."""
        pc = self._pc
        self._attach(pc)
        aiortc_hooks.connect_at_once(pc)
        (transceiver,) = pc.getTransceivers()
        known = {each.mimeType.lower(): each for each in aiortc_hooks.audio_capabilities()}
        names = [*(codec.name for codec in CODECS), "telephone-event"]
        transceiver.setCodecPreferences([known[f"audio/{name}".lower()] for name in names])
        if self._terms.loopback:
            aiortc_hooks.gather_loopback(pc, always=self._terms.loopback is True)
        await pc.setLocalDescription(await pc.createOffer())
        self.offer = pc.localDescription.sdp

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        far = read_answer(answer)
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=far.audio_only(), type="answer"))
        except Exception as fault:
            raise _refused("the answer cannot be used", fault) from fault
        self._agree(far)
        for candidate in self._candidates:
            await self._use_candidate(far, *candidate)

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates. What belongs to a rejected line or is of no use is ignored."""
        if not line or useless(line) or len(self._candidates) >= MOST_CANDIDATES:
            return
        self._candidates.append((line, mid, index))
        if self._far is not None:
            await self._use_candidate(self._far, line, mid, index)

    async def close(self) -> None:
        """End it. Twice is no error."""
        await self._pc.close()
        aiortc_hooks.let_go(self._pc)

    def _agree(self, far: Description) -> None:
        self._far = far
        (transceiver,) = self._pc.getTransceivers()
        self._terms.agreed(far, aiortc_hooks.negotiated(transceiver)[0])

    async def _use_candidate(self, far: Description, line: str, mid: str, index: int) -> None:
        if not (mid == far.mid if mid else index == far.index):
            return
        try:
            candidate = candidate_from_sdp(line.removeprefix("a=").removeprefix("candidate:"))
        except (AssertionError, ValueError):
            log.warning("the far end sent a malformed ICE candidate: %r", line[:120])
            return
        candidate.sdpMid, candidate.sdpMLineIndex = far.mid, 0
        if candidate.component == 1:
            await self._pc.addIceCandidate(candidate)


def _refused(what: str, fault: Exception) -> OfferRefused:
    """aiortc's parser raises whatever broke first."""
    return OfferRefused(f"{what}: {str(fault) or type(fault).__name__}")
