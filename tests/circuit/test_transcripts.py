"""What is said on a call, on the person's screens."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from botkit.circuit import transcripts
from botkit.circuit.api.app_messages import AppMessages
from botkit.circuit.errors import PermissionDenied
from botkit.circuit.events import CircuitEvent, OtherEvent
from botkit.model.events import CallOffered, CallTranscript, Speaker
from tests.circuit.test_calls_with_sandbox import ring
from tests.circuit.world import World

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def said(call_id: str, person_id: str, text: str, speaker: Speaker = Speaker.BOT) -> CallTranscript:
    return CallTranscript(
        event_id=f"said:{text}", at=AT, call_id=call_id, person_id=person_id, speaker=speaker, text=text
    )


async def lines(heard: asyncio.Queue[CircuitEvent], number: int) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    async with asyncio.timeout(30):
        while len(found) < number:
            event = await heard.get()
            if isinstance(event, OtherEvent) and event.name == "USER_TO_USER":
                content: Any = event.data["userToUser"]
                message = json.loads(content["data"])
                assert (content["type"], message["type"]) == ("SDK", "botkit.transcript")
                found.append(message["message"])
    return found


async def test_the_person_on_the_call_reads_it_in_order_on_every_screen(world: World) -> None:
    call = await ring(world)
    other = await world.person("ann")
    call_id, ann = call.offered.call.id, call.ann.me.id
    async with call.ann.events() as here, other.events() as there:
        await call.bot.calls.transcribe(said(call_id, ann, "Good <morning> \u00fc"))
        await call.bot.calls.transcribe(said(call_id, ann, "hours", Speaker.PERSON))
        first, second = await lines(here, 2)
        assert await lines(there, 2) == [first, second]
    assert first == {
        "id": "said:Good <morning> \u00fc",
        "callId": call_id,
        "rtcSessionId": call.record.rtc_session_id,
        "speaker": "bot",
        "text": "Good <morning> \u00fc",
        "at": 1_772_355_600_000,
    }
    assert (second["speaker"], second["text"]) == ("person", "hours")


async def test_the_last_words_come_when_the_call_is_over(world: World) -> None:
    call = await ring(world)
    await call.bot.calls.hangup(call.offered.call.id)
    async with call.ann.events() as heard:
        await call.bot.calls.transcribe(said(call.offered.call.id, call.ann.me.id, "Goodbye."))
        (line,) = await lines(heard, 1)
    assert line["rtcSessionId"] == call.record.rtc_session_id


async def test_long_lines_are_cut_and_of_too_many_the_oldest_are_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(transcripts, "MOST_WAITING", 2)
    call = await ring(world)
    call_id, ann = call.offered.call.id, call.ann.me.id
    async with call.ann.events() as heard:
        # None of these waits, so nothing is sent in between.
        for text in ("one", "two", "three", "x" * 5000):
            await call.bot.calls.transcribe(said(call_id, ann, text))
        found = await lines(heard, 2)
    assert [line["text"] for line in found] == ["three", "x" * 4000]
    assert [record.levelno for record in caplog.records if "not shown" in record.message] == [logging.WARNING]


async def test_a_refusal_disturbs_nobody_and_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    call = await ring(world)
    call_id, ann = call.offered.call.id, call.ann.me.id
    send = AppMessages.send

    async def refuse(self: AppMessages, kind: str, user_id: str, message: Mapping[str, object]) -> None:
        if message["text"] != "three":
            raise PermissionDenied("The server refused USER_TO_USER.")
        await send(self, kind, user_id, message)

    monkeypatch.setattr(AppMessages, "send", refuse)
    async with call.ann.events() as heard:
        for text in ("one", "two", "three"):
            await call.bot.calls.transcribe(said(call_id, ann, text))
        assert [line["text"] for line in await lines(heard, 1)] == ["three"]
    assert len([record for record in caplog.records if "not shown" in record.message]) == 1
    assert call.told.all(CallOffered) == [call.offered]
