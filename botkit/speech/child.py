"""The child process around one engine: `python -m botkit.speech.child PACKAGE.MODULE:CALLABLE SECONDS`.

Reads requests from stdin and writes replies to what was stdout. The engine itself finds an empty stdin,
and its prints go to stderr. The end of stdin ends the child, so it outlives its parent, however that
died, by no more than the request it works on; and that has the given number of seconds, after which the
kernel ends the process even if the engine never comes back to Python.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from importlib import import_module
from typing import BinaryIO, cast

from botkit.ports.speech import VoiceEngine

from .frames import pack, read_blocking

NICENESS = 5
"""The packets of running calls go first."""


def main(factory: str, seconds: float) -> int:
    """Serve until stdin ends; the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    requests, replies = _private_streams()
    _deadline(seconds)
    try:
        engine = _load(factory)
        hello = pack({"version": engine.version})
    except Exception as fault:
        traceback.print_exc()
        _send(replies, pack({"error": _told(fault)}))
        return 1
    _deadline(0)
    _send(replies, hello)
    while (frame := read_blocking(requests)) is not None:
        request, _ = frame
        _deadline(seconds)
        reply = _answer(engine, str(request["text"]), str(request["language"]))
        _deadline(0)
        _send(replies, reply)
    return 0


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _deadline(seconds: float) -> None:
    """SIGALRM keeps its default action: it kills, whoever holds the interpreter's lock."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _load(factory: str) -> VoiceEngine:
    module, _, name = factory.partition(":")
    return cast("VoiceEngine", getattr(import_module(module), name)())


def _answer(engine: VoiceEngine, text: str, language: str) -> bytes:
    try:
        pcm = engine.synthesize(text, language)
        return pack({"rate": pcm.rate}, pcm.samples)
    except Exception as fault:
        traceback.print_exc()
        return pack({"error": _told(fault)})


def _told(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


def _send(stream: BinaryIO, frame: bytes) -> None:
    stream.write(frame)
    stream.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
