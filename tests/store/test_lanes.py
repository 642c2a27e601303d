"""Who is next, against the plainest way to say it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botkit.ports.store import InboxRow
from botkit.store.lanes import Lanes
from tests.contract.store_rows import inbox_row

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["add", "accept"]), st.sampled_from("abc")),
        st.tuples(st.just("take"), st.just("")),
        st.tuples(st.sampled_from(["give_back", "remove", "release"]), st.integers(0, 30).map(str)),
    ),
    max_size=80,
)


class Plain:
    """A list of rows and a set of ids that are out."""

    def __init__(self) -> None:
        self.rows: list[InboxRow] = []
        self.out: set[str] = set()
        self.accepted: dict[str, str] = {}
        """Id -> key."""

    def accept(self, row: InboxRow) -> bool:
        if row.key in {*(each.key for each in self.rows), *self.accepted.values()}:
            return False
        self.accepted[row.id] = row.key
        return True

    def release(self, row_id: str) -> bool:
        return self.accepted.pop(row_id, None) is None

    def take(self) -> InboxRow | None:
        busy = {*(row.key for row in self.rows if row.id in self.out), *self.accepted.values()}
        row = next((row for row in self.rows if row.key not in busy), None)
        if row is not None:
            self.out.add(row.id)
        return row

    def give_back(self, row_id: str) -> None:
        self.out.discard(row_id)

    def remove(self, row_id: str) -> None:
        self.accepted.pop(row_id, None)
        self.rows = [row for row in self.rows if row.id != row_id]
        self.out.discard(row_id)


@given(ACTIONS)
def test_any_sequence_hands_out_what_the_plain_list_hands_out(actions: list[tuple[str, str]]) -> None:
    lanes, plain, added = Lanes(), Plain(), 0
    for action, argument in actions:
        if action == "add":
            row = inbox_row(str(added), key=argument)
            added += 1
            lanes.add(row)
            plain.rows.append(row)
        elif action == "accept":
            row = inbox_row(str(added), key=argument)
            added += 1
            assert lanes.accept(row) == plain.accept(row)
        elif action == "take":
            assert lanes.take() == plain.take()
        else:
            assert getattr(lanes, action)(argument) == getattr(plain, action)(argument)
        assert len(lanes) == len(plain.rows)
        assert lanes.any_wait == any(row.id not in plain.out for row in plain.rows)


def test_rows_of_a_reopened_store_keep_their_order() -> None:
    lanes = Lanes([inbox_row("1", key="a"), inbox_row("2", key="a"), inbox_row("3", key="b")])
    taken = [lanes.take(), lanes.take(), lanes.take()]
    assert [row.id for row in taken if row] == ["1", "3"]


def test_lanes_that_meet_the_table_keep_who_is_out() -> None:
    rows = [inbox_row(str(n), key="ab"[n % 2]) for n in range(4)]
    lanes = Lanes(rows)
    assert lanes.take() == rows[0]
    new = inbox_row("new", key="c")
    lanes.meet([rows[0], rows[2], rows[3], new])
    assert [lanes.take(), lanes.take(), lanes.take()] == [rows[3], new, None]
    lanes.remove("0")
    assert lanes.take() == rows[2]
    lanes.meet([])
    assert len(lanes) == 0
    lanes.add(inbox_row("5", key="a"))
    assert lanes.take() == inbox_row("5", key="a")


def test_one_that_was_accepted_is_let_go_also_when_it_came_again_under_another_key() -> None:
    lanes = Lanes()
    lanes.accept(inbox_row("1", key="a"))
    lanes.add(inbox_row("1", key="b"))
    lanes.add(inbox_row("2", key="a"))
    assert not lanes.release("1")
    assert [lanes.take(), lanes.take()] == [inbox_row("1", key="b"), inbox_row("2", key="a")]
