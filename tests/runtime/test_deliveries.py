"""Webhooks that the bot sends: signed, tried for days, given up with their cause, and no secret anywhere."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from botkit.hooks import Context, hook
from botkit.model import codec
from botkit.model.effects import SendWebhook
from botkit.model.events import MessageReceived
from botkit.model.secret import Secret
from botkit.ports.http import HttpAnswer, HttpFailed, HttpRefused, HttpRequest
from botkit.ports.receivers import Receiver
from botkit.ports.store import Commit, OutboxRow
from botkit.runtime import deliveries
from botkit.runtime.deliveries import PAUSES, Deliveries, message_id_of
from botkit.runtime.ledger import Ledger
from botkit.store import SqliteStore
from botkit.testing import FakeHttp, ScriptedPerson, VirtualClock
from botkit.testing.http import answer, silence
from tests.runtime.house import House

URL = "https://crm.example.com/hooks/s3cr3t-path"
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OLD_KEY = bytes(range(50, 90))
OLD_SECRET = "whsec_" + base64.b64encode(OLD_KEY).decode()
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)

FLOW = """
flow: callback
start: [mention]
slots:
  pin: {ask: What is your PIN?, secret: true}
steps:
  - collect: [pin]
    as: questions
  - send_webhook: crm
    kind: callback.wanted
    json: {pin: "{{ pin }}", count: "{{ 3 }}"}
  - say: Noted.
"""


TRANSFER = """
flow: a
start: [mention]
steps:
  - transfer: nobody@example.com
    outcomes: {otherwise: [end]}
"""


def receivers(*secrets: str) -> dict[str, Receiver]:
    return {"crm": Receiver(url=URL, secrets=tuple(map(Secret, secrets or (SECRET,))))}


class Desk:
    """The performer alone."""

    def __init__(self, known: dict[str, Receiver] | None = None, chance: float = 0.0) -> None:
        self.http = FakeHttp()
        self.clock = VirtualClock()
        self.store = SqliteStore(":memory:")
        self.clock.watch(lambda: self.store.busy)
        self._deliveries = Deliveries(
            Ledger(self.store), self.http, receivers() if known is None else known, self.clock, lambda: chance
        )

    async def send(self, tries: int = 0, effect_id: str = "s:1:0", data: object = None) -> Commit:
        """One try of a webhook that was tried so often before."""
        effect = SendWebhook(id=effect_id, receiver="crm", type="a.b", at=AT, data=data)
        row = OutboxRow(
            id=effect.id, key="k" + effect_id, session_id="s", payload=codec.dump(effect), tries=tries
        )
        if not any(each.id == row.id for each in await self.store.effects()):
            await self.store.commit(Commit(outbox=(row,)))
        return await self._deliveries.perform(row, effect)


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.store.open()
    return desk


async def opened(desk: Desk) -> Desk:
    await desk.store.open()
    return desk


def signed(key: bytes, request: HttpRequest) -> str:
    """By the standard's own words, not by the code under test."""
    what = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    return "v1," + base64.b64encode(hmac.new(key, what, "sha256").digest()).decode()


async def test_what_is_sent(desk: Desk) -> None:
    desk.http.on(f"POST {URL}", answer(status=204))
    commit = await desk.send(data={"name": "Zoë"})
    assert (commit.confirmed, commit.dead, dict(commit.postponed)) == (("s:1:0",), (), {})
    (line,) = commit.journal
    assert (line.kind, json.loads(line.data)["tries"]) == ("delivered", 1)
    (sent,) = desk.http.requests
    assert (
        sent.body.decode() == '{"type": "a.b", "timestamp": "2026-01-05T09:00:00Z", "data": {"name": "Zoë"}}'
    )
    assert sent.headers["webhook-id"] == "s:1:0"
    assert sent.headers["webhook-timestamp"] == str(int(desk.clock.now().timestamp()))
    assert sent.headers["webhook-signature"] == signed(KEY, sent)
    assert sent.headers["Content-Type"] == "application/json"
    assert not sent.follows


async def test_while_the_secret_is_changed_both_sign() -> None:
    desk = await opened(Desk(receivers(SECRET, OLD_SECRET)))
    desk.http.on(f"POST {URL}", answer())
    await desk.send()
    (sent,) = desk.http.requests
    assert sent.headers["webhook-signature"] == f"{signed(KEY, sent)} {signed(OLD_KEY, sent)}"


@pytest.mark.parametrize(
    "reply", [answer(status=500), answer(status=301), answer(status=404), silence(), HttpFailed("No.")]
)
async def test_the_same_webhook_again_with_a_fresh_moment(desk: Desk, reply: HttpAnswer | HttpFailed) -> None:
    desk.http.on(f"POST {URL}", reply)
    for tries in range(3):
        commit = await desk.send(tries)
        assert commit.postponed == {"s:1:0": desk.clock.now() + timedelta(seconds=PAUSES[tries])}
        assert not commit.confirmed
        assert not commit.dead
        await desk.clock.advance(PAUSES[tries])
    first, second, third = desk.http.requests
    assert first.body == second.body == third.body
    assert {each.headers["webhook-id"] for each in desk.http.requests} == {"s:1:0"}
    moments = [int(str(each.headers["webhook-timestamp"])) for each in desk.http.requests]
    assert [later - moments[0] for later in moments] == [0, 5, 305]
    assert [each.headers["webhook-signature"] for each in desk.http.requests] == [
        signed(KEY, each) for each in desk.http.requests
    ]


async def test_after_the_last_try_it_is_a_dead_letter(desk: Desk) -> None:
    desk.http.on(f"POST {URL}", answer(status=503))
    assert (await desk.send(len(PAUSES) - 1)).postponed
    commit = await desk.send(len(PAUSES))
    (letter,) = commit.dead
    assert (letter.id, letter.session_id, letter.tries) == ("s:1:0", "s", 10)
    assert (letter.cause, commit.confirmed) == ("status 503", ("s:1:0",))
    assert [line.kind for line in commit.journal] == ["failed"]
    assert sum(PAUSES) < timedelta(days=3.5).total_seconds()


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (answer(status=410), "status 410"),
        (HttpRefused("It has a private address."), "It has a private address."),
    ],
)
async def test_what_time_does_not_mend_is_given_up_at_once(
    desk: Desk, reply: HttpAnswer | HttpRefused, cause: str
) -> None:
    desk.http.on(f"POST {URL}", reply)
    (letter,) = (await desk.send()).dead
    assert letter.cause == cause


async def test_a_receiver_that_is_not_in_the_file_any_more() -> None:
    desk = await opened(Desk({}))
    (letter,) = (await desk.send()).dead
    assert letter.cause == "bot.yaml has no receiver crm"


@pytest.mark.parametrize(("asked", "pause"), [(1.0, 5.0), (60.0, 60.0), (10.0**9, 86_400.0)])
async def test_what_the_receiver_asks_for_counts_within_a_day(desk: Desk, asked: float, pause: float) -> None:
    desk.http.on(f"POST {URL}", answer(status=429, retry_after=asked))
    assert (await desk.send()).postponed == {"s:1:0": desk.clock.now() + timedelta(seconds=pause)}


async def test_pauses_are_longer_by_chance() -> None:
    desk = await opened(Desk(chance=0.5))
    desk.http.on(f"POST {URL}", answer(status=500))
    assert (await desk.send()).postponed == {"s:1:0": desk.clock.now() + timedelta(seconds=5.5)}


def test_ids_are_fit_for_a_header_and_for_the_signature() -> None:
    assert message_id_of("item:item-3:1:0") == "item:item-3:1:0"
    assert message_id_of("call:a.b c\u00fc:0") == "call:a%2Eb%20c%C3%BC:0"


class TestInABot:
    @pytest.fixture
    async def bot(self, house: House) -> House:
        house.receivers = receivers()
        house.flow(FLOW)
        await house.start()
        return house

    async def send(self, bot: House) -> str:
        person = ScriptedPerson(bot.platform)
        first = await person.mention("call me")
        await bot.clock.settle()
        await person.post("47114711")
        await bot.clock.settle()
        return f"item:{first.id}"

    async def test_the_flow_goes_on_at_once_and_the_receiver_gets_it(self, bot: House) -> None:
        bot.http.on(f"POST {URL}", silence())
        session = await self.send(bot)
        assert bot.said(ScriptedPerson(bot.platform).direct) == []
        assert [line["text"] for line in await bot.journal(session, "posted")][-1] == "Noted."
        bot.http.on(f"POST {URL}", answer())
        await bot.clock.advance(4)
        assert len(bot.http.requests) == 1
        await bot.clock.advance(2)
        assert [json.loads(each.body)["data"] for each in bot.http.requests] == [
            {"pin": "47114711", "count": 3}
        ] * 2
        (line,) = await bot.journal(session, "delivered")
        assert (line["receiver"], line["status"], line["tries"]) == ("crm", 200, 2)
        assert not await bot.store.effects()

    async def test_no_secret_stands_in_the_journal(self, bot: House) -> None:
        bot.http.on(f"POST {URL}", answer(status=410))
        session = await self.send(bot)
        told = json.dumps(await bot.journal(session))
        assert "callback.wanted" in told
        for secret in ("47114711", SECRET, "s3cr3t-path"):
            assert secret not in told
        (letter,) = await bot.store.dead_letters()
        assert "s3cr3t-path" not in letter.cause + letter.payload.decode()

    async def test_it_rests_over_a_restart_neither_hurried_nor_forgotten(self, bot: House) -> None:
        bot.http.on(f"POST {URL}", answer(status=500))
        await self.send(bot)
        await bot.clock.advance(6)
        assert len(bot.http.requests) == 2
        await bot.kill()
        await bot.start()
        await bot.clock.advance(280)
        assert len(bot.http.requests) == 2
        await bot.clock.advance(90)
        assert len(bot.http.requests) == 3

    async def test_a_dead_letter_that_is_revived_is_sent_with_the_same_id(self, bot: House) -> None:
        bot.http.on(f"POST {URL}", answer(status=410))
        await self.send(bot)
        (letter,) = await bot.store.dead_letters()
        bot.http.on(f"POST {URL}", answer())
        assert await bot.store.revive(letter.id)
        await bot.stop()
        await bot.start()
        first, second = bot.http.requests
        assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
        assert not await bot.store.dead_letters()

    async def test_a_stop_waits_for_what_is_under_way_and_leaves_the_rest_to_rest(self, bot: House) -> None:
        bot.http.on(f"POST {URL}", answer(status=500))
        await self.send(bot)
        await bot.stop()
        await bot.start()
        assert len(bot.http.requests) == 1
        await bot.clock.advance(7)
        assert len(bot.http.requests) == 2

    async def test_one_that_a_bug_gives_up_is_a_dead_letter(self, bot: House) -> None:
        class Broken:
            """A client with a bug."""

            async def send(self, request: HttpRequest) -> HttpAnswer:
                raise KeyError("a bug")

        bot.http.send = Broken().send  # type: ignore[method-assign]
        await self.send(bot)
        (letter,) = await bot.store.dead_letters()
        assert letter.cause == "KeyError('a bug')"

    async def test_one_that_fails_holds_up_no_other(self, bot: House) -> None:
        replies = iter([answer(status=500), answer(), answer()])
        bot.http.on(f"POST {URL}", by=lambda _: next(replies))
        await self.send(bot)
        await self.send(bot)
        assert len(bot.http.requests) == 2
        await bot.clock.advance(10)
        assert len(bot.http.requests) == 3
        assert len({each.headers["webhook-id"] for each in bot.http.requests}) == 2


class TestHandlers:
    @staticmethod
    async def heard(house: House, data: object, receiver: str = "crm") -> list[str]:
        """What a handler that sends this has to say."""
        told: list[str] = []

        @hook
        async def item_added(message: MessageReceived, ctx: Context) -> None:
            try:
                await ctx.send_webhook(receiver, data, kind="message.seen")
            except (LookupError, ValueError) as error:
                told.append(str(error))

        house.receivers = receivers()
        house.plug(item_added)
        house.http.on(f"POST {URL}", answer())
        await house.start()
        await ScriptedPerson(house.platform).post("hello")
        await house.clock.settle()
        return told

    async def test_a_handler_sends_one(self, house: House) -> None:
        assert await self.heard(house, {"a": [1, None]}) == []
        (sent,) = house.http.requests
        body = json.loads(sent.body)
        assert (body["type"], body["data"]) == ("message.seen", {"a": [1, None]})
        (line,) = await house.journal("", "delivered")
        assert line["effect"] == sent.headers["webhook-id"]

    @pytest.mark.parametrize(
        ("data", "receiver", "error"),
        [
            ({}, "erp", "bot.yaml has no receiver 'erp'"),
            ({"a": object()}, "crm", "JSON cannot say it"),
            ("x" * 20_001, "crm", "bytes, and a webhook 20,000"),
        ],
    )
    async def test_what_cannot_be_sent(self, house: House, data: object, receiver: str, error: str) -> None:
        (told,) = await self.heard(house, data, receiver)
        assert error in told
        assert not house.http.requests


class TestOtherDeadLetters:
    async def test_a_message_that_the_platform_refuses_for_good_is_kept(self, house: House) -> None:
        house.flow("flow: a\nstart: [mention]\nsteps:\n  - say: Hello.\n")
        await house.start()
        ada = ScriptedPerson(house.platform)
        house.connector.fail_posts(lasting=True)
        await ada.mention("hi")
        await house.clock.settle()
        (letter,) = await house.store.dead_letters()
        assert "refused the post" in letter.cause
        assert await house.store.revive(letter.id)
        await house.stop()
        await house.start()
        assert house.said(ada.direct) == ["Hello."]
        assert not await house.store.dead_letters()

    async def test_a_message_to_nobody_is_kept(self, house: House) -> None:
        house.flow("flow: a\nstart: [mention]\nsteps:\n  - post: Hello.\n    to: nobody@example.com\n")
        await house.start()
        await ScriptedPerson(house.platform).mention("hi")
        await house.clock.settle()
        (letter,) = await house.store.dead_letters()
        assert "nobody@example.com" in letter.cause

    async def test_an_effect_that_nobody_can_read_is_kept_as_it_was(self, house: House) -> None:
        await house.start()
        row = OutboxRow(id="odd", key="odd", session_id="", payload=b'["OfAnotherVersion",{}]')
        await house.store.commit(Commit(outbox=(row,)))
        await house.stop()
        await house.start()
        (letter,) = await house.store.dead_letters()
        assert (letter.id, letter.payload) == ("odd", row.payload)
        assert "not a stored botkit value" in letter.cause

    async def test_what_a_session_waits_for_is_not_kept(self, house: House) -> None:
        house.flow(TRANSFER)
        await house.start()
        await ScriptedPerson(house.platform).mention("hi")
        await house.clock.settle()
        assert not await house.store.dead_letters()


def test_the_pauses_are_those_that_the_manual_states() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/send-webhooks.md").read_text()
    assert "after 5 s, 5 min, 30 min, and 2, 5, 10, 14, 20 and 24 h" in page.replace("\n", " ")
    assert deliveries.PAUSES == (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
