"""Registration, order, isolation and validation of plugins."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from botkit.hooks import Hooks, facade, hook, step_handler
from botkit.model.errors import UsageError


@dataclass
class Door:
    """The part of a context that dispatching reads."""

    said: list[str] = field(default_factory=list)
    stopped: bool = False

    async def say(self, text: str) -> None:
        self.said.append(text)

    def stop(self) -> None:
        self.stopped = True


def plugin(**functions: object) -> SimpleNamespace:
    return SimpleNamespace(**functions)


async def test_sync_and_async_handlers_are_called_last_registered_first() -> None:
    called: list[str] = []

    @hook
    def item_added(message: str) -> None:
        called.append(f"sync {message}")

    async def in_async(message: str, ctx: Door) -> None:
        await ctx.say(message)
        called.append(f"async {message}")

    in_async.__name__ = "item_added"
    hooks = Hooks()
    hooks.register(plugin(item_added=item_added), "first")
    hooks.register(plugin(item_added=hook(in_async)), "second")
    door = Door()
    await hooks.dispatch("item_added", door, message="hi")  # type: ignore[arg-type]
    assert called == ["async hi", "sync hi"]
    assert door.said == ["hi"]


async def test_a_handler_that_stops_the_event_is_the_last_one() -> None:
    called: list[str] = []

    @hook
    def mention(message: str) -> None:
        called.append("never")

    def stopping(ctx: Door) -> None:
        ctx.stop()

    hooks = Hooks()
    hooks.register(plugin(mention=mention), "first")
    hooks.register(plugin(mention=hook(stopping)), "second")
    await hooks.dispatch("mention", Door(), message="hi")  # type: ignore[arg-type]
    assert called == []


async def test_an_argument_with_a_default_of_its_own_is_left_to_it() -> None:
    called: list[str] = []

    def item_added(message: str, greeting: str = "dear") -> None:
        called.append(f"{greeting} {message}")

    hooks = Hooks()
    hooks.register(plugin(item_added=hook(item_added)), "careful")
    await hooks.dispatch("item_added", Door(), message="hi")  # type: ignore[arg-type]
    assert called == ["dear hi"]


async def test_one_plugins_fault_is_named_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []

    @hook
    def item_added(message: str) -> None:
        called.append(message)

    def broken(message: str) -> None:
        raise ZeroDivisionError("oh")

    hooks = Hooks()
    hooks.register(plugin(item_added=item_added), "good")
    hooks.register(plugin(item_added=hook(broken)), "bad")
    with caplog.at_level(logging.ERROR):
        await hooks.dispatch("item_added", Door(), message="hi")  # type: ignore[arg-type]
    assert called == ["hi"]
    assert "plugin bad failed in item_added" in caplog.text


async def test_a_handler_that_hangs_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(facade, "HANDLER_SECONDS", 0.01)

    async def hanging() -> None:
        await asyncio.Event().wait()

    hooks = Hooks()
    hooks.register(plugin(bot_started=hook(hanging)), "slow")
    await hooks.dispatch("bot_started")
    assert "plugin slow took more than 0.01 s in bot_started" in caplog.text


def test_a_misspelt_hook_is_refused_with_the_names_there_are() -> None:
    @hook
    def item_aded(message: str) -> None: ...

    with pytest.raises(UsageError) as refused:
        Hooks().register(plugin(item_aded=item_aded), "typo")
    assert "item_aded" in refused.value.what
    assert "item_added" in refused.value.remedy


def test_an_argument_that_the_hook_does_not_have_is_refused() -> None:
    @hook
    def item_added(massage: str) -> None: ...

    with pytest.raises(UsageError, match="massage"):
        Hooks().register(plugin(item_added=item_added), "typo")


def test_so_is_a_hook_that_no_handlers_file_can_have(tmp_path: Path) -> None:
    path = tmp_path / "handlers.py"
    path.write_text("from botkit import hook\n@hook\ndef item_addet(): ...\n")
    with pytest.raises(UsageError, match="item_addet"):
        Hooks().load_file(path)


def test_a_handlers_file_brings_hooks_and_step_handlers(tmp_path: Path) -> None:
    path = tmp_path / "handlers.py"
    path.write_text(
        "from botkit import step_handler\n@step_handler\ndef find_agent(topic):\n    return topic\n"
    )
    hooks = Hooks()
    hooks.load_file(path)
    assert hooks.step_handlers["find_agent"]("x") == "x"


@pytest.mark.parametrize(
    ("source", "line"), [("import nothing_of_that_name\n", 1), ("x = 1\ny = (\n", 2), ("x = 1\n1 / 0\n", 2)]
)
def test_a_handlers_file_that_cannot_be_imported_is_told_with_its_line(
    tmp_path: Path, source: str, line: int
) -> None:
    path = tmp_path / "handlers.py"
    path.write_text(source)
    with pytest.raises(UsageError) as refused:
        Hooks().load_file(path)
    assert refused.value.where == f"{path}:{line}"


def test_a_missing_handlers_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        Hooks().load_file(tmp_path / "absent.py")


def test_registrations_are_collected_and_a_faulty_one_left_out(caplog: pytest.LogCaptureFixture) -> None:
    factory = SimpleNamespace(name="paper")

    def register_connectors() -> list[object]:
        return [factory]

    def failing() -> list[object]:
        raise RuntimeError("no")

    hooks = Hooks()
    hooks.register(plugin(register_connectors=hook(register_connectors)), "good")
    hooks.register(plugin(register_connectors=hook(failing)), "bad")
    assert hooks.connectors() == {"paper": factory}
    assert "plugin bad failed in register_connectors" in caplog.text


def test_step_handler_only_marks() -> None:
    @step_handler
    def double(n: int) -> int:
        return 2 * n

    assert double(2) == 4


class Entry:
    """An installed entry point."""

    def __init__(self, name: str, plugin: object) -> None:
        self.name = name
        self.dist = SimpleNamespace(name=f"dist-of-{name}")
        self._plugin = plugin

    def load(self) -> object:
        if isinstance(self._plugin, Exception):
            raise self._plugin
        return self._plugin


def installed(monkeypatch: pytest.MonkeyPatch, *entries: Entry) -> None:
    monkeypatch.setattr(facade.importlib.metadata, "entry_points", lambda group: list(entries))  # type: ignore[attr-defined]


async def test_an_installed_plugin_registers_but_hears_nothing_until_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[str] = []

    def register_connectors() -> list[object]:
        return [SimpleNamespace(name="paper")]

    def item_added(message: str) -> None:
        heard.append(message)

    talkative = plugin(register_connectors=hook(register_connectors), item_added=hook(item_added))
    installed(monkeypatch, Entry("talkative", talkative))
    silent = Hooks()
    silent.load_entry_points()
    await silent.dispatch("item_added", Door(), message="one")  # type: ignore[arg-type]
    assert list(silent.connectors()) == ["paper"]
    active = Hooks()
    active.load_entry_points(active=["talkative"])
    await active.dispatch("item_added", Door(), message="two")  # type: ignore[arg-type]
    assert heard == ["two"]


def test_a_plugin_that_cannot_be_imported_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    installed(monkeypatch, Entry("stale", ImportError("gone")))
    Hooks().load_entry_points()
    assert "plugin stale of the package dist-of-stale" in caplog.text
    with pytest.raises(UsageError, match="stale"):
        Hooks().load_entry_points(active=["stale"])


def test_naming_a_plugin_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, Entry("hello", plugin()))
    with pytest.raises(UsageError, match="Installed are: hello"):
        Hooks().load_entry_points(active=["helo"])


async def test_a_handlers_own_timeout_is_its_fault_and_not_its_slowness(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @hook
    async def bot_started() -> None:
        raise TimeoutError("the printer")

    hooks = Hooks()
    hooks.register(SimpleNamespace(bot_started=bot_started), "printing")
    await hooks.dispatch("bot_started")
    assert "the printer" in caplog.text
    assert "took more" not in caplog.text


def test_what_two_plugins_add_to_the_language_is_joined() -> None:
    @hook
    def register_filters() -> dict[str, object]:
        return {"loud": str.upper}

    @hook
    def register_sayings() -> dict[str, object]:
        return {"slowly": lambda style, value: value}

    @hook
    def register_checks() -> list[object]:
        return [len]

    @hook
    def register_slot_types() -> list[object]:
        return [int]

    hooks = Hooks()
    hooks.register(plugin(register_filters=register_filters, register_slot_types=register_slot_types), "one")
    hooks.register(plugin(register_sayings=register_sayings, register_checks=register_checks), "two")
    added = hooks.extensions()
    assert added.slot_types == [int]
    assert (list(added.filters), list(added.sayings), added.checks) == (["loud"], ["slowly"], [len])


def test_two_plugins_that_add_one_name_are_refused() -> None:
    @hook
    def register_filters() -> dict[str, object]:
        return {"loud": str.upper}

    hooks = Hooks()
    hooks.register(plugin(register_filters=register_filters), "one")
    hooks.register(plugin(register_filters=register_filters, another=True), "two")
    with pytest.raises(UsageError, match="Two plugins add `loud`"):
        hooks.extensions()
