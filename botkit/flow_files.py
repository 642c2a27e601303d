"""Where a bot's flows come from, and whether somebody has changed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from botkit.flow.calendars import Calendar
from botkit.settings import Settings, read_settings

Fingerprint = Mapping[Path, tuple[int, int]]
"""File -> when it was last changed (ns), and its size in bytes. A file that is not there is not in it."""

_taken_anew = ("flows", "config", "schedules")
"""Keys of bot.yaml that count without another start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFiles:
    """What a bot makes its flows of."""

    flows: Sequence[Path]
    """Flow files, and folders of them."""
    config: Mapping[str, Mapping[str, object]]
    """As `load_flows` takes it."""
    calendars: Mapping[str, Calendar] | None = None
    """Likewise."""
    beside: Sequence[Path] = ()
    """What else says what the bot does: bot.yaml, handlers."""
    later: Sequence[str] = ()
    """What has changed there and counts at the next start: keys of bot.yaml, names of files."""

    def fingerprint(self) -> Fingerprint:
        """To be compared with a later one."""
        found: dict[Path, tuple[int, int]] = {}
        inside = [sorted(path.glob("*.yaml")) if path.is_dir() else [path] for path in self.flows]
        for path in (*(file for files in inside for file in files), *self.beside):
            try:
                state = path.stat()
            except OSError:
                continue
            found[path] = state.st_mtime_ns, state.st_size
        return found


class BotYamlFlows:
    """The flow files of a bot.yaml, which is read anew each time."""

    def __init__(self, settings: Settings) -> None:
        self._first = settings
        self._handlers = self._states(settings)

    def __call__(self) -> FlowFiles:
        """As they are now. Raises `UsageError` when the file is wrong by now."""
        settings = read_settings(self._first.path, with_platform=False)
        was, now = self._first.file.model_dump(), settings.file.model_dump()
        changed = [key for key in now if key not in _taken_anew and was[key] != now[key]]
        states = self._states(self._first)
        changed += [path.name for path, state in self._handlers.items() if states.get(path) != state]
        return FlowFiles(
            flows=[settings.beside(name) for name in settings.file.flows],
            config=settings.file.config,
            calendars=settings.file.schedules.by_name(),
            beside=(settings.path, *self._handlers),
            later=changed,
        )

    def _states(self, settings: Settings) -> Fingerprint:
        handlers = [settings.beside(name) for name in settings.file.handlers]
        return FlowFiles(flows=(), config={}, beside=handlers).fingerprint()
