"""Files that go with a post: read when it is posted, named for people, once like the text."""

from __future__ import annotations

import pytest

from botkit.hooks import Context, hook
from botkit.model import codec
from botkit.model.effects import Post
from botkit.ports.connector import Attachment
from botkit.ports.store import Commit, OutboxRow
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

LACKING = "(A file that belongs to this message is missing.)"


@pytest.fixture
def olivia(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")


@hook
async def item_added(ctx: Context) -> None:
    await ctx.say("Noted.")  # which wakes the outbox


@pytest.fixture
async def started(house: House) -> House:
    house.plug(item_added)
    await house.start()
    return house


async def post(house: House, *files: str, text: str = "A call.") -> None:
    """As a flow does."""
    effect = Post(id="s:1:0", text=text, to="olivia@example.com", files=files)
    row = OutboxRow(id=effect.id, key="address:olivia", session_id="s", payload=codec.dump(effect))
    await house.store.commit(Commit(outbox=(row,)))
    await ScriptedPerson(house.platform).post("Hello")
    await house.clock.settle()


def wav(name: str = "message-2026-03-02-0900.wav", data: bytes = b"sound") -> Attachment:
    return Attachment(name=name, content_type="audio/wav", data=data)


async def test_a_recording_goes_with_the_text(started: House, olivia: ScriptedPerson) -> None:
    await post(started, await started.blobs.put("recording.wav", b"sound"))
    (message,) = olivia.unread()
    assert (message.text, message.attachments) == ("A call.", (wav(),))


async def test_several_files_have_several_names(started: House, olivia: ScriptedPerson) -> None:
    refs = [await started.blobs.put(name, name.encode()) for name in ("a.wav", "b.wav", "c.bin")]
    await post(started, *refs)
    (message,) = olivia.unread()
    assert message.attachments == (
        wav("message-2026-03-02-0900-1.wav", b"a.wav"),
        wav("message-2026-03-02-0900-2.wav", b"b.wav"),
        Attachment(
            name="message-2026-03-02-0900-3.bin", content_type="application/octet-stream", data=b"c.bin"
        ),
    )


async def test_a_missing_file_is_told_and_the_text_is_posted(started: House, olivia: ScriptedPerson) -> None:
    kept = await started.blobs.put("recording.wav", b"sound")
    await post(started, "gone.wav", kept)
    (message,) = olivia.unread()
    assert message.text == f"A call.\n{LACKING}"
    assert [each.data for each in message.attachments] == [b"sound"]
    (line,) = await started.journal("s", "failed")
    assert line["what"] == "gone.wav"
    assert "gone.wav" in line["error"]


async def test_files_alone_are_a_message(started: House, olivia: ScriptedPerson) -> None:
    await post(started, await started.blobs.put("recording.wav", b"sound"), text="")
    (message,) = olivia.unread()
    assert (message.text, len(message.attachments)) == ("", 1)


async def test_what_the_platform_lost_its_word_of_is_not_posted_again(
    started: House, olivia: ScriptedPerson
) -> None:
    started.connector.fail_posts(2, posted=True)
    await post(started, await started.blobs.put("recording.wav", b"sound"))
    await started.clock.advance(60)
    (message,) = olivia.unread()
    assert (message.text, message.attachments) == ("A call.", (wav(),))
    (line,) = await started.journal("s", "posted")
    assert line["found"]


async def test_a_bot_that_keeps_no_files(house: House, olivia: ScriptedPerson) -> None:
    house.plug(item_added)
    house.blobs = None  # type: ignore[assignment]
    await house.start()
    await post(house, "recording.wav")
    assert [each.text for each in olivia.unread()] == [f"A call.\n{LACKING}"]


async def test_a_file_that_the_platform_refuses_does_not_keep_the_text_back(
    started: House, olivia: ScriptedPerson
) -> None:
    started.connector.fail_posts(2, lasting=True)
    ref = await started.blobs.put("recording.wav", b"sound")
    await post(started, ref)
    assert [each.text for each in olivia.unread()] == [f"A call.\n{LACKING}"]
    (line,) = await started.journal("s", "failed")
    assert line["what"] == ref
    assert "refused" in line["error"]
