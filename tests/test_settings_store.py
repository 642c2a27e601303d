"""`store:` of bot.yaml: a URL, or a block; and no password that stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.ports.store import Durability
from botkit.settings import Settings, read_settings

HEAD = "bot: desk\nplatform: {connector: circuit}\n"


def settings(folder: Path, store: str) -> Settings:
    path = folder / "bot.yaml"
    path.write_text(HEAD + store)
    return read_settings(path, with_platform=False)


def test_without_it_there_is_a_file(tmp_path: Path) -> None:
    found = settings(tmp_path, "")
    assert found.store_url() == "sqlite:///state/bot.db"
    assert found.file.store.durability is Durability.PROCESS


def test_it_may_be_a_url_alone(tmp_path: Path) -> None:
    assert settings(tmp_path, "store: sqlite:///other.db").store_url() == "sqlite:///other.db"


def test_it_may_say_what_is_survived(tmp_path: Path) -> None:
    found = settings(tmp_path, "store: {url: 'sqlite:///a.db', durability: power}")
    assert (found.store_url(), found.file.store.durability) == ("sqlite:///a.db", Durability.POWER)


def test_a_password_comes_from_a_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PASSWORD", "p@ss/word")
    (tmp_path / "password").write_text("p@ss/word\n")
    expected = "postgresql://bot:p%40ss%2Fword@db:5433/bot?sslmode=require"
    url = "url: 'postgresql://bot@db:5433/bot?sslmode=require'"
    for password in ("${TEST_PASSWORD}", "file:password"):
        assert settings(tmp_path, f"store: {{{url}, password: '{password}'}}").store_url() == expected
    monkeypatch.setenv("TEST_URL", "postgresql://bot:secret@db/bot")
    assert settings(tmp_path, "store: ${TEST_URL}").store_url() == "postgresql://bot:secret@db/bot"


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("store: 'postgresql://bot:hunter2@db/bot'", "must not stand in the file"),
        ("store: {url: 'postgresql://bot@db/bot', password: hunter2}", "must not stand in the file"),
        ("store: {url: 'postgresql://db/bot', password: 'file:password'}", "belongs to no user"),
        ("store: {url: 'postgresql://bot@db/bot', password: 'file:absent'}", "cannot be read"),
        ("store: {url: 'sqlite:///a.db', durability: strong}", "durability"),
        ("store: {url: 'sqlite:///a.db', synchronous: full}", "synchronous"),
    ],
)
def test_what_is_wrong_is_told_without_the_password(tmp_path: Path, store: str, told: str) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    with pytest.raises(UsageError) as refused:
        settings(tmp_path, store).store_url()
    assert told in refused.value.paragraph()
    assert "bot.yaml" in refused.value.paragraph()
    assert "hunter2" not in refused.value.paragraph()
