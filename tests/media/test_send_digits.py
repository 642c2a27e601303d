"""The bot presses keys: telephone-events where they were agreed on, else tones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from botkit.media.codecs import OPUS, PCMU, AudioCodec
from botkit.model.pcm import Pcm
from botkit.ports.audio import PromptFinished, PromptStarted

Dial = Callable[..., Awaitable[Any]]
Voice = Callable[[float, int], Pcm]
codecs = pytest.mark.parametrize(("codec", "digits"), [(OPUS, "12#,3"), (PCMU, "12#3")])


@codecs
async def test_keys_reach_the_far_end_behind_the_prompts(
    dial: Dial, voice: Voice, codec: AudioCodec, digits: str
) -> None:
    call = await dial(codec)
    call.leg.play("before", voice(0.2, 1))
    call.leg.send_digits("keys", digits)
    call.leg.play("behind", voice(0.2, 2))
    await call.told.until(lambda: len(call.told.of(PromptFinished)) == 3)
    await call.caller.until_quiet()
    assert "".join(key.key for key in call.caller.keys) == "12#3"
    before, keys, behind = call.told.of(PromptStarted)
    assert (before.prompt_id, keys.prompt_id, behind.prompt_id) == ("before", "keys", "behind")
    _, over, _ = call.told.of(PromptFinished)
    assert over == PromptFinished(
        at=over.at, prompt_id="keys", played=pytest.approx(1.04 + 2.0 * digits.count(",")), cut=False
    )


@codecs
async def test_tones_reach_a_far_end_without_telephone_event(
    dial: Dial, codec: AudioCodec, digits: str
) -> None:
    call = await dial(codec, keys=False)
    call.leg.send_digits("keys", digits)
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until_quiet()
    assert call.caller.keys == []
    assert call.caller.tones() == "12#3"


async def test_a_key_is_sent_as_the_standard_says(dial: Dial, monkeypatch: pytest.MonkeyPatch) -> None:
    call, packets = await dial(), []
    read = call.caller._key_reader.read

    def note(timestamp: int, payload: bytes) -> str | None:
        packets.append((timestamp, payload))
        return read(timestamp, payload)

    monkeypatch.setattr(call.caller._key_reader, "read", note)
    call.leg.send_digits("keys", "5")
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until(lambda: len(packets) == 12)
    await call.caller.until_quiet()
    assert len({timestamp for timestamp, _ in packets}) == 1
    down, up = packets[:-3], packets[-3:]
    assert [payload.hex() for _, payload in down] == [f"050a{160 * n:04x}" for n in range(1, 10)]
    assert {payload.hex() for _, payload in up} == {"058a0640"}
    sound = [packet.timestamp for packet in call.caller.packets]
    gap = next((a, b) for a, b in pairwise(sound) if b - a != 960)
    assert gap == (packets[0][0] - 960, packets[0][0] + 12 * 960)


async def test_stop_lets_go_of_the_key_and_sends_no_other(
    dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, packets = await dial(), []
    read = call.caller._key_reader.read
    call.caller._key_reader.read = lambda timestamp, payload: (
        packets.append(payload) or read(timestamp, payload)
    )
    call.leg.send_digits("keys", "12345")
    await call.caller.until(lambda: len(call.caller.keys) == 2)
    call.leg.stop()
    await call.caller.until_quiet()
    assert [key.key for key in call.caller.keys] == ["1", "2"]
    assert [payload[1] & 0x80 for payload in packets[-4:]] == [0, 0x80, 0x80, 0x80]
    (over,) = call.told.of(PromptFinished)
    assert over.cut
    assert 0.26 < over.played < 0.52


async def test_what_is_no_key_is_refused(dial: Dial) -> None:
    call = await dial()
    with pytest.raises(ValueError, match="no key 'x'"):
        call.leg.send_digits("keys", "1x")
