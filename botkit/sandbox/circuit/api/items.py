"""Items: writing, changing and finding them, forms, likes."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.wire import Category, Json
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields
from botkit.sandbox.hub.items import DeleteText, EditText, LikeText, PostText, SubmitForm, Text

_content_types = {"RICH": True, "PLAIN": False}


def _add(caller: Caller, ask: Fields) -> Json:
    text = Text(
        content=ask.text("content", ""),
        rich=ask.one_of("contentType", _content_types, default="RICH"),
        subject=ask.text("subject", ""),
        form=_form(ask),
        mentions=ask.texts("mentionedUsers", ()),
        files=_files(ask) or (),
    )
    command = PostText(
        by=caller.user_id, conversation_id=ask.id("convId"), text=text, parent_id=ask.text("parentId", "")
    )
    return {"item": caller.shapes.item(caller.do(command))}


def _update(caller: Caller, ask: Fields) -> Json:
    command = EditText(
        by=caller.user_id,
        item_id=ask.id("itemId"),
        content=ask.text("content", ""),
        rich=ask.one_of("contentType", _content_types, default="RICH"),
        subject=ask.optional("subject"),
        form=_form(ask),
        mentions=ask.texts("mentionedUsers", ()),
        files=_files(ask),
    )
    return {"item": caller.shapes.item(caller.do(command))}


def _delete(caller: Caller, ask: Fields) -> Json:
    command = DeleteText(by=caller.user_id, item_id=ask.id("itemId"))
    return {"item": caller.shapes.item(caller.do(command))}


def _by_id(caller: Caller, ask: Fields) -> Json:
    return {"item": caller.shapes.item(caller.state.item(ask.id("itemId"), caller.user_id))}


def _by_ids(caller: Caller, ask: Fields) -> Json:
    own = {conversation.id for conversation in caller.state.conversations_of(caller.user_id)}
    known = (caller.state.items.get(item_id) for item_id in dict.fromkeys(ask.texts("itemIds")))
    found = [item for item in known if item and item.conversation_id in own]
    return {"items": [caller.shapes.item(item) for item in found]}


def _like(caller: Caller, ask: Fields) -> None:
    caller.do(LikeText(by=caller.user_id, item_id=ask.id("conversationItemId"), liked=True))


def _unlike(caller: Caller, ask: Fields) -> None:
    caller.do(LikeText(by=caller.user_id, item_id=ask.id("conversationItemId"), liked=False))


def _submit(caller: Caller, ask: Fields) -> None:
    form = ask.child("form")
    values = tuple((entry.id("name"), entry.text("value", "")) for entry in form.children("data", ()))
    command = SubmitForm(by=caller.user_id, item_id=ask.id("itemId"), form_id=form.id("id"), values=values)
    caller.do(command)


def _form(ask: Fields) -> Mapping[str, object] | None:
    return ask.opaque("formMetaData") if ask.has("formMetaData") else None


def _files(ask: Fields) -> tuple[str, ...] | None:
    if not ask.has("attachmentMetaData"):
        return None
    # Clients say "no attachments" with one empty object.
    return tuple(entry.id("fileId") for entry in ask.children("attachmentMetaData") if entry.has("fileId"))


handlers: Handlers = {
    actions.ADD_TEXT_ITEM: _add,
    actions.UPDATE_TEXT_ITEM: _update,
    actions.DELETE_TEXT_ITEM: _delete,
    actions.GET_ITEM_BY_ID: _by_id,
    actions.GET_ITEMS_BY_IDS: _by_ids,
    actions.LIKE_TEXT_ITEM: _like,
    Action(Category.CONVERSATION, "UNLIKE_TEXT_ITEM", "unlikeTextItem"): _unlike,
    actions.SUBMIT_FORM_DATA: _submit,
}
