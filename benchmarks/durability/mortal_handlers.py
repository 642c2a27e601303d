"""Lets a bot's process end itself by SIGKILL at one of its writes: the handlers file of such a bot.

The environment names a folder. Each write adds a byte to the file `writes` there; `fatal`, when it is there,
says which of them is the last, and whether it takes effect: `12 before`, `12 after`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import Any

from benchmarks.durability.mortal import WRITES
from botkit.circuit.chat import CircuitChat
from botkit.circuit.phone import CircuitCalls
from botkit.store import SqliteStore

FOLDER = "DURABILITY_WRITES"
"""Environment variable."""


def _mortal(folder: Path, write: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    fatal, writes = folder / "fatal", folder / "writes"

    def die(number: int, when: str) -> None:
        if fatal.exists() and fatal.read_text() == f"{number} {when}":
            fatal.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    @wraps(write)
    async def mortal(*arguments: object, **named: object) -> Any:  # noqa: ANN401
        with writes.open("ab", 0) as file:
            file.write(b".")
            number = file.tell()
        die(number, "before")
        answer = await write(*arguments, **named)
        die(number, "after")
        return answer

    return mortal


def _make_mortal(folder: Path) -> None:
    parts: list[type] = [SqliteStore, CircuitChat, CircuitCalls]
    if "postgresql" in (folder / "bot.yaml").read_text():
        from botkit.store.postgres import PostgresStore

        parts.append(PostgresStore)
    for part in parts:
        for name in WRITES & vars(part).keys():
            setattr(part, name, _mortal(folder, getattr(part, name)))


if FOLDER in os.environ:  # whoever only reads the settings lives on
    _make_mortal(Path(os.environ[FOLDER]))
