"""The image runs little while it is built, so what `script/fresh` proves of the bootstrap holds for it."""

from __future__ import annotations

import importlib.util
import json
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECLARING = {
    *("FROM", "COPY", "WORKDIR", "ENV", "USER", "EXPOSE"),
    *("HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"),
}


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """(KEYWORD, arguments) in order, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(keyword, rest) for keyword, _, rest in (line.partition(" ") for line in lines)]


def of(instructions: list[tuple[str, str]], keyword: str) -> list[str]:
    return [rest for each, rest in instructions if each == keyword]


def test_it_runs_the_bootstrap_and_makes_folders(instructions: list[tuple[str, str]]) -> None:
    bootstrap, driver, compiling, *others = of(instructions, "RUN")
    assert "script/bootstrap --runtime" in bootstrap
    assert driver.endswith(".venv/bin/python -m pip install --no-cache-dir --editable '.[postgres]'")
    assert re.fullmatch(r"\.venv/bin/python -m compileall -q botkit plugins", compiling)
    assert all(re.fullmatch(r"install -d -o 1000 -g 1000( /srv/bot[\w/]*)+", other) for other in others)
    assert {keyword for keyword, _ in instructions} - {"RUN"} <= DECLARING


def test_no_cache_of_apt_or_pip_stays_in_a_layer(instructions: list[tuple[str, str]]) -> None:
    bootstrap, driver, *_ = of(instructions, "RUN")
    assert bootstrap.startswith("PIP_NO_CACHE_DIR=1 ")
    assert bootstrap.endswith(" && rm -rf /var/lib/apt/lists/*")
    assert "--no-cache-dir" in driver


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


def test_the_health_check_is_a_module_of_ours(instructions: list[tuple[str, str]]) -> None:
    command = json.loads(of(instructions, "HEALTHCHECK")[0].partition("CMD ")[2])
    assert command[:2] == ["python", "-m"]
    assert importlib.util.find_spec(command[2]) is not None


def test_what_it_copies_is_there_and_nothing_is_added_from_elsewhere(
    instructions: list[tuple[str, str]],
) -> None:
    for rest in of(instructions, "COPY"):
        *sources, _ = (word for word in rest.split() if not word.startswith("--"))
        assert all((ROOT / source).exists() for source in sources)
    assert all(":" in image and not image.endswith(":latest") for image in of(instructions, "FROM"))


def test_no_secret_is_in_it(instructions: list[tuple[str, str]]) -> None:
    told = " ".join(rest for keyword, rest in instructions if keyword in ("ENV", "ARG", "RUN"))
    assert not re.search(r"(?i)secret|password|token|key", told)


def test_it_brings_no_voice_whose_engine_is_gpl() -> None:
    runtime = (ROOT / "script/bootstrap").read_text()
    assert not re.search(r"espeak|pyttsx3|piper", runtime)


def is_sent(path: str) -> bool:
    """Whether `.dockerignore` lets a file into the build: the last pattern that fits it or a folder of it."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    parts = Path(path).parts
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    sent = True
    for line in lines:
        pattern = line.removeprefix("!").removeprefix("**/")
        names = parts if "**/" in line else above
        if any(fnmatch(name, pattern) for name in names):
            sent = line.startswith("!")
    return sent


@pytest.mark.parametrize(
    "needed",
    [
        *("pyproject.toml", "README.md", "LICENSE", "NOTICE", "script/bootstrap"),
        *("botkit/cli/__init__.py", "plugins/botkit_picotts/__init__.py", "flows/reception.yaml"),
        "examples/frontdesk/bot.yaml",
    ],
)
def test_nothing_needed_is_left_out(needed: str) -> None:
    assert is_sent(needed)


@pytest.mark.parametrize(
    "kept",
    [
        *(".git/config", ".venv/bin/python", ".env", "secrets/bot_client_secret", "bot/bot.yaml"),
        *("my/bot.yaml", "my/secret.txt", "state/bot.db", "examples/chatbot/state/bot.db", "bot.dump"),
        *("tests/conftest.py", "benchmarks/__init__.py", "docs/performance.md", "build/x.bin"),
        *("botkit/cli/__pycache__/run.pyc", "examples/pure_python/node_modules/x.js"),
    ],
)
def test_what_an_operator_keeps_beside_it_stays_out(kept: str) -> None:
    assert not is_sent(kept)


@pytest.mark.parametrize("changed", ["compose.yaml", "Dockerfile", "CHANGELOG.md", "script/test"])
def test_what_the_image_does_not_hold_does_not_make_it_anew(changed: str) -> None:
    assert (ROOT / changed).exists()
    assert not is_sent(changed)
