"""Files over HTTP as the official SDK sends and fetches them, and who may have them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from botkit.sandbox import file_api
from botkit.sandbox.file_api import _file_name
from botkit.sandbox.hub import files
from botkit.sandbox.hub.files import item_limit, safe_name, waiting_limit
from tests.sandbox.conftest import Start
from tests.sandbox.wire_client import Frame, Platform, WireClient

SOUND = bytes(range(256)) * 500


class Desk:
    """Somebody with a socket and a cookie."""

    def __init__(self, platform: Platform, wire: WireClient, cookie: str) -> None:
        self.platform = platform
        self.wire = wire
        self.headers = {"Cookie": f"connect.sess={cookie}"}
        self.url = f"{platform.url}/fileapi"

    @classmethod
    async def of(cls, platform: Platform, name: str) -> Desk:
        token = await platform.token(name)
        async with platform.http.post(f"{platform.url}/sdklogin", data={"accessToken": token}) as answer:
            cookie = answer.cookies["connect.sess"].value
        return cls(platform, await platform.logon(name), cookie)

    async def send(
        self,
        data: bytes = SOUND,
        *,
        item: str = "NULL",
        name: str = "a b.wav",
        media_type: str = "audio/wav",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        told = {
            "Content-Type": media_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            **(self.headers if headers is None else headers),
        }
        url = f"{self.url}?itemid={item}"
        async with self.platform.http.post(url, data=data, headers=told) as answer:
            return answer.status, await answer.json()

    async def upload(self, data: bytes = SOUND, **options: Any) -> tuple[str, str]:
        """Item id and file id."""
        status, answer = await self.send(data, **options)
        assert status == 200, answer
        return answer[0]["id"], answer[0]["fileid"][-1]

    async def post(self, *file_ids: str) -> Frame:
        refs = [{"fileId": file_id, "fileName": "as the client likes"} for file_id in file_ids]
        text = {"convId": self.platform.room, "content": "listen", "attachmentMetaData": refs}
        return await self.wire.ask("CONVERSATION", "conversation", "ADD_TEXT_ITEM", addTextItem=text)

    async def posted(self, **options: Any) -> tuple[str, str]:
        item_id, file_id = await self.upload(**options)
        assert (await self.post(file_id))["code"] == "OK"
        return item_id, file_id

    async def get(self, file_id: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        url = f"{self.url}/any%20name?fileid={file_id}&itemid=whatever"
        async with self.platform.http.get(url, headers={**self.headers, **headers}) as answer:
            return answer.status, await answer.read(), dict(answer.headers)

    async def delete(self, file_id: str) -> int:
        async with self.platform.http.delete(f"{self.url}?fileid={file_id}", headers=self.headers) as answer:
            await answer.json()
            return answer.status


@pytest.fixture
async def ann(platform: Platform) -> Desk:
    return await Desk.of(platform, "ann")


@pytest.fixture
async def ben(platform: Platform) -> Desk:
    return await Desk.of(platform, "ben")


def kept(ann: Desk) -> set[str]:
    """Names on the disk."""
    return {path.name for path in ann.platform.sandbox._store._folder.iterdir()}


async def test_two_files_go_with_one_text_and_are_read_by_everybody_in_it(ann: Desk, ben: Desk) -> None:
    status, (first,) = await ann.send()
    assert status == 200
    assert first["mimeType"] == "audio/wav"
    status, (second,) = await ann.send(b"two", item=first["id"], name="two.txt", media_type="text/plain")
    assert (status, second["id"]) == (200, first["id"])
    assert second["fileid"][:-1] == first["fileid"]
    response = await ann.post(*second["fileid"])
    item = response["conversation"]["addTextItem"]["item"]
    assert item["itemId"] == first["id"]
    assert (await ben.wire.event("ADD_ITEM"))["addItem"]["item"] == item
    one, two = item["attachments"]
    assert (one["fileName"], one["mimeType"], one["size"]) == ("a b.wav", "audio/wav", len(SOUND))
    assert (one["fileId"], one["itemId"]) == (first["fileid"][0], item["itemId"])
    assert one["creatorId"] == ann.wire.user_id
    for reader in (ann, ben):
        assert (await reader.get(one["fileId"]))[:2] == (200, SOUND)
    status, body, headers = await ben.get(two["fileId"])
    assert (status, body) == (200, b"two")
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''two.txt"


async def test_a_bearer_is_let_in_and_a_stranger_is_not(platform: Platform, ann: Desk) -> None:
    token = await platform.token("ann")
    status, _ = await ann.send(headers={"Authorization": f"Bearer {token}"})
    assert status == 200
    strangers: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Cookie": "connect.sess=wrong"},
        {**ann.headers, "Origin": "https://evil.test"},
    ]
    for headers in strangers:
        status, answer = await ann.send(headers=headers)
        assert (status, answer["error"]) == (401, "invalid_token")
        async with platform.http.get(f"{ann.url}?fileid=f", headers=headers) as refused:
            assert refused.status == 401
        async with platform.http.delete(f"{ann.url}?fileid=f", headers=headers) as refused:
            assert refused.status == 401


async def test_only_members_read_and_before_it_is_posted_only_the_owner(ann: Desk, ben: Desk) -> None:
    made = await ann.wire.conversation("CREATE", create={"type": "GROUP", "topic": "Mine"})
    item_id, file_id = await ann.upload()
    assert (await ann.get(file_id))[0] == 200
    assert (await ben.get(file_id))[0] == 404
    assert (await ben.send(item=item_id))[0] == 404
    assert (await ben.post(file_id))["code"] == "NO_RESULT"
    text = {
        "convId": made["create"]["conversation"]["convId"],
        "content": "",
        "attachmentMetaData": [{"fileId": file_id}],
    }
    await ann.wire.conversation("ADD_TEXT_ITEM", addTextItem=text)
    assert (await ann.get(file_id))[0] == 200
    assert (await ben.get(file_id))[0] == 403
    assert (await ben.get("no-such-file"))[0] == 404
    assert (await ben.get(""))[0] == 404
    # A file goes with one text.
    assert (await ann.post(file_id))["code"] == "NO_RESULT"


@pytest.mark.parametrize(
    ("media_type", "served", "shown"),
    [
        ("audio/wav", "audio/wav", "inline"),
        ("AUDIO/WAV; codecs=1", "audio/wav", "inline"),
        ("image/png", "image/png", "inline"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
        ("text/javascript", "application/octet-stream", "attachment"),
        ("null", "application/octet-stream", "attachment"),
        ("audio/x<script>", "application/octet-stream", "attachment"),
    ],
)
async def test_nothing_that_could_run_is_shown_in_place(
    ann: Desk, media_type: str, served: str, shown: str
) -> None:
    _, file_id = await ann.posted(media_type=media_type, name="x.html")
    _, _, headers = await ann.get(file_id)
    assert headers["Content-Type"] == served
    assert headers["Content-Disposition"] == f"{shown}; filename*=UTF-8''x.html"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "sandbox" in headers["Content-Security-Policy"]


async def test_a_player_may_jump(ann: Desk) -> None:
    _, file_id = await ann.posted()
    status, body, headers = await ann.get(file_id, Range="bytes=256-511")
    assert (status, body) == (206, bytes(range(256)))
    assert headers["Content-Range"] == f"bytes 256-511/{len(SOUND)}"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.wav"', "a b.wav"),
        ("attachment; filename=plain.wav", "plain.wav"),
        ('attachment; filename="Gr%C3%BC%C3%9Fe.txt"', "Gr\u00fc\u00dfe.txt"),
        ('attachment; filename="Gr\u00fc\u00dfe.txt"', "Gr\u00fc\u00dfe.txt"),
        (b'attachment; filename="Gr\xfc\xdfe.txt"'.decode("utf-8", "surrogateescape"), "Gr\u00fc\u00dfe.txt"),
        ('attachment; filename="100% sure.txt"', "100% sure.txt"),
        ('attachment; filename="a "quoted" word.txt"', 'a "quoted" word.txt'),
        ("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt", "Gr\u00fc\u00dfe.txt"),
        ("attachment", "file"),
        ("", "file"),
        ('attachment; filename=""', "file"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\y.txt"', "y.txt"),
        ('attachment; filename="%2e%2e%2f.bashrc"', "bashrc"),
        ('attachment; filename="a%0d%0ab%00.txt"', "ab.txt"),
        ('attachment; filename="photo%E2%80%AEgnp.exe"', "photognp.exe"),
        ('attachment; filename="..."', "file"),
    ],
)
def test_names(disposition: str, name: str) -> None:
    assert safe_name(_file_name(disposition)) == name


def test_long_names_keep_their_ending() -> None:
    assert safe_name("x" * 5000 + ".wav") == "x" * 196 + ".wav"
    assert safe_name("x" * 5000) == "x" * 200


async def test_too_large_too_many_and_no_such_item(ann: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item_id, _ = await ann.upload(b"1")
    for _ in range(item_limit - 1):
        await ann.upload(b"n", item=item_id)
    status, answer = await ann.send(b"one more", item=item_id)
    assert (status, answer["error"]) == (413, "too_large")
    assert (await ann.send(item="no-such-item"))[0] == 404
    monkeypatch.setattr(file_api, "file_limit", 1000)
    assert (await ann.send(bytes(1001)))[0] == 413

    async def chunked() -> Any:
        for _ in range(3):
            yield bytes(500)

    headers = {**ann.headers, "Content-Disposition": "attachment"}
    async with ann.platform.http.post(ann.url, data=chunked(), headers=headers) as answer:
        assert answer.status == 413
    monkeypatch.setattr(files, "total_limit", 100)
    assert (await ann.send(bytes(101)))[0] == 413
    assert len(kept(ann)) == item_limit


async def test_uploads_that_are_never_posted_make_room_for_others(ann: Desk) -> None:
    _, first = await ann.upload()
    for _ in range(waiting_limit):
        await ann.upload(b"x")
    assert (await ann.get(first))[0] == 404
    assert len(kept(ann)) == waiting_limit


async def test_an_upload_is_taken_back_until_it_is_posted(ann: Desk, ben: Desk) -> None:
    _, file_id = await ann.upload()
    assert await ben.delete(file_id) == 404
    assert await ann.delete(file_id) == 200
    assert await ann.delete(file_id) == 404
    assert kept(ann) == set()
    _, file_id = await ann.posted()
    assert await ann.delete(file_id) == 403
    assert (await ann.get(file_id))[0] == 200


async def test_an_edit_keeps_adds_and_drops_files(ann: Desk) -> None:
    item_id, first = await ann.posted()
    change = {"itemId": item_id, "content": "edited"}
    update = await ann.wire.conversation("UPDATE_TEXT_ITEM", updateTextItem=change)
    assert [each["fileId"] for each in update["updateTextItem"]["item"]["attachments"]] == [first]
    # An upload for an edit may be for the item itself or, as from new, for none yet.
    _, second = await ann.upload(b"2", item=item_id)
    _, third = await ann.upload(b"3")
    refs = [{"fileId": file_id} for file_id in (third, second)]
    update = await ann.wire.conversation(
        "UPDATE_TEXT_ITEM", updateTextItem={**change, "attachmentMetaData": refs}
    )
    told = update["updateTextItem"]["item"]["attachments"]
    assert [(each["fileId"], each["itemId"]) for each in told] == [(third, item_id), (second, item_id)]
    assert (await ann.get(first))[0] == 404
    update = await ann.wire.conversation(
        "UPDATE_TEXT_ITEM", updateTextItem={**change, "attachmentMetaData": [{}]}
    )
    assert update["updateTextItem"]["item"]["attachments"] == []
    assert (await ann.get(second))[0] == 404


async def test_what_is_deleted_is_gone_from_the_disk(ann: Desk) -> None:
    item_id, file_id = await ann.posted()
    deleted = await ann.wire.conversation("DELETE_TEXT_ITEM", deleteTextItem={"itemId": item_id})
    assert deleted["deleteTextItem"]["item"]["attachments"] == []
    assert (await ann.get(file_id))[0] == 404
    _, other = await ann.upload()
    assert kept(ann) == {f"file-{other}"}


async def test_a_full_disk_is_told(ann: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ann.platform.sandbox._store.clear()
    status, answer = await ann.send()
    assert (status, answer["error"]) == (507, "not_kept")
    assert "cannot be kept" in caplog.text


async def test_an_upload_that_breaks_off_leaves_nothing(ann: Desk) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", ann.platform.sandbox.port, ssl=ann.platform._tls)
    head = ["POST /fileapi HTTP/1.1", "Host: x", f"Cookie: {ann.headers['Cookie']}", "Content-Length: 900000"]
    writer.write("\r\n".join([*head, "", ""]).encode() + bytes(600_000))
    await writer.drain()
    async with asyncio.timeout(30):
        while not kept(ann):
            await ann.wire.ok("VERSION", "version", "GET_VERSION")
    writer.transport.abort()
    with contextlib.suppress(ConnectionError, OSError):
        await writer.wait_closed()
    async with asyncio.timeout(30):
        while kept(ann):
            await ann.wire.ok("VERSION", "version", "GET_VERSION")
    assert file_api.uploads_limit > ann.platform.sandbox._files._uploads == 0


async def test_the_page_has_the_same_files(start: Start) -> None:
    sandbox = await start()
    page = sandbox.page_address.rstrip("/")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        upload = {"Content-Disposition": 'attachment; filename="a.wav"', "Content-Type": "audio/wav"}
        own = {**upload, "Origin": page}
        async with http.post(f"{page}/fileapi?itemid=NULL", data=SOUND, headers=own) as answer:
            assert answer.status == 401
        async with http.post(f"{page}/page/login", json={"email": "ann@x.test"}, headers=own) as answer:
            assert answer.status == 200
        async with http.post(f"{page}/fileapi?itemid=NULL", data=SOUND, headers=upload) as answer:
            assert answer.status == 403
        async with http.post(f"{page}/fileapi?itemid=NULL", data=SOUND, headers=own) as answer:
            assert answer.status == 200
            (uploaded,) = await answer.json()
        file_id = uploaded["fileid"][0]
        async with http.get(f"{page}/fileapi/a.wav?fileid={file_id}&itemid={uploaded['id']}") as answer:
            assert await answer.read() == SOUND
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        async with http.get(f"{page}/fileapi/a.wav?fileid=other") as answer:
            assert answer.status == 404
            assert "Content-Security-Policy" in answer.headers


async def test_files_end_with_the_sandbox_as_their_texts_do(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "sandbox-files"
    folder.mkdir()
    (folder / "file-left-by-a-crash").write_bytes(b"x")
    (folder / "upload-left-by-a-crash").write_bytes(b"x")
    (folder / "somebody's own").write_bytes(b"x")
    sandbox = await start()
    async with Platform(sandbox) as platform:
        await (await Desk.of(platform, "ann")).posted()
        kept = {path.name.partition("-")[0] for path in folder.iterdir()}
        assert kept == {"file", "somebody's own"}
    await sandbox.close()
    assert [path.name for path in folder.iterdir()] == ["somebody's own"]
    (folder / "somebody's own").unlink()
    await sandbox.close()
    assert not folder.exists()
