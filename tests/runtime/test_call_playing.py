"""Long texts, files and keys: what a call plays beside short sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.model.tones import tone
from botkit.ports.audio import SoundUnusable
from botkit.ports.speech import SpeechFailed
from botkit.testing import FakeSynthesizer
from tests.runtime.house import House
from tests.runtime.telephone import assert_nothing_is_left, ring, seconds

FIRST = "Welcome to the longest text that was ever read aloud to anybody on this line."
SECOND = "It has a second sentence, which nobody needs, and which goes on for quite a while."
THIRD = "And a third."
LONG = f'flow: x\nstart: [call_incoming]\nsteps:\n  - end: "{FIRST} {SECOND} {THIRD}"\n'


class Files:
    """`ports.audio.SoundFiles` of one jingle."""

    def __init__(self) -> None:
        self.jingle = tone((400,), 2.0)

    async def load(self, path: str) -> Pcm:
        if Path(path).name != "jingle.wav":
            raise SoundUnusable("It holds no sound.", where=path)
        return self.jingle


async def test_a_long_text_begins_before_it_is_all_spoken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = FakeSynthesizer.stream

    async def slow(self: FakeSynthesizer, text: str, *, language: str):  # type: ignore[no-untyped-def]
        async for piece in noise(self, text, language=language):
            await house.clock.sleep(0.5)
            yield piece

    monkeypatch.setattr(FakeSynthesizer, "stream", slow)
    line = await ring(house, LONG)
    await house.clock.advance(0.5)
    assert line.call.answer
    await house.clock.advance(seconds(FIRST + SECOND + THIRD) + 0.3)
    assert line.texts() == [FIRST, SECOND, THIRD]
    assert line.call.cause is CallCause.ENDED
    (row,) = await line.journal("played")
    assert row["text"] == f"{FIRST} {SECOND} {THIRD}"
    assert row["seconds"] == row["of"] == pytest.approx(seconds(FIRST + SECOND + THIRD))
    assert not row["cut"]


async def test_a_long_text_is_cut_anywhere(house: House) -> None:
    flow = LONG.replace("end:", "say:") + (
        "  - choose: What?\n    options:\n      x: {key: 1, label: x}\n    into: wish\n  - end\n"
    )
    line = await ring(house, flow)
    await house.clock.advance(seconds(FIRST) + 1.0)
    await line.press("1")
    await house.clock.advance(2)
    assert line.call.cause is CallCause.ENDED
    (row,) = [row for row in await line.journal("played") if row["text"].startswith(FIRST)]
    assert row["cut"]
    assert row["seconds"] == pytest.approx(seconds(FIRST) + 1.0)
    assert row["of"] == pytest.approx(seconds(FIRST + SECOND + THIRD))


async def test_the_caller_hangs_up_during_a_long_text(house: House) -> None:
    line = await ring(house, LONG)
    await house.clock.advance(seconds(FIRST) + 1.0)
    await line.call.hang_up()
    await house.clock.settle()
    (row,) = await line.journal("played")
    assert (row["cut"], row["seconds"]) == (True, pytest.approx(seconds(FIRST) + 1.0))


async def test_a_voice_that_fails_halfway_leaves_the_rest_unsaid(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = FakeSynthesizer.stream

    async def failing(self: FakeSynthesizer, text: str, *, language: str):  # type: ignore[no-untyped-def]
        async for piece in noise(self, text, language=language):
            yield piece
            raise SpeechFailed("the voice died.")

    monkeypatch.setattr(FakeSynthesizer, "stream", failing)
    line = await ring(house, LONG)
    await house.clock.advance(seconds(FIRST) + 0.5)
    assert line.call.cause is CallCause.ENDED
    assert line.texts() == [FIRST]
    assert (await line.journal("failed"))[0]["error"] == "the voice died."


def flow_with_file(folder: Path, name: str) -> str:
    (folder / name).write_bytes(b"RIFF")
    return f"flow: x\nstart: [call_incoming]\nsteps:\n  - play: {name}\n  - end: Goodbye.\n"


async def test_a_file_is_played_in_its_turn(house: House, tmp_path: Path) -> None:
    house.sounds = files = Files()
    line = await ring(house, flow_with_file(tmp_path, "jingle.wav"))
    await house.clock.advance(2.0 + seconds("Goodbye.") + 0.3)
    assert line.leg.heard[0].pcm == files.jingle
    assert line.call.cause is CallCause.ENDED
    first, _ = await line.journal("played")
    assert first["text"].endswith("jingle.wav")


@pytest.mark.parametrize("there", [True, False], ids=["no sound", "no files at all"])
async def test_a_file_that_cannot_be_played_is_skipped(house: House, tmp_path: Path, there: bool) -> None:
    house.sounds = Files() if there else None
    line = await ring(house, flow_with_file(tmp_path, "picture.wav"))
    await house.clock.advance(seconds("Goodbye.") + 0.3)
    assert line.texts() == ["Goodbye."]
    assert "picture.wav" in (await line.journal("failed"))[0]["error"]
    await assert_nothing_is_left(line)


async def test_keys_are_sent_in_their_turn(house: House) -> None:
    line = await ring(
        house,
        'flow: x\nstart: [call_incoming]\nsteps:\n  - say: One.\n  - send_digits: "12#,,3"\n  - end: Two.\n',
    )
    await house.clock.advance(seconds("One.") + 0.3)
    await line.press("9")
    await house.clock.advance(10)
    assert line.leg.sent == ["12#,,3"]
    assert line.texts() == ["One.", "Two."]
    assert [row["text"] for row in await line.journal("played")] == ["One.", "12#,,3", "Two."]


INTERRUPTED = """
flow: x
start: [call_incoming]
steps:
  - say: These words are heard in full.
    barge_in: never
  - choose: What?
    options: {one: {key: 1}}
  - end: Bye.
"""


async def test_the_leg_knows_which_lines_a_key_cuts(house: House) -> None:
    """So that it need not wait for the bot."""
    line = await ring(house, INTERRUPTED)
    await house.clock.advance(seconds("These words are heard in full.") + seconds("What?") + 1)
    await line.press("1")
    await house.clock.advance(5)
    assert [line.texts()[n] for n in (0, 2)] == ["These words are heard in full.", "Bye."]
    assert [each.until_key for each in line.leg.heard] == [False, True, True]
