"""Reading a conversation: by time, by thread, by topic."""

from __future__ import annotations

from datetime import datetime

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.wire import Category, Json
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields
from botkit.sandbox.circuit.filters import oldest_first
from botkit.sandbox.hub.items import Item, Text


def _feed_of(caller: Caller, ask: Fields) -> list[Item]:
    return caller.state.feed(caller.state.conversation(ask.id("convId"), caller.user_id).id)


def _by_conversation(caller: Caller, ask: Fields) -> Json:
    by_creation = not ask.has("modificationDate")
    moment = ask.moment("creationDate") if by_creation else ask.moment("modificationDate")
    number = ask.count("number", 25)
    items = sorted(
        _feed_of(caller, ask), key=lambda item: item.created_at if by_creation else item.modified_at
    )
    chosen = _cut(items, moment, number, after=oldest_first(ask), by_creation=by_creation)
    return {"items": [caller.shapes.item(item) for item in chosen]}


def _threads(caller: Caller, ask: Fields) -> Json:
    most = ask.count("minTotalItems", 25)
    comments_shown = ask.count("commentsPerThread", 3)
    until = ask.moment("timestamp")
    newest_first = _threads_by_activity(_feed_of(caller, ask), until)
    read = caller.state.notes[caller.user_id].read_until.get(ask.id("convId"))
    threads: list[Json] = []
    items_shown = 0
    for thread in newest_first:
        if items_shown >= most:
            break
        parent, comments = thread[0], thread[1:]
        shown = comments[-comments_shown:] if comments_shown else []
        items_shown += 1 + len(shown)
        unread = sum(1 for item in comments if read is None or item.created_at > read)
        threads.append(
            {
                "parentItem": caller.shapes.item(parent),
                "comments": [caller.shapes.item(item) for item in shown],
                "numberOfComments": len(comments),
                "numberOfUnreadComments": unread,
            }
        )
    return {"conversationThreads": threads, "hasOlderThreads": len(threads) < len(newest_first)}


def _comments(caller: Caller, ask: Fields) -> Json:
    thread_id = ask.id("threadId")
    by_creation = ask.one_of("timestampFilter", {"CREATION": True, "MODIFICATION": False}, default="CREATION")
    comments = [item for item in _feed_of(caller, ask) if item.parent_id == thread_id]
    comments.sort(key=lambda item: item.created_at if by_creation else item.modified_at)
    number = ask.count("totalComments", 25)
    moment, after = ask.moment("timestamp"), oldest_first(ask)
    chosen = _cut(comments, moment, number + 1, after=after, by_creation=by_creation)
    more = len(chosen) > number
    # Going back in time the surplus one is the oldest, else the newest.
    kept = chosen[1:] if more and not after else chosen[:number]
    return {
        "comments": [caller.shapes.item(item) for item in kept],
        "hasMoreComments": more,
    }


def _topics(caller: Caller, ask: Fields) -> Json:
    threads = _threads_by_activity(_feed_of(caller, ask), ask.moment("timestamp"))
    topics = [t for t in threads if isinstance(t[0].body, Text) and t[0].body.subject]
    number = ask.count("maxNumberOfTopics", 25)
    shapes = [
        {"parentItem": caller.shapes.item(thread[0]), "lastItem": caller.shapes.item(thread[-1])}
        for thread in topics[:number]
    ]
    return {"conversationTopics": shapes, "hasOlderTopics": len(topics) > number}


def _cut(
    items: list[Item], moment: datetime | None, number: int, *, after: bool, by_creation: bool
) -> list[Item]:
    """The `number` items next to a moment on one side of it, oldest first."""
    if moment is not None:
        on_side = []
        for item in items:
            at = item.created_at if by_creation else item.modified_at
            if (at >= moment) if after else (at <= moment):
                on_side.append(item)
        items = on_side
    if not number:
        return []
    return items[:number] if after else items[-number:]


def _threads_by_activity(items: list[Item], until: datetime | None) -> list[list[Item]]:
    """Each thread's items, its first one in front; the thread with the newest item comes first."""
    threads: dict[str, list[Item]] = {}
    for item in items:
        threads.setdefault(item.parent_id or item.id, []).append(item)
    by_activity = sorted(
        threads.values(), key=lambda thread: max(item.modified_at for item in thread), reverse=True
    )
    if until is None:
        return by_activity
    return [thread for thread in by_activity if max(item.modified_at for item in thread) <= until]


handlers: Handlers = {
    actions.GET_ITEMS_BY_CONVERSATION: _by_conversation,
    actions.GET_CONVERSATION_FEED: _threads,
    actions.GET_THREAD_COMMENTS: _comments,
    Action(
        Category.CONVERSATION,
        "GET_CONVERSATION_TOPICS",
        "getConversationTopics",
        "getConversationTopicsResult",
    ): _topics,
}
