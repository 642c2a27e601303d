"""The engine itself: libespeak-ng through ctypes. Only the child process imports this."""

from __future__ import annotations

import ctypes

import numpy as np

from botkit.flow.ssml import fault, is_ssml, plain
from botkit.model.pcm import Pcm
from botkit.speech.edges import Samples, joined
from botkit.speech.languages import nearest
from botkit.speech.sentences import sentences, speakable

from . import REVISION, installed_version
from .library import has_loader, system_library
from .voices import VOICES

# From espeak-ng's speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
SSML = 0x10
EE_OK = 0

Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class EspeakEngine:
    """Speaks sentence by sentence; the same text differs a little from one time to the next."""

    version = f"{installed_version()}-{REVISION}"

    def __init__(self) -> None:
        """Raises `RuntimeError` when library and data do not fit together."""
        self._library, data = _library_and_data()
        self._rate = int(
            self._library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, INITIALIZE_DONT_EXIT)
        )
        if self._rate <= 0:
            raise RuntimeError("espeak-ng finds no data; install it with: apt-get install espeak-ng-data")
        self._heard = bytearray()
        self._callback = Callback(self._hear)  # The library keeps a bare pointer to it.
        self._library.espeak_SetSynthCallback(self._callback)

    def synthesize(self, text: str, language: str) -> Pcm:
        """22050 Hz. Raises `ValueError` for a language it has not."""
        voice = VOICES[nearest(language, tuple(VOICES))]
        self._expect_ok(self._library.espeak_SetVoiceByName(voice.encode()), f"the voice {voice}")
        if is_ssml(text) and not fault(text):
            return joined([self._spoken(speakable(text), SSML)], self._rate)
        return joined((self._spoken(sentence) for sentence in sentences(plain(text))), self._rate)

    def _spoken(self, text: str, flags: int = 0) -> Samples:
        self._heard.clear()
        data = text.encode() + b"\0"
        code = self._library.espeak_Synth(data, len(data), 0, 0, 0, CHARS_UTF8 | flags, None, None)
        self._expect_ok(code, f"the text {text[:60]!r}")
        return np.frombuffer(bytes(self._heard), np.int16)

    def _hear(self, samples: int | None, count: int, events: int | None) -> int:
        if samples is not None and count > 0:
            self._heard += ctypes.string_at(samples, count * ctypes.sizeof(ctypes.c_short))
        return 0

    def _expect_ok(self, code: int, what: str) -> None:
        if code != EE_OK:
            raise RuntimeError(f"espeak-ng refused {what} with code {code}")


def _library_and_data() -> tuple[ctypes.CDLL, bytes | None]:
    """The library, and where its data is (None: where the library was built to look)."""
    if has_loader():
        import espeakng_loader

        path, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path().encode()
    else:
        path, data = system_library(), None
    library = ctypes.CDLL(path)
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    library.espeak_SetSynthCallback.argtypes = [Callback]
    library.espeak_SetSynthCallback.restype = None
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return library, data
