"""What holds for every test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _log_levels_stay() -> Iterator[None]:
    """A command sets the level of botkit's log for its process; in here the next test has its own."""
    log = logging.getLogger("botkit")
    level = log.level
    yield
    log.setLevel(level)
