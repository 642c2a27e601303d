"""Incoming webhooks: who may make and change them, and what their addresses take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from botkit.sandbox.hub.conversations import RemoveMembers
from botkit.sandbox.hub.items import ItemAdded, Text, content_limit
from botkit.sandbox.hub.machine import Refusal
from botkit.sandbox.hub.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    PostByWebhook,
    Webhook,
    WebhookFault,
    WebhookRefused,
    conversation_limit,
    tenant_limit,
)
from botkit.sandbox.webhook_api import burst, rate
from botkit.testing.clock import VirtualClock
from tests.sandbox.desk import Desk
from tests.sandbox.wire_client import Frame, Platform, WireClient


def fault(desk: Desk, command: Any) -> WebhookFault:
    """Why a command about webhooks is refused; it must be, and change nothing."""
    before = dict(desk.state.webhooks)
    with pytest.raises(WebhookRefused) as caught:
        desk.do(command)
    assert desk.state.webhooks == before
    return caught.value.fault


class TestHub:
    @pytest.fixture
    def made(self, desk: Desk) -> Webhook:
        desk.connect("ann1", "ben1", "cleo1")
        place = desk.group("ann", "ben")
        return desk.do(CreateWebhook(by="ann", conversation_id=place.id, name="alarms"))

    def test_what_it_posts_everybody_there_hears(self, desk: Desk, made: Webhook) -> None:
        item = desk.do(PostByWebhook(webhook_id=made.id, content="Water!", subject="Cellar"))
        assert item.author_id == "ann"
        assert item.body == Text(content="Water!", subject="Cellar", by_webhook=True)
        for device, count in (("ann1", 1), ("ben1", 1), ("cleo1", 0)):
            assert [event.item for event in desk.told(device, ItemAdded)].count(item) == count

    def test_one_that_is_suspended_refuses(self, desk: Desk, made: Webhook) -> None:
        post = PostByWebhook(webhook_id=made.id, content="1")
        desk.later(1)
        changed = desk.do(ChangeWebhook(by="ann", webhook_id=made.id, enabled=False))
        assert changed.modified_at > made.modified_at
        assert fault(desk, post) is WebhookFault.ILLEGAL
        assert desk.do(ChangeWebhook(by="ann", webhook_id=made.id, enabled=False)) == changed
        desk.do(ChangeWebhook(by="ann", webhook_id=made.id, enabled=True))
        desk.do(post)

    def test_one_whose_maker_has_left_posts_no_more(self, desk: Desk, made: Webhook) -> None:
        desk.do(RemoveMembers(by="ann", conversation_id=made.conversation_id, members=("ann",)))
        assert fault(desk, PostByWebhook(webhook_id=made.id, content="1")) is WebhookFault.CONVERSATION_GONE

    def test_only_its_maker_changes_it(self, desk: Desk, made: Webhook) -> None:
        for command in (
            ChangeWebhook(by="ben", webhook_id=made.id, enabled=False),
            DeleteWebhook(by="ben", webhook_id=made.id),
        ):
            assert desk.refused(command) is Refusal.FORBIDDEN

    def test_where_none_can_be_made(self, desk: Desk, made: Webhook) -> None:
        where = made.conversation_id
        assert fault(desk, CreateWebhook(by="ann", conversation_id="nowhere")) is WebhookFault.NOT_SO
        other = CreateWebhook(by="ann", conversation_id=where, user_id="ben")
        assert fault(desk, other) is WebhookFault.NOT_SO
        assert desk.refused(CreateWebhook(by="cleo", conversation_id=where)) is Refusal.FORBIDDEN
        long = CreateWebhook(by="ann", conversation_id=where, name="x" * 101)
        assert fault(desk, long) is WebhookFault.ILLEGAL

    def test_as_many_as_there_may_be(self, desk: Desk) -> None:
        place = desk.group("ann", "ben")
        for _ in range(conversation_limit):
            desk.do(CreateWebhook(by="ann", conversation_id=place.id))
        create = CreateWebhook(by="ben", conversation_id=place.id)
        assert fault(desk, create) is WebhookFault.CONVERSATION_FULL
        some = next(iter(desk.state.webhooks.values()))
        desk.state.webhooks.update((f"w{number}", some) for number in range(tenant_limit))
        create = CreateWebhook(by="ann", conversation_id=desk.group("ann").id)
        assert fault(desk, create) is WebhookFault.TENANT_FULL


async def ask(client: WireClient, verb: str, **data: object) -> Frame:
    """One of the seven requests, as the vendor's SDK sends it."""
    words = verb.split("_")
    key = words[0].lower() + "".join(word.capitalize() for word in words[1:])
    return await client.ask("CPAAS", "cpaas", verb, **{key: data})


class TestWire:
    @pytest.fixture
    async def ann(self, platform: Platform) -> WireClient:
        return await platform.logon("ann")

    @pytest.fixture
    async def room(self, ann: WireClient) -> str:
        found = await ann.conversation("GET_CONVERSATIONS", getConversations={"number": 10})
        place: str = found["getConversations"]["conversations"][0]["convId"]
        return place

    async def make(self, client: WireClient, room: str, **data: object) -> Frame:
        answer = await ask(client, "CREATE_INCOMING_WEBHOOK", conversationId=room, **data)
        assert answer["code"] == "OK", answer
        webhook: Frame = answer["cpaas"]["createIncomingWebhookResult"]["webhook"]
        return webhook

    async def test_one_as_the_wire_has_it(self, platform: Platform, ann: WireClient, room: str) -> None:
        webhook = await self.make(ann, room, name="alarms", description="Of the cellar", userId=ann.user_id)
        assert {key: webhook[key] for key in ("conversationId", "userId", "creatorId", "name", "status")} == {
            "conversationId": room,
            "userId": ann.user_id,
            "creatorId": ann.user_id,
            "name": "alarms",
            "status": "ENABLED",
        }
        assert webhook["url"].startswith(f"https://{platform.sandbox.address}/rest/v2/webhooks/incoming/")
        assert webhook["creationTime"] == webhook["modificationTime"] > 0
        answer = await ask(ann, "GET_INCOMING_WEBHOOK", webhookId=webhook["webhookId"])
        assert answer["cpaas"]["getIncomingWebhookResult"]["webhook"] == webhook

    async def test_pages(self, ann: WireClient, room: str) -> None:
        made = [await self.make(ann, room, name=str(number)) for number in range(5)]
        found: list[str] = []
        pointer: dict[str, object] = {}
        while True:
            data = {"filter": "CONVERSATION", "conversationId": room, "pageSize": 2, **pointer}
            page = (await ask(ann, "GET_INCOMING_WEBHOOKS", **data))["cpaas"]["getIncomingWebhooksResult"]
            found += [each["webhookId"] for each in page["webhook"]]
            assert len(page["webhook"]) <= 2
            if not page["hasMoreResults"]:
                break
            pointer = {"searchPointer": page["searchPointer"]}
        assert found == [each["webhookId"] for each in made]

    async def test_other_people_see_none_of_it(self, platform: Platform, ann: WireClient, room: str) -> None:
        webhook = await self.make(ann, room)
        ben = await platform.logon("ben")
        for which in ({"filter": "TENANT"}, {"filter": "CONVERSATION", "conversationId": room}):
            page = await ask(ben, "GET_INCOMING_WEBHOOKS", **which)
            assert page["cpaas"]["getIncomingWebhooksResult"]["webhook"] == []
        got = await ask(ben, "GET_INCOMING_WEBHOOK", webhookId=webhook["webhookId"])
        assert got["errorInfo"]["errorCode"] == "PERMISSION_DENIED"

    @pytest.mark.parametrize(
        ("verb", "data", "code"),
        [
            ("GET_INCOMING_WEBHOOK", {"webhookId": "none"}, "INWEB-00001C"),
            ("DELETE_INCOMING_WEBHOOK", {"webhookId": "none"}, "INWEB-00001C"),
            ("SUSPEND_INCOMING_WEBHOOK", {"webhookId": "none"}, "INWEB-00001C"),
            ("UPDATE_INCOMING_WEBHOOK", {"webhookId": "none", "name": "x"}, "INWEB-00001C"),
            ("CREATE_INCOMING_WEBHOOK", {"conversationId": "none"}, "INWEB-00003C"),
            (
                "GET_INCOMING_WEBHOOKS",
                {"filter": "CONVERSATION", "conversationId": "none"},
                "INWEB-00002C",
            ),
            ("GET_INCOMING_WEBHOOKS", {"filter": "USER", "userId": "somebody"}, "INWEB-00000C"),
            ("GET_INCOMING_WEBHOOKS", {"filter": "TENANT", "searchPointer": "x"}, "INWEB-00000C"),
        ],
    )
    async def test_refusals_bear_the_codes_of_webhooks(
        self, ann: WireClient, verb: str, data: Frame, code: str
    ) -> None:
        answer = await ask(ann, verb, **data)
        assert answer["code"] == "SERVICE_EXCEPTION"
        assert answer["errorInfo"]["errorCode"] == "CIRCUIT_EXCEPTION"
        assert answer["errorInfo"]["circuitException"] == code

    async def send(self, platform: Platform, url: str, body: bytes, **headers: str) -> int:
        async with platform.http.post(url, data=body, headers=headers) as answer:
            return answer.status

    async def test_what_an_address_takes(self, platform: Platform, ann: WireClient, room: str) -> None:
        """curl says that a body is a form, whatever it is."""
        url = (await self.make(ann, room))["url"]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for body, content, kind in (
            ({"text": "*Water* in\nthe _cellar_", "subject": "Alarm"}, None, "RICH"),
            ({"text": "*Water*", "markdown": False}, "*Water*", "PLAIN"),
            ({"text": "<b>HTML</b> 2*3*4 `x`"}, "<b>HTML</b> 2*3*4 <code>x</code>", "RICH"),
            (
                {"text": "see", "fileURL": "https://x.test/a?b&c", "filename": "<log>"},
                'see<br><a href="https://x.test/a?b&amp;c">&lt;log&gt;</a>',
                "RICH",
            ),
        ):
            assert await self.send(platform, url, json.dumps(body).encode(), **form) == 200
            item = (await ann.event("ADD_ITEM"))["addItem"]["item"]
            text = item["text"]
            assert text["isWebhookMessage"] is True
            assert text["contentType"] == kind
            assert text["content"] == (content or "<b>Water</b> in<br>the <i>cellar</i>")
            assert item["creatorId"] == ann.user_id

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"text=hello",
            b"[]",
            b"{}",
            b'{"text": ""}',
            b'{"text": 1}',
            b'{"text": "a", "markdown": "yes"}',
            b"\xff",
            b"[" * 60_000,
            b'{"text": "half \\ud800"}',
            json.dumps({"text": "a", "subject": "x" * 300}).encode(),
            json.dumps({"text": "\n" * (content_limit // 3)}).encode(),
        ],
    )
    async def test_what_is_refused(self, platform: Platform, ann: WireClient, room: str, body: bytes) -> None:
        assert await self.send(platform, (await self.make(ann, room))["url"], body) == 400

    async def test_addresses_that_are_none(self, platform: Platform, ann: WireClient, room: str) -> None:
        webhook = await self.make(ann, room)
        message = b'{"text": "a"}'
        assert await self.send(platform, webhook["url"] + "x", message) == 404
        assert await self.send(platform, webhook["url"], b'"' + b"x" * 70_000 + b'"') == 413
        await ask(ann, "SUSPEND_INCOMING_WEBHOOK", webhookId=webhook["webhookId"])
        assert await self.send(platform, webhook["url"], message) == 400
        await ask(ann, "UNSUSPEND_INCOMING_WEBHOOK", webhookId=webhook["webhookId"])
        assert await self.send(platform, webhook["url"], message) == 200
        await ask(ann, "DELETE_INCOMING_WEBHOOK", webhookId=webhook["webhookId"])
        assert await self.send(platform, webhook["url"], message) == 404

    async def test_too_much_of_it_waits(
        self, platform: Platform, ann: WireClient, room: str, clock: VirtualClock
    ) -> None:
        first, second = (await self.make(ann, room))["url"], (await self.make(ann, room))["url"]
        message = b'{"text": "a"}'
        statuses = [await self.send(platform, first, message) for _ in range(int(burst) + 1)]
        assert statuses == [200] * int(burst) + [429]
        assert await self.send(platform, second, message) == 200
        await clock.advance(1 / rate)
        assert await self.send(platform, first, message) == 200
