"""`botkit db`: what it tells, and what it does."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from botkit.cli import main
from botkit.store import schema


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    path = tmp_path / "bot.yaml"
    path.write_text("bot: desk\nplatform: {connector: circuit}\nstore: sqlite:///bot.db\n")
    return path


def old(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(path)) as db, monkeypatch.context() as patch:
        patch.setattr(schema, "VERSION", 3)
        schema.migrate(db, 0)


def test_an_older_file_is_told_and_upgraded(
    bot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = bot.with_name("bot.db")
    old(database, monkeypatch)
    assert main(["db", "status", "--bot", str(bot)]) == 1
    told = capsys.readouterr().out
    assert "of version 3" in told
    assert "botkit db upgrade" in told
    assert main(["db", "upgrade", "--store", str(database)]) == 0
    assert f"of version {schema.VERSION} now, before of 3" in capsys.readouterr().out
    assert main(["db", "status", "--bot", str(bot)]) == 0
    assert "as this botkit wants them" in capsys.readouterr().out
    assert main(["db", "upgrade", "--bot", str(bot)]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_an_empty_file_waits_for_its_bot(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bot.with_name("bot.db").touch()
    assert main(["db", "status", "--bot", str(bot)]) == 0
    assert "no tables yet" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "status", "--bot", str(bot)]) == 2
    assert "no such database" in capsys.readouterr().err


def test_a_file_of_another_program_is_left_alone(bot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(bot.with_name("bot.db"))) as db:
        db.execute("CREATE TABLE shopping (what TEXT)")
    assert main(["db", "upgrade", "--bot", str(bot)]) == 1
    assert "another program" in capsys.readouterr().err
    bot.with_name("bot.db").write_bytes(b"bot: desk\n" * 200)
    assert main(["db", "status", "--bot", str(bot)]) == 1
    assert "not a database" in capsys.readouterr().err
