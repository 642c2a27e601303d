"""Which outbox row an effect becomes: where it goes, and behind which others it waits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from botkit.model import codec
from botkit.model.effects import (
    Ask,
    ChangeConversationWebhook,
    Decline,
    DeferredMessage,
    Dial,
    Each,
    Effect,
    Http,
    Post,
    React,
    Run,
    Say,
    SendMessage,
    SendWebhook,
    Transfer,
    Withdraw,
)
from botkit.model.items import OutgoingMessage
from botkit.model.questions import Question
from botkit.model.session import Channel, Session, Turn
from botkit.ports.store import LIGHT, OutboxRow

from . import places

log = logging.getLogger(__name__)

WEBHOOKS = "conversation_webhooks:"
"""How the keys of changes to a conversation's webhooks begin: one change at a time, or two sessions might
make the same one."""


def outbox_rows(turn: Turn, now: datetime) -> Iterator[OutboxRow]:
    """What the outbox carries out of a turn that is committed `now`. What a call says and hears is not among
    it: that lives and dies with the call."""
    session = turn.session
    for effect in turn.effects:
        match effect:
            case Say(text=text) if session.channel is Channel.CHAT:
                yield sending(session.id, effect.id, here(session, text), hidden=_within(turn, text), now=now)
            case Ask(question=question) if session.channel is Channel.CHAT:
                hidden = _within(turn, question.prompt)
                yield sending(session.id, effect.id, asking(session, question), hidden=hidden, now=now)
            case Post(to="", text=text, subject=subject, files=files) if session.conversation_id:
                message = here(session, text, subject)
                yield sending(
                    session.id, effect.id, message, files=files, hidden=_within(turn, text), now=now
                )
            case Post(text=text):
                yield posting(session.id, replace(effect, hidden=_within(turn, text)))
            case React() | Transfer() if session.channel is not Channel.CALL:
                yield _row(effect, f"conversation:{session.conversation_id}", session.id)
            case Decline() if session.channel is Channel.CALL:
                yield _row(effect, places.CALLS + session.call_id, session.id)
            case SendWebhook():
                yield delivery(session.id, effect)
            case ChangeConversationWebhook():
                yield _row(effect, f"{WEBHOOKS}{effect.to or session.conversation_id}", session.id)
            case Run() | Http() | Dial() | Each() | Withdraw():
                yield _row(effect, f"session:{session.id}", session.id)
            case _ if session.channel is not Channel.CALL:
                log.warning("a %s session cannot %s", session.channel, type(effect).__name__.lower())


def _within(turn: Turn, text: str) -> tuple[str, ...]:
    return tuple(secret for secret in turn.hidden if secret in text)


def here(session: Session, text: str, subject: str = "") -> OutgoingMessage:
    """A message into the session's own thread or conversation."""
    return OutgoingMessage(
        conversation_id=session.conversation_id, text=text, thread_id=session.thread_id, subject=subject
    )


def asking(session: Session, question: Question) -> OutgoingMessage:
    """A question, with its form, where the session talks."""
    message = here(session, question.prompt)
    if question.form is None:
        return message
    return OutgoingMessage(
        conversation_id=message.conversation_id,
        text=message.text,
        thread_id=message.thread_id,
        form=question.form,
    )


def sending(
    session_id: str,
    effect_id: str,
    message: OutgoingMessage,
    *,
    origin: str = "",
    files: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    now: datetime | None = None,
) -> OutboxRow:
    """A message whose address is known: one in flight per conversation. With `now` it is begun by the commit
    that brings it, where it can be."""
    effect = SendMessage(
        id=effect_id, message=message, origin=origin or effect_id, files=files, hidden=hidden
    )
    return _row(effect, f"conversation:{message.conversation_id}", session_id, now)


def posting(session_id: str, effect: Post) -> OutboxRow:
    """A message whose address has to be looked up first."""
    return _row(effect, f"address:{effect.to}", session_id)


def delivery(session_id: str, effect: SendWebhook) -> OutboxRow:
    """A webhook: behind no other."""
    return _row(effect, f"webhook:{effect.id}", session_id)


def deferral(deferred: DeferredMessage) -> OutboxRow:
    """A message that waits behind what its session does, for it has the key of the session's `Run`."""
    return _row(deferred, f"session:{deferred.session_id}", deferred.session_id)


def _row(effect: Effect, key: str, session_id: str, ahead: datetime | None = None) -> OutboxRow:
    payload = codec.dump(effect)
    loaded = effect if len(payload) <= LIGHT else None
    return OutboxRow(
        id=effect.id, key=key, session_id=session_id, payload=payload, ahead=ahead, loaded=loaded
    )
