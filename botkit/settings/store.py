"""`store:`: where the bot keeps its state."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from botkit.model.errors import UsageError
from botkit.ports.store import Durability

from .keep import KeepBlock
from .references import is_reference, literal, referred, secret


class StoreBlock(BaseModel):
    """`store:`; written as a URL alone, it is that URL's."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    url: str = "sqlite:///state/bot.db"
    """`sqlite:///PATH`, relative to bot.yaml, or `postgresql://USER@HOST/DATABASE`; may have `${VARIABLE}` in
    it, or be `file:PATH` as a whole."""
    password: str = ""
    """Of the PostgreSQL user: `${VARIABLE}` or `file:PATH`."""
    durability: Durability = Durability.PROCESS
    """What the bot has written survives: the death of its `process`, or a `power` cut too."""
    keep: KeepBlock = Field(default_factory=KeepBlock)
    """How long what is over is kept."""

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value


def store_url(block: StoreBlock, path: Path) -> str:
    """The URL with references resolved and the password in it: for `open_store`, never to be shown. Raises
    `UsageError`, also for a password that stands in the bot.yaml at `path`."""
    where = f"{path}: store"
    resolved = referred(block.url, path.parent, where)
    url = block.url if resolved is None else resolved
    if resolved is None and urlsplit(url).password:
        raise literal(where, "database_password")
    if not block.password:
        return url
    if not is_reference(block.password):
        raise literal(f"{where}: password", "database_password")
    parts = urlsplit(url)
    if not parts.username or parts.password:
        raise UsageError(
            "The password belongs to no user: the URL names none, or has a password of its own.",
            where=where,
            remedy="Write `url: postgresql://USER@HOST/DATABASE`.",
        )
    password = secret(block.password, path.parent, f"{where}: password").reveal()
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()
