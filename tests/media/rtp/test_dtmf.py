"""Telephone keys, to the byte."""

from __future__ import annotations

import pytest

from botkit.media.rtp.dtmf import KEYS, KeyReader, TelephoneEvent, press


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ("01 0a 00a0", TelephoneEvent(key="1", duration=160)),
        ("0a 8a 0320", TelephoneEvent(key="*", duration=800, end=True)),
        ("0b 80 03c0", TelephoneEvent(key="#", duration=960, end=True, volume=0)),
        ("0f 3f ffff", TelephoneEvent(key="D", duration=65535, volume=63)),
    ],
)
def test_four_bytes_each_way(payload: str, event: TelephoneEvent) -> None:
    assert TelephoneEvent.read(bytes.fromhex(payload)) == event
    assert event.write() == bytes.fromhex(payload)


@pytest.mark.parametrize("payload", ["", "01", "010a00", "100a00a0", "ff0a00a0"])
def test_what_is_no_key(payload: str) -> None:
    assert TelephoneEvent.read(bytes.fromhex(payload)) is None
    assert KeyReader().read(0, bytes.fromhex(payload)) is None


def test_the_reserved_bit_is_ignored() -> None:
    assert TelephoneEvent.read(bytes.fromhex("014a00a0")) == TelephoneEvent(key="1", duration=160)


def test_a_duration_stays_in_its_field() -> None:
    assert TelephoneEvent(key="1", duration=70_000).write() == bytes.fromhex("010affff")


def test_a_press_grows_and_ends_three_times() -> None:
    packets = [event.write().hex() for event in press("1", packets=3)]
    assert packets == ["010a00a0", "010a0140", "018a01e0", "018a01e0", "018a01e0"]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_told_once_at_its_first_packet(key: str) -> None:
    reader = KeyReader()
    told = [reader.read(800, event.write()) for event in press(key)]
    assert told == [key, *[None] * (len(told) - 1)]


def test_a_key_whose_packets_all_end_it_counts() -> None:
    """Chromium with Opus: three packets, all marked, all with the end bit."""
    reader = KeyReader()
    only = TelephoneEvent(key="5", duration=960, end=True).write()
    assert [reader.read(48_000, only) for _ in range(3)] == ["5", None, None]


def test_the_same_key_again_and_a_late_packet_of_the_first() -> None:
    reader = KeyReader()
    down, up = (TelephoneEvent(key="5", duration=d, end=d > 1).write() for d in (1, 2))
    assert [reader.read(0, down), reader.read(960, down), reader.read(0, up)] == ["5", "5", None]


def test_a_duration_is_in_units_of_the_payload_types_clock() -> None:
    event = TelephoneEvent(key="5", duration=800)
    assert event.write(48_000)[2:] == (4800).to_bytes(2)
    assert event.write()[2:] == (800).to_bytes(2)
