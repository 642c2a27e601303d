"""Signalling of direct calls, as the one who is called and as the one who calls.

A conversation's calls all bear its `rtcSessionId`; a single one is told apart by its instance id.
Media is another matter: here SDP is text.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress

from botkit.circuit import actions
from botkit.circuit.errors import NotFound, PermissionDenied, RequestRefused
from botkit.circuit.event_decoding import candidate_text
from botkit.circuit.events import CallInvited
from botkit.circuit.read import obj
from botkit.circuit.shapes import ConversationRecord, conversation

from .asking import Asking, ask
from .outgoing import Candidate, Follower, OutgoingCall


class Calls:
    """`session.calls`."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def ring(self, invite: CallInvited) -> None:
        """Tell the caller that it rings here."""
        data = {
            "rtcSessionId": invite.rtc_session_id,
            "userId": self._session.me.id,
            "invitingUser": invite.caller_id,
            "type": "ALERTING",
        }
        await self._session.request(actions.SEND_PROGRESS, data)

    async def answer(self, invite: CallInvited, answer: str) -> None:
        """Pick up with this SDP."""
        data = {
            **self._join(invite.conversation_id, invite.rtc_session_id, "answer", answer),
            "transactionId": invite.transaction_id,
            "ownerId": invite.caller_id,
            "callOut": False,
            "sendInviteCancel": True,
        }
        await self._session.request(actions.ANSWER, data)

    async def reject(self, invite: CallInvited, cause: str) -> None:
        """Do not pick up; `cause` is `DECLINE`, `BUSY` or `TIMEOUT`. A call that is over is no error."""
        data = {
            "convId": invite.conversation_id,
            "rtcSessionId": invite.rtc_session_id,
            "cause": cause,
            "transactionId": invite.transaction_id,
        }
        with _over_is_no_error():
            await self._session.request(actions.INVITE_REJECT, data)

    async def accept_media_change(self, rtc_session_id: str, transaction_id: str, answer: str) -> None:
        """Agree with this SDP to other media."""
        data = {
            "rtcSessionId": rtc_session_id,
            "transactionId": transaction_id,
            "sdp": {"type": "answer", "sdp": answer},
        }
        await self._session.request(actions.CHANGE_MEDIA_ACCEPT, data)

    async def reject_media_change(self, rtc_session_id: str, transaction_id: str) -> None:
        """Keep the media as they are."""
        data = {"rtcSessionId": rtc_session_id, "transactionId": transaction_id}
        await self._session.request(actions.CHANGE_MEDIA_REJECT, data)

    async def terminate(self, rtc_session_id: str, disconnect_cause: str = "") -> None:
        """Hang up. A call that is over already is no error."""
        data = {"rtcSessionId": rtc_session_id}
        if disconnect_cause:
            data["disconnectCause"] = disconnect_cause
        with _over_is_no_error():
            await self._session.request(actions.TERMINATE, data)

    async def send_candidates(
        self, rtc_session_id: str, origin: str, candidates: Sequence[Candidate]
    ) -> None:
        """Trickle; `origin` is the `o=` line of the SDP they belong to."""
        data = {
            "rtcSessionId": rtc_session_id,
            "userId": self._session.me.id,
            "origin": origin,
            "candidates": [candidate_text(*each) for each in candidates],
        }
        await self._session.request(actions.ICE_CANDIDATES, data)

    async def dial(self, conversation_id: str, offer: str) -> OutgoingCall:
        """Call the other participant of a direct conversation with this SDP offer.

        Returns when it is under way; see `OutgoingCall`.
        """
        call = await self.outgoing(conversation_id, offer)
        await call.place()
        return call

    async def outgoing(self, conversation_id: str, offer: str) -> OutgoingCall:
        """Such a call, not placed yet."""
        record = await ask(
            self._session,
            actions.GET_CONVERSATION_BY_ID,
            {"convId": conversation_id},
            lambda result: conversation(obj(result, "conversation")),
        )
        return self.outgoing_in(record, offer)

    def outgoing_in(
        self, record: ConversationRecord, offer: str, follower: Follower | None = None
    ) -> OutgoingCall:
        """The same in a conversation that is known already."""
        if not record.rtc_session_id:
            raise RequestRefused("This conversation cannot be called.", where=record.conversation.id)
        return OutgoingCall(self, self._session, record, offer, follower)

    async def prepare(self, record: ConversationRecord) -> None:
        """Announce a call. The TURN servers told in return are not used yet."""
        data = {
            "convId": record.conversation.id,
            "rtcSessionId": record.rtc_session_id,
            "ownerId": record.creator_id,
            "mediaNode": "",
            "desiredRegion": "",
            "isTelephonyConversation": False,
        }
        await self._session.request(actions.PREPARE, data)

    async def join(self, record: ConversationRecord, offer: str) -> None:
        """Ring the other participants."""
        data = {
            **self._join(record.conversation.id, record.rtc_session_id, "offer", offer),
            "transactionId": str(uuid.uuid4()),
            "ownerId": record.creator_id,
            "callOut": True,
            "sendInviteCancel": False,
        }
        await self._session.request(actions.JOIN, data)

    def _join(self, conversation_id: str, rtc_session_id: str, kind: str, sdp: str) -> dict[str, object]:
        return {
            "convId": conversation_id,
            "rtcSessionId": rtc_session_id,
            "sdp": {"type": kind, "sdp": sdp},
            "mediaType": ["AUDIO"],
            "handover": False,
            "isTelephonyConversation": False,
            "displayName": self._session.me.display_name,
            "screenSharePointerSupported": False,
            "asyncSupported": True,
            "rtcSupportedFeatures": [],
        }


def _over_is_no_error() -> suppress:
    # What servers answer about a call they no longer know.
    return suppress(NotFound, PermissionDenied, RequestRefused)
