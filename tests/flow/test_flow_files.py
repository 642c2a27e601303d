"""A slot that is a file, asked for on chat."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError
from botkit.model.effects import Post, Run
from botkit.model.inputs import FileLost, ReceivedFile, TextReceived

CLAIM = """
    flow: claim
    start: [mention]
    globals: {cancel: {}}
    slots:
      name: {ask: Your name?}
      photo: {type: file, ask: Please send a photo.}
      day: {type: date, ask: When?}
    steps:
      - collect: [photo, name, day]
        as: form
      - run: look
        with: {file: "{{ photo }}"}
      - post: "{{ name }}: {{ photo.name }}"
        to: desk@example.com
        files: [photo]
      - end: Thank you.
"""
photo = ReceivedFile(name="a.jpg", content_type="image/jpeg", size=9, file="1-a.jpg")
kept = {"name": "a.jpg", "content_type": "image/jpeg", "size": 9, "file": "1-a.jpg"}


def sends(talk, *files: ReceivedFile, text: str = ""):
    return talk.give(TextReceived(text=text, files=files))


def asked(chat):
    talk = chat(CLAIM).submits(name="Ann", day="tomorrow")
    assert talk.heard == ["Please send a photo."]
    return talk


def test_it_comes_behind_the_form(chat) -> None:
    talk = chat(CLAIM)
    assert [control.name for control in talk.question.form.controls] == ["name", "day", "send"]
    assert not talk.session.awaits_files
    asked(chat)


def test_a_file_is_kept_posted_on_and_handed_over(chat) -> None:
    talk = asked(chat)
    assert talk.session.awaits_files
    assert talk.question.form is None
    sends(talk, photo)
    assert talk.slot("photo") == kept
    assert not talk.session.awaits_files
    assert next(each for each in talk.effects if isinstance(each, Run)).arguments == {"file": kept}
    talk.returns()
    assert next(each for each in talk.effects if isinstance(each, Post)).files == ("1-a.jpg",)
    assert talk.posts == [("desk@example.com", "Ann: a.jpg")]


def test_what_is_no_file_is_asked_for_again(chat) -> None:
    talk = asked(chat)
    assert talk.copy().says("later").heard == ["Sorry, I did not understand.", "Please send a photo."]
    assert sends(talk.copy(), photo, photo).heard[-1] == "Please send a photo."
    assert talk.says("cancel").heard == ["All right, cancelled."]


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (FileLost.TOO_LARGE, "a.jpg is too large: 20 MB at most."),
        (FileLost.FAILED, "Something went wrong with a.jpg. Please send it again."),
    ],
)
def test_a_file_that_is_lost_is_told(chat, lost: FileLost, told: str) -> None:
    broken = ReceivedFile(name="a.jpg", content_type="image/jpeg", size=9, lost=lost)
    talk = sends(asked(chat), broken)
    assert talk.heard == [told, "Please send a photo."]
    assert talk.session.awaits_files
    assert talk.turn.why[-1].read == {"lost": lost}
    own = chat(CLAIM.replace("as: form", "as: form\n        no_match: [Once more please.]"))
    own.submits(name="Ann", day="tomorrow")
    assert sends(own, broken).heard == [f"{told} Once more please.", "Please send a photo."]


def test_a_file_that_nobody_asked_for_is_left_aside(chat) -> None:
    talk = chat("flow: f\nslots: {n: {ask: Who?}}\nsteps: [{collect: [n]}, {end: 'Hello {{ n }}.'}]")
    assert sends(talk, photo, text="Ann").heard == ["Hello Ann."]


def test_it_cannot_be_asked_on_a_call(load, call) -> None:
    with pytest.raises(FlowFileError) as caught:
        load(CLAIM.replace("[mention]", "[call_incoming]"))
    assert [finding.code for finding in caught.value.findings] == ["slot-not-on-calls"]
    talk = call(CLAIM)
    assert talk.ended
    assert talk.turn.why[-1].branch == "error.not_on_calls"


FORM = """
    flow: order
    slots:
      day: {type: date, ask: When?}
      price: {type: money, currency: EUR, label: Price, ask: How much?}
      guests: {type: list, of: email, rows: 3, ask: Who comes?}
      pin: {type: digits, length: 4, secret: true, ask: PIN?}
    steps:
      - collect: [day, price, guests, pin]
        as: form
      - end: "{{ day }} {{ price }} {{ guests }}"
"""


def test_a_form_with_mistakes_comes_again_with_what_is_expected(chat) -> None:
    talk = chat(FORM)
    talk.submits(day="soon", price="12,50", guests="ada@example.com, bob", pin="4711")
    controls = talk.question.form.controls
    labels = [control.text for control in controls if control.kind == "label"]
    assert labels == [
        "This should be a date, for example 31 March.",
        "This should be a list, parted by commas: an e-mail address, for example ada@example.com.",
    ]
    assert {control.name: control.value for control in controls if control.kind == "input"} == {
        "day": "soon",
        "price": "12,50",
        "guests": "ada@example.com, bob",
        "pin": "",
    }
    assert "4711" not in str(talk.session.state)
    talk.submits(day="5 March 2026", price="12,50", guests="ada@example.com\nbob@example.com", pin="4711")
    assert talk.heard == ["2026-03-05 12.5 ada@example.com, bob@example.com"]


def test_a_form_of_one_field_too(chat) -> None:
    talk = chat(
        FORM.replace("collect: [day, price, guests, pin]", "collect: [day]").replace(
            "{{ price }} {{ guests }}", ""
        )
    )
    assert [each.kind for each in talk.submits(day="soon").question.form.controls] == [
        "label",
        "input",
        "button",
    ]
