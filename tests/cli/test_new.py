"""`botkit new`: what it makes works as it stands."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.commands import Cli


@pytest.fixture
def folder(cli: Cli, tmp_path: Path) -> Path:
    made = tmp_path / "My Bot"
    outcome = cli("new", made)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[-1] == f"  botkit demo {made / 'bot.yaml'}"
    return made


def test_its_bot_has_the_folders_name_and_no_findings(cli: Cli, folder: Path) -> None:
    assert "bot: my-bot\n" in (folder / "bot.yaml").read_text()
    assert (folder / ".gitignore").read_text().startswith("state/\n")
    outcome = cli("check", folder / "flows", "--bot", folder / "bot.yaml")
    assert (outcome.code, outcome.out) == (0, "table: no findings\n")


def test_one_can_talk_to_it(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("book\n3\n2026-12-24\n"))
    outcome = cli("chat", folder / "flows" / "table.yaml", "--bot", folder / "bot.yaml")
    assert outcome.code == 0
    assert "A table for 3 on Dec 24, 2026. See you then." in outcome.out


def test_its_scripts_pass(cli: Cli, folder: Path) -> None:
    outcome = cli("test", "--bot", folder / "bot.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert "3 passed" in outcome.out


def test_nothing_is_written_over(cli: Cli, folder: Path) -> None:
    flow = folder / "flows" / "table.yaml"
    flow.write_text("mine")
    for path in folder.rglob("*"):
        if path.is_file() and path != flow:
            path.unlink()
    outcome = cli("new", folder)
    assert outcome.code == 2
    assert "table.yaml is there already; nothing was written." in outcome.err
    assert [path for path in folder.rglob("*") if path.is_file()] == [flow]


def test_a_place_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = cli("new", tmp_path / "file" / "bot")
    assert outcome.code in (1, 2)
    assert "Traceback" not in outcome.err
