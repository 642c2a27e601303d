"""What the session of a call is told, one after the other."""

from __future__ import annotations

import asyncio

from botkit.model.inputs import Input


class CallInputs:
    """A queue, in which a place can be kept for what is still being found out."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Input | asyncio.Task[Input]] = asyncio.Queue()
        self._coming: set[asyncio.Task[Input]] = set()

    @property
    def empty(self) -> bool:
        """There is nothing, and nothing will come of what is under way."""
        return self._waiting.empty() and not self._coming

    def tell(self, given: Input) -> None:
        """This, behind all that is there."""
        self._waiting.put_nowait(given)

    def tell_result(self, coming: asyncio.Task[Input]) -> None:
        """What this finds out: whatever is told from now on waits for it."""
        self._waiting.put_nowait(coming)

    def tell_later(self, coming: asyncio.Task[Input]) -> None:
        """What this finds out, once it has: nothing waits for it."""
        self._coming.add(coming)
        coming.add_done_callback(self._came)

    async def next(self) -> Input:
        """The next one, when it is there."""
        given = await self._waiting.get()
        return await given if isinstance(given, asyncio.Task) else given

    def _came(self, coming: asyncio.Task[Input]) -> None:
        self._coming.discard(coming)
        self._waiting.put_nowait(coming)
