"""The one registry: a typed, async, fault-isolating face over pluggy.

pluggy keeps registration, order and validation. Calling is done here, because pluggy neither awaits
nor lets the next plugin run after one has raised.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import inspect
import logging
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import pluggy

from botkit.flow.extensions import Extensions
from botkit.model.errors import UsageError

from . import spec
from .context import Context
from .marks import PROJECT, STEP_HANDLER

if TYPE_CHECKING:
    from botkit.flow.extensions import Check
    from botkit.flow.filters import Filter
    from botkit.flow.saying import Saying
    from botkit.flow.slot_types import SlotType
    from botkit.flow.steps.base import Step
    from botkit.ports.connector import ConnectorFactory
    from botkit.ports.speech import RecognizerSpec, VoiceSpec
    from botkit.ports.telemetry import Telemetry

log = logging.getLogger(__name__)

HANDLER_SECONDS = 10.0
"""How long one handler of an event may take."""


class _Manager(pluggy.PluginManager):
    """Finds hooks in modules, which most plugins are, by their marks alone: to look at every name in all the
    ways there are takes ten times as long."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        if name.startswith("__"):
            return None
        if isinstance(plugin, ModuleType) and not hasattr(vars(plugin).get(name), f"{PROJECT}_impl"):
            return None
        return super().parse_hookimpl_opts(plugin, name)


class Hooks:
    """All plugins of one bot."""

    def __init__(self) -> None:
        self._manager = _Manager(PROJECT)
        self._manager.add_hookspecs(spec)
        self.step_handlers: dict[str, Callable[..., object]] = {}
        """Name -> function, for `run:`."""
        self._silent: set[str] = set()
        self._installed: set[str] = set()
        """Names of plugins that came by entry point."""
        self._muted: set[str] = set()
        self._heard: dict[str, bool] = {}
        """Hook -> whether somebody is called at it, as far as that was asked since it last changed."""
        self._told: Callable[[str, str], object] | None = None

    def register(self, plugin: object, name: str) -> None:
        """Add a plugin under a name that its faults are reported by.

        An installed plugin that only registered so far hears events from now on. Raises `UsageError` when
        it implements a hook that does not exist.
        """
        self._heard.clear()
        known = self._manager.get_name(plugin)
        if known is not None:
            self._silent.discard(known)
            return
        try:
            self._manager.register(plugin, name=name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            raise UsageError(
                f"The plugin {name} does not fit: {error}.",
                remedy=f"The hooks are: {', '.join(hook_names())}.",
            ) from error
        for key, value in vars(plugin).items():
            if getattr(value, STEP_HANDLER, False):
                self.step_handlers[key] = value

    @classmethod
    def installed(cls) -> Hooks:
        """With all plugins that are installed here."""
        hooks = cls()
        hooks.load_entry_points()
        return hooks

    def load_entry_points(self, active: Collection[str] = (), where: str = "bot.yaml") -> None:
        """Add every installed plugin.

        What a plugin registers (voices, connectors, verbs) is available once it is installed; it is told
        of events only when it is named in `active`, so installing a package does not let it read anything.
        A plugin that cannot be imported is reported and left out, unless it is named: then `UsageError`.
        """
        entries = sorted(importlib.metadata.entry_points(group=PROJECT), key=lambda entry: entry.name)
        for absent in sorted(set(active) - {entry.name for entry in entries}):
            raise UsageError(
                f"There is no plugin {absent!r}.",
                where=where,
                remedy=f"Installed are: {', '.join(entry.name for entry in entries)}.",
            )
        for entry in entries:
            try:
                plugin = entry.load()
            except Exception as error:
                package = entry.dist.name if entry.dist else "?"
                fault = f"The plugin {entry.name} of the package {package} cannot be imported: {error!r}."
                if entry.name in active:
                    raise UsageError(fault, where=where, remedy="Mend or uninstall it.") from error
                log.exception("%s It is left out.", fault)
                continue
            self.register(plugin, entry.name)
            self._installed.add(entry.name)
            if entry.name not in active:
                self._silent.add(entry.name)
                self._heard.clear()

    def load_file(self, path: Path) -> None:
        """Add a `handlers.py`. Raises `UsageError` with the place when it cannot be imported."""
        self.register(_import_file(path), path.name)

    def without_files(self) -> Hooks:
        """The installed plugins in a registry of their own, without handlers files and what was registered
        beside them."""
        other = Hooks()
        for name, plugin in self._manager.list_name_plugin():
            if name in self._installed:
                other.register(plugin, name)
        other._installed = set(self._installed)
        other._silent = set(self._silent)
        return other

    def on_fault(self, told: Callable[[str, str], object]) -> None:
        """Tell of each fault: plugin, hook."""
        self._told = told

    def mute(self, *hook_names: str) -> None:
        """Call nobody at these hooks any more."""
        self._muted.update(hook_names)
        self._heard.clear()

    def connectors(self) -> Mapping[str, ConnectorFactory]:
        """Name -> factory."""
        factories = cast("list[ConnectorFactory]", self._registered("register_connectors"))
        return {factory.name: factory for factory in factories}

    def voices(self) -> Mapping[str, VoiceSpec]:
        """Name -> voice, best first."""
        voices = cast("list[VoiceSpec]", self._registered("register_voices"))
        return {voice.name: voice for voice in sorted(voices, key=lambda voice: voice.rank)}

    def recognizers(self) -> Mapping[str, RecognizerSpec]:
        """Name -> recogniser, best first."""
        found = cast("list[RecognizerSpec]", self._registered("register_recognizers"))
        return {each.name: each for each in sorted(found, key=lambda each: each.rank)}

    def extensions(self) -> Extensions:
        """What plugins add to the flow language."""
        return Extensions(
            verbs=cast("list[type[Step]]", self._registered("register_steps")),
            slot_types=cast("list[type[SlotType]]", self._registered("register_slot_types")),
            filters=cast("dict[str, Filter]", self._named("register_filters")),
            sayings=cast("dict[str, Saying]", self._named("register_sayings")),
            checks=cast("list[Check]", self._registered("register_checks")),
        )

    def telemetry(self) -> list[Telemetry]:
        """Where plugins want to be told how the bot's work goes. Raises `UsageError` for one that lacks
        something."""
        found: list[Telemetry] = []
        for implementation in self._implementations("register_telemetry"):
            if implementation.plugin_name not in self._silent:
                found.extend(cast("Iterable[Telemetry]", implementation.function()))
        return found

    def _named(self, hook_name: str) -> dict[str, object]:
        """Name -> what is registered under it. Raises `UsageError` when two plugins take one name."""
        found: dict[str, object] = {}
        for name, value in cast("list[tuple[str, object]]", self._registered(hook_name)):
            if name in found:
                raise UsageError(
                    f"Two plugins add `{name}` ({hook_name}).", remedy="Remove one of them, or rename it."
                )
            found[name] = value
        return found

    def _registered(self, hook_name: str) -> list[object]:
        found: list[object] = []
        for implementation in self._implementations(hook_name):
            try:
                offered = implementation.function()
                items = offered.items() if isinstance(offered, Mapping) else offered
                found.extend(cast("Iterable[object]", items))
            except Exception:
                plugin_name = implementation.plugin_name
                log.exception("plugin %s failed in %s; what it offers is left out", plugin_name, hook_name)
        return found

    def heard_by_anybody(self, hook_name: str) -> bool:
        """Whether `dispatch` calls somebody."""
        heard = self._heard.get(hook_name)
        if heard is None:
            heard = self._heard[hook_name] = hook_name not in self._muted and any(
                each.plugin_name not in self._silent for each in self._implementations(hook_name)
            )
        return heard

    async def dispatch(self, hook_name: str, ctx: Context | None = None, **arguments: object) -> None:
        """Offer an event to every plugin until one says `ctx.stop()`. Never raises for a plugin's fault."""
        if not self.heard_by_anybody(hook_name):
            return
        if ctx is not None:
            arguments["ctx"] = ctx
        for implementation in self._implementations(hook_name):
            plugin_name = implementation.plugin_name
            if plugin_name in self._silent:
                continue
            wanted = {name: arguments[name] for name in implementation.argnames}
            limit = asyncio.timeout(HANDLER_SECONDS)
            try:
                async with limit:
                    answer = implementation.function(**wanted)
                    if inspect.isawaitable(answer):
                        await answer
            except Exception:
                if limit.expired():
                    log.error("plugin %s took more than %g s in %s", plugin_name, HANDLER_SECONDS, hook_name)
                else:
                    log.exception("plugin %s failed in %s", plugin_name, hook_name)
                if self._told is not None:
                    self._told(plugin_name, hook_name)
            if ctx is not None and ctx.stopped:
                return

    def _implementations(self, hook_name: str) -> Iterable[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook_name)
        return reversed(caller.get_hookimpls())


def hook_names() -> list[str]:
    """Every hook of the specification."""
    return sorted(name for name, value in vars(spec).items() if hasattr(value, f"{PROJECT}_spec"))


def _import_file(path: Path) -> ModuleType:
    name = f"botkit_handlers_{path.stem}_{abs(hash(path.resolve()))}"
    module_spec = importlib.util.spec_from_file_location(name, path)
    if module_spec is None or module_spec.loader is None or not path.is_file():
        raise UsageError("There is no such file.", where=str(path), remedy="Mend `handlers:` in bot.yaml.")
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[name] = module
    try:
        module_spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise UsageError(
            f"It cannot be imported: {type(error).__name__}: {error}.",
            where=f"{path}:{_line_of(error, path)}",
            remedy="Mend the file; nothing was started.",
        ) from error
    return module


def _line_of(error: Exception, path: Path) -> int:
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    line = 1
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
