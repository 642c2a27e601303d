"""What an examination prints: one line a fact, marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botkit.model.plural import counted

T = TypeVar("T")

MARK, SUBJECT = 6, 22
"""Widths of the columns."""


class Report:
    """Lines on standard output: a mark, what it is about, and the fact."""

    def __init__(self) -> None:
        self._wrong: list[str] = []

    def ok(self, subject: str, fact: str) -> None:
        self._line("ok", subject, fact)

    def note(self, subject: str, fact: str) -> None:
        """Something is missing that this bot can do without."""
        self._line("-", subject, fact)

    def wrong(self, subject: str, fact: str) -> None:
        """A reason why the bot cannot run; told once, however many parts of it stumble over it."""
        if fact not in self._wrong:
            self._wrong.append(fact)
            self._line("WRONG", subject, fact)

    def tried(self, subject: str, work: Callable[[], T]) -> T | None:
        """What `work` returns; None when it fails, which is told with place and remedy."""
        from botkit.model.errors import BotkitError

        try:
            return work()
        except BotkitError as error:
            self.wrong(subject, error.paragraph())
            return None

    def end(self) -> int:
        """The verdict; the exit code."""
        count = len(self._wrong)
        things = counted(count, "thing is", "things are")
        print(f"\n{things} wrong." if count else "\nA bot can run and speak here.")
        return 1 if count else 0

    def _line(self, mark: str, subject: str, fact: str) -> None:
        first, *rest = fact.splitlines()
        print(f"{mark:<{MARK}}{subject + ':':<{SUBJECT}}{first}", flush=True)
        for line in rest:
            print(f"{'':<{MARK + SUBJECT}}{line}", flush=True)
