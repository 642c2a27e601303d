"""The language between the bot and its media processes."""

from __future__ import annotations

import dataclasses
import typing

import msgspec
import pytest

from botkit.media.workers import wire
from botkit.model.calls import CallCause
from botkit.ports import audio
from botkit.ports.audio import (
    DigitPressed,
    HoldChanged,
    LegClosed,
    LegConnected,
    LegEvent,
    LegStatistics,
    LineMeasured,
    PromptFinished,
    PromptStarted,
    SpeakerChanged,
)

EVENTS: list[LegEvent] = [
    LegConnected(at=1.5),
    DigitPressed(at=1.5, digit="#"),
    HoldChanged(at=1.5, held=True),
    SpeakerChanged(at=1.5, speaks=True),
    PromptStarted(at=1.5, prompt_id="a"),
    PromptFinished(at=1.5, prompt_id="a", played=0.3, cut=True),
    LineMeasured(at=1.5, statistics=LegStatistics(sent=3, jitter=0.01)),
    LegClosed(at=1.5, cause=CallCause.MEDIA_LOST),
]
VALUES: dict[object, object] = {int: 7, float: 0.5, str: "text", bytes: b"\0\1", bool: True}


def body(message: wire.Command | wire.Report) -> bytes:
    return wire.pack(message)[wire.LENGTH.size :]


def example(kind: type[msgspec.Struct]) -> typing.Any:
    """One with something in each field."""
    hints = typing.get_type_hints(kind)
    return kind(**{name: VALUES.get(hint) for name, hint in hints.items() if hint in VALUES}, **odd(kind))


def odd(kind: type[msgspec.Struct]) -> dict[str, object]:
    """Fields of other types."""
    fields: dict[type[msgspec.Struct], dict[str, object]] = {
        wire.Start: {"loopback": "auto", "cache_folder": None},
        wire.Bridge: {"others": (3, 4)},
        wire.Refused: {"kind": "offer"},
        wire.Heard: {"voiced": None},
        wire.Told: {"event": msgspec.Raw(b"\xc0")},
    }
    return fields.get(kind, {})


@pytest.mark.parametrize("kind", typing.get_args(wire.Command), ids=lambda kind: kind.__name__)
def test_every_command_comes_as_it_went(kind: type[msgspec.Struct]) -> None:
    command = example(kind)
    assert wire.read_command(body(command)) == command


@pytest.mark.parametrize("kind", typing.get_args(wire.Report), ids=lambda kind: kind.__name__)
def test_every_report_comes_as_it_went(kind: type[msgspec.Struct]) -> None:
    report = example(kind)
    came = wire.read_report(body(report))
    assert msgspec.structs.asdict(came) == msgspec.structs.asdict(report)


def test_every_event_that_a_leg_can_tell_is_known() -> None:
    told = {
        name
        for name, cls in vars(audio).items()
        if isinstance(cls, type) and issubclass(cls, LegEvent) and dataclasses.is_dataclass(cls)
    }
    assert wire.event_names() == {type(event).__name__ for event in EVENTS} == told - {"LegEvent"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_comes_as_it_went(event: LegEvent) -> None:
    told = wire.read_report(body(wire.Told.of(3, event)))
    assert isinstance(told, wire.Told)
    assert (told.leg, told.value()) == (3, event)


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_messages_are_whole_wherever_the_stream_is_cut(size: int) -> None:
    messages = [wire.Stop(1), wire.Keep(2, 16_000, bytes(600), True), wire.Stop(3)]
    stream = b"".join(map(wire.pack, messages))
    frames = wire.Frames()
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [wire.read_command(each) for chunk in chunks for each in frames.feed(chunk)] == messages


def test_what_is_too_long_is_neither_sent_nor_waited_for() -> None:
    with pytest.raises(ValueError, match="bytes"):
        wire.pack(wire.Accept(1, 1, "x" * wire.MOST_FRAME))
    with pytest.raises(wire.BrokenWire, match="bytes"):
        list(wire.Frames().feed(b"\xff\xff\xff\xff"))


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00",
        b"\xc1",
        b"GET / HTTP/1.1",
        body(wire.Stop(1))[:-1],
        msgspec.msgpack.encode(["Stop", "one"]),
    ],
)
def test_garbage_is_no_message(garbage: bytes) -> None:
    with pytest.raises(wire.BrokenWire):
        wire.read_command(garbage)
    with pytest.raises(wire.BrokenWire):
        wire.read_report(garbage)


@pytest.mark.parametrize(
    ("kind", "event"), [("Nothing", b"\x80"), ("DigitPressed", b"\x80"), ("DigitPressed", b"\xc1")]
)
def test_an_event_that_is_none_is_told_of(kind: str, event: bytes) -> None:
    with pytest.raises(wire.BrokenWire, match=kind):
        wire.Told(1, kind, msgspec.Raw(event)).value()
