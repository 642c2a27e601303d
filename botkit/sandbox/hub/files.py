"""Files that go with texts: what they are called and who may have them. Their bytes are kept elsewhere.

A file is uploaded first and waits for the text it goes with; the id of that text's item is given out with
the first file. It goes with the text: whoever may read the one may have the other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .machine import Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

file_limit = 100 * 1024 * 1024
"""Bytes of one file."""
total_limit = 1024 * 1024 * 1024
"""Bytes of all files."""
item_limit = 10
"""Files of one item."""
waiting_limit = 20
"""Files of one person that wait for their text; of more the oldest go."""
waiting_life = timedelta(hours=1)
"""How long a file waits at least, while its owner has more room."""
name_limit = 200
"""Characters of a name."""


_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file."""

    id: str
    item_id: str
    """The item it goes with; there may be none yet."""
    owner_id: str
    """User id of who uploaded it."""
    name: str
    media_type: str
    """As its owner says."""
    size: int
    """Bytes."""
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """Answer to `AddFile`."""

    file: File
    file_ids: tuple[str, ...]
    """Of all files that its owner uploaded for this item, the new one last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFile:
    """A file has come in, for the text that its owner is about to post, or to change."""

    by: str
    item_id: str = ""
    """Empty = a new item's first."""
    name: str
    media_type: str
    size: int

    def apply(self, state: State) -> Outcome[Uploaded]:
        check_upload(state, self.by, self.item_id)
        if self.size > file_limit or self.size + sum(f.size for f in state.files.values()) > total_limit:
            raise Refused(Refusal.TOO_MUCH, "there is no room for a file of this size")
        _forget_stale(state, self.by)
        file = File(
            id=state.new_id(),
            item_id=self.item_id or state.new_id(),
            owner_id=self.by,
            name=safe_name(self.name),
            media_type=self.media_type,
            size=self.size,
            added_at=state.stamp(),
        )
        state.files[file.id] = file
        return Outcome(Uploaded(file=file, file_ids=_waiting_for(state, file.item_id, self.by)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFile:
    """Take back an upload that was not posted."""

    by: str
    file_id: str

    def apply(self, state: State) -> Outcome[None]:
        file = find_file(state, self.file_id, self.by)
        if not _waits(state, file):
            raise Refused(Refusal.FORBIDDEN, "this file is posted already")
        del state.files[file.id]
        return Outcome(None)


def check_upload(state: State, by: str, item_id: str) -> None:
    """Raise `Refused` when this item, empty = a new one, gets no more files from them."""
    if not item_id:
        return
    waiting = _waiting_for(state, item_id, by)
    item = state.items.get(item_id)
    if not waiting and (item is None or item.author_id != by):
        raise Refused(Refusal.NOT_FOUND, "you have no such item")
    if len(waiting) >= item_limit:
        raise Refused(Refusal.TOO_MUCH, f"a text has at most {item_limit} files")


def find_file(state: State, file_id: str, user_id: str) -> File:
    """A file as its owner, or as a reader of the text it went with; others are refused."""
    file = state.files.get(file_id)
    if file is None or (_waits(state, file) and file.owner_id != user_id):
        raise Refused(Refusal.NOT_FOUND, "there is no such file")
    if not _waits(state, file):
        state.item(file.item_id, user_id)
    return file


def item_of(state: State, file_ids: tuple[str, ...], by: str) -> str:
    """The id that a new item with these uploads gets; empty without any. Raises `Refused`."""
    check_files(state, file_ids, by)
    item_ids = {state.files[file_id].item_id for file_id in file_ids}
    if len(item_ids) > 1 or item_ids & set(state.items):
        raise Refused(Refusal.INVALID, "these files were uploaded for another text")
    return item_ids.pop() if item_ids else ""


def check_files(state: State, file_ids: tuple[str, ...], by: str, kept: tuple[str, ...] = ()) -> None:
    """Raise `Refused` unless a text of theirs may have these: own uploads that wait, or those it has."""
    if len(file_ids) > item_limit or len(set(file_ids)) < len(file_ids):
        raise Refused(Refusal.TOO_MUCH, f"a text has at most {item_limit} files, each once")
    for file_id in file_ids:
        file = state.files.get(file_id)
        if file is None or (file_id not in kept and not _is_own_waiting(state, file, by)):
            raise Refused(Refusal.NOT_FOUND, "there is no such upload of yours")


def settle_files(state: State, item_id: str, before: Iterable[str], now: tuple[str, ...]) -> None:
    """An item has these files now: they are its own, and those it had are gone."""
    for file_id in set(before) - set(now):
        del state.files[file_id]
    for file_id in now:
        state.files[file_id] = replace(state.files[file_id], item_id=item_id)


def safe_name(name: str) -> str:
    """A file's name without folders, line breaks, other controls and tricks of writing direction."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in _CONTROLS and c not in _DIRECTIONS)
    stem, _, ending = shown.strip(" .").rpartition(".")
    if stem and len(ending) <= 10:
        return f"{stem[: name_limit - len(ending) - 1]}.{ending}"
    return shown.strip(" .")[:name_limit] or "file"


def _waiting_for(state: State, item_id: str, by: str) -> tuple[str, ...]:
    own = (file for file in state.files.values() if _is_own_waiting(state, file, by))
    return tuple(file.id for file in own if file.item_id == item_id)


def _waits(state: State, file: File) -> bool:
    item = state.items.get(file.item_id)
    return item is None or file.id not in item.files


def _is_own_waiting(state: State, file: File, user_id: str) -> bool:
    return file.owner_id == user_id and _waits(state, file)


def _forget_stale(state: State, user_id: str) -> None:
    waiting = [file for file in state.files.values() if _is_own_waiting(state, file, user_id)]
    surplus = len(waiting) + 1 - waiting_limit
    for number, file in enumerate(waiting):
        if number < surplus or file.added_at + waiting_life < state.now:
            del state.files[file.id]
