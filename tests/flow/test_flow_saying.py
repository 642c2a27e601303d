"""Values and markup as chat shows them and as a call says them; languages of flows; words nobody hears."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botkit.flow import ssml
from botkit.flow.loader import FlowFileError
from botkit.flow.saying import Manner, Style, sayings
from botkit.flow.templates import compile_text
from botkit.flow.values import Fault
from botkit.model.effects import Post, Run, Say

DATA, WRITTEN, SPOKEN = Manner


@pytest.mark.parametrize(
    ("language", "filter_name", "given_value", "written", "spoken"),
    [
        ("en-US", "date", "2026-03-02", "Mar 2, 2026", "March 2, 2026"),
        ("de-DE", "date", "2026-03-02", "02.03.2026", "2. März 2026"),
        ("fr", "date", "2026-03-02T10:00:00+00:00", "2 mars 2026", "2 mars 2026"),
        ("en-US", "time", "17:05", "5:05 PM", "5:05 PM"),
        ("de", "time", "17:05:30", "17:05", "17:05"),
        ("xx-Nope-YY", "time", "09:00", "9:00 AM", "9:00 AM"),
        ("", "digits", "4712", "4712", "4, 7, 1, 2"),
        ("", "digits", "030 12", "030 12", "0, 3, 0, 1, 2"),
        ("", "spell", "Ann", "Ann", "A, N, N"),
    ],
)
def test_sayings(language: str, filter_name: str, given_value: str, written: str, spoken: str) -> None:
    say = sayings[filter_name]
    assert say(Style(WRITTEN, language), given_value) == written
    assert say(Style(SPOKEN, language), given_value) == spoken


@pytest.mark.parametrize(
    ("language", "amount", "currency", "written", "spoken"),
    [
        ("en-US", 12.5, "USD", "$12.50", "12.50 US dollars"),
        ("en-US", "1", "EUR", "€1.00", "1 euro"),
        ("de-DE", 1200.5, "eur", "1.200,50 €", "1.200,50 Euro"),
        ("de-DE", 12, "EUR", "12,00 €", "12 Euro"),
    ],
)
def test_money(language: str, amount: object, currency: str, written: str, spoken: str) -> None:
    money = sayings["money"]
    assert money(Style(WRITTEN, language), amount, currency) == written
    assert money(Style(SPOKEN, language), amount, currency) == spoken
    assert money(Style(), amount, currency) == f"{float(str(amount)):.2f} {currency.upper()}"


class Named:
    def __init__(self, **slots: object) -> None:
        self.slots, self.style = slots, Style()

    def reserved(self, name: str) -> object:
        raise Fault(name)


@pytest.mark.parametrize(
    "source",
    [
        "{{ x | money('euro') }}",
        "{{ x | date }}",
        "{{ x | money }}",
        "{{ 'nan' | money('EUR') }}",
        "{{ none | time }}",
    ],
)
def test_what_cannot_be_said_has_no_value(source: str) -> None:
    with pytest.raises(Fault):
        compile_text(source).text(Named(x="what", none=None))


FLOW = """
    flow: a
    language: de-DE
    slots: {day: {type: date}, at: {type: time}, today: {type: date}}
    steps:
      - set: {at: "{{ now }}", today: "{{ now }}"}
      - if: at != "09:00" or today != (now | date)
        then: [{end: wrong}]
      - set: {day: 2026-03-02, kept: "{{ '2026-03-02' | date }}"}
      - if: day == kept and kept == (day | date)
        then:
          - say: "{{ day | date }}, {{ '12' | digits }}"
      - post: "{{ day | date }}, {{ '12' | digits }}"
        to: desk
      - run: note
        with: {day: "{{ day | date }}"}
"""


def test_people_get_words_and_programs_get_data(call, chat) -> None:
    for talk, said in ((call(FLOW), "2. März 2026, 1, 2"), (chat(FLOW), "02.03.2026, 12")):
        say = next(effect for effect in talk.effects if isinstance(effect, Say))
        assert (say.text, say.language) == (said, "de-DE")
        assert [effect.text for effect in talk.effects if isinstance(effect, Post)] == ["02.03.2026, 12"]
        run = next(effect for effect in talk.effects if isinstance(effect, Run))
        assert run.arguments == {"day": "2026-03-02"}


LANGUAGES = """
    flow: a
    language: "{{ config.language }}"
    config: {language: {}}
    slots: {name: {ask: Name?}}
    steps:
      - say: Hello.
      - call: french
      - choose: Well?
        options: {a: {}}
    flows:
      french:
        language: fr
        steps:
          - say: Bonjour.
"""


@pytest.mark.parametrize(("config", "language"), [({"language": "nl-NL"}, "nl-NL"), ({}, "en-GB")])
def test_each_flow_speaks_its_language(call, config, language: str) -> None:
    talk = call(LANGUAGES, config={"a": config}, language="en-GB")
    says = [(effect.text, effect.language) for effect in talk.effects if isinstance(effect, Say)]
    assert says == [("Hello.", language), ("Bonjour.", "fr")]
    assert talk.question.language == language
    assert talk.speaks("a", confidence=0.1).question.language == language


def test_a_language_that_is_none(load) -> None:
    with pytest.raises(FlowFileError) as caught:
        load(LANGUAGES.replace("fr", "de"), config={"a": {"language": "Dutch"}})
    assert [finding.code for finding in caught.value.findings] == ["bad-language"]
    with pytest.raises(FlowFileError) as caught:
        load("flow: a\nlanguage: '{{ user.name }}'\nsteps: [end]")
    assert [finding.code for finding in caught.value.findings] == ["bad-language"]
    assert load("flow: a\nlanguage: '{{ config.l }}'\nconfig: {l: {required: true}}\nsteps: [end]")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<speak>Hello <break time='1s'/> you &amp; me.</speak>", "Hello you & me."),
        (" <speak version='1.0'><p>One.</p><p>Two.</p></speak> ", "One. Two."),
        ("<speak><sub alias='World Wide Web'>WWW</sub><metadata>x</metadata></speak>", "WWW"),
        ("<speak>un<emphasis>believ</emphasis>able</speak>", "unbelievable"),
        ("<speak>cut off <break", "cut off"),
        ("<speak>one < two</speak>", "one"),
        ("<speak><!DOCTYPE x></speak>", ""),
        ("no <b>markup</b>", "no <b>markup</b>"),
        ("", ""),
    ],
)
def test_ssml_as_plain_text(text: str, plain: str) -> None:
    assert ssml.plain(text) == plain


def test_ssml_defines_nothing() -> None:
    bomb = "<!DOCTYPE speak [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><speak>&b;</speak>"
    assert ssml.fault(bomb) == "a document type is not part of it"
    assert not ssml.is_ssml(bomb)
    assert "nested too deep" in ssml.fault("<speak>" + "<s>" * 100)


@given(st.text("<>/&; aspeak=\"'!-[]?", max_size=80))
def test_any_ssml_is_read_or_cut(text: str) -> None:
    ssml.plain("<speak" + text)
    ssml.fault("<speak>" + text)


SSML = """
    flow: a
    slots: {name: {}}
    steps:
      - set: {name: "Ann <& Co>"}
      - say: <speak>Hello <emphasis>{{ name }}</emphasis>{% if name %}, {{ name | upper }}{% endif %}</speak>
"""


def test_values_in_ssml_are_no_markup(call, chat) -> None:
    assert chat(SSML).heard == ["Hello Ann <& Co>, ANN <& CO>"]
    (spoken,) = call(SSML).heard
    assert ssml.fault(spoken) == ""
    assert ssml.plain(spoken) == "Hello Ann <& Co>, ANN <& CO>"


def test_an_offer_stands_inside_the_markup(call, chat) -> None:
    text = """
        flow: a
        steps:
          - choose: <speak>Which?</speak>
            options: {red: {label: red & hot}}
    """
    assert call(text).heard == ["<speak>Which? For red &amp; hot, press 1 or say red &amp; hot.</speak>"]
    assert chat(text).heard == ["Which?"]


VOCABULARY = """
    flow: a
    start: [call_incoming]
    language: en-GB
    globals: {operator: {words: [dispatcher], go: end}}
    slots:
      size: {type: choice, ask: Size?, options: {small: {}, humongous: {}}}
    steps:
      - choose: What?
        options: {vpn_box: {label: the VPN}, mail: {words: [e-mail]}}
      - choose: Keys only?
        options: {blorb: {}}
        listen: keys
      - collect: [size]
      - id: end
        end: Bye.
"""


def test_words_that_the_recogniser_lacks_are_warnings(load) -> None:
    asked: list[tuple[str, Sequence[str]]] = []

    def unknown(language: str, words: Sequence[str]) -> Sequence[str]:
        asked.append((language, words))
        return [word for word in words if word in ("vpn", "humongous", "box", "blorb", "dispatcher")]

    flows = load(VOCABULARY, vocabulary=unknown)
    assert asked == [("en-GB", ["dispatcher", "e", "humongous", "mail", "operator", "small", "the", "vpn"])]
    told = [(finding.code, finding.place.line, finding.message.split("`")[1]) for finding in flows.warnings]
    assert told == [
        ("unknown-word", 2, "dispatcher"),
        ("unknown-word", 9, "vpn"),
        ("unknown-word", 14, "humongous"),
    ]
    assert load(VOCABULARY.replace("[call_incoming]", "[mention]"), vocabulary=unknown).warnings == ()
    assert load(VOCABULARY).warnings == ()
