"""What `script/audit` makes of what pip-audit tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULT = {"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": [], "description": "..."}
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
FAULTY = {"name": "faulty", "version": "1.0", "vulns": [FAULT]}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}
OWN = {"name": "botkit", "skip_reason": "distribution marked as editable"}


def audit(tmp_path: Path, output: str, *, code: int = 0, error: str = "") -> subprocess.CompletedProcess[str]:
    """What is said when pip-audit says this."""
    program = tmp_path / "pip-audit"
    (tmp_path / "output").write_text(output)
    program.write_text(f'#!/bin/sh\ncat "{tmp_path}/output"\necho "{error}" >&2\nexit {code}\n')
    program.chmod(0o755)
    return run(str(program))


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / ".ci/audit.py", program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def told(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_known_vulnerability_fails(tmp_path: Path) -> None:
    done = audit(tmp_path, told(OWN, SOUND, FAULTY), code=1)
    assert done.returncode == 1
    assert "faulty 1.0 has PYSEC-1; mended in 2.0" in done.stdout


def test_none_passes(tmp_path: Path) -> None:
    done = audit(tmp_path, told(OWN, SOUND))
    assert (done.returncode, done.stdout) == (0, "audit: 1 packages checked, 0 known vulnerabilities\n")


def test_what_the_service_does_not_know_is_named(tmp_path: Path) -> None:
    done = audit(tmp_path, told(OWN, SOUND, UNKNOWN))
    assert done.returncode == 0
    assert "NOT CHECKED: 1 of 2 packages: unknown" in done.stdout


@pytest.mark.parametrize(
    ("output", "error"), [("", "Connection refused"), (told(OWN, UNKNOWN), ""), ('{"x": 1}', "odd")]
)
def test_a_service_that_cannot_be_asked_fails_nothing_and_is_told(
    tmp_path: Path, output: str, error: str
) -> None:
    done = audit(tmp_path, output, code=1, error=error)
    assert done.returncode == 0
    assert done.stdout.startswith("audit: NOT CHECKED: the advisory service")
    assert error in done.stdout


def test_a_program_that_is_not_there_is_told() -> None:
    done = run("/nowhere/pip-audit")
    assert (done.returncode, "NOT CHECKED" in done.stdout) == (0, True)
