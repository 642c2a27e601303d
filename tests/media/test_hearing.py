"""What counts as heard, and what does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from botkit.media.codecs import CODECS, OPUS, PCMU, AudioCodec, Decoder, encode, samples_of, silence
from botkit.model.pcm import Pcm
from botkit.ports.audio import PromptFinished
from botkit.testing.hearing import LIKE, Expected, judge, unexplained

Voice = Callable[[float, int], Pcm]
Played = tuple[Pcm, int | None]
"""A prompt, and how many packets of it went out."""


def recorded(*played: Played, codec: AudioCodec = OPUS, gap: int = 7) -> Pcm:
    """A call's recording: the prompts through a codec, `gap` packets of silence behind each."""
    payloads: list[bytes] = []
    for pcm, packets in played:
        payloads += [*encode(pcm, codec)[:packets], *[silence(codec)] * gap]
    decoder = Decoder(codec)
    sound = np.concatenate([decoder.decode(payload) for payload in payloads])
    at_rate = samples_of(Pcm(sound.astype("<i2").tobytes(), codec.clock_rate), 16_000)
    return Pcm(at_rate.astype("<i2").tobytes(), 16_000)


def expected(*prompts: Pcm) -> list[Expected]:
    return [Expected(name=str(number), pcm=pcm) for number, pcm in enumerate(prompts)]


@pytest.fixture
def prompts(voice: Voice) -> tuple[Pcm, Pcm, Pcm]:
    return voice(1.2, 1), voice(2.3, 2), voice(0.7, 3)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@pytest.mark.parametrize("gap", [0, 7])
def test_prompts_in_order_are_heard(prompts: tuple[Pcm, ...], codec: AudioCodec, gap: int) -> None:
    recording = recorded(*((pcm, None) for pcm in prompts), codec=codec, gap=gap)
    verdicts = judge(recording, expected(*prompts))
    assert [verdict.heard for verdict in verdicts] == [True] * 3, verdicts
    assert min(verdict.correlation for verdict in verdicts) > 0.85
    assert [verdict.at for verdict in verdicts] == sorted(verdict.at for verdict in verdicts)
    assert unexplained(recording, verdicts) < 0.1


@pytest.mark.parametrize("swap", [(1, 0, 2), (0, 2, 1), (2, 1, 0)])
def test_two_prompts_that_changed_places_are_not(prompts: tuple[Pcm, ...], swap: tuple[int, ...]) -> None:
    recording = recorded(*((prompts[place], None) for place in swap))
    assert not all(verdict.heard for verdict in judge(recording, expected(*prompts)))


def test_another_prompt_in_its_place_is_not(prompts: tuple[Pcm, ...], voice: Voice) -> None:
    first, second, third = prompts
    recording = recorded((first, None), (voice(2.3, 9), None), (third, None))
    verdicts = judge(recording, expected(first, second, third))
    assert [verdict.heard for verdict in verdicts] == [True, False, True]
    assert verdicts[1].correlation < LIKE
    assert "correlation" in verdicts[1].reason
    assert unexplained(recording, verdicts) > 2.0


def test_a_missing_prompt_is_not(prompts: tuple[Pcm, ...]) -> None:
    first, second, third = prompts
    verdicts = judge(recorded((first, None), (third, None)), expected(first, second, third))
    assert [verdict.heard for verdict in verdicts] == [True, False, True]


def test_silence_and_nothing_are_not(prompts: tuple[Pcm, ...]) -> None:
    for recording in (Pcm(bytes(32_000), 16_000), Pcm(b"", 16_000)):
        (verdict,) = judge(recording, expected(prompts[0]))
        assert not verdict.heard


def test_a_prompt_played_twice_is_found_twice(prompts: tuple[Pcm, ...]) -> None:
    pcm = prompts[0]
    first, second = judge(recorded((pcm, None), (pcm, None)), expected(pcm, pcm))
    assert (first.heard, second.heard) == (True, True)
    assert second.at - first.at == pytest.approx(1.2 + 0.14, abs=0.03)
    assert not judge(recorded((pcm, None)), expected(pcm, pcm))[1].heard


@pytest.mark.parametrize("codec", [OPUS, PCMU], ids=lambda codec: codec.name)
def test_a_cut_prompt_is_heard_up_to_its_cut(prompts: tuple[Pcm, ...], codec: AudioCodec) -> None:
    first, second, third = prompts
    recording = recorded((first, None), (second, 50), (third, None), codec=codec)
    cut = [Expected(name="cut", pcm=second, played=1.0)]
    verdicts = judge(recording, [*expected(first), *cut, *expected(third)])
    assert [verdict.heard for verdict in verdicts] == [True] * 3, verdicts
    assert verdicts[1].seconds == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(("packets", "played"), [(50, 1.12), (50, 0.88), (None, 1.0), (50, None)])
def test_a_cut_at_another_moment_is_not(
    prompts: tuple[Pcm, ...], packets: int | None, played: float | None
) -> None:
    second = prompts[1]
    (verdict,) = judge(recorded((second, packets)), [Expected(name="cut", pcm=second, played=played)])
    assert not verdict.heard


def test_a_whole_prompt_that_ends_early_is_not(prompts: tuple[Pcm, ...]) -> None:
    (verdict,) = judge(recorded((prompts[1], 98)), expected(prompts[1]))
    assert not verdict.heard
    assert "instead of" in verdict.reason


def test_a_prompt_cut_before_it_said_anything_is_no_objection(prompts: tuple[Pcm, ...]) -> None:
    first, second, third = prompts
    cut = Expected(name="cut", pcm=second, played=0.0)
    verdicts = judge(recorded((first, None), (third, None)), [*expected(first), cut, *expected(third)])
    assert [verdict.heard for verdict in verdicts] == [True] * 3


@pytest.mark.usefixtures("steady_playout")
async def test_a_real_call_is_heard(dial: Callable[..., Awaitable[Any]], prompts: tuple[Pcm, ...]) -> None:
    call = await dial()
    first, second, third = prompts
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
    script = [*expected(first), Expected(name="cut", pcm=second, played=cut.played), *expected(third)]
    verdicts = judge(recording, script)
    assert [verdict.heard for verdict in verdicts] == [True] * 3, verdicts
    assert unexplained(recording, verdicts) < 0.1
    assert not all(verdict.heard for verdict in judge(recording, [script[2], script[1], script[0]]))
