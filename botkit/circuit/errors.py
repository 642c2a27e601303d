"""What can go wrong between a client and a Circuit server: one class per remedy, found by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from botkit.model.calls import CallCause
from botkit.ports.connector import ConnectorError

from .wire import Code, Response


class CircuitError(ConnectorError):
    """The server refused a request, or could not be asked."""

    codes: ClassVar[tuple[str, ...]] = ()
    """The server's codes that mean this."""
    default_lasting: ClassVar[bool] = True

    def __init__(
        self, what: str, *, code: str = "", where: str = "", remedy: str = "", lasting: bool | None = None
    ) -> None:
        lasting = self.default_lasting if lasting is None else lasting
        super().__init__(what, where=where, remedy=remedy, lasting=lasting)
        self.code = code
        """The server's own, if it was the server."""


class Unreachable(CircuitError):
    """No connection to the server came about."""

    default_lasting = False


class CertificateRefused(CircuitError):
    """The server's certificate is not one we trust."""


class LogonRefused(CircuitError):
    """The server does not know these credentials, or the token has expired."""

    codes = ("AUTHORIZATION_REQUIRED", "INVALID_CLIENT")


class TokenRefused(LogonRefused):
    """The server takes an access token no more, or the cookie that was made of it."""


class Disconnected(CircuitError):
    """The connection is down, or went down before the answer came: nobody knows whether it was done."""

    default_lasting = False


class RequestTimedOut(CircuitError):
    """No answer in time: nobody knows whether it was done."""

    default_lasting = False


class PermissionDenied(CircuitError):
    """The account may not do this: not a participant, or a scope is missing."""

    codes = ("PERMISSION_DENIED", Code.AUTHORIZATION_FAILED)


class NotFound(CircuitError):
    """There is no such user, conversation or item."""

    codes = (Code.NO_RESULT, "USER_NOT_FOUND")


class RequestRefused(CircuitError):
    """The server cannot make sense of the request, or a rule forbids it."""

    codes = (Code.CONVERSION_EXCEPTION, "CONSTRAINT_VIOLATION", "DUPLICATED_ENTITY_ERROR")


class FrameTooLong(CircuitError):
    """The request is longer than the server takes."""

    codes = (Code.FRAME_SIZE_TO_LONG,)


class NotSupported(CircuitError):
    """The server does not know this action."""

    codes = (Code.NO_MESSAGE_HANDLER, Code.OPERATION_NOT_SUPPORTED, "OLD_VERSION")


class TooManyParticipants(CircuitError):
    """The conversation is full."""

    codes = ("MAX_NUM_CONV_PARTICIPANTS",)


class ServerTrouble(CircuitError):
    """The server has a bad moment; try again later."""

    codes = (
        Code.OVERLOADED,
        "STORAGE_OVERLOADED",
        Code.BACKEND_UNAVAILABLE,
        Code.SERVICE_UNAVAILABLE,
        "UNEXPECTED_ERROR",
        "RTC_NO_MEDIA_NODES_AVAILABLE",
        "RTC_MEDIA_NODE_UNREACHABLE",
    )
    default_lasting = False


class InCall(CircuitError):
    """The two have a call already."""

    codes = ("RTC_CONCURRENT_INCOMING_CALL",)
    default_lasting = False


class WebhookRefused(CircuitError):
    """An incoming webhook cannot be made or changed like this."""

    codes = ("INWEB-00000C", "INWEB-00003C")


class WebhookNotFound(CircuitError):
    """There is no such incoming webhook, or its conversation is gone."""

    codes = ("INWEB-00001C", "INWEB-00002C")


class TooManyWebhooks(CircuitError):
    """The conversation, or the tenant, has as many incoming webhooks as it may."""

    codes = ("INWEB-00004C", "INWEB-00005C")


class MalformedAnswer(CircuitError):
    """The server's answer lacks what the protocol promises."""


class CallFailed(CircuitError):
    """A call that was placed did not come about."""

    def __init__(self, cause: CallCause, *, code: str = "", where: str = "") -> None:
        super().__init__(
            f"The call did not come about: {cause.value} ({code or 'no reason given'}).", where=where
        )
        self.cause = cause


def by_code() -> Mapping[str, type[CircuitError]]:
    """The server's code -> the error it is raised as; all others are a plain `CircuitError`."""
    return {code: error for error in CircuitError.__subclasses__() for code in error.codes}


def refusal(response: Response, what: str) -> CircuitError:
    """The error for a response that is no success. `what` names the request, for people."""
    code, info = response.code, ""
    if response.error and response.error.code:
        # The envelope's code is then only SERVICE_EXCEPTION.
        code, info = response.error.circuit_exception or response.error.code, response.error.info
    error = by_code().get(code, CircuitError)
    return error(f"The server refused {what}: {code}{f' ({info})' if info else ''}.", code=code)
