"""What holds for every file of the project."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".git", ".venv", ".hypothesis", "node_modules", "__pycache__", "state", "build", "dist"}
"""Folders that git ignores, and git's own; so are those that end with `_cache`."""
BINARY = {".png", ".wav", ".pcap", ".ico"}
CODE = {".py", ".js", ".mjs", ".cjs", ".css"}
A_PERSONS_FOLDER = re.compile(r"(?<![\w.}])/(?:work|root|home|Users)/\w")


def files(top: Path = ROOT) -> Iterator[Path]:
    for folder, below, names in os.walk(top):
        below[:] = [name for name in below if name not in NOT_OURS and not name.endswith("_cache")]
        yield from (Path(folder, name) for name in names)


def those(selected: Callable[[Path], object]) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in files() if path.exists() and selected(path))


def test_no_file_is_large() -> None:
    assert those(lambda path: path.stat().st_size > 1_000_000) == []


def test_no_file_names_a_persons_folder() -> None:
    def names_one(path: Path) -> object:
        return path.suffix not in BINARY and A_PERSONS_FOLDER.search(path.read_text(encoding="utf-8"))

    assert those(names_one) == []


def test_a_file_is_one_concept_long() -> None:
    """Tests may be half as long again: tables of cases are."""

    def is_long(path: Path) -> bool:
        most = 600 if path.relative_to(ROOT).parts[0] == "tests" else 400
        return path.suffix in CODE and len(path.read_text().splitlines()) > most

    assert those(is_long) == []


def test_a_module_says_what_it_is_for() -> None:
    def is_silent(path: Path) -> bool:
        ours = path.relative_to(ROOT).parts[0] in {"botkit", "plugins", "benchmarks"}
        return ours and path.suffix == ".py" and not ast.get_docstring(ast.parse(path.read_text()))

    assert those(is_silent) == []


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_the_papers_are_there(name: str) -> None:
    assert (ROOT / name).read_text().strip()


@pytest.mark.parametrize(
    "path", sorted([*(ROOT / "script").iterdir(), ROOT / ".ci/run"]), ids=lambda path: path.name
)
def test_a_script_runs_as_it_is(path: Path) -> None:
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/usr/bin/env bash\n")


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] in ("Unreleased", version)
    assert version in headings


def test_every_plugin_is_packed_and_known() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    plugins = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(packed) == sorted(["botkit", *(f"plugins/{name}" for name in plugins)])
    entry_points = project["project"]["entry-points"]["botkit"].values()
    assert set(plugins) <= {target.split(":")[0].split(".")[0] for target in entry_points}
    assert set(plugins) <= set(project["tool"]["mypy"]["packages"])
