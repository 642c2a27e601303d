"""`file:PATH`, where the file is of no use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.settings.references import referred


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as refused:
        referred(f"file:{path}", Path(), "bot.yaml: store: password")
    return refused.value.paragraph()


def test_a_file_that_is_absent_is_to_be_made(tmp_path: Path) -> None:
    assert "No such file or directory. Make that file" in refusal(tmp_path / "absent")


def test_a_file_of_somebody_else_is_there_and_not_to_be_made(forbidden: Path) -> None:
    """As a container's user, who is not the one that wrote the file outside."""
    told = refusal(forbidden)
    assert f"Permission denied. Let user {os.geteuid()} read it" in told
    assert "Make" not in told
