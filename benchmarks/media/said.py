"""What the bot says and what callers say, real speech by a voice of botkit's, made once for all bots."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

import botkit_picotts
from botkit.media.codecs import OPUS, AudioCodec, encode, samples_of
from botkit.model.pcm import Pcm
from botkit.speech.host import VoiceHost

RATE = 16_000
BIT_RATE = 29_000
"""Of Opus, constant: a quiet caller's packets are as large as those of one who talks."""
ROOM = 30.0
"""Root mean square of the noise where nobody talks: -61 dB of full scale."""
PROMPT = """\
Welcome. You have reached the front desk, and everybody who could help you is talking with somebody else at \
the moment. You are the third in the line, and it should take no more than four minutes. If you would rather \
be called back, press the star key at any time, and we shall keep your place. Our office is open from Monday \
to Friday, from nine in the morning until half past five in the afternoon."""
TALK = """\
Good morning. I should like to know what has become of my order. I placed it on the third of May, and the \
number is four, seven, one, one. It was to arrive last week. Then somebody wrote to me that it would take a \
few days longer. Now it is Friday, and I have heard nothing since. Could you look it up for me, please?"""


async def write(folder: Path) -> None:
    """`prompt.pcm` and `talk.pcm`: 16 kHz, mono, 16-bit little-endian."""
    voice = VoiceHost(botkit_picotts.register_voices()[0])
    try:
        for name, text in (("prompt", PROMPT), ("talk", TALK)):
            pcm = await voice.synthesize(text, language="en-GB")
            (folder / f"{name}.pcm").write_bytes(samples_of(pcm, RATE).astype("<i2").tobytes())
    finally:
        await voice.close()


def payloads(folder: Path, codec: AudioCodec) -> tuple[list[bytes], list[bytes]]:
    """20 ms each: of somebody who talks, and of a quiet room."""
    talk = Pcm((folder / "talk.pcm").read_bytes(), RATE)
    noise = np.random.default_rng(1).normal(0, ROOM, 10 * RATE).astype("<i2")
    return _encoded(talk, codec), _encoded(Pcm(noise.tobytes(), RATE), codec)


def _encoded(pcm: Pcm, codec: AudioCodec) -> list[bytes]:
    if codec is not OPUS:
        return list(encode(pcm, codec))
    context = av.CodecContext.create("libopus", "w")
    assert isinstance(context, AudioCodecContext)
    context.format = "s16"
    context.layout = "mono"
    context.sample_rate = codec.clock_rate
    context.time_base = Fraction(1, codec.clock_rate)
    context.bit_rate = BIT_RATE
    context.options = {"application": "voip", "frame_duration": "20", "vbr": "off"}
    samples = samples_of(pcm, codec.clock_rate)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
    frame.sample_rate = codec.clock_rate
    return [bytes(packet) for packet in (*context.encode(frame), *context.encode(None))]
