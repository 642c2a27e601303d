"""Recordings as files: who may read them, and what a fault leaves behind."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botkit.ports.blobs import BlobFailed
from botkit.store import FolderBlobs, blobs


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    ref = await FolderBlobs(folder).put("Message 1.WAV", b"sound")
    assert (folder / ref).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert ref.startswith("message-1-")
    assert ref.endswith(".wav")


async def test_a_secret_beside_the_folder_is_not_reached(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "recordings").mkdir()
    with pytest.raises(BlobFailed):
        await FolderBlobs(tmp_path / "recordings").get("../secret")


async def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "LARGEST", 10)
    kept = FolderBlobs(tmp_path)
    await kept.put("a.wav", b"0123456789")
    with pytest.raises(BlobFailed, match="11 bytes"):
        await kept.put("a.wav", b"0123456789x")


async def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BlobFailed, match="No space left"):
        await FolderBlobs(tmp_path).put("a.wav", b"sound")
    assert os.listdir(tmp_path) == []


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BlobFailed, match="cannot be kept"):
        await FolderBlobs(tmp_path / "file").put("a.wav", b"sound")


async def test_whatever_else_is_in_the_folder_is_nobodys_to_remove(tmp_path: Path) -> None:
    kept = FolderBlobs(tmp_path)
    ref = await kept.put("a.wav", b"sound")
    half = tmp_path / ".part-x7_1"
    own = ("notes.txt", "README", ".part-notes.txt", "Holidays-0123456789abcdef.wav")
    for file in (*(tmp_path / name for name in own), half):
        file.write_text("x")
    (tmp_path / "folder-0123456789abcdef").mkdir()
    future = datetime.fromtimestamp(2**32, UTC)
    assert list(await kept.older(future)) == [half.name, ref]
    await kept.remove(half.name)
    assert not half.exists()
    with pytest.raises(BlobFailed):
        await kept.remove("../notes.txt")


async def test_a_recording_that_cannot_be_removed_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder-0123456789abcdef").mkdir()
    with pytest.raises(BlobFailed, match="cannot be removed"):
        await FolderBlobs(tmp_path).remove("folder-0123456789abcdef")
