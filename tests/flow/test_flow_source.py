"""YAML to located trees to models."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from botkit.flow.source import DocumentError, Mapping, Scalar, parse_document, read_document, validate


class Door(BaseModel):
    model_config = ConfigDict(extra="forbid")
    port: int
    host: str = "127.0.0.1"


class House(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    doors: list[Door] = []
    open: bool = False


def refused(text: str | bytes, model: type[BaseModel] | None = None) -> list[str]:
    def read() -> None:
        validate(parse_document(text, "f.yaml"), model or House)

    with pytest.raises(DocumentError) as caught:
        read()
    return [f"{f.code} {f.place.line}:{f.place.column} {f.message} {f.remedy}" for f in caught.value.findings]


LAUGHS = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
"""Nine lines that mean a thousand million."""


def test_scalars_stay_text() -> None:
    document = parse_document("a: +4930\nb: 010\nc: yes\nd: 9:30\ne: ~\nf:\ng: ''\n", "f.yaml")
    assert document == {"a": "+4930", "b": "010", "c": "yes", "d": "9:30", "e": "~", "f": None, "g": ""}


def test_every_part_knows_its_place() -> None:
    document = parse_document("a:\n  - b: x\n", "f.yaml")
    items = document["a"]
    assert str(document.key_at("a").place) == "f.yaml:1:1"
    assert isinstance(items, list)
    inner = items[0]
    assert isinstance(inner, Mapping)
    scalar = inner["b"]
    assert isinstance(scalar, Scalar)
    assert str(scalar.at.place) == "f.yaml:2:8"


def test_model() -> None:
    house = validate(parse_document("name: x\ndoors:\n  - {port: 80}\nopen: true", "f.yaml"), House)
    assert house == House(name="x", doors=[Door(port=80)], open=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nam: x\nname: y", "unknown-key 1:1 `nam` is not known here. Did you mean `name`?"),
        ("open: true", "missing-key 1:1 `name` is missing. Add `name: ...`."),
        ("name: x\ndoors:\n  - port: 8O", "wrong-value 3:11 `8O` stands where a whole number belongs."),
        ("name: x\ndoors: [{prt: 1}]", "unknown-key 2:10 `prt` is not known here. Did you mean `port`?"),
        ("name: x\ndoors: 7", "wrong-value 2:8 `7` stands where a list belongs."),
        ("name: x\nname: y", "duplicate-key 2:1"),
        ("name: x\n? [a]\n: y", "bad-key 2:3"),
        ("name: *x", "unknown-alias 1:7"),
        ("name: &x [*x]", "unknown-alias 1:11"),
        ("name: !!python/object:os.system x", "yaml-tag"),
        ("name: !secret x", "yaml-tag"),
        ("name: 'x", "yaml-syntax"),
        ("name: x\n---\nname: y", "second-document 2:1"),
        ("- x", "not-a-mapping 1:1"),
        (b"name: \xff", "not-utf8 1:7"),
        ("name: x\nb: \x01", "yaml-syntax"),
        ("a: " + "[" * 200_000, "too-deep"),
        ("- " * 200_000, "too-deep"),
        ("x" * (1 << 20) + "y", "too-large"),
        (LAUGHS, "too-large"),
    ],
)  # fmt: skip
def test_refused(text: str | bytes, expected: str) -> None:
    assert any(line.startswith(expected) for line in refused(text)), refused(text)


class Light(BaseModel):
    light: Literal["on", "off"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("light:", "wrong-value 1:1 Nothing stands here. Known here: `off`, `on`."),
        ("light: onn", "wrong-value 1:8 `onn` is not known here. Did you mean `on`?"),
    ],
)
def test_one_word_of_a_few(text: str, expected: str) -> None:
    assert refused(text, Light) == [expected]


class Floor(BaseModel):
    steps: int = Field(1, ge=1, le=100)
    height: float = Field(3, gt=2, lt=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps: 0", "`0` is out of bounds. Write 1 or more."),
        ("steps: 101", "`101` is out of bounds. Write 100 or less."),
        ("height: 2", "`2` is out of bounds. Write more than 2.0."),
        ("height: 5", "`5` is out of bounds. Write less than 5.0."),
    ],
)
def test_numbers_out_of_bounds(text: str, expected: str) -> None:
    (line,) = refused(text, Floor)
    assert line.startswith("wrong-value 1:")
    assert line.endswith(expected)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("say: Note: we are closed", "colon"),
        ("a:\n\tb: c", "Indent with spaces."),
        ("key: *", "begins with `*`"),
        ("a: [b", "brackets"),
    ],
)
def test_the_remedy_fits_the_mistake(text: str, remedy: str, tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(text)
    with pytest.raises(DocumentError) as caught:
        read_document(file)
    assert remedy in caught.value.findings[0].remedy


def test_empty_is_an_empty_mapping() -> None:
    assert parse_document("", "f.yaml") == parse_document("# only words\n", "f.yaml") == {}


def test_missing_file_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(tmp_path / "nowhere.yaml")
    assert caught.value.findings[0].code == "no-file"
    with pytest.raises(DocumentError):
        read_document(tmp_path)


def test_a_file_of_somebody_else_is_there(forbidden: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(forbidden)
    (finding,) = caught.value.findings
    assert finding.message == "Cannot read it: Permission denied."
    assert finding.remedy == "Let the user who runs botkit read it."


def test_the_line_itself_is_shown() -> None:
    with pytest.raises(DocumentError) as caught:
        validate(parse_document("name: x\nopn: true\n", "f.yaml"), House)
    assert "f.yaml:2:1: unknown-key" in caught.value.paragraph()
    assert "opn: true" in caught.value.paragraph()
    assert caught.value.exit_code == 2


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(alphabet="abc:-[]{}&*!|>'\"#?,% \n\t\x00é", max_size=200)))
def test_any_bytes_give_a_tree_or_findings(data: bytes | str) -> None:
    with suppress(DocumentError):
        validate(parse_document(data, "f.yaml"), House)
