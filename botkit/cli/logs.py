"""The log of commands that serve: lines for people, or JSON for machines.

Each line has the ids of what was at work: session, conversation, call, effect, event. What people said and
what a flow answered is in none; of an exception JSON tells kind and place, for its words may be theirs.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from botkit.model.secret import MASK, Secret, spellings
from botkit.ports.log_context import at_work_on

Form: TypeAlias = Literal["text", "json"]

Level: TypeAlias = Literal["INFO", "WARNING"]


def log_to_stderr(level: Level = "INFO", form: Form = "text", secrets: Iterable[Secret] = ()) -> None:
    """Log lines to standard error; libraries only when they warn. In no line stands any of `secrets`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Masked(JsonLines() if form == "json" else TextLines(), secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("botkit").setLevel(level)
    # What Python itself warns of is a line as well.
    logging.captureWarnings(form == "json")


class Masked(logging.Formatter):
    """Another formatter's lines without secrets: an exception's words may quote the request that failed, or a
    database's address."""

    def __init__(self, lines: logging.Formatter, secrets: Iterable[Secret]) -> None:
        super().__init__()
        self._lines = lines
        texts = spellings(secrets)
        # And as a line of JSON tells all of that.
        texts |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
        whole = sorted(texts, key=len, reverse=True)
        self._secret = re.compile("|".join(map(re.escape, whole))) if whole else None

    def format(self, record: logging.LogRecord) -> str:
        line = self._lines.format(record)
        return line if self._secret is None else self._secret.sub(MASK, line)


class TextLines(logging.Formatter):
    """For people: each id once, also where the message has it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        known = at_work_on()
        for name, value in known.items():
            within = any(value in other for other in known.values() if other != value)
            # The session of a call is `call:ID`, and an effect bears the name of its session.
            if not (within or value in line or value.replace(":", " ", 1) in line):
                line += f" {name}={value}"
        return line


class JsonLines(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `message`, the ids that are known, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **at_work_on(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _told(error: BaseException) -> dict[str, object]:
    """Kind and place, not words; and what caused it."""
    told: dict[str, object] = {
        "kind": f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins."),
        "at": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ],
    }
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        told["cause"] = _told(cause)
    return told
