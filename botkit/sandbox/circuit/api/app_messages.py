"""What clients say to each other past all conversations (USER_TO_USER)."""

from __future__ import annotations

from botkit.circuit import actions
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields
from botkit.sandbox.hub.app_messages import SendAppMessage


def _send(caller: Caller, ask: Fields) -> None:
    # Who it comes from is not the client's to say.
    routing = ask.child("routing")
    command = SendAppMessage(
        device_id=caller.device_id,
        to=routing.id("destUserId"),
        to_device=routing.text("destClientId", ""),
        kind=ask.id("type"),
        data=ask.text("data"),
    )
    caller.do(command)


handlers: Handlers = {actions.USER_TO_USER: _send}
