"""The composition root: a bot.yaml, or objects handed in, become a running bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Literal

from botkit.flow.loader import load_flows
from botkit.hooks import Hooks
from botkit.hooks.marks import STEP_HANDLER
from botkit.media.plain import PlainAudioPort
from botkit.model.errors import UsageError
from botkit.ports.audio import AudioPort
from botkit.ports.clock import Clock
from botkit.ports.connector import Connector
from botkit.ports.speech import Synthesizer, VoiceSpec
from botkit.ports.store import Store
from botkit.ports.system_clock import SystemClock
from botkit.runtime import Runtime
from botkit.settings import Settings, read_settings
from botkit.speech.cache import CachedSynthesizer
from botkit.speech.host import VoiceHost
from botkit.store import open_store

log = logging.getLogger(__name__)

LOOPBACK: Mapping[str, Literal["auto"] | bool] = {"auto": "auto", "always": True, "never": False}
"""What `ice: {loopback: ...}` means to the audio port."""

Handler = Callable[..., object] | ModuleType


class Bot:
    """One bot: a connector, flows and handlers, joined by the corridor.

    `Bot.from_file("bot.yaml").run()`, or put together in Python:
    `Bot(connector=..., flows=["flows/"], handlers=[my_hook]).run()`.
    """

    def __init__(
        self,
        *,
        connector: Connector,
        flows: Sequence[str | Path] = (),
        handlers: Sequence[Handler] = (),
        config: Mapping[str, Mapping[str, object]] | None = None,
        store: str | Store = "sqlite:///state/bot.db",
        hooks: Hooks | None = None,
        audio: AudioPort | None = None,
        voice: Synthesizer | None = None,
        language: str = "en-US",
        clock: Clock | None = None,
    ) -> None:
        """Check everything; start nothing.

        `config` is flow name -> values. `store` is a URL or an open-able store. Without `audio` or
        `voice` the built-in ones are used. Raises `UsageError` with place and remedy.
        """
        self.connector = connector
        self._clock = clock or SystemClock()
        self._hooks = hooks or _installed_hooks()
        for number, handler in enumerate(handlers, 1):
            self._hooks.register(_as_plugin(handler), f"handler {number}")
        self.flows = load_flows(
            [Path(flow) for flow in flows],
            config=config or {},
            verbs=self._hooks.steps(),
            handlers=self._hooks.step_handlers.keys(),
            capabilities=connector.capabilities,
        )
        self.store = open_store(store, Path()) if isinstance(store, str) else store
        self._audio = audio or PlainAudioPort()
        self.voice = voice or best_voice(self._hooks, "", language, None)
        self.language = language
        self._runtime: Runtime | None = None

    @classmethod
    def from_file(cls, path: str | Path) -> Bot:
        """The bot that a bot.yaml describes. Raises `UsageError` when something in it is wrong."""
        settings = read_settings(Path(path))
        hooks = hooks_of(settings)
        return cls.from_settings(settings, hooks=hooks, connector=_connector(settings, hooks))

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        hooks: Hooks,
        connector: Connector,
        store: Store | None = None,
        prompts: Path | None = None,
        change_voice: Callable[[Synthesizer], Synthesizer] | None = None,
        change_audio: Callable[[AudioPort], AudioPort] | None = None,
    ) -> Bot:
        """The bot of a bot.yaml on a connector (and store, and folder for spoken prompts) of the caller's.

        `change_voice` and `change_audio` may wrap what the file chose.
        """
        file = settings.file
        audio = PlainAudioPort(loopback=LOOPBACK[file.ice.loopback])
        voice = best_voice(
            hooks,
            file.speech.voice,
            file.speech.language,
            prompts or settings.beside("state/prompts"),
            where=f"{settings.path}: speech",
        )
        return cls(
            connector=connector,
            flows=[settings.beside(flow) for flow in file.flows],
            config=file.config,
            store=store or open_store(file.store, settings.folder),
            hooks=hooks,
            audio=change_audio(audio) if change_audio else audio,
            voice=change_voice(voice) if change_voice and voice else voice,
            language=file.speech.language,
        )

    def run(self) -> None:
        """Start, and serve until interrupted."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        await self.start()
        try:
            await asyncio.Event().wait()
        finally:
            await self.stop()

    async def start(self) -> None:
        """Open the store, take up what was left, log on. Raises `BotkitError`; then nothing is left open."""
        await self.store.open()
        runtime = Runtime(
            connector=self.connector,
            store=self.store,
            flows=self.flows,
            hooks=self._hooks,
            clock=self._clock,
            audio=self._audio,
            voice=self.voice,
            language=self.language,
        )
        try:
            await runtime.start()
        except BaseException:
            await self._close()
            raise
        self._runtime = runtime

    async def stop(self) -> None:
        """Finish the turns under way, log off, close everything."""
        runtime, self._runtime = self._runtime, None
        try:
            if runtime is not None:
                await runtime.stop()
        finally:
            await self._close()

    async def _close(self) -> None:
        """Each part, also when another does not let itself be closed; the store last."""
        async with AsyncExitStack() as parts:
            parts.push_async_callback(self.store.close)
            if self.voice is not None:
                parts.push_async_callback(self.voice.close)
            parts.push_async_callback(self._audio.close)
            parts.push_async_callback(self.connector.close)


def hooks_of(settings: Settings) -> Hooks:
    """The plugins of a bot.yaml: all that are installed, and its handlers files."""
    hooks = Hooks()
    hooks.load_entry_points(active=settings.file.plugins, where=f"{settings.path}: plugins")
    for name in settings.file.handlers:
        hooks.load_file(settings.beside(name))
    return hooks


def _installed_hooks() -> Hooks:
    hooks = Hooks()
    hooks.load_entry_points()
    return hooks


def _as_plugin(handler: Handler) -> object:
    if isinstance(handler, ModuleType):
        return handler
    if not (hasattr(handler, "botkit_impl") or hasattr(handler, STEP_HANDLER)):
        raise UsageError(
            f"{handler!r} is no handler.",
            remedy="Mark it with @hook or @step_handler, or pass a module of such.",
        )
    return SimpleNamespace(**{handler.__name__: handler})


def _connector(settings: Settings, hooks: Hooks) -> Connector:
    platform = dict(settings.platform)
    where = f"{settings.path}: platform"
    name = platform.pop("connector", None)
    factories = hooks.connectors()
    if name not in factories:
        raise UsageError(
            f"There is no connector {name!r}." if name else "It names no connector.",
            where=where,
            remedy=f"Write `connector: NAME`; there are: {', '.join(sorted(factories))}.",
        )
    return factories[str(name)].build(platform, where, settings.folder)


def best_voice(
    hooks: Hooks, name: str, language: str, prompts: Path | None, *, where: str = "speech"
) -> Synthesizer | None:
    """The voice asked for, else the best one that speaks here; None (calls are declined) when none does.

    `where` is the place of `name`, for the `UsageError` about a voice that is missing.
    """
    voices = hooks.voices()
    if name and name not in voices:
        raise UsageError(
            f"There is no voice {name!r}.",
            where=f"{where}: voice",
            remedy=f"Installed are: {', '.join(sorted(voices))}.",
        )
    if name and not _speaks(voices[name], language):
        raise UsageError(
            f"The voice {name} does not speak {language!r}.",
            where=f"{where}: language",
            remedy=f"It speaks: {', '.join(voices[name].languages)}.",
        )
    candidates = [voices[name]] if name else [voice for voice in voices.values() if _speaks(voice, language)]
    for voice in candidates:
        if voice.missing is None:
            return CachedSynthesizer(VoiceHost(voice), prompts)
        if name:
            raise UsageError(
                voice.missing.missing, where=f"{where}: voice: {name}", remedy=voice.missing.remedy
            )
        log.warning(
            "the voice %s cannot speak: %s %s", voice.name, voice.missing.missing, voice.missing.remedy
        )
    log.warning("no voice speaks %s here, so calls are declined", language)
    return None


def _speaks(voice: VoiceSpec, language: str) -> bool:
    # A voice of one region stands for the others of its language.
    return language.partition("-")[0] in {known.partition("-")[0] for known in voice.languages}
