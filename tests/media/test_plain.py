"""The plain audio port against a real caller, over loopback."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec, encode
from botkit.media.leg import LegSettings
from botkit.media.plain import PlainAudioPort
from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, LegClosed, OfferRefused, PromptFinished, PromptStarted
from botkit.testing.caller import Caller

Dial = Callable[..., Awaitable[Any]]
HangUp = Callable[[Caller], Caller]
Voice = Callable[[float, int], Pcm]
pytestmark = pytest.mark.usefixtures("steady_playout")
every_codec = pytest.mark.parametrize("codec", [OPUS, PCMU, PCMA], ids=lambda codec: codec.name)


@every_codec
async def test_keys_arrive_once_each(dial: Dial, codec: AudioCodec) -> None:
    call = await dial(codec)
    sent = [await call.caller.press(key, packets=3) for key in "12*#A1"]
    await call.told.until(lambda: len(call.told.of(DigitPressed)) >= 6)
    pressed = call.told.of(DigitPressed)
    assert "".join(digit.digit for digit in pressed) == "12*#A1"
    for key, digit in zip(sent, pressed, strict=True):
        assert key.first_at <= digit.at


@every_codec
async def test_a_prompt_is_sent_whole_and_told_exactly(dial: Dial, voice: Voice, codec: AudioCodec) -> None:
    call, pcm = await dial(codec), voice(0.5, 1)
    await call.leg.prepare(pcm)
    asked = time.monotonic()
    call.leg.play("welcome", pcm)
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until_quiet()
    (started,) = call.told.of(PromptStarted)
    (finished,) = call.told.of(PromptFinished)
    assert (started.prompt_id, finished.prompt_id) == ("welcome", "welcome")
    assert (finished.played, finished.cut) == (pcm.seconds, False)
    heard = [packet.payload for packet in call.caller.packets if packet.at >= asked and packet.prompt]
    assert heard == list(encode(pcm, codec))


async def test_packets_keep_a_20_ms_grid_without_a_hole(dial: Dial, voice: Voice) -> None:
    call = await dial()
    call.leg.play("a", voice(0.3, 1))
    call.leg.play("b", voice(0.3, 2))
    await call.told.until(lambda: len(call.told.of(PromptFinished)) == 2)
    packets = call.caller.packets
    steps = {(b.sequence - a.sequence, b.timestamp - a.timestamp) for a, b in pairwise(packets)}
    assert steps == {(1, 960)}
    assert [event.prompt_id for event in call.told.of(PromptStarted)] == ["a", "b"]


async def test_a_prompt_queued_before_the_connection_leads_the_call(
    port: PlainAudioPort, voice: Voice, hang_up: HangUp
) -> None:
    caller, pcm = hang_up(Caller()), voice(0.4, 3)
    leg = await port.accept(await caller.offer(), lambda event: None)
    await leg.prepare(pcm)
    leg.play("welcome", pcm)
    await caller.apply_answer(leg.answer)
    first = await caller.until_prompt()
    assert first in caller.packets[:2]


@pytest.mark.parametrize("codec", [OPUS, PCMU], ids=lambda codec: codec.name)
async def test_stop_takes_effect_in_the_next_slot(dial: Dial, voice: Voice, codec: AudioCodec) -> None:
    call, pcm = await dial(codec), voice(5.0, 4)
    waiting = voice(0.2, 5)
    await call.leg.prepare(pcm)
    call.leg.play("long", pcm)
    call.leg.play("behind", waiting)
    await call.caller.until(lambda: sum(packet.prompt for packet in call.caller.packets) >= 10)
    before = time.monotonic()
    call.leg.stop()
    after = time.monotonic()
    await call.caller.until_quiet()
    sent = sum(packet.prompt for packet in call.caller.packets)
    long, behind = call.told.of(PromptFinished)
    assert before <= long.at <= after
    assert long.cut
    assert long.played == pytest.approx(sent * 0.02), "something was sent after the cut"
    assert behind == PromptFinished(at=behind.at, prompt_id="behind", played=0.0, cut=True)


async def test_a_key_that_stops_the_prompt_ends_it_at_once(dial: Dial, voice: Voice) -> None:
    call, pcm = await dial(), voice(5.0, 6)
    call.told.also = lambda event: call.leg.stop() if isinstance(event, DigitPressed) else None
    call.leg.play("menu", pcm)
    await call.caller.until_prompt()
    await call.caller.press("1")
    await call.caller.until_quiet()
    (key,), (menu,) = call.told.of(DigitPressed), call.told.of(PromptFinished)
    assert call.told.events.index(menu) == call.told.events.index(key) + 1
    sent = sum(packet.prompt for packet in call.caller.packets)
    assert (menu.cut, menu.played) == (True, pytest.approx(sent * 0.02)), "something was sent after the cut"


async def test_what_the_caller_says_is_no_key(dial: Dial, voice: Voice) -> None:
    call = await dial()
    await call.caller.say(voice(0.3, 7))
    await call.caller.press("5")
    await call.told.until(lambda: bool(call.told.of(DigitPressed)))
    assert [event.digit for event in call.told.of(DigitPressed)] == ["5"]


async def test_the_recording_is_the_prompt_on_a_steady_time_line(dial: Dial, voice: Voice) -> None:
    call, pcm = await dial(PCMU), voice(0.5, 8)
    call.leg.play("a", pcm)
    await call.told.until(lambda: bool(call.told.of(PromptFinished)))
    await call.caller.until_quiet()
    recording = call.caller.recording()
    assert recording.rate == 16_000
    assert recording.seconds == pytest.approx(len(call.caller.packets) * 0.02, abs=0.001)


async def test_a_caller_that_falls_silent_is_lost(dial: Dial) -> None:
    port = PlainAudioPort(LegSettings(media_timeout=0.3))
    call = await dial(port=port)
    await call.caller.until(lambda: len(call.caller.packets) > 25)
    assert not call.told.of(LegClosed), "it was lost while it sent"
    call.caller.mute()
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    assert call.told.events[-1] == LegClosed(at=call.told.events[-1].at, cause=CallCause.MEDIA_LOST)
    await port.close()


async def test_a_caller_that_hangs_up_its_media_ends_the_leg(dial: Dial) -> None:
    call = await dial()
    await call.caller.hangup()
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    assert [event.cause for event in call.told.of(LegClosed)] == [CallCause.HANGUP]


async def test_a_caller_that_never_connects_is_given_up(hang_up: HangUp) -> None:
    port, told = PlainAudioPort(LegSettings(connect_timeout=0.2)), asyncio.Queue[Any]()
    caller = hang_up(Caller())
    await port.accept(await caller.offer(), told.put_nowait)
    event = await asyncio.wait_for(told.get(), 30)
    assert event == LegClosed(at=event.at, cause=CallCause.FAILED)
    await port.close()


async def test_close_cuts_tells_once_and_may_be_repeated(dial: Dial, voice: Voice) -> None:
    call = await dial()
    call.leg.play("a", voice(2.0, 9))
    await call.caller.until_prompt()
    await asyncio.gather(call.leg.close(), call.leg.close())
    await call.leg.close()
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    assert [event.cause for event in call.told.of(LegClosed)] == [CallCause.ENDED]
    assert isinstance(call.told.events[-1], LegClosed)
    assert [event.cut for event in call.told.of(PromptFinished)] == [True]
    call.leg.play("b", voice(0.1, 1))
    call.leg.stop()
    await call.leg.add_candidate("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 0)
    assert isinstance(call.told.events[-1], LegClosed)


async def test_candidates_of_no_use_are_ignored(
    port: PlainAudioPort, hang_up: HangUp, caplog: pytest.LogCaptureFixture
) -> None:
    caller = hang_up(Caller())
    offer = await caller.offer()
    bare = "".join(line for line in offer.splitlines(keepends=True) if "candidate" not in line)
    leg = await port.accept(bare + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n", lambda event: None)
    trickled = [line.strip()[2:] for line in offer.splitlines() if line.startswith("a=candidate")]
    await leg.add_candidate(trickled[0], "1", 1)
    await leg.add_candidate("candidate:garbage", "0", 0)
    await leg.add_candidate("candidate:1 1 udp many 127.0.0.1 9 typ host", "0", 0)
    await leg.add_candidate("candidate:1 1 udp 1 0b7e1c9e.local 9 typ host", "0", 0)
    for port_number in ("0", "-5", "65536", "9" * 5000):
        await leg.add_candidate(f"candidate:1 1 udp 1 127.0.0.1 {port_number} typ host", "0", 0)
    await leg.add_candidate("", "", 0)
    for line in trickled:
        await leg.add_candidate(line, "0", 0)
    audio, _ = leg.answer.split("m=video")
    await caller.apply_answer(audio)
    await caller.connected()
    assert not [record for record in caplog.records if record.name == "asyncio"]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_nothing_is_left_running(voice: Voice) -> None:
    files = open_files()
    threads, port = set(threading.enumerate()), PlainAudioPort()
    callers = [Caller() for _ in range(3)]
    connected, offered, refused = callers
    leg = await port.accept(await connected.offer(), lambda event: None)
    await connected.apply_answer(leg.answer)
    await connected.connected()
    leg.play("a", voice(1.0, 1))
    await connected.until_prompt()
    await port.accept(await offered.offer(), lambda event: None)
    broken = (await refused.offer()).replace("a=setup:actpass", "a=setup:nonsense")
    with pytest.raises(OfferRefused):
        await port.accept(broken, lambda event: None)
    await port.close()
    for caller in callers:
        await caller.hangup()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=5)
    assert not {task for task in others if not task.done()}
    for thread in set(threading.enumerate()) - threads:
        if thread.name.startswith("asyncio_"):
            continue  # the loop's own, which it keeps
        thread.join(5)
        assert not thread.is_alive(), thread.name
    assert open_files() == files
