"""What a call plays is heard at the other end, in order, and as far as it was played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from botkit.model.pcm import Pcm
from botkit.ports.audio import PromptFinished
from botkit.testing.hearing import Expected, judge, unexplained


@pytest.mark.usefixtures("steady_playout")
async def test_a_call(dial: Callable[..., Awaitable[Any]], voice: Callable[[float, int], Pcm]) -> None:
    call = await dial()
    first, second, third = voice(1.2, 1), voice(2.3, 2), voice(0.7, 3)
    call.leg.play("first", first)
    call.leg.play("second", second)
    await call.told.until(lambda: any(e.prompt_id == "first" for e in call.told.of(PromptFinished)))
    await call.caller.until_prompt()
    so_far = len(call.caller.packets)
    await call.caller.until(lambda: len(call.caller.packets) >= so_far + 40)
    call.leg.stop()
    call.leg.play("third", third)
    await call.told.until(lambda: len(call.told.of(PromptFinished)) == 3)
    await call.caller.until_quiet()
    cut = call.told.of(PromptFinished)[1]
    assert cut.cut
    recording = call.caller.recording()
    script = [
        Expected(name="first", pcm=first),
        Expected(name="cut", pcm=second, played=cut.played),
        Expected(name="third", pcm=third),
    ]
    verdicts = judge(recording, script)
    assert [verdict.heard for verdict in verdicts] == [True] * 3, verdicts
    assert unexplained(recording, verdicts) < 0.1
    assert not all(verdict.heard for verdict in judge(recording, script[::-1]))
