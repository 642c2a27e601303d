"""What is done for a call beside its turns: tasks that the log knows, and that end with the call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context

from botkit.ports.log_context import CALL, SESSION


class CallTasks:
    """Of one call. They refer to it only as long as they run."""

    def __init__(self, call_id: str, session_id: str) -> None:
        """Whoever sets a task going, the log is to know what it is at work on."""
        self._running: set[asyncio.Task[None]] = set()
        self._context = copy_context()
        self._context.run(CALL.set, call_id)
        self._context.run(SESSION.set, session_id)

    def begin(
        self, work: Coroutine[None, None, None], failed: Callable[[BaseException], None]
    ) -> asyncio.Task[None]:
        """`failed` is told what came out of it otherwise than it should."""

        def over(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                failed(error)

        task = asyncio.create_task(work, context=self._context)
        self._running.add(task)
        task.add_done_callback(over)
        return task

    async def all_over(self) -> None:
        """Return once none runs, those that others have begun meanwhile among them."""
        while self._running:
            await asyncio.wait(self._running)
