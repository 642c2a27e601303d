"""What bot.yaml and the command line say of running a bot, and what they refuse."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.settings import read_settings
from tests.cli.commands import Cli

BOT = "bot: it\nplatform: {connector: circuit}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "bot.yaml"
    path.write_text(BOT + text)
    return path


def test_a_bot_waits_half_a_minute_and_writes_for_people_unless_told_otherwise(tmp_path: Path) -> None:
    file = read_settings(written(tmp_path, ""), with_platform=False).file
    assert (file.drain, file.log) == (30.0, "text")
    file = read_settings(written(tmp_path, "drain: 2m\nlog: json\n"), with_platform=False).file
    assert (file.drain, file.log) == (120.0, "json")


@pytest.mark.parametrize(
    "text", ["drain: soon\n", "log: yaml\n", "web: {listen: 8090, metrics_token: abc}\n"]
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_settings(written(tmp_path, text), with_platform=False)
    assert "bot.yaml" in refused.value.paragraph()


def test_the_token_of_metrics_comes_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "web: {listen: 8090, metrics_token: '${TOKEN}'}\n")
    monkeypatch.setenv("TOKEN", "open sesame")
    token = read_settings(path, with_platform=False).metrics_token()
    assert token is not None
    assert token.reveal() == "open sesame"
    monkeypatch.setenv("TOKEN", "")
    with pytest.raises(UsageError, match="empty"):
        read_settings(path, with_platform=False).metrics_token()


def test_a_time_that_is_none_is_refused(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("run", written(tmp_path, ""), "--drain", "soon")
    assert outcome.code == 2
    assert "--drain" in outcome.err


@pytest.mark.parametrize("workers", ["some", "-1", "65", "1.5"])
def test_what_is_no_number_of_media_processes_is_refused(cli: Cli, tmp_path: Path, workers: str) -> None:
    outcome = cli("run", written(tmp_path, ""), f"--media-workers={workers}")
    assert outcome.code == 2
    assert "--media-workers" in outcome.err


def test_a_message_of_several_lines_is_one_for_machines() -> None:
    from botkit.cli.logs import JsonLines

    record = logging.LogRecord("py.warnings", logging.WARNING, "", 0, "old\nnews", (), None)
    assert JsonLines().format(record).count("\n") == 0
