"""What is typed into a terminal, or comes from a pipe, line by line."""

from __future__ import annotations

import asyncio
import sys
import threading
from io import TextIOWrapper


class Lines:
    """Reads from now on; made in a running event loop."""

    def __init__(self, *, echo: bool = False) -> None:
        """`echo`: print what comes from a pipe, so that the output reads as in a terminal."""
        self._echo = echo and not sys.stdin.isatty()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        # A daemon, since a thread that waits for a terminal cannot be woken to end.
        threading.Thread(target=self._read, args=(asyncio.get_running_loop(),), daemon=True).start()

    async def next(self) -> str | None:
        """The next line without blanks around it; None when there is no more."""
        line = await self._lines.get()
        if self._echo:
            print(line or "")
        return line

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        if isinstance(sys.stdin, TextIOWrapper):
            # What is no UTF-8 is an answer nobody understands, and not the end of the program.
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(self._lines.put_nowait, None)
