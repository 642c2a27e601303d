"""A bot on the fake platform and a real store, to be started and killed as often as a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botkit.flow.flowset import FlowSet
from botkit.flow.loader import load_flows
from botkit.hooks import Hooks
from botkit.model.conversations import Conversation
from botkit.model.events import Event
from botkit.model.items import Item
from botkit.model.limits import Limits
from botkit.model.secret import Secret
from botkit.ports.audio import SoundFiles
from botkit.ports.clock import Clock
from botkit.ports.connector import Capabilities
from botkit.ports.http import HttpClient
from botkit.ports.keeping import Keep
from botkit.ports.receivers import Receiver
from botkit.ports.telemetry import Telemetry
from botkit.runtime import Runtime
from botkit.store import SqliteStore
from botkit.testing import (
    FakeAudioPort,
    FakeBlobs,
    FakeConnector,
    FakeHttp,
    FakePlatform,
    FakeRecognizer,
    FakeSynthesizer,
    ScriptedPerson,
    VirtualClock,
)
from tests.runtime.killing import Killer


class Loudness:
    """`ports.speech.VoiceActivity`: all that is not silent is speech."""

    def voiced(self, samples: bytes) -> bool:
        return any(samples)


class House:
    """One bot's world. What a restart keeps is the database file and the platform."""

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        self.clock = clock
        self.platform = FakePlatform(clock)
        self.connector = FakeConnector(self.platform)
        self.audio = FakeAudioPort(clock)
        self.voice: FakeSynthesizer | None = FakeSynthesizer()
        self.blobs = FakeBlobs()
        self.recognizer: FakeRecognizer | None = None
        self.sounds: SoundFiles | None = None
        self.http: HttpClient = FakeHttp()
        self.secrets: dict[str, Secret] = {}
        self.receivers: dict[str, Receiver] = {}
        self.hooks = Hooks()
        self.capabilities = Capabilities()
        self.limits = Limits()
        self.keep = Keep()
        self.outside: Clock | None = None
        """By which the store looks at what commands write; None = the machine's, which no test waits for."""
        self.telemetry: Telemetry | None = None
        self._folder = folder
        self._flows: list[Path] = []
        self._store: SqliteStore | None = None
        self._runtime: Runtime | None = None
        self._bystanders = asyncio.all_tasks()
        self._plugins = 0
        self._killer = Killer()
        clock.watch(lambda: self._store is not None and self._store.busy)

    @property
    def store(self) -> SqliteStore:
        assert self._store is not None
        return self._store

    @property
    def runtime(self) -> Runtime:
        assert self._runtime is not None
        return self._runtime

    def flow(self, text: str) -> None:
        """One more flow file."""
        path = self._folder / f"flow{len(self._flows)}.yaml"
        path.write_text(text)
        self._flows.append(path)

    def rewrite(self, text: str, number: int = 0) -> None:
        """Write a flow file anew."""
        self._flows[number].write_text(text)

    async def change_flow(self, text: str, number: int = 0) -> None:
        """Write a flow file anew, and let the bot that runs take it."""
        self.rewrite(text, number)
        assert self._runtime is not None
        await self._runtime.change_flows(self._load())

    def _load(self) -> FlowSet:
        return load_flows(self._flows, handlers=self.hooks.step_handlers)

    def plug(self, *functions: Callable[..., object]) -> None:
        """One more plugin, with these hooks and step handlers."""
        self._plugins += 1
        names = {function.__name__: function for function in functions}
        self.hooks.register(SimpleNamespace(**names), f"plugin {self._plugins}")

    async def start(self) -> None:
        """A new process, on what the last one left, up to its rest."""
        await self.boot()
        await self.clock.settle()

    async def boot(self, killer: Killer | None = None) -> None:
        """A new process; `killer` says when it dies."""
        self._killer = killer or Killer()
        self.connector = FakeConnector(self.platform, capabilities=self.capabilities)
        self._store = SqliteStore(self._folder / "bot.db", clock=self.outside)
        await self._store.open()
        self._runtime = Runtime(
            connector=self._killer.mortal(self.connector, "chat", "calls", "conversation_webhooks"),
            store=self._killer.mortal(self._store),
            flows=self._load(),
            hooks=self.hooks,
            clock=self.clock,
            http=self._killer.mortal(self.http),
            secrets=self.secrets,
            receivers=self.receivers,
            audio=self.audio,
            voice=self.voice,
            recognizer=self.recognizer,
            voice_activity=Loudness,
            sounds=self.sounds,
            blobs=self.blobs,
            language="en-US",
            limits=self.limits,
            keep=self.keep,
            telemetry=self.telemetry,
            load_version=lambda version: load_flows([], texts=version.files, config=version.config),
        )
        await self._runtime.start()

    async def stop(self) -> None:
        """End it in order."""
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            await runtime.stop()
        await self._close_store()

    async def kill(self) -> None:
        """End it as a power cut would: no task gets another word in."""
        self._runtime = None
        self._killer.dead.set()
        self.platform.connect(None)
        self.audio.legs.clear()
        while tasks := asyncio.all_tasks() - self._bystanders - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.sleep(0)
        await self._close_store()

    async def close(self) -> None:
        await self.stop()
        await self.audio.close()

    async def receive(self, event: Event) -> bool:
        """What comes by another way than the platform, kept."""
        assert self._runtime is not None
        return await self._runtime.receive(event)

    async def chatted(self, *answers: str) -> str:
        """Somebody says hello, and then these; the session's id."""
        person = ScriptedPerson(self.platform)
        first = await person.post("hello")
        await self.clock.settle()
        for words in answers:
            await person.post(words)
            await self.clock.settle()
        return f"item:{first.id}"

    async def journal(self, session_id: str, *kinds: str) -> list[dict[str, Any]]:
        """The lines of these kinds."""
        rows = await self.store.journal(session_id)
        return [json.loads(row.data) for row in rows if not kinds or row.kind in kinds]

    def said(self, where: Conversation) -> list[str]:
        """What the bot posted there, in order."""
        return [item.text for item in self.items(where)]

    def items(self, where: Conversation) -> list[Item]:
        """The bot's own, in order."""
        posted = (each.item for each in self.platform.items(where.id))
        return [item for item in posted if item.author_id == self.platform.bot.id]

    async def _close_store(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            await store.close()
