"""What scripts are held against: a bot.yaml with its flows, handlers and settings, read once for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from botkit.app import hooks_of
from botkit.engines import NO_EARS
from botkit.flow.calendars import Calendar
from botkit.flow.flowset import FlowSet
from botkit.flow.loader import load_flows
from botkit.hooks import Hooks
from botkit.settings import BotFile, Settings, read_settings

Config = Mapping[str, Mapping[str, object]]
"""Flow -> name -> value, as in bot.yaml."""


class Subject:
    """One bot. Its flows are loaded once for each set of config values that scripts ask for."""

    def __init__(
        self,
        settings: Settings,
        *,
        flows: Sequence[Path] | None = None,
        change: Callable[[FlowSet], FlowSet] | None = None,
    ) -> None:
        """`flows` stand in for those of bot.yaml. `change` is done to all flows that were loaded: it is where
        a branch is bent to see which script notices. Raises `UsageError`."""
        self.settings = settings
        self._paths = [shortest(path) for path in flows or map(settings.beside, settings.file.flows)]
        self._change = change
        self._hooks = hooks_of(settings)
        self._loaded: dict[str, FlowSet] = {}

    @classmethod
    def read(cls, bot_file: Path, *, flows: Sequence[Path] | None = None) -> Subject:
        """The bot of a bot.yaml, `flows` in place of those it names. Raises `UsageError` for what is wrong
        with it."""
        return cls(read_settings(bot_file, with_platform=False), flows=flows)

    @classmethod
    def alone(cls, flows: Sequence[Path]) -> Subject:
        """Flows without a bot.yaml."""
        return cls(Settings(BotFile(bot="bot", platform={}), Path("bot.yaml"), {}), flows=flows)

    @property
    def hears(self) -> bool:
        """Callers may speak to it."""
        return self.settings.file.speech.recognizer != NO_EARS

    @property
    def language(self) -> str:
        """BCP 47."""
        return self.settings.file.speech.language

    def changed(self, change: Callable[[FlowSet], FlowSet]) -> Subject:
        """The same bot with flows that were changed after they were loaded."""
        other = Subject(self.settings, flows=self._paths, change=change)
        other._loaded = {key: change(flows) for key, flows in self._loaded.items()}
        return other

    def flows(self, config: Config | None = None) -> FlowSet:
        """Its flows, with `config` over that of bot.yaml. Raises `DocumentError` with every finding."""
        merged = dict(self.settings.file.config)
        for name, values in (config or {}).items():
            merged[name] = {**merged.get(name, {}), **values}
        key = json.dumps(config or {}, sort_keys=True)
        if key not in self._loaded:
            flows = load_flows(
                self._paths,
                config=merged,
                extensions=self._hooks.extensions(),
                handlers=self._hooks.step_handlers.keys(),
                secrets=self.settings.file.secrets.keys(),
                calendars=self._calendars(),
                receivers=self.settings.file.receivers.keys(),
                webhooks=self.settings.file.webhooks.keys() if self.settings.file.platform else None,
                language=self.language,
                hears=lambda _: self.hears,
            )
            self._loaded[key] = flows if self._change is None else self._change(flows)
        return self._loaded[key]

    def _calendars(self) -> Mapping[str, Calendar] | None:
        """None = flows without a bot.yaml: whatever they name is always open."""
        return self.settings.file.schedules.by_name() if self.settings.file.platform else None

    def hooks(self) -> Hooks:
        """Its plugins and handlers in a registry of their own, the handlers files imported anew: what one
        conversation leaves behind in them, the next one does not see."""
        hooks = self._hooks.without_files()
        for name in self.settings.file.handlers:
            hooks.load_file(self.settings.beside(name))
        return hooks


def shortest(path: Path) -> Path:
    """`path` as people here would write it: from the working directory, if it is in there."""
    whole, here = path.resolve(), Path.cwd()
    return whole.relative_to(here) if whole.is_relative_to(here) else whole
