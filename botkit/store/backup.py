"""A copy of a bot's SQLite file, also while the bot works; for commands."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from botkit.model.errors import UsageError
from botkit.ports.store import StoreError

from .sqlite import SqliteStore
from .sqlite_outside import existing
from .urls import open_store


def back_up(url: str, base: Path, copy: Path) -> None:
    """Write all that is committed by now into the new file `copy`, in one piece, with the rights of the
    database. Nothing is there when it fails. Raises `UsageError`, `StoreError`."""
    store = open_store(url, base)
    if not isinstance(store, SqliteStore):
        raise UsageError(
            "Only a SQLite database is a file that can be copied.",
            remedy="Back PostgreSQL up with its own: pg_dump --format=custom DATABASE > FILE",
        )
    path = existing(store.path)
    if copy.exists():
        raise UsageError("There is such a file already.", where=str(copy), remedy="Name a new one.")
    part = copy.with_name(copy.name + ".part")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as db:
            # It reads one state, however long it takes; a bot that writes meanwhile does not wait for it.
            db.execute("VACUUM INTO ?", (str(part),))
        shutil.copymode(path, part)
        with part.open("rb") as whole:
            os.fsync(whole.fileno())
        part.replace(copy)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"the back-up cannot be written: {error}.",
            where=str(copy),
            remedy="Check its folder and the room on the disk, and say this as the user who runs the bot.",
        ) from error
