"""`botkit db`: what it tells, and what it does."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from botkit.cli import main
from botkit.store import schema
from tests.stranger import as_a_stranger


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


@pytest.fixture
def anothers() -> Iterator[Path]:
    """The folder of another's bot: the test may look into it and not write to it, even if it is root."""
    with tempfile.TemporaryDirectory() as name:  # what pytest makes is entered by its owner alone
        folder = Path(name)
        with closing(sqlite3.connect(folder / "bot.db", isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = wal")
            schema.migrate(db, 0)
        folder.chmod(0o555)
        (folder / "bot.db").chmod(0o444)
        with as_a_stranger():
            yield folder
        folder.chmod(0o755)


@pytest.mark.parametrize(
    "command",
    [
        ("db", "status", "--store"),
        ("db", "upgrade", "--store"),
        ("db", "backup", "copy.db", "--store"),
        ("sessions", "--store"),
        ("sessions", "end", "it", "--store"),
        ("journal", "--store"),
        ("deadletters", "list", "--store"),
    ],
    ids=lambda command: " ".join(command[:-1]),
)
def test_a_folder_that_one_may_not_enter_is_told(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0)
    with as_a_stranger():
        assert main([*command, str(folder / "bot.db")]) == 1
    folder.chmod(0o700)
    assert "cannot be looked at: Permission denied. Say this as the user" in capsys.readouterr().err


def test_status_needs_no_right_to_write(anothers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "status", "--store", str(anothers / "bot.db")]) == 0
    assert "as this botkit wants them" in capsys.readouterr().out


def test_an_upgrade_without_the_right_to_it_is_told(
    anothers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "upgrade", "--store", str(anothers / "bot.db")]) == 1
    assert "cannot be used: Permission denied. Check that" in capsys.readouterr().err
