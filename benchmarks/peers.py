"""Environments for the peers of a measurement: each has its own, made once under `build/`."""

from __future__ import annotations

import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "build" / "peers"


def is_made(*requirements: str) -> bool:
    """Whether `python_with` has installed them before."""
    return (_folder(requirements) / "made").exists()


def python_with(*requirements: str) -> Path:
    """A Python that has these packages; they come from PyPI the first time. Raises `CalledProcessError`."""
    folder = _folder(requirements)
    python = folder / "bin" / "python"
    made = folder / "made"
    if not made.exists():
        print(f"installing {', '.join(requirements)} ...", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        install = (
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *requirements,
        )
        subprocess.run(install, check=True)
        made.touch()
    return python


def _folder(requirements: tuple[str, ...]) -> Path:
    return FOLDER / sha256("\n".join(requirements).encode()).hexdigest()[:12]
