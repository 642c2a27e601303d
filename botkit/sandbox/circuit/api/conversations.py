"""Conversations: making, changing and finding them, and their people."""

from __future__ import annotations

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.wire import Category, Code, Json
from botkit.sandbox.circuit.caller import Answer, Caller, Handlers
from botkit.sandbox.circuit.fields import Fields
from botkit.sandbox.circuit.filters import matches, oldest_first
from botkit.sandbox.circuit.shapes import kinds
from botkit.sandbox.hub.conversations import (
    AddMembers,
    ChangeConversation,
    Conversation,
    CreateConversation,
    JoinConversation,
    RemoveMembers,
)
from botkit.sandbox.hub.machine import Refusal, Refused
from botkit.sandbox.hub.presence import Type, WatchTyping


def _shape(caller: Caller, conversation: Conversation) -> Json:
    return caller.shapes.conversation(conversation, caller.user_id)


def _create(caller: Caller, ask: Fields) -> Answer:
    command = CreateConversation(
        by=caller.user_id,
        kind=ask.one_of("type", kinds),
        members=tuple(person.id("userId") for person in ask.children("participants", ())),
        topic=ask.text("topic", ""),
        description=ask.text("description", ""),
    )
    created = caller.do(command)
    code = Code.ENTITY_ALREADY_EXISTS if created.existed else Code.OK
    return Answer({"conversation": _shape(caller, created.conversation)}, code)


def _join(caller: Caller, ask: Fields) -> Json:
    command = JoinConversation(by=caller.user_id, conversation_id=ask.id("convId"))
    return {"conv": _shape(caller, caller.do(command))}


def _update(caller: Caller, ask: Fields) -> Json:
    command = ChangeConversation(
        by=caller.user_id,
        conversation_id=ask.id("convId"),
        topic=ask.optional("topic"),
        description=ask.optional("description"),
    )
    return {"conversation": _shape(caller, caller.do(command))}


def _add(caller: Caller, ask: Fields) -> Json:
    command = AddMembers(by=caller.user_id, conversation_id=ask.id("convId"), members=ask.texts("userId"))
    return {"conversation": _shape(caller, caller.do(command))}


def _remove(caller: Caller, ask: Fields) -> Json:
    command = RemoveMembers(
        by=caller.user_id, conversation_id=ask.id("convId"), members=ask.texts("userId", ())
    )
    return {"conversation": _shape(caller, caller.do(command))}


def _participants(caller: Caller, ask: Fields) -> Json:
    conversation = caller.state.conversation(ask.id("convId"), caller.user_id)
    with_presence = ask.flag("includePresence", default=False)
    people = [caller.shapes.participant(u, with_presence=with_presence) for u in conversation.members]
    for wanted in ask.children("searchCriterias", ()):
        key = {"DISPLAY_NAME": "displayName", "TYPE": "participantType"}.get(wanted.text("criteria"), "")
        value = wanted.text("value").casefold()
        people = [person for person in people if value in str(person.get(key, "")).casefold()]
    pointer = ask.text("searchPointer", "0")
    start = int(pointer) if pointer.isascii() and pointer.isdigit() and len(pointer) < 8 else 0
    end = start + max(1, ask.count("pageSize", 25))
    more = end < len(people)
    return {"participants": people[start:end], "hasMore": more} | (
        {"searchPointer": str(end)} if more else {}
    )


def _by_id(caller: Caller, ask: Fields) -> Json:
    return {"conversation": _shape(caller, caller.state.conversation(ask.id("convId"), caller.user_id))}


def _by_ids(caller: Caller, ask: Fields) -> Json:
    own = {conversation.id: conversation for conversation in caller.state.conversations_of(caller.user_id)}
    wanted = dict.fromkeys(ask.texts("conversationId"))
    return {"conversations": [_shape(caller, own[conv_id]) for conv_id in wanted if conv_id in own]}


def _by_user(caller: Caller, ask: Fields) -> Json:
    pair = frozenset((caller.user_id, ask.id("userId")))
    found = caller.state.direct.get(pair)
    if found is None:
        raise Refused(Refusal.NOT_FOUND, "you two have no direct conversation")
    return {"conversation": _shape(caller, caller.state.conversations[found])}


def _several(caller: Caller, ask: Fields) -> Json:
    own = caller.state.conversations_of(caller.user_id)
    moment = ask.moment("modificationDate")
    number = ask.count("number", 25)
    if oldest_first(ask):
        chosen = [c for c in own if moment is None or c.modified_at >= moment]
        chosen.sort(key=lambda c: c.modified_at)
    else:
        chosen = [c for c in own if moment is None or c.last_item_at <= moment]
        chosen.sort(key=lambda c: c.last_item_at, reverse=True)
    return {"conversations": [_shape(caller, conversation) for conversation in chosen[:number]]}


def _by_filter(caller: Caller, ask: Fields) -> Json:
    wanted = ask.child("conversationsFilter")
    moment = ask.moment("timestamp")
    found = [
        (conversation, shape)
        for conversation in caller.state.conversations_of(caller.user_id)
        if (moment is None or conversation.last_item_at <= moment)
        and matches(wanted, shape := _shape(caller, conversation))
    ]
    found.sort(key=lambda pair: pair[0].last_item_at, reverse=True)
    if ask.text("retrieveAction", "CONVERSATIONS") == "CONVERSATION_IDS":
        return {"conversationIds": [conversation.id for conversation, _ in found]}
    return {"conversations": [shape for _, shape in found[: ask.count("number", 25)]]}


def _watch_typing(caller: Caller, ask: Fields) -> None:
    caller.do(WatchTyping(device_id=caller.device_id, conversation_id=ask.id("conversationId")))


def _unwatch_typing(caller: Caller, ask: Fields) -> None:
    conversation_id = ask.id("conversationId")
    caller.do(WatchTyping(device_id=caller.device_id, conversation_id=conversation_id, watch=False))


def _type(caller: Caller, ask: Fields) -> None:
    command = Type(
        by=caller.user_id,
        conversation_id=ask.id("conversationId"),
        typing=ask.flag("isTyping"),
        parent_id=ask.text("parentItemId", ""),
    )
    caller.do(command)


def _category(name: str, key: str, result: str = "") -> Action:
    return Action(Category.CONVERSATION, name, key, result)


handlers: Handlers = {
    actions.CREATE_CONVERSATION: _create,
    _category("JOIN_OPEN_CONVERSATION", "joinOpenConversation", "joinOpenConversation"): _join,
    actions.UPDATE_CONVERSATION: _update,
    actions.ADD_PARTICIPANT: _add,
    actions.REMOVE_PARTICIPANT: _remove,
    actions.GET_CONVERSATION_PARTICIPANTS: _participants,
    actions.GET_CONVERSATION_BY_ID: _by_id,
    actions.GET_CONVERSATIONS_BY_IDS: _by_ids,
    actions.GET_CONVERSATION_BY_USER: _by_user,
    actions.GET_CONVERSATIONS: _several,
    _category(
        "GET_CONVERSATIONS_BY_FILTER", "getConversationsByFilter", "getConversationsByFilterResult"
    ): _by_filter,
    actions.SUBSCRIBE_TYPING: _watch_typing,
    actions.UNSUBSCRIBE_TYPING: _unwatch_typing,
    actions.TYPING: _type,
}
