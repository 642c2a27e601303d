"""Moonshine: English ears that work offline, inside the package `moonshine-voice`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata, util
from pathlib import Path

from botkit.hooks import hook
from botkit.ports.speech import RecognizerSpec, Remedy

REMEDY = "Install it with: pip install moonshine-voice==0.1.0"
"""Later versions have no model inside; they would download one."""


@hook
def register_recognizers() -> Sequence[RecognizerSpec]:
    return [
        RecognizerSpec(
            name="moonshine",
            factory="botkit_moonshine.engine:MoonshineEngine",
            languages=("en-US",),
            missing=missing(),
            version=installed_version(),
            rank=50,
        )
    ]


def missing() -> Remedy | None:
    """Why Moonshine cannot hear here; found without importing the engine."""
    package = util.find_spec("moonshine_voice")
    if package is None or package.origin is None:
        return Remedy(missing="the package moonshine-voice is not installed.", remedy=REMEDY)
    if not model_folder(Path(package.origin).parent).joinpath("encoder_model.ort").is_file():
        return Remedy(missing=f"moonshine-voice {installed_version()} has no model inside.", remedy=REMEDY)
    return None


def model_folder(package: Path) -> Path:
    """Where the package has its model."""
    return package / "assets" / "tiny-en"


def installed_version() -> str:
    """Of the engine, as installed; empty when it is missing."""
    try:
        return metadata.version("moonshine-voice")
    except metadata.PackageNotFoundError:
        return ""
