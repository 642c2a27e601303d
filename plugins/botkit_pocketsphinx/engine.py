"""The engine itself. Only the child process imports this."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import soxr
from pocketsphinx import Decoder, get_model_path

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard

from . import installed_version
from .grammar import grammar, words_of

RATE = 16_000
"""Of the only model there is."""
MOST_GRAMMARS = 64
FREE = "free"
"""The search of the language model."""


class PocketsphinxEngine:
    """Hears what the grammar of a question allows; with `SpeechKind.TEXT`, what its language model does."""

    version = installed_version()

    def __init__(self) -> None:
        """Loads model and dictionary, some 0.1 s. The language model, some 0.5 s more, waits for its use."""
        self._decoder = Decoder(lm=None, dither=True, loglevel="FATAL")
        self._grammars: OrderedDict[str, str] = OrderedDict()
        """JSGF -> the name of its search, the least recently used first."""
        self._made = 0

    def recognise(self, utterance: Pcm, language: str, kind: SpeechKind, phrases: Sequence[str]) -> Heard:
        """At any rate. The whole at once: its cepstral mean is then its own, not that of another line."""
        search = self._free() if kind is SpeechKind.TEXT else self._bound(kind, phrases)
        if not search:
            return Heard(text="")
        self._decoder.activate_search(search)
        self._decoder.start_utt()
        self._decoder.process_raw(_at_model_rate(utterance), no_search=False, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return Heard(text=found.hypstr if found is not None else "")

    def unknown_words(self, language: str, words: Sequence[str]) -> Sequence[str]:
        """Those that the dictionary lacks."""
        return [word for word in words if not words_of(word) or not all(map(self._knows, words_of(word)))]

    def _knows(self, word: str) -> bool:
        return self._decoder.lookup_word(word) is not None

    def _free(self) -> str:
        if FREE not in self._grammars:
            self._decoder.add_lm_file(FREE, get_model_path("en-us/en-us.lm.bin"))
            self._grammars[FREE] = FREE
        self._grammars.move_to_end(FREE)
        return FREE

    def _bound(self, kind: SpeechKind, phrases: Sequence[str]) -> str:
        """The name of the search; empty when nothing that is on offer can be heard."""
        rules = grammar(kind, phrases, self._knows)
        if rules and rules not in self._grammars:
            if len(self._grammars) >= MOST_GRAMMARS:
                self._decoder.remove_search(self._grammars.popitem(last=False)[1])
            self._made += 1
            self._decoder.add_jsgf_string(f"grammar {self._made}", rules)
            self._grammars[rules] = f"grammar {self._made}"
        if rules:
            self._grammars.move_to_end(rules)
        return self._grammars.get(rules, "")


def _at_model_rate(utterance: Pcm) -> bytes:
    sound = np.frombuffer(utterance.samples, "<i2")
    resampled = sound if utterance.rate == RATE else soxr.resample(sound, utterance.rate, RATE)
    return bytes(resampled.tobytes())
