"""PicoTTS: a small voice in six languages that works offline, inside the package `py-nanotts`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata, util

from botkit.hooks import hook
from botkit.ports.speech import Remedy, VoiceSpec

LANGUAGES = ("en-US", "en-GB", "de-DE", "es-ES", "fr-FR", "it-IT")
"""BCP 47; the first of a language stands for its other regions."""
REVISION = "1"
"""Of this package's own part in the sound; prompts cached under another one are spoken anew."""


@hook
def register_voices() -> Sequence[VoiceSpec]:
    return [
        VoiceSpec(
            name="picotts",
            factory="botkit_picotts.engine:PicoEngine",
            languages=LANGUAGES,
            missing=missing(),
            version=f"{installed_version()}-{REVISION}",
            rank=50,
        )
    ]


def missing() -> Remedy | None:
    """Why PicoTTS cannot speak here; found without importing the engine."""
    if util.find_spec("py_nanotts") is not None:
        return None
    return Remedy(
        missing="the package py-nanotts is not installed.",
        remedy="Install it with: pip install py-nanotts==0.1.1",
    )


def installed_version() -> str:
    """Of the engine, as installed; empty when it is missing."""
    try:
        return metadata.version("py-nanotts")
    except metadata.PackageNotFoundError:
        return ""
