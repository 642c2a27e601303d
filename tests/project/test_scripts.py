"""What the scripts say when they cannot go on. That they work is shown by whoever runs these tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without `.venv`, far enough for `script/bootstrap` to start."""
    (tmp_path / "script").mkdir()
    shutil.copy(ROOT / "script/bootstrap", tmp_path / "script")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def bootstrap(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "script/bootstrap", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def program(path: Path, *lines: str) -> Path:
    path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    path.chmod(0o755)
    return path


def test_an_unknown_option_is_refused(checkout: Path) -> None:
    done = bootstrap(checkout, "--everything")
    assert done.returncode == 1
    assert "--everything" in done.stderr
    assert "script/bootstrap --runtime" in done.stderr


def test_help_is_told(checkout: Path) -> None:
    done = bootstrap(checkout, "--help")
    assert done.returncode == 0
    assert "--runtime" in done.stdout


def test_a_python_that_is_not_there_is_named(checkout: Path) -> None:
    done = bootstrap(checkout, PYTHON="/nowhere/python3")
    assert done.returncode == 1
    assert "/nowhere/python3" in done.stderr


def test_a_python_that_is_too_old_is_named_with_the_remedy(checkout: Path) -> None:
    old = program(checkout / "python", 'test "$1" != --version || echo Python 3.9.2', 'test "$1" = --version')
    done = bootstrap(checkout, PYTHON=str(old))
    assert done.returncode == 1
    assert "Python 3.9.2; botkit needs 3.11" in done.stderr
    assert "PYTHON=" in done.stderr


def test_without_root_the_administrators_line_is_printed(checkout: Path) -> None:
    """A Python without venv, an apt-get, and nobody who may call it."""
    bare = checkout / "bin"
    bare.mkdir()
    for name in ("bash", "env", "dirname", "cat", "sha256sum", "cut", "head", "grep"):
        found = shutil.which(name)
        assert found is not None
        (bare / name).symlink_to(found)
    program(bare / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    program(bare / "apt-get", "exit 100")
    program(bare / "id", "echo 1000")
    done = bootstrap(checkout, PATH=str(bare), PYTHON="")
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()
