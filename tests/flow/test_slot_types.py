"""Each type of slot reads an answer on every channel that it claims, and refuses what it is not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from botkit.flow.extensions import Extensions
from botkit.flow.json_schema import flow_schema
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.manual import slot_type_section
from botkit.flow.slot_types import Situation, SlotType, slot_types
from botkit.flow.slots import Slot, own_types
from botkit.flow.steps import verbs
from botkit.flow.wording import Wording
from botkit.model.errors import UsageError
from botkit.model.inputs import ReceivedFile
from botkit.model.session import Channel

monday = date(2026, 3, 2)
english = Situation(today=monday, wording=Wording("en"))
german = Situation(today=monday, wording=Wording("de"))
on_call = Situation(today=monday, wording=Wording("en"), spoken=True)
photo = ReceivedFile(name="a.jpg", content_type="image/jpeg", size=9, file="1-a.jpg")
kept_photo = {"name": "a.jpg", "content_type": "image/jpeg", "size": 9, "file": "1-a.jpg"}
kept_recording = {"name": "", "content_type": "", "size": 0, "file": "a.wav"}


@pytest.fixture
def slot(load):
    """A slot as a flow file writes it."""

    def made(options: str) -> Slot:
        return load(f"flow: f\nslots: {{x: {{{options}}}}}\nsteps: [end]").flows["f"].slots["x"]

    return made


TYPED = {
    "type: text": {" Ann Lee ": "Ann Lee", "  ": None},
    "type: digits, length: 4": {"04 71": "0471", "471": None, "x": None},
    "type: spelling": {"b 4 x": "B4X"},
    "type: number, min: 0, max: 9": {"3": 3, "seven": 7, "10": None, "-1": None, "many": None},
    "type: money, currency: EUR": {
        "12.50": 12.5,
        "12,50": 12.5,
        "12": 12,
        "€12.50": 12.5,
        "12.50 €": 12.5,
        "EUR 12.50": 12.5,
        "1,200.50": 1200.5,
        "1.200,50": 1200.5,
        "1 200": 1200,
        "12 euros": 12,
        "twelve euros and fifty cents": 12.5,
        "twelve fifty": 12.5,
        "twelve oh five": 12.05,
        "fifty cents": 0.5,
        "12 euro 50": 12.5,
        "two hundred euros": 200,
        "12 dollars": None,
        "$12.50": None,
        "12.505": None,
        "-3": None,
        "minus five euros": None,
        "10-20": None,
        "10%": None,
        "a lot": None,
    },
    "type: money, currency: USD, max: 100": {
        "$12.50": 12.5,
        "12 US dollars": 12,
        "twelve dollars fifty": 12.5,
        "one hundred and one dollars": None,
    },
    "type: money, currency: JPY": {"1,200 yen": 1200, "12.50": None},
    "type: money, currency: GBP": {"three pounds and fifty pence": 3.5, "50p": 0.5},
    "type: yes_no": {"yes please": True, "nope": False, "perhaps": None},
    "type: choice, options: {in: {}, out: {words: [garden]}}": {"the garden": "out", "1": "in", "up": None},
    "type: date": {"31 March": "2026-03-31", "tomorrow": "2026-03-03", "soon": None},
    "type: time": {"half past nine": "09:30", "9": "09:00", "later": None, "9-10": None, "9:30 - 10": None},
    "type: duration": {
        "90 minutes": 5400,
        "1h30m": 5400,
        "1 h 30 min": 5400,
        "an hour and a half": 5400,
        "one and a half hours": 5400,
        "half an hour": 1800,
        "three quarters of an hour": 2700,
        "quarter of an hour": 900,
        "two and a half hours": 9000,
        "1.5 hours": 5400,
        "1,5 hours": 5400,
        "an hour": 3600,
        "1 hour 30": 5400,
        "an hour and twenty minutes": 4800,
        "two days": 172_800,
        "a week": 604_800,
        "30 seconds": 30,
        "90": None,
        "10 minutes 2 hours": None,
        "0 minutes": None,
        "20 years": None,
        "500 days": None,
        "-5 minutes": None,
        "1,500 minutes": None,
        "2-3 hours": None,
    },
    "type: phone": {
        "+49 (0)30 90 18 20": "+4930901820",
        "0049-30-901820": "+4930901820",
        "030/901820": "030901820",
        "(555) 010-9999": "5550109999",
        "tel:+15550109999": "+15550109999",
        "+0 1234": None,
        "12": None,
        "+1234567890123456": None,
        "call me": None,
        "030 901820 or so": None,
    },
    "type: email": {
        "Ada@Example.COM": "Ada@example.com",
        "<ada.lovelace+x@mail.example.co.uk>.": "ada.lovelace+x@mail.example.co.uk",
        "mailto:ada@example.com": "ada@example.com",
        "ada@localhost": None,
        "ada at example.com": None,
        "@example.com": None,
        "a@b@example.com": None,
        "ada@-example.com": None,
    },
    "type: file": {"here": None},
    "type: list": {
        "Tee, Milch und Zucker": ["Tee", "Milch", "Zucker"],
        "tea": ["tea"],
        "tea, milk and sugar": ["tea", "milk", "sugar"],
        "rock and roll; jazz": ["rock and roll", "jazz"],
        "tea, black\nmilk": ["tea, black", "milk"],
    },
    "type: list, of: number, items: 2..3, max: 2000": {
        "1,200 and 300": [1200, 300],
        "1,2,3": [1, 2, 3],
        "1": None,
        "1, 2, 3, 4": None,
        "1 and tea": None,
        "two hundred and five": None,
        "two hundred and five and six": [205, 6],
        "1 and 3000": None,
    },
    "type: list, of: choice, options: {tea: {}, milk: {}}": {"tea & milk": ["tea", "milk"], "beer": None},
}


@pytest.mark.parametrize("options", TYPED)
def test_typed_and_submitted(options: str, slot) -> None:
    made = slot(options)
    for text, value in TYPED[options].items():
        assert made.typed(text, english) == value, text
        assert made.submitted(text, english) == value, text
        if value is not None:
            kept = made.kind.coerced(value, english)
            assert kept == value, text
            assert made.submitted(made.kind.written(value), english) == value, text


@pytest.mark.parametrize("options", TYPED)
def test_what_is_kept_can_be_said(options: str, slot) -> None:
    made = slot(options)
    for at in (english, german, on_call):
        assert made.kind.hint(at)
        for value in filter(None, TYPED[options].values()):
            assert made.kind.said(value, at)
            assert made.kind.said(value, at) in made.kind.read_back(value, at)


@pytest.mark.parametrize(
    ("options", "text", "value"),
    [
        ("type: digits", "double oh seven", "007"),
        ("type: digits, length: 3", "Four and one, two.", "412"),
        ("type: digits, length: 4", "Four and one, two.", None),
        ("type: digits, length: 3..4", "Four and one, two.", None),
        ("type: spelling", "B for bravo, four, x-ray.", "B4X"),
        ("type: number", "twenty one.", 21),
        ("type: money, currency: EUR", "Twelve euros and fifty cents.", 12.5),
        ("type: money, currency: EUR", "twelve fifty", 12.5),
        ("type: yes_no", "Yes, please.", True),
        ("type: choice, options: {inside: {}, garden: {}}", "in the garden", "garden"),
        ("type: choice, options: {inside: {}, garden: {}}", "bananas", None),
        ("type: date", "Next Tuesday.", "2026-03-03"),
        ("type: time", "Half past nine.", "09:30"),
        ("type: duration", "An hour and a half.", 5400),
        ("type: phone", "Plus four nine three oh nine oh one eight two oh.", "+4930901820"),
        ("type: phone", "zero three zero, nine zero one", "030901"),
        ("type: phone", "I don't have one", None),
        ("type: email", "Ada dot Lovelace at example dot com.", "ada.lovelace@example.com"),
        ("type: email", "A, D, A, at example dot com", "ada@example.com"),
        ("type: email", "ada underscore two at mail dot example dot org", "ada_2@mail.example.org"),
        ("type: email", "ada@example.com.", "ada@example.com"),
        ("type: email", "My email is ada@example.com.", "ada@example.com"),
        ("type: email", "I have none", None),
        ("type: list", "Tea, milk and sugar.", ["tea".title(), "milk", "sugar"]),
        ("type: list, of: number", "twenty and five", [20, 5]),
    ],
)
def test_spoken(options: str, text: str, value: object, slot) -> None:
    assert slot(options).kind.heard(text, on_call) == value


@pytest.mark.parametrize(
    ("options", "keys", "value"),
    [
        ("type: digits, length: 4", "0471", "0471"),
        ("type: digits", "04*1", None),
        ("type: number", "12", 12),
        ("type: number", "3*5", 3.5),
        ("type: number, max: 3", "4", None),
        ("type: money, currency: EUR", "12*50", 12.5),
        ("type: money, currency: EUR", "12", 12),
        ("type: money, currency: EUR", "12*505", None),
        ("type: money, currency: EUR", "12*", None),
        ("type: money, currency: EUR", "*", None),
        ("type: yes_no", "2", False),
        ("type: yes_no", "3", None),
        ("type: choice, options: {a: {}, b: {key: 7}}", "7", "b"),
        ("type: phone", "004930901820", "+4930901820"),
        ("type: phone", "030901820", "030901820"),
        ("type: phone", "1*", None),
        ("type: date", "31", None),
        ("type: file", "1", None),
    ],
)
def test_keyed_in(options: str, keys: str, value: object, slot) -> None:
    made = slot(options)
    assert made.kind.pressed(keys) == value
    assert made.kind.by_keys or value is None


@pytest.mark.parametrize(
    ("options", "value", "kept"),
    [
        ("type: number", 3.5, 3.5),
        ("type: money, currency: EUR", 12.5, 12.5),
        ("type: money, currency: EUR", 0.1 + 0.2, 0.3),
        ("type: money, currency: EUR", "12.50 EUR", 12.5),
        ("type: money, currency: EUR", "12.50 USD", None),
        ("type: money, currency: EUR", True, None),
        ("type: duration", 5400, 5400),
        ("type: duration", 0, None),
        ("type: yes_no", True, True),
        ("type: date", "2026-03-31T09:30:00+00:00", "2026-03-31"),
        ("type: time", "2026-03-31T09:30:00+00:00", "09:30"),
        ("type: file", kept_photo, kept_photo),
        ("type: file", {"file": "a.wav", "seconds": 3.0}, kept_recording),
        ("type: file", "a.jpg", None),
        ("type: list, of: number", [1, "two"], [1, 2]),
        ("type: list, of: number", [1, None], None),
        ("type: list, of: file", [kept_photo], [kept_photo]),
    ],
)  # fmt: skip
def test_set_by_a_step(options: str, value: object, kept: object, slot) -> None:
    assert slot(options).kind.coerced(value, english) == kept


def test_files_that_were_sent(slot) -> None:
    one, many = slot("type: file").kind, slot("type: list, of: file, items: 1..2").kind
    assert one.attached([photo]) == kept_photo
    assert one.attached([photo, photo]) is None
    assert many.attached([photo, photo]) == [kept_photo, kept_photo]
    assert many.attached([photo] * 3) is None
    assert one.written(kept_photo) == "a.jpg"
    assert not many.on_calls
    assert not many.in_forms


def test_amounts_in_the_language_of_the_flow(slot) -> None:
    kind = slot("type: money, currency: EUR").kind
    assert kind.typed("1.200", german) == 1200
    assert kind.typed("1.200", english) is None
    assert kind.typed("1,200", english) == 1200
    assert kind.said(12.5, german) == "12,50 €"
    assert kind.said(12.5, on_call) == "12.50 euros"


def test_numbers_in_the_language_of_the_flow(slot) -> None:
    kind = slot("type: number").kind
    read = {"1,5": 1.5, "1.5": 1.5, "0.125": 0.125, "1.200,5": 1200.5, "1.200.000": 1_200_000}
    read |= {"1.200": None, "1,200": None, "1,200,300": 1_200_300}
    assert {text: kind.typed(text, german) for text in read} == read
    assert {text: kind.heard(text, german) for text in read} == read
    assert kind.coerced("1.234", german) == 1.234


def test_an_address_is_read_back_letter_by_letter(slot) -> None:
    back = slot("type: email").kind.read_back("ada.l@example-mail.com", on_call)
    assert back == "I heard a, d, a, dot, l, at example dash mail dot com. Is that right?"
    back = slot("type: phone").kind.read_back("+4930", on_call)
    assert back == "I heard plus, 4, 9, 3, 0. Is that right?"


EXAMPLES = {"choice": "type: choice, options: {inside: {}, garden: {words: [the garden]}}"} | {
    "money": "type: money, currency: EUR"
}
NOT_TYPED = {("money", "$12.50"), ("file", "a photo, attached")}


@pytest.mark.parametrize("cls", slot_types, ids=lambda cls: cls.name)
def test_the_answers_of_the_manual_are_read(cls: type[SlotType], slot) -> None:
    made = slot(EXAMPLES.get(cls.name, f"type: {cls.name}"))
    for answer in cls.answers:
        if (cls.name, answer) not in NOT_TYPED:
            read = made.typed(answer, english), made.kind.heard(answer, on_call)
            assert read != (None, None), answer
    for at, example_of in ((english, ", for example "), (german, ", zum Beispiel ")):
        hint, _, example = cls.hints[at.wording.language].partition(example_of)
        assert hint
        assert not example or made.typed(example, at) is not None, example


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("type: money", "missing-key"),
        ("type: list, of: money", "missing-key"),
        ("type: money, currency: EURO", "wrong-value"),
        ("type: list, of: list", "wrong-value"),
        ("type: colour", "wrong-value"),
        ("type: number, currency: EUR", "wrong-slot-option"),
        ("type: list, of: number, length: 3", "wrong-slot-option"),
        ("type: number, of: text", "wrong-slot-option"),
        ("type: list, items: 3..2", "wrong-value"),
    ],
)
def test_slots_that_cannot_be(options: str, code: str, slot) -> None:
    with pytest.raises(FlowFileError) as caught:
        slot(options)
    assert [finding.code for finding in caught.value.findings] == [code]


def plate() -> type[SlotType]:
    """The type that the manual shows."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "slots.md").read_text(encoding="utf-8")
    written: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], written)
    (shown,) = written["register_slot_types"]()
    assert issubclass(shown, SlotType)
    return shown


Plate = plate()


GARAGE = """
    flow: garage
    slots: {plate: {type: plate, ask: Your plate?}, more: {type: list, of: plate, ask: Others?}}
    steps:
      - collect: [plate, more]
      - end: "{{ plate }}: {{ more }}"
"""


def test_a_plugins_type_is_like_botkits_own(load, dialogue) -> None:
    flows = load(GARAGE, extensions=Extensions(slot_types=[Plate]))
    talk = dialogue(flows, Channel.CHAT).begin()
    assert talk.says("!").heard[-1] == "Your plate?"
    assert talk.says("b mw 1234").heard == ["Others?"]
    assert talk.says("k a 1 and k b 2").heard == ["BMW1234: KA1, KB2"]
    with pytest.raises(FlowFileError, match="There is no type `plate`"):
        load(GARAGE)
    assert "## plate" in slot_type_section(Plate)
    schema = flow_schema(verbs, [*slot_types, Plate])
    file = {"flow": "f", "slots": {"x": {"type": "plate"}}, "steps": ["end"]}
    assert Draft202012Validator(schema).is_valid(file)
    assert not Draft202012Validator(flow_schema(verbs, slot_types)).is_valid(file)


def test_types_that_clash_or_lack_something_are_refused(load) -> None:
    class Date(Plate):
        name = "date"

    class Silent(SlotType):
        name = "silent"

    for cls, word in ((Date, "date"), (Silent, "hints")):
        with pytest.raises(UsageError, match=word):
            load(GARAGE, extensions=Extensions(slot_types=[Plate, cls]))


@pytest.fixture(scope="module")
def one_of_each(tmp_path_factory) -> dict[str, Slot]:
    path = tmp_path_factory.mktemp("flows") / "f.yaml"
    slots = "".join(f"  s{number}: {{{options}}}\n" for number, options in enumerate(TYPED))
    path.write_text(f"flow: f\nslots:\n{slots}steps: [end]\n")
    return dict(load_flows([path]).flows["f"].slots)


bits = st.sampled_from(
    [
        *(
            "and",
            "half",
            "an",
            "hour",
            "12",
            "1,200.50",
            "euros",
            "$",
            "at",
            "dot",
            "com",
            "ada",
            "plus",
            "of",
        ),
        *(
            "0049",
            "h",
            "point",
            "oh",
            "five",
            "twenty",
            ";",
            ",",
            "minutes",
            "to",
            "next",
            "not",
            "cents",
            "@",
        ),
    ]
)
said = st.one_of(st.text(max_size=400), st.lists(bits, max_size=8).map(" ".join))


@given(said, st.sampled_from([english, german, on_call]))
def test_whatever_somebody_says_is_read_or_not(one_of_each, text: str, at: Situation) -> None:
    for slot in one_of_each.values():
        for value in (slot.typed(text, at), slot.kind.heard(text, at), slot.submitted(text, at)):
            if value is not None:
                json.dumps(value)
                assert slot.kind.coerced(value, at) == value, slot.type.name
                assert slot.kind.said(value, at)


@given(st.text("0123456789*#", max_size=50))
def test_whatever_somebody_presses_is_read_or_not(one_of_each, keys: str) -> None:
    for slot in one_of_each.values():
        value = slot.kind.pressed(keys)
        assert value is None or slot.kind.coerced(value, english) == value, slot.type.name


def test_every_type_has_a_table() -> None:
    tried = {options.partition(",")[0].removeprefix("type: ") for options in TYPED}
    assert tried == set(own_types)
