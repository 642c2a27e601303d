"""The logon sequence, and the session itself."""

from __future__ import annotations

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.wire import API_VERSION, Category, Json
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields
from botkit.sandbox.hub.presence import presence_of


def _user_data(caller: Caller, ask: Fields) -> Json:
    return {"clientSettings": {}}


def _version(caller: Caller, ask: Fields) -> Json:
    return {"version": API_VERSION.partition("-")[0]}


def _stuff(caller: Caller, ask: Fields) -> Json:
    return _me(caller) | {
        "tenant": {"secId": caller.tenant_id, "name": caller.tenant_name},
        "supportInfo": {"supportType": "NO_SUPPORT"},
    }


def _logged_on(caller: Caller, ask: Fields) -> Json:
    return _me(caller)


def _me(caller: Caller) -> dict[str, object]:
    person = caller.state.person(caller.user_id)
    presence = presence_of(caller.state, caller.user_id)
    return {
        "user": caller.shapes.user(person),
        "accounts": [caller.shapes.account(person)],
        "userPresenceState": caller.shapes.presence(presence),
    }


def _log_out(caller: Caller, ask: Fields) -> None:
    if ask.flag("invalidate", default=False):
        caller.grants.log_out(caller.credential)
    caller.close = True


def _renew(caller: Caller, ask: Fields) -> None:
    """A session of this server never expires while its socket is open: there is nothing to renew."""


def _revoke(caller: Caller, ask: Fields) -> None:
    caller.grants.revoke_token(ask.id("tokenId"), caller.user_id)


def _devices(caller: Caller, ask: Fields) -> Json:
    own = [caller.state.devices[device_id] for device_id in caller.state.devices_of(caller.user_id)]
    return {
        "devices": [
            {"clientId": device.id, "clientInfo": {"deviceType": "SDK", "deviceSubtype": device.software}}
            for device in own
        ]
    }


handlers: Handlers = {
    actions.GET_USER_DATA: _user_data,
    actions.GET_VERSION: _version,
    actions.GET_STUFF: _stuff,
    actions.GET_LOGGED_ON: _logged_on,
    actions.LOGOUT: _log_out,
    actions.RENEW_TOKEN: _renew,
    Action(Category.USER, "OAUTH_REVOKE_ACCESS_TOKEN", "oAuthRevokeGrantedAccessToken"): _revoke,
    Action(Category.USER, "GET_DEVICES", "", "getDevices"): _devices,
}
