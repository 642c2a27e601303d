"""Servers that say what a test wants, and what they were asked."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from botkit.ports.http import HttpAnswer, HttpFailed, HttpRefused, HttpRequest

Reply = HttpAnswer | HttpFailed | HttpRefused
"""An answer, or why there is none."""


def answer(value: object = None, *, status: int = 200, retry_after: float | None = None) -> HttpAnswer:
    """JSON, or with a `str` plain text; with None nothing but the status."""
    if value is None or isinstance(value, str):
        return HttpAnswer(
            status=status, content_type="text/plain", body=(value or "").encode(), retry_after=retry_after
        )
    body = json.dumps(value).encode()
    return HttpAnswer(status=status, content_type="application/json", body=body, retry_after=retry_after)


def silence() -> HttpFailed:
    """A server that does not answer in time."""
    failed = HttpFailed("It did not answer in time.")
    failed.timed_out = True
    return failed


@dataclass(frozen=True, slots=True)
class _Script:
    pattern: str
    replies: deque[Reply]
    by: Callable[[HttpRequest], Reply] | None
    gate: asyncio.Event | None


class FakeHttp:
    """`ports.http.HttpClient` that talks to nobody.

    `http.on("POST https://example.com/tickets", answer({"id": 7}))` scripts an answer; `requests` has what
    was sent. What nothing is scripted for is refused.
    """

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        """In the order in which they were made."""
        self._scripts: list[_Script] = []

    def on(
        self,
        pattern: str,
        *replies: Reply,
        by: Callable[[HttpRequest], Reply] | None = None,
        gate: asyncio.Event | None = None,
    ) -> None:
        """Answer requests whose `METHOD URL` is like `pattern` (`*` stands for anything): the first with the
        first of `replies`, and so on, the last one again and again; or with what `by` makes of them. With a
        `gate` they wait until it is set. What was scripted last is looked at first."""
        if not replies and by is None:
            raise ValueError("it is to answer with something: replies, or `by`")
        self._scripts.insert(0, _Script(pattern, deque(replies), by, gate))

    async def send(self, request: HttpRequest) -> HttpAnswer:
        self.requests.append(request)
        asked = f"{request.method} {request.url}"
        script = next((each for each in self._scripts if fnmatchcase(asked, each.pattern)), None)
        if script is None:
            raise HttpRefused(f"No answer is scripted for {asked}.")
        if script.gate is not None:
            await script.gate.wait()
        if script.by is not None:
            reply = script.by(request)
        else:
            reply = script.replies.popleft() if len(script.replies) > 1 else script.replies[0]
        if isinstance(reply, HttpAnswer):
            return reply
        raise reply

    async def close(self) -> None:
        pass
