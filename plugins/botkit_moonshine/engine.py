"""The engine itself. Only the child process imports this.

One `Transcriber` in one thread: used from two at once it returns binary garbage, without an exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import moonshine_voice
import numpy as np
from moonshine_voice import ModelArch
from moonshine_voice.transcriber import Transcriber

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard

from . import installed_version, model_folder

OPTIONS = {"vad_threshold": "0.05"}
"""Its own voice gate is all but off: at its usual 0.5 it remembers the utterances before, perhaps of another
line, and lets nothing through in noise. What comes here has passed botkit's gate; without any, silence has
words."""
OF_NOTHING = frozenset({"", "you", "thank you for watching"})
"""What it writes for a stretch of noise without speech."""


class MoonshineEngine:
    """Writes down whatever was said, of whole utterances; phrases do not bind it."""

    version = installed_version()

    def __init__(self) -> None:
        """Loads the model, which takes half a second."""
        folder = model_folder(Path(moonshine_voice.__file__).parent)
        self._transcriber = Transcriber(str(folder), ModelArch.TINY, options=OPTIONS)

    def recognise(self, utterance: Pcm, language: str, kind: SpeechKind, phrases: Sequence[str]) -> Heard:
        """At any rate. It gives no confidence of its own."""
        sound = np.frombuffer(utterance.samples, "<i2") / 32768.0
        transcript = self._transcriber.transcribe_without_streaming(sound.tolist(), utterance.rate)
        lines = (line.text.strip() for line in transcript.lines)
        return Heard(text=" ".join(line for line in lines if line.casefold().rstrip(".!") not in OF_NOTHING))

    def unknown_words(self, language: str, words: Sequence[str]) -> Sequence[str]:
        """None: it spells what it hears."""
        return ()
