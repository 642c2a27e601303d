"""What `botkit.ports.blobs.Blobs` promises, for every place that keeps them."""

from __future__ import annotations

import asyncio
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest

from botkit.ports.blobs import BlobFailed, Blobs
from botkit.store import FolderBlobs
from botkit.testing import FakeBlobs
from tests.contract.store_rows import NOON


@pytest.fixture(params=["fake", "folder"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return FakeBlobs() if request.param == "fake" else FolderBlobs(tmp_path / "state" / "recordings")


async def test_what_was_put_is_got(blobs: Blobs) -> None:
    data = bytes(range(256)) * 1000
    ref = await blobs.put("message.wav", data)
    assert await blobs.get(ref) == data


async def test_a_file_is_kept_from_where_it_stands(blobs: Blobs) -> None:
    file = io.BytesIO(bytes(range(256)) * 10_000)
    file.seek(256)
    assert await blobs.get(await blobs.put_file("call.wav", file)) == bytes(range(256)) * 9_999


async def test_nothing_at_all_is_kept_too(blobs: Blobs) -> None:
    assert await blobs.get(await blobs.put("empty.wav", b"")) == b""


async def test_one_name_may_be_used_often(blobs: Blobs) -> None:
    refs = await asyncio.gather(*(blobs.put("message.wav", b"%d" % n) for n in range(20)))
    assert len(set(refs)) == 20
    assert [await blobs.get(ref) for ref in refs] == [b"%d" % n for n in range(20)]


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", "../../etc/passwd", "a/b\\c", "Grüße an alle.WAV", "nul\0byte", "x" * 5000, ".wav"],
)
async def test_any_name_will_do(blobs: Blobs, name: str) -> None:
    ref = await blobs.put(name, b"sound")
    assert await blobs.get(ref) == b"sound"
    assert "/" not in ref


@pytest.mark.parametrize(
    "ref", ["", ".", "..", "message.wav", "../bot.db", "/etc/passwd", "a\0b", "x" * 5000]
)
async def test_what_was_never_put_is_not_there(blobs: Blobs, ref: str) -> None:
    await blobs.put("message.wav", b"sound")
    with pytest.raises(BlobFailed):
        await blobs.get(ref)


async def test_what_is_removed_is_gone_and_the_rest_stays(blobs: Blobs) -> None:
    gone, stays = await blobs.put("a.wav", b"a"), await blobs.put("b.wav", b"b")
    await blobs.remove(gone)
    await blobs.remove(gone)
    with pytest.raises(BlobFailed):
        await blobs.get(gone)
    assert await blobs.get(stays) == b"b"


async def test_what_is_old_is_told_by_when_it_was_kept(blobs: Blobs, tmp_path: Path) -> None:
    assert list(await blobs.older(NOON)) == []
    old, young = await blobs.put("a.wav", b"a"), await blobs.put("b.wav", b"b")
    for ref, moment in ((old, NOON), (young, NOON + timedelta(hours=2))):
        if isinstance(blobs, FakeBlobs):
            blobs.age(ref, moment)
        else:
            os.utime(tmp_path / "state" / "recordings" / ref, (moment.timestamp(),) * 2)
    assert list(await blobs.older(NOON + timedelta(hours=1))) == [old]
    assert list(await blobs.older(NOON)) == []
