"""PocketSphinx: small English ears with grammars, inside the package `pocketsphinx`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata, util

from botkit.hooks import hook
from botkit.ports.speech import RecognizerSpec, Remedy


@hook
def register_recognizers() -> Sequence[RecognizerSpec]:
    return [
        RecognizerSpec(
            name="pocketsphinx",
            factory="botkit_pocketsphinx.engine:PocketsphinxEngine",
            languages=("en-US",),
            missing=missing(),
            has_vocabulary=True,
            version=installed_version(),
            rank=60,
        )
    ]


def missing() -> Remedy | None:
    """Why PocketSphinx cannot hear here; found without importing the engine."""
    if util.find_spec("pocketsphinx") is not None:
        return None
    return Remedy(
        missing="the package pocketsphinx is not installed.",
        remedy="Install it with: pip install 'pocketsphinx>=5.1,<6'",
    )


def installed_version() -> str:
    """Of the engine, as installed; empty when it is missing."""
    try:
        return metadata.version("pocketsphinx")
    except metadata.PackageNotFoundError:
        return ""
