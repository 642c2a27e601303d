"""The judge of recordings on the front desk's words, cut anywhere: frames of one voice are often alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from botkit.media.codecs import OPUS, PCMU, AudioCodec, Decoder, encode, samples_of, silence
from botkit.model.pcm import Pcm
from botkit.testing.hearing import Expected, Verdict, judge, unexplained
from botkit_picotts.engine import PicoEngine

MENU = (
    "What can I do for you? For opening hours, press 1. For leaving a message, press 2. "
    "For speaking to somebody, press 3."
)
OTHERS = (
    "Welcome to Example Ltd.",
    "We are open from nine to five, Monday to Friday.",
    "Goodbye.",
    "I did not hear anything.",
    "Are you still there?",
    "Sorry, I did not understand.",
    "Nobody is free right now. I will take a message.",
    "Please try again later. Goodbye.",
    "Thank you, we will call you back.",
    "Which number may we call back?",
)
"""What else flows/reception.yaml says to a caller."""
SOUND = 5
"""Packets that make 100 ms of sound."""
AUDIBLE = 0.01
"""RMS of full scale, of a packet that is sound and no pause."""

every_codec = pytest.mark.parametrize("codec", [OPUS, PCMU], ids=lambda codec: codec.name)
every_step = pytest.mark.parametrize("step", [463, pytest.param(41, marks=pytest.mark.property)])
"""One of so many cases is tried."""


@pytest.fixture(scope="module")
def sounds() -> dict[str, Pcm]:
    voice = PicoEngine()
    return {text: voice.synthesize(text, "en-US") for text in (MENU, *OTHERS)}


def recording(payloads: Sequence[bytes], codec: AudioCodec) -> Pcm:
    decoder, quiet = Decoder(codec), [silence(codec)] * 5
    sound = np.concatenate([decoder.decode(payload) for payload in (*quiet, *payloads, *quiet)])
    at_rate = samples_of(Pcm(sound.astype("<i2").tobytes(), codec.clock_rate), 16_000)
    return Pcm(at_rate.astype("<i2").tobytes(), 16_000)


def cases(pcm: Pcm) -> list[tuple[int, str, str]]:
    """The menu's packets that are played, the text that follows, and one that does not."""
    followers = zip(OTHERS, OTHERS[1:] + OTHERS[:1], strict=True)
    return [(packets, *texts) for texts in followers for packets in range(1, round(pcm.seconds * 50) - SOUND)]


def is_sound(pcm: Pcm, first: int, last: int) -> bool:
    """No pause from packet `first` up to `last`: cutting there or there makes a difference to the ear."""
    size = pcm.rate // 50
    part = np.frombuffer(pcm.samples, "<i2")[first * size : last * size].reshape(-1, size) / 32768
    return bool(np.all(np.sqrt(np.mean(part**2, axis=1)) > AUDIBLE))


def heard(sound: Pcm, sounds: dict[str, Pcm], *said: tuple[str, int | None]) -> tuple[Verdict, ...]:
    """The verdicts on texts of which so many packets are said to have been played."""
    claims = [
        Expected(name=text, pcm=sounds[text], played=None if packets is None else packets / 50)
        for text, packets in said
    ]
    return judge(sound, claims)


@every_codec
@every_step
def test_a_prompt_right_behind_a_cut_one_is_not_taken_for_it(
    sounds: dict[str, Pcm], codec: AudioCodec, step: int
) -> None:
    payloads = {text: encode(pcm, codec) for text, pcm in sounds.items()}
    for packets, text, _ in cases(sounds[MENU])[::step]:
        sound = recording([*payloads[MENU][:packets], *payloads[text]], codec)
        verdicts = heard(sound, sounds, (MENU, packets), (text, None))
        assert all(verdict.heard for verdict in verdicts), (packets, verdicts)
        assert unexplained(sound, verdicts) < 0.1, (packets, text)


@every_codec
@every_step
def test_what_was_not_played_so_is_not_heard_so(sounds: dict[str, Pcm], codec: AudioCodec, step: int) -> None:
    payloads = {text: encode(pcm, codec) for text, pcm in sounds.items()}
    for packets, text, other in cases(sounds[MENU])[:: 3 * step]:
        sound = recording([*payloads[MENU][:packets], *payloads[text]], codec)
        judged = partial(heard, sound, sounds)
        claims = [
            judged((MENU, packets), (other, None)),
            judged((MENU, packets), (text, len(payloads[text]) - 2 * SOUND)),
        ]
        if packets < 0.8 * len(payloads[MENU]):  # a tenth of a whole prompt may be missing
            claims.append(judged((MENU, None), (text, None)))
        if packets > SOUND:  # of less than 100 ms there is nothing to tell it by
            claims.append(judged((text, None), (MENU, packets)))
            claims.append(judged((other, packets), (text, None)))
        if is_sound(sounds[MENU], packets, packets + SOUND):
            claims.append(judged((MENU, packets + SOUND), (text, None)))
        if packets > 2 * SOUND and is_sound(sounds[MENU], packets - SOUND, packets):
            claims.append(judged((MENU, packets - SOUND), (text, None)))
        for verdicts in claims:
            assert not all(verdict.heard for verdict in verdicts), (packets, verdicts)
