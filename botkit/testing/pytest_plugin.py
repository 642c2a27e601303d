"""Fixtures of the test kit, and the collection of script files; pytest finds them by entry point.

Nothing else of botkit is imported before a test asks for a fixture, or pytest.ini names a bot, and all are
plain functions, so that the plugin neither slows nor breaks a project that does not use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

INI = "botkit_bot"

if TYPE_CHECKING:
    from pathlib import Path

    from botkit.testing import FakeAudioPort, FakeConnector, FakeSynthesizer, ScriptedPerson, VirtualClock


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(INI, "bot.yaml files whose scripts (`scripts/*.yaml` beside them) are tests", type="paths")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A script file of a bot that pytest.ini names."""
    if file_path.suffix != ".yaml" or not parent.config.getini(INI):
        return None
    from botkit.testing.scripts.collected import script_file

    return script_file(file_path, parent, parent.config.getini(INI))


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that the test moves: `await clock.advance(60)`."""
    from botkit.testing import VirtualClock

    return VirtualClock()


@pytest.fixture
def connector(clock: VirtualClock) -> FakeConnector:
    """A bot's link to a platform in memory, on `clock`."""
    from botkit.testing import FakeConnector, FakePlatform

    return FakeConnector(FakePlatform(clock))


@pytest.fixture
def person(connector: FakeConnector) -> ScriptedPerson:
    """Somebody on the platform of `connector`."""
    from botkit.testing import ScriptedPerson

    return ScriptedPerson(connector.platform)


@pytest.fixture
def audio(clock: VirtualClock) -> FakeAudioPort:
    """Calls without sound, on `clock`."""
    from botkit.testing import FakeAudioPort

    return FakeAudioPort(clock)


@pytest.fixture
def voice() -> FakeSynthesizer:
    """A voice that speaks noise, at the pace of people."""
    from botkit.testing import FakeSynthesizer

    return FakeSynthesizer()
