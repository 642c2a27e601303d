"""How requests choose among many: time, direction, threads, filters."""

from __future__ import annotations

from typing import Any

from botkit.testing.clock import VirtualClock
from tests.sandbox.wire_client import Platform, WireClient


async def post(client: WireClient, conversation: str, content: str, **more: Any) -> dict[str, Any]:
    text = {"convId": conversation, "content": content, **more}
    answer = await client.conversation("ADD_TEXT_ITEM", addTextItem=text)
    item: dict[str, Any] = answer["addTextItem"]["item"]
    return item


def contents(items: list[dict[str, Any]]) -> list[str]:
    return [item["text"]["content"] for item in items if item["type"] == "TEXT"]


async def test_items_before_and_after_a_moment(platform: Platform) -> None:
    ann = await platform.logon("ann")
    items = [await post(ann, platform.room, str(number)) for number in range(5)]

    async def read(**options: Any) -> list[str]:
        ask = {"convId": platform.room, **options}
        answer = await ann.conversation("GET_ITEMS_BY_CONVERSATION", getItemsByConversation=ask)
        return contents(answer["getItemsByConversation"]["items"])

    middle = items[2]["creationTime"]
    assert await read() == ["0", "1", "2", "3", "4"]
    assert await read(number=2) == ["3", "4"]
    assert await read(creationDate=middle, direction="AFTER", number=2) == ["2", "3"]
    assert await read(creationDate=middle, direction="BEFORE", number=2) == ["1", "2"]
    assert await read(number=0) == []
    await ann.conversation("UPDATE_TEXT_ITEM", updateTextItem={"itemId": items[0]["itemId"], "content": "e"})
    last = items[4]["creationTime"] + 1
    assert await read(modificationDate=last, direction="AFTER") == ["e"]


async def test_conversations_before_and_after_a_moment(platform: Platform, clock: VirtualClock) -> None:
    """The documented reading of `modificationTime` and `lastItemModificationTime`."""
    ann = await platform.logon("ann")
    await clock.advance(10)
    await post(ann, platform.room, "x")
    by_id = await ann.conversation("GET_CONVERSATION_BY_ID", getConversationById={"convId": platform.room})
    room = by_id["getConversationById"]["conversation"]
    modified, last = room["modificationTime"], room["lastItemModificationTime"]
    assert modified < last

    async def found(direction: str, moment: int) -> bool:
        ask = {"modificationDate": moment, "direction": direction, "number": 25}
        answer = await ann.conversation("GET_CONVERSATIONS", getConversations=ask)
        return bool(answer["getConversations"]["conversations"])

    assert await found("AFTER", modified - 1)
    assert await found("BEFORE", last + 1)
    assert not await found("AFTER", last + 1)
    assert not await found("BEFORE", room["creationTime"] - 1)


async def test_threads_and_their_comments(platform: Platform) -> None:
    ann = await platform.logon("ann")
    first = await post(ann, platform.room, "first", subject="One")
    await post(ann, platform.room, "second", subject="Two")
    for number in range(5):
        await post(ann, platform.room, f"c{number}", parentId=first["itemId"])
    feed = {"convId": platform.room, "commentsPerThread": 2}
    answer = await ann.conversation("GET_CONVERSATION_FEED", getConversationFeed=feed)
    threads = answer["getConversationFeedResult"]["conversationThreads"]
    assert contents([thread["parentItem"] for thread in threads]) == ["first", "second"]
    assert contents(threads[0]["comments"]) == ["c3", "c4"]
    assert threads[0]["numberOfComments"] == 5

    async def comments(**options: Any) -> tuple[list[str], bool]:
        ask = {"convId": platform.room, "threadId": first["itemId"], **options}
        answer = await ann.conversation("GET_THREAD_COMMENTS", getThreadComments=ask)
        result = answer["getThreadCommentsResult"]
        return contents(result["comments"]), result["hasMoreComments"]

    assert await comments() == (["c0", "c1", "c2", "c3", "c4"], False)
    assert await comments(totalComments=2) == (["c3", "c4"], True)
    after = {"direction": "AFTER", "timestamp": first["creationTime"], "timestampFilter": "CREATION"}
    assert await comments(totalComments=2, **after) == (["c0", "c1"], True)

    ask = {"convId": platform.room, "maxNumberOfTopics": 1}
    answer = await ann.conversation("GET_CONVERSATION_TOPICS", getConversationTopics=ask)
    topics = answer["getConversationTopicsResult"]
    assert topics["conversationTopics"][0]["lastItem"]["text"]["content"] == "c4"
    assert topics["hasOlderTopics"]


async def test_unread_items_are_counted_for_others_alone(platform: Platform) -> None:
    ann, ben = await platform.logon("ann"), await platform.logon("ben")
    items = [await post(ann, platform.room, str(number)) for number in range(3)]

    async def unread(client: WireClient) -> int:
        ask = {"convId": platform.room}
        answer = await client.conversation("GET_CONVERSATION_BY_ID", getConversationById=ask)
        count: int = answer["getConversationById"]["conversation"]["userData"]["unreadItems"]
        return count

    assert (await unread(ann), await unread(ben)) == (0, 3)
    read = {"convId": platform.room, "lastReadTimestamp": items[1]["creationTime"]}
    await ben.conversation("SET_READ_POINTER", setReadPointer=read)
    assert await unread(ben) == 1


async def test_filters_nest_and_negate(platform: Platform) -> None:
    ann = await platform.logon("ann")
    await ann.conversation("CREATE", create={"type": "OPEN", "topic": "Open"})
    favorite = {"convId": platform.room, "filter": "FAVORITE"}
    await ann.conversation("MARK_CONVERSATION", markConversation=favorite)

    async def topics(wanted: dict[str, Any]) -> set[str]:
        ask = {"conversationsFilter": wanted}
        answer = await ann.conversation("GET_CONVERSATIONS_BY_FILTER", getConversationsByFilter=ask)
        return {one["topic"] for one in answer["getConversationsByFilterResult"]["conversations"]}

    is_open = {"filterTarget": "CONVERSATION_TYPE", "expectedValue": ["COMMUNITY"]}
    is_favorite = {"filterTarget": "LABEL_ID", "expectedValue": ["FAVORITE"]}
    not_archived = {**is_favorite, "expectedValue": ["ARCHIVED"], "filterTargetComparator": "NOT"}
    assert await topics({}) == {"Room", "Open"}
    assert await topics({"conditions": [is_open]}) == {"Open"}
    assert await topics({"conditions": [is_open, is_favorite]}) == set()
    assert await topics({"conditions": [is_open, is_favorite], "boolConnector": "OR"}) == {"Room", "Open"}
    nested = {"conditions": [is_open], "connectors": [{"conditions": [not_archived]}]}
    assert await topics(nested) == {"Open"}


async def test_participants_page_by_page(platform: Platform) -> None:
    ann = await platform.logon("ann")
    names: list[str] = []
    pointer: dict[str, str] = {}
    while True:
        ask = {"convId": platform.room, "pageSize": 2, **pointer}
        answer = await ann.conversation("GET_CONVERSATION_PARTICIPANTS", getConversationParticipants=ask)
        result = answer["getConversationParticipantsResult"]
        names += [person["displayName"] for person in result["participants"]]
        if not result["hasMore"]:
            break
        pointer = {"searchPointer": result["searchPointer"]}
    assert names == ["Ann", "Ben", "Desk"]
    wanted = [{"criteria": "DISPLAY_NAME", "value": "be"}]
    ask = {"convId": platform.room, "searchCriterias": wanted}
    answer = await ann.conversation("GET_CONVERSATION_PARTICIPANTS", getConversationParticipants=ask)
    (found,) = answer["getConversationParticipantsResult"]["participants"]
    assert found["displayName"] == "Ben"
