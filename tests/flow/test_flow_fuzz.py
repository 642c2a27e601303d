"""Bytes, and flows with one change: they load or have findings with a place, and never a traceback.

The default tier runs a short form with a fixed seed, `-m property` a long one; `PROPERTY_SEED` as in
`test_flow_properties`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from botkit.flow.loader import load_flows
from botkit.flow.source import DocumentError, parse_document
from botkit.flow.steps import verbs
from botkit.model.findings import Finding

from .generated import as_yaml, plain

SEED = int(os.environ.get("PROPERTY_SEED", "1"))
FLOWS = Path(__file__).parents[2] / "flows"
SEEDS = [
    *(path.read_text(encoding="utf-8") for path in sorted(FLOWS.glob("*.yaml"))),
    *(cleandoc(cls.example) for cls in verbs if cls.example),
]
SIGNS = [
    *"{}[]:'\"-&*#|>!%@`,?<~\t\r\0\x1b\x85\u2028\ufeff\u201cé",
    *("{{", "}}", "{% ", " #", ": ", "\n---\n", "<<: ", '"\\ud800"'),
]
WORDS = st.sampled_from(
    [
        *(
            None,
            "",
            "yes",
            "9:30",
            "+49",
            "010",
            "*",
            "{{",
            "{{ x",
            "{{ n + }}",
            "{% for a in b %}",
            "-1",
            "1e9",
        ),
        *(
            "x" * 9000,
            "9" * 5000,
            "null",
            "anyone",
            "say",
            "end",
            "only",
            "\x00",
            "\U0001f4a9",
            "<speak><a>",
            "#",
        ),
    ]
)


def findings(data: bytes) -> tuple[Finding, ...]:
    """What is said of a file; each with a place in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.yaml"
        path.write_bytes(data)
        try:
            found = load_flows([path], config={}).warnings
        except DocumentError as error:
            found = error.findings or pytest.fail("refused without a finding")
        for finding in found:
            assert finding.place.file == str(path)
            assert finding.place.line >= 1
            assert finding.place.column >= 1
            assert finding.message
            assert finding.remedy
            assert "Traceback" not in str(finding)
            assert "\x1b" not in str(finding)
        return found


@st.composite
def bytes_of_yaml(draw: st.DrawFn) -> bytes:
    """Anything, with and without a decent beginning."""
    begin = draw(st.sampled_from([b"", b"flow: a\nsteps:\n  - ", b"\xef\xbb\xbfflow: a\n", b"\xff\xfe"]))
    middle = draw(st.binary(max_size=60) | st.text("flow: steps{}[]-\n#'\"&*", max_size=60).map(str.encode))
    return begin + middle


@st.composite
def changed_texts(draw: st.DrawFn) -> bytes:
    """A flow with one line or sign changed."""
    lines = draw(st.sampled_from(SEEDS)).split("\n")
    index = draw(st.integers(0, len(lines) - 1))
    line = lines[index]
    place = draw(st.integers(0, len(line)))
    change = draw(st.sampled_from(["cut", "double", "drop", "indent", "insert", "swap"]))
    if change == "cut":
        lines[index] = line[:place]
    elif change == "double":
        lines.insert(index, line)
    elif change == "drop":
        del lines[index]
    elif change == "indent":
        lines[index] = f" {line}"
    elif change == "insert":
        lines[index] = line[:place] + draw(st.sampled_from(SIGNS)) + line[place:]
    else:
        other = draw(st.integers(0, len(lines) - 1))
        lines[index], lines[other] = lines[other], lines[index]
    return "\n".join(lines).encode()


@cache
def tree(text: str) -> object:
    """A document, to be read only."""
    return parse_document(text, "seed")


def places_in(node: Any) -> Iterator[tuple[Any, Any]]:
    """(mapping or list, key or index) of every part of a tree."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from places_in(node[key])


@st.composite
def changed_trees(draw: st.DrawFn) -> bytes:
    """A flow with one part deleted, doubled, renamed, put elsewhere or made something else."""
    document = plain(tree(draw(st.sampled_from(SEEDS))))
    places = list(places_in(document))
    owner, key = places[draw(st.integers(0, len(places) - 1))]
    other_owner, other_key = places[draw(st.integers(0, len(places) - 1))]
    part, other = plain(owner[key]), plain(other_owner[other_key])
    change = draw(st.sampled_from(["delete", "double", "rename", "swap", "splice", "scalar"]))
    if change == "delete":
        del owner[key]
    elif change == "double" and isinstance(owner, list):
        owner.insert(key, part)
    elif change == "rename" and isinstance(owner, dict):
        owner[str(draw(WORDS) or "x")] = owner.pop(key)
    elif change == "swap":
        owner[key], other_owner[other_key] = other, part
    elif change == "splice":
        owner[key] = other
    else:
        owner[key] = draw(WORDS)
    return as_yaml(document).encode("utf-8", "replace")


KINDS = {"bytes": bytes_of_yaml, "text": changed_texts, "tree": changed_trees}


def fuzz(kind: str, count: int) -> None:
    @seed(SEED)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(KINDS[kind]())
    def case(data: bytes) -> None:
        note(data.decode("utf-8", "replace"))
        findings(data)

    case()


@pytest.mark.parametrize(("kind", "count"), [("bytes", 80), ("text", 60), ("tree", 60)])
def test_it_loads_or_has_findings(kind: str, count: int) -> None:
    fuzz(kind, count)


@pytest.mark.property
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_many_load_or_have_findings(kind: str) -> None:
    fuzz(kind, 3000)
