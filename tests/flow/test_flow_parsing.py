"""The short way to a template's tree leads to the same tree as Jinja2's own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, TemplateError

from botkit.flow.parsing import parse

JINJA = Environment(keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)

parts = st.sampled_from(
    [
        *(
            "{{ a }}",
            "{{a.b}}",
            "{{ a.b.c }}",
            "{{ not }}",
            "{{ none }}",
            "{{ a.if }}",
            "{{-a }}",
            "{{ a -}}",
        ),
        *("{{ a|upper }}", "{{ é }}", "{{ a}}}", "{{", "}}", "{", "}", " ", "\n", "\r\n", "x", "#"),
        *("{% if a %}", "{% endif %}", "{# c #}"),
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.lists(parts, max_size=6).map("".join))
def test_any_text(source: str) -> None:
    try:
        expected = JINJA.parse(source)
    except TemplateError:
        with pytest.raises(TemplateError):
            parse(source)
    else:
        assert parse(source) == expected
