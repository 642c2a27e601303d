"""What the control puts into botkit's bot: each limit must see one of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from botkit.ports.speech import VoiceActivity

SLOW = 0.003
"""Seconds of CPU for each 20 ms of each caller: seven calls are more than a core can do."""
LEAK = 2 * 2**20
"""Bytes that each call keeps."""


class _Slow:
    def __init__(self, inner: VoiceActivity) -> None:
        self._inner = inner

    def voiced(self, samples: bytes) -> bool:
        until = time.thread_time() + SLOW
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
