"""The recogniser host against engines that print, raise, die, hang and lie, in real processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard, Overloaded, RecognitionFailed, RecognizerSpec, Remedy
from botkit.speech.recognizer import RecognizerHost

SPEC = RecognizerSpec(name="listening", factory="recognisers_for_tests:Listening", languages=("en-US",))


@pytest.fixture(autouse=True)
def engines_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


@pytest.fixture
def spec(tmp_path: Path) -> RecognizerSpec:
    return replace(SPEC, options={"folder": str(tmp_path)})


@pytest.fixture
async def host(spec: RecognizerSpec) -> AsyncIterator[RecognizerHost]:
    host = RecognizerHost(spec, workers=1, timeout=20)
    yield host
    await host.close()


def sound(text: str) -> Pcm:
    return Pcm(text.encode("utf-16-le"), 16_000)


async def heard(host: RecognizerHost, text: str, caller: str = "") -> Heard:
    return await host.recognise(sound(text), language="en-GB", kind=SpeechKind.TEXT, caller=caller)


async def pid_of(host: RecognizerHost) -> int:
    return int((await heard(host, "pid")).text)


class Gate:
    """Where an engine that hears `until NAME` stops, in pipes of the file system."""

    def __init__(self, folder: Path, name: str) -> None:
        self._begun, self._go = folder / f"{name}.begun", folder / name
        os.mkfifo(self._begun)
        os.mkfifo(self._go)

    async def reached(self) -> None:
        await asyncio.to_thread(self._begun.read_bytes)

    async def open(self) -> None:
        await asyncio.to_thread(self._go.write_bytes, b"")


async def test_it_hears_in_another_process(host: RecognizerHost) -> None:
    found = await host.recognise(
        sound("open"), language="en-GB", kind=SpeechKind.CHOICE, phrases=["hours", "größer"]
    )
    assert found == Heard(text="en-GB choice hours größer open")
    pid = await pid_of(host)
    assert pid != os.getpid()
    assert await pid_of(host) == pid
    assert host.version == "2.5"
    assert await host.unknown_words("en-US", ["hours", "xyz"]) == ["xyz"]


async def test_silence_of_no_length_has_no_words(host: RecognizerHost) -> None:
    assert await heard(host, "") == Heard(text="")


async def test_prints_go_to_the_log(host: RecognizerHost, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await heard(host, "hello")
    await host.close()
    assert "recogniser listening: raw output" in caplog.text


async def test_it_is_started_before_the_first_caller(host: RecognizerHost) -> None:
    await host.start()
    assert host.version == "2.5"


async def test_death_in_mid_utterance_costs_that_utterance_alone(
    host: RecognizerHost, tmp_path: Path
) -> None:
    gate = Gate(tmp_path, "never")
    pid = await pid_of(host)
    lost = asyncio.create_task(heard(host, "until never"))
    kept = asyncio.create_task(heard(host, "next"))
    await gate.reached()
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(RecognitionFailed, match="the recogniser listening died"):
        await lost
    assert (await kept).text == "en-GB text next"
    assert await pid_of(host) != pid


async def test_a_program_that_an_engine_began_dies_with_it(host: RecognizerHost, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    gone = asyncio.create_task(asyncio.to_thread((tmp_path / "held").read_bytes))
    with pytest.raises(RecognitionFailed, match="died"):
        await heard(host, "begin held")
    async with asyncio.timeout(30):
        await gone
        assert (await heard(host, "next")).text == "en-GB text next"
        await host.close()


async def test_faults_leave_nothing_open(host: RecognizerHost) -> None:
    open_files = set(os.listdir("/proc/self/fd"))
    for fault in ("die", "bell", "raise", "sure"):
        with pytest.raises(RecognitionFailed):
            await heard(host, fault)
    await host.close()
    assert set(os.listdir("/proc/self/fd")) <= open_files


async def test_a_long_reason_is_cut_and_has_no_signs_that_terminals_obey(host: RecognizerHost) -> None:
    with pytest.raises(RecognitionFailed, match="ValueError") as caught:
        await heard(host, "raise at length")
    assert len(str(caught.value)) < 700
    assert str(caught.value).isprintable()


async def test_an_engine_that_died_while_idle_is_started_again(host: RecognizerHost) -> None:
    pid = await pid_of(host)
    with pytest.raises(RecognitionFailed):
        await heard(host, "die")
    assert await pid_of(host) != pid


async def test_an_engines_exception_is_told_and_costs_no_process(host: RecognizerHost) -> None:
    pid = await pid_of(host)
    with pytest.raises(RecognitionFailed, match="ValueError: cannot hear"):
        await heard(host, "raise")
    assert await pid_of(host) == pid


async def test_an_engine_that_hangs_fails_one_utterance(spec: RecognizerSpec) -> None:
    host = RecognizerHost(spec, workers=1, timeout=2)
    await host.start()
    with pytest.raises(RecognitionFailed, match="gave no answer within 2 s") as caught:
        await heard(host, "hang")
    assert not isinstance(caught.value, Overloaded)
    assert (await heard(host, "next")).text == "en-GB text next"
    await host.close()


async def test_it_may_tell_other_readings(host: RecognizerHost) -> None:
    assert await heard(host, "unsure") == Heard(text="yes", alternatives=("yep", "nope"))


@pytest.mark.parametrize(
    "text",
    [
        "bell", "binary", "number", "long", "sure", "unsure of binary", "unsure of nothing",
        "unsure of everything",
    ],
)  # fmt: skip
async def test_garbage_is_refused_and_its_engine_replaced(host: RecognizerHost, text: str) -> None:
    pid = await pid_of(host)
    with pytest.raises(RecognitionFailed, match="garbage"):
        await heard(host, text)
    assert await pid_of(host) != pid


async def test_who_waits_too_long_is_told_that_all_are_busy(spec: RecognizerSpec, tmp_path: Path) -> None:
    gate = Gate(tmp_path, "free")
    host = RecognizerHost(spec, workers=1, timeout=1.0)
    await host.start()
    busy = asyncio.create_task(heard(host, "until free", "ada"))
    await gate.reached()
    late = asyncio.create_task(heard(host, "late", "ben"))
    with pytest.raises(RecognitionFailed):
        await busy
    with pytest.raises(Overloaded, match="was not free within 1 s"):
        await late
    await host.close()


async def test_a_full_queue_refuses_at_once(spec: RecognizerSpec, tmp_path: Path) -> None:
    gate = Gate(tmp_path, "free")
    host = RecognizerHost(spec, workers=1, timeout=20, most_waiting=1)
    first = asyncio.create_task(heard(host, "until free"))
    await gate.reached()
    second = asyncio.create_task(heard(host, "second"))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="1 others wait"):
        await heard(host, "third")
    await gate.open()
    assert (await first).text == "en-GB text until free"
    assert (await second).text == "en-GB text second"
    await host.close()


async def test_callers_take_turns(host: RecognizerHost, tmp_path: Path) -> None:
    gate = Gate(tmp_path, "free")
    order: list[str] = []

    async def ask(text: str, caller: str) -> None:
        await heard(host, text, caller)
        order.append(text)

    tasks = [asyncio.create_task(ask("until free", "ada"))]
    await gate.reached()
    tasks += [asyncio.create_task(ask(f"a{number}", "ada")) for number in range(3)]
    tasks.append(asyncio.create_task(ask("b0", "ben")))
    await asyncio.sleep(0)
    await gate.open()
    await asyncio.gather(*tasks)
    assert order == ["until free", "a0", "b0", "a1", "a2"]


async def test_who_hung_up_holds_up_nobody(host: RecognizerHost, tmp_path: Path) -> None:
    gate = Gate(tmp_path, "free")
    first = asyncio.create_task(heard(host, "until free"))
    await gate.reached()
    gone = asyncio.create_task(heard(host, "until never"))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await gate.open()
    await first
    assert (await heard(host, "next")).text == "en-GB text next"


async def test_workers_are_processes_of_their_own(spec: RecognizerSpec, tmp_path: Path) -> None:
    gate = Gate(tmp_path, "free")
    host = RecognizerHost(spec, workers=2, timeout=20)
    busy = asyncio.create_task(heard(host, "until free"))
    await gate.reached()
    assert (await heard(host, "other")).text == "en-GB text other"
    await gate.open()
    await busy
    await host.close()


async def test_a_language_it_does_not_hear_is_refused(host: RecognizerHost, spec: RecognizerSpec) -> None:
    assert host.hears("en-GB")
    assert not host.hears("de-DE")
    with pytest.raises(RecognitionFailed, match="does not hear 'de-DE'"):
        await host.recognise(sound("ja"), language="de-DE", kind=SpeechKind.TEXT)
    assert RecognizerHost(replace(spec, languages=())).hears("de-DE")


@pytest.mark.parametrize(
    ("utterance", "phrases"), [(Pcm(bytes(2 * 16_000 * 61), 16_000), []), (sound("x"), ["x" * 100_001])]
)
async def test_too_much_at_once_is_refused(host: RecognizerHost, utterance: Pcm, phrases: list[str]) -> None:
    with pytest.raises(RecognitionFailed, match="takes"):
        await host.recognise(utterance, language="en-US", kind=SpeechKind.TEXT, phrases=phrases)


@pytest.mark.parametrize(
    ("factory", "reason"),
    [("recognisers_for_tests:deaf", "RuntimeError: no model"), ("no_such_module:X", "ModuleNotFoundError")],
)
async def test_an_engine_that_cannot_start_says_why(factory: str, reason: str) -> None:
    host = RecognizerHost(replace(SPEC, factory=factory), timeout=20)
    with pytest.raises(RecognitionFailed, match=f"the recogniser listening cannot start: {reason}"):
        await host.start()
    assert host.fails_to_start
    with pytest.raises(RecognitionFailed, match=f"cannot start: {reason}"):
        await heard(host, "hello")
    await host.close()


async def test_a_missing_engine_is_refused_with_the_remedy() -> None:
    missing = Remedy(missing="the package x is not installed.", remedy="Install it with: pip install x")
    with pytest.raises(RecognitionFailed) as caught:
        RecognizerHost(replace(SPEC, missing=missing))
    assert "cannot hear here: the package x is not installed. Install it" in caught.value.paragraph()


async def test_close_ends_processes_and_answers_who_waits(host: RecognizerHost, tmp_path: Path) -> None:
    gate = Gate(tmp_path, "never")
    pid = await pid_of(host)
    served = asyncio.create_task(heard(host, "until never"))
    waiting = asyncio.create_task(heard(host, "next"))
    await gate.reached()
    await host.close()
    await host.close()
    for task in (served, waiting):
        with pytest.raises(RecognitionFailed, match="is closed"):
            await task
    with pytest.raises(RecognitionFailed, match="is closed"):
        await heard(host, "more")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
