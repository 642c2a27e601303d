"""`botkit run` as a process of its own, which a test may kill as `kill -9` does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from botkit.model.errors import WorldError

READY = b"is ready"
TAIL = 2000
"""Characters of the log that are told when the bot does not start."""


class BotProcess:
    """The bot of a bot.yaml, started again and again. What it logs goes to `bot.log` beside that file."""

    def __init__(self, bot_file: Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        """`options` of `botkit run`. `environment` is all the process gets; None = that of this process."""
        self._file = bot_file.resolve()
        self._options = options
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self.log = self._file.with_name("bot.log")

    @property
    def pid(self) -> int:
        """Of the process, which runs."""
        assert self._process is not None, "start it first"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """It was started, and has not ended since."""
        return self._process is not None and self._process.returncode is None

    async def start(self, timeout: float = 60.0) -> None:
        """Return when it is ready. Raises `WorldError` when it ends instead, `TimeoutError`."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "botkit.cli", "run", self._file.name, *self._options),
                cwd=self._file.parent,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(timeout):
            line = await self._process.stdout.readline()
        if READY not in line:
            await self.kill()
            raise WorldError(
                "The bot did not start.",
                where=str(self._file),
                remedy=f"Its log ends with: {self.log.read_text(errors='replace')[-TAIL:]}",
            )

    async def ended(self) -> int:
        """Wait until it ends by itself; its exit code, negative for the signal that it died of."""
        process, self._process = self._process, None
        assert process is not None, "start it first"
        await process.communicate()
        assert process.returncode is not None
        return process.returncode

    async def kill(self, *, after: float = 0.0) -> None:
        """End it with no word of warning, `after` seconds from now. One that has ended is no error."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(after):
                await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()

    async def stop(self, timeout: float = 30.0) -> int:
        """End it in order; its exit code. Raises `TimeoutError`."""
        process = self._process
        assert process is not None, "start it first"
        process.terminate()
        async with asyncio.timeout(timeout):
            await process.communicate()
        self._process = None
        assert process.returncode is not None
        return process.returncode
