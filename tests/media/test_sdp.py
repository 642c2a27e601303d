"""Offers judged, answers shaped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU
from botkit.media.leg import LegSettings
from botkit.media.plain import PlainAudioPort
from botkit.media.sdp import read_offer
from botkit.ports.audio import OfferRefused

FINGERPRINT = ":".join(["0F"] * 32)
CHROMIUM = f"""\
v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=extmap-allow-mixed
a=msid-semantic: WMS stream
m=audio 40000 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 192.0.2.7
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 192.0.2.7 40000 typ host generation 0 network-cost 999
a=candidate:2 1 udp 2113939711 0b7e1c9e-1b7a-4f0e-9f7e-5f2a8a3d9c10.local 40001 typ host
a=end-of-candidates
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=ice-options:trickle
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=mid:a0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:3735928559 cname:caller
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=mid:v1
a=recvonly
a=rtcp-mux
a=rtpmap:96 VP8/90000
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:d2
"""
"""A Chromium offer in the shape that Circuit's client sends it: no BUNDLE group, one transport a line."""


def audio_of(sdp: str) -> list[str]:
    _, _, rest = sdp.partition("m=audio")
    return ("m=audio" + rest.split("m=", 1)[0]).splitlines()


async def answer_to(offer: str) -> str:
    port = PlainAudioPort()
    try:
        return (await port.accept(offer, lambda event: None)).answer
    finally:
        await port.close()


def test_only_the_audio_line_and_known_formats_are_shown_to_aiortc() -> None:
    offer = read_offer(CHROMIUM)
    text = offer.audio_only()
    assert text.count("m=") == 1
    assert "m=audio 40000 UDP/TLS/RTP/SAVPF 111 0 8 126\r\n" in text
    assert offer.key_type == 126
    assert offer.codecs[0] is OPUS
    for gone in ("G722", "red", "CN/", "telephone-event/48000", ".local", "end-of-candidates", "fmtp:63"):
        assert gone not in text


def test_keys_are_never_the_format_to_send_with() -> None:
    offer = read_offer(CHROMIUM.replace("111 63 9 0 8 13 110 126", "126 0 111"))
    assert offer.formats == ("0", "111", "126")
    assert offer.codecs[0] is PCMU


def test_static_payload_types_need_no_rtpmap() -> None:
    bare = "\n".join(
        line for line in CHROMIUM.splitlines() if not line.startswith(("a=rtpmap", "a=fmtp", "a=rtcp-fb"))
    )
    assert "a=rtpmap:0 PCMU/8000\r\n" in read_offer(bare).audio_only()


@pytest.mark.parametrize(
    ("formats", "keys", "rate"),
    [
        ("111 0 110 126", 126, 8000),
        ("111 0 126 110", 126, 8000),
        ("111 0 110", 110, 48_000),
        ("0 111 110", None, 8000),
        ("111 0", None, 8000),
    ],
)
async def test_keys_at_8000_are_taken_where_they_are_offered_else_those_at_the_codecs_rate(
    formats: str, keys: int | None, rate: int
) -> None:
    text = CHROMIUM.replace("111 63 9 0 8 13 110 126", formats)
    offer = read_offer(text)
    assert (offer.key_type, offer.key_rate) == (keys, rate)
    answered = [line for line in audio_of(await answer_to(text)) if "telephone-event" in line]
    assert answered == ([] if keys is None else [f"a=rtpmap:{keys} telephone-event/{rate}"])


def test_both_payload_types_of_one_codec_are_understood_and_the_first_is_answered() -> None:
    text = CHROMIUM.replace("111 63 9 0 8", "112 111 63 9 0 100 8").replace(
        "a=rtpmap:63", "a=rtpmap:112 opus/48000/2\na=rtpmap:100 PCMU/8000\na=rtpmap:63"
    )
    offer = read_offer(text)
    assert offer.formats == ("112", "0", "8", "126")
    assert dict(offer.types) == {112: OPUS, 111: OPUS, 0: PCMU, 100: PCMU, 8: PCMA}


async def test_the_order_of_the_formats_counts_and_not_that_of_their_names() -> None:
    for formats in ("8 111 0 126", "0 8 126", "111 8 126"):
        offer = CHROMIUM.replace("111 63 9 0 8 13 110 126", formats)
        assert audio_of(await answer_to(offer))[0].endswith(f" {formats}")
    bare = CHROMIUM.replace("111 63 9 0 8 13 110 126", "8 0")
    bare = bare.replace("a=rtpmap:0 PCMU/8000\n", "").replace("a=rtpmap:8 PCMA/8000\n", "")
    assert audio_of(await answer_to(bare))[0].endswith(" 8 0")


async def test_the_answer_to_a_browser() -> None:
    answer = await answer_to(CHROMIUM)
    head, _, _ = answer.partition("m=")
    assert "a=group:BUNDLE" not in answer
    assert "\r\na=ice-options:trickle\r\n" in head
    audio = audio_of(answer)
    assert audio[0].split()[3:] == ["111", "0", "8", "126"]
    for line in (
        "a=mid:a0",
        "a=sendrecv",
        "a=rtpmap:126 telephone-event/8000",
        "a=fmtp:126 0-15",
        "a=setup:active",
    ):
        assert line in audio
    assert "m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:v1\r\n" in answer
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in answer
    kinds = [line.split()[0] for line in answer.splitlines() if line.startswith("m=")]
    assert kinds == ["m=audio", "m=video", "m=application"]


async def test_a_bundle_that_was_offered_is_answered_with_the_audio_alone() -> None:
    answer = await answer_to(CHROMIUM.replace("t=0 0\n", "t=0 0\na=group:BUNDLE a0 v1 d2\n"))
    assert [line for line in answer.splitlines() if "BUNDLE" in line] == ["a=group:BUNDLE a0"]


async def test_audio_behind_video_keeps_its_place() -> None:
    head, audio, rest = CHROMIUM.partition("m=audio")
    sound, _, more = rest.partition("m=video")
    video, _, data = more.partition("m=application")
    answer = await answer_to(f"{head}m=video{video}m=application{data}{audio}{sound}")
    kinds = [line.split()[0] for line in answer.splitlines() if line.startswith("m=")]
    assert kinds == ["m=video", "m=application", "m=audio"]
    assert "a=mid:a0" in audio_of(answer)


async def test_a_telephone_offer_without_mid_is_answered() -> None:
    telephone = (
        CHROMIUM.split("m=video")[0].replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF").replace("a=mid:a0\n", "")
    )
    answer = await answer_to(telephone)
    assert "a=rtpmap:126 telephone-event/8000" in audio_of(answer)


async def test_a_fax_line_beside_the_audio_comes_back_rejected() -> None:
    answer = await answer_to(CHROMIUM + "m=image 9 udptl t38\n")
    assert answer.endswith("m=image 0 udptl t38\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n")


def test_a_candidate_at_no_port_is_not_shown_to_aiortc() -> None:
    assert "99999" not in read_offer(CHROMIUM.replace("192.0.2.7 40000", "192.0.2.7 99999")).audio_only()


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("192.0.2.7", False), ("::1", True)],
)
async def test_loopback_is_gathered_when_the_caller_comes_from_there(address: str, loopback: bool) -> None:
    answer = await answer_to(CHROMIUM.replace("192.0.2.7", address))
    hosts = {line.split()[4] for line in answer.splitlines() if line.startswith("a=candidate")}
    others = hosts - {"127.0.0.1"}
    assert ("127.0.0.1" in hosts) is (loopback or not others)


FORMATS = " 111 63 9 0 8 13 110 126"


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda sdp: sdp.replace(old, new)


async def test_loopback_may_be_forbidden() -> None:
    port = PlainAudioPort(LegSettings(loopback=False))
    leg = await port.accept(CHROMIUM.replace("192.0.2.7", "127.0.0.1"), lambda event: None)
    await port.close()
    assert " 127.0.0.1 " not in leg.answer


REFUSED: dict[str, tuple[Callable[[str], str], str]] = {
    "nothing": (lambda sdp: "", "no SDP"),
    "text": (lambda sdp: "Hello, is anybody there?", "no SDP"),
    "too long": (lambda sdp: sdp + "a=x\n" * 50_000, "characters"),
    "no media": (lambda sdp: sdp.split("m=")[0], "no audio line; it offers nothing"),
    "video only": (lambda sdp: sdp.split("m=")[0] + "m=video" + sdp.split("m=video")[1], "it offers video"),
    "audio refused": (replaced("m=audio 40000", "m=audio 0"), "no audio line"),
    "broken media line": (replaced("m=audio 40000", "m=audio many"), "broken media line"),
    "unknown codecs": (replaced(FORMATS, " 63 13"), "CN, red"),
    "keys only": (replaced(FORMATS, " 126"), "telephone-event"),
    "payload type 300": (lambda sdp: sdp.replace(FORMATS, " 300").replace(":111 ", ":300 "), "opus"),
    "no such port": (replaced("m=audio 40000", "m=audio 65536"), "broken media line"),
    "endless port": (replaced("m=audio 40000", "m=audio " + "4" * 5000), "broken media line"),
    "endless rate": (
        lambda sdp: sdp.replace(FORMATS, " 111").replace("/48000", "/" + "4" * 5000),
        "none named",
    ),
    "endless payload type": (
        lambda sdp: sdp.replace(FORMATS, " " + "1" * 5000).replace(":111 ", f":{'1' * 5000} "),
        "none named",
    ),
    "no encryption": (replaced("a=fingerprint", "a=nothing"), "fingerprint"),
    "no ice": (replaced("a=ice-pwd", "a=nothing"), "ice-pwd"),
    "sends only": (replaced("a=sendrecv", "a=sendonly"), "hear nothing"),
    "broken setup": (replaced("a=setup:actpass", "a=setup:sideways"), "cannot be answered"),
    "no setup": (replaced("a=setup:actpass\n", ""), "no a=setup"),
    "broken candidate": (replaced("udp 2113937151", "udp much"), "cannot be answered"),
    "broken fingerprint": (replaced("fingerprint:sha-256 ", "fingerprint:"), "cannot be answered"),
    "broken ssrc": (replaced("a=ssrc:3735928559 ", "a=ssrc:many "), "cannot be answered"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_an_offer_that_cannot_be_answered_is_refused_with_the_reason(case: str) -> None:
    spoil, reason = REFUSED[case]
    before = asyncio.all_tasks()
    with pytest.raises(OfferRefused, match=reason):
        await answer_to(spoil(CHROMIUM))
    left = asyncio.all_tasks() - before
    if left:
        await asyncio.wait(left, timeout=5)
    assert not [task for task in left if not task.done()]
