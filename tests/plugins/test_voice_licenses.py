"""What must not come by itself: an engine under the GPL."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
GPL = {"espeakng-loader", "piper-tts", "pyttsx3"}
"""pyttsx3 itself is not, but it speaks with nothing else."""


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=;\[ ]", requirement)[0] for requirement in requirements}


def test_gpl_engines_are_in_extras_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = names([each for extra in project["project"]["optional-dependencies"].values() for each in extra])
    assert extras >= GPL
    assert not GPL & names(project["project"]["dependencies"])
    assert not GPL & names(project["dependency-groups"]["dev"])


def test_the_image_and_the_demo_install_no_extra_with_a_voice() -> None:
    for file in ("Dockerfile", "script/bootstrap", "script/demo"):
        text = (ROOT / file).read_text()
        assert not re.search(r"\.\[(?!postgres\])|botkit\[|espeak|piper", text), file
