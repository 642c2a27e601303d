"""A person's own notes: read pointers, flags, favourites, archive, labels."""

from __future__ import annotations

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.wire import Category, Json
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields
from botkit.sandbox.circuit.shapes import marks, millis
from botkit.sandbox.hub.private import (
    AddLabels,
    EditLabel,
    FlagItem,
    LabelConversation,
    Mark,
    MarkConversation,
    MarkRead,
    RemoveLabels,
)


def _read(caller: Caller, ask: Fields) -> None:
    until = ask.moment("lastReadTimestamp") or caller.now
    caller.do(MarkRead(by=caller.user_id, conversation_id=ask.id("convId"), until=until))


def _flag(caller: Caller, ask: Fields) -> None:
    caller.do(FlagItem(by=caller.user_id, item_id=ask.id("conversationItemId"), flagged=True))


def _unflag(caller: Caller, ask: Fields) -> None:
    caller.do(FlagItem(by=caller.user_id, item_id=ask.id("conversationItemId"), flagged=False))


def _flagged(caller: Caller, ask: Fields) -> Json:
    by_conversation: dict[str, list[Json]] = {}
    own = {conversation.id for conversation in caller.state.conversations_of(caller.user_id)}
    for item_id, conversation_id in caller.state.notes[caller.user_id].flagged.items():
        if conversation_id not in own:
            continue
        item = caller.state.items[item_id]
        data: dict[str, object] = {"itemId": item.id, "creationTime": millis(item.created_at)}
        if item.parent_id:
            data["parentId"] = item.parent_id
        by_conversation.setdefault(conversation_id, []).append(data)
    flagged = [
        {"conversationId": conversation_id, "conversationItemData": items}
        for conversation_id, items in by_conversation.items()
    ]
    return {"flaggedItems": flagged}


def _mark(caller: Caller, ask: Fields) -> None:
    _set_mark(caller, ask, marked=True)


def _unmark(caller: Caller, ask: Fields) -> None:
    _set_mark(caller, ask, marked=False)


def _set_mark(caller: Caller, ask: Fields, *, marked: bool) -> None:
    mark = ask.one_of("filter", marks)
    command = MarkConversation(by=caller.user_id, conversation_id=ask.id("convId"), mark=mark, marked=marked)
    caller.do(command)


def _marked(caller: Caller, ask: Fields) -> Json:
    marked = caller.state.notes[caller.user_id].marked
    return {
        "favoriteConvIds": sorted(marked[Mark.FAVORITE]),
        "mutedConvIds": sorted(marked[Mark.ARCHIVED]),
    }


def _favorites(caller: Caller, ask: Fields) -> Json:
    favorites = caller.state.notes[caller.user_id].marked[Mark.FAVORITE]
    return {"favoriteConversationIds": sorted(favorites)}


def _labels(caller: Caller, ask: Fields) -> Json:
    labels = caller.state.notes[caller.user_id].labels
    return {"labels": [caller.shapes.label(*label) for label in labels.items()]}


def _add_labels(caller: Caller, ask: Fields) -> Json:
    texts = tuple(label.text("value") for label in ask.children("labels"))
    added = caller.do(AddLabels(by=caller.user_id, texts=texts))
    return {"result": "OK", "labels": [caller.shapes.label(*label) for label in added.items()]}


def _edit_label(caller: Caller, ask: Fields) -> Json:
    label = ask.child("label")
    label_id, text = label.id("labelId"), label.text("value")
    caller.do(EditLabel(by=caller.user_id, label_id=label_id, text=text))
    return {"label": caller.shapes.label(label_id, text)}


def _remove_labels(caller: Caller, ask: Fields) -> Json:
    removed = caller.do(RemoveLabels(by=caller.user_id, label_ids=ask.texts("labelIds")))
    return {"labelIds": list(removed)}


def _assign(caller: Caller, ask: Fields) -> Json:
    return _set_labels(caller, ask, assigned=True)


def _unassign(caller: Caller, ask: Fields) -> Json:
    return _set_labels(caller, ask, assigned=False)


def _set_labels(caller: Caller, ask: Fields, *, assigned: bool) -> Json:
    command = LabelConversation(
        by=caller.user_id,
        conversation_id=ask.id("convId"),
        label_ids=ask.texts("labelIds"),
        assigned=assigned,
    )
    return {"labelIds": list(caller.do(command))}


def _category(name: str, key: str = "", result: str = "") -> Action:
    return Action(Category.CONVERSATION, name, key, result)


handlers: Handlers = {
    actions.SET_READ_POINTER: _read,
    _category("SET_FLAG_ITEM", "setFlagItem"): _flag,
    _category("CLEAR_FLAG_ITEM", "clearFlagItem"): _unflag,
    _category("GET_FLAGGED_ITEMS", result="getFlaggedItem"): _flagged,
    _category("MARK_CONVERSATION", "markConversation"): _mark,
    _category("UNMARK_CONVERSATION", "unmarkConversation"): _unmark,
    _category("GET_MARKED_CONVERSATIONS_LIST", result="getMarkedConversationsList"): _marked,
    _category("GET_FAVORITE_CONVERSATION_IDS", result="getFavoriteConversationIdResult"): _favorites,
    _category("GET_LABELS", result="getLabelsResult"): _labels,
    _category("ADD_LABELS", "addLabels", "addLabelsResult"): _add_labels,
    _category("EDIT_LABEL", "editLabel", "editLabelResult"): _edit_label,
    _category("REMOVE_LABELS", "removeLabels", "removeLabelsResult"): _remove_labels,
    _category("ASSIGN_LABELS", "assignLabels", "assignLabelsResult"): _assign,
    _category("UNASSIGN_LABELS", "unassignLabels", "unassignLabelsResult"): _unassign,
}
