"""The fence: what templates can do, and that nothing else exists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.flow.expressions import Refused
from botkit.flow.saying import Style
from botkit.flow.templates import compile_bare, compile_text
from botkit.flow.values import Fault, as_json, as_text, duration


class Named:
    def __init__(self, **slots: object) -> None:
        self.slots: Mapping[str, object] = slots
        self.style = Style()

    def reserved(self, name: str) -> object:
        if name == "now":
            return datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
        if name == "config":
            return {"company": "Example"}
        raise Fault(name)


VALUES = Named(
    name="Ann",
    n=3,
    x=2.5,
    none=None,
    yes=True,
    items=[1, 2, 3],
    ticket={"id": 7, "items": "i"},
    text="a" * 9000,
)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hello {{ name }}!", "Hello Ann!"),
        ("{{ none }}|{{ yes }}|{{ not yes }}", "|yes|no"),
        ("{{ n + 1 }} {{ n * x }} {{ n / 2 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ -n }}", "4 7.5 1.5 3 3 -3"),
        ("{{ ticket.id }} {{ ticket['id'] }} {{ ticket.items }} {{ items[0] }}", "7 7 i 1"),
        ("{{ name ~ n }}", "Ann3"),
        ("{% if n > 2 and name == 'Ann' %}big{% else %}small{% endif %}", "big"),
        ("{% if n > 9 %}a{% elif n > 2 %}b{% endif %}", "b"),
        ("{% for i in items %}{{ loop.index }}{{ i }}{{ ' ' if not loop.last }}{% endfor %}", "11 22 33"),
        ("{% for i in items if i > 1 %}{{ i }}{% endfor %}", "23"),
        ("{% for i in none %}x{% else %}empty{% endfor %}", "empty"),
        ("{{ name | upper }} {{ name | length }} {{ items | join('-') }}", "ANN 3 1-2-3"),
        ("{{ none | default('?') }}", "?"),
        ("{{ ticket.no | default('?') }} {{ none.a.b | default(1) }} {{ items[9] | default(2) }}", "? 1 2"),
        ("{{ ticket.no is defined }} {{ ticket.id is defined }} {{ ticket.no is undefined }}", "no yes yes"),
        ("{{ now | date }} {{ now | time }} {{ now.year }}", "2026-03-02 09:05 2026"),
        ("{{ 'a' if n in items else 'b' }} {{ 5 not in items }} {{ 'nn' in name }}", "a yes yes"),
        ("{{ 1 < n < 5 }} {{ n is number }} {{ none is none }}", "yes yes yes"),
        ("{{ config.company }}", "Example"),
        ("{{ '12' | number + 1 }} {{ x | round }} {{ '123' | spaced }}", "13 2 1 2 3"),
        ("plain { text } with } braces", "plain { text } with } braces"),
    ],
)  # fmt: skip
def test_texts(source: str, text: str) -> None:
    assert compile_text(source).text(VALUES) == text


def test_exactly_one_expression_keeps_its_type() -> None:
    assert compile_text("{{ items }}").value(VALUES) == [1, 2, 3]
    assert compile_text("{{ yes }}").value(VALUES) is True
    assert compile_text(" {{ yes }}").value(VALUES) == " yes"
    assert compile_bare("n > 2").value(VALUES) is True


@pytest.mark.parametrize(
    "source",
    [
        "{{ name.upper() }}",
        "{{ range(9) }}",
        "{{ n ** 9 }}",
        "{{ name[1:2] }}",
        "{% set x = 1 %}",
        "{% macro f() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% for a in items %}{% for b in items %}{% endfor %}{% endfor %}",
        "{% for a in items %}{% if a %}{% for b in items %}{% endfor %}{% endif %}{% endfor %}",
        "{% for a, b in items %}{% endfor %}",
        "{% for a in items recursive %}{% endfor %}",
        "{{ name | attr('x') }}",
        "{{ name | upper(**{}) }}",
        "{{ n is divisibleby(2) }}",
        "{{ name",
        "{{ }}",
        "{% if %}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{{ " + "1+" * 4000 + "1 }}",
        "x" * 9000,
    ],
)
def test_outside_the_fence(source: str) -> None:
    with pytest.raises(Refused) as caught:
        compile_text(source)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "source",
    [
        "{{ none.id }}",
        "{{ ticket.no }}",
        "{{ ticket.no is none }}",
        "{{ (n / 0) | default(1) }}",
        "{{ name.__class__ }}",
        "{{ ticket.keys }}",
        "{{ now.tzinfo }}",
        "{{ now.__class__ }}",
        "{{ items[9] }}",
        "{{ name + 'x' }}",
        "{{ 'a' * 200000000 }}",
        "{{ yes + 1 }}",
        "{{ n / 0 }}",
        "{{ 1000000000 * 1000000000 }}",
        "{{ name < 3 }}",
        "{{ 1 in n }}",
        "{{ 'x' | number }}",
        "{{ 'inf' | number }}",
        "{{ 'nan' | number }}",
        "{{ '1e400' | number | round }}",
        "{{ {'a': 1}[[1]] }}",
        "{{ n | join }}",
        "{% for i in n %}{% endfor %}",
        "{{ secrets.key }}",
    ],
)
def test_no_value(source: str) -> None:
    with pytest.raises(Fault):
        compile_text(source).text(VALUES)


def test_output_is_cut() -> None:
    assert len(compile_text("{{ text }}{{ text }}{{ text }}").text(VALUES)) == 16_384
    assert len(compile_text("{{ text ~ text ~ text }}").text(VALUES)) == 16_384
    assert len(compile_text("{{ text | replace('a', text) }}").text(VALUES)) == 16_384
    assert len(compile_text("{% for i in items %}{{ text }}{% endfor %}").text(VALUES).encode()) == 16_384
    assert len(compile_text("{{ wide }}").text(Named(wide="é" * 16_000)).encode()) <= 16_384


@pytest.mark.parametrize("source", ["", "   ", "{{ n }}", "n }} {{ n", "n }}x", "n n"])
def test_no_bare_expression(source: str) -> None:
    with pytest.raises(Refused):
        compile_bare(source)


def test_names() -> None:
    template = compile_text(
        "{{ a }}{% for b in c %}{{ b }}{{ loop.index }}{{ d.e }}{% endfor %}{{ config.f }}"
    )
    assert template.names == (("a",), ("c",), ("d", "e"), ("config", "f"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("25s", 25), ("5m", 300), ("1h30m", 5400), ("2 d", 172800), ("1.5h", 5400)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 minutes", "9999d", "1e9s", "٣m", "nan s"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        duration(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(json_values)
def test_any_value_has_a_text(value: object) -> None:
    assert isinstance(as_text(value), str)
    assert as_json(value) == value


tokens = st.sampled_from(
    [
        "name",
        "n",
        "x",
        "none",
        "yes",
        "items",
        "ticket",
        "now",
        "config",
        "loop",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "~",
        "|",
        ".",
        ",",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "==",
        "<",
        "in",
        "not",
        "and",
        "or",
        "if",
        "else",
        "is",
        "'a'",
        "1",
        "2.5",
        "upper",
        "join",
        "first",
        "id",
        "number",
        "sort",
        "{{",
        "}}",
        "{%",
        "%}",
        "for",
        "endfor",
        "endif",
        "default",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(tokens, max_size=14).map(" ".join))
def test_any_source_is_refused_or_renders(source: str) -> None:
    for make, whole in (
        (compile_text, "{{ " + source + " }}"),
        (compile_text, source),
        (compile_bare, source),
    ):
        try:
            assert isinstance(make(whole).text(VALUES), str)
        except (Refused, Fault) as error:
            assert str(error)  # noqa: PT017 - either outcome is right


def test_one_equals_sign_is_told_in_the_authors_words() -> None:
    with pytest.raises(Refused) as refused:
        compile_bare('wish = "tea"')
    assert (str(refused.value), '`wish == "tea"`' in refused.value.remedy) == (
        "The expression cannot be read.",
        True,
    )


@pytest.mark.parametrize(
    ("source", "what", "remedy"),
    [
        ("{{ 'a' | uper }}", "There is no filter `uper`.", "Did you mean `upper`?"),
        ("{{ 1 is definned }}", "There is no test `is definned`.", "Did you mean `defined`?"),
        ("{{ 1 is defined(2) }}", "The test `is defined` takes nothing else.", "Write `is defined` alone."),
    ],
)
def test_of_a_name_that_is_not_known_the_nearest_is_told(source: str, what: str, remedy: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_text(source)
    assert (str(refused.value), refused.value.remedy) == (what, remedy)
