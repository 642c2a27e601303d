"""What is over and old goes, in small steps; what is needed stays, in every store."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from botkit.ports.keeping import NOTE, START, Horizon, Keep, Position, Pruned
from botkit.ports.store import Commit, DeadKind, InboxRow, JournalRow, OutboxRow, Store
from botkit.store import pruning
from tests.contract.store_rows import NOON, Reopen, dead_letter, effect_row, inbox_row, session_row

DAY = timedelta(days=1)
NOW = NOON + 100 * DAY


def ago(days: float) -> datetime:
    return NOW - days * DAY


def horizon(**days: float) -> Horizon:
    """What is older than so many days goes."""
    return Keep(**{name: timedelta(days=number) for name, number in days.items()}).horizon(NOW)


async def pruned(store: Store, horizon: Horizon, *, dry: bool = False) -> Pruned:
    """All of it."""
    done = Pruned(rest=START)
    while done.rest is not None:
        done += await store.prune(horizon, done.rest, dry=dry)
    return done


def line(session_id: str, data: str, at: datetime) -> JournalRow:
    return JournalRow(session_id=session_id, at=at, kind="turn", data=data.encode())


async def write(store: Store, name: str, *at: datetime, is_open: bool = False) -> None:
    """A session with a turn at each of these moments; over with the last one."""
    for revision, moment in enumerate(at, 1):
        row = session_row(name, revision, is_open=is_open or revision < len(at), places=(f"direct:{name}",))
        await store.commit(Commit(session=row, journal=[line(name, f"{name} {revision}", moment)]))


async def told(store: Store, name: str) -> list[str]:
    return [row.data.decode() for row in await store.journal(name)]


@pytest.fixture(params=[2, 500])
def small_steps(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Lines, sessions, ids in a step."""
    for module in _modules():
        for name in ("SESSIONS", "LINES", "IDS", "PAYLOADS"):
            monkeypatch.setattr(module, name, request.param)
        monkeypatch.setattr(module, "OTHERS", max(request.param, 8), raising=False)
    size: int = request.param
    return size


def _modules() -> Sequence[object]:
    try:
        from botkit.store.postgres import pruning as on_postgres
    except ImportError:
        return (pruning,)
    return (pruning, on_postgres)


async def newest(store: Store) -> None:
    """The newest line of all stays for a reason of its own: let it be none that a test looks at."""
    await store.commit(Commit(journal=[line("", "newest", NOW)]))


@pytest.mark.usefixtures("small_steps")
class TestSessions:
    async def test_what_is_over_for_long_goes_with_its_lines(self, store: Store) -> None:
        await write(store, "old", ago(95), ago(94), ago(93), ago(92), ago(91))
        await write(store, "young", ago(95), ago(89))
        await newest(store)
        done = await pruned(store, horizon(sessions=90, journal=90))
        assert (done.sessions, done.lines, done.rest) == (1, 5, None)
        assert await store.session("old") is None
        assert await told(store, "old") == []
        assert await told(store, "young") == ["young 1", "young 2"]

    async def test_what_is_open_stays_whatever_its_age(self, store: Store) -> None:
        await write(store, "open", ago(99), ago(98), ago(97), is_open=True)
        await newest(store)
        done = await pruned(store, horizon(sessions=1, journal=1, seen=1))
        assert not done.anything
        row = await store.find("direct:open")
        assert row is not None
        assert row.revision == 3
        assert await told(store, "open") == ["open 1", "open 2", "open 3"]

    async def test_what_something_waits_for_stays(self, store: Store) -> None:
        for name in ("posting", "given up", "over"):
            await write(store, name, ago(99), ago(98))
        await store.commit(
            Commit(
                outbox=[effect_row("e", session_id="posting")],
                dead=[replace(dead_letter("d", DeadKind.EFFECT), session_id="given up")],
            )
        )
        await newest(store)
        assert (await pruned(store, horizon(sessions=90, journal=90))).sessions == 1
        assert await told(store, "posting") == ["posting 1", "posting 2"]
        assert await told(store, "given up") == ["given up 1", "given up 2"]
        await store.commit(Commit(confirmed=["e"]))
        await store.drop("d")
        assert (await pruned(store, horizon(sessions=90, journal=90))).sessions == 2

    async def test_lines_may_go_earlier_but_for_the_one_that_tells_the_end(self, store: Store) -> None:
        await write(store, "a", ago(50), ago(49), ago(48), ago(47))
        await newest(store)
        done = await pruned(store, horizon(sessions=90, journal=30))
        assert (done.sessions, done.lines) == (0, 3)
        assert await told(store, "a") == ["a 4"]
        assert await store.session("a") is not None
        assert not (await pruned(store, horizon(sessions=90, journal=30))).anything
        assert (await pruned(store, horizon(sessions=40, journal=30))).sessions == 1

    async def test_for_ever_is_for_ever(self, store: Store) -> None:
        await write(store, "a", ago(99), ago(98))
        await store.receive(inbox_row("item"))
        await newest(store)
        assert not (await pruned(store, Keep().horizon(NOW))).anything
        assert await told(store, "a") == ["a 1", "a 2"]

    async def test_it_goes_on_as_if_nothing_had_been(self, store: Store, reopen: Reopen) -> None:
        for number in range(5):
            await write(store, f"old {number}", ago(99), ago(98))
        await write(store, "open", ago(99), is_open=True)
        await newest(store)
        await pruned(store, horizon(sessions=90, journal=90))
        store = await reopen(store)
        await write(store, "new", ago(1), ago(0.5))
        row = session_row("open", 2, places=("direct:open",))
        await store.commit(Commit(session=row, journal=[line("open", "open 2", ago(0.1))]))
        # An effect of before may tell of one that is gone.
        await store.commit(Commit(journal=[line("old 1", "late", ago(0))]))
        assert await told(store, "new") == ["new 1", "new 2"]
        assert await told(store, "open") == ["open 1", "open 2"]
        assert await told(store, "old 1") == ["late"]
        assert await store.find("direct:old 1") is None


@pytest.mark.usefixtures("small_steps")
class TestLinesOutsideOfSessions:
    async def test_each_goes_by_its_own_age(self, store: Store) -> None:
        ages = (99, 50, 98, 97, 40, 96, 30)  # not in order: somebody has set the clock
        for days in ages:
            await store.commit(Commit(journal=[line("", f"{days}", ago(days))]))
            await store.commit(Commit(journal=[line("schedule:s", f"{days}", ago(days + 0.5))]))
        await store.commit(Commit(journal=[line("gone", "old", ago(99))]))
        await newest(store)
        done = await pruned(store, horizon(sessions=90, journal=90))
        assert done.lines == 9
        assert await told(store, "") == ["50", "40", "30", "newest"]
        assert await told(store, "schedule:s") == ["50", "40", "30"]
        assert await told(store, "gone") == []
        await store.commit(Commit(journal=[line("", "after", NOW), line("gone", "new", NOW)]))
        assert await told(store, "") == ["50", "40", "30", "newest", "after"]
        assert await told(store, "gone") == ["new"]

    async def test_the_newest_line_of_all_stays_since_it_tells_when_the_bot_lived(self, store: Store) -> None:
        await write(store, "a", ago(99), ago(98))
        done = await pruned(store, horizon(sessions=1, journal=1))
        assert done.sessions == 0
        assert await store.last_written() == ago(98)
        await newest(store)
        assert (await pruned(store, horizon(sessions=1, journal=1))).sessions == 1


@pytest.mark.usefixtures("small_steps", "_line")
class TestIds:
    @pytest.fixture
    async def _line(self, store: Store) -> None:
        await newest(store)

    async def test_those_of_long_ago_are_forgotten(self, store: Store) -> None:
        for number in range(7):
            await done_with(store, InboxRow(id=f"old {number}", key="k", payload=b"{}", at=ago(31)))
            await done_with(store, InboxRow(id=f"young {number}", key="k", payload=b"{}", at=ago(29)))
        assert (await pruned(store, horizon(seen=30))).seen == 7
        for number in range(7):
            assert await store.receive(inbox_row(f"old {number}"))
            assert not await store.receive(inbox_row(f"young {number}"))

    async def test_what_waits_or_may_come_back_stays_known(self, store: Store) -> None:
        for name in ("waits", "taken", "dead"):
            await store.receive(InboxRow(id=name, key=name, payload=b"{}", at=ago(99)))
        for name in ("waits", "taken"):
            row = await store.take()
            assert row is not None
            assert row.id == name
        await store.give_back("waits")
        await store.commit(Commit(done="dead", dead=[dead_letter("dead")]))
        assert (await pruned(store, horizon(seen=30))).seen == 0
        for name in ("waits", "taken", "dead"):
            assert not await store.receive(inbox_row(name))


async def done_with(store: Store, row: InboxRow) -> None:
    await store.receive(row)
    await store.commit(Commit(done=row.id))


class TestSteps:
    async def test_a_dry_run_counts_and_removes_nothing(self, store: Store, small_steps: int) -> None:
        for number in range(5):
            await write(store, f"old {number}", ago(99), ago(98), ago(97))
            await write(store, f"mid {number}", ago(60), ago(59))
            await done_with(store, InboxRow(id=f"{number}", key="k", payload=b"{}", at=ago(50)))
            await store.commit(Commit(journal=[line("", f"{number}", ago(80))]))
        await newest(store)
        wanted = horizon(sessions=90, journal=40, seen=30)
        first = await pruned(store, wanted, dry=True)
        assert (first.sessions, first.lines, first.seen) == (5, 25, 5)
        assert await store.note(NOTE) is None
        assert len(await told(store, "old 1")) == 3
        assert await pruned(store, wanted) == first
        assert not (await pruned(store, wanted, dry=True)).anything

    async def test_no_step_is_long(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in _modules():
            monkeypatch.setattr(module, "LINES", 3)
        await write(store, "long", *(ago(99) for _ in range(20)))
        await newest(store)
        done, steps = Pruned(rest=START), 0
        while done.rest is not None:
            step = await store.prune(horizon(sessions=90, journal=90), done.rest)
            assert step.lines <= 4
            done += step
            steps += 1
        assert (done.sessions, done.lines) == (1, 20)
        assert steps > 6

    async def test_up_to_when_things_are_gone_is_noted_for_ever(self, store: Store) -> None:
        await newest(store)
        await pruned(store, horizon(sessions=90, journal=30))
        later = Keep(seen=30 * DAY).horizon(NOW + DAY)
        await pruned(store, later)
        noted = Horizon.load(await store.note(NOTE))
        assert noted == Horizon(at=NOW + DAY, sessions=ago(90), journal=ago(30), seen=later.seen)

    async def test_what_is_unfinished_is_told_whole(self, store: Store, small_steps: int) -> None:
        expected = []
        for number in range(5):
            for is_open in (True, False):
                state = f"state {number} {is_open}".encode()
                row = session_row(f"{number} {is_open}", is_open=is_open, state=state)
                await store.commit(Commit(session=row))
                expected += [state] if is_open else []
            await store.receive(inbox_row(f"{number}", payload=b"in %d" % number))
            await store.commit(Commit(dead=[dead_letter(f"dead {number}")]))
            await store.commit(Commit(outbox=[effect_row(f"effect {number}")]))
            expected += [b"in %d" % number, b"{}", b"{}"]
        await newest(store)
        found: list[bytes] = []
        rest: Position | None = START
        while rest is not None:
            part = await store.unfinished(rest)
            assert len(part.payloads) <= small_steps
            found += part.payloads
            rest = part.rest
        assert sorted(found) == sorted(expected)


@dataclass
class World:
    """What the store should hold."""

    chance: random.Random
    sessions: dict[str, list[datetime]] = field(default_factory=dict)
    is_open: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)

    async def build(self, store: Store) -> None:
        moments = sorted(ago(self.chance.uniform(0, 100)) for _ in range(120))
        for moment in moments:
            name = f"s{self.chance.randrange(40)}"
            if name in self.sessions and name not in self.is_open:
                continue
            lines = self.sessions.setdefault(name, [])
            lines.append(moment)
            goes_on = self.chance.random() < 0.7
            (self.is_open.add if goes_on else self.is_open.discard)(name)
            row = session_row(name, len(lines), is_open=goes_on, places=(f"direct:{name}",))
            outbox: tuple[OutboxRow, ...] = ()
            if not goes_on and self.chance.random() < 0.2:
                self.needed.add(name)
                outbox = (effect_row(f"effect of {name}", key=name, session_id=name),)
            turn = Commit(session=row, journal=[line(name, f"{len(lines)}", moment)], outbox=outbox)
            await store.commit(turn)
        await newest(store)

    async def check(self, store: Store, horizon: Horizon, *, through: bool) -> None:
        """`through`: pruning came to its end; else it died anywhere in the middle."""
        assert horizon.sessions is not None
        assert horizon.journal is not None
        for name, moments in self.sessions.items():
            whole = [f"{number}" for number in range(1, len(moments) + 1)]
            found = await told(store, name)
            row = await store.session(name)
            over = moments[-1]
            if name in self.is_open or name in self.needed or over >= horizon.journal:
                assert found == whole
                assert row is not None
            elif over >= horizon.sessions:
                assert row is not None
                assert found[-1:] == whole[-1:]
                assert not through or len(found) == 1
            else:
                assert (row is None) == (found == [])
                assert not through or row is None
            if name in self.is_open:
                at_its_place = await store.find(f"direct:{name}")
                assert at_its_place is not None
                assert at_its_place.id == name


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_needed_is_never_touched_wherever_a_process_dies(
    seed: int, store: Store, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    for module in _modules():
        monkeypatch.setattr(module, "LINES", 3)
        monkeypatch.setattr(module, "SESSIONS", 4)
    world = World(chance)
    await world.build(store)
    wanted = horizon(sessions=chance.uniform(40, 70), journal=chance.uniform(10, 40), seen=30)
    rest = START
    for _ in range(chance.randrange(2, 12)):
        done = await store.prune(wanted, rest)
        if done.rest is None:
            break
        rest = done.rest
    store = await reopen(store)
    await world.check(store, wanted, through=False)
    await pruned(store, wanted)
    await world.check(store, wanted, through=True)
