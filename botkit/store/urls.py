"""From `store: URL` to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from botkit.model.errors import UsageError
from botkit.ports.store import Store

from .sqlite import SqliteStore, Synchronous

_FORMS = "Write `sqlite:///PATH` (relative to bot.yaml), `sqlite:////ABSOLUTE/PATH` or `sqlite:///:memory:`."


def open_store(url: str, base: Path) -> Store:
    """The store that `url` names, not opened yet. Relative paths start at `base`.

    `sqlite:///state/bot.db?synchronous=full` also survives a power cut, at an fsync per batch of turns;
    see `Synchronous`. Raises `UsageError`.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme != "sqlite":
        named = f"`{scheme}`" if scheme else "one without a scheme"
        raise UsageError(f"there is no store {named}; what exists: sqlite.", where="store", remedy=_FORMS)
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or not path:
        raise UsageError("the URL of the store names no file.", where="store", remedy=_FORMS)
    return SqliteStore(
        ":memory:" if path == ":memory:" else base / path, synchronous=_synchronous(parts.query)
    )


def _synchronous(query: str) -> Synchronous:
    options = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    level = options.pop("synchronous", Synchronous.NORMAL)
    if options or level not in list(Synchronous):
        raise UsageError(
            f"the store's URL has an option that does not exist: `{query}`.",
            where="store",
            remedy="The one option is `synchronous=normal`, `full` or, for tests, `off`.",
        )
    return Synchronous(level)
