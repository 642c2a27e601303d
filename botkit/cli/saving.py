"""Files that commands write for other programs."""

from __future__ import annotations

from pathlib import Path

from botkit.model.errors import UsageError


def save(path: Path, text: str) -> None:
    """UTF-8, over what is there. Raises `UsageError` when it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fact = f"It cannot be written: {error.strerror}."
        raise UsageError(fact, where=str(path), remedy="Name another file.") from error
