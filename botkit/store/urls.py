"""From `store: URL` to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from botkit.model.errors import UsageError
from botkit.ports.store import Durability, Store

from .sqlite import SqliteStore

_FORMS = "Write `sqlite:///PATH` (relative to bot.yaml), `sqlite:////ABSOLUTE/PATH` or `sqlite:///:memory:`."


def open_store(url: str, base: Path, durability: Durability = Durability.PROCESS) -> Store:
    """The store that `url` names, not opened yet. Relative paths start at `base`. Raises `UsageError`."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme != "sqlite":
        named = f"`{scheme}`" if scheme else "one without a scheme"
        raise UsageError(f"there is no store {named}; what exists: sqlite.", where="store", remedy=_FORMS)
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not path:
        raise UsageError("the URL of the store names no file.", where="store", remedy=_FORMS)
    if parts.query:
        raise UsageError(
            f"the store's URL has an option that does not exist: `{parts.query}`.",
            where="store",
            remedy="Leave it out; to survive power cuts write `store: {url: ..., durability: power}`.",
        )
    return SqliteStore(":memory:" if path == ":memory:" else base / path, durability=durability)
