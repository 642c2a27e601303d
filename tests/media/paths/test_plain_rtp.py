"""Plain RTP: against sockets of the test's own, and against FFmpeg's RTP as somebody else's."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from botkit.media.codecs import PCMU, encode, samples_of, silence
from botkit.media.engine import EngineAudioPort
from botkit.media.leg import LegSettings, MediaLeg
from botkit.media.paths.plain_rtp import UdpPort
from botkit.media.rtp import dtmf
from botkit.media.rtp.header import RtpHeader
from botkit.media.rtp.rtcp import Bye, Report, read
from botkit.media.sdp import read_offer
from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    LegClosed,
    LegConnected,
    LineMeasured,
    OfferRefused,
    PromptFinished,
)
from tests.media.conftest import closed_after

Voice = Callable[[float, int], Pcm]
KEYS = 101


class Phone:
    """A phone with neither ICE nor keys, on 127.0.0.1."""

    def __init__(self, *, muxed: bool = True) -> None:
        self.muxed = muxed
        self.sock, self.beside = neighbours()
        """`beside` gets the reports, unless they share the port."""
        self.packets: list[tuple[RtpHeader, bytes]] = []
        self.reports: list[bytes] = []
        self.bot: tuple[str, int] = ("", 0)
        self._news = asyncio.Event()
        self._sequence = 0
        asyncio.get_running_loop().add_reader(self.sock, self._read)

    def offer(self, direction: str = "sendrecv", *, address: str = "127.0.0.1", port: int = 0) -> str:
        lines = [
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=-",
            f"c=IN IP4 {address}",
            "t=0 0",
            f"m=audio {port or self.sock.getsockname()[1]} RTP/AVP 0 8 {KEYS}",
            f"a=rtpmap:{KEYS} telephone-event/8000",
            f"a={direction}",
            *(["a=rtcp-mux"] if self.muxed else []),
        ]
        return "\r\n".join([*lines, ""])

    def take(self, answer: str) -> None:
        (media,) = [line for line in answer.splitlines() if line.startswith("m=audio")]
        self.bot = ("127.0.0.1", int(media.split()[1]))

    def send(self, payload: bytes, kind: int = 0, timestamp: int | None = None) -> None:
        self._sequence += 1
        at = self._sequence * 160 if timestamp is None else timestamp
        header = struct.pack("!BBHII", 0x80, kind, self._sequence, at, 7)
        self.sock.sendto(header + payload, self.bot)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.sock)
        self.sock.close()
        self.beside.close()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = self.sock.recv(2048)
            header = RtpHeader.read(data)
            if header is None:
                self.reports.append(data)
            else:
                self.packets.append((header, data[header.start : header.end]))
        self._news.set()


def bound(port: int = 0) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


def neighbours() -> tuple[socket.socket, socket.socket]:
    """An even port and the next one."""
    for _ in range(200):
        first = bound()
        number: int = first.getsockname()[1]
        if number % 2 == 0:
            with contextlib.suppress(OSError):
                return first, bound(number + 1)
        first.close()
    raise OSError("no two ports side by side are free")


@pytest.fixture
async def port() -> AsyncIterator[EngineAudioPort]:
    async with closed_after(EngineAudioPort(plain_rtp=True)) as port:
        yield port


@pytest.fixture
async def impatient() -> AsyncIterator[EngineAudioPort]:
    async with closed_after(EngineAudioPort(LegSettings(media_timeout=0.4), plain_rtp=True)) as port:
        yield port


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    phone = Phone()
    yield phone
    phone.close()


@pytest.fixture
async def apart() -> AsyncIterator[Phone]:
    phone = Phone(muxed=False)
    yield phone
    phone.close()


async def call(port: EngineAudioPort, phone: Phone, told: Any) -> MediaLeg:
    leg = await port.accept(phone.offer(), told)
    phone.take(leg.answer)
    await told.until(lambda: bool(told.of(LegConnected)))
    return leg


async def test_a_prompt_is_sent_whole_and_reports_come_along(
    port: EngineAudioPort, phone: Phone, voice: Voice, told: Any
) -> None:
    leg, pcm = await call(port, phone, told), voice(0.3, 1)
    assert "a=rtcp-mux" in leg.answer
    assert "RTP/AVP 0 8 101" in leg.answer
    leg.play("a", pcm)
    await told.until(lambda: bool(told.of(PromptFinished)))
    await leg.close()
    await phone.until(lambda: bool(phone.reports))
    assert [data for _, data in phone.packets if data != silence(PCMU)] == list(encode(pcm, PCMU))
    report, bye = read(phone.reports[-1])
    assert isinstance(report, Report)
    assert isinstance(bye, Bye)
    assert report.sent is not None
    assert report.sent.packets == len(phone.packets)
    assert told.of(LineMeasured)[-1].statistics.sent == len(phone.packets)


async def test_keys_are_heard_and_told_by_what_rtp_has_for_them(
    port: EngineAudioPort, phone: Phone, told: Any
) -> None:
    leg = await call(port, phone, told)
    for event in dtmf.press("5"):
        phone.send(event.write(), KEYS, timestamp=4800)
    await told.until(lambda: bool(told.of(DigitPressed)))
    assert [each.digit for each in told.of(DigitPressed)] == ["5"]
    leg.send_digits("d", "9")
    await told.until(lambda: bool(told.of(PromptFinished)))
    await phone.until(lambda: any(header.payload_type == KEYS for header, _ in phone.packets))


async def test_the_first_source_is_the_far_end_and_nobody_else(
    port: EngineAudioPort, phone: Phone, apart: Phone, told: Any
) -> None:
    """Behind a NAT packets come from elsewhere than the offer says; they are answered there."""
    leg = await port.accept(phone.offer(port=9), told)
    for each in (phone, apart):
        each.take(leg.answer)
    phone.send(b"what is this", kind=77)
    phone.send(silence(PCMU))
    await phone.until(lambda: bool(phone.packets))
    for event in dtmf.press("6"):
        apart.send(event.write(), KEYS, timestamp=4800)
    for event in dtmf.press("7"):
        phone.send(event.write(), KEYS, timestamp=4800)
    await told.until(lambda: bool(told.of(DigitPressed)))
    assert [each.digit for each in told.of(DigitPressed)] == ["7"]
    assert not apart.packets


async def test_reports_have_a_port_of_their_own_unless_it_is_shared(
    port: EngineAudioPort, apart: Phone, told: Any
) -> None:
    leg = await port.accept(apart.offer(), told)
    apart.take(leg.answer)
    assert "rtcp-mux" not in leg.answer
    assert apart.bot[1] % 2 == 0
    apart.beside.sendto(Report(ssrc=7, sent=None).write(), (apart.bot[0], apart.bot[1] + 1))
    await apart.until(lambda: bool(apart.packets))
    await leg.close()
    ready = asyncio.get_running_loop()
    compound = await asyncio.wait_for(ready.sock_recv(apart.beside, 2048), 30)
    assert isinstance(next(read(compound)), Report)
    assert not apart.reports


async def test_hold_by_direction_and_by_no_address(
    port: EngineAudioPort, phone: Phone, voice: Voice, told: Any
) -> None:
    leg = await call(port, phone, told)
    for held in (phone.offer("sendonly"), phone.offer(address="0.0.0.0")):
        answer = await leg.renegotiate(held)
        assert "a=recvonly" in answer or "a=inactive" in answer
        leg.play(held, voice(0.06, 1))
        with pytest.raises(TimeoutError):
            await told.until(lambda: any(e.prompt_id == held for e in told.of(PromptFinished)), timeout=0.12)  # noqa: B023
        assert "a=sendrecv" in await leg.renegotiate(phone.offer())
        await told.until(lambda: any(e.prompt_id == held for e in told.of(PromptFinished)))  # noqa: B023
    assert not told.of(LegClosed)


async def test_a_phone_that_has_moved_is_followed_when_it_says_so(
    port: EngineAudioPort, phone: Phone, apart: Phone, told: Any
) -> None:
    leg = await call(port, phone, told)
    phone.send(silence(PCMU))
    await phone.until(lambda: bool(phone.packets))
    apart.muxed = True
    await leg.renegotiate(apart.offer())
    await apart.until(lambda: bool(apart.packets))


async def test_a_phone_that_falls_silent_is_lost(impatient: EngineAudioPort, phone: Phone, told: Any) -> None:
    await call(impatient, phone, told)
    phone.send(silence(PCMU))
    await told.until(lambda: bool(told.of(LegClosed)))
    assert told.of(LegClosed)[0].cause is CallCause.MEDIA_LOST


async def test_a_phone_that_is_silent_and_reports_lives(
    impatient: EngineAudioPort, phone: Phone, told: Any
) -> None:
    """As those do that send nothing while nobody speaks. A report counts for 0.64 s here."""
    await call(impatient, phone, told)
    phone.send(silence(PCMU))
    for _ in range(2):
        phone.sock.sendto(Report(ssrc=7, sent=None).write(), phone.bot)
        with pytest.raises(TimeoutError):
            await told.until(lambda: bool(told.of(LegClosed)), timeout=0.3)
    await told.until(lambda: bool(told.of(LegClosed)))
    assert told.of(LegClosed)[0].cause is CallCause.MEDIA_LOST


async def test_plain_rtp_is_answered_only_where_it_is_allowed(phone: Phone, told: Any) -> None:
    port = EngineAudioPort()
    with pytest.raises(OfferRefused, match="ICE and DTLS-SRTP only"):
        await port.accept(phone.offer(), told)
    await port.close()


@pytest.mark.parametrize("address", ["example.com", "", "999.0.0.1"])
async def test_an_address_that_is_none_is_refused(
    port: EngineAudioPort, phone: Phone, told: Any, address: str
) -> None:
    with pytest.raises(OfferRefused, match="no IP address"):
        await port.accept(phone.offer(address=address), told)


async def test_behind_the_last_port_there_is_none_for_reports() -> None:
    phone = Phone(muxed=False)
    udp = UdpPort(read_offer(phone.offer(port=65535), plain=True))
    udp.send(Bye((7,)).write())
    udp.close()
    phone.close()


async def test_it_is_never_offered(port: EngineAudioPort, told: Any) -> None:
    leg = await port.dial(told)
    assert "RTP/SAVPF" in leg.offer


@pytest.fixture
def free_port() -> int:
    """An even port whose neighbour is free too."""
    first, second = neighbours()
    number: int = first.getsockname()[1]
    first.close()
    second.close()
    return number


async def test_ffmpeg_hears_a_prompt(
    port: EngineAudioPort, voice: Voice, told: Any, free_port: int, tmp_path: Path
) -> None:
    pcm = voice(0.3, 1)
    description = tmp_path / "phone.sdp"
    sdp = f"v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {free_port} RTP/AVP 0\n"
    description.write_text(sdp)

    def listen() -> bytes:
        options = {"protocol_whitelist": "file,udp,rtp", "analyzeduration": "100000"}
        with av.open(str(description), format="sdp", options=options, timeout=5.0) as stream:
            heard = b""
            for frame in stream.decode(audio=0):
                heard += frame.to_ndarray().astype("<i2").tobytes()
                if len(heard) > 2 * 8_000 * 0.8:
                    break
            return heard

    listening = asyncio.create_task(asyncio.to_thread(listen))
    leg = await port.accept(sdp.replace("\n", "\r\n") + "a=recvonly\r\n", told)
    leg.play("a", pcm)
    heard = np.frombuffer(await listening, "<i2").astype(float)
    said = samples_of(pcm, 8_000).astype(float)
    likeness = np.correlate(heard, said, "valid").max() / (said @ said)
    assert likeness == pytest.approx(1.0, abs=0.05)
    await leg.close()


async def test_the_bot_hears_ffmpeg(
    port: EngineAudioPort, phone: Phone, voice: Voice, told: Any, ear: Any
) -> None:
    leg = await port.accept(phone.offer(), told)
    phone.take(leg.answer)
    listener, said = ear(leg), voice(0.4, 2)

    def speak() -> None:
        address = f"rtp://127.0.0.1:{phone.bot[1]}?pkt_size=172"
        with av.open(address, "w", format="rtp", options={"payload_type": "0"}) as stream:
            audio = stream.add_stream("pcm_mulaw", rate=8_000, layout="mono")
            samples = np.concatenate([samples_of(said, 8_000), np.zeros(4_000, np.int16)])
            for start in range(0, len(samples) - 159, 160):
                block = samples[start : start + 160].astype(np.int16).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
                frame.sample_rate, frame.pts = 8_000, start
                stream.mux(audio.encode(frame))

    await asyncio.to_thread(speak)
    await listener.until_quiet()
    assert not listener.objection(said)
