"""Which answer belongs to which request."""

from __future__ import annotations

import asyncio

from .errors import CircuitError
from .wire import Response


class Outstanding:
    """The requests of one connection that wait for their answers."""

    def __init__(self) -> None:
        self._next = 1
        self._waiting: dict[int, asyncio.Future[Response]] = {}
        self._ended: CircuitError | None = None

    def open(self) -> tuple[int, asyncio.Future[Response]]:
        """A new request id, and what its answer will be. Raises what `end` was given."""
        if self._ended:
            raise self._ended
        request_id, self._next = self._next, self._next + 1
        answer = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        answer.add_done_callback(lambda _: self._waiting.pop(request_id, None))
        return request_id, answer

    def settle(self, response: Response) -> bool:
        """Hand an answer to who waits for it; False when nobody does (any more)."""
        answer = self._waiting.pop(response.request_id, None)
        if answer is None or answer.done():
            return False
        answer.set_result(response)
        return True

    def end(self, error: CircuitError) -> None:
        """Nothing will be answered any more: who waits, and who comes later, is told `error`."""
        self._ended = error
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(error)
