"""What the bot sends, slot by slot: prompts and keys in ready slots, silence in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from botkit.media.codecs import PTIME, AudioCodec, silence
from botkit.media.rtp.dtmf import END_REPEATS, KeyPacket, press
from botkit.model.pcm import Pcm
from botkit.ports.audio import LegEvent, PromptFinished, PromptStarted

from .keytones import KEY_SECONDS, PAUSE, PAUSE_SECONDS, key_tones
from .payloads import PayloadCache

log = logging.getLogger(__name__)

MOST_KEYS = 32
"""Of those that another far end presses, that wait. Whoever presses more does not want them heard."""


Slot = bytes | KeyPacket
Slots = asyncio.Future[tuple[bytes, ...]] | asyncio.Future[tuple[Slot, ...]]


@dataclass(slots=True, kw_only=True)
class _Line:
    """A prompt, or a row of keys."""

    id: str | None
    """None = nobody is told of it."""
    make: Callable[[AudioCodec], Slots]
    seconds: float | None
    """None = as long as its slots."""
    slots: Slots | None = None
    """None = the codec is not agreed on yet."""
    sent: int = 0
    until_key: bool = False

    def played(self) -> float:
        out = self.sent * PTIME
        return out if self.seconds is None else min(out, self.seconds)


class Playout:
    """The queue of one leg. What plays is decided when a slot is due, not before: `next` is asked every
    20 ms, so a prompt starts and stops in the next slot."""

    def __init__(
        self, codec: AudioCodec | None, cache: PayloadCache, on_event: Callable[[LegEvent], None]
    ) -> None:
        """Without a codec, `use` one before the first slot."""
        self.relay: Callable[[float], bytes | None] | None = None
        """Another source, while it is there: gives the payload for a slot that is due now. Prompts are cut
        then, at once."""
        self.on_sent: Callable[[AudioCodec, int, bytes, float], None] | None = None
        """Told of each slot of sound: codec, time stamp, payload, and when it was due."""
        self._timestamp = 0
        self._cache = cache
        self._on_event = on_event
        self._lines: deque[_Line] = deque()
        self._tail: deque[KeyPacket] = deque()
        self._codec = codec
        self._with_events = False

    def use(self, codec: AudioCodec, *, events: bool) -> None:
        """Send with this one, and keys as telephone-events instead of tones. What plays goes on with it where
        it was."""
        self._codec, self._with_events = codec, events
        for line in self._lines:
            line.slots = line.make(codec)

    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        """Queue a prompt. It starts in the next free slot after it is encoded. `until_key`: see `key`."""
        self._queue(
            _Line(
                id=prompt_id,
                seconds=pcm.seconds,
                make=lambda codec: self._cache.get(pcm, codec),
                until_key=until_key,
            )
        )

    def send_digits(self, prompt_id: str | None, digits: str) -> None:
        """Queue keys and pauses; without an id, nobody is told, and they are lost where too many wait."""
        if prompt_id is None and len(self._lines) >= MOST_KEYS:
            return
        self._queue(_Line(id=prompt_id, seconds=None, make=lambda codec: self._keys(digits, codec)))

    def key(self) -> None:
        """The far end pressed one: `cut` a prompt that plays, or is the next to, until a key comes."""
        if self._lines and self._lines[0].until_key:
            self.cut()

    def cut(self) -> None:
        """Drop what plays and all that waits; the next slot is silence. A key that is down goes up."""
        if self._lines:
            self._tail.extend(_release(self._lines[0]))
        while self._lines:
            self._finish(self._lines.popleft(), cut=True)

    def next(self, now: float) -> Slot | None:
        """What goes into the slot that is due now (`time.monotonic()`); None = silence."""
        slot = self._decide(now)
        if self.on_sent is not None and self._codec is not None:
            self._timestamp += self._codec.frame
            if isinstance(slot, bytes):
                self.on_sent(self._codec, self._timestamp & 0xFFFFFFFF, slot, now)
        return slot

    def _decide(self, now: float) -> Slot | None:
        if self._tail:
            return self._tail.popleft()
        while self._lines and self._lines[0].slots is not None and self._lines[0].slots.done():
            line, ready = self._lines[0], self._lines[0].slots
            if ready.exception() is not None:
                log.error("prompt %s cannot be encoded", line.id, exc_info=ready.exception())
                self._finish(self._lines.popleft(), cut=True)
                continue
            slots = ready.result()
            if line.sent == 0 and line.id is not None:
                self._on_event(PromptStarted(at=now, prompt_id=line.id))
            if line.sent < len(slots):
                slot = slots[line.sent]
                line.sent += 1
                if line.sent == len(slots):
                    self._finish(self._lines.popleft(), cut=False)
                return slot
            self._finish(self._lines.popleft(), cut=False)
        return None if self.relay is None else self.relay(now)

    def _queue(self, line: _Line) -> None:
        if self.relay is not None and line.id is not None:
            self._finish(line, cut=True)
            return
        if self._codec is not None:
            line.slots = line.make(self._codec)
        self._lines.append(line)

    def _finish(self, line: _Line, *, cut: bool) -> None:
        if line.id is not None:
            self._on_event(
                PromptFinished(at=time.monotonic(), prompt_id=line.id, played=line.played(), cut=cut)
            )

    def _keys(self, digits: str, codec: AudioCodec) -> Slots:
        if not self._with_events:
            return self._cache.get(key_tones(digits), codec)
        slots: list[Slot] = []
        for digit in digits:
            if digit == PAUSE:
                slots += [silence(codec)] * round(PAUSE_SECONDS / PTIME)
            else:
                events = press(digit, packets=round(KEY_SECONDS / PTIME))
                slots += [*(KeyPacket(event, n) for n, event in enumerate(events)), silence(codec)]
        ready: asyncio.Future[tuple[Slot, ...]] = asyncio.get_running_loop().create_future()
        ready.set_result(tuple(slots))
        return ready


def _release(line: _Line) -> Sequence[KeyPacket]:
    """What ends the key that is down, with as much of it as went out."""
    if line.sent == 0 or line.slots is None or not line.slots.done():
        return ()
    last = line.slots.result()[line.sent - 1]
    if not isinstance(last, KeyPacket) or last.event.end:
        return ()
    up = last.event.released()
    return tuple(KeyPacket(up, last.since + n + 1) for n in range(END_REPEATS))
