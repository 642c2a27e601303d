"""What holds for every test."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import postgres
from tests.stranger import as_a_stranger

__all__ = ["postgres"]


@pytest.fixture(autouse=True)
def _log_levels_stay() -> Iterator[None]:
    """A command sets the level of botkit's log for its process; in here the next test has its own."""
    log = logging.getLogger("botkit")
    level = log.level
    yield
    log.setLevel(level)


@pytest.fixture
def forbidden(tmp_path: Path) -> Iterator[Path]:
    """A file that the test may not read, even if it is root."""
    path = tmp_path / "forbidden"
    path.write_text("nothing")
    path.chmod(0)
    with as_a_stranger():
        yield path


@pytest.fixture
def steady_playout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a machine stands still for more than a second, the playout skips slots, and what it plays has a
    hole. That is its rule (tests/media/sending/test_track.py), no concern of a test of what is played."""
    monkeypatch.setattr("botkit.media.rtp.slots.MOST_LATE", 10**6)


@pytest.fixture(scope="session", autouse=True)
def own_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What commands keep for the next time is not kept among the things of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        yield
