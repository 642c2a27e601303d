"""`/health/live` and `/health/ready`: whether to restart the bot, and whether it can do its work.

Both answer with JSON, 200 or 503. They tell parts of the bot, never what it talks about, and whoever reaches
the server may ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from aiohttp import web

from .server import WebServer


class Health:
    """Answers for one bot."""

    def __init__(
        self,
        *,
        dead: Callable[[], Collection[str]],
        hindrances: Callable[[], Awaitable[Mapping[str, str]]],
        engines: Callable[[], Mapping[str, str]],
    ) -> None:
        """`dead` names what only a restart brings back; `hindrances` are what stands in the way, by part, and
        `engines` what is wrong with those of voice and hearing."""
        self._dead = dead
        self._hindrances = hindrances
        self._engines = engines

    def add_to(self, server: WebServer) -> None:
        """Add the routes; they are served also while the bot stops."""
        server.add("GET", "/health/live", self._live, always=True)
        server.add("GET", "/health/ready", self._ready, always=True)

    async def _live(self, request: web.Request) -> web.Response:
        # That somebody answers at all means that the event loop turns.
        dead = list(self._dead())
        return web.json_response({"live": not dead, "dead": dead}, status=503 if dead else 200)

    async def _ready(self, request: web.Request) -> web.Response:
        reasons = {**await self._hindrances(), **self._engines()}
        return web.json_response({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)
