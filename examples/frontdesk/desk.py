"""A ticket system as small as can be, in the bot's own process, so that the demo needs no account. A real
help desk has one: then this file goes, and bot.yaml names that one's address and token."""

from __future__ import annotations

import logging
from pathlib import Path

from aiohttp import web

from botkit import hook

PORT = 8091
TOKEN = Path(__file__).with_name("desk.token").read_text().strip()

log = logging.getLogger("botkit.examples.desk")


class Desk:
    """Takes tickets, and forgets them when the bot ends."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        """What tells a repeated request -> the ticket that the first one made."""
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        app = web.Application()
        app.router.add_post("/tickets", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", PORT).start()
        except OSError as error:
            log.warning("the ticket system cannot be reached: %s", error)

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
        ticket = await request.json()
        number = f"{ticket['topic'][:1].upper()}{1001 + len(self._numbers)}"
        number = self._numbers.setdefault(request.headers["Idempotency-Key"], number)
        return web.json_response({"id": number}, status=201)


desk = Desk()


@hook
async def bot_started() -> None:
    await desk.open()


@hook
async def bot_stopping() -> None:
    await desk.close()
