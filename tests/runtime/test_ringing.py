"""`answer` and `decline` on a call that rings: what the caller is told, and what is left afterwards."""

from __future__ import annotations

import asyncio

import pytest

from botkit.hooks import hook, step_handler
from botkit.model.calls import CallCause, DeclineCause
from botkit.model.events import CallEnded
from botkit.ports.connector import ConnectorError
from botkit.testing import ScriptedCall, ScriptedPerson
from botkit.testing.connector import FakeCalls
from tests.runtime.house import House

TAKES = 30.0
"""Seconds that the handler works."""

GATE = """
flow: gate
start: [call_incoming]
steps:
  - run: free
    timeout: 1m
    into: free
  - if: not free
    then:
      - decline: busy
  - end: Come in.
"""
STOCK = """
flow: stock
start: [call_incoming]
steps:
  - answer
  - run: free
    timeout: 1m
  - end: There is some left.
"""


@pytest.fixture
def told(house: House) -> list[CallCause]:
    """The ends that the hooks hear of."""
    causes: list[CallCause] = []

    @hook
    def call_ended(call: CallEnded) -> None:
        causes.append(call.cause)

    house.plug(call_ended)
    return causes


def plug_handler(house: House, *, result: bool) -> None:
    @step_handler
    async def free() -> bool:
        await house.clock.sleep(TAKES)
        return result

    house.plug(free)


async def ring(house: House, flow: str) -> ScriptedCall:
    house.flow(flow)
    await house.start()
    call = await ScriptedPerson(house.platform).call()
    await house.clock.settle()
    return call


@pytest.mark.parametrize(("word", "cause"), [("busy", CallCause.BUSY), ("rejected", CallCause.DECLINED)])
async def test_a_declined_call(house: House, told: list[CallCause], word: str, cause: CallCause) -> None:
    call = await ring(house, f"flow: x\nstart: [call_incoming]\nsteps:\n  - decline: {word}\n")
    assert call.cause is cause
    assert not call.answer
    assert not house.audio.legs
    assert told == [cause]
    assert not await house.store.open_sessions("call:")
    (turn,) = await house.journal(f"call:{call.id}")
    assert [effect[0] for effect in turn["effects"]] == ["Decline"]
    assert turn["effects"][0][1]["cause"] == word
    assert turn["why"][-1]["branch"] == word


@pytest.mark.parametrize(("word", "cause"), [("busy", CallCause.BUSY), ("rejected", CallCause.DECLINED)])
async def test_a_platform_that_does_not_take_it(
    house: House,
    told: list[CallCause],
    word: str,
    cause: CallCause,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def refuse(self: object, call_id: str, cause: DeclineCause) -> None:
        raise ConnectorError("The link is down.")

    monkeypatch.setattr(FakeCalls, "decline", refuse)
    call = await ring(house, f"flow: x\nstart: [call_incoming]\nsteps:\n  - decline: {word}\n")
    assert call.cause is None
    assert "does not let the call" in caplog.text
    assert told == [cause]
    assert not await house.store.open_sessions("call:")


@pytest.mark.parametrize(("flow", "cause"), [("decline: busy", CallCause.BUSY), ("", CallCause.DECLINED)])
async def test_a_crash_before_the_caller_is_told(
    house: House, flow: str, cause: CallCause, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(self: object, call_id: str, cause: DeclineCause) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as dying:
        dying.setattr(FakeCalls, "decline", die)
        start = f"start: [call_incoming]\nsteps:\n  - {flow}" if flow else "steps:\n  - end"
        call = await ring(house, f"flow: x\n{start}\n")
        assert call.cause is None
        await house.kill()
    await house.start()
    assert call.cause is cause
    assert not await house.store.effects()


async def test_it_rings_while_a_handler_decides(house: House, told: list[CallCause]) -> None:
    plug_handler(house, result=False)
    call = await ring(house, GATE)
    await house.clock.advance(TAKES - 1)
    assert call.rings
    assert call.cause is None
    await house.clock.advance(1)
    assert call.cause is CallCause.BUSY
    assert not house.audio.legs
    assert told == [CallCause.BUSY]
    assert not await house.store.open_sessions("call:")


async def test_a_caller_gives_up_before_the_bot_declines(house: House, told: list[CallCause]) -> None:
    plug_handler(house, result=False)
    call = await ring(house, GATE)
    await call.hang_up()
    await house.clock.advance(TAKES)
    assert call.cause is CallCause.CANCELLED
    assert told == [CallCause.CANCELLED]
    assert not await house.store.open_sessions("call:")


async def test_answer_picks_up_before_a_handler_works(house: House) -> None:
    assert house.voice is not None
    plug_handler(house, result=True)
    call = await ring(house, STOCK)
    assert call.answer, "picked up at once"
    assert house.voice.said == []
    await house.clock.advance(TAKES + 5)
    assert call.cause is CallCause.ENDED
    assert [house.voice.text_of(each.pcm) for each in house.audio.legs[-1].heard] == ["There is some left."]
    assert house.audio.legs[-1].closed


async def test_decline_hangs_up_a_call_that_was_answered(house: House) -> None:
    plug_handler(house, result=False)
    say = "steps:\n  - say: \"{{ 'One moment.' }}\"\n"
    call = await ring(house, GATE.replace("steps:\n", say))
    await house.clock.advance(TAKES + 1)
    assert call.answer
    assert call.cause is CallCause.ENDED
    assert house.audio.legs[-1].closed


async def test_answer_alone_picks_up_and_hangs_up(house: House) -> None:
    call = await ring(house, "flow: x\nstart: [call_incoming]\nsteps: [answer]\n")
    assert call.answer
    await house.clock.advance(1)
    assert call.cause is CallCause.ENDED
    assert house.audio.legs[-1].closed
    assert not await house.store.open_sessions("call:")
