"""From `store: URL` to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from botkit.model.errors import UsageError
from botkit.ports.store import Durability, Store

from .sqlite import SqliteStore

_FORMS = (
    "Write `sqlite:///PATH` (relative to bot.yaml), `sqlite:////ABSOLUTE/PATH`,"
    " `sqlite:///:memory:` or `postgresql://USER@HOST/DATABASE`."
)


def open_store(url: str, base: Path, durability: Durability = Durability.PROCESS) -> Store:
    """The store that `url` names, not opened yet. Relative paths start at `base`. Raises `UsageError`."""
    check_url(url)
    parts = urlsplit(url)
    if parts.scheme.lower() != "sqlite":
        return _postgres(url, durability)
    path = unquote(parts.path.removeprefix("/"))
    return SqliteStore(":memory:" if path == ":memory:" else base / path, durability=durability)


def check_url(url: str) -> None:
    """Raises `UsageError` for one that names no store, whether or not it is there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UsageError("that is no URL.", where="store", remedy=_FORMS) from None
    scheme = parts.scheme.lower()
    if scheme not in ("sqlite", "postgresql", "postgres"):
        what = f"there is no store `{scheme}`" if scheme else "that is no URL of a store: it has no scheme"
        raise UsageError(f"{what}; what exists: sqlite, postgresql.", where="store", remedy=_FORMS)
    if scheme != "sqlite":
        if "password" in parse_qs(parts.query):
            raise UsageError(
                "the password is among the options of the store's URL.",
                where="store",
                remedy="Say it in bot.yaml: `store: {url: ..., password: ${VARIABLE}}`.",
            )
        return
    if parts.netloc or not unquote(parts.path.removeprefix("/")):
        raise UsageError("the URL of the store names no file.", where="store", remedy=_FORMS)
    if parts.query:
        raise UsageError(
            f"the store's URL has an option that does not exist: `{parts.query}`.",
            where="store",
            remedy="Leave it out; to survive power cuts write `store: {url: ..., durability: power}`.",
        )


def _postgres(url: str, durability: Durability) -> Store:
    try:
        from .postgres import PostgresStore
    except ModuleNotFoundError as error:
        if error.name != "asyncpg":
            raise
        raise UsageError(
            "a store on PostgreSQL needs `asyncpg`, which is not installed.",
            where="store",
            remedy="Install it: pip install 'botkit[postgres]'",
        ) from None
    return PostgresStore(url, durability=durability)
