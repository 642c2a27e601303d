"""espeak-ng: a plain, quick voice in some forty languages. GPL-3, so it is an extra of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata

from botkit.hooks import hook
from botkit.ports.speech import Remedy, VoiceSpec

from .library import has_loader, system_library
from .voices import VOICES

REVISION = "1"
"""Of this package's own part in the sound; prompts cached under another one are spoken anew."""


@hook
def register_voices() -> Sequence[VoiceSpec]:
    return [
        VoiceSpec(
            name="espeak",
            factory="botkit_espeak.engine:EspeakEngine",
            languages=tuple(VOICES),
            missing=missing(),
            version=f"{installed_version()}-{REVISION}",
            rank=200,
            ssml=True,
        )
    ]


def missing() -> Remedy | None:
    """Why espeak-ng cannot speak here; found without loading its library."""
    if has_loader() or system_library() is not None:
        return None
    return Remedy(
        missing="the library espeak-ng is not installed.",
        remedy="Install it with: pip install 'botkit[espeak]' (or: apt-get install libespeak-ng1)",
    )


def installed_version() -> str:
    """Of `espeakng-loader`, which goes before the system's library."""
    try:
        return metadata.version("espeakng-loader")
    except metadata.PackageNotFoundError:
        return "system"
