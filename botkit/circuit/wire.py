"""The Circuit wire without I/O: frames to text and back, for the client and for a server alike.

Every frame is one JSON object in one text message, except the keepalive, which is the bare text
`PING|17`. A frame names its category (`CONVERSATION`), and under the category's own container key
its action (`ADD_TEXT_ITEM`) with the action's data beside it:

    {"msgType": "REQUEST", "request": {"requestId": 17, "type": "CONVERSATION",
     "conversation": {"type": "ADD_TEXT_ITEM", "addTextItem": {...}}}}

Here the container without its `type` is the frame's `payload`: `{"addTextItem": {...}}`. Which key an
action uses is told by `botkit.circuit.actions`. Unknown categories, actions, codes and fields survive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn, cast

MAX_FRAME_BYTES = 1 << 20
"""Longest request that a server takes, in bytes of UTF-8. An SDP with candidates is below 20 kB."""
MAX_ANSWER_BYTES = 64 << 20
"""Longest message that a client takes: a hundred items, each as long as a person may write one, escaped."""
API_VERSION = "2.9.235-1"
"""What a server says it speaks; clients parse three dot-separated integers."""

Json = Mapping[str, object]
"""A JSON object."""


class Category(StrEnum):
    """`type` of a frame."""

    CONVERSATION = "CONVERSATION"
    USER = "USER"
    USER_DATA = "USER_DATA"
    VERSION = "VERSION"
    SEARCH = "SEARCH"
    CPAAS = "CPAAS"
    ACCOUNT = "ACCOUNT"
    USER_TO_USER = "USER_TO_USER"
    RTC_SESSION = "RTC_SESSION"
    RTC_CALL = "RTC_CALL"
    SYSTEM = "SYSTEM"
    GUEST = "GUEST"
    ADMINISTRATION = "ADMINISTRATION"
    ACTIVITYSTREAM = "ACTIVITYSTREAM"
    SPACE = "SPACE"
    TEAM = "TEAM"
    INSTRUMENTATION = "INSTRUMENTATION"
    THIRDPARTYCONNECTORS = "THIRDPARTYCONNECTORS"
    CONVERSATION_USER_DATA = "CONVERSATION_USER_DATA"
    KEEPALIVE = "KEEPALIVE"
    """Of the answer to a ping alone; it has no container."""


_CONTAINERS: Mapping[str, str] = {
    Category.ACTIVITYSTREAM: "activityStream",
    Category.THIRDPARTYCONNECTORS: "thirdpartyconnectors",
}
_EVENT_CONTAINERS: Mapping[str, str] = {
    Category.ACTIVITYSTREAM: "activity",
    Category.THIRDPARTYCONNECTORS: "thirdParty",
}


def container_name(category: str, *, event: bool = False) -> str:
    """The key under which a category's action and data sit."""
    first, *rest = category.lower().split("_")
    regular = first + "".join(part.capitalize() for part in rest)
    return (_EVENT_CONTAINERS if event else _CONTAINERS).get(category, regular)


class Code(StrEnum):
    """`code` of a response. There are more; a response keeps whatever came."""

    OK = "OK"
    ENTITY_ALREADY_EXISTS = "ENTITY_ALREADY_EXISTS"
    """A success: the payload holds what was there."""
    NO_RESULT = "NO_RESULT"
    SERVICE_EXCEPTION = "SERVICE_EXCEPTION"
    """The reason is in `error`."""
    AUTHORIZATION_FAILED = "AUTHORIZATION_FAILED"
    AUTHORIZATION_REQUIRED = "AUTHORIZATION_REQUIRED"
    CONVERSION_EXCEPTION = "CONVERSION_EXCEPTION"
    """The request is malformed."""
    NO_MESSAGE_HANDLER = "NO_MESSAGE_HANDLER"
    """No such action."""
    OPERATION_NOT_SUPPORTED = "OPERATION_NOT_SUPPORTED"
    FRAME_SIZE_TO_LONG = "FRAME_SIZE_TO_LONG"
    BACKEND_UNAVAILABLE = "BACKEND_UNAVAILABLE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    OVERLOADED = "OVERLOADED"


SUCCESS = frozenset({Code.OK, Code.ENTITY_ALREADY_EXISTS})


class ErrorCode(StrEnum):
    """`errorInfo.errorCode` of a `SERVICE_EXCEPTION`. There are more."""

    UNEXPECTED_ERROR = "UNEXPECTED_ERROR"
    CONSTRAINT_VIOLATION = "CONSTRAINT_VIOLATION"
    MAX_NUM_CONV_PARTICIPANTS = "MAX_NUM_CONV_PARTICIPANTS"
    AUTHORIZATION_FAILED = "AUTHORIZATION_FAILED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    DUPLICATED_ENTITY_ERROR = "DUPLICATED_ENTITY_ERROR"
    CIRCUIT_EXCEPTION = "CIRCUIT_EXCEPTION"
    THIRDPARTY_ERROR = "THIRDPARTY_ERROR"


class WireError(ValueError):
    """They broke it: a text that is no frame. What could be read of a request is kept, so that a
    server can still answer it by id with `code`."""

    def __init__(
        self,
        what: str,
        *,
        code: Code = Code.CONVERSION_EXCEPTION,
        request_id: int | None = None,
        category: str = "",
        action: str = "",
    ) -> None:
        super().__init__(what)
        self.code = code
        self.request_id = request_id
        self.category = category
        self.action = action


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """Why a `SERVICE_EXCEPTION`."""

    code: str
    info: str = ""
    """For people."""
    circuit_exception: str = ""
    """The finer code when `code` is `CIRCUIT_EXCEPTION`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """The keepalive text. A client's carries an id and wants an answer, a server's carries none."""

    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Client to server."""

    request_id: int
    """Echoed unchanged. Grows, but neither from 1 nor without gaps."""
    category: str
    action: str
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Server to client, to one request."""

    request_id: int
    category: str
    action: str = ""
    code: str = Code.OK
    payload: Json = field(default_factory=dict)
    error: ErrorInfo | None = None
    client_id: str = ""
    """The server's name for this socket."""
    api_version: str = API_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Server to client, unasked."""

    category: str
    action: str
    ids: Mapping[str, str] = field(default_factory=dict)
    """What stands beside `type` as text: `convId`, `userId`, `sessionId`, `instanceId` ..."""
    payload: Json = field(default_factory=dict)
    client_id: str = ""
    api_version: str = API_VERSION


def encode(frame: Ping | Request | Response | Event) -> str:
    """A frame as the text of one websocket message."""
    match frame:
        case Ping(request_id=None):
            return "PING"
        case Ping():
            return f"PING|{frame.request_id}"
        case Request():
            request: dict[str, object] = {"requestId": frame.request_id, "type": frame.category}
            request[container_name(frame.category)] = {"type": frame.action, **frame.payload}
            return _text({"msgType": "REQUEST", "request": request})
        case Response():
            return _text({"msgType": "RESPONSE", **_sender(frame), "response": _response_body(frame)})
        case Event():
            kind = {"type": frame.action} if frame.action else {}
            container = {**kind, **frame.ids, **frame.payload}
            event = {"type": frame.category, container_name(frame.category, event=True): container}
            return _text({"msgType": "EVENT", **_sender(frame), "event": event})


def decode_request(text: str | bytes) -> Request | Ping:
    """What a server reads from a client. Raises `WireError`."""
    if ping := _ping(text):
        return ping
    frame = _frame(text, MAX_FRAME_BYTES)
    if frame.get("msgType") != "REQUEST":
        _refuse(f"msgType {_shown(frame.get('msgType'))} where REQUEST belongs")
    request = _object(frame, "request", WireError("a REQUEST without `request`"))
    request_id = request.get("requestId")
    if type(request_id) is not int:
        _refuse("a request without an integer `requestId`")
    category = request.get("type")
    if not isinstance(category, str) or not category:
        raise WireError("a request without `type`", request_id=request_id)
    name = container_name(category)
    container = request.get(name)
    if not isinstance(container, Mapping):
        raise WireError(f"a {category} request without `{name}`", request_id=request_id, category=category)
    action = container.get("type")
    if not isinstance(action, str) or not action:
        what = f"a {category} request without `{name}.type`"
        raise WireError(what, request_id=request_id, category=category)
    payload = {key: value for key, value in container.items() if key != "type"}
    return Request(request_id=request_id, category=category, action=action, payload=payload)


def decode(text: str | bytes) -> Response | Event | Ping:
    """What a client reads from a server: it may hold what anybody wrote, so of half a character in it no more
    than that is lost. Raises `WireError`."""
    if ping := _ping(text):
        return ping
    frame = _frame(text, MAX_ANSWER_BYTES, mends=True)
    client_id = _string(frame, "clientId")
    api_version = _string(frame, "apiVersion")
    match frame.get("msgType"):
        case "RESPONSE":
            response = _object(frame, "response", WireError("a RESPONSE without `response`"))
            return _response(response, client_id, api_version)
        case "EVENT":
            event = _object(frame, "event", WireError("an EVENT without `event`"))
            return _event(event, client_id, api_version)
        case other:
            raise WireError(f"msgType {_shown(other)} where RESPONSE or EVENT belongs")


def _response(response: Json, client_id: str, api_version: str) -> Response:
    request_id = response.get("requestId")
    if type(request_id) is not int:
        _refuse("a response without an integer `requestId`")
    code = _string(response, "code")
    if not code:
        raise WireError("a response without `code`", request_id=request_id)
    category = _string(response, "type")
    container = response.get(container_name(category)) if category else None
    if not isinstance(container, Mapping):
        container = {}
    return Response(
        request_id=request_id,
        category=category,
        action=_string(container, "type"),
        code=code,
        payload={key: value for key, value in container.items() if key != "type"},
        error=_error(response.get("errorInfo")),
        client_id=client_id,
        api_version=api_version,
    )


def _event(event: Json, client_id: str, api_version: str) -> Event:
    category = _string(event, "type")
    if not category:
        _refuse("an event without `type`")
    name = container_name(category, event=True)
    container = _object(event, name, WireError(f"a {category} event without `{name}`"))
    beside = {key: value for key, value in container.items() if key != "type"}
    return Event(
        category=category,
        action=_string(container, "type"),
        ids={key: value for key, value in beside.items() if isinstance(value, str)},
        payload={key: value for key, value in beside.items() if not isinstance(value, str)},
        client_id=client_id,
        api_version=api_version,
    )


def _error(info: object) -> ErrorInfo | None:
    if not isinstance(info, Mapping):
        return None
    return ErrorInfo(
        code=_string(info, "errorCode"),
        info=_string(info, "info"),
        circuit_exception=_string(info, "circuitException"),
    )


def _response_body(frame: Response) -> dict[str, object]:
    body: dict[str, object] = {
        "requestId": frame.request_id,
        "type": frame.category,
        "code": frame.code,
    }
    if frame.category != Category.KEEPALIVE:
        # The inner type is never left out: without it the official client does not learn its clientId.
        body[container_name(frame.category)] = {"type": frame.action, **frame.payload}
    if frame.error:
        info = {"errorCode": frame.error.code, "info": frame.error.info}
        if frame.error.circuit_exception:
            info["circuitException"] = frame.error.circuit_exception
        body["errorInfo"] = info
    return body


def _sender(frame: Response | Event) -> dict[str, str]:
    return {"apiVersion": frame.api_version, "clientId": frame.client_id}


def _text(frame: Json) -> str:
    return json.dumps(frame, separators=(",", ":"), allow_nan=False)


def _ping(text: str | bytes) -> Ping | None:
    if not isinstance(text, str) or not text.startswith("PING"):
        return None
    found = re.fullmatch(r"PING(?:\|(\d{1,15}))?", text, re.ASCII)
    if not found:
        _refuse(f"a ping that reads {_shown(text)}")
    return Ping(request_id=int(found[1]) if found[1] else None)


def _frame(text: str | bytes, most: int, *, mends: bool = False) -> Json:
    """`mends`: halves of characters become question marks; else they are an error."""
    if not isinstance(text, str):
        _refuse("a binary message where text belongs")
    # A character is four bytes at most, so most frames need not be encoded just to be measured.
    if len(text) * 4 > most and len(text.encode(errors="replace")) > most:
        raise WireError(f"a frame longer than {most} bytes", code=Code.FRAME_SIZE_TO_LONG)
    try:
        frame = json.loads(text, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():
            # Half of a surrogate pair is legal JSON, yet no text: it could be neither stored nor sent on.
            whole = json.dumps(frame, ensure_ascii=False)
            mended = whole.encode(errors="replace" if mends else "strict")
            frame = json.loads(mended) if mends else frame
    except RecursionError:
        raise WireError("a frame nested too deeply") from None
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from None
    if not isinstance(frame, dict):
        _refuse("a frame that is no JSON object")
    return cast("Json", frame)


def _object(parent: Json, key: str, otherwise: WireError) -> Json:
    value = parent.get(key)
    if not isinstance(value, Mapping):
        raise otherwise
    return value


def _string(parent: Json, key: str) -> str:
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def _refuse(what: str) -> NoReturn:
    raise WireError(what)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _shown(value: object) -> str:
    return repr(value)[:60]
