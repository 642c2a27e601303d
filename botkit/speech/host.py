"""`Synthesizer` over an engine in child processes: it may print, hang, leak or crash, the bot goes on.

Engines never share the bot's process: PicoTTS alone holds Python's lock for 100 ms at a time, and the
packets of every call would be late by that.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process

from botkit.model.pcm import Pcm
from botkit.ports.speech import SpeechFailed, VoiceSpec

from . import frames

log = logging.getLogger(__name__)

MOST_TEXT = 20_000
"""Characters of one request."""
LONGEST_LINE = 4096
"""Bytes of an engine's print that are logged as one line."""
GRACE = 1.0
"""Seconds: for a child to end by itself, and until its own deadline behind the host's."""


class ChildDied(Exception):
    """The child ended in the middle of something."""


class _Child:
    """One engine process, started when it is first needed and again after it died. One request at a time."""

    def __init__(self, spec: VoiceSpec, timeout: float) -> None:
        self._spec = spec
        self._timeout = timeout
        self._process: Process | None = None
        self._log: asyncio.Task[None] | None = None
        self.version = ""

    async def ask(self, text: str, language: str) -> Pcm:
        """Speak. Raises `ChildDied`, and `SpeechFailed` for what trying again would not mend."""
        try:
            async with asyncio.timeout(self._timeout):
                head, samples = await self._exchange({"text": text, "language": language})
        except TimeoutError:
            await self.end(kill=True)
            raise self._failed(f"gave no sound within {self._timeout:g} s") from None
        except (frames.BrokenFrame, ConnectionError) as fault:
            await self.end(kill=True)
            raise ChildDied from fault
        except asyncio.CancelledError:
            await self.end(kill=True)
            raise
        if "error" in head:
            raise self._failed(f"cannot say this: {head['error']}")
        pcm = Pcm(samples, int(str(head["rate"])))
        if text.strip() and not pcm.samples:
            raise self._failed("gave no sound")
        return pcm

    async def end(self, *, kill: bool) -> None:
        """End the process, waiting for it; gently unless `kill`. None running is no error."""
        process, self._process = self._process, None
        if process is None or self._log is None:
            return
        if kill:
            _kill(process)
        else:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), GRACE)
            except TimeoutError:
                _kill(process)
        await process.wait()
        await self._log

    async def _exchange(self, request: dict[str, object]) -> frames.Frame:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(frames.pack(request))
        await process.stdin.drain()
        return await frames.read(process.stdout)

    async def _running(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.end(kill=True)
        deadline = str(self._timeout + GRACE)
        command = [sys.executable, "-P", "-m", "botkit.speech.child", self._spec.factory, deadline]
        path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=os.environ | path
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._log = asyncio.create_task(self._log_output(process.stderr))
        hello, _ = await frames.read(process.stdout)
        if "error" in hello:
            await self.end(kill=True)
            raise self._failed(f"cannot start: {hello['error']}")
        self.version = str(hello["version"])
        return process

    async def _log_output(self, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) >= LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            self._log_lines(lines)
        self._log_lines([rest])

    def _log_lines(self, lines: list[bytes]) -> None:
        for line in lines:
            if line.strip():
                log.info("voice %s: %s", self._spec.name, line.decode(errors="replace").rstrip())

    def _failed(self, what: str) -> SpeechFailed:
        return SpeechFailed(f"the voice {self._spec.name} {what}")


class VoiceHost:
    """Speaks with the engine of `spec`; requests are served in the order they came."""

    def __init__(self, spec: VoiceSpec, *, workers: int = 1, timeout: float = 10.0) -> None:
        """`workers` processes at most; `timeout`: seconds for one request, the engine's start included.

        Raises `SpeechFailed` with the remedy when the engine is missing.
        """
        if spec.missing is not None:
            raise SpeechFailed(
                f"the voice {spec.name} cannot speak here: {spec.missing.missing}",
                remedy=spec.missing.remedy,
            )
        self.name = spec.name
        self.version = spec.version
        self._children = [_Child(spec, timeout) for _ in range(workers)]
        self._free: asyncio.Queue[_Child] = asyncio.Queue()
        for child in self._children:
            self._free.put_nowait(child)
        self._closed = False
        self._requests: set[asyncio.Task[Pcm]] = set()

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        """Speak. Raises `SpeechFailed`. Who is cancelled leaves the engine to finish."""
        if self._closed:
            raise SpeechFailed(f"the voice {self.name} is closed")
        if len(text) > MOST_TEXT:
            raise SpeechFailed(f"the voice {self.name} takes {MOST_TEXT} characters at once, not {len(text)}")
        request = asyncio.create_task(self._serve(text, language))
        self._requests.add(request)
        request.add_done_callback(self._served)
        return await asyncio.shield(request)

    async def close(self) -> None:
        """End the processes; what was asked and not answered is cancelled."""
        self._closed = True
        for request in self._requests:
            request.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        await asyncio.gather(*(child.end(kill=False) for child in self._children))

    async def _serve(self, text: str, language: str) -> Pcm:
        child = await self._free.get()
        try:
            return await self._twice(child, text, language)
        finally:
            self.version = self.version or child.version
            self._free.put_nowait(child)

    async def _twice(self, child: _Child, text: str, language: str) -> Pcm:
        with contextlib.suppress(ChildDied):
            return await child.ask(text, language)
        log.warning("the voice %s died and is started again", self.name)
        try:
            return await child.ask(text, language)
        except ChildDied as fault:
            raise SpeechFailed(f"the voice {self.name} died twice over {text[:60]!r}") from fault

    def _served(self, request: asyncio.Task[Pcm]) -> None:
        self._requests.discard(request)
        if not request.cancelled():
            request.exception()  # Whoever asked may be gone; then nobody else looks at it.


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
