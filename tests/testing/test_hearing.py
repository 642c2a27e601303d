"""What counts as heard, and what does not."""

from __future__ import annotations

import numpy as np
import pytest

from botkit.media.codecs import CODECS, OPUS, PCMU, AudioCodec, Decoder, encode, samples_of, silence
from botkit.model.pcm import Pcm
from botkit.testing.hearing import LIKE, Expected, judge, unexplained
from tests.media.conftest import speechlike

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
def prompts() -> tuple[Pcm, Pcm, Pcm]:
    return speechlike(1.2, 1), speechlike(2.3, 2), speechlike(0.7, 3)


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


def test_another_prompt_in_its_place_is_not(prompts: tuple[Pcm, ...]) -> None:
    first, second, third = prompts
    recording = recorded((first, None), (speechlike(2.3, 9), None), (third, None))
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
