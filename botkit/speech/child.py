"""The child process around one engine: `python -m botkit.speech.child ROLE FACTORY OPTIONS SECONDS`.

ROLE is one of `ROLES`, FACTORY `package.module:callable`, OPTIONS its keyword arguments as JSON.
Reads requests from stdin and writes replies to what was stdout. The engine itself finds an empty stdin,
and its prints go to stderr. The end of stdin ends the child, so it outlives its parent, however that
died, by no more than the request it works on; and that has the seconds it came with (the start has
SECONDS), after which the kernel ends the process even if the engine never comes back to Python.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, BinaryIO

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import RecognizerEngine, VoiceEngine

from .frames import Frame, pack, read_blocking

NICENESS = 5
"""The packets of running calls go first."""
LONGEST_REASON = 500
"""Characters of what an engine raised; all of it is in the log."""


def main(role: str, factory: str, options: Mapping[str, str], seconds: float) -> int:
    """Serve until stdin ends; the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    requests, replies = _private_streams()
    _deadline(seconds)
    try:
        engine = _load(factory, options)
        hello = pack({"version": engine.version})
    except Exception as fault:
        traceback.print_exc()
        _send(replies, pack({"error": _told(fault)}))
        return 1
    _deadline(0)
    _send(replies, hello)
    while (request := read_blocking(requests)) is not None:
        _deadline(float(str(request[0]["seconds"])))
        reply = _answer(ROLES[role], engine, request)
        _deadline(0)
        _send(replies, reply)
    return 0


def _speak(engine: VoiceEngine, head: Mapping[str, Any], body: bytes) -> bytes:
    pcm = engine.synthesize(head["text"], head["language"])
    return pack({"rate": pcm.rate}, pcm.samples)


def _listen(engine: RecognizerEngine, head: Mapping[str, Any], body: bytes) -> bytes:
    if "words" in head:
        return pack({"unknown": list(engine.unknown_words(head["language"], head["words"]))})
    heard = engine.recognise(
        Pcm(body, head["rate"]), head["language"], SpeechKind(head["kind"]), head["phrases"]
    )
    return pack({"text": heard.text, "confidence": heard.confidence, "alternatives": heard.alternatives})


ROLES: Mapping[str, Callable[[Any, Mapping[str, Any], bytes], bytes]] = {
    "voice": _speak,
    "recogniser": _listen,
}
"""What an engine is for -> how it serves one request."""


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


def _load(factory: str, options: Mapping[str, str]) -> VoiceEngine | RecognizerEngine:
    module, _, name = factory.partition(":")
    engine: VoiceEngine | RecognizerEngine = getattr(import_module(module), name)(**options)
    return engine


def _answer(
    serve: Callable[[Any, Mapping[str, Any], bytes], bytes],
    engine: VoiceEngine | RecognizerEngine,
    request: Frame,
) -> bytes:
    try:
        return serve(engine, *request)
    except Exception as fault:
        traceback.print_exc()
        return pack({"error": _told(fault)})


def _told(fault: Exception) -> str:
    reason = "".join(sign if sign.isprintable() else " " for sign in f"{type(fault).__name__}: {fault}")
    return reason if len(reason) <= LONGEST_REASON else reason[:LONGEST_REASON] + "..."


def _send(stream: BinaryIO, frame: bytes) -> None:
    stream.write(frame)
    stream.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), float(sys.argv[4])))
