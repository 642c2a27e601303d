"""Looks up addresses for the client, and hides those that the bot may not connect to."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from botkit.ports.http import HttpRefused

from .addresses import Allowance


class GuardedResolver(AbstractResolver):
    """Finds the addresses of hosts, and hides those that the bot may not connect to. What it gives is what is
    connected to, so a name that means something else a moment later changes nothing."""

    def __init__(self, allowance: Allowance, inner: AbstractResolver | None = None) -> None:
        self._allowance = allowance
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `HttpRefused` when none is left, `OSError` when there was none."""
        found = await self._inner.resolve(host, port, family)
        allowed: list[ResolveResult] = []
        refused: HttpRefused | None = None
        for each in found:
            try:
                self._allowance.check_address(host, port, each["host"])
                allowed.append(each)
            except HttpRefused as error:
                refused = error
        if refused is not None and not allowed:
            raise refused
        return allowed

    async def close(self) -> None:
        await self._inner.close()
