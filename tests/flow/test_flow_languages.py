"""A session speaks one of the flow's languages: which one, and what it says in it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from botkit.flow.loader import FlowFileError
from botkit.flow.messages import needed_forms
from botkit.model.effects import Dial, Each, Say
from botkit.model.inputs import Begin
from botkit.model.session import Channel, Person

HOTEL = """
    flow: hotel
    start: [call_incoming, mention]
    languages: [en, de]
    messages:
      welcome: {en: Welcome., de: Willkommen.}
      rooms:
        en: {one: "{{ count }} room", other: "{{ count }} rooms"}
        de: {call: {one: ein Zimmer, other: "{{ count }} Zimmer"}, chat: Zimmer}
      bye:
        en: {call: Goodbye., chat: See you.}
        de: {call: Auf Wiederhören., chat: Bis bald.}
    slots:
      sure: {type: yes_no, ask: Sure?}
      room: {type: choice, ask: Room?, options: {single: {label: {en: single, de: Einzelzimmer}}, double: {}}}
    globals:
      repeat: {key: 9}
      desk: {words: {en: [reception], de: [Rezeption]}, go: bye}
    steps:
      - say: "{{ messages.welcome }}"
      - choose: Language?
        options: {en: {label: English}, de: {label: Deutsch}}
        into: language
      - choose: "{{ messages.welcome }}"
        options:
          book: {label: {en: booking a room, de: Zimmer buchen}, words: {en: [book], de: [buchen]}}
          ask:  {label: {en: a question, de: eine Frage}, words: {en: [question], de: [Frage]}}
        into: wish
      - collect: [sure, room]
      - id: bye
        end: "{{ messages.rooms | plural(2) }} {{ messages.bye }}"
"""


def told(talk) -> list[tuple[str, str]]:
    return [(effect.text, effect.language) for effect in talk.effects if isinstance(effect, Say)]


@pytest.mark.parametrize(
    ("locale", "language", "said"),
    [
        ("", "", ("Welcome.", "en")),
        ("de-AT", "", ("Willkommen.", "de")),
        ("fr-FR", "", ("Welcome.", "en")),
        ("de-DE", "en", ("Welcome.", "en")),
        ("", "de", ("Willkommen.", "de")),
        ("en-US", "'{{ config.l }}'", ("Willkommen.", "de")),
    ],
)
def test_it_begins_with(load, dialogue, locale: str, language: str, said: tuple[str, str]) -> None:
    text = HOTEL.replace("languages:", f"language: {language}\n    languages:") if language else HOTEL
    flows = load(text.replace("    slots:", "    config: {l: {default: de-DE}}\n    slots:"))
    talk = dialogue(flows, Channel.CHAT)
    talk.session = replace(talk.session, person=Person(id="u1", locale=locale))
    assert told(talk.begin()) == [said]


def test_a_chat_in_german(chat) -> None:
    talk = chat(HOTEL).says("Deutsch")
    assert talk.heard == ["Willkommen."]
    assert talk.session.state["language"] == "de"
    assert [option.text for option in talk.question.form.controls[0].options] == [
        "Zimmer buchen",
        "eine Frage",
    ]
    assert talk.says("xyz").heard[0] == "Entschuldigung, das habe ich nicht verstanden."
    talk.says("ich möchte ein Zimmer buchen")
    assert [option.text for option in talk.question.form.controls[0].options] == ["Ja", "Nein"]
    talk.says("ich weiß nicht").says("ja gerne")
    assert talk.slot("sure") is True
    talk.says("Einzelzimmer")
    assert talk.slot("room") == "single"
    assert talk.heard == ["Zimmer Bis bald."]
    assert talk.ended


def test_a_call_in_german(call) -> None:
    talk = call(HOTEL).speaks("Deutsch")
    assert talk.question.language == "de"
    assert talk.question.prompt == (
        "Willkommen. Für Zimmer buchen drücken Sie die 1 oder sagen Sie buchen. "
        "Für eine Frage drücken Sie die 2 oder sagen Sie Frage."
    )
    assert ("global repeat", ("noch einmal", "nochmal", "repeat", "wie bitte", "wiederholen")) in (
        talk.question.speech.choices
    )
    assert talk.speaks("noch einmal").why[-1] == "3 choose repeat"
    assert talk.speaks("buchen", confidence=0.1).heard == ["Haben Sie Zimmer buchen gesagt?"]
    assert talk.speaks("nee").heard[0] == "Entschuldigung, das habe ich nicht verstanden."
    assert talk.speaks("Rezeption").heard == ["2 Zimmer Auf Wiederhören."]


def test_in_english_the_german_words_mean_nothing(chat) -> None:
    talk = chat(HOTEL).says("English")
    assert talk.says("buchen").heard[0] == "Sorry, I did not understand."
    assert talk.says("reception").heard == ["2 rooms See you."]


def test_it_changes_by_set_and_only_to_one_of_its_own(chat) -> None:
    text = """
        flow: a
        languages: [en, de-DE]
        messages: {m: {en: English, de: Deutsch}}
        slots: {wish: {ask: "{{ messages.m }}?"}}
        when: {error.set: [{end: "no {{ wish }}, {{ language }}"}]}
        steps:
          - id: again
            collect: [wish]
            again: true
          - set: {language: "{{ wish }}"}
          - go: again
    """
    talk = chat(text).says("de-AT")
    assert talk.heard == ["Deutsch?"]
    assert talk.question.language == "de-DE"
    assert talk.says("en").heard == ["English?"]
    assert talk.says("fr").heard == ["no fr, en"]


CALLED = """
    flow: a
    languages: [en, de]
    steps:
      - set: {language: de}
      - call: b
      - call: c
      - call: inner
      - say: "{{ language }}"
    flows:
      inner: {language: fr, steps: [{say: "inner {{ language }}"}]}
"""
BOTH = "flow: b\nlanguages: [de-CH, en]\nlanguage: en\nsteps: [{say: 'b {{ language }}'}]"
ONE = "flow: c\nlanguage: es\nsteps: [{say: 'c {{ language }}'}]"


def test_a_called_flow_takes_it_over_if_it_has_it(chat) -> None:
    assert chat(CALLED, BOTH, ONE).heard == ["b de-CH", "c es", "inner fr", "de"]
    single = CALLED.replace("languages: [en, de]", "language: de").replace(
        "- set: {language: de}", "- say: Hi."
    )
    assert chat(single, BOTH, ONE).heard == ["Hi.", "b de-CH", "c es", "inner fr", "de"]


@pytest.mark.parametrize(
    ("first", "inputs"), [("set: {language: de}", {"language": "de"}), ("say: Hello.", {})]
)
def test_whom_it_calls_and_asks_is_told_the_language_that_was_chosen(
    call, first: str, inputs: object
) -> None:
    text = f"""
        flow: a
        languages: [en, de]
        steps:
          - {first}
          - STEP
        flows:
          other: {{language: en, steps: [{{say: Hello.}}]}}
    """
    dial = call(text.replace("STEP", "{dial: x@example.com, flow: b}"), BOTH).effects[-1]
    assert isinstance(dial, Dial)
    assert dial.inputs == inputs
    dial = call(text.replace("STEP", "{dial: x@example.com, flow: other}"), BOTH).effects[-1]
    assert isinstance(dial, Dial)
    assert dial.inputs == {}
    asked = call(text.replace("STEP", "{each: '[1]', as: n, to: x@example.com, flow: b}"), BOTH).effects[-1]
    assert isinstance(asked, Each)
    assert asked.children[0].inputs == inputs


def test_a_session_begins_in_the_language_it_is_given(load, dialogue) -> None:
    talk = dialogue(load(BOTH), Channel.CHAT).give(Begin(inputs={"language": "de"}))
    assert talk.heard == ["b de-CH"]


def test_a_flow_of_one_language_reads_its_own(chat) -> None:
    assert chat("flow: a\nlanguage: de\nsteps: [{say: '{{ language }}'}]").heard == ["de"]


def test_wording_is_the_flows_where_it_gives_one(chat) -> None:
    text = """
        flow: a
        languages: [en, de, nl]
        language: LANGUAGE
        config: {phone: {default: "4711"}}
        wording:
          no_match: {en: What?, de: Bitte?}
          cancelled: Stop. {{ config.phone }}
        globals: {cancel: {}}
        steps: [{choose: Well?, options: {a: {}, b: {}}}]
    """
    for language, no_match in (("en", "What?"), ("de", "Bitte?"), ("nl", "Sorry, I did not understand.")):
        talk = chat(text.replace("LANGUAGE", language)).says("x")
        assert talk.heard[0] == no_match
        assert talk.says("cancel").heard == ["Stop. 4711"]


def test_a_message_reads_what_any_text_can(chat) -> None:
    text = """
        flow: a
        messages:
          hello: Hello {{ user.first_name }}, {{ name | default("you") }}
          left: {one: "{{ count }} {{ name }}", other: "{{ count }} {{ name }}s"}
        slots: {name: {}}
        steps:
          - say: "{{ messages.hello }}"
          - set: {name: cat, kept: "{{ messages.left | plural(2) }}"}
          - say: "{% for n in [0, 1, 5] %}{{ messages.left | plural(n) }} {% endfor %}{{ kept }}"
          - if: messages.hello == "Hello Ann, cat"
            then: [{say: "same"}]
    """
    assert chat(text).heard == ["Hello Ann, you", "0 cats 1 cat 5 cats 2 cats", "same"]


@pytest.mark.parametrize(
    ("expression", "event"),
    [("messages.left | plural('2')", "error.template"), ("name | plural(2)", "error.template")],
)
def test_plural_needs_a_message_and_a_number(chat, expression: str, event: str) -> None:
    text = f"""
        flow: a
        messages: {{left: {{one: one, other: many}}}}
        slots: {{name: {{}}}}
        when: {{error: [{{end: "{{{{ event.name }}}}"}}]}}
        steps:
          - set: {{name: 5}}
          - set: {{x: "{{{{ {expression} }}}}"}}
    """
    assert chat(text).heard == ([event] if "messages" in expression else [])


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ("one", "other")),
        ("de-CH", ("one", "other")),
        ("pl", ("one", "few", "many", "other")),
        ("ja", ("other",)),
        ("ar", ("zero", "one", "two", "few", "many", "other")),
    ],
)
def test_plural_forms_are_those_of_the_language(language: str, forms: tuple[str, ...]) -> None:
    assert needed_forms(language) == forms


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("languages: []", "wrong-value"),
        ("languages: en", "wrong-value"),
        ("languages: [en, EN]", "wrong-value"),
        ("languages: [english]", "bad-language"),
        ("languages: [en]\nlanguage: de", "unknown-language"),
        ("languages: [en]\nslots: {language: {}}", "reserved-name"),
        ("languages: [en]\ninputs: [messages]", "reserved-name"),
        ("messages: {a: {english: x}}", "bad-language"),
        ("messages: {a: {one: x}}", "wrong-plural-forms"),
        ("messages: {a: {call: x, en: y}}", "bad-language"),
        ("messages: {a: x, b: '{{ messages.a }}'}", "wrong-value"),
        ("messages: {a: '{{ nobody }}'}", "undeclared-name"),
        ("wording: {apology: '{{ user.name }}'}", "undeclared-name"),
        ("wording: {apology: '{{ config.nothing }}'}", "undeclared-name"),
        ("wording: [x]", "wrong-value"),
    ],
)
def test_what_is_refused(load, head: str, code: str) -> None:
    with pytest.raises(FlowFileError) as caught:
        load(f"flow: a\n{head}\nsteps: [end]\n")
    assert code in [finding.code for finding in caught.value.findings], caught.value.paragraph()


def test_the_language_of_config_need_not_be_known(load) -> None:
    head = "flow: a\nlanguages: [en, de]\nlanguage: '{{ config.l }}'\n"
    text = f"{head}config: {{l: {{required: true}}}}\nsteps: [end]"
    assert load(text).flows["a"].language == "en"
    with pytest.raises(FlowFileError):
        load(text, config={"a": {"l": "fr"}})


def test_a_case_that_is_no_language_is_told(load) -> None:
    text = "flow: a\nlanguages: [en, de]\nsteps: [{switch: language, cases: {CASE: [end]}}]"
    assert load(text.replace("CASE", "de"))
    with pytest.raises(FlowFileError) as caught:
        load(text.replace("CASE", "fr"))
    assert [finding.code for finding in caught.value.findings] == ["unknown-case"]


def test_a_language_that_no_voice_speaks_is_told_where_callers_come(load) -> None:
    text = "flow: a\nstart: [START]\nlanguages: [en, de, de-CH]\nsteps: [{say: Hello.}]\n"
    flows = load(text.replace("START", "call_incoming"), speaks=lambda language: language == "en")
    assert [(found.code, found.place.line) for found in flows.warnings] == [("no-voice", 3)] * 2
    assert load(text.replace("START", "mention"), speaks=lambda language: False).warnings == ()
