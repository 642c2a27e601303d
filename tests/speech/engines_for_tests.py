"""Engines that behave, and engines that do not. Run in the host's child process."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from botkit.model.pcm import Pcm


class Spelling:
    """Sound that tells what was asked: the text in samples, then the process that made it."""

    version = "1.5"

    def synthesize(self, text: str, language: str) -> Pcm:
        print("spelling", text)
        os.write(1, b"raw output on what looks like stdout\n")
        if text == "chatter":
            os.write(1, b"".join(b"line %d %s\n" % (n, b"x" * 300) for n in range(40)))
        if text == "echo stdin":
            text = sys.stdin.read() or "empty"
        if text == "raise":
            raise ValueError("cannot pronounce")
        if text == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if text.startswith("die unless "):
            marker = Path(text.removeprefix("die unless "))
            if not marker.exists():
                marker.touch()
                os._exit(3)
        if text == "hang":
            ctypes.PyDLL(None).sleep(60)  # Holds the interpreter's lock, as a bad engine does.
        if text == "half a sample":
            return Pcm(b"abc", 8000)
        if text.startswith("rate "):
            return Pcm(b"abcd", int(text.removeprefix("rate ")))
        if text == "for hours":
            return Pcm(bytes(2 * 4000 * 1801), 4000)
        if text == "nothing":
            return Pcm(b"", 8000)
        return Pcm(f"{language} {text} {os.getpid()} ".encode("utf-16-le"), 8000)


def broken() -> Spelling:
    raise RuntimeError("no lexicon")
