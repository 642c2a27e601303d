"""`bot.yaml`: read, checked, and its secrets resolved."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from botkit.flow.source import read_document, validate
from botkit.flow.validation import refusal
from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.web.addresses import REMEDY, host_of

SECRET_KEYS = re.compile(r"(secret|password|token)$")
"""Keys of the `platform:` block whose values must not stand in the file."""

SECRET_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,39}", re.ASCII)

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class SpeechBlock(BaseModel):
    """`speech:`."""

    model_config = ConfigDict(extra="forbid")

    language: str = "en-US"
    """BCP 47."""
    voice: str = ""
    """Name of a voice; empty = the best that is installed."""
    recognizer: str = ""
    """Name of a speech recogniser; empty = the best that is installed, `none` = keys alone."""
    model: str = ""
    """Folder of the recogniser's model, for one that needs its own; relative to bot.yaml."""


class IceBlock(BaseModel):
    """`ice:`."""

    model_config = ConfigDict(extra="forbid")

    loopback: Literal["auto", "always", "never"] = "auto"
    """Whether calls may go over the loopback interface."""


def _host(text: str) -> str:
    try:
        host_of(text)
    except ValueError as error:
        raise refusal(f"{error}.", REMEDY) from None
    return text


Host: TypeAlias = Annotated[str, AfterValidator(_host)]
"""`HOST` or `HOST:PORT`."""


class HttpBlock(BaseModel):
    """`http:`."""

    model_config = ConfigDict(extra="forbid")

    allow: list[Host] | None = None
    """Hosts (`HOST` or `HOST:PORT`) that flows may talk to; without it all that have a public address."""
    largest: int = Field(1_000_000, ge=1, le=100_000_000)
    """Bytes of an answer."""
    trust: str = ""
    """A PEM file of certificates to trust beside the system's, relative to bot.yaml."""


class BotFile(BaseModel):
    """`bot.yaml` as written."""

    model_config = ConfigDict(extra="forbid")

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
    http: HttpBlock = Field(default_factory=HttpBlock)
    speech: SpeechBlock = Field(default_factory=SpeechBlock)
    store: str = "sqlite:///state/bot.db"
    """Where the bot keeps its state; a relative path is relative to bot.yaml."""
    ice: IceBlock = Field(default_factory=IceBlock)


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
        for name, text in self.file.secrets.items():
            where = f"{self.path}: secrets: {name}"
            value = _reference(text, self.folder, where)
            if not value:
                raise UsageError(
                    "This secret is empty.", where=where, remedy="Set its variable, or fill its file."
                )
            found[name] = Secret(value)
        return found

    def beside(self, name: str) -> Path:
        """A path that bot.yaml names."""
        return self.folder / name


def read_settings(path: Path, *, with_platform: bool = True) -> Settings:
    """Read and check a bot.yaml.

    `with_platform=False` leaves the platform's references unresolved, for a command that replaces it; those
    of `secrets:` are resolved when they are asked for.
    Raises `UsageError` with every finding.
    """
    node = read_document(path)
    file = validate(node, BotFile)
    _check_secrets(file.secrets, path)
    platform = _resolve(file.platform, path) if with_platform else {}
    return Settings(file, path, platform)


def _check_secrets(secrets: Mapping[str, str], path: Path) -> None:
    for name, text in secrets.items():
        where = f"{path}: secrets: {name}"
        if not SECRET_NAME.fullmatch(name):
            raise UsageError(
                "No flow can read a secret of this name.",
                where=where,
                remedy="Use letters, digits and underscores, a letter first.",
            )
        if not text.startswith("file:") and not REFERENCE.search(text):
            raise _literal(where, name)


def _literal(where: str, name: str) -> UsageError:
    return UsageError(
        "A secret must not stand in the file.",
        where=where,
        remedy=f"Write ${{{name.upper()}}} and set that variable, or file:PATH.",
    )


def _resolve(platform: Mapping[str, str], path: Path) -> dict[str, object]:
    resolved: dict[str, object] = {}
    for key, text in platform.items():
        where = f"{path}: platform: {key}"
        value = _reference(text, path.parent, where)
        if not SECRET_KEYS.search(key):
            resolved[key] = text if value is None else value
        elif value is None:
            raise _literal(where, key)
        else:
            resolved[key] = Secret(value)
    return resolved


def _reference(text: str, folder: Path, where: str) -> str | None:
    """What `${NAME}` or `file:PATH` stands for; None when `text` is neither."""
    if text.startswith("file:"):
        source = folder / text.removeprefix("file:")
        try:
            return source.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UsageError(
                f"{source} cannot be read: {reason}.",
                where=where,
                remedy="Make that file, or mend its path.",
            ) from error
    if not REFERENCE.search(text):
        return None

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise UsageError(
                f"The environment variable {name} is not set.",
                where=where,
                remedy=f"Set it: export {name}=...",
            )
        return os.environ[name]

    return REFERENCE.sub(value, text)
