"""One text from a client in, one text back, and what else happened. No sockets, no clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from botkit.circuit.actions import Action
from botkit.circuit.wire import (
    Category,
    Code,
    ErrorCode,
    ErrorInfo,
    Json,
    Ping,
    Request,
    Response,
    WireError,
    decode_request,
    encode,
)
from botkit.sandbox.hub.hub import Hub
from botkit.sandbox.hub.machine import Delivery, Refusal, Refused
from botkit.sandbox.hub.machine import Event as HubEvent
from botkit.sandbox.hub.webhooks import WebhookFault, WebhookRefused

from .api import app_messages, calls, conversations, feeds, items, logon, private, users, webhooks
from .call_shapes import CallShapes
from .caller import Answer, Caller, Handler, Handlers
from .events import EventShapes
from .fields import Fields, Malformed
from .oauth import Credential, Grants
from .shapes import Shapes

log = logging.getLogger(__name__)

nobody = -1
"""Request id of the answer to a frame that has none that can be read."""

_codes: Mapping[Refusal, tuple[Code, str]] = {
    Refusal.NOT_FOUND: (Code.NO_RESULT, ""),
    Refusal.FORBIDDEN: (Code.SERVICE_EXCEPTION, ErrorCode.PERMISSION_DENIED),
    Refusal.INVALID: (Code.SERVICE_EXCEPTION, ErrorCode.CONSTRAINT_VIOLATION),
    Refusal.TOO_MUCH: (Code.SERVICE_EXCEPTION, ErrorCode.CONSTRAINT_VIOLATION),
    Refusal.BUSY: (Code.SERVICE_EXCEPTION, "RTC_CONCURRENT_INCOMING_CALL"),
    Refusal.UNSUPPORTED: (Code.OPERATION_NOT_SUPPORTED, ""),
}

_webhook_codes: Mapping[WebhookFault, str] = {
    WebhookFault.ILLEGAL: "INWEB-00000C",
    WebhookFault.UNKNOWN: "INWEB-00001C",
    WebhookFault.CONVERSATION_GONE: "INWEB-00002C",
    WebhookFault.NOT_SO: "INWEB-00003C",
    WebhookFault.TENANT_FULL: "INWEB-00004C",
    WebhookFault.CONVERSATION_FULL: "INWEB-00005C",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one text from a client led to."""

    text: str
    """For the client itself; goes out before the deliveries."""
    deliveries: tuple[Delivery, ...] = ()
    close: bool = False
    """Close the socket after the text."""


class Dialect:
    """Speaks Circuit for a hub."""

    def __init__(
        self, hub: Hub, grants: Grants, *, tenant_id: str, tenant_name: str, domain: Callable[[], str]
    ) -> None:
        """`domain` tells `HOST:PORT`, once it is known."""
        self._hub = hub
        self._grants = grants
        self._tenant_id = tenant_id
        self._tenant_name = tenant_name
        self._shapes = Shapes(hub.state, tenant_id, domain)
        self._call_shapes = CallShapes(hub.state)
        self._events = EventShapes(hub.state, self._shapes, self._call_shapes)
        self._table = _table(
            logon.handlers,
            users.handlers,
            conversations.handlers,
            items.handlers,
            feeds.handlers,
            private.handlers,
            calls.handlers,
            app_messages.handlers,
            webhooks.handlers,
        )

    def event(self, event: HubEvent, device_id: str) -> str:
        """An event as the text for one device."""
        return encode(self._events.event(event, device_id))

    def answer(self, text: str | bytes, device_id: str, credential: Credential, now: datetime) -> Reply:
        """Carry out what a device sent. Every text gets an answer; nothing is raised."""
        request = _read(text, device_id)
        if isinstance(request, Response):
            return Reply(text=encode(request))
        caller = Caller(
            hub=self._hub,
            shapes=self._shapes,
            call_shapes=self._call_shapes,
            grants=self._grants,
            credential=credential,
            device_id=device_id,
            user_id=credential.user_id,
            now=now,
            tenant_id=self._tenant_id,
            tenant_name=self._tenant_name,
        )
        response = self._respond(request, caller)
        return Reply(text=encode(response), deliveries=tuple(caller.deliveries), close=caller.close)

    def refuse(self, text: str | bytes, device_id: str, code: Code, why: str) -> str:
        """The answer to a request that is not carried out; a ping is answered all the same."""
        request = _read(text, device_id)
        if isinstance(request, Response):
            return encode(request)
        return encode(_failure(request, device_id, code, "", why))

    def _respond(self, request: Request, caller: Caller) -> Response:
        action, handler = self._table.get((request.category, request.action), (None, None))
        device_id = caller.device_id
        if action is None or handler is None:
            why = f"this sandbox does not know {request.category} {request.action}"
            return _failure(request, device_id, Code.NO_MESSAGE_HANDLER, "", why[:200])
        try:
            ask = Fields(request.payload.get(action.key), action.key) if action.key else Fields({}, "")
            result = handler(caller, ask)
        except Malformed as error:
            return _failure(request, device_id, Code.CONVERSION_EXCEPTION, "", str(error))
        except WebhookRefused as refused:
            return _webhook_failure(request, device_id, refused)
        except Refused as refused:
            code, error_code = _codes[refused.refusal]
            return _failure(request, device_id, code, error_code, refused.why)
        except Exception:
            log.exception("the sandbox broke on %s %s", request.category, request.action)
            why = "the sandbox has a fault here; its log says more"
            return _failure(request, device_id, Code.SERVICE_EXCEPTION, ErrorCode.UNEXPECTED_ERROR, why)
        answer = result if isinstance(result, Answer) else Answer(result or {})
        payload: Json = {action.result: answer.result} if action.result else {}
        return Response(
            request_id=request.request_id,
            category=request.category,
            action=request.action,
            code=answer.code,
            payload=payload,
            client_id=device_id,
        )


def _table(*areas: Handlers) -> Mapping[tuple[str, str], tuple[Action, Handler]]:
    return {
        (action.category, action.name): (action, handler)
        for area in areas
        for action, handler in area.items()
    }


def _failure(request: Request, device_id: str, code: str, error_code: str, why: str) -> Response:
    # The reason goes along under any code, for the developer who looks at the frames.
    return Response(
        request_id=request.request_id,
        category=request.category,
        action=request.action,
        code=code,
        error=ErrorInfo(code=error_code or code, info=why),
        client_id=device_id,
    )


def _webhook_failure(request: Request, device_id: str, refused: WebhookRefused) -> Response:
    error = ErrorInfo(
        code=ErrorCode.CIRCUIT_EXCEPTION, info=refused.why, circuit_exception=_webhook_codes[refused.fault]
    )
    return Response(
        request_id=request.request_id,
        category=request.category,
        action=request.action,
        code=Code.SERVICE_EXCEPTION,
        error=error,
        client_id=device_id,
    )


def _read(text: str | bytes, device_id: str) -> Request | Response:
    """The request in a text, or the answer to a text that holds none."""
    try:
        frame = decode_request(text)
    except WireError as error:
        return Response(
            request_id=nobody if error.request_id is None else error.request_id,
            category=error.category,
            action=error.action,
            code=error.code,
            error=ErrorInfo(code=error.code, info=str(error)[:200]),
            client_id=device_id,
        )
    if isinstance(frame, Ping):
        request_id = nobody if frame.request_id is None else frame.request_id
        return Response(request_id=request_id, category=Category.KEEPALIVE, client_id=device_id)
    return frame
