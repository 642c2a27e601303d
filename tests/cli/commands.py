"""What the tests of commands share: a bot to break, and commands as processes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

SECRET = "a-secret-of-the-tests"

BOT = """\
bot: desk
platform:
  connector: circuit
  domain: DOMAIN
  trust: platform.pem
  client_id: front-desk-bot
  client_secret: file:secret
flows: [flows/]
handlers: [handlers.py]
config:
  desk: {operator: olivia@example.com}
"""

FLOW = """\
flow: desk
start:
  - mention
config:
  operator: {required: true}
slots:
  name: {ask: What is your name?}
steps:
  - say: Welcome.
  - id: menu
    choose: Tea or coffee?
    options:
      tea: {words: [camomile]}
      coffee: {}
    into: drink
    no_match:
      - We have no such thing.
  - collect: [name]
  - run: price_of
    with: {drink: "{{ drink }}"}
    into: price
  - end: "{{ drink }} for {{ name }}: {{ price }}."
"""

HANDLERS = """\
from botkit import step_handler


@step_handler
def price_of(drink: str) -> str:
    return "2 euros"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command left behind for its reader."""

    code: int
    out: str
    err: str


Cli = Callable[..., Outcome]


class Command:
    """A command as a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def until(self, words: str, seconds: float = 60.0) -> str:
        """The line of its standard output that has these words."""
        assert self.process.stdout is not None
        async with asyncio.timeout(seconds):
            while line := (await self.process.stdout.readline()).decode():
                self.lines.append(line)
                if words in line:
                    return line.strip()
        raise AssertionError(f"it ended without {words!r}: {''.join(self.lines)}")

    async def end(self, number: int) -> Outcome:
        """Send it a signal; what it says to its end."""
        self.process.send_signal(number)
        return await self.over()

    async def over(self, seconds: float = 30.0) -> Outcome:
        """Wait for its end."""
        async with asyncio.timeout(seconds):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return Outcome(code=self.process.returncode, out="".join(self.lines) + out.decode(), err=err.decode())


@asynccontextmanager
async def command(*arguments: object, cwd: Path, **environment: str) -> AsyncGenerator[Command]:
    """`botkit ARGUMENTS` in a process of its own, in `cwd`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "botkit.cli", *(str(argument) for argument in arguments)),
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and not yet seen ending."""
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        children += [int(child) for child in (task / "children").read_text().split()]
    return children


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
