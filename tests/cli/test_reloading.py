"""Flows taken into a bot that runs."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from botkit import Bot
from botkit.app import hooks_of
from botkit.cli.reloading import LOOK_EVERY, Reloading
from botkit.flow_files import BotYamlFlows, FlowFiles
from botkit.settings import read_settings
from botkit.store import SqliteStore
from botkit.testing import FakeAudioPort, FakeConnector, FakeSynthesizer, ScriptedPerson, VirtualClock
from tests.cli.commands import Command, command

LUNCH = """
flow: lunch
start: [mention]
config: {word: {default: gets}}
slots: {dish: {ask: "What would you like?"}}
steps:
  - collect: [dish]
    as: questions
  - say: "You {{ config.word }} {{ dish }}."
"""
BOT = """
bot: kitchen
platform: {connector: circuit}
flows: [flows/]
handlers: [handlers.py]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "lunch.yaml").write_text(LUNCH)
    (tmp_path / "bot.yaml").write_text(BOT)
    (tmp_path / "handlers.py").write_text("")
    return tmp_path


@pytest.fixture
async def bot(
    folder: Path,
    clock: VirtualClock,
    connector: FakeConnector,
    audio: FakeAudioPort,
    voice: FakeSynthesizer,
) -> AsyncIterator[Bot]:
    settings = read_settings(folder / "bot.yaml", with_platform=False)
    bot = Bot(
        connector=connector,
        flows=BotYamlFlows(settings),
        hooks=hooks_of(settings),
        store=SqliteStore(":memory:"),
        clock=clock,
        audio=audio,
        voice=voice,
        recognizer=None,
    )
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was said since one asked last."""
    caplog.set_level(logging.INFO, "botkit.cli.reloading")

    def lines() -> list[str]:
        found = [record.message for record in caplog.records if record.name == "botkit.cli.reloading"]
        caplog.clear()
        return found

    return lines


@pytest.fixture
def reloading(bot: Bot, clock: VirtualClock) -> Reloading:
    return Reloading(bot, clock)


async def says(person: ScriptedPerson, *texts: str) -> str:
    """The last answer."""
    answer = ""
    for text in texts:
        await person.post(text)
        answer = (await person.next_message()).text
    return answer


Told = Callable[[], list[str]]


async def test_what_changed_is_taken_and_said(
    folder: Path, reloading: Reloading, person: ScriptedPerson, told: Told
) -> None:
    assert await says(person, "lunch") == "What would you like?"
    (folder / "flows" / "lunch.yaml").write_text(LUNCH.replace("You ", "You surely "))
    (folder / "flows" / "new.yaml").write_text("flow: dinner\nsteps:\n  - end\n")
    await reloading.take()
    assert told() == ["dinner: new", "lunch: changed; 1 session goes on with the version it began with"]
    assert await says(person, "Soup") == "You gets Soup."
    assert await says(person, "lunch", "Soup") == "You surely gets Soup."
    (folder / "flows" / "new.yaml").unlink()
    await reloading.take()
    assert told() == ["dinner: gone"]


@pytest.mark.parametrize(
    ("policy", "fate"),
    [
        ("migrate", "2 sessions go on with the new version at their next input"),
        ("restart", "2 sessions begin anew at their next answer; calls go on as they were"),
    ],
)
async def test_what_becomes_of_those_in_it(
    folder: Path, reloading: Reloading, person: ScriptedPerson, told: Told, policy: str, fate: str
) -> None:
    await says(person, "lunch")
    await says(ScriptedPerson(person.platform, "Bob"), "lunch")
    (folder / "flows" / "lunch.yaml").write_text(f"{LUNCH}on_change: {policy}\n")
    await reloading.take()
    assert told() == [f"lunch: changed; {fate}"]


async def test_config_is_taken_and_the_rest_of_the_bot_is_not(
    folder: Path, reloading: Reloading, person: ScriptedPerson, told: Told
) -> None:
    (folder / "bot.yaml").write_text(
        f"{BOT}config: {{lunch: {{word: receive}}}}\nspeech: {{language: de-DE}}\n"
    )
    (folder / "handlers.py").write_text("# changed\n")
    await reloading.take()
    assert told() == [
        "lunch: changed",
        "speech, handlers.py: changed, which counts at the next start of the bot",
    ]
    assert await says(person, "lunch", "Soup") == "You receive Soup."


@pytest.mark.parametrize(
    ("file", "text", "finding"),
    [
        ("flows/lunch.yaml", "flow: lunch\nsteps:\n  - sayy: x\n", "There is no verb `sayy`"),
        ("flows/lunch.yaml", "flow: lunch\nsteps:\n  - run: nobody\n    into: x\n", "no handler `nobody`"),
        ("bot.yaml", "bot: [", "bot.yaml:"),
        ("bot.yaml", f"{BOT}config: {{lunch: {{wort: x}}}}\n", "The flow `lunch` has no config `wort`"),
    ],
)
async def test_what_is_broken_is_told_and_the_bot_goes_on(
    folder: Path, reloading: Reloading, person: ScriptedPerson, told: Told, file: str, text: str, finding: str
) -> None:
    before = (folder / file).read_text()
    await says(person, "lunch")
    (folder / file).write_text(text)
    await reloading.take()
    (line,) = told()
    assert line.startswith("the flows are broken, and the bot goes on with those it has:\n")
    assert finding in line
    assert await says(person, "Soup", "lunch") == "What would you like?"
    (folder / file).write_text(before)
    await reloading.take()
    assert told() == ["the flows are as they were"]


@asynccontextmanager
async def at_work(reloading: Reloading) -> AsyncIterator[None]:
    work = [asyncio.create_task(reloading.run()), asyncio.create_task(reloading.watch())]
    yield
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)


async def test_the_files_are_watched(
    folder: Path, reloading: Reloading, clock: VirtualClock, told: Told
) -> None:
    async def next_lines() -> list[str]:
        async with asyncio.timeout(30):
            while not (lines := told()):
                await clock.advance(LOOK_EVERY)
        return lines

    async with at_work(reloading):
        await clock.advance(60)
        assert told() == []
        (folder / "flows" / "lunch.yaml").write_text(LUNCH.replace("You ", "You surely "))
        assert await next_lines() == ["lunch: changed"]
        (folder / "flows" / "lunch.yaml").write_text("flow: [")
        assert "broken" in (await next_lines())[0]
        (folder / "flows" / "lunch.yaml").write_text(LUNCH)
        assert await next_lines() == ["lunch: changed"]
        (folder / "flows" / "b.yaml").write_text("flow: b\nsteps: [end]\n")
        assert await next_lines() == ["b: new"]


async def test_a_fault_in_reading_ends_nothing(
    folder: Path,
    clock: VirtualClock,
    connector: FakeConnector,
    audio: FakeAudioPort,
    voice: FakeSynthesizer,
    person: ScriptedPerson,
    told: Told,
) -> None:
    given = [FlowFiles(flows=[folder / "flows"], config={})]
    bot = Bot(
        connector=connector,
        flows=given.pop,
        store=SqliteStore(":memory:"),
        clock=clock,
        audio=audio,
        voice=voice,
    )
    await bot.start()
    await Reloading(bot, clock).take()
    assert told() == ["the flows cannot be read, and the bot goes on with those it has"]
    assert await says(person, "lunch") == "What would you like?"
    await bot.stop()


async def test_opening_hours_are_taken_too(folder: Path, bot: Bot, person: ScriptedPerson) -> None:
    """Whether the flow has changed or not."""
    told = "{{ 'open' if calendars.bar.open else 'closed' }}"
    door = f'flow: lunch\nstart: [mention]\nsteps:\n  - say: "{told}"\n'
    hours = "schedules:\n  calendars:\n    bar: {open: {mon-sun: %s}}\n"
    (folder / "flows" / "lunch.yaml").write_text(door)
    (folder / "bot.yaml").write_text(BOT + hours % '"00:00-24:00"')
    await bot.reload()
    assert await says(person, "lunch") == "open"
    (folder / "bot.yaml").write_text(BOT + hours % '"00:00-00:01"')
    await bot.reload()
    assert await says(person, "lunch") == "closed"


async def test_a_bot_that_does_not_run_reloads_nothing(bot: Bot) -> None:
    await bot.stop()
    with pytest.raises(RuntimeError, match="start it first"):
        await bot.reload()
    await bot.start()


async def logged(running: Command, words: str) -> None:
    """Return when it says so on its standard error."""
    assert running.process.stderr is not None
    async with asyncio.timeout(30):
        while words not in (line := (await running.process.stderr.readline()).decode()):
            assert line, "it has ended"


async def test_a_process_takes_new_flows_at_sighup(bot_folder: Path) -> None:
    """The command itself, on the sandbox."""
    flow = bot_folder / "flows" / "desk.yaml"
    async with command("run", "bot.yaml", cwd=bot_folder) as running:
        await running.until("ready")
        flow.write_text(flow.read_text().replace("Welcome.", "Welcome back."))
        running.process.send_signal(signal.SIGHUP)
        await logged(running, "desk: changed")
        flow.write_text("flow: [")
        running.process.send_signal(signal.SIGHUP)
        await logged(running, "yaml-syntax")
        assert (await running.end(signal.SIGTERM)).code == 0
