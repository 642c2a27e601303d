"""What spoken words mean to a question: one of its choices, or a global."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botkit.flow import match

if TYPE_CHECKING:
    from botkit.flow.running import Running

_global = "global "
"""Before the name of a global, where it stands among choices: no choice has a blank in its name."""


@dataclass(frozen=True, slots=True)
class Found:
    """What spoken words mean."""

    answer: object
    """JSON; what `Question.take` gets, or the name of a global."""
    back: str
    """The question whether this is what was said; empty: it cannot be asked."""
    sure: bool
    command: bool = False
    """It is a global."""


def meanings(run: Running, own: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Name -> phrases of a question's own choices; `global NAME` -> those of the globals."""
    found = dict(own)
    for command, _ in run.commands():
        found.setdefault(f"{_global}{command.name}", sorted(command.phrases(run.language)))
    return found


def one_of(
    run: Running, text: str, own: Mapping[str, Sequence[str]], *, by_voice: bool = True
) -> Found | None:
    """Which of a question's own choices and the globals was said, or typed. A choice's second phrase is its
    label."""
    known = meanings(run, own)
    found = match.spoken(text, known) if by_voice else match.closest(text, known)
    if found is None:
        return None
    command = found.name.startswith(_global)
    name = found.name.removeprefix(_global)
    label = name.replace("_", " ") if command else known[found.name][1]
    return Found(name, run.wording.did_you_say(label), found.sure, command)


def command(run: Running, text: str) -> Found | None:
    """A global whose very words were said."""
    said = match.normalise(text)
    for known, _ in run.commands():
        if said in known.phrases(run.language):
            label = known.name.replace("_", " ")
            return Found(known.name, run.wording.did_you_say(label), sure=True, command=True)
    return None
