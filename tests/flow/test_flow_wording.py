"""What botkit says of its own accord, in each language that it has words for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from botkit.flow import match
from botkit.flow.tags import is_tag, nearest, primary
from botkit.flow.templates import compile_text
from botkit.flow.wording import Wording, catalogue_of
from botkit.flow.wordings import Catalogue, catalogues, meanings
from botkit.model.speech import SpeechKind, SpeechRules


@pytest.mark.parametrize("catalogue", catalogues, ids=lambda catalogue: catalogue.language)
def test_a_catalogue_has_every_text_with_its_blanks(catalogue: Catalogue) -> None:
    assert set(catalogue.texts) == set(meanings)
    for name, text in catalogue.texts.items():
        assert set(re.findall(r"{{ (\w+) }}", text)) == set(meanings[name].fills), name
    assert catalogue_of(f"{catalogue.language}-XY") is catalogue


OFFERS = [("sales", "1", "sales"), ("service", "2", ""), ("else", "", "else"), ("nothing", "", "")]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("", "What? For sales, press 1 or say sales. For service, press 2. For else, say else."),
        ("fr", "What? For sales, press 1 or say sales. For service, press 2. For else, say else."),
        (
            "de-CH",
            "What? Für sales drücken Sie die 1 oder sagen Sie sales. Für service drücken Sie die 2. "
            "Für else sagen Sie else.",
        ),
    ],
)
def test_an_offer(language: str, said: str) -> None:
    assert Wording(language).spoken_offer("What?", OFFERS) == said


@pytest.mark.parametrize(("key", "said"), [("1", "1"), ("12", "12"), ("*", "star"), ("*2#", "star 2 hash")])
def test_a_key_as_one_says_it(key: str, said: str) -> None:
    assert Wording("en").spoken_key(key) == said


@pytest.mark.parametrize(
    ("keys", "speech", "said"),
    [
        (True, True, "Sagen Sie ja oder nein, oder drücken Sie die 1 für ja und die 2 für nein."),
        (True, False, "Für ja drücken Sie die 1, für nein die 2."),
        (False, True, "Sagen Sie ja oder nein."),
    ],
)
def test_yes_or_no(keys: bool, speech: bool, said: str) -> None:
    assert Wording("de").yes_no_offer(keys=keys, speech=speech) == said


def test_a_flow_words_it_anew() -> None:
    instead = {
        "apology": compile_text("Sorry. Call {{ config.phone }}."),
        "did_you_say": compile_text("{{ label }}, right?"),
        "goodbye": compile_text("{{ config.phone + 1 }}"),
    }
    wording = Wording("en", instead=instead, config={"phone": "4711"})
    assert wording.text("apology") == "Sorry. Call 4711."
    assert wording.did_you_say("sales") == "sales, right?"
    assert wording.text("goodbye") == "Let us stop here. Goodbye."
    assert wording.failures("no_input")[1] == "I still did not hear anything."


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        ("de", ["en", "de"], "de"),
        ("de_AT", ["en", "de"], "de"),
        ("de-AT", ["en", "de-DE", "de"], "de"),
        ("de-AT", ["en", "de-DE", "de", "de-AT"], "de-AT"),
        ("DE", ["en", "de-DE"], "de-DE"),
        ("zh-Hans-CN", ["zh-TW"], "zh-TW"),
        ("fr", ["en", "de"], None),
        ("", ["en"], None),
    ],
)
def test_the_nearest_language(wanted: str, known: list[str], found: str | None) -> None:
    assert nearest(wanted, known) == found


@pytest.mark.parametrize(
    ("text", "tag"), [("de", True), ("zh-Hans-CN", True), ("German", False), ("", False), ("d", False)]
)
def test_tags(text: str, tag: bool) -> None:
    assert is_tag(text) is tag
    assert primary("de_DE") == primary("DE") == "de"


def test_every_text_that_a_flow_can_word_anew_is_in_the_manual() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "verbs.md").read_text(encoding="utf-8")
    for name, meaning in meanings.items():
        assert f"| `{name}` | {meaning.when} | {', '.join(f'`{fill}`' for fill in meaning.fills)} |" in page


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ja", True),
        ("Ja, gerne", True),
        ("Das stimmt.", True),
        ("okay", True),
        ("nein danke", False),
        ("Das stimmt so nicht", False),
        ("das ist nicht richtig", False),
        ("auf keinen Fall", False),
        ("ich weiß nicht", None),
        ("keine Ahnung", None),
        ("Natürlich nicht", False),
        ("kein Problem", None),
        ("warum nicht", None),
        ("ja, äh, nein", None),
        ("vielleicht", None),
        ("yes", True),
        ("", None),
    ],
)
def test_yes_and_no_in_german(text: str, value: bool | None) -> None:
    assert match.yes_no(text, language="de-CH") is value
    rules = SpeechRules(kind=SpeechKind.YES_NO)
    whole = match.Completeness.PART if value is None else match.Completeness.WHOLE
    assert match.completeness(rules, text, "de") is whole
