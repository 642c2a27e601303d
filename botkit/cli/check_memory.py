"""What `botkit check` has found in order, so that the next time only what has changed is read."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from botkit.folder_cache import FolderCache

if TYPE_CHECKING:
    from botkit.flow.flowset import FlowSet

MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Files whose flows call, dial or start each other, and no others: they are in order together."""

    files: Mapping[str, str]
    """Path -> digest of its content."""
    flows: Sequence[str]
    """Their names."""
    starts: Sequence[str]
    """What starts them: two groups with the same have to be looked at together."""


class CheckMemory:
    """Of one set of files, checked by this very botkit with these very plugins.

    What is remembered had neither errors nor warnings, and depends on nothing but its files. A folder that
    cannot be used costs time, nothing else.
    """

    def __init__(self, folder: Path, files: Sequence[Path], world: str) -> None:
        """`world` stands for all that a verdict depends on beside the files; see `loaded_code`."""
        self._cache = FolderCache(folder, ".check", max_bytes=MOST_BYTES)
        self._key = _digest("\0".join([world, *map(str, files)]).encode())
        self._now = {str(file): _content(file) for file in files}

    def unchanged(self) -> list[Group]:
        """The groups that are still as they were."""
        kept = self._cache.read(self._key)
        groups = [Group(**group) for group in json.loads(kept)] if kept else []
        return [
            group
            for group in groups
            if all(self._now.get(path) == digest for path, digest in group.files.items())
        ]

    def keep(self, unchanged: Iterable[Group], flows: FlowSet) -> None:
        """Remember both: groups of before, and flows that were loaded from this set of files."""
        groups = [*unchanged, *self._groups(flows)]
        self._cache.write(self._key, json.dumps([asdict(group) for group in groups]).encode())

    def _groups(self, flows: FlowSet) -> Iterable[Group]:
        doubtful = {finding.place.file for finding in flows.warnings}
        doubtful |= {
            flow.at.place.file for flow in flows.flows.values() if any(op.step.beside for op in flow.ops)
        }
        for files in _joined([set(version.files) for version in flows.versions.values()]):
            if files & doubtful or not files <= self._now.keys():
                continue
            names = [name for name, flow in flows.flows.items() if flow.at.place.file in files]
            yield Group(
                files={file: self._now[file] for file in sorted(files)},
                flows=names,
                starts=starts_of(flows, names),
            )


def starts_of(flows: FlowSet, names: Iterable[str]) -> list[str]:
    """What starts these flows, in words that are the same for the same."""
    wanted = set(names)
    return sorted(
        f"{start.kind} {start.options.told()}".strip() for start in flows.starts if start.flow in wanted
    )


def loaded_code() -> str:
    """A digest of the code that this process has loaded, and of where more would come from.

    Moments and sizes of the files, not their content: that would take longer than what it saves.
    """
    files = {
        file
        for module in list(sys.modules.values())
        if isinstance(file := getattr(module, "__file__", None), str)
    }
    stats = [_stat(name) for name in sorted({*files, *sys.path})]
    return _digest(json.dumps([sys.version, *stats]).encode())


def default_folder() -> Path:
    """Where a person's programs keep what can be made anew."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "botkit"


def _stat(name: str) -> Sequence[object]:
    try:
        found = os.stat(name)
    except OSError:
        return (name,)
    return name, found.st_mtime_ns, found.st_size


def _content(file: Path) -> str:
    try:
        return _digest(file.read_bytes())
    except OSError:
        return ""  # no digest: it is read, and told about, every time


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _joined(sets: Iterable[set[str]]) -> list[set[str]]:
    """Sets that have something in common made one."""
    joined: list[set[str]] = []
    for each in sets:
        apart = [other for other in joined if not other & each]
        joined = [*apart, each.union(*(other for other in joined if other & each))]
    return joined
