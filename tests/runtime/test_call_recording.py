"""Recordings: what ends them, what is in them, and what becomes of one that cannot be kept."""

from __future__ import annotations

import asyncio

import pytest

from botkit.model.effects import Record
from botkit.model.inputs import RecordEnded
from botkit.model.pcm import read_wav
from botkit.ports.blobs import BlobFailed
from botkit.runtime.call_recording import Recording
from botkit.testing import ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import SILENT, VOICED, Line, assert_nothing_is_left, ring, seconds

PROMPT = "Speak after the tone."
MAILBOX = f"""
flow: mailbox
start: [call_incoming]
steps:
  - record: {PROMPT}
    max: 10s
    into: voice
    outcomes:
      nothing:
        - end: I heard nothing.
      failed:
        - end: It is lost.
  - post: A message of {{{{ voice.seconds }}}} seconds.
    files: [voice]
    to: olivia@example.com
  - end: Thank you.
"""
BEEP = 0.25
INTRO = seconds(PROMPT) + BEEP


@pytest.fixture
def olivia(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")


async def record(house: House, flow: str = MAILBOX) -> Line:
    """Up to the end of the beep."""
    line = await ring(house, flow)
    await house.clock.advance(INTRO)
    return line


def kept(house: House) -> float:
    """Seconds of the one recording."""
    (data,) = house.blobs.kept.values()
    return read_wav(data).seconds


async def test_a_message_that_a_key_ends(house: House, olivia: ScriptedPerson) -> None:
    line = await record(house)
    line.speak(2.0)
    await house.clock.advance(1.0)
    await line.press("5")
    await house.clock.advance(1.0 + 1.0)
    await line.press("#")
    await house.clock.advance(5)
    ((kind, given), *_) = await line.answers()
    assert kind == "Recorded"
    assert (given["ended"], given["key"]) == ("key", "#")
    assert given["file"] in house.blobs.kept
    assert kept(house) == pytest.approx(2.3), "what was said, and how it dies away"
    assert house.said(olivia.direct) == ["A message of 2.3 seconds."]
    assert [name for name, _, cut in line.heard()] == [PROMPT, "beep", "Thank you."]
    await assert_nothing_is_left(line)


async def test_silence_behind_speech_ends_it(house: House, olivia: ScriptedPerson) -> None:
    line = await record(house)
    await house.clock.advance(1.0)
    line.speak(1.0, 2.0, 1.0)
    await house.clock.advance(4.0 + 2.9)
    assert await line.answers() == []
    await house.clock.advance(0.2)
    ((_, given), *_) = await line.answers()
    assert given["ended"] == "silence"
    assert kept(house) == pytest.approx(1.0 + 4.0 + 0.3)


async def test_nobody_speaks(house: House) -> None:
    line = await record(house)
    await house.clock.advance(6.1)
    ((_, given), *_) = await line.answers()
    assert (given["ended"], given["file"]) == ("nothing", "")
    assert house.blobs.kept == {}
    await house.clock.advance(5)
    assert line.texts()[-1] == "I heard nothing."


async def test_the_longest_message(house: House) -> None:
    line = await record(house)
    line.speak(30.0)
    await house.clock.advance(10.1)
    ((_, given), *_) = await line.answers()
    assert given["ended"] == "maximum"
    assert kept(house) == pytest.approx(10.0, abs=0.05)


async def test_who_hangs_up_has_left_a_message(house: House, olivia: ScriptedPerson) -> None:
    line = await record(house)
    line.speak(2.0)
    await house.clock.advance(1.5)
    await line.call.hang_up()
    await house.clock.settle()
    given, *_ = await line.answers()
    assert given[0] == "Recorded"
    assert given[1]["ended"] == "hangup"
    assert house.said(olivia.direct) == ["A message of 1.5 seconds."]
    await assert_nothing_is_left(line)


async def test_who_hangs_up_without_a_word_has_left_none(house: House, olivia: ScriptedPerson) -> None:
    line = await record(house)
    await house.clock.advance(1.5)
    await line.call.hang_up()
    await house.clock.settle()
    assert house.blobs.kept == {}
    assert house.said(olivia.direct) == []
    await assert_nothing_is_left(line)


async def test_a_message_that_is_being_kept_when_the_caller_hangs_up(
    house: House, olivia: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, kept = house.blobs.put, asyncio.Event()

    async def slow(name: str, data: bytes) -> str:
        await kept.wait()
        return await put(name, data)

    monkeypatch.setattr(house.blobs, "put", slow)
    line = await record(house)
    line.speak(1.0)
    await house.clock.advance(1.0)
    await line.press("#")
    await line.call.hang_up()
    kept.set()
    await house.clock.settle()
    (kind, _), *_ = await line.answers()
    assert kind == "Recorded"
    assert house.said(olivia.direct) == ["A message of 0.9 seconds."]


async def test_a_message_that_cannot_be_kept(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.blobs.refuse("the disk is full.")
    line = await record(house)
    line.speak(1.0)
    await house.clock.advance(1.0)
    await line.press("#")
    await house.clock.advance(5)
    ((_, given), *_) = await line.answers()
    assert (given["ended"], given["detail"]) == ("failed", "the disk is full.")
    assert line.texts()[-1] == "It is lost."
    await assert_nothing_is_left(line)


RECORD = Record(id="message", silence=1.0, timeout=2.0, maximum=5.0)


def run(pattern: str) -> tuple[Recording, RecordEnded | None]:
    """`#` = a tenth of a second of speech, `.` = one of silence."""
    recording = Recording(RECORD)
    for letter in pattern:
        for _ in range(5):
            ended = recording.frame(VOICED if letter == "#" else SILENT, voiced=letter == "#")
            if ended is not None:
                return recording, ended
    return recording, None


@pytest.mark.parametrize(
    ("pattern", "ended", "length"),
    [
        ("." * 20, RecordEnded.NOTHING, 0.0),
        ("...####" + "." * 10, RecordEnded.SILENCE, 1.0),
        ("####.........####" + "." * 10, RecordEnded.SILENCE, 2.0),
        ("#" * 60, RecordEnded.MAXIMUM, 5.0),
        ("#" * 10, None, 1.0),
    ],
)
def test_how_a_recording_ends(pattern: str, ended: RecordEnded | None, length: float) -> None:
    recording, how = run(pattern)
    assert how is ended
    assert recording.sound(ended or RecordEnded.HANGUP).seconds == pytest.approx(length)


def test_the_tone_of_the_key_is_left_out() -> None:
    recording, _ = run("#" * 10)
    assert recording.sound(RecordEnded.KEY).seconds == pytest.approx(0.9)


REVIEWED = MAILBOX.replace("into: voice", "into: voice\n    review: true")
WHETHER = "For keeping it, press 1 or say keep. For recording it again, press 2 or say again."


async def reviewed(house: House) -> Line:
    """Up to the beginning of what was recorded."""
    line = await record(house, REVIEWED)
    line.speak(2.0)
    await house.clock.advance(3.0)
    await line.press("#")
    await house.clock.advance(0.1)
    return line


def played_back(house: House, line: Line) -> list[tuple[float, bool]]:
    """(seconds, cut) each time that the one recording was heard."""
    (data,) = house.blobs.kept.values()
    return [(each.played, each.cut) for each in line.leg.heard if each.pcm == read_wav(data)]


async def test_a_review_plays_it_back(house: House, olivia: ScriptedPerson) -> None:
    line = await reviewed(house)
    await house.clock.advance(kept(house) + seconds(WHETHER))
    ((heard, cut),) = played_back(house, line)
    assert not cut
    assert heard == pytest.approx(kept(house))
    await line.press("1")
    await house.clock.advance(5)
    assert len(house.said(olivia.direct)) == 1
    played = [row["text"] for row in await line.journal("played")]
    assert played == [PROMPT, "beep", "recording", WHETHER, "Thank you."]


async def test_who_keeps_it_need_not_listen_to_it(house: House, olivia: ScriptedPerson) -> None:
    line = await reviewed(house)
    await line.press("1")
    await house.clock.advance(5)
    ((heard, cut),) = played_back(house, line)
    assert cut
    assert heard < 0.5
    assert len(house.said(olivia.direct)) == 1


async def test_a_recording_that_cannot_be_read_is_asked_about_all_the_same(
    house: House, olivia: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get(ref: str) -> bytes:
        raise BlobFailed(f"{ref} is gone.")

    monkeypatch.setattr(house.blobs, "get", get)
    line = await reviewed(house)
    await house.clock.advance(1 + seconds(WHETHER))
    assert line.texts() == [PROMPT, "beep", WHETHER]
    (row,) = await line.journal("failed")
    assert "is gone" in row["error"]
