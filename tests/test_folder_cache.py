"""What is kept in a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from botkit.folder_cache import FolderCache


@pytest.fixture
def cache(tmp_path: Path) -> FolderCache:
    return FolderCache(tmp_path / "cache", ".bin", max_bytes=100)


def test_what_is_written_is_read(cache: FolderCache) -> None:
    assert (cache.read("a"), cache.has("a")) == (None, False)
    cache.write("a", b"sound")
    cache.write("b", b"")
    assert (cache.read("a"), cache.read("b"), cache.has("a")) == (b"sound", b"", True)
    cache.write("a", b"louder")
    assert cache.read("a") == b"louder"


def test_nobody_else_may_read_it(cache: FolderCache, tmp_path: Path) -> None:
    cache.write("a", b"Hello Ada, your balance is 7 euros.")
    (file,) = (tmp_path / "cache").iterdir()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "cache", file)]
    assert modes == [0o700, 0o600]


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" + data[1:]])
def test_a_file_that_is_not_whole_is_none(
    cache: FolderCache, tmp_path: Path, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    cache.write("a", b"sound")
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(spoil(file.read_bytes()))
    assert cache.read("a") is None
    assert str(file) in caplog.text


def test_the_oldest_go_and_what_belongs_to_others_stays(cache: FolderCache, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "readme.txt").write_text("x" * 200)
    for age, key in enumerate("abcd"):
        cache.write(key, b"0123456789")
        os.utime(folder / f"{key}.bin", (age, age))
    cache.write("e", b"0123456789")
    assert [key for key in "abcde" if cache.has(key)] == ["c", "d", "e"]
    assert (folder / "readme.txt").exists()


def test_what_another_process_put_there_counts(cache: FolderCache, tmp_path: Path) -> None:
    other = FolderCache(tmp_path / "cache", ".bin", max_bytes=100)
    for key in "abcd":
        (cache if key in "ac" else other).write(key, b"0123456789")
    assert sum(path.stat().st_size for path in (tmp_path / "cache").iterdir()) <= 130


def test_a_folder_that_cannot_be_used_costs_nothing_but_a_line_of_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FolderCache(tmp_path / "file", ".bin", max_bytes=100)
    cache.write("a", b"sound")
    assert cache.read("a") is None
    assert "cannot be written" in caplog.text
    assert "cannot be read" in caplog.text
