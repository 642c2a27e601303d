"""`bot.yaml` as a whole: read and checked, with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from botkit.flow.fields import Duration
from botkit.flow.source import read_document, validate
from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.ports.receivers import Receiver
from botkit.web.presets import Webhook

from .blocks import HttpBlock, IceBlock, SpeechBlock
from .faults import Faults
from .limits import LimitsBlock
from .media import MediaBlock
from .receivers import ReceiverBlock, resolve_receivers
from .references import is_reference, literal, referred, secret
from .schedules import SchedulesBlock
from .store import StoreBlock, store_url
from .web import WebBlock, WebhookBlock, check_secrets, check_windows, resolve_webhooks

SECRET_KEYS = re.compile(r"(secret|password|token)$")
"""Keys of the `platform:` block whose values must not stand in the file."""

SECRET_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,39}", re.ASCII)


class BotFile(BaseModel):
    """`bot.yaml` as written."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    bot: str
    """The bot's name, in logs."""
    platform: dict[str, str]
    """`connector: NAME` and that connector's own settings."""
    flows: list[str] = Field(default_factory=list)
    """Flow files or folders of them, relative to bot.yaml."""
    handlers: list[str] = Field(default_factory=list)
    """Python files with `@hook` and `@step_handler` functions, relative to bot.yaml."""
    plugins: list[str] = Field(default_factory=list)
    """Installed plugins that are told of events."""
    config: dict[str, dict[str, object]] = Field(default_factory=dict)
    """Flow name -> its `config` values."""
    secrets: dict[str, str] = Field(default_factory=dict)
    """What flows name as `secrets.NAME`: `${VARIABLE}` or `file:PATH`."""
    receivers: dict[str, ReceiverBlock] = Field(default_factory=dict)
    """Who gets the webhooks that flows (`send_webhook: NAME`) and handlers send."""
    http: HttpBlock = Field(default_factory=HttpBlock)
    speech: SpeechBlock = Field(default_factory=SpeechBlock)
    store: StoreBlock = Field(default_factory=StoreBlock)
    """Where the bot keeps its state."""
    ice: IceBlock = Field(default_factory=IceBlock)
    media: MediaBlock = Field(default_factory=MediaBlock)
    """Who carries the sound of calls."""
    limits: LimitsBlock = Field(default_factory=LimitsBlock)
    """How much one account may ask of the bot."""
    schedules: SchedulesBlock = Field(default_factory=SchedulesBlock)
    """What schedules go by."""
    web: WebBlock | None = None
    """What the bot itself serves over HTTP; without it nothing."""

    @property
    def webhooks(self) -> Mapping[str, WebhookBlock]:
        """Those of `web:`, by name."""
        return self.web.webhooks if self.web else {}

    drain: Duration = 30.0
    """How long a bot that shall end waits for its calls to be over."""
    log: Literal["text", "json"] = "text"
    """How `botkit run` writes its log: lines for people, or JSON for machines."""


class Settings:
    """A checked `bot.yaml` with its place."""

    def __init__(self, file: BotFile, path: Path, platform: Mapping[str, object]) -> None:
        self.file = file
        self.path = path
        self.folder = path.parent
        self.platform = platform
        """The `platform:` block, references resolved, secrets as `Secret`."""

    def secrets(self) -> dict[str, Secret]:
        """The `secrets:` block, references resolved. Raises `UsageError`."""
        found: dict[str, Secret] = {}
        faults = Faults()
        for name, text in self.file.secrets.items():
            with faults.collected():
                found[name] = secret(text, self.folder, f"{self.path}: secrets: {name}")
        faults.tell()
        return found

    def receivers(self) -> dict[str, Receiver]:
        """The `receivers:` block, references resolved. Raises `UsageError`."""
        return resolve_receivers(self.file.receivers, self.file.http.allow, self.path)

    def webhooks(self) -> dict[str, Webhook]:
        """Those of the `web:` block, references resolved. Raises `UsageError`."""
        return resolve_webhooks(self.file.web, self.path) if self.file.web else {}

    def store_url(self) -> str:
        """Of the `store:` block, for `open_store`, references resolved: never to be shown. Raises
        `UsageError`."""
        return store_url(self.file.store, self.path)

    def metrics_token(self) -> Secret | None:
        """What `/metrics` wants to hear, reference resolved. Raises `UsageError`."""
        text = self.file.web.metrics_token if self.file.web else ""
        return secret(text, self.folder, f"{self.path}: web: metrics_token") if text else None

    def check_references(self) -> None:
        """Resolve everything that bot.yaml names and does not contain. Raises `UsageError`, with all that is
        wrong."""
        faults = Faults()
        for resolve in (
            lambda: _resolve(self.file.platform, self.path),
            self.secrets,
            self.receivers,
            self.webhooks,
            self.metrics_token,
            self.store_url,
        ):
            with faults.collected():
                resolve()
        faults.tell()

    def every_secret(self) -> set[Secret]:
        """All that are known here, of whatever block: what must stand in no log. Raises `UsageError`."""
        platform = _resolve(self.file.platform, self.path)
        found = {
            value for value in (*platform.values(), *self.secrets().values()) if isinstance(value, Secret)
        }
        for name, receiver in self.receivers().items():
            found.update(receiver.secrets)
            if is_reference(self.file.receivers[name].url):
                found.add(Secret(receiver.url))
        for webhook in self.webhooks().values():
            found.update(webhook.secrets)
        password = urlsplit(self.store_url()).password
        found.update(Secret(text) for text in (password, unquote(password or "")) if text)
        token = self.metrics_token()
        return found | ({token} if token else set())

    def beside(self, name: str) -> Path:
        """A path that bot.yaml names."""
        return self.folder / name


def read_settings(path: Path, *, with_platform: bool = True, whole: bool = False) -> Settings:
    """Read and check a bot.yaml.

    `with_platform=False` leaves the platform's references unresolved, for a command that replaces it; those
    of other blocks are resolved when they are asked for, or with `whole` tried now, so that all that is wrong
    is told at once.
    Raises `UsageError` with every finding.
    """
    node = read_document(path)
    file = validate(node, BotFile)
    faults = Faults()
    with faults.collected():
        _check_secrets(file.secrets, path)
    if file.web:
        with faults.collected():
            check_secrets(file.web, path)
        with faults.collected():
            check_windows(file.web, file.store.keep.seen, path)
    faults.tell()
    settings = Settings(file, path, {})
    if whole:
        settings.check_references()
    if with_platform:
        settings.platform = _resolve(file.platform, path)
    return settings


def _check_secrets(secrets: Mapping[str, str], path: Path) -> None:
    faults = Faults()
    for name, text in secrets.items():
        where = f"{path}: secrets: {name}"
        with faults.collected():
            if not SECRET_NAME.fullmatch(name):
                raise UsageError(
                    "No flow can read a secret of this name.",
                    where=where,
                    remedy="Use letters, digits and underscores, a letter first.",
                )
            if not is_reference(text):
                raise literal(where, name)
    faults.tell()


def _resolve(platform: Mapping[str, str], path: Path) -> dict[str, object]:
    resolved: dict[str, object] = {}
    faults = Faults()
    for key, text in platform.items():
        where = f"{path}: platform: {key}"
        with faults.collected():
            value = referred(text, path.parent, where)
            if not SECRET_KEYS.search(key):
                resolved[key] = text if value is None else value
            elif value is None:
                raise literal(where, key)
            else:
                resolved[key] = Secret(value)
    faults.tell()
    return resolved
