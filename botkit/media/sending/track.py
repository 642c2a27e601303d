"""A playout as the track that aiortc's sender asks for one packet after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from fractions import Fraction

import av
from aiortc.mediastreams import MediaStreamTrack
from av.stream import Stream

from botkit.media.codecs import PTIME, AudioCodec, silence
from botkit.media.rtp.dtmf import KeyPacket
from botkit.media.rtp.slots import due_slot

from .playout import Playout


class PlayoutTrack(MediaStreamTrack):
    """20 ms slots on an absolute schedule: slot n leaves at start + n x 20 ms.

    aiortc never asks again after an end, so there is no end. A slot with a key in it bears silence; the
    packet is rewritten by whoever sees `key`.
    """

    kind = "audio"

    def __init__(self, playout: Playout, codec: AudioCodec | None = None) -> None:
        """Without a codec, set one before the first packet is asked for."""
        super().__init__()
        self.codec = codec
        self.key: KeyPacket | None = None
        """What belongs into the packet that was asked for last."""
        self.held = False
        """Ask the playout for nothing: the far end is not to hear us."""
        self.on_slot: Callable[[float], None] | None = None
        """Called about every 20 ms, with the time."""
        self._playout = playout
        self._start: float | None = None
        self._slot = 0

    async def recv(self) -> av.Packet[Stream]:
        """The packet of the next slot, when it is due. The first one is due at once."""
        assert self.codec is not None, "a codec is agreed on before there is a connection"
        await self._next_slot()
        now = time.monotonic()
        if self.on_slot is not None:
            asyncio.get_running_loop().call_soon(self.on_slot, now)
        slot = None if self.held else self._playout.next(now)
        self.key = slot if isinstance(slot, KeyPacket) else None
        packet = av.Packet(slot if isinstance(slot, bytes) else silence(self.codec))
        packet.time_base = Fraction(1, self.codec.clock_rate)
        packet.pts = self._slot * self.codec.frame
        return packet

    async def _next_slot(self) -> None:
        now = time.monotonic()
        if self._start is None:
            self._start = now
            return
        self._slot = due_slot(self._slot + 1, int((now - self._start) / PTIME))
        delay = self._start + self._slot * PTIME - now
        if delay > 0:
            await asyncio.sleep(delay)
