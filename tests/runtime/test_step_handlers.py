"""Step handlers: what they are given, and what becomes of what they return or raise."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from urllib.parse import quote

import pytest

from botkit.model.effects import Run
from botkit.model.inputs import RunFinished
from botkit.model.secret import Secret
from botkit.runtime.handlers import StepHandlers


async def run(function: Callable[..., object], timeout: float = 10.0, **arguments: object) -> RunFinished:
    handlers = StepHandlers({"it": function})
    return await handlers.run(Run(id="s:1:0", handler="it", arguments=arguments, timeout=timeout))


async def test_a_handler_takes_only_the_arguments_it_names() -> None:
    finished = await run(lambda topic: topic.upper(), topic="network", other=1)
    assert finished == RunFinished(effect_id="s:1:0", value="NETWORK")


async def test_a_handler_may_take_all_arguments() -> None:
    assert (await run(lambda **all_of_them: sorted(all_of_them), b=1, a=2)).value == ["a", "b"]


async def test_what_a_handler_does_to_its_arguments_is_not_for_the_next_try() -> None:
    def grown(items: list[str]) -> list[str]:
        items.append("x")
        return items

    handlers = StepHandlers({"it": grown})
    effect = Run(id="s:1:0", handler="it", arguments={"items": ["a"]}, timeout=10.0)
    for _ in range(2):
        assert (await handlers.run(effect)).value == ["a", "x"]


async def test_a_sync_handler_runs_in_a_thread_of_its_own() -> None:
    assert (await run(lambda: threading.current_thread() is threading.main_thread())).value is False


async def test_an_async_handler_runs_on_the_loop() -> None:
    async def find(topic: str) -> dict[str, str]:
        await asyncio.sleep(0)
        return {"agent": topic}

    assert (await run(find, topic="olivia")).value == {"agent": "olivia"}


async def test_a_tuple_comes_back_as_json_says_it() -> None:
    assert (await run(lambda: (1, 2))).value == [1, 2]


async def test_a_fault_quotes_no_secret_of_the_bot() -> None:
    def ask(key: Secret) -> None:
        raise OSError(f"no answer from https://example.com/?key={quote(key.reveal())}")

    handlers = StepHandlers({"it": ask}, {"desk": Secret("hush hush")})
    effect = Run(id="s:1:0", handler="it", arguments={}, secrets={"key": "desk"}, timeout=10.0)
    finished = await handlers.run(effect)
    assert finished.error == "OSError: no answer from https://example.com/?key=***"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (object(), "ValueError: it returned what JSON cannot say"),
        (float("nan"), "ValueError: it returned what JSON cannot say"),
        ("x" * 20_000, "ValueError: it returned 20002 bytes of JSON; 16384 are allowed"),
    ],
)
async def test_what_a_flow_cannot_read_is_an_error(answer: object, error: str) -> None:
    finished = await run(lambda: answer)
    assert finished.error.startswith(error)
    assert finished.value is None


async def test_a_fault_is_the_results_error() -> None:
    def fail() -> None:
        raise RuntimeError("no desk")

    assert (await run(fail)).error == "RuntimeError: no desk"


@pytest.mark.parametrize("fault", [SystemExit(3), StopIteration(), KeyboardInterrupt()])
async def test_a_handler_cannot_end_the_bot(fault: BaseException) -> None:
    def leave() -> None:
        raise fault

    assert "it raised" in (await run(leave)).error


async def test_a_missing_argument_is_an_error() -> None:
    assert "topic" in (await run(lambda topic: topic)).error


async def test_a_slow_handler_is_given_up() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    finished = await run(hang, timeout=0.01)
    assert (finished.error, finished.timed_out) == ("took more than 0.01 s", True)


async def test_a_blocking_handler_is_given_up_too() -> None:
    release = threading.Event()
    try:
        assert (await run(release.wait, timeout=0.01)).error == "took more than 0.01 s"
    finally:
        release.set()


async def test_a_handlers_own_timeout_is_told_as_such() -> None:
    async def fetch() -> None:
        raise TimeoutError("the desk does not answer")

    finished = await run(fetch)
    assert (finished.error, finished.timed_out) == ("TimeoutError: the desk does not answer", False)


async def test_an_unknown_handler_is_an_error() -> None:
    finished = await StepHandlers({}).run(Run(id="s:1:0", handler="it"))
    assert finished.error == "LookupError: there is no step handler it"
