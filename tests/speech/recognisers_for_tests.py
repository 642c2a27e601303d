"""Recognisers that behave, and recognisers that do not. Run in the host's child process."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard


class Listening:
    """Hears what the samples spell: `sound("yes")` is heard as `yes`, after what the text asks for."""

    version = "2.5"

    def __init__(self, folder: str = "") -> None:
        self._folder = Path(folder)

    def recognise(self, utterance: Pcm, language: str, kind: SpeechKind, phrases: Sequence[str]) -> Heard:
        text = utterance.samples.decode("utf-16-le").strip()
        os.write(1, b"raw output on what looks like stdout\n")
        if text == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "hang":
            ctypes.PyDLL(None).sleep(60)  # Holds the interpreter's lock, as a bad engine does.
        if text.startswith("begin "):
            # It holds this pipe of the test's, and the engine's stderr.
            with (self._folder / text.removeprefix("begin ")).open("wb") as pipe:
                subprocess.Popen(["sleep", "60"], stdout=pipe)
            os.kill(os.getpid(), signal.SIGKILL)
        if text == "raise at length":
            raise ValueError("\x1b[2J\udc80" + "a" * 1_000_000)
        if text == "raise":
            raise ValueError("cannot hear")
        if text.startswith("until "):
            self._wait(text.removeprefix("until "))
        if text == "bell":
            return Heard(text="\x07\x00")
        if text == "binary":
            return Heard(text="\ufffd\udc80")
        if text == "number":
            return Heard(text=5)  # type: ignore[arg-type]
        if text == "long":
            return Heard(text="a" * 3000)
        if text == "sure":
            return Heard(text="sure", confidence=float("nan"))
        if text == "pid":
            return Heard(text=str(os.getpid()), confidence=0.5)
        if text == "unsure":
            return Heard(text="yes", alternatives=("yep", "nope"))
        if text == "unsure of binary":
            return Heard(text="yes", alternatives=("\ufffd",))
        if text == "unsure of nothing":
            return Heard(text="yes", alternatives="no")  # type: ignore[arg-type]
        if text == "unsure of everything":
            return Heard(text="yes", alternatives=("no",) * 100)
        return Heard(text=" ".join([language, kind.value, *phrases, text]))

    def unknown_words(self, language: str, words: Sequence[str]) -> Sequence[str]:
        return [word for word in words if word.startswith("x")]

    def _wait(self, name: str) -> None:
        """Tell the test by a pipe that it has begun, and wait for it at another."""
        (self._folder / f"{name}.begun").write_bytes(b"")
        (self._folder / name).read_bytes()


def deaf() -> Listening:
    raise RuntimeError("no model")
