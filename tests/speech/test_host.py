"""The voice host against engines that print, raise, die and hang, in real processes."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from botkit.ports.speech import Remedy, SpeechFailed, VoiceSpec
from botkit.speech.host import VoiceHost

HERE = Path(__file__).parent
SPELLING = VoiceSpec(name="spelling", factory="engines_for_tests:Spelling", languages=("en-US",))
SSML = "<speak>Hello &amp; <emphasis>welcome</emphasis>.</speak>"


@pytest.fixture(autouse=True)
def engines_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))


@pytest.fixture
async def host() -> AsyncIterator[VoiceHost]:
    host = VoiceHost(SPELLING)
    yield host
    await host.close()


async def said(host: VoiceHost, text: str, language: str = "en-US") -> tuple[str, int]:
    """What the engine got, and in which process."""
    pcm = await host.synthesize(text, language=language)
    *words, pid = pcm.samples.decode("utf-16-le").split()
    return " ".join(words), int(pid)


def ended(pid: int, timeout: float = 10.0) -> bool:
    """Wait for a process that is not ours to end."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], timeout)[0])
    finally:
        os.close(handle)


async def test_an_engine_speaks_from_another_process(host: VoiceHost) -> None:
    text, pid = await said(host, "Grüß Gott", "de-DE")
    assert text == "de-DE Grüß Gott"
    assert pid != os.getpid()
    assert (await said(host, "again"))[1] == pid
    assert host.version == "1.5"


async def test_an_engine_may_print_and_read_stdin(host: VoiceHost) -> None:
    assert (await said(host, "echo stdin"))[0] == "en-US empty"


async def test_prints_go_to_the_log(host: VoiceHost, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await host.synthesize("hello", language="en-US")
    await host.close()
    assert "spelling hello" in caplog.text
    assert "raw output" in caplog.text


async def test_a_printed_line_is_one_line_of_the_log(
    host: VoiceHost, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await host.synthesize("chatter", language="en-US")
    await host.close()
    logged = [record.getMessage().split()[2:] for record in caplog.records if " line " in record.getMessage()]
    assert logged == [["line", str(n), "x" * 300] for n in range(40)]


async def test_an_engines_exception_is_told_and_costs_no_process(host: VoiceHost) -> None:
    _, pid = await said(host, "first")
    with pytest.raises(SpeechFailed, match="ValueError: cannot pronounce"):
        await host.synthesize("raise", language="en-US")
    assert (await said(host, "second"))[1] == pid


async def test_a_request_whose_engine_dies_is_tried_once_more(host: VoiceHost, tmp_path: Path) -> None:
    text, _ = await said(host, f"die unless {tmp_path / 'marker'}")
    assert text.startswith("en-US die unless")


async def test_an_engine_that_dies_of_a_text_fails_it_and_lives_again(host: VoiceHost) -> None:
    with pytest.raises(SpeechFailed, match="died twice over 'die'"):
        await host.synthesize("die", language="en-US")
    assert (await said(host, "next"))[0] == "en-US next"


async def test_an_engine_killed_while_idle_is_started_again(host: VoiceHost) -> None:
    _, pid = await said(host, "first")
    os.kill(pid, signal.SIGKILL)
    _, other = await said(host, "second")
    assert other != pid


async def test_an_engine_that_hangs_is_ended() -> None:
    host = VoiceHost(SPELLING, timeout=1.0)
    _, pid = await said(host, "first")
    with pytest.raises(SpeechFailed, match="no sound within 1 s"):
        await host.synthesize("hang", language="en-US")
    assert ended(pid)
    assert (await said(host, "second"))[0] == "en-US second"
    await host.close()


async def test_silence_for_a_text_is_a_failure(host: VoiceHost) -> None:
    with pytest.raises(SpeechFailed, match="gave no sound"):
        await host.synthesize("nothing", language="en-US")


@pytest.mark.parametrize("text", ["half a sample", "rate 0", "rate -8000", "rate 1000000000"])
async def test_garbage_is_refused_and_its_engine_replaced(host: VoiceHost, text: str) -> None:
    with pytest.raises(SpeechFailed, match="gave garbage"):
        await host.synthesize(text, language="en-US")
    assert (await said(host, "second"))[0] == "en-US second"


async def test_a_voice_that_does_not_come_to_an_end_is_refused(host: VoiceHost) -> None:
    with pytest.raises(SpeechFailed, match="gave 1801 s of sound for 9 characters"):
        await host.synthesize("for hours", language="en-US")


async def test_a_missing_engine_is_refused_with_the_remedy() -> None:
    missing = Remedy(missing="the package x is not installed.", remedy="Install it with: pip install x")
    spec = VoiceSpec(name="x", factory="x:X", languages=("en-US",), missing=missing)
    with pytest.raises(SpeechFailed) as caught:
        VoiceHost(spec)
    assert caught.value.paragraph() == (
        "the voice x cannot speak here: the package x is not installed. Install it with: pip install x"
    )


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        ("engines_for_tests:broken", "RuntimeError: no lexicon"),
        ("engines_for_tests:absent", "AttributeError"),
        ("no_such_module:X", "ModuleNotFoundError"),
    ],
)
async def test_an_engine_that_cannot_start_says_why(factory: str, reason: str) -> None:
    host = VoiceHost(VoiceSpec(name="bad", factory=factory, languages=("en-US",)))
    with pytest.raises(SpeechFailed, match=f"the voice bad cannot start: {reason}"):
        await host.synthesize("hello", language="en-US")
    assert host.fails_to_start
    await host.close()


async def test_an_engine_that_fails_one_text_has_started(host: VoiceHost) -> None:
    for text in ("raise", "die"):
        with pytest.raises(SpeechFailed):
            await host.synthesize(text, language="en-US")
        assert not host.fails_to_start


async def test_requests_are_served_in_their_order(host: VoiceHost) -> None:
    order: list[int] = []

    async def ask(number: int) -> None:
        await host.synthesize(str(number), language="en-US")
        order.append(number)

    await asyncio.gather(*(ask(number) for number in range(6)))
    assert order == list(range(6))


async def test_workers_are_processes_of_their_own() -> None:
    host = VoiceHost(SPELLING, workers=2)
    answers = await asyncio.gather(*(said(host, str(number)) for number in range(2)))
    assert len({pid for _, pid in answers}) == 2
    await host.close()


async def test_who_gives_up_does_not_spoil_the_next_answer(host: VoiceHost) -> None:
    await said(host, "warm")
    impatient = asyncio.create_task(host.synthesize("first", language="en-US"))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert (await said(host, "second"))[0] == "en-US second"


async def test_close_ends_processes_and_requests() -> None:
    host = VoiceHost(SPELLING)
    _, pid = await said(host, "first")
    hanging = asyncio.create_task(host.synthesize("hang", language="en-US"))
    await asyncio.sleep(0)
    await host.close()
    await host.close()
    assert ended(pid)
    with pytest.raises(asyncio.CancelledError):
        await hanging
    with pytest.raises(SpeechFailed, match="is closed"):
        await host.synthesize("more", language="en-US")


async def test_too_much_text_is_refused(host: VoiceHost) -> None:
    with pytest.raises(SpeechFailed, match="20000 characters at once"):
        await host.synthesize("a" * 20_001, language="en-US")


async def test_a_long_text_is_one_request_for_each_sentence(host: VoiceHost) -> None:
    """So that the time limit is for a sentence, and who asks next has not to wait for all of them."""
    sentences = [f"Sentence number {number} of a rather long text." for number in range(4)]
    spoken = [piece async for piece in host.stream(" ".join(sentences), language="en-US")]
    heard = [pcm.samples.decode("utf-16-le").rstrip("\0").rsplit(" ", 2)[0] for pcm in spoken]
    assert heard == [f"en-US {sentence}" for sentence in sentences]
    whole = await host.synthesize(" ".join(sentences), language="en-US")
    assert whole.samples == b"".join(pcm.samples for pcm in spoken)


@pytest.mark.parametrize(("ssml", "told"), [(False, "Hello & welcome."), (True, SSML)], ids=["plain", "ssml"])
async def test_ssml_goes_to_engines_that_understand_it(ssml: bool, told: str) -> None:
    host = VoiceHost(replace(SPELLING, ssml=ssml))
    try:
        assert (await said(host, SSML))[0] == f"en-US {told}"
    finally:
        await host.close()


PARENT = """
import asyncio, sys
from botkit.ports.speech import VoiceSpec
from botkit.speech.host import VoiceHost

async def main():
    host = VoiceHost(VoiceSpec(name="s", factory="engines_for_tests:Spelling", languages=()), timeout=3.0)
    pcm = await host.synthesize("x", language="en-US")
    pid = pcm.samples.decode("utf-16-le").split()[-1]
    request = asyncio.create_task(host.synthesize(sys.argv[1], language="en-US"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print(pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("doing", ["nothing much", "hang"])
def test_no_engine_outlives_a_parent_that_was_killed(doing: str) -> None:
    path = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, doing], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert ended(child)
