"""The bot's end of one engine in a child process: it may print, hang, leak or crash, the bot goes on.

Engines never share the bot's process: PicoTTS alone holds Python's lock for 100 ms at a time, and the
packets of every call would be late by that.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Coroutine, Mapping

from . import frames

log = logging.getLogger(__name__)

LONGEST_LINE = 4096
"""Bytes of an engine's print that are logged as one line."""
GRACE = 1.0
"""Seconds: for a child to end by itself, and until its own deadline behind the host's."""


class ChildDied(Exception):
    """The child ended in the middle of something, or sent what is no reply."""


class EngineRefused(Exception):
    """The engine raised, and trying again would not mend it. The text says what: `cannot start: ...`."""


class EngineProcess:
    """One engine's process, started when first needed and again after it died. One request at a time."""

    def __init__(
        self, name: str, role: str, factory: str, options: Mapping[str, str], *, start_timeout: float
    ) -> None:
        """`name` is for the log; `role` is one of `child.ROLES`; `start_timeout`: seconds."""
        self._name = name
        self._command = ["-P", "-m", "botkit.speech.child", role, factory, json.dumps(dict(options))]
        self._start_timeout = start_timeout
        self._process: Process | None = None
        self._log: asyncio.Task[None] | None = None
        self.version = ""
        """Of the engine, once it has started."""
        self.fails_to_start = False
        """It did so when that was tried last."""
        self._greeted = False
        """The process has said that its engine has started."""

    @property
    def running(self) -> bool:
        """Whether there is a process; it may still be starting."""
        return self._process is not None and self._process.returncode is None

    async def ask(self, head: dict[str, object], body: bytes = b"", *, timeout: float) -> frames.Frame:
        """One request, and its reply, within `timeout` seconds, the start included where one is needed.

        Raises `TimeoutError`, `ChildDied` and `EngineRefused`. The process is ended unless it replied.
        """
        async with self._ended_unless_it_replies(timeout):
            process = await self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(frames.pack(head | {"seconds": timeout + GRACE}, body))
            await process.stdin.drain()
            reply = await frames.read(process.stdout)
        return _not_refused(reply, "cannot do this")

    async def start(self) -> None:
        """Start now what is not running. Raises as `ask` does."""
        async with self._ended_unless_it_replies(self._start_timeout):
            await self._started()

    async def end(self, *, kill: bool) -> None:
        """End the process, waiting for it; gently unless `kill`. None running is no error."""
        process, self._process = self._process, None
        if process is not None:
            await _to_its_end(self._end(process, kill))

    async def _end(self, process: Process, kill: bool) -> None:
        assert process.stdin is not None
        assert self._log is not None
        if not kill:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE)
        if process.returncode is None or not self._log.done():
            _kill_group(process)
        await process.wait()
        _, late = await asyncio.wait((self._log,), timeout=GRACE)
        for task in late:  # what has left the group, too, holds the pipe open
            task.cancel()

    @contextlib.asynccontextmanager
    async def _ended_unless_it_replies(self, timeout: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout):
                yield
        except (frames.BrokenFrame, ConnectionError) as fault:
            self.fails_to_start = not self._greeted
            await self.end(kill=True)
            raise ChildDied(str(fault)) from fault
        except (TimeoutError, EngineRefused):
            self.fails_to_start = not self._greeted
            await self.end(kill=True)
            raise
        except asyncio.CancelledError:
            await self.end(kill=True)
            raise

    async def _started(self) -> Process:
        if self._process is not None and self.running:
            return self._process
        await self.end(kill=True)
        self._greeted = False
        await _to_its_end(self._launch())
        assert self._process is not None
        assert self._process.stdout is not None
        hello, _ = _not_refused(await frames.read(self._process.stdout), "cannot start")
        self.version = str(hello["version"])
        self._greeted, self.fails_to_start = True, False
        return self._process

    async def _launch(self) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._command,
            str(self._start_timeout + GRACE),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stderr is not None
        self._log = asyncio.create_task(self._log_output(self._process.stderr))

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
                log.info("%s: %s", self._name, line.decode(errors="replace").rstrip())


async def _to_its_end(work: Coroutine[object, object, None]) -> None:
    """Also when cancelled meanwhile: a process half made or half ended would be left behind."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    finally:
        await task


def _kill_group(process: Process) -> None:
    """The engine, and the programs that it began."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _not_refused(frame: frames.Frame, what: str) -> frames.Frame:
    if "error" in frame[0]:
        raise EngineRefused(f"{what}: {frame[0]['error']}")
    return frame
