"""Files that people send: fetched and kept before the flow hears of them, when it wants them."""

from __future__ import annotations

import pytest

from botkit.model.inputs import most_file_bytes
from botkit.ports.connector import Attachment
from botkit.runtime.receiving import MOST_FILES, safe_name
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

CLAIM = """
flow: claim
start: [mention]
slots:
  photos: {type: list, of: file, items: 1..3, ask: Please send photos.}
steps:
  - collect: [photos]
  - post: "Photos: {% for photo in photos %}{{ photo.name }} ({{ photo.size }}) {% endfor %}"
  - end: Thank you.
"""
PHOTO = Attachment(name="../me\\a\u202egpj.jpg", content_type="image/jpeg", data=b"photo")
NOTE = Attachment(name="note.txt", content_type="text/plain", data=b"")


@pytest.fixture
async def ada(house: House) -> ScriptedPerson:
    house.flow(CLAIM)
    await house.start()
    person = ScriptedPerson(house.platform)
    await person.post("Hello", files=[NOTE])
    await house.clock.settle()
    assert [each.text for each in person.unread()] == ["Please send photos."]
    assert house.blobs.kept == {}  # nobody had asked for a file yet
    return person


async def test_they_are_kept_and_told(house: House, ada: ScriptedPerson) -> None:
    await ada.post("Here", files=[PHOTO, NOTE])
    await house.clock.settle()
    assert [each.text for each in ada.unread()] == ["Photos: agpj.jpg (5) note.txt (0) ", "Thank you."]
    assert list(house.blobs.kept.values()) == [b"photo", b""]


async def test_one_that_is_too_large_is_not_even_fetched(house: House, ada: ScriptedPerson) -> None:
    large = Attachment(name="film.mp4", content_type="video/mp4", data=bytes(most_file_bytes + 1))
    await ada.post("Here", files=[large])
    await house.clock.settle()
    assert [each.text for each in ada.unread()] == [
        "film.mp4 is too large: 20 MB at most.",
        "Please send photos.",
    ]
    assert house.blobs.kept == {}


async def test_one_that_cannot_be_kept_is_asked_for_again(house: House, ada: ScriptedPerson) -> None:
    house.blobs.refuse("The disk is full.")
    await ada.post("Here", files=[NOTE])
    await house.clock.settle()
    assert ada.unread()[0].text == "Something went wrong with note.txt. Please send it again."
    house.blobs.refuse("")
    await ada.post("Again", files=[NOTE])
    await house.clock.settle()
    assert ada.unread()[-1].text == "Thank you."


async def test_of_many_files_some_are_fetched(house: House, ada: ScriptedPerson) -> None:
    await ada.post("Here", files=[NOTE] * (MOST_FILES + 1))
    await house.clock.settle()
    assert len(house.blobs.kept) == MOST_FILES
    assert ada.unread()[-1].text == "Please send photos."  # which are more than three


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("/etc/passwd", "passwd"),
        ("C:\\me\\photo.jpg", "photo.jpg"),
        ("..", "file"),
        ("", "file"),
        ("a\r\nb\x00.txt", "ab.txt"),
        ("gr\u00fc\u00dfe.txt", "gr\u00fc\u00dfe.txt"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe
