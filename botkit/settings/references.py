"""`${NAME}` and `file:PATH`: what a bot.yaml names and does not contain."""

from __future__ import annotations

import os
import re
from pathlib import Path

from botkit.model.errors import UsageError
from botkit.model.secret import Secret

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def is_reference(text: str) -> bool:
    """Whether it names a secret instead of being one."""
    return text.startswith("file:") or REFERENCE.search(text) is not None


def referred(text: str, folder: Path, where: str) -> str | None:
    """What `${NAME}` or `file:PATH` stands for; None when `text` is neither."""
    if text.startswith("file:"):
        source = folder / text.removeprefix("file:")
        try:
            return source.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            remedy = "Make that file, or mend its path."
            if isinstance(error, PermissionError):
                remedy = f"Let user {os.geteuid()} read it, who runs botkit."
            raise UsageError(f"{source} cannot be read: {reason}.", where=where, remedy=remedy) from error
    if not REFERENCE.search(text):
        return None

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise UsageError(
                f"The environment variable {name} is not set.",
                where=where,
                remedy=f"Set it: export {name}=...",
            )
        return os.environ[name]

    return REFERENCE.sub(value, text)


def secret(text: str, folder: Path, where: str) -> Secret:
    """The secret that `text` names. Raises `UsageError`, also when it is empty."""
    value = referred(text, folder, where)
    if not value:
        raise UsageError("This secret is empty.", where=where, remedy="Set its variable, or fill its file.")
    return Secret(value)


def literal(where: str, name: str) -> UsageError:
    """The error of a secret that stands in the file itself."""
    return UsageError(
        "A secret must not stand in the file.",
        where=where,
        remedy=f"Write ${{{name.upper()}}} and set that variable, or file:PATH.",
    )
