"""The plugin is light, and a guest: it must not disturb projects that do not use it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

import botkit.testing
from botkit.testing import FakeAudioPort, FakeConnector, FakeSynthesizer, ScriptedPerson, VirtualClock
from tests.testing.scripts.desk import write_bot, write_scripts

FORBIDDEN = ("asyncio", "aiohttp", "aiortc", "av", "jinja2", "numpy", "pydantic", "sqlite3", "botkit.ports")


async def python(*arguments: str, directory: Path) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        told, _ = await child.communicate()
    assert child.returncode is not None
    return child.returncode, told.decode()


async def test_loading_it_imports_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys, pytest\nbefore = set(sys.modules)\nimport botkit.testing.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    code, told = await python("-c", program, directory=tmp_path)
    assert code == 0
    loaded = set(told.split())
    assert "botkit.testing.pytest_plugin" in loaded
    assert not loaded & set(FORBIDDEN)


async def test_a_project_of_others_runs_as_before(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef clock():\n    return 'their own clock'\n"
    )
    (tmp_path / "test_theirs.py").write_text(
        "def test_clock(clock):\n    assert clock == 'their own clock'\n"
    )
    code, told = await python("-m", "pytest", "-q", "-p", "no:cacheprovider", directory=tmp_path)
    assert (code, "1 passed" in told) == (0, True), told


def test_fixtures_belong_together(
    clock: VirtualClock,
    connector: FakeConnector,
    person: ScriptedPerson,
    audio: FakeAudioPort,
    voice: FakeSynthesizer,
) -> None:
    assert connector.platform.clock is clock
    assert person.platform is connector.platform
    assert audio.legs == []
    assert voice.said == []


@pytest.mark.parametrize("name", botkit.testing.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(botkit.testing, name).__doc__


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        _ = botkit.testing.Nothing  # type: ignore[attr-defined]


async def test_scripts_of_a_bot_are_collected(tmp_path: Path) -> None:
    bot = write_bot(tmp_path / "bot")
    write_scripts(
        bot,
        """
        scripts:
          good: {on: [call, chat], steps: [{hears: Welcome}]}
          bad: {steps: [{hears: Farewell}]}
        """,
    )
    (tmp_path / "bot" / "other.yaml").write_text("not: a script\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nbotkit_bot = bot/bot.yaml\n")
    code, told = await python("-m", "pytest", "-v", "-p", "no:cacheprovider", directory=tmp_path)
    assert code == 1
    assert "bot/scripts/desk.yaml::good [call] PASSED" in told
    assert "bot/scripts/desk.yaml::good [chat] PASSED" in told
    assert "bot/scripts/desk.yaml::bad [chat] FAILED" in told
    assert '>> here: hears "Farewell"' in told
    assert "Traceback" not in told
    assert "other.yaml" not in told


async def test_a_wrong_script_is_an_error_of_its_file(tmp_path: Path) -> None:
    write_scripts(write_bot(tmp_path / "bot"), "scripts: {wrong: {steps: [{heers: Welcome}]}}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nbotkit_bot = bot/bot.yaml\n")
    code, told = await python("-m", "pytest", "-p", "no:cacheprovider", directory=tmp_path)
    assert code == 2
    assert "unknown-verb: There is no verb `heers`. Did you mean `hears`?" in told
    assert "Traceback" not in told
