"""People, one's own profile, settings, presence."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.wire import Category, Json
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields, Malformed, check_opaque
from botkit.sandbox.hub.machine import Refusal, Refused
from botkit.sandbox.hub.people import ChangeProfile
from botkit.sandbox.hub.presence import (
    ChoosePresence,
    ChosenPresence,
    PresenceState,
    WatchPresence,
    presence_of,
)
from botkit.sandbox.hub.private import ChangeSettings

_profile_texts = ("jobTitle", "company", "department", "location")
_profile_lists = ("phoneNumbers", "emailAddresses")
_states = {state.name: state for state in PresenceState}


def _by_id(caller: Caller, ask: Fields) -> Json:
    return {"user": caller.shapes.user(caller.state.person(ask.id("userId")))}


def _by_ids(caller: Caller, ask: Fields) -> Json:
    wanted = dict.fromkeys(ask.texts("userIds"))
    found = [caller.state.people[user_id] for user_id in wanted if user_id in caller.state.people]
    if not found:
        raise Refused(Refusal.NOT_FOUND, "none of these users exists")
    return {"user": [caller.shapes.user(person) for person in found]}


def _by_mail(caller: Caller, ask: Fields) -> Json:
    person = caller.state.person_by_email(ask.id("emailAddress"))
    if person is None:
        raise Refused(Refusal.NOT_FOUND, "nobody has this e-mail address")
    return {"user": caller.shapes.user(person)}


def _by_mails(caller: Caller, ask: Fields) -> Json:
    wanted = dict.fromkeys(address.casefold() for address in ask.texts("emailAddresses"))
    found = [person for address in wanted if (person := caller.state.person_by_email(address))]
    return {"users": [caller.shapes.user(person) for person in found]}


def _update(caller: Caller, ask: Fields) -> Json:
    if ask.text("userId", caller.user_id) != caller.user_id:
        raise Refused(Refusal.FORBIDDEN, "a profile is changed by its owner")
    attributes: dict[str, object] = {key: ask.text(key) for key in _profile_texts if ask.has(key)}
    for key in _profile_lists:
        if ask.has(key):
            attributes[key] = [entry.data for entry in ask.children(key)]
            check_opaque(attributes[key], key)
    if ask.has("userLocale") or ask.has("locale"):
        attributes["locale"] = ask.text("userLocale", ask.text("locale", "EN_US"))
    command = ChangeProfile(
        by=caller.user_id,
        first_name=ask.optional("firstName"),
        last_name=ask.optional("lastName"),
        attributes=attributes,
    )
    return {"user": caller.shapes.user(caller.do(command))}


def _settings(caller: Caller, ask: Fields) -> Json:
    return {"settings": list(caller.state.notes[caller.user_id].settings.values())}


def _set_settings(caller: Caller, ask: Fields) -> None:
    settings: dict[str, Mapping[str, object]] = {}
    for setting in ask.children("settings"):
        check_opaque(setting.data, "settings")
        settings[setting.id("key")] = setting.data
    caller.do(ChangeSettings(by=caller.user_id, settings=settings))


def _presence(caller: Caller, ask: Fields) -> Json:
    known = [user_id for user_id in ask.texts("userIds") if user_id in caller.state.people]
    return {"states": [caller.shapes.presence(presence_of(caller.state, user_id)) for user_id in known]}


def _set_presence(caller: Caller, ask: Fields) -> Json:
    chosen = ChosenPresence(
        state=ask.one_of("state", _states),
        message=ask.text("statusMessage", ""),
        until=ask.moment("dndUntil"),
    )
    return {"state": caller.shapes.presence(caller.do(ChoosePresence(by=caller.user_id, chosen=chosen)))}


def _subscribe(caller: Caller, ask: Fields) -> Json:
    users = _some_users(ask)
    seen = caller.do(WatchPresence(device_id=caller.device_id, user_ids=users))
    return {"states": [caller.shapes.presence(presence) for presence in seen]}


def _unsubscribe(caller: Caller, ask: Fields) -> None:
    caller.do(WatchPresence(device_id=caller.device_id, user_ids=_some_users(ask), watch=False))


def _some_users(ask: Fields) -> tuple[str, ...]:
    users = ask.texts("userIds")
    if not users:
        raise Malformed("`userIds` must name somebody")
    return users


def _subscribe_tenant(caller: Caller, ask: Fields) -> None:
    _own_tenant(caller, ask)
    caller.do(WatchPresence(device_id=caller.device_id))


def _unsubscribe_tenant(caller: Caller, ask: Fields) -> None:
    _own_tenant(caller, ask)
    caller.do(WatchPresence(device_id=caller.device_id, watch=False))


def _own_tenant(caller: Caller, ask: Fields) -> None:
    if ask.text("tenantId", caller.tenant_id) != caller.tenant_id:
        raise Refused(Refusal.NOT_FOUND, "there is no such tenant")


handlers: Handlers = {
    actions.GET_USER_BY_ID: _by_id,
    actions.GET_USERS_BY_IDS: _by_ids,
    actions.GET_USER_BY_MAIL: _by_mail,
    Action(Category.USER, "GET_USERS_BY_MAILS", "getUsersByMails", "getUsersByMails"): _by_mails,
    Action(Category.USER, "UPDATE", "update", "updateResult"): _update,
    Action(Category.USER, "GET_USER_SETTINGS", "getUserSettings", "getUserSettings"): _settings,
    Action(Category.USER, "SET_USER_SETTINGS", "setUserSettings"): _set_settings,
    actions.GET_PRESENCE: _presence,
    actions.SET_PRESENCE: _set_presence,
    Action(Category.USER, "SUBSCRIBE_PRESENCE", "subscribePresence", "subscribePresence"): _subscribe,
    actions.UNSUBSCRIBE_PRESENCE: _unsubscribe,
    Action(Category.USER, "SUBSCRIBE_TENANT_PRESENCE", "subscribeTenantPresence"): _subscribe_tenant,
    Action(Category.USER, "UNSUBSCRIBE_TENANT_PRESENCE", "unsubscribeTenantPresence"): _unsubscribe_tenant,
}
