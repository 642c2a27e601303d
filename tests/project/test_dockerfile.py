"""The image runs one thing while it is built, so what `script/fresh` proves of that thing holds for it."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECLARING = {"FROM", "COPY", "WORKDIR", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """(KEYWORD, arguments) in order, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(keyword, rest) for keyword, _, rest in (line.partition(" ") for line in lines)]


def of(instructions: list[tuple[str, str]], keyword: str) -> list[str]:
    return [rest for each, rest in instructions if each == keyword]


def test_the_only_run_is_the_bootstrap(instructions: list[tuple[str, str]]) -> None:
    assert of(instructions, "RUN") == ["script/bootstrap --runtime"]
    assert {keyword for keyword, _ in instructions} - {"RUN"} <= DECLARING


def test_it_stands_on_the_system_that_fresh_makes(instructions: list[tuple[str, str]]) -> None:
    assert of(instructions, "FROM") == ["debian:12-slim"]
    assert "suite=bookworm" in (ROOT / "script/fresh").read_text()


def test_it_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    users = of(instructions, "USER")
    assert users
    assert users[-1].split(":")[0] not in ("0", "root")


def test_what_it_starts_is_botkit(instructions: list[tuple[str, str]]) -> None:
    assert [json.loads(line) for line in of(instructions, "ENTRYPOINT")] == [["botkit"]]
    assert of(instructions, "HEALTHCHECK")
    assert of(instructions, "EXPOSE")


def test_the_health_check_is_python_that_compiles(instructions: list[tuple[str, str]]) -> None:
    command = json.loads(of(instructions, "HEALTHCHECK")[0].partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")


@pytest.mark.parametrize(
    "needed",
    ["pyproject.toml", "README.md", "LICENSE", "NOTICE", "script/bootstrap", "botkit", "plugins", "flows"],
)
def test_nothing_needed_is_left_out(needed: str) -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]
    assert (ROOT / needed).exists()
    assert not any(fnmatch(needed, pattern) for pattern in ignored)
