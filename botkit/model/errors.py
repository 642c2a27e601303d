"""The two families of error: the user's mistake, and the world's fault."""

from __future__ import annotations

from collections.abc import Sequence


class BotkitError(Exception):
    """Something a person can act on, told in one paragraph: what, where, remedy.

    The command line prints `paragraph()` and leaves with `exit_code`; no traceback.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def paragraph(self) -> str:
        """Place, fact and remedy on one paragraph."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} {self.remedy}" if self.remedy else text

    def __str__(self) -> str:
        return self.paragraph()


class UsageError(BotkitError):
    """You asked for something that cannot be: a broken file, an unknown name, a wrong setting."""

    exit_code = 2


class WorldError(BotkitError):
    """The world did not play along: a refused logon, a port in use, an engine that is missing."""


class UsageErrors(UsageError):
    """Several mistakes, told at once."""

    def __init__(self, each: Sequence[UsageError]) -> None:
        super().__init__(f"{len(each)} things are wrong")
        self.each = tuple(each)

    def paragraph(self) -> str:
        """One a line."""
        return "\n".join(error.paragraph() for error in self.each)
