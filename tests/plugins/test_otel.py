"""Traces: what a dialogue looks like to whoever reads them, also when another process ends it."""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

pytest.importorskip(
    "opentelemetry.sdk", reason="opentelemetry-sdk is not installed: pip install 'botkit[otel]'"
)

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from opentelemetry.trace import StatusCode, get_current_span

from botkit import step_handler
from botkit.hooks import Hooks
from botkit.model.errors import UsageError
from botkit.testing import ScriptedPerson, VirtualClock
from botkit_otel.tracing import Ids, Tracing
from tests.runtime.house import House

FLOW = """\
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


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    world = House(tmp_path, clock)
    yield world
    await world.close()


async def test_a_collector_that_does_not_answer_holds_up_no_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(SpanProcessor):
        answers = threading.Event()

        def shutdown(self) -> None:
            self.answers.wait()

    monkeypatch.setattr("botkit_otel.tracing.CLOSING", 0.01)
    ids = Ids()
    provider = TracerProvider(id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(Stuck())
    await Tracing(provider, ids).close()
    assert "the last traces were not sent" in caplog.text
    Stuck.answers.set()


class Traced:
    """Spans that are over."""

    def __init__(self, sampler: Sampler = ALWAYS_ON) -> None:
        self.exporter = InMemorySpanExporter()
        ids = Ids()
        provider = TracerProvider(id_generator=ids, sampler=sampler)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.telemetry = Tracing(provider, ids)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]


def under(span: ReadableSpan, parent: ReadableSpan) -> bool:
    return (
        span.parent is not None
        and parent.context is not None
        and span.parent.span_id == parent.context.span_id
        and span.parent.trace_id == parent.context.trace_id
    )


def brewing(seen: list[bool]) -> Callable[..., str]:
    @step_handler
    async def brew(drink: str) -> str:
        seen.append(get_current_span().get_span_context().is_valid)
        return f"A cup of {drink}."

    return brew


async def test_a_dialogue_is_one_trace_of_turns_steps_and_effects(house: House) -> None:
    seen: list[bool] = []
    traced = Traced()
    house.telemetry = traced.telemetry
    house.plug(brewing(seen))
    house.flow(FLOW)
    await house.start()
    session = await house.chatted("something else", "tea", "4711")
    (whole,) = traced.named("session desk")
    turns = [span for span in traced.spans if span.name.startswith("turn ")]
    assert [span.name for span in turns] == [
        "turn begin",
        "turn text_received",
        "turn text_received",
        "turn text_received",
        "turn run_finished",
    ]
    assert all(under(turn, whole) for turn in turns)
    assert whole.attributes is not None
    assert whole.attributes["botkit.session.id"] == session
    assert whole.attributes["botkit.ended_by"] == "flow"
    assert whole.parent is None
    (run,) = traced.named("run")[:1]
    posts = traced.named("send_message")
    assert all(any(under(post, turn) for turn in turns) for post in posts)
    (effect,) = [span for span in traced.named("run") if "botkit.effect.id" in (span.attributes or {})]
    assert under(effect, turns[3])
    assert [link.context.span_id for link in turns[4].links] == [turns[3].context.span_id]  # type: ignore[union-attr]
    steps = [span for span in traced.spans if "botkit.branch" in (span.attributes or {})]
    assert {"choose", "collect", "run"} <= {span.name for span in steps}
    assert all(any(under(step, turn) for turn in turns) for step in steps)
    assert seen == [True], "what a handler traces belongs to its effect"
    assert run.status.status_code is StatusCode.UNSET


async def test_a_trace_tells_nothing_that_people_said(house: House) -> None:
    traced = Traced()
    house.telemetry = traced.telemetry
    house.plug(brewing([]))
    house.flow(FLOW)
    await house.start()
    await house.chatted("tea", "4711")
    told = " ".join(span.to_json() for span in traced.spans)
    assert traced.named("session desk")
    for words in ("4711", "cup of tea", "hello", "Tea or coffee", "Ada"):
        assert words not in told


async def test_what_another_process_does_stands_in_the_same_trace(house: House) -> None:
    first, second = Traced(), Traced()
    house.telemetry = first.telemetry
    house.plug(brewing([]))
    house.flow(FLOW)
    await house.start()
    person = ScriptedPerson(house.platform)
    for words in ("hello", "tea"):
        await person.post(words)
        await house.clock.settle()
    await house.kill()
    house.telemetry = second.telemetry
    await house.start()
    await person.post("4711")
    await house.clock.settle()
    (whole,) = second.named("session desk")
    assert {span.context.trace_id for span in (*first.spans, *second.spans) if span.context} == {
        whole.context.trace_id if whole.context else 0
    }
    assert all(under(turn, whole) for turn in first.spans if turn.name.startswith("turn "))


async def test_a_session_that_is_not_sampled_leaves_no_span(house: House) -> None:
    traced = Traced(ALWAYS_OFF)
    house.telemetry = traced.telemetry
    house.plug(brewing([]))
    house.flow(FLOW)
    await house.start()
    await house.chatted("tea", "4711")
    assert traced.spans == ()


async def test_a_handler_that_fails_shows_in_the_outcome_and_not_with_its_words(house: House) -> None:
    @step_handler
    def brew(drink: str) -> str:
        raise ValueError(f"{drink} of Ada Lovelace")

    traced = Traced()
    house.telemetry = traced.telemetry
    house.plug(brew)
    house.flow(FLOW)
    await house.start()
    await house.chatted("tea", "4711")
    assert traced.named("session desk")[0].attributes["botkit.ended_by"] == "error"  # type: ignore[index]
    assert "Lovelace" not in " ".join(span.to_json() for span in traced.spans)


def test_it_is_asked_only_when_bot_yaml_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And then it says what it lacks."""
    monkeypatch.setitem(sys.modules, "botkit_otel.exporting", None)
    unnamed, named = Hooks(), Hooks()
    unnamed.load_entry_points()
    named.load_entry_points(active=["otel"])
    assert unnamed.telemetry() == []
    with pytest.raises(UsageError, match="otel lacks a package") as refused:
        named.telemetry()
    assert "pip install 'botkit[otel]'" in refused.value.remedy
