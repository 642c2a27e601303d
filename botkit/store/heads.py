"""Which effect of the outbox may be carried out next, of each key."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from botkit.ports.store import OutboxRow


class Head(Struct, frozen=True, gc=False):
    """The oldest effect of its key."""

    place: int
    """Its number in the table."""
    row: OutboxRow


class Heads:
    """The heads of the outbox, kept in memory beside the table, so that nobody has to read it after each
    commit. What waits behind them, for hours where a platform is away, is in the table alone.
    """

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}
        """By key."""
        self._keys: dict[str, str] = {}
        """Id -> key."""
        self._order: list[tuple[int, str]] = []
        """(place, key), ascending."""
        self._noted: set[str] = set()
        """Ids of those whose first attempt was noted with their commit, and has not been asked for yet."""
        self._begun: dict[str, tuple[datetime, int]] = {}
        """Id -> when it was last begun since it stands here, and how often: most are confirmed before anybody
        wants their row again, so it is made anew only when somebody does."""

    def meet(self, heads: Iterable[Head]) -> None:
        """These are all, by the table."""
        for each in (self._heads, self._keys, self._order, self._noted, self._begun):
            each.clear()
        for head in heads:
            self.put(head)

    def put(self, head: Head) -> None:
        """It has come, or moved up to the head of its key, whatever stood there."""
        before = self._heads.get(head.row.key)
        if before is not None:
            self.remove(before.row.id)
        self._heads[head.row.key] = head
        self._keys[head.row.id] = head.row.key
        insort(self._order, (head.place, head.row.key))
        if head.row.ahead is not None:
            self._noted.add(head.row.id)

    def remove(self, effect_id: str) -> None:
        """It is confirmed. One that is none of them is no error."""
        key = self._keys.pop(effect_id, None)
        if key is None:
            return
        place = (self._heads.pop(key).place, key)
        del self._order[bisect_left(self._order, place)]
        self._noted.discard(effect_id)
        self._begun.pop(effect_id, None)

    def ready(self, limit: int, moment: datetime | None, busy: Collection[str]) -> list[OutboxRow]:
        """`Store.effects`."""
        found: list[OutboxRow] = []
        for _, key in self._order:
            if len(found) == limit:
                break
            if key in busy:
                continue
            row = self._row(key)
            if moment is None or row.not_before is None or row.not_before <= moment:
                found.append(row)
        return found

    def next(self, moment: datetime) -> datetime | None:
        """`Store.next_effect`."""
        rests = (head.row.not_before for head in self._heads.values())
        return min((rest for rest in rests if rest is not None and rest > moment), default=None)

    def is_noted(self, effect_id: str) -> bool:
        """Whether the attempt that begins now was noted with the commit; it is no second time."""
        if effect_id not in self._noted:
            return False
        self._noted.remove(effect_id)
        return True

    def attempted(self, effect_id: str, at: datetime) -> None:
        """It is begun."""
        if effect_id in self._keys:
            _, tries = self._begun.get(effect_id, (at, 0))
            self._begun[effect_id] = (at, tries + 1)

    def postponed(self, effect_id: str, moment: datetime) -> None:
        """It rests."""
        key = self._keys.get(effect_id)
        if key is not None:
            row = replace(self._row(key), attempted_at=None, not_before=moment)
            self._begun.pop(effect_id, None)
            self._heads[key] = Head(self._heads[key].place, row)

    def _row(self, key: str) -> OutboxRow:
        """The head of a key as it stands."""
        row = self._heads[key].row
        begun = self._begun.get(row.id)
        return row if begun is None else replace(row, attempted_at=begun[0], tries=row.tries + begun[1])
