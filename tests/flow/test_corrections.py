"""What people say who want an earlier answer otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botkit.flow.corrections import corrections
from botkit.flow.loader import load_flows
from botkit.flow.slot_types import Situation
from botkit.flow.wording import Wording
from botkit.model.inputs import KeysEnded

english = Situation(today=date(2026, 3, 2), wording=Wording("en"))
spoken = Situation(today=date(2026, 3, 2), wording=Wording("en"), spoken=True)
german = Situation(today=date(2026, 3, 2), wording=Wording("de"))

ROOM = """
    flow: room
    slots:
      name: {ask: Your name?}
      day: {type: date, label: date, ask: Which day?}
      people: {type: number, ask: How many?}
      room: {type: choice, ask: Which room?, options: {red: {}, blue: {}}}
    steps:
      - collect: [name, day, people, room]
      - confirm: "{{ name }}, {{ day }}, {{ people }}, {{ room }}?"
        slots: [name, day, people, room]
        no: [{end: Never mind.}]
      - end: Booked.
"""
VALUES = {"name": "Ann", "day": "2026-03-05", "people": 2, "room": "red"}


@pytest.fixture(scope="module")
def slots(tmp_path_factory):
    path = tmp_path_factory.mktemp("flows") / "room.yaml"
    path.write_text(ROOM)
    return load_flows([path]).flows["room"].slots


CASES = {
    "no, Tuesday": {"day": "2026-03-03"},
    "Tuesday": {"day": "2026-03-03"},
    "No. Not Thursday, but Tuesday!": {"day": "2026-03-03"},
    "Tuesday, not Thursday": {"day": "2026-03-03"},
    "make it Tuesday instead": {"day": "2026-03-03"},
    "no, it should be 3": {"people": 3},
    "3 people": {"people": 3},
    "sorry, I meant 3 people": {"people": 3},
    "no, the name is Bob": {"name": "Bob"},
    "name: Bob": {"name": "Bob"},
    "no, Bob": {"name": "Bob"},
    "no, blue please": {"room": "blue"},
    "change the date": {"day": None},
    "please change my day": {"day": None},
    "the date is wrong": {"day": None},
    "no, the date": {"day": None},
    "change the date to Tuesday": {"day": "2026-03-03"},
    "I'd like to correct the name to Bob": {"name": "Bob"},
    "the people are 4": {"people": 4},
    "no": {},
    "no thanks": {},
    "no, that's wrong": {},
    "no, that's fine": {},
    "no, cancel": {},
    "no, later": {},
    "no, all good": {},
    "no thanks, bye": {},
    "no, the name is fine": {},
    "no, Tuesday at eight": {},
    "yes, but on Tuesday": {"day": "2026-03-03"},
    "yes, but hurry": {},
    "nope, not really": {},
    "no, I don't want that": {},
    "no, on Thursday the 5th of March": {},
    "no, the name is Ann": {},
    "Bob": {},
    "no, I would rather talk to somebody about this": {},
    "": {},
    ", . !": {},
}


@pytest.mark.parametrize("text", CASES)
def test_what_is_meant(text: str, slots) -> None:
    assert corrections(text, slots, VALUES, english) == CASES[text]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nein, Dienstag", {}),
        ("nein, der name ist Bob", {"name": "Bob"}),
        ("nein, sondern 3", {"people": 3}),
        ("ändere die date", {"day": None}),
        ("das date ist falsch", {"day": None}),
        ("nein, 4 people", {"people": 4}),
        ("nein danke", {}),
    ],
)
def test_in_german(text: str, found: object, slots) -> None:
    known = {name: slot for name, slot in slots.items() if name != "name" or (found and "name" in found)}
    assert corrections(text, known, VALUES, german) == found


def test_what_fits_several_is_told_for_all(load) -> None:
    flow = load(
        "flow: f\nslots: {out: {type: date}, back: {type: date}, note: {}}\nsteps: [end]", handlers=()
    ).flows["f"]
    values = {"out": "2026-03-05", "back": "2026-03-06", "note": "x"}
    found = corrections("no, Tuesday", flow.slots, values, english)
    assert found == {"out": "2026-03-03", "back": "2026-03-03"}
    assert corrections("no, back is Tuesday", flow.slots, values, english) == {"back": "2026-03-03"}


def test_while_another_question_is_open_it_takes_a_lead_or_a_name(slots) -> None:
    assert corrections("3", slots, VALUES, english, led=True) == {}
    assert corrections("sorry, 3", slots, VALUES, english, led=True) == {"people": 3}
    assert corrections("3 people", slots, VALUES, english, led=True) == {"people": 3}


def test_beside_a_yes_only_a_change_that_names_a_slot_counts(slots) -> None:
    assert corrections("correct, Tuesday", slots, VALUES, english, only_changes=True) == {}
    assert corrections("correct the date", slots, VALUES, english, only_changes=True) == {"day": None}
    assert corrections("yes, but Tuesday", slots, VALUES, english, only_changes=True) == {"day": "2026-03-03"}
    assert corrections("ja, aber 3", slots, VALUES, german, only_changes=True) == {"people": 3}


def test_a_yes_or_no_answers_the_question_and_corrects_nothing(load) -> None:
    flow = load("flow: f\nslots: {veg: {type: yes_no, label: vegetarian}}\nsteps: [end]", handlers=()).flows[
        "f"
    ]
    for text in ("no, it's right", "no, correct", "no, sure"):
        assert corrections(text, flow.slots, {"veg": False}, english) == {}
    assert corrections("no, vegetarian is yes", flow.slots, {"veg": False}, english) == {"veg": True}


leads = st.sampled_from(["", "no, ", "Sorry, ", "wait, I meant ", "No! "])
words = st.lists(
    st.sampled_from(
        [
            "no",
            "not",
            "the",
            "name",
            "date",
            "is",
            "Tuesday",
            "3",
            "people",
            "Bob",
            "red",
            "change",
            "to",
            "but",
        ]
    ),
    max_size=6,
).map(" ".join)


@given(
    leads, st.one_of(st.text(max_size=400), words), st.sampled_from([english, spoken, german]), st.booleans()
)
def test_never_raises_and_changes_only_what_is_there(
    slots, lead: str, text: str, at: Situation, led: bool
) -> None:
    found = corrections(lead + text, slots, VALUES, at, led=led)
    assert found.keys() <= slots.keys()
    for name, value in found.items():
        assert value is None or value != VALUES[name]
        assert value is None or slots[name].kind.coerced(value, at) == value


@given(leads, st.dates(date(2026, 3, 10), date(2027, 1, 1)))
def test_a_date_corrects_the_only_date(slots, lead: str, day: date) -> None:
    said = lead + day.isoformat()
    assert corrections(said, slots, VALUES, english) == {"day": day.isoformat()}
    assert corrections(f"the date is {day.isoformat()}", slots, VALUES, english) == {"day": day.isoformat()}


def filled(talk):
    return talk.says("Ann").says("2026-03-05").says("2").says("red")


def test_confirm_on_chat(chat) -> None:
    talk = filled(chat(ROOM))
    assert talk.heard == ["Ann, 2026-03-05, 2, red?"]
    assert talk.says("no, Tuesday").heard == ["Ann, 2026-03-03, 2, red?"]
    assert talk.why == ["2 confirm corrected"]
    assert talk.says("no, the name is Bob").heard == ["Bob, 2026-03-03, 2, red?"]
    assert talk.copy().says("yes").heard == ["Booked."]
    asked = talk.copy().says("change the date")
    assert asked.heard == ["Which day?"]
    assert asked.says("Friday").heard == ["Bob, 2026-03-06, 2, red?"]
    assert talk.says("no").heard == ["Your name?"]


def test_confirm_by_voice(call) -> None:
    talk = call(ROOM).speaks("Ann").speaks("next Thursday").speaks("two").speaks("red")
    assert talk.heard[-1].startswith("Ann, 2026-03-05, 2, red?")
    assert talk.speaks("No, Tuesday.").heard[0].startswith("Ann, 2026-03-03, 2, red?")
    unsure = talk.copy().speaks("No, Friday.", confidence=0.2)
    assert unsure.heard == ["Did you say March 6, 2026?"]
    assert unsure.speaks("yes").heard[0].startswith("Ann, 2026-03-06")
    assert talk.speaks("change the date").heard == ["Which day?"]


TRIP = """
    flow: trip
    slots:
      out: {type: date, ask: When out?}
      back: {type: date, label: way back, ask: When back?}
      pin: {type: digits, length: 4, ask: PIN?}
    steps:
      - collect: [out, back, pin]
      - confirm: "{{ out }} to {{ back }}, {{ pin }}?"
        slots: [out, back, pin]
      - end: Booked.
"""


def test_which_one_is_asked_on_chat(chat) -> None:
    talk = chat(TRIP).says("2026-03-05").says("2026-03-06").says("4711").says("no, Tuesday")
    assert talk.heard == ["Which one do you mean?"]
    assert [option.text for option in talk.question.form.controls[0].options] == ["out", "way back"]
    assert talk.copy().says("hm?").heard == ["Sorry, I did not understand.", "Which one do you mean?"]
    assert talk.copy().submits(which="out").heard == ["2026-03-03 to 2026-03-06, 4711?"]
    assert talk.says("the way back").heard == ["2026-03-05 to 2026-03-03, 4711?"]
    plain = chat(TRIP, capabilities=NoForms()).says("2026-03-05").says("2026-03-06").says("4711")
    assert plain.says("no, Tuesday").heard == ["Which one do you mean?\n- out\n- way back"]


class NoForms:
    forms = False


def test_which_one_is_asked_on_a_call(call) -> None:
    talk = call(TRIP).speaks("next Thursday").speaks("next Friday").presses("4711").speaks("no, Tuesday")
    assert talk.heard == [
        "Which one do you mean? For out, press 1 or say out. For way back, press 2 or say way back."
    ]
    assert talk.question.keys.choices == ("1", "2")
    assert talk.copy().presses("2").heard[0].startswith("2026-03-05 to 2026-03-03")
    assert talk.copy().presses("7", KeysEnded.DIGITS).heard[0] == "Sorry, I did not understand."
    assert talk.speaks("out").heard[0].startswith("2026-03-03 to 2026-03-06")


def test_figures_are_confirmed_before_they_correct(call) -> None:
    talk = call(TRIP).speaks("next Thursday").speaks("next Friday").presses("4711")
    assert talk.speaks("no, the pin is one two three four").heard == ["I heard 1, 2, 3, 4. Is that right?"]
    assert talk.speaks("yes").heard[0].startswith("2026-03-05 to 2026-03-06, 1234?")


def test_an_earlier_answer_while_another_question_is_open(chat, call) -> None:
    talk = chat(ROOM).says("Ann").says("2026-03-05").says("2")
    assert talk.heard == ["Which room?"]
    assert talk.says("sorry, I meant 3 people").heard == ["All right, people: 3.", "Which room?"]
    assert talk.says("sorry, on Friday").heard == ["All right, date: Mar 6, 2026.", "Which room?"]
    assert talk.copy().says("3").heard == ["Sorry, I did not understand.", "Which room?"]
    assert talk.copy().says("change the people").heard == ["How many?"]
    assert talk.says("no, blue").heard == ["Ann, 2026-03-06, 3, blue?"]
    spoken = call(ROOM).speaks("Ann").speaks("next Thursday").speaks("two")
    assert spoken.speaks("Sorry, I meant three people.").heard[0] == "All right, people: 3."


def test_a_secret_is_not_said_aloud_and_stays_one_on_chat(chat, call) -> None:
    secret = TRIP.replace("length: 4,", "length: 4, secret: true,").replace(", {{ pin }}", "")
    talk = chat(secret).says("2026-03-05").says("2026-03-06").says("4711")
    assert talk.says("no, the pin is 1234").turn.secret
    assert talk.slot("pin") == "1234"
    spoken = call(secret).speaks("next Thursday").speaks("next Friday").presses("4711")
    assert spoken.speaks("no, the pin is one two three four").slot("pin") != "1234"
