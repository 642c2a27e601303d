"""Texts that YAML understands otherwise than they look, and what is said of them."""

from __future__ import annotations

import pytest

from botkit.flow.quoting import doubts
from botkit.flow.source import DocumentError, parse_document
from botkit.model.findings import Finding


def said_of(text: str | bytes) -> list[Finding]:
    try:
        return list(doubts(parse_document(text, "f")))
    except DocumentError as error:
        return list(error.findings)


@pytest.mark.parametrize(
    ("text", "code", "place", "remedy"),
    [
        ("say: We are #1 in town", "text-lost", (1, 13), '`say: "We are #1 in town"`'),
        ("- say: a\n- key: #", "not-a-mapping", (1, 1), ""),
        ("a: b\nkey: #", "text-lost", (2, 6), '`key: "#"`'),
        ("key: #1", "text-lost", (1, 6), '`key: "#1"`'),
        ("say: {{ name }}", "unquoted-braces", (1, 6), '`say: "{{ name }}"`'),
        ("a:\n  - say: {{ name }}, hello", "unquoted-braces", (2, 10), '`- say: "{{ name }}, hello"`'),
        ("a: [{{ x }}, b]", "unquoted-braces", (1, 5), "into quotes."),
        ("a: {say: {{ x }}}", "unquoted-braces", (1, 10), "into quotes."),
        ("say: Note: closed", "yaml-syntax", (1, 10), '`say: "Note: closed"`'),
        ('say: Say "hi": now', "yaml-syntax", (1, 14), r'`say: "Say \"hi\": now"`'),
        ("say: “Hello”", "curly-quotes", (1, 6), "straight"),
        ("say: &Sales is closed", "unused-anchor", (1, 6), '`say: "&Sales is closed"`'),
        ("a: &b {c: d}\ne:\n  <<: *b", "merge-key", (3, 3), "Write the keys out"),
        ("a: b\nc: x\0y", "yaml-syntax", (2, 5), "cannot be seen"),
        ("a: b\nc: \x1b[31m", "yaml-syntax", (2, 4), "cannot be seen"),
        ("a:\n\t- x", "yaml-syntax", (2, 1), "spaces"),
        ("a: b\r\nc: [\r\n", "yaml-syntax", (2, 4), "brackets"),
        ("a: b\rc: [}", "yaml-syntax", (2, 5), "brackets"),
        (b"a: \xff", "not-utf8", (1, 4), "UTF-8"),
        ("a: b".encode("utf-16"), "not-utf8", (1, 1), "UTF-8"),
    ],
)
def test_what_is_told(text: str | bytes, code: str, place: tuple[int, int], remedy: str) -> None:
    (finding,) = said_of(text)
    assert (finding.code, (finding.place.line, finding.place.column)) == (code, place)
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    "text",
    [
        "say: We are # 1 in town", "say: x  #comment", 'say: "We are #1"', "say: We#1", "steps:  # them",
        "steps:  #them", "key: # nothing", "say: |\n  We are #1\n  “really”", "say: the “best” one",
        "say: Hello {{ name }}", "{say: x}", "say: a:b", "\ufeffsay: hello", "a: &b c\nd: *b",
        "say: ''", "time: 9:30\nyes: no\nnumber: +4930\ncode: 010",
    ],
)  # fmt: skip
def test_what_is_not(text: str) -> None:
    assert said_of(text) == []


def test_the_mark_stands_below_the_place() -> None:
    (finding,) = said_of("steps:\n    - say: 日本 #1")
    assert str(finding).split("\n")[1:] == ["    - say: 日本 #1", "                ^"]


def test_nothing_is_printed_that_does_something_to_a_terminal() -> None:
    (finding,) = said_of("a: \x1b[31mred")
    assert "\x1b" not in str(finding)
    assert "\N{REPLACEMENT CHARACTER}[31mred" in str(finding)
