"""A bot put together in Python."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession

from botkit import Bot, Context, hook
from botkit.model.errors import UsageError
from botkit.model.events import MessageReceived
from botkit.ports.connector import ConnectorError
from botkit.ports.speech import SpeechFailed, VoiceSpec
from botkit.speech.voices import Voices
from botkit.store import SqliteStore
from botkit.testing import FakeAudioPort, FakeConnector, FakeSynthesizer, ScriptedPerson, VirtualClock

HOARSE = """\
from pathlib import Path

from botkit.model.pcm import Pcm


class Voice:
    version = "1"

    def __init__(self):
        if not Path(__file__).with_name("cured").exists():
            raise OSError("libvoice.so is not there")

    def synthesize(self, text, language):
        return Pcm(bytes(1600), 8000)
"""


@pytest.fixture
def store() -> SqliteStore:
    return SqliteStore(":memory:")


@pytest.fixture
def bot(
    store: SqliteStore,
    clock: VirtualClock,
    connector: FakeConnector,
    audio: FakeAudioPort,
    voice: FakeSynthesizer,
) -> Bot:
    @hook
    async def item_added(message: MessageReceived, ctx: Context) -> None:
        await ctx.say(f"You said {message.text}.")

    return Bot(connector=connector, handlers=[item_added], store=store, clock=clock, audio=audio, voice=voice)


async def is_open(store: SqliteStore) -> bool:
    try:
        await store.open()
    except Exception:
        return True
    await store.close()
    return False


async def test_it_answers(bot: Bot, person: ScriptedPerson) -> None:
    await bot.start()
    await person.post("hello")
    assert (await person.next_message()).text == "You said hello."
    await bot.stop()


async def test_it_can_be_started_again(bot: Bot, person: ScriptedPerson) -> None:
    for text in ("one", "two"):
        await bot.start()
        await person.post(text)
        assert (await person.next_message()).text == f"You said {text}."
        await bot.stop()


async def test_a_refused_logon_leaves_nothing_open(
    bot: Bot, connector: FakeConnector, store: SqliteStore
) -> None:
    connector.refuse_logon("no")
    with pytest.raises(ConnectorError):
        await bot.start()
    assert not await is_open(store)


async def test_a_part_that_does_not_close_keeps_no_other_open(
    bot: Bot, audio: FakeAudioPort, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck() -> None:
        raise RuntimeError("stuck")

    await bot.start()
    assert await is_open(store)
    monkeypatch.setattr(audio, "close", stuck)
    with pytest.raises(RuntimeError, match="stuck"):
        await bot.stop()
    assert not await is_open(store)


def test_what_is_no_handler_is_refused(connector: FakeConnector, store: SqliteStore) -> None:
    def item_added() -> None: ...

    with pytest.raises(UsageError, match="@hook"):
        Bot(connector=connector, handlers=[item_added], store=store, voice=FakeSynthesizer())


def test_a_flow_that_is_not_there_is_refused(
    connector: FakeConnector, store: SqliteStore, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        Bot(connector=connector, flows=[tmp_path / "nowhere.yaml"], store=store, voice=FakeSynthesizer())


async def test_it_serves_http_from_before_the_logon_to_its_end(
    connector: FakeConnector, clock: VirtualClock, voice: FakeSynthesizer
) -> None:
    bot = Bot(connector=connector, clock=clock, store="sqlite:///:memory:", voice=voice, listen="127.0.0.1:0")
    await bot.start()
    assert bot.web is not None
    port = bot.web.port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await bot.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_voice_that_does_not_start_is_told_by_its_health_until_it_does(
    connector: FakeConnector, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "hoarse.py").write_text(HOARSE)
    spec = VoiceSpec(name="hoarse", factory="hoarse:Voice", languages=("en-US",))
    voice = Voices(spec, (), None)
    bot = Bot(connector=connector, clock=clock, store="sqlite:///:memory:", voice=voice, listen="127.0.0.1:0")
    await bot.start()
    assert bot.web is not None
    url = f"http://127.0.0.1:{bot.web.port}/health/ready"
    async with ClientSession() as client:
        assert await (await client.get(url)).json() == {"ready": True, "reasons": {}}
        with pytest.raises(SpeechFailed):
            await voice.synthesize("Good morning.", language="en-US")
        answer = await client.get(url)
        assert answer.status == 503
        assert (await answer.json())["reasons"] == {"voice": "hoarse does not start; the log tells why"}
        (tmp_path / "cured").touch()
        await voice.synthesize("Good morning.", language="en-US")
        assert (await client.get(url)).status == 200
    await bot.stop()


async def test_a_refused_logon_leaves_no_port_open(
    connector: FakeConnector, clock: VirtualClock, voice: FakeSynthesizer
) -> None:
    connector.refuse_logon("no")
    bot = Bot(connector=connector, clock=clock, store="sqlite:///:memory:", voice=voice, listen="127.0.0.1:0")
    with pytest.raises(ConnectorError):
        await bot.start()
    assert bot.web is None
