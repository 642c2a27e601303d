"""The engine itself. Only the child process imports this."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from vosk import KaldiRecognizer, Model, SetLogLevel

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard

from . import installed_version
from .model import checked, takes_grammars

WARNINGS_ONLY = -1
UNKNOWN = "[unk]"
"""What a model that has it hears for words outside the grammar."""


class VoskEngine:
    """Hears the phrases on offer, where the model takes grammars; else, and without phrases, anything."""

    def __init__(self, model: str = "") -> None:
        """Loads the folder `model`, a second or more. Raises `NoModel`."""
        folder = checked(model)
        SetLogLevel(WARNINGS_ONLY)
        # With a name or a language instead of a path, Vosk downloads a model, or ends the process.
        self._model = Model(model_path=str(folder))
        self._takes_grammars = takes_grammars(folder)
        self.version = f"{installed_version()}-{folder.name}"

    def recognise(self, utterance: Pcm, language: str, kind: SpeechKind, phrases: Sequence[str]) -> Heard:
        """At any rate. The confidence is the mean over the words, where there is one."""
        # What is no choice is answered with words that are others in every language.
        recogniser = self._recogniser(utterance.rate, phrases if kind is SpeechKind.CHOICE else ())
        recogniser.SetWords(True)
        recogniser.AcceptWaveform(utterance.samples)
        result = json.loads(recogniser.FinalResult())
        text = str(result.get("text", "")).replace(UNKNOWN, " ")
        words = [float(word["conf"]) for word in result.get("result", ())]
        confidence = min(max(sum(words) / len(words), 0.0), 1.0) if words else None
        return Heard(text=" ".join(text.split()), confidence=confidence)

    def unknown_words(self, language: str, words: Sequence[str]) -> Sequence[str]:
        """Those that the model's vocabulary lacks."""
        return [word for word in words if not all(map(self._knows, _words_of(word)))]

    def _recogniser(self, rate: int, phrases: Sequence[str]) -> KaldiRecognizer:
        """One for each utterance. A phrase with a word that the model lacks would be heard without it."""
        known = [
            " ".join(words)
            for phrase in phrases
            if (words := _words_of(phrase)) and all(map(self._knows, words))
        ]
        if not known or not self._takes_grammars:
            return KaldiRecognizer(self._model, rate)
        if self._knows(UNKNOWN):
            known.append(UNKNOWN)
        # Its parser takes no \\u escapes: every word would be missing.
        return KaldiRecognizer(self._model, rate, json.dumps(known, ensure_ascii=False))

    def _knows(self, word: str) -> bool:
        return int(self._model.vosk_model_find_word(word)) >= 0


def _words_of(phrase: str) -> list[str]:
    """Its words as models write them."""
    return re.findall(r"[^\W_]+(?:['-][^\W_]+)*", phrase.casefold())
