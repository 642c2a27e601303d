"""A timed account of what happened, and of what was checked."""

from __future__ import annotations

import time


class Transcript:
    """Prints lines as they come; remembers whether every check held."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self.ok = True

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._begun

    def heading(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def line(self, who: str, text: str) -> None:
        """Somebody did something."""
        shown = text.replace("\n", "\n" + " " * 22)
        print(f"{self.seconds:7.1f} s  {who:<10}  {shown}", flush=True)

    def check(self, holds: bool, text: str) -> None:
        """Something that must be so."""
        self.ok = self.ok and holds
        print(f"           {'ok' if holds else 'WRONG':<10}  {text}", flush=True)
