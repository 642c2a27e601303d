"""The composition root: a bot.yaml, or objects handed in, become a running bot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from botkit.carriers import audio_port
from botkit.engines import best_recognizer, best_voice, hears, that_fail
from botkit.flow.flowset import FlowSet
from botkit.flow.loader import load_flows
from botkit.flow.versions import FlowVersion
from botkit.flow_files import BotYamlFlows, FlowFiles
from botkit.hooks import Hooks
from botkit.hooks.handlers import as_plugin
from botkit.media.files import AudioFiles
from botkit.model.errors import UsageError
from botkit.model.limits import Limits
from botkit.model.secret import Secret
from botkit.ports.audio import AudioPort, SoundFiles
from botkit.ports.blobs import Blobs
from botkit.ports.clock import Clock
from botkit.ports.connector import Connector
from botkit.ports.http import HttpClient
from botkit.ports.keeping import Keep
from botkit.ports.receivers import Receiver
from botkit.ports.speech import Recognizer, Synthesizer, VoiceActivity
from botkit.ports.store import Store
from botkit.ports.system_clock import SystemClock
from botkit.ports.telemetry import NoTelemetry, Telemetry, joined
from botkit.runtime import FlowChange, Runtime
from botkit.settings import Settings, read_settings
from botkit.settings.media import carried
from botkit.speech.gates import VoiceGates, by_loudness
from botkit.store import open_store
from botkit.store.blobs import FolderBlobs
from botkit.web.addresses import Listen
from botkit.web.client import AiohttpClient
from botkit.web.presets import Webhook

if TYPE_CHECKING:
    from botkit.web.prometheus import Prometheus
    from botkit.web.server import WebServer

log = logging.getLogger(__name__)

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
        flows: Sequence[str | Path] | Callable[[], FlowFiles] = (),
        handlers: Sequence[Handler] = (),
        config: Mapping[str, Mapping[str, object]] | None = None,
        store: str | Store = "sqlite:///state/bot.db",
        hooks: Hooks | None = None,
        audio: AudioPort | None = None,
        voice: Synthesizer | None = None,
        recognizer: Recognizer | Literal["best"] | None = "best",
        voice_activity: Callable[[], VoiceActivity] | None = None,
        sounds: SoundFiles | None = None,
        blobs: Blobs | None = None,
        http: HttpClient | None = None,
        secrets: Mapping[str, Secret] | None = None,
        receivers: Mapping[str, Receiver] | None = None,
        language: str = "en-US",
        limits: Limits | None = None,
        keep: Keep | None = None,
        clock: Clock | None = None,
        listen: str | None = None,
        webhooks: Mapping[str, Webhook] | None = None,
        metrics_token: Secret | None = None,
    ) -> None:
        """Check everything; start nothing.

        `flows` are files and folders of them, and `config` is flow name -> values; a function tells both anew
        whenever they are read. `store` is a URL or an open-able store. Without `audio` or
        `voice` the built-in ones are used, without `blobs` the folder `state/recordings`; with the
        recogniser None callers answer with keys alone. `voice_activity` makes what tells speech from noise,
        for each call, `sounds` reads the audio files that flows play. `http` makes the requests of flows,
        without it one that talks to public addresses alone; `secrets` are what flows name as `secrets.NAME`,
        and `receivers` who gets the webhooks of `send_webhook`; None = it is not known which there are.
        `listen` is `HOST:PORT` of the bot's own HTTP server, None = it has none, and `webhooks` are what
        others may call there; with `metrics_token` whoever knows it reads `/metrics`, without it only this
        machine does. `limits` is how much one account may ask of it, `keep` how long what is over is kept.
        Raises `UsageError` with place and remedy.
        """
        self.connector = connector
        self._clock = clock or SystemClock()
        self._hooks = hooks or Hooks.installed()
        for number, handler in enumerate(handlers, 1):
            self._hooks.register(as_plugin(handler), f"handler {number}")
        self.recognizer = (
            best_recognizer(self._hooks, "", language, None) if recognizer == "best" else recognizer
        )
        self._gates = VoiceGates() if voice_activity is None else None
        self._flow_files = flows if callable(flows) else partial(_these, flows, config or {})
        self._reloading = asyncio.Lock()
        self._read_flows = partial(
            load_flows,
            extensions=self._hooks.extensions(),
            capabilities=connector.capabilities,
            language=language,
            hears=hears(self.recognizer),
        )
        self._check_flows = partial(
            self._read_flows,
            handlers=self._hooks.step_handlers.keys(),
            secrets=None if secrets is None else secrets.keys(),
            receivers=None if receivers is None else receivers.keys(),
            webhooks=(webhooks or {}).keys(),
        )
        self.flow_files = self._flow_files()
        self.flows = self._checked(self.flow_files)
        self.store = open_store(store, Path()) if isinstance(store, str) else store
        self._audio = audio or audio_port()
        self.voice = voice or best_voice(self._hooks, "", language, None)
        self._voice_activity = voice_activity or self._gates
        self._sounds = sounds or AudioFiles()
        self._http = http or AiohttpClient()
        self._secrets = secrets or {}
        self._receivers = receivers or {}
        self._blobs = blobs or FolderBlobs(Path("state/recordings"))
        self.language = language
        self._limits, self._keep = limits, keep
        self._listen = None if listen is None else Listen.of(listen)
        self._webhooks = webhooks or {}
        self._metrics_token = metrics_token
        self._telemetry: Telemetry = NoTelemetry()
        self.web: WebServer | None = None
        self._runtime: Runtime | None = None
        self._warming: asyncio.Task[None] | None = None

    @classmethod
    def from_file(cls, path: str | Path, *, media_workers: int | None = None) -> Bot:
        """The bot that a bot.yaml describes, its sound carried by so many processes of their own (None = as
        the file says). Raises `UsageError` when something in it is wrong."""
        settings = read_settings(Path(path), whole=True)
        hooks = hooks_of(settings)
        connected = connector_of(settings, hooks)
        return cls.from_settings(settings, hooks=hooks, connector=connected, media_workers=media_workers)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        hooks: Hooks,
        connector: Connector,
        store: Store | None = None,
        prompts: Path | None = None,
        recordings: Path | None = None,
        change_voice: Callable[[Synthesizer], Synthesizer] | None = None,
        change_recognizer: Callable[[Recognizer], Recognizer] | None = None,
        change_audio: Callable[[AudioPort], AudioPort] | None = None,
        media_workers: int | None = None,
    ) -> Bot:
        """The bot of a bot.yaml on a connector (and store, and folders for spoken prompts and recordings)
        of the caller's.

        `change_voice`, `change_recognizer` and `change_audio` may wrap what the file chose; `media_workers`
        takes the place of its `media: workers`.
        """
        file = settings.file
        prompts = prompts or settings.beside("state/prompts")
        workers = file.media.workers if media_workers is None else media_workers
        speech, where = file.speech, f"{settings.path}: speech"
        voice = best_voice(hooks, speech.voice, speech.language, prompts, where=where)
        model = settings.beside(speech.model) if speech.model else None
        recognizer = best_recognizer(hooks, speech.recognizer, speech.language, model, where=where)
        audio = audio_port(
            workers,
            tells_speech=recognizer is not None,
            loopback=file.ice.loopback,
            cache_folder=prompts / "payloads",
        )
        return cls(
            connector=connector,
            flows=BotYamlFlows(settings),
            store=store or open_store(settings.store_url(), settings.folder, file.store.durability),
            hooks=hooks,
            audio=change_audio(audio) if change_audio else audio,
            voice=change_voice(voice) if change_voice and voice else voice,
            recognizer=change_recognizer(recognizer) if change_recognizer and recognizer else recognizer,
            voice_activity=by_loudness if workers else None,
            sounds=AudioFiles(prepared=prompts / "files"),
            blobs=FolderBlobs(recordings or settings.beside("state/recordings")),
            http=http_client(settings),
            secrets=settings.secrets(),
            receivers=settings.receivers(),
            language=file.speech.language,
            limits=carried(file.limits.limits(), workers),
            keep=file.store.keep.keep(),
            listen=file.web.listen if file.web else None,
            webhooks=settings.webhooks(),
            metrics_token=settings.metrics_token(),
        )

    def run(self) -> None:
        """Start, and serve until Ctrl-C."""
        with suppress(KeyboardInterrupt):
            asyncio.run(self._serve())

    async def _serve(self) -> None:
        await self.start()
        try:
            await asyncio.Event().wait()
        finally:
            await self.stop()

    async def start(self, *, standby: bool = False) -> None:
        """Open the store, take up what was left, log on. With `standby` wait first until no other bot has the
        store. Raises `BotkitError`; then nothing is left open. What carries sound is loaded behind it: see
        `warmed_up`."""
        metrics = _prometheus() if self._listen is not None else None
        self._telemetry = joined([*([metrics] if metrics else ()), *self._hooks.telemetry()])
        await self.store.open(standby=standby)
        runtime = Runtime(
            connector=self.connector,
            store=self.store,
            flows=self.flows,
            load_version=self._older,
            hooks=self._hooks,
            clock=self._clock,
            http=self._http,
            secrets=self._secrets,
            receivers=self._receivers,
            audio=self._audio,
            voice=self.voice,
            recognizer=self.recognizer,
            voice_activity=self._voice_activity,
            sounds=self._sounds,
            blobs=self._blobs,
            language=self.language,
            limits=self._limits,
            keep=self._keep,
            telemetry=self._telemetry,
        )
        try:
            if self._listen is not None and metrics is not None:
                await self._open_web(self._listen, runtime, metrics)
            await runtime.start()
        except BaseException:
            await self._close()
            raise
        self._runtime = runtime
        self._warming = asyncio.create_task(self._warm_up())

    async def warmed_up(self) -> None:
        """Return when all that calls need is in memory. A bot that has started is ready without it: a call
        that comes before is answered as soon as it can be."""
        if self._warming is not None:
            await asyncio.wait((self._warming,))

    async def _warm_up(self) -> None:
        parts = [self._audio.start()]
        if self._gates is not None and self.recognizer is not None:
            parts.append(self._gates.start())
        await asyncio.gather(*parts)

    async def _open_web(self, listen: Listen, runtime: Runtime, metrics: Prometheus) -> None:
        """Serve, before the logon already: what comes is kept in the store, which is open."""
        from botkit.web.health import Health  # nobody else pays for it
        from botkit.web.server import WebServer
        from botkit.web.webhooks import Webhooks

        self.web = WebServer(listen)
        Webhooks(self._webhooks, runtime.receive, self._clock, self._telemetry).add_to(self.web)
        condition = runtime.condition
        engines = partial(that_fail, self.voice, self.recognizer)
        Health(dead=lambda: condition.dead, hindrances=condition.hindrances, engines=engines).add_to(self.web)
        metrics.add_to(self.web, sample=runtime.sample, token=self._metrics_token)
        await self.web.start()

    async def reload(self) -> Sequence[FlowChange]:
        """Read the flow files, and bot.yaml's `config` and `schedules`, anew. Sessions begin with what they
        say now; those that are open go on as each flow's `on_change` says. What else bot.yaml says, and the
        handlers, stays as it was at the start; `flow_files.later` tells what of it has changed.

        Raises `UsageError` with everything that is wrong, `StoreError`; then all stays as it was.
        """
        if self._runtime is None:
            raise RuntimeError("the bot is not running: start it first")
        async with self._reloading:
            files = self._flow_files()
            flows = await asyncio.to_thread(self._checked, files)
            changes = await self._runtime.change_flows(flows)
            self.flow_files, self.flows = files, flows
            return changes

    def _checked(self, files: FlowFiles) -> FlowSet:
        return self._check_flows(files.flows, config=files.config, calendars=files.calendars)

    def _older(self, version: FlowVersion) -> FlowSet:
        """What ran once runs on: a handler or secret that is gone since fails where it is wanted."""
        flows = self._read_flows((), texts=version.files, config=version.config)
        return replace(flows, calendars={**flows.calendars, **(self.flow_files.calendars or {})})

    async def drain(self, seconds: float) -> None:
        """Take no more over HTTP, and no more calls; back when those that talk are over, or after so many
        seconds. `stop` comes next."""
        if self.web is not None:
            self.web.refuse()
        if self._runtime is not None:
            await self._runtime.drain(seconds)

    async def stop(self) -> None:
        """Take nothing more over HTTP, finish the turns under way, log off, close everything."""
        runtime, self._runtime = self._runtime, None
        if self.web is not None:
            self.web.refuse()
        try:
            if runtime is not None:
                await runtime.stop()
        finally:
            await self._close()

    async def _close(self) -> None:
        """Each part, also when another does not let itself be closed; the store last."""
        warming, self._warming = self._warming, None
        if warming is not None:
            warming.cancel()
            await asyncio.wait((warming,))
        async with AsyncExitStack() as parts:
            parts.push_async_callback(self._telemetry.close)
            parts.push_async_callback(self.store.close)
            if self.voice is not None:
                parts.push_async_callback(self.voice.close)
            if self.recognizer is not None:
                parts.push_async_callback(self.recognizer.close)
            if self._gates is not None:
                parts.push_async_callback(self._gates.close)
            parts.push_async_callback(self._http.close)
            parts.push_async_callback(self._audio.close)
            parts.push_async_callback(self.connector.close)
            web, self.web = self.web, None
            if web is not None:
                parts.push_async_callback(web.stop)


def _prometheus() -> Prometheus:
    from importlib.metadata import version

    from botkit.web.prometheus import Prometheus

    return Prometheus(version("botkit"))


def hooks_of(settings: Settings) -> Hooks:
    """The plugins of a bot.yaml: all that are installed, and its handlers files."""
    hooks = Hooks()
    hooks.load_entry_points(active=settings.file.plugins, where=f"{settings.path}: plugins")
    for name in settings.file.handlers:
        hooks.load_file(settings.beside(name))
    return hooks


def http_client(settings: Settings) -> HttpClient:
    """What makes the requests of a bot's flows. Raises `UsageError`."""
    block = settings.file.http
    trust = settings.beside(block.trust) if block.trust else None
    return AiohttpClient(
        block.allow, largest=block.largest, trust=trust, where=f"{settings.path}: http: allow"
    )


def _these(flows: Sequence[str | Path], config: Mapping[str, Mapping[str, object]]) -> FlowFiles:
    return FlowFiles(flows=[Path(flow) for flow in flows], config=config)


def connector_of(settings: Settings, hooks: Hooks) -> Connector:
    """The platform that a bot.yaml names. Raises `UsageError`."""
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
