"""Who is next, against the plainest way to say it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botkit.ports.store import InboxRow
from botkit.store.lanes import Lanes
from tests.contract.store_rows import inbox_row

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("abc")),
        st.tuples(st.just("take"), st.just("")),
        st.tuples(st.sampled_from(["give_back", "remove"]), st.integers(0, 30).map(str)),
    ),
    max_size=80,
)


class Plain:
    """A list of rows and a set of ids that are out."""

    def __init__(self) -> None:
        self.rows: list[InboxRow] = []
        self.out: set[str] = set()

    def take(self) -> InboxRow | None:
        busy = {row.key for row in self.rows if row.id in self.out}
        row = next((row for row in self.rows if row.key not in busy), None)
        if row is not None:
            self.out.add(row.id)
        return row

    def give_back(self, row_id: str) -> None:
        self.out.discard(row_id)

    def remove(self, row_id: str) -> None:
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
        elif action == "take":
            assert lanes.take() == plain.take()
        else:
            getattr(lanes, action)(argument)
            getattr(plain, action)(argument)
        assert len(lanes) == len(plain.rows)


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
