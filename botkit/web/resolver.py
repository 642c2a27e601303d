"""Looks up addresses for the client, and hides those that the bot may not connect to."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from botkit.ports.http import HttpRefused

from .addresses import Allowance

LOOKED_UP_AT_ONCE = 16
"""Names; each is looked up once, however many want it."""


class SystemResolver(AbstractResolver):
    """Asks the system, in threads of its own. Names of other people's for which no server answers keep a
    thread each for half a minute, and of the loop's there are few: those read files, and look up the
    platform."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKED_UP_AT_ONCE, thread_name_prefix="botkit-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises `OSError` when there is no address."""
        look_up = partial(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Finds the addresses of hosts, and hides those that the bot may not connect to. What it gives is what is
    connected to, so a name that means something else a moment later changes nothing."""

    def __init__(self, allowance: Allowance, inner: AbstractResolver | None = None) -> None:
        self._allowance = allowance
        self._inner = inner or SystemResolver()

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
