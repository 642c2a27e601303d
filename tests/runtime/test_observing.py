"""What the corridor tells of its work: numbers by name, and how the bot is."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest

from botkit import hook, step_handler
from botkit.cli.logs import JsonLines, TextLines
from botkit.events import MessageReceived
from botkit.model.events import ConnectionState
from botkit.ports import metrics
from botkit.ports.audio import LegStatistics
from botkit.ports.store import StoreError
from botkit.ports.telemetry import Counter, Gauge, Histogram, Metric, NoTelemetry
from botkit.runtime.condition import PROBE, STORE_EVERY
from botkit.testing import ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import ring

CHAT = """\
flow: desk
start: [mention]
slots:
  pin: {type: digits, length: 4, ask: Your PIN please., secret: true}
steps:
  - id: menu
    choose: Tea or coffee?
    options: {tea: {}, coffee: {}}
    into: drink
  - collect: [pin]
  - run: brew
    with: {drink: "{{ drink }}"}
    into: cup
  - end: "{{ cup }}"
"""

PHONE = """\
flow: phone
start: [call_incoming]
steps:
  - end: Goodbye.
"""


class Heard(NoTelemetry):
    """Keeps what it is told."""

    on = True

    def __init__(self) -> None:
        self.told: dict[tuple[str, ...], list[float]] = {}

    def count(self, metric: Counter, *labels: str, by: float = 1.0) -> None:
        self._keep(metric, labels, by)

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        self._keep(metric, labels, value)

    def set(self, metric: Gauge, value: float, *labels: str) -> None:
        self.told.pop((metric.name, *labels), None)
        self._keep(metric, labels, value)

    def of(self, metric: Metric, *labels: str) -> list[float]:
        return self.told.get((metric.name, *labels), [])

    def _keep(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        assert len(labels) == len(metric.labels)
        self.told.setdefault((metric.name, *labels), []).append(value)


@step_handler
def brew(drink: str) -> str:
    return f"A cup of {drink}."


async def started(house: House, *flows: str) -> Heard:
    heard = Heard()
    house.telemetry = heard
    for flow in flows:
        house.flow(flow)
    await house.start()
    return heard


async def test_a_dialogue_in_numbers(house: House) -> None:
    house.plug(brew)
    heard = await started(house, CHAT)
    await house.chatted("tea", "4711")
    assert len(heard.of(metrics.EVENTS, "message_received")) == 3
    assert len(heard.of(metrics.TURNS, "desk", "taken")) == 4
    assert heard.of(metrics.SESSIONS_BEGUN, "desk", "chat") == [1]
    assert heard.of(metrics.SESSIONS_ENDED, "desk", "flow") == [1]
    assert len(heard.of(metrics.EFFECTS, "run", "done")) == 1
    assert heard.of(metrics.EFFECT_TRIES, "send_message") == [1, 1, 1]
    assert len(heard.of(metrics.COMMITS, "done")) > 4
    await house.runtime.sample()
    for gauge in (metrics.INBOX, metrics.OUTBOX, metrics.DEAD_LETTERS, metrics.SESSIONS_OPEN):
        assert heard.of(gauge) == [0]


async def test_the_line_of_a_call_in_numbers(house: House) -> None:
    heard = Heard()
    house.telemetry = heard
    line = await ring(house, PHONE)
    line.leg.measure(LegStatistics(sent=50, received=40, lost=10, jitter=0.004))
    second = LegStatistics(
        sent=100, received=95, lost=5, jitter=0.002, far_lost=3, far_jitter=0.001, round_trip=0.03
    )
    line.leg.measure(second)
    await house.clock.advance(5)
    assert heard.of(metrics.RTP_PACKETS, "in") == [40, 55]
    assert heard.of(metrics.RTP_PACKETS, "out") == [50, 50]
    assert heard.of(metrics.RTP_LOST, "in") == [10, 0], "what is late after all is not counted back"
    assert heard.of(metrics.RTP_LOST, "out") == [0, 3]
    assert heard.of(metrics.RTP_JITTER, "in") == [0.004, 0.002]
    assert heard.of(metrics.RTP_JITTER, "out") == [0.001]
    assert heard.of(metrics.RTP_ROUND_TRIP) == [0.03]
    (row,) = await line.journal("media")
    assert row == {"what": line.call.id, **asdict(second)}


async def test_a_call_in_numbers(house: House) -> None:
    heard = Heard()
    house.telemetry = heard
    await ring(house, PHONE)
    await house.runtime.sample()
    assert heard.of(metrics.CALLS_ACTIVE) == [1]
    await house.clock.advance(5)
    await house.runtime.sample()
    assert heard.of(metrics.CALLS_ACTIVE) == [0]
    assert heard.of(metrics.CALLS, "in", "answered") == [1]
    (seconds,) = heard.of(metrics.CALL_DURATION, "in")
    assert 0.4 < seconds < 2


async def test_a_handler_that_fails_is_counted(house: House) -> None:
    @hook
    def item_added(message: MessageReceived) -> None:
        raise ValueError

    house.plug(item_added)
    heard = await started(house)
    await ScriptedPerson(house.platform).post("hello")
    await house.clock.settle()
    assert heard.of(metrics.HANDLER_FAULTS, "plugin 1", "item_added") == [1]


async def test_a_bot_is_ready_while_it_is_connected(house: House) -> None:
    heard = await started(house)
    condition = house.runtime.condition
    assert await condition.hindrances() == {}
    condition.connected(ConnectionState.RECONNECTING)
    assert await condition.hindrances() == {"platform": "reconnecting"}
    assert heard.of(metrics.CONNECTION, "reconnecting") == [1]
    assert heard.of(metrics.CONNECTION, "ready") == [0]


async def test_a_bot_whose_store_cannot_be_written_is_not_ready(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await started(house)

    async def refuse(turn: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(house.store, "commit", refuse)
    assert (await house.runtime.condition.hindrances())["store"] == "it cannot be written; the log tells why"
    monkeypatch.undo()
    assert "store" in await house.runtime.condition.hindrances(), "the answer holds for a while"
    await house.clock.advance(STORE_EVERY)
    assert await house.runtime.condition.hindrances() == {}


PAGE = 4096
"""Bytes; a turn writes some six of SQLite's."""


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process takes anything."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_bot_whose_disk_is_full_is_not_ready(house: House) -> None:
    await started(house)
    with full_disk():
        hindrances = await house.runtime.condition.hindrances()
    assert hindrances == {"store": "it cannot be written; the log tells why"}
    await house.clock.advance(STORE_EVERY)
    assert await house.runtime.condition.hindrances() == {}
    written = await house.store.note(PROBE)
    assert written is not None
    assert len(written) > 10 * PAGE, "for less there may be room where a turn has none"


async def test_a_loop_that_dies_is_told_of(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await started(house)

    async def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError("a bug")

    house.store.effects = fail  # type: ignore[assignment,method-assign]
    await ScriptedPerson(house.platform).post("wake up")
    house.runtime._ledger.outbox.set()
    await house.clock.settle()
    assert list(house.runtime.condition.dead) == ["outbox"]
    assert (await house.runtime.condition.hindrances())["bot"].startswith("outbox died")
    assert "a loop of the corridor died" in caplog.text
    del house.store.effects  # type: ignore[method-assign]


class Lines(logging.Handler):
    """Keeps lines as they are written."""

    def __init__(self, form: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(form)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.mark.parametrize("spoken", [False, True], ids=["chat", "call"])
async def test_every_line_inside_a_turn_has_its_session_and_nothing_that_people_said(
    house: House, spoken: bool
) -> None:
    @step_handler
    async def look_up(drink: str) -> str:
        logging.getLogger("of.a.library").warning("a library says something")
        raise LookupError(f"{drink} for Ada Byron")

    kept = Lines(JsonLines())
    root = logging.getLogger()
    level = logging.getLogger("botkit").level
    root.addHandler(kept)
    logging.getLogger("botkit").setLevel(logging.DEBUG)
    try:
        house.plug(look_up)
        flow = CHAT.replace("run: brew", "run: look_up")
        if spoken:
            flow = flow.replace("start: [mention]", "start: [call_incoming]")
            line = await ring(house, flow)
            for keys in ("1", "4711"):
                await house.clock.advance(10)
                await line.press(keys)
            await house.clock.advance(30)
            session = f"call:{line.call.id}"
        else:
            house.flow(flow)
            await house.start()
            session = await house.chatted("coffee", "4711")
    finally:
        root.removeHandler(kept)
        logging.getLogger("botkit").setLevel(level)
    lines = [json.loads(line) for line in kept.lines]
    assert any(line["logger"] == "of.a.library" for line in lines)
    for line in lines:
        if line["logger"] not in ("asyncio", "botkit.flow_files"):
            assert line.get("session") == session, line
    faults = [line["exception"] for line in lines if "exception" in line]
    assert any(fault["kind"] == "LookupError" and "look_up" in fault["at"][-1] for fault in faults)
    told = "".join(kept.lines)
    for words in ("4711", "Ada", "hello", "coffee", "tea "):
        assert words not in told


def test_a_line_for_people_ends_in_its_ids() -> None:
    async def at_work() -> str:
        from botkit.ports.log_context import SESSION

        SESSION.set("item:7")
        record = logging.LogRecord("botkit.it", logging.INFO, "", 0, "done %s", ("well",), None)
        return TextLines().format(record)

    assert asyncio.run(at_work()).endswith("INFO botkit.it: done well session=item:7")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("the call c-7 failed", "the call c-7 failed"),
        ("a line is lost", "a line is lost session=call:c-7"),
    ],
)
def test_a_line_for_people_has_an_id_once(message: str, line: str) -> None:
    async def at_work() -> str:
        from botkit.ports.log_context import CALL, SESSION

        SESSION.set("call:c-7")
        CALL.set("c-7")
        return TextLines().format(logging.LogRecord("botkit.it", logging.INFO, "", 0, message, (), None))

    assert asyncio.run(at_work()).endswith(f"INFO botkit.it: {line}")
