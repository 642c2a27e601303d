"""The same words in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.testing import HttpMock, Reply, ScriptFailed, Subject, conversation
from botkit.testing.http import answer
from tests.testing.scripts.desk import write_bot

ASKS = """
flow: asks
start: [mention]
steps:
  - http: GET https://example.com/weather
    into: weather
  - end: It is {{ weather.sky }}.
"""


async def test_a_call(tmp_path: Path) -> None:
    async with conversation(
        write_bot(tmp_path), flow="desk", config={"company": "Acme"}, run={"price_of": Reply(returns=7)}
    ) as bot:
        call = await bot.call("ada@example.com", "Ada King")
        assert await call.hears("Welcome") == "Welcome to Acme."
        await call.hears("What can I do for you?")
        await call.presses("2", at=1.3)
        await call.hears("Which number?")
        await call.answers("4711", by="speech")
        await call.answers("yes", by="keys")
        await call.posted("Ada King asks for 4711", to="olivia@example.com")
        await call.hears("That is 7 euros.")
        await call.ends("flow")
        assert any("[cut at 1.3 of" in line for line in bot.transcript.lines())


async def test_a_chat_that_words_begin(tmp_path: Path) -> None:
    subject = Subject.read(write_bot(tmp_path))
    for _ in range(2):
        async with conversation(subject) as bot:
            chat = await bot.chat(writes="help")
            await chat.hears("What can I do for you?")
            await chat.chooses("hours")
            await chat.ends("flow")


async def test_the_bot_calls_somebody(tmp_path: Path) -> None:
    async with conversation(write_bot(tmp_path), flow="desk") as bot:
        call = await bot.call()
        await call.answers("agent")
        olivia = await bot.picks_up("olivia@example.com")
        await olivia.hears("Will you call back?")
        await olivia.hangs_up()
        await olivia.ends("hangup")


async def test_flows_without_a_bot_and_servers(tmp_path: Path) -> None:
    (tmp_path / "asks.yaml").write_text(ASKS)
    sunny = HttpMock(on="GET https://example.com/*", replies=[answer({"sky": "blue"})])
    async with conversation(flows=[tmp_path / "asks.yaml"], flow="asks", http=[sunny]) as bot:
        chat = await bot.chat()
        await chat.hears("It is blue.")
        await chat.requested("GET https://example.com/weather")


REPORT = """
flow: report
start: [mention]
slots:
  text: {ask: What has happened?}
steps:
  - collect: [text]
  - react: like
  - wait: message
    timeout: 1h
"""


async def test_what_the_bot_likes(tmp_path: Path) -> None:
    (tmp_path / "report.yaml").write_text(REPORT)
    async with conversation(flows=[tmp_path / "report.yaml"], flow="report") as bot:
        chat = await bot.chat()
        await chat.answers("The lift is broken.")
        await chat.liked()
        await chat.liked("broken")
        assert any("likes: The lift is broken." in line for line in bot.transcript.lines())
        await chat.writes("Hello?")
        with pytest.raises(ScriptFailed) as caught:
            await chat.liked()
        assert caught.value.failure.expected == "liked the last message"
        assert caught.value.failure.actual == 'the bot likes "The lift is broken."'
        with pytest.raises(ScriptFailed, match='liked "stairs"'):
            await chat.liked("stairs")


async def test_a_failure_is_an_assertion(tmp_path: Path) -> None:
    async with conversation(write_bot(tmp_path / "bot"), flow="desk") as bot:
        chat = await bot.chat()
        with pytest.raises(ScriptFailed, match="no such thing") as caught:
            await chat.hears("no such thing")
    assert isinstance(caught.value, AssertionError)
    assert caught.value.failure.place is None


SENDS = """
flow: sends
start: [mention]
steps:
  - send_webhook: crm
    kind: call.wanted
    json: {who: "{{ user.email }}", count: "{{ 2 }}"}
  - say: Done.
"""


async def test_webhooks_that_are_sent(tmp_path: Path) -> None:
    (tmp_path / "sends.yaml").write_text(SENDS)
    (tmp_path / "bot.yaml").write_text(
        "bot: a\nplatform: {connector: circuit}\nflows: [sends.yaml]\n"
        'receivers: {crm: {url: "${NOT_SET}", secret: "${NOT_SET}"}}\n'
    )
    async with conversation(tmp_path / "bot.yaml", flow="sends") as bot:
        chat = await bot.chat()
        await chat.hears("Done.")
        await chat.sent("crm")
        await chat.sent("crm", kind="call.wanted", json={"count": 2})
        for wrong in ({"kind": "other"}, {"json": {"count": 3}}):
            with pytest.raises(ScriptFailed, match=r"call\.wanted with"):
                await chat.sent("crm", **wrong)
