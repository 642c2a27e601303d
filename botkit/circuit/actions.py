"""What can be asked of a Circuit server: each action with the keys under which its data and result sit.

The result keys are irregular (`getConversationsByIdsResult`, `getById`), and a client that is told OK
without the result's container is lost; so both ends read them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .wire import Category


@dataclass(frozen=True, slots=True)
class Action:
    """One request of the wire."""

    category: Category
    name: str
    key: str = ""
    """Key of the request's data in its container; empty = it has none."""
    result: str = ""
    """Key of the result in the response's container; empty = the code is the whole answer."""


# Logon
GET_USER_DATA = Action(Category.USER_DATA, "GET_USER_DATA", "", "getUserData")
GET_VERSION = Action(Category.VERSION, "GET_VERSION", "", "getVersion")
GET_STUFF = Action(Category.USER, "GET_STUFF", "getStuff", "getStuff")
GET_ACTIVE_SESSIONS = Action(Category.RTC_SESSION, "GET_ACTIVE_SESSIONS", "", "activeSessions")
GET_LOGGED_ON = Action(Category.USER, "GET_LOGGED_ON", "", "getLoggedOn")
LOGOUT = Action(Category.USER, "LOGOUT", "logoff")
RENEW_TOKEN = Action(Category.USER, "RENEW_TOKEN")

# Users
GET_USER_BY_ID = Action(Category.USER, "GET_USER_BY_ID", "getById", "getById")
GET_USERS_BY_IDS = Action(Category.USER, "GET_USERS_BY_IDS", "usersByIds", "usersByIds")
GET_USER_BY_MAIL = Action(Category.USER, "GET_USER_BY_MAIL", "getUserByMail", "getUserByMail")
GET_PRESENCE = Action(Category.USER, "GET_PRESENCE", "getPresence", "getPresence")
SET_PRESENCE = Action(Category.USER, "SET_PRESENCE", "presence", "setPresence")
SUBSCRIBE_PRESENCE = Action(Category.USER, "SUBSCRIBE_PRESENCE", "subscribePresence")
UNSUBSCRIBE_PRESENCE = Action(Category.USER, "UNSUBSCRIBE_PRESENCE", "unsubscribePresence")

# Conversations
CREATE_CONVERSATION = Action(Category.CONVERSATION, "CREATE", "create", "create")
UPDATE_CONVERSATION = Action(Category.CONVERSATION, "UPDATE", "update", "update")
ADD_PARTICIPANT = Action(Category.CONVERSATION, "ADD_PARTICIPANT", "addParticipant", "addParticipant")
REMOVE_PARTICIPANT = Action(
    Category.CONVERSATION, "REMOVE_PARTICIPANT", "removeParticipant", "removeParticipant"
)
GET_CONVERSATION_BY_ID = Action(
    Category.CONVERSATION, "GET_CONVERSATION_BY_ID", "getConversationById", "getConversationById"
)
GET_CONVERSATIONS_BY_IDS = Action(
    Category.CONVERSATION, "GET_CONVERSATIONS_BY_IDS", "getConversationsByIds", "getConversationsByIdsResult"
)
GET_CONVERSATION_BY_USER = Action(
    Category.CONVERSATION, "GET_CONVERSATION_BY_USER", "getConversationByUser", "getConversationByUser"
)
GET_CONVERSATIONS = Action(Category.CONVERSATION, "GET_CONVERSATIONS", "getConversations", "getConversations")
GET_CONVERSATION_PARTICIPANTS = Action(
    Category.CONVERSATION,
    "GET_CONVERSATION_PARTICIPANTS",
    "getConversationParticipants",
    "getConversationParticipantsResult",
)
SUBSCRIBE_TYPING = Action(Category.CONVERSATION, "SUBSCRIBE", "subscribe")
UNSUBSCRIBE_TYPING = Action(Category.CONVERSATION, "UNSUBSCRIBE", "unsubscribe")
TYPING = Action(Category.CONVERSATION, "TYPING", "typing")

# Items
ADD_TEXT_ITEM = Action(Category.CONVERSATION, "ADD_TEXT_ITEM", "addTextItem", "addTextItem")
UPDATE_TEXT_ITEM = Action(Category.CONVERSATION, "UPDATE_TEXT_ITEM", "updateTextItem", "updateTextItem")
DELETE_TEXT_ITEM = Action(Category.CONVERSATION, "DELETE_TEXT_ITEM", "deleteTextItem", "deleteTextItem")
GET_ITEM_BY_ID = Action(Category.CONVERSATION, "GET_ITEM_BY_ID", "getItemById", "getItemById")
GET_ITEMS_BY_IDS = Action(Category.CONVERSATION, "GET_ITEMS_BY_IDS", "getItemsByIds", "getItemsByIds")
GET_ITEMS_BY_CONVERSATION = Action(
    Category.CONVERSATION, "GET_ITEMS_BY_CONVERSATION", "getItemsByConversation", "getItemsByConversation"
)
GET_CONVERSATION_FEED = Action(
    Category.CONVERSATION, "GET_CONVERSATION_FEED", "getConversationFeed", "getConversationFeedResult"
)
GET_THREAD_COMMENTS = Action(
    Category.CONVERSATION, "GET_THREAD_COMMENTS", "getThreadComments", "getThreadCommentsResult"
)
LIKE_TEXT_ITEM = Action(Category.CONVERSATION, "LIKE_TEXT_ITEM", "likeTextItem")
SET_READ_POINTER = Action(Category.CONVERSATION, "SET_READ_POINTER", "setReadPointer")
SUBMIT_FORM_DATA = Action(Category.CPAAS, "SUBMIT_FORM_DATA", "submitFormData")

# Incoming webhooks
CREATE_INCOMING_WEBHOOK = Action(
    Category.CPAAS, "CREATE_INCOMING_WEBHOOK", "createIncomingWebhook", "createIncomingWebhookResult"
)
GET_INCOMING_WEBHOOK = Action(
    Category.CPAAS, "GET_INCOMING_WEBHOOK", "getIncomingWebhook", "getIncomingWebhookResult"
)
GET_INCOMING_WEBHOOKS = Action(
    Category.CPAAS, "GET_INCOMING_WEBHOOKS", "getIncomingWebhooks", "getIncomingWebhooksResult"
)
UPDATE_INCOMING_WEBHOOK = Action(
    Category.CPAAS, "UPDATE_INCOMING_WEBHOOK", "updateIncomingWebhook", "updateIncomingWebhookResult"
)
SUSPEND_INCOMING_WEBHOOK = Action(Category.CPAAS, "SUSPEND_INCOMING_WEBHOOK", "suspendIncomingWebhook")
UNSUSPEND_INCOMING_WEBHOOK = Action(Category.CPAAS, "UNSUSPEND_INCOMING_WEBHOOK", "unsuspendIncomingWebhook")
DELETE_INCOMING_WEBHOOK = Action(Category.CPAAS, "DELETE_INCOMING_WEBHOOK", "deleteIncomingWebhook")

# Between clients
USER_TO_USER = Action(Category.USER_TO_USER, "USER_TO_USER", "userToUser")

# Calls: a client's own leg
PREPARE = Action(Category.RTC_CALL, "PREPARE", "prepare", "prepare")
RENEW_TURN_CREDENTIALS = Action(
    Category.RTC_CALL, "RENEW_TURN_CREDENTIALS", "renewTurnCredentials", "renewTurnCredentials"
)
JOIN = Action(Category.RTC_CALL, "JOIN", "join")
ANSWER = Action(Category.RTC_CALL, "ANSWER", "answer")
ICE_CANDIDATES = Action(Category.RTC_CALL, "ICE_CANDIDATES", "iceCandidates")
SEND_PROGRESS = Action(Category.RTC_CALL, "SEND_PROGRESS", "sendProgress")
LEAVE = Action(Category.RTC_CALL, "LEAVE", "leave")
TERMINATE = Action(Category.RTC_CALL, "TERMINATE", "terminate")
INVITE_REJECT = Action(Category.RTC_CALL, "INVITE_REJECT", "inviteReject")
CHANGE_MEDIA_TYPE = Action(Category.RTC_CALL, "CHANGE_MEDIA_TYPE", "changeMediaType")
CHANGE_MEDIA_ACCEPT = Action(Category.RTC_CALL, "CHANGE_MEDIA_ACCEPT", "changeMediaAccept")
CHANGE_MEDIA_REJECT = Action(Category.RTC_CALL, "CHANGE_MEDIA_REJECT", "changeMediaReject")

# Calls: the shared session
GET_SESSION = Action(Category.RTC_SESSION, "GET_SESSION", "getSession", "getSession")
SEND_CLIENT_INFO = Action(Category.RTC_SESSION, "SEND_CLIENT_INFO", "sendClientInfo")


def known() -> Mapping[tuple[str, str], Action]:
    """Every action above by (category, name)."""
    found = (value for value in globals().values() if isinstance(value, Action))
    return {(action.category, action.name): action for action in found}
