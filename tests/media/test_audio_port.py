"""What both audio ports share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from botkit.media.codecs import OPUS
from botkit.media.engine import EngineAudioPort
from botkit.model.pcm import Pcm


async def test_closing_holds_up_nobody_while_a_prompt_is_encoded(
    voice: Callable[[float, int], Pcm], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, loop_goes_on, seen = threading.Event(), threading.Event(), []

    def slow(pcm: object, codec: object) -> list[bytes]:
        begun.set()
        seen.append(loop_goes_on.wait(2))
        return []

    monkeypatch.setattr("botkit.media.sending.payloads.encode", slow)
    port = EngineAudioPort()
    encoding = port._cache.get(voice(0.1, 1), OPUS)
    await asyncio.to_thread(begun.wait, 2)
    asyncio.get_running_loop().call_soon(loop_goes_on.set)
    await port.close()
    assert seen == [True]
    await encoding
