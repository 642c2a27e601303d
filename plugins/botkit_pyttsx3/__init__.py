"""pyttsx3, which speaks with espeak-ng. That is GPL-3, so it is an extra of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata, util

from botkit.hooks import hook
from botkit.ports.speech import Remedy, VoiceSpec
from botkit_espeak.library import system_library
from botkit_espeak.voices import VOICES

REVISION = "1"
"""Of this package's own part in the sound; prompts cached under another one are spoken anew."""


@hook
def register_voices() -> Sequence[VoiceSpec]:
    return [
        VoiceSpec(
            name="pyttsx3",
            factory="botkit_pyttsx3.engine:Pyttsx3Engine",
            languages=tuple(VOICES),
            missing=missing(),
            version=f"{installed_version()}-{REVISION}",
            rank=210,
        )
    ]


def missing() -> Remedy | None:
    """Why pyttsx3 cannot speak here; found without importing it."""
    if util.find_spec("pyttsx3") is None:
        return Remedy(
            missing="the package pyttsx3 is not installed.",
            remedy="Install it with: pip install 'botkit[pyttsx3]'",
        )
    if system_library() is None:
        return Remedy(
            missing="the library espeak-ng, which pyttsx3 speaks with, is not installed.",
            remedy="Install it with: apt-get install libespeak-ng1",
        )
    return None


def installed_version() -> str:
    """Of the engine, as installed; empty when it is missing."""
    try:
        return metadata.version("pyttsx3")
    except metadata.PackageNotFoundError:
        return ""
