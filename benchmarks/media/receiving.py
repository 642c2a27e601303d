"""What one received packet costs, from its bytes to 20 ms of sound, beside libopus alone on the same packets.

In virtual time and without a socket: what is left is the product's own work. Read, put in order, decoded at
16 kHz, given to a listener; and the same while nobody listens.
"""

from __future__ import annotations

import itertools
import statistics
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import Figure
from botkit.media.codecs import OPUS, PCMU, AudioCodec
from botkit.media.receiving.incoming import Incoming, Sink
from botkit.media.receiving.listening import Listening
from botkit.media.receiving.opus import OpusDecoder, libopus

from .said import payloads, write

SLOT = 0.02
TYPES = {OPUS: 111, PCMU: 0}


def received(codec: AudioCodec, sounds: Sequence[bytes], packets: int, sink: Sink | None) -> float:
    """Microseconds of CPU a packet."""
    clock = map(SLOT.__mul__, itertools.count(1))
    incoming = Incoming(lambda key: None, clock=clock.__next__)
    incoming.codecs = {number: codec for codec, number in TYPES.items()}
    if sink is not None:
        incoming.attach(sink)
    wire = [
        struct.pack("!BBHII", 0x80, TYPES[codec], number & 0xFFFF, number * codec.frame & 0xFFFFFFFF, 7)
        + sounds[number % len(sounds)]
        for number in range(packets)
    ]
    begun = time.process_time()
    for packet in wire:
        incoming(packet)
    return (time.process_time() - begun) / packets * 1e6


def listened(codec: AudioCodec, sounds: Sequence[bytes], packets: int) -> float:
    """The same, by one who listens. Raises `AssertionError` when not every packet was heard."""
    frames = 0

    def take(sound: object, lost: bool) -> None:
        nonlocal frames
        frames += 1

    cost = received(codec, sounds, packets, Listening(take))
    assert frames == packets, f"{frames} of {packets} packets were heard"
    return cost


def decoded(sounds: Sequence[bytes], packets: int) -> float:
    """Microseconds of CPU a packet, of libopus alone."""
    library = libopus()
    assert library is not None, "there is no libopus"
    decode = OpusDecoder(library).decode
    begun = time.process_time()
    for number in range(packets):
        decode(sounds[number % len(sounds)])
    return (time.process_time() - begun) / packets * 1e6


def twice(sounds: Sequence[bytes], packets: int) -> float:
    """The control: two listeners where one is enough."""
    return listened(OPUS, sounds, packets) + listened(OPUS, sounds, packets)


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """Medians of interleaved rounds."""
    rounds, packets = (3, 5_000) if quick else (5, 50_000)
    with tempfile.TemporaryDirectory() as folder:
        await write(Path(folder))
        opus, _ = payloads(Path(folder), OPUS)
        pcmu, _ = payloads(Path(folder), PCMU)
    ways: dict[str, Callable[[], float]] = {
        "receive_us": lambda: (twice if control else _opus)(opus, packets),
        "libopus_us": lambda: decoded(opus, packets),
        "receive_pcmu_us": lambda: listened(PCMU, pcmu, packets),
        "receive_deaf_us": lambda: received(OPUS, opus, packets, None),
    }
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(way())
    medians = {name: statistics.median(each) for name, each in costs.items()}
    return [
        Figure(
            name="receive_vs_libopus",
            value=medians["receive_us"] / medians["libopus_us"],
            unit="of its CPU",
            limit=1.75,
        ),
        *(Figure(name=name, value=value, unit="us/packet") for name, value in medians.items()),
    ]


def _opus(sounds: Sequence[bytes], packets: int) -> float:
    return listened(OPUS, sounds, packets)
