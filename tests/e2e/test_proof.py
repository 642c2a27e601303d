"""`botkit demo --once`: it proves the bot, and it fails when something else is heard than the flow says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.cli.proof import CALLERS, prove
from botkit.cli.shipped import front_desk
from botkit.model.pcm import Pcm
from botkit.ports.speech import Synthesizer

pytestmark = pytest.mark.usefixtures("steady_playout")

HOURS = "We are open from nine to five, Monday to Friday."


class Swapped:
    """A voice that says something else in place of one sentence."""

    def __init__(self, inner: Synthesizer) -> None:
        self.name = inner.name
        self.version = inner.version
        self._inner = inner

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        return await self._inner.synthesize(_swapped(text), language=language)

    def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        return self._inner.stream(_swapped(text), language=language)

    async def close(self) -> None:
        await self._inner.close()


def _swapped(text: str) -> str:
    return "We are closed on Sundays and on every public holiday." if text == HOURS else text


async def test_the_bot_is_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await prove(front_desk(), tmp_path)
    told = capsys.readouterr().out
    assert "the bot is restarted" in told
    assert told.count(f"heard: {HOURS}") == 2
    assert "has heard: Opening hours" in told
    assert "WRONG" not in told


@pytest.mark.chaos
@pytest.mark.alone
async def test_a_swapped_prompt_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not await prove(front_desk(), tmp_path, callers=CALLERS[:1], change_voice=Swapped)
    wrong = [line for line in capsys.readouterr().out.splitlines() if "WRONG" in line]
    assert any(HOURS in line for line in wrong)
    assert not any("Welcome" in line for line in wrong)
