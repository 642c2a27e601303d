"""The official SDK logs on to the sandbox and talks with the bot."""

from __future__ import annotations

import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from botkit.app import Bot
from botkit.sandbox import Sandbox
from tests.interop.sdk import SdkClient, SdkError

pytestmark = pytest.mark.interop

Client = Callable[..., Awaitable[SdkClient]]

ALICE = {"username": "alice@example.com", "password": "wonderland"}


async def alice_in_the_office(client: Client) -> tuple[SdkClient, str]:
    """Alice, logged on by her password, and the id of the group conversation."""
    alice = await client(client_id="any-app")
    await alice.call("logon", ALICE)
    conversations = await alice.call("getConversations")
    return alice, next(each["convId"] for each in conversations if each.get("topic") == "Office")


def posted_by(user: dict[str, Any], text: str) -> Callable[[Any], object]:
    """An `itemAdded` of that user that says `text`."""

    def wanted(data: Any) -> bool:
        item = data["item"]
        return item["creatorId"] == user["userId"] and text in item.get("text", {}).get("content", "")

    return wanted


async def mention(alice: SdkClient, conversation: str, user: dict[str, Any], text: str) -> Any:
    content = f'<span class="mention" abbr="{user["userId"]}">@{user["displayName"]}</span> {text}'
    return await alice.call("addTextItem", conversation, {"content": content})


async def test_a_bot_logs_on_with_its_credentials(client: Client) -> None:
    other = await client(client_id="other", client_secret="other-secret")
    me = await other.call("logon")
    assert me["emailAddress"] == "other@example.com"
    assert me["clientId"]
    await other.call("isAuthenticated")


async def test_a_wrong_secret_is_refused(client: Client) -> None:
    other = await client(client_id="other", client_secret="wrong")
    with pytest.raises(SdkError, match="AUTHORIZATION_FAILED"):
        await other.call("logon")


async def test_a_person_mentions_the_bot_answers_its_form_and_the_bot_goes_on(
    client: Client, bot: Bot
) -> None:
    alice, office = await alice_in_the_office(client)
    desk = await alice.call("getUserByEmail", "desk@example.com")

    asked = await mention(alice, office, desk, "hello")
    hello = await alice.wait_for("itemAdded", posted_by(desk, "Hello there."))
    assert hello["item"]["parentItemId"] == asked["itemId"]

    question = await alice.wait_for("itemAdded", posted_by(desk, "Tea or coffee?"))
    form = question["item"]["text"]["formMetaData"]
    buttons = [control for control in form["controls"] if control["type"] == "BUTTON"]
    chosen = next(
        {"name": button["name"], "value": option["value"]}
        for button in buttons
        for option in button["options"]
        if option["text"] == "tea"
    )
    await alice.call("submitForm", question["item"]["itemId"], {"id": form["id"], "data": [chosen]})

    question = await alice.wait_for("itemAdded", posted_by(desk, "Who is it for?"))
    form = question["item"]["text"]["formMetaData"]
    field = next(control["name"] for control in form["controls"] if control["type"] == "INPUT")
    filled = {"id": form["id"], "data": [{"name": field, "value": "Alice"}]}
    await alice.call("submitForm", question["item"]["itemId"], filled)
    await alice.wait_for("itemAdded", posted_by(desk, "tea for Alice, coming."))

    said = [data["item"]["text"]["content"] for name, data in alice.heard if name == "itemAdded"]
    assert sum("Tea or coffee?" in text for text in said) == 1


async def test_a_person_answers_by_a_reply_in_the_thread(client: Client, bot: Bot) -> None:
    alice, office = await alice_in_the_office(client)
    desk = await alice.call("getUserByEmail", "desk@example.com")
    asked = await mention(alice, office, desk, "hello")
    await alice.wait_for("itemAdded", posted_by(desk, "Tea or coffee?"))
    await alice.call("addTextItem", office, {"content": "coffee", "parentId": asked["itemId"]})
    question = await alice.wait_for("itemAdded", posted_by(desk, "Who is it for?"))
    assert question["item"]["parentItemId"] == asked["itemId"]


async def test_a_bot_of_the_sdk_hears_a_mention_and_a_form(client: Client) -> None:
    """What bots written for the platform rely on: both events reach them, on the sandbox too."""
    alice, office = await alice_in_the_office(client)
    other = await client(client_id="other", client_secret="other-secret")
    me = await other.call("logon")
    await mention(alice, office, me, "hello")
    heard = await other.wait_for("mention", lambda data: data)
    form = {"id": "f1", "controls": [{"type": "INPUT", "name": "city", "text": "Where?"}]}
    asked = await other.call(
        "addTextItem",
        office,
        {"content": "Where?", "parentId": heard["mention"]["itemReference"]["itemId"], "form": form},
    )
    await alice.wait_for("itemAdded", posted_by(me, "Where?"))
    await alice.call(
        "submitForm", asked["itemId"], {"id": "f1", "data": [{"name": "city", "value": "Munich"}]}
    )
    submitted = await other.wait_for("formSubmission", lambda data: data["itemId"] == asked["itemId"])
    assert submitted["form"]["data"] == [{"name": "city", "value": "Munich"}]


async def test_the_incoming_webhooks_of_a_conversation(client: Client, sandbox: Sandbox) -> None:
    alice, office = await alice_in_the_office(client)
    me = await alice.call("getLoggedOnUser")
    wanted = {"conversationId": office, "name": "alarms", "userId": me["userId"]}
    made = await alice.call("createIncomingWebhook", wanted)
    assert (made["name"], made["status"]) == ("alarms", "ENABLED")
    hook = made["webhookId"]
    assert await alice.call("getIncomingWebhook", hook) == made
    changed = await alice.call("updateIncomingWebhook", {"webhookId": hook, "name": "fires"})
    assert changed["name"] == "fires"
    listed = await alice.call("getIncomingWebhooks", {"conversationId": office})
    assert [each["webhookId"] for each in listed["webhook"]] == [hook]

    async def send(text: str) -> int:
        tls = ssl.create_default_context(cafile=sandbox.certificate)
        body = json.dumps({"text": text})
        async with aiohttp.ClientSession() as http, http.post(made["url"], data=body, ssl=tls) as answer:
            return answer.status

    assert await send("Water!") == 200
    item = (await alice.wait_for("itemAdded", posted_by(me, "Water")))["item"]
    assert item["text"]["isWebhookMessage"] is True
    await alice.call("suspendIncomingWebhook", hook)
    assert await send("no") == 400
    await alice.call("unsuspendIncomingWebhook", hook)
    assert await send("again") == 200
    await alice.call("deleteIncomingWebhook", hook)
    assert await send("no") == 404
    with pytest.raises(SdkError, match="INWEB-00001C"):
        await alice.call("getIncomingWebhook", hook)
