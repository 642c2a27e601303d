"""What a dialogue suffers when the bot's process is killed, as `kill -9` does, after every turn.

A sandbox runs here, the bot in a process of its own. A person talks with it; the moment the bot's last
message of a turn arrives, the process is killed and another one started on what it left. The control also
deletes what it left.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks import Figure
from botkit.circuit import CircuitSession
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.text import Mention
from botkit.model.secret import Secret
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox, Tenant

TENANT = """\
tenant: {name: Durability}
users:
  - {email: ada@example.com, password: engine, first_name: Ada, last_name: Byron}
bots:
  - {client_id: desk, client_secret: desk-secret, email: desk@example.com, first_name: Desk}
conversations:
  - {topic: Office, members: [ada@example.com, desk@example.com]}
"""

BOT = """\
bot: desk
platform:
  connector: circuit
  domain: DOMAIN
  trust: sandbox.pem
  client_id: desk
  client_secret: ${DURABILITY_SECRET}
flows: [order.yaml]
store: sqlite:///bot.db
"""

FLOW = """\
flow: order
start:
  - mention
slots:
  name: {ask: What is your name?}
  street: {ask: Which street?}
  city: {ask: Which city?}
steps:
  - say: Hello.
  - choose: Tea or coffee?
    options:
      tea: {}
      coffee: {}
    into: drink
  - collect: [name, street, city]
  - say: "{{ drink }} for {{ name }}, {{ street }}, {{ city }}."
"""

TURNS = (
    ("hello", ("Hello.", "Tea or coffee?")),
    ("tea", ("What is your name?",)),
    ("Ada", ("Which street?",)),
    ("St James's", ("Which city?",)),
    ("London", ("tea for Ada, St James's, London.",)),
)
"""What the person writes, and what the bot answers."""


class BotProcess:
    """`botkit run`, again and again in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Run until it is ready; the seconds that took."""
        begun = time.monotonic()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "botkit.cli", "run", "bot.yaml"),
            cwd=self._folder,
            env={**os.environ, "DURABILITY_SECRET": "desk-secret"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            line = await self._process.stdout.readline()
        if b"ready" not in line:
            raise RuntimeError(f"`botkit run` did not start: {line.decode()!r}")
        return time.monotonic() - begun

    async def kill(self) -> None:
        """The process gets no word in."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


class Dialogue:
    """One thread in which a person goes through all turns."""

    def __init__(
        self, person: CircuitSession, bot_id: str, room: str, events: asyncio.Queue[CircuitEvent]
    ) -> None:
        self._person = person
        self._bot_id = bot_id
        self._room = room
        self._events = events
        self._thread = ""
        self.said: list[str] = []
        """What the bot posted in it, in order."""

    async def turn(self, number: int, patience: float) -> None:
        """Write, and read until the bot has said its last. Raises `TimeoutError`."""
        text, answers = TURNS[number]
        mentions = () if self._thread else (Mention(self._bot_id, "Desk"),)
        posted = await self._person.items.post(self._room, text, thread_id=self._thread, mentions=mentions)
        self._thread = self._thread or posted.item.id
        async with asyncio.timeout(patience):
            while answers[-1] not in self.said:
                self._read(await self._events.get())

    def read_on(self) -> None:
        """Whatever else has come."""
        while not self._events.empty():
            self._read(self._events.get_nowait())

    def _read(self, event: CircuitEvent) -> None:
        if isinstance(event, ItemAdded) and event.added.item.author_id == self._bot_id:
            self.said.append(event.added.item.text)


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Dialogues lost, messages said twice, and how long the bot is away."""
    with tempfile.TemporaryDirectory(prefix="botkit-durability-") as folder:
        return asyncio.run(_measure(Path(folder), 1 if quick else 5, control))


async def _measure(folder: Path, dialogues: int, control: bool) -> list[Figure]:
    (folder / "tenant.yaml").write_text(TENANT)
    (folder / "order.yaml").write_text(FLOW)
    tenant = Tenant.load(folder / "tenant.yaml")
    sandbox = Sandbox(tenant, port=0, page_port=0, state=folder, clock=SystemClock())
    await sandbox.start()
    (folder / "bot.yaml").write_text(BOT.replace("DOMAIN", sandbox.address))
    person = CircuitSession(
        sandbox.address,
        client_id="durability",
        username="ada@example.com",
        password=Secret("engine"),
        trust=sandbox.certificate,
    )
    bot = BotProcess(folder)
    away: list[float] = []
    lost = twice = 0
    try:
        await person.logon()
        (room,) = await person.conversations.latest()
        await bot.start()
        for _ in range(dialogues):
            async with person.events() as events:
                dialogue = Dialogue(person, tenant.user_id("desk@example.com"), room.conversation.id, events)
                lost += not await _goes_on(dialogue, bot, folder, away, control)
                dialogue.read_on()
                twice += len(dialogue.said) - len(set(dialogue.said))
    finally:
        await bot.kill()
        await person.close()
        await sandbox.close()
    return [
        Figure(name="dialogues_lost", value=lost, unit="dialogues", limit=0),
        Figure(name="messages_said_twice", value=twice, unit="messages", limit=0),
        Figure(name="back_after_kill_median", value=statistics.median(away), unit="s", limit=10),
        Figure(name="back_after_kill_worst", value=max(away), unit="s"),
    ]


async def _goes_on(
    dialogue: Dialogue, bot: BotProcess, folder: Path, away: list[float], control: bool
) -> bool:
    """Whether a dialogue got to its end, the bot killed after every turn."""
    for number in range(len(TURNS)):
        try:
            await dialogue.turn(number, patience=3 if control else 20)
        except TimeoutError:
            return False
        await bot.kill()
        if control:
            _forget(folder)
        away.append(await bot.start())
    expected = [answer for _, answers in TURNS for answer in answers]
    return list(dict.fromkeys(dialogue.said)) == expected


def _forget(folder: Path) -> None:
    for left in folder.glob("bot.db*"):
        left.unlink()
