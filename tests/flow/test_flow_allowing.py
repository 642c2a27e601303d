"""Whom a start allows, and which flow begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.flow.flowset import FlowSet
from botkit.flow.loader import FlowFileError, load_flows

GUARDED = """
flow: guarded
start:
  - call_incoming: {allow: [Olivia@example.com, OK@example.com, "*@example.org", "{{ config.team }}"]}
  - mention: {allow: ["*@example.org"]}
config:
  team: {type: list, required: true}
steps: [{say: Hello.}]
"""
OPEN = "flow: open\nstart: [mention]\nsteps: [{say: Hi.}]\n"


def load(tmp_path: Path, *texts: str, team: object = ("ben@example.net",)) -> FlowSet:
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text)
    return load_flows([tmp_path], config={"guarded": {"team": team}})


@pytest.mark.parametrize(
    "email", ["olivia@example.com", "OLIVIA@EXAMPLE.COM", "any.body@example.org", "Ben@Example.NET"]
)
def test_allowed(tmp_path: Path, email: str) -> None:
    assert load(tmp_path, GUARDED).start_for("call_incoming", "", email) == "guarded"


@pytest.mark.parametrize(
    "email",
    [
        "",
        "eve@example.com",
        "eve@sub.example.org",
        "eve@evil-example.org",
        "eve@example.org.evil.test",
        "*@example.org",
        "@example.org",
        "example.org",
        "eve@evil.test@example.org",
        "eve@evil.test,ann@example.org",
        "o\N{KELVIN SIGN}@example.com",
    ],
)
def test_not_allowed(tmp_path: Path, email: str) -> None:
    flows = load(tmp_path, GUARDED)
    assert flows.start_for("call_incoming", "", email) is None
    assert flows.barred("call_incoming", "", email) == "guarded"


def test_another_start_that_allows_them_counts(tmp_path: Path) -> None:
    flows = load(tmp_path, OPEN, GUARDED)
    assert flows.start_for("mention", "", "ann@example.org") == "guarded", "the narrower one goes first"
    assert flows.start_for("mention", "", "eve@evil.test") == "open"


def test_a_list_of_nobody_allows_nobody(tmp_path: Path) -> None:
    assert load(tmp_path, GUARDED, team=()).start_for("call_incoming", "", "ben@example.net") is None


@pytest.mark.parametrize(
    "text",
    [
        GUARDED.replace("Olivia@example.com", "olivia.example.com"),
        GUARDED.replace("Olivia@example.com", '"*"'),
        GUARDED.replace("Olivia@example.com", '"@example.com"'),
        GUARDED.replace("config.team", "user.email"),
    ],
)
def test_typing_errors_are_found(tmp_path: Path, text: str) -> None:
    with pytest.raises(FlowFileError, match="bad-allow"):
        load(tmp_path, text)


def test_what_bot_yaml_sets_is_checked_too(tmp_path: Path) -> None:
    with pytest.raises(FlowFileError, match="bad-allow: `ben` is no e-mail address"):
        load(tmp_path, GUARDED, team=["ben"])


def test_nobody_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FlowFileError):
        load(tmp_path, GUARDED.replace('["*@example.org"]', "[]"))
