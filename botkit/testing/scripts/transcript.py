"""What went to and fro in a scripted conversation, line by line, as a failure shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from botkit.model.reasons import Reason, because
from botkit.testing.platform import Posted


class Kind(StrEnum):
    """What a line of the transcript is."""

    SAID = "said"
    """The bot spoke."""
    POSTED = "posted"
    """The bot wrote."""
    DID = "did"
    """A person did something."""
    WHY = "why"
    """A decision of the flow."""
    NOTE = "note"
    """Something else worth knowing: a request, a fault."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One line."""

    at: float
    """Seconds since the conversation began."""
    who: str
    """Name of whoever said or did it; empty for what nobody did."""
    text: str
    kind: Kind
    to: frozenset[str] = frozenset()
    """User ids of those who hear or read it."""
    call: str = ""
    """Id of the call it was said on."""
    detail: str = ""
    """How far it was heard, what came with it."""
    posted: Posted | None = None
    reason: Reason | None = None
    session: str = ""
    """Id of the session that a decision belongs to."""


@dataclass(slots=True)
class Transcript:
    """All lines, in the order in which they came."""

    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """One line more."""
        self.entries.append(entry)

    def __len__(self) -> int:
        return len(self.entries)

    def told(self, person_id: str, start: int) -> list[tuple[int, Entry]]:
        """(index, line) of what the bot told somebody, from line `start` on."""
        return [
            (start + offset, entry)
            for offset, entry in enumerate(self.entries[start:])
            if entry.kind in (Kind.SAID, Kind.POSTED) and person_id in entry.to
        ]

    def reasons(self) -> tuple[Reason, ...]:
        """Every decision of every turn."""
        return tuple(entry.reason for entry in self.entries if entry.reason is not None)

    def lines(self) -> list[str]:
        """For people: time, who, what. Decisions stand indented below what led to them."""
        names = [entry.who for entry in self.entries if entry.kind is not Kind.WHY]
        width = min(max(map(len, names), default=3), 16)
        return [line for entry in self.entries for line in _shown(entry, width)]


def _shown(entry: Entry, width: int) -> Iterable[str]:
    if entry.kind is Kind.WHY:
        yield f"{'':10}{'':{width}}    {entry.text}"
        return
    first, *rest = entry.text.splitlines() or [""]
    detail = f"   [{entry.detail}]" if entry.detail else ""
    yield f"{moment(entry.at):>10}  {entry.who[:width]:<{width}}  {first}{'' if rest else detail}"
    for number, line in enumerate(rest, 1):
        yield f"{'':10}  {'':{width}}  {line}{detail if number == len(rest) else ''}"


def moment(seconds: float) -> str:
    """A time of the transcript: `12.3 s`, from an hour on `1:02:03`."""
    if seconds < 3600:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{days}d {clock}" if days else clock


def why_text(reason: Reason, file: str) -> str:
    """A decision on one line: where, what, and what it went by. `file` is its flow's."""
    own = f" {reason.step}" if reason.step and not reason.step[:1].isdigit() else ""
    branch = f" -> {reason.branch}" if reason.branch else ""
    condition = because(reason.verb, reason.branch, reason.condition)
    why = f"   because {condition}" if condition else ""
    read = ", ".join(f"{name}={value!r}" for name, value in reason.read.items())
    return f"{file}:{reason.line}  {reason.verb}{own}{branch}{why}{f'   with {read}' if read else ''}"
