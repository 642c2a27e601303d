"""Vosk: ears for whatever language the model is for that you bring (`speech: {model: PATH}`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata, util

from botkit.hooks import hook
from botkit.ports.speech import RecognizerSpec, Remedy


@hook
def register_recognizers() -> Sequence[RecognizerSpec]:
    return [
        RecognizerSpec(
            name="vosk",
            factory="botkit_vosk.engine:VoskEngine",
            languages=(),
            missing=missing(),
            has_vocabulary=True,
            needs_model=True,
            version=installed_version(),
            rank=70,
        )
    ]


def missing() -> Remedy | None:
    """Why Vosk cannot hear here; found without importing the engine."""
    if util.find_spec("vosk") is not None:
        return None
    return Remedy(
        missing="the package vosk is not installed.",
        remedy="Install it with: pip install 'botkit[vosk]'",
    )


def installed_version() -> str:
    """Of the engine, as installed; empty when it is missing."""
    try:
        return metadata.version("vosk")
    except metadata.PackageNotFoundError:
        return ""
