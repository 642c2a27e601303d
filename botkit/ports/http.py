"""Requests that flows make of other people's servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from botkit.model.errors import WorldError
from botkit.model.secret import Secret

AT_ONCE = 50
"""Requests to one server under way together."""


class HttpRefused(WorldError):
    """The bot may not talk to that host: it is not allowed in bot.yaml, or its address is a private one."""


class HttpFailed(WorldError):
    """No answer came that can be read. `timed_out` tells why."""

    timed_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request, one try."""

    method: str
    url: str
    headers: Mapping[str, str | Secret]
    body: bytes
    timeout: float
    """Seconds until the last byte of the answer."""
    follows: bool = True
    """It goes where the server redirects it. Else such an answer is the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back, whatever its status."""

    status: int
    content_type: str
    """Without parameters, lower case."""
    body: bytes
    retry_after: float | None = None
    """Seconds, where the server asks for it."""


class HttpClient(Protocol):
    """Makes requests, with the limits of bot.yaml's `http:` block."""

    async def send(self, request: HttpRequest) -> HttpAnswer:
        """Raises `HttpRefused`, `HttpFailed`."""
        ...

    async def close(self) -> None:
        """End what is under way."""
        ...
