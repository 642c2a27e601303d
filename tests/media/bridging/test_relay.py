"""The small jitter buffer between two far ends, by a clock that the test moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from botkit.media.bridging.relay import MOST, PREFILL, TRIM_EVERY, Relay
from botkit.media.codecs import OPUS, PCMU, PTIME, AudioCodec, Decoder, encode
from botkit.media.receiving.incoming import Heard
from botkit.model.tones import tone
from tests.media.far_end import Line, Time

SOUND = encode(tone((440,), 16.0), OPUS)


def packet(number: int, *, at: float) -> Heard:
    return Heard(codec=OPUS, timestamp=number * OPUS.frame, payload=SOUND[number], at=at)


def through(codec: AudioCodec, payloads: Sequence[bytes], lost: Collection[int]) -> list[bytes]:
    """What goes out when these do not come."""
    relay, sent, missing = Relay(codec), [], 0
    for number, payload in enumerate(payloads):
        now = number * PTIME
        if number in lost:
            missing += 1
        else:
            relay.hear(Heard(codec, number * codec.frame, payload, now, missing))
            missing = 0
        payload_out = relay.take(now)
        if payload_out is not None:
            sent.append(payload_out)
    return sent


def run(arrivals: dict[int, float], slots: int) -> list[int | None]:
    """Which packet goes out in each slot of 20 ms; None = silence."""
    relay = Relay(OPUS)
    sent: list[int | None] = []
    waiting = sorted(arrivals.items(), key=lambda pair: pair[1])
    for slot in range(slots):
        now = slot * PTIME
        while waiting and waiting[0][1] <= now + 1e-9:
            number, at = waiting.pop(0)
            relay.hear(packet(number, at=at))
        payload = relay.take(now)
        sent.append(None if payload is None else SOUND.index(payload))
    return sent


def test_a_steady_stream_passes_whole_and_soon() -> None:
    sent = run({number: number * PTIME for number in range(40)}, 45)
    assert [each for each in sent if each is not None] == list(range(40))
    assert sent.index(0) <= PREFILL


def test_lateness_within_the_buffer_makes_no_hole() -> None:
    arrivals = {number: number * PTIME + (PTIME if number % 3 == 0 else 0.0) for number in range(40)}
    sent = run(arrivals, 45)
    first = sent.index(0)
    assert sent[first : first + 40] == list(range(40))


def test_a_burst_behind_a_stall_loses_its_oldest_and_no_order() -> None:
    arrivals = {number: number * PTIME if number < 10 else 1.0 for number in range(40)}
    sent = [each for each in run(arrivals, 70) if each is not None]
    assert sent == sorted(sent)
    assert len([each for each in sent if each >= 10]) == MOST


def test_delay_that_a_stall_left_behind_goes_again() -> None:
    """All from the tenth packet on are 60 ms late, and then on time: the delay is back at the prefill."""
    slots = 3 * TRIM_EVERY
    arrivals = {number: (number + (3 if 10 <= number < 14 else 0)) * PTIME for number in range(slots)}
    sent = run(arrivals, slots)
    last = next(slot for slot in reversed(range(slots)) if sent[slot] is not None)
    number = sent[last]
    assert number is not None
    assert last - number <= PREFILL


def test_another_codec_is_decoded_and_encoded() -> None:
    seconds = 0.5
    relay = Relay(PCMU)
    sent = []
    for number in range(round(seconds / PTIME)):
        now = number * PTIME
        relay.hear(packet(number, at=now))
        relay.tick(now)
        payload = relay.take(now)
        if payload is not None:
            sent.append(payload)
    assert {len(payload) for payload in sent} == {160}
    assert len(sent) * PTIME > seconds - 0.12


@pytest.mark.parametrize("codec", [OPUS, PCMU], ids=lambda codec: codec.name)
def test_a_lost_payload_costs_those_behind_it_no_time(codec: AudioCodec) -> None:
    payloads = encode(tone((440,), 1.0), codec)
    sent = through(codec, payloads, {20, 30})
    place = sent.index(payloads[19])
    assert sent[place + 2] == payloads[21]
    assert sent[place + 12] == payloads[31]
    decoder = Decoder(codec)
    for payload in sent[: place + 1]:
        decoder.decode(payload)
    assert len(decoder.decode(sent[place + 1])) == codec.frame


def test_a_long_hole_leaves_no_delay() -> None:
    payloads = encode(tone((440,), 1.0), OPUS)
    sent = through(OPUS, payloads, range(10, 30))
    assert sent[-10:] == list(payloads[len(payloads) - 10 - PREFILL + 1 : len(payloads) - PREFILL + 1])


def test_on_a_bad_line_only_the_first_loss_makes_a_hole() -> None:
    """What comes behind a lost packet is held back for a moment, longer than the buffer is deep at first."""
    time = Time()
    line, relay, sent = Line(PCMU, time), Relay(PCMU), []
    line.incoming.detach(line.listening)
    line.incoming.attach(relay)
    for number in range(1_000):
        if number % 50 != 30:
            line.send(number, bytes((number % 200,)) * PCMU.frame)
        line.wait(PTIME)
        sent.append(relay.take(time.now))
    holes = [slot for slot, payload in enumerate(sent) if payload is None]
    assert [slot for slot in holes if slot > 40] == []
