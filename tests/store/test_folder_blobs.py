"""Recordings as files: who may read them, and what a fault leaves behind."""

from __future__ import annotations

import os
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
