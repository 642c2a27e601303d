"""The engine itself. Only the child process imports this."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from piper import PiperVoice

from botkit.model.pcm import Pcm
from botkit.speech.edges import Samples, joined
from botkit.speech.languages import nearest
from botkit.speech.sentences import sentences

from . import version_with
from .model import Model, NoModel


class PiperEngine:
    """Speaks sentence by sentence; the same text differs a little from one time to the next."""

    def __init__(self) -> None:
        """Loads the model, which takes a second. Raises `NoModel`, or what Piper says of a broken one."""
        model = Model.chosen()
        if model is None:
            raise NoModel("there is no model to speak with")
        self.version = version_with(model)
        self._language = model.language
        self._voice = PiperVoice.load(model.path)

    def synthesize(self, text: str, language: str) -> Pcm:
        """At the model's rate, mostly 22050 Hz. Raises `ValueError` for a language it has not."""
        nearest(language, (self._language,))
        return joined(self._spoken(text), self._voice.config.sample_rate)

    def _spoken(self, text: str) -> Iterator[Samples]:
        for sentence in sentences(text.replace("[[", "[ [")):  # Piper takes [[...]] for phonemes.
            for chunk in self._voice.synthesize(sentence):
                yield np.asarray(chunk.audio_int16_array, np.int16)
