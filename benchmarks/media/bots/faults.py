"""What the control puts into botkit's bot: each limit must see one of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from botkit.ports.speech import VoiceActivity

STALL = 0.03
"""Seconds of CPU that each call takes at once, in which all others wait."""
EVERY = 50
"""20 ms frames: how often it does."""
LEAK = 2 * 2**20
"""Bytes that each call keeps."""


class _Slow:
    def __init__(self, inner: VoiceActivity) -> None:
        self._inner = inner
        self._frames = 0

    def voiced(self, samples: bytes) -> bool:
        self._frames += 1
        until = time.thread_time() + (0 if self._frames % EVERY else STALL)
        while time.thread_time() < until:
            pass
        return self._inner.voiced(samples)


class _Large:
    def __init__(self, inner: VoiceActivity) -> None:
        self._kept = b"\1" * LEAK
        self.voiced = inner.voiced


FAULTS: dict[str, Callable[[VoiceActivity], VoiceActivity]] = {"slow": _Slow, "large": _Large}
"""By what they make of a call's ears."""


def faulty(gates: Callable[[], VoiceActivity], fault: str) -> Callable[[], VoiceActivity]:
    """`gates` with that fault; "" = none."""
    if not fault:
        return gates
    spoil = FAULTS[fault]
    return lambda: spoil(gates())
