"""What other people's sockets see, in the keys the official SDK reads."""

from __future__ import annotations

from typing import Any

from tests.sandbox.wire_client import Platform


async def test_a_mention_reaches_the_bot_as_item_and_as_mention(platform: Platform) -> None:
    ann, desk = await platform.logon("ann"), await platform.logon("desk")
    content = f'<span class="mention" abbr="{desk.user_id}">@Desk</span> hello'
    text = {"convId": platform.room, "content": content, "mentionedUsers": [desk.user_id]}
    item = (await ann.conversation("ADD_TEXT_ITEM", addTextItem=text))["addTextItem"]["item"]
    added = await desk.event("ADD_ITEM")
    assert added["convId"] == platform.room
    assert added["addItem"]["item"] == item
    assert item["text"]["content"] == content
    mention = (await desk.event("ACTIVITY_CREATED"))["create"]["item"]["navigableItem"]
    assert mention["mention"] == {
        "itemReference": {"convId": platform.room, "itemId": item["itemId"]},
        "userReference": {"userId": ann.user_id},
    }
    # The sender sees its own item too.
    assert (await ann.event("ADD_ITEM"))["addItem"]["item"] == item


async def test_a_form_comes_back_to_its_author(platform: Platform) -> None:
    ann, desk = await platform.logon("ann"), await platform.logon("desk")
    form = {"id": "f1", "controls": [{"type": "BUTTON", "text": "Send", "unheard": [1, None, "of"]}]}
    text = {"convId": platform.room, "content": "please", "formMetaData": form}
    await desk.conversation("ADD_TEXT_ITEM", addTextItem=text)
    item = (await ann.event("ADD_ITEM"))["addItem"]["item"]
    assert item["text"]["formMetaData"] == form
    data = [{"name": "choice", "value": "2"}, {"name": "choice", "value": "3"}]
    submission = {"itemId": item["itemId"], "form": {"id": "f1", "data": data}}
    await ann.ok("CPAAS", "cpaas", "SUBMIT_FORM_DATA", submitFormData=submission)
    told = (await desk.event("SUBMIT_FORM_DATA"))["submitFormData"]
    assert told == {**submission, "submitterId": ann.user_id}
    assert "SUBMIT_FORM_DATA" not in await ann.seen()


async def test_edits_likes_and_deletes_are_whole_items(platform: Platform) -> None:
    ann, ben = await platform.logon("ann"), await platform.logon("ben")
    text = {"convId": platform.room, "content": "one"}
    item = (await ann.conversation("ADD_TEXT_ITEM", addTextItem=text))["addTextItem"]["item"]
    change = {"itemId": item["itemId"], "content": "two"}
    await ann.conversation("UPDATE_TEXT_ITEM", updateTextItem=change)
    like = {"conversationItemId": item["itemId"], "userId": ben.user_id}
    await ben.conversation("LIKE_TEXT_ITEM", likeTextItem=like)
    await ann.conversation("DELETE_TEXT_ITEM", deleteTextItem={"itemId": item["itemId"]})
    texts = [(await ben.event("UPDATE_ITEM"))["updateItem"]["item"]["text"] for _ in range(3)]
    assert [text["state"] for text in texts] == ["EDITED", "EDITED", "DELETED"]
    assert [text.get("content") for text in texts] == ["two", "two", None]
    assert texts[1]["likedByUsers"] == [ben.user_id]


async def test_members_coming_and_going(platform: Platform) -> None:
    ann, ben = await platform.logon("ann"), await platform.logon("ben")
    create = {"type": "GROUP", "topic": "New"}
    made = (await ann.conversation("CREATE", create=create))["create"]["conversation"]
    add = {"convId": made["convId"], "userId": [ben.user_id]}
    await ann.conversation("ADD_PARTICIPANT", addParticipant=add)
    seen = (await ben.event("CREATE"))["create"]["conversation"]
    assert seen["participants"] == [{"userId": ann.user_id}, {"userId": ben.user_id}]
    system = (await ben.event("ADD_ITEM"))["addItem"]["item"]
    assert (system["type"], system["system"]["type"]) == ("SYSTEM", "PARTICIPANT_ADDED")
    assert system["system"]["affectedParticipants"] == [{"userId": ben.user_id}]
    await ben.event("UPDATE")
    remove = {"convId": made["convId"], "userId": [ben.user_id]}
    await ann.conversation("REMOVE_PARTICIPANT", removeParticipant=remove)
    changed = (await ben.event("UPDATE"))["update"]["conversation"]
    assert changed["participants"] == [{"userId": ann.user_id}]
    assert changed["formerParticipants"] == [{"userId": ben.user_id}]


async def test_typing_goes_to_the_sockets_that_asked(platform: Platform) -> None:
    ann, ben, other = [await platform.logon(name) for name in ("ann", "ben", "ben")]
    await ben.conversation("SUBSCRIBE", subscribe={"conversationId": platform.room})
    typing = {"conversationId": platform.room, "isTyping": True}
    await ann.conversation("TYPING", typing=typing)
    told = await ben.event("TYPING")
    assert told["typing"] == {"isTyping": True, "participantId": ann.user_id}
    assert await other.seen() == []


async def test_presence_is_told_and_then_found(platform: Platform) -> None:
    ann, ben = await platform.logon("ann"), await platform.logon("ben")
    await ann.ok("USER", "user", "SUBSCRIBE_PRESENCE", subscribePresence={"userIds": [ben.user_id]})
    until = 4_000_000_000_000
    chosen = {"state": "DND", "statusMessage": "out", "dndUntil": until}
    await ben.ok("USER", "user", "SET_PRESENCE", presence=chosen)
    expected = {"userId": ben.user_id, "state": "DND", "statusMessage": "out", "dndUntil": until}
    assert (await ann.event("USER_PRESENCE_CHANGE"))["presenceChanged"]["newState"] == expected
    found = await ann.ok("USER", "user", "GET_PRESENCE", getPresence={"userIds": [ben.user_id]})
    assert found["getPresence"]["states"] == [expected]
    await ben.websocket.close()
    gone = (await ann.event("USER_PRESENCE_CHANGE"))["presenceChanged"]["newState"]
    assert gone["state"] == "OFFLINE"


async def test_own_notes_reach_ones_other_sockets(platform: Platform) -> None:
    ann, other, ben = [await platform.logon(name) for name in ("ann", "ann", "ben")]
    text = {"convId": platform.room, "content": "one"}
    item = (await ann.conversation("ADD_TEXT_ITEM", addTextItem=text))["addTextItem"]["item"]
    flag = {"conversationId": platform.room, "conversationItemId": item["itemId"]}
    await ann.conversation("SET_FLAG_ITEM", setFlagItem=flag)
    await ann.conversation("CLEAR_FLAG_ITEM", clearFlagItem=flag)
    favorite = {"convId": platform.room, "filter": "FAVORITE"}
    await ann.conversation("MARK_CONVERSATION", markConversation=favorite)
    await ann.conversation("UNMARK_CONVERSATION", unmarkConversation=favorite)
    read = {"convId": platform.room, "lastReadTimestamp": item["creationTime"]}
    await ann.conversation("SET_READ_POINTER", setReadPointer=read)
    added = await ann.conversation("ADD_LABELS", addLabels={"labels": [{"value": "one"}]})
    label = added["addLabelsResult"]["labels"][0]
    await ann.conversation("EDIT_LABEL", editLabel={"label": {**label, "value": "uno"}})
    assign = {"convId": platform.room, "labelIds": [label["labelId"]]}
    await ann.conversation("ASSIGN_LABELS", assignLabels=assign)
    await ann.conversation("REMOVE_LABELS", removeLabels={"labelIds": [label["labelId"]]})
    settings = [{"key": "VOICEMAIL_ENABLED", "dataType": "BOOLEAN", "booleanValue": True}]
    await ann.ok("USER", "user", "SET_USER_SETTINGS", setUserSettings={"settings": settings})
    await ann.ok("USER", "user", "UPDATE", update={"userId": ann.user_id, "firstName": "Anna"})
    expected: list[tuple[str, dict[str, Any]]] = [
        ("FLAG_ITEM", {"setFlagItem": flag}),
        ("CLEAR_FLAGGED_ITEM", {"clearFlaggedItem": flag}),
        ("CONVERSATION_MARKED", {"conversationMarked": {"filter": "FAVORITE"}}),
        ("CONVERSATION_UNMARKED", {"conversationUnmarked": {"filter": "FAVORITE"}}),
        ("READ_ITEMS", {"readItems": {"lastReadTimestamp": item["creationTime"]}}),
        ("LABELS_ADDED", {"labelsAdded": {"labelsAdded": [label]}}),
        ("LABEL_EDITED", {"labelEdited": {"labelEdited": {**label, "value": "uno"}}}),
        ("USER_DATA_CHANGED", {"userDataChangedEvent": {"labels": [label["labelId"]]}}),
        ("LABELS_REMOVED", {"labelsRemoved": {"labelsRemoved": [label["labelId"]]}}),
        ("USER_SETTING_UPDATED", {"userSettingUpdated": {"settings": settings}}),
    ]
    for action, content in expected:
        told = await other.event(action)
        assert {key: told[key] for key in content} == content
    user = (await other.event("USER_UPDATED"))["userUpdated"]["user"]
    assert user["displayName"] == "Anna"
    assert await ben.seen() == ["ADD_ITEM"]


async def test_whole_tenants_presence(platform: Platform) -> None:
    desk = await platform.logon("desk")
    tenant = {"tenantId": platform.sandbox.tenant.id}
    await desk.ok("USER", "user", "SUBSCRIBE_TENANT_PRESENCE", subscribeTenantPresence=tenant)
    await platform.logon("ann")
    (state,) = (await desk.event("TENANT_PRESENCE_CHANGE"))["tenantPresenceChanged"]["newState"]
    assert state["state"] == "AVAILABLE"
