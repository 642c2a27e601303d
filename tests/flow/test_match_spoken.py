"""What recognisers write: taken when it is near enough, confirmed when it may be, never guessed."""

from __future__ import annotations

import datetime
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botkit.flow import match
from botkit.flow.match.readings import clearest
from botkit.flow.match.sounds import likeness
from botkit.flow.match.speech import CANDIDATES, ranked
from botkit.model.speech import SpeechKind, SpeechRules

MENU = {
    "hours": ["opening hours", "hours"],
    "billing": ["billing"],
    "support": ["technical support"],
    "agent": ["speak to an agent", "agent"],
    "order": ["track my order"],
    "cancel": ["cancel my order"],
    "status": ["delivery status"],
    "two": ["option two"],
}
TODAY = datetime.date(2026, 11, 22)
"""A Sunday."""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Opening hours.", "hours"), ("Uh, opening hours, please.", "hours"), ("I'd like billing", "billing"),
        ("Tecnical support", "support"), ("Speak to and agent.", "agent"), ("Grab my order.", "order"),
        ("The livery status.", "status"), ("Deliveries, Tattus,", "status"), ("option to", "two"),
        ("Option 2.", "two"), ("Cancelled my order.", "cancel"),
    ],
)  # fmt: skip
def test_what_is_near_enough_is_taken(text: str, name: str) -> None:
    found = match.spoken(text, MENU)
    assert found is not None
    assert (found.name, found.sure) == (name, True)


@pytest.mark.parametrize(
    "text",
    [
        "", "...", "Mm.", "what is the weather like today", "I like pizza with mushrooms", "banana",
        "tell me a joke", "good morning", "track my order or cancel my order", "seven hundred and twelve",
        "order", "x" * 5000,
    ],
)  # fmt: skip
def test_other_speech_is_refused(text: str) -> None:
    found = match.spoken(text, MENU)
    assert found is None or not found.sure


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("what I told the other agent yesterday evening was something else", "agent"),
        ("Rack higher good order", "order"),
    ],
)
def test_what_may_be_meant_is_to_be_confirmed(text: str, name: str) -> None:
    found = match.spoken(text, MENU)
    assert found is not None
    assert (found.name, found.sure) == (name, False)


def test_two_choices_that_sound_alike_are_no_answer() -> None:
    assert match.spoken("billding", {"bill": ["billing"], "build": ["building"]}) is None


@pytest.mark.parametrize(
    ("near", "far"), [("sales sails", "sales tails"), ("two to", "two do"), ("fault vault", "fault cold")]
)
def test_sounds_are_nearer_than_letters(near: str, far: str) -> None:
    assert likeness(*near.split()) > likeness(*far.split())


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == pytest.approx(likeness(other, one))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes, please.", True), ("That's right.", True), ("Yes, that's correct.", True), ("Okay.", True),
        ("That's not right.", False), ("No, that's wrong.", False), ("Definitely not.", False),
        ("Incorrect.", False), ("Definitely.", True),
        ("I'm not sure.", None), ("I don't know.", None), ("banana", None), ("", None), ("Yet,", True),
        ("Come on.", None),
    ],
)  # fmt: skip
def test_yes_no(text: str, value: bool | None) -> None:
    assert match.yes_no(text, spoken=True) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Four, seven, one, two.", "4712"), ("for seven won to", "4712"), ("4 7 1 2", "4712"),
        ("oh nine three five", "0935"), ("double five one", "551"), ("one hundred eighteen", "118"),
        ("Four hundred and five.", "405"), ("two hundred", "200"), ("one hundred one eight", None),
        ("Thirty three.", "33"),
        ("twenty twelve", "2012"), ("My number is one two three", "123"), ("Uh, one two", "12"),
        ("seven forty three", None), ("One, fifteen, zero.", None), ("six people zero", None),
        ("five double", None), ("", None),
    ],
)  # fmt: skip
def test_digits(text: str, value: str | None) -> None:
    assert match.digits(text, spoken=True) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It's twenty-one.", 21), ("2 hundred", 200), ("three point one four", 3.14), ("1,200.", 1200),
        ("minus for", -4), ("to hundred and five", 205), ("point five", None), ("banana", None), ("", None),
    ],
)  # fmt: skip
def test_number(text: str, value: float | None) -> None:
    assert match.number(text, spoken=True) == value


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("today", "2026-11-22"), ("Tomorrow.", "2026-11-23"), ("the day after tomorrow", "2026-11-24"),
        ("yesterday", "2026-11-21"), ("next Tuesday", "2026-11-24"), ("on Tuesday", "2026-11-24"),
        ("Sunday", "2026-11-29"), ("in three days", "2026-11-25"), ("in 2 weeks", "2026-12-06"),
        ("a week from now", "2026-11-29"), ("the 5th of May", "2027-05-05"), ("May fifth", "2027-05-05"),
        ("the twenty first of December", "2026-12-21"), ("December 24 2026", "2026-12-24"),
        ("May fifth twenty twenty seven", "2027-05-05"), ("Friday the fourth of December", "2026-12-04"),
        ("February 29", "2028-02-29"), ("2026-12-25", "2026-12-25"), ("25.12.2026", "2026-12-25"),
        ("5.12.", "2026-12-05"), ("25/12", "2026-12-25"), ("12/25/26", "2026-12-25"), ("6/6", "2027-06-06"),
        ("5/12", None), ("31.2.2026", None), ("Monday the fourth of December", None), ("thirteen", None),
        ("the fortieth of May", None), ("in banana days", None), ("9999999999", None), ("", None),
("in nine hundred million days", None), ("may", None),
    ],
)  # fmt: skip
def test_date(text: str, iso: str | None) -> None:
    found = match.date(text, TODAY)
    assert (found.isoformat() if found and iso else found) == iso


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("half past nine", "09:30"), ("9:30", "09:30"), ("nine thirty pm", "21:30"), ("noon", "12:00"),
        ("Midnight.", "00:00"), ("quarter to five in the afternoon", "16:45"), ("9 p.m.", "21:00"),
        ("9.30 p.m.", "21:30"), ("nine oh five", "09:05"), ("21:30", "21:30"), ("twelve am", "00:00"),
        ("twenty one fifteen", "21:15"), ("nine o'clock", "09:00"), ("at ten past 8 in the evening", "20:10"),
        ("ten to nine", "08:50"), ("a quarter past twelve", "12:15"), ("at nine in the morning", "09:00"),
        ("25:00", None), ("9:75", None), ("thirteen pm", None), ("twenty five", None), ("banana", None),
        ("past nine", None), ("", None),
    ],
)  # fmt: skip
def test_time(text: str, clock: str | None) -> None:
    found = match.time(text)
    assert (found.isoformat("minutes") if found else None) == clock


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A B C", "ABC"), ("ABC-12", "ABC12"), ("B for bravo, L, five", "BL5"), ("A as in alpha", "A"),
        ("November Alpha", "NA"), ("bee see dee", "BCD"), ("double u", "W"), ("double l", "LL"),
        ("X-ray", "X"), ("em like Mike", "M"), ("p as in alpha", None), ("Smith", None), ("double", None),
        ("", None),
    ],
)  # fmt: skip
def test_spelled(text: str, value: str | None) -> None:
    assert match.spelled(text) == value


PART, MAY_GO_ON, WHOLE = match.Completeness.PART, match.Completeness.MAY_GO_ON, match.Completeness.WHOLE


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (SpeechKind.CHOICE, "opening hours", WHOLE), (SpeechKind.CHOICE, "Rack higher good order", PART),
        (SpeechKind.YES_NO, "yes please", WHOLE), (SpeechKind.YES_NO, "well", PART),
        (SpeechKind.DIGITS, "one two three", PART), (SpeechKind.DIGITS, "one two three four", WHOLE),
        (SpeechKind.NUMBER, "twenty", MAY_GO_ON), (SpeechKind.DATE, "the fifth of", PART),
        (SpeechKind.DATE, "tomorrow", MAY_GO_ON), (SpeechKind.TIME, "half past", PART),
        (SpeechKind.TIME, "half past nine", MAY_GO_ON), (SpeechKind.SPELLING, "A B C D", WHOLE),
        (SpeechKind.SPELLING, "A B", PART), (SpeechKind.TEXT, "my printer is broken", PART),
        (SpeechKind.DIGITS, "operator", WHOLE), (SpeechKind.TEXT, "", PART),
    ],
)  # fmt: skip
def test_how_much_of_an_answer_words_are(kind: SpeechKind, text: str, words: match.Completeness) -> None:
    offered: list[tuple[str, tuple[str, ...]]] = [("operator", ("operator",))]
    if kind is SpeechKind.CHOICE:
        offered += [(name, tuple(phrases)) for name, phrases in MENU.items()]
    rules = SpeechRules(kind=kind, choices=tuple(offered), minimum=4, maximum=4)
    assert match.completeness(rules, text) is words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("opening hours", WHOLE), ("I'd like the opening hours please", WHOLE), ("Opening", PART),
        ("Popening,", PART), ("opening powers", WHOLE), ("track my", PART), ("I want to track my", PART),
        ("grab my order", WHOLE), ("my order", WHOLE), ("track", MAY_GO_ON), ("sales", PART),
        ("sales training", WHOLE), ("to the sales team please", WHOLE), ("the sales training is", WHOLE),
    ],
)  # fmt: skip
def test_the_beginning_of_a_longer_phrase_is_no_whole_answer(text: str, words: match.Completeness) -> None:
    choices = {
        "hours": ("opening hours",),
        "track": ("track", "track my order"),
        "sell": ("sales", "sales team"),
        "teach": ("sales training",),
    }
    rules = SpeechRules(kind=SpeechKind.CHOICE, choices=tuple(choices.items()))
    assert match.completeness(rules, text) is words


@given(st.text(max_size=80))
def test_any_text_is_read_or_not(text: str) -> None:
    match.date(text, TODAY)
    match.time(text)
    match.spelled(text)
    match.number(text, spoken=True)
    match.yes_no(text, spoken=True)
    digits = match.digits(text, spoken=True)
    assert digits is None or (digits.isascii() and digits.isdigit())
    found = match.spoken(text, MENU)
    assert found is None or found.name in MENU


@given(
    st.text("abc ", max_size=12), st.lists(st.text("abc ", min_size=1, max_size=12), min_size=9, unique=True)
)
def test_the_phrases_that_are_compared_by_sound_are_those_most_alike_by_letters(
    said: str, phrases: list[str]
) -> None:
    def letters(phrase: str) -> float:
        one, other = said.replace(" ", ""), phrase.replace(" ", "")
        return SequenceMatcher(None, one, other, autojunk=False).ratio()

    most = sorted(((letters(phrase), phrase) for phrase in phrases), reverse=True)[:CANDIDATES]
    found = ranked(said, [(phrase, phrase) for phrase in phrases])
    assert {match.name for match in found} == {phrase for _, phrase in most}


MENU_QUESTION = SpeechRules(
    kind=SpeechKind.CHOICE, choices=tuple((name, tuple(phrases)) for name, phrases in MENU.items())
)
ASSENT_QUESTION = SpeechRules(kind=SpeechKind.YES_NO, choices=(("operator", ("operator",)),))


@pytest.mark.parametrize(
    ("question", "first", "other", "gone_by"),
    [
        (MENU_QUESTION, "Opening hours.", "Billing.", "Opening hours."),
        (MENU_QUESTION, "The bus is gone", "Billing.", "Billing."),
        (MENU_QUESTION, "The little one is theaters", "Delivery status.", "Delivery status."),
        (MENU_QUESTION, "The little one is theaters", "Billing.", "The little one is theaters"),
        (MENU_QUESTION, "The bus is gone", "Banana", "The bus is gone"),
        (MENU_QUESTION, "", "Billing.", "Billing."),
        (ASSENT_QUESTION, "Come back", "Correct", "Correct"),
        (ASSENT_QUESTION, "Brons", "Wrong.", "Wrong."),
        (ASSENT_QUESTION, "Half-sized.", "That's right.", "Half-sized."),
        (ASSENT_QUESTION, "Yo", "No.", "Yo"),
        (ASSENT_QUESTION, "Yes.", "No.", "Yes."),
        (ASSENT_QUESTION, "", "No.", "No."),
        (ASSENT_QUESTION, "The bus is gone", "It is raining", "The bus is gone"),
        (ASSENT_QUESTION, "Yes.", "Operator.", "Yes."),
        (ASSENT_QUESTION, "Upper raider.", "Operator.", "Operator."),
    ],
)  # fmt: skip
def test_a_second_reading_counts_where_the_first_means_nothing_and_never_against_it(
    question: SpeechRules, first: str, other: str, gone_by: str
) -> None:
    assert clearest(question, first, [other]) == gone_by


@pytest.mark.parametrize("kind", SpeechKind)
def test_without_alternatives_there_is_one_reading(kind: SpeechKind) -> None:
    assert clearest(SpeechRules(kind=kind), "one two", ()) == "one two"
