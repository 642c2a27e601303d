"""Which recordings are still needed."""

from __future__ import annotations

from botkit.ports.keeping import START, OldRecordings, Position, Unfinished, named

FURTHER = Position(1)


def unfinished(*payloads: bytes, rest: Position | None = None) -> Unfinished:
    return Unfinished(payloads=payloads, rest=rest)


def test_a_recording_that_nothing_names_is_looked_for_twice_and_may_go() -> None:
    old = OldRecordings(["b.wav", "a.wav", "c.wav"])
    read = []
    for found in [unfinished(b'"c.wav"', rest=FURTHER), unfinished()] * 2:
        read.append(old.rest)
        old.met(found)
    assert read == [START, FURTHER, START, FURTHER]
    assert old.rest is None
    assert old.left == ["a.wav", "b.wav"]


def test_a_name_that_is_handed_on_behind_the_first_look_is_found_by_the_second() -> None:
    old = OldRecordings(["a.wav"])
    old.met(unfinished())
    old.met(unfinished(b'"a.wav"'))
    assert old.rest is None
    assert old.left == []


def test_nothing_is_read_where_nothing_is_old() -> None:
    assert OldRecordings([]).rest is None


def test_a_name_is_found_wherever_it_stands() -> None:
    refs = {"message-0123456789abcdef.wav", "other-0123456789abcdef.wav", "plain-0123456789abcdef"}
    text = b'{"a":"message-0123456789abcdef.wav","b":"see plain-0123456789abcdef."}'
    assert named([text, b"\xff\x00"], refs) == refs - {"other-0123456789abcdef.wav"}
    assert named([b'"http://x/other-0123456789abcdef.wav"'], refs) == {"other-0123456789abcdef.wav"}
    assert named([rb'"Heard:\nother-0123456789abcdef.wav"'], refs) == {"other-0123456789abcdef.wav"}
    assert named([b'"another-0123456789abcdef.wav"'], refs) == set()
