"""Direct calls between raw clients, in the keys the official SDK reads."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from botkit.testing.clock import VirtualClock
from tests.sandbox.wire_client import Platform, WireClient

# The o= line is the key that candidates are matched by; the text must arrive byte for byte.
OFFER = {"type": "offer", "sdp": "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n", "screen": "5"}
ANSWER = {"type": "answer", "sdp": "v=0\r\no=- 3 4 IN IP4 127.0.0.1\r\ns=-\r\n"}
CANDIDATE = '{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host","sdpMid":"0","sdpMLineIndex":0}'


@dataclass
class Line:
    """A direct conversation of Ann and the bot."""

    ann: WireClient
    desk: WireClient
    conversation: str
    session: str

    async def join(self) -> None:
        join = {"convId": self.conversation, "rtcSessionId": self.session, "callOut": True}
        await self.ann.call("JOIN", join={**join, "sdp": OFFER, "mediaType": ["AUDIO"]})

    async def answer(self) -> None:
        answer = {"rtcSessionId": self.session, "sdp": ANSWER, "mediaType": ["AUDIO"]}
        await self.desk.call("ANSWER", answer=answer)

    async def terminate(self, client: WireClient) -> None:
        await client.call("TERMINATE", terminate={"rtcSessionId": self.session})


@pytest.fixture
async def line(platform: Platform) -> Line:
    ann, desk = await platform.logon("ann"), await platform.logon("desk")
    create = {"type": "DIRECT", "participants": [{"userId": desk.user_id}]}
    made = (await ann.conversation("CREATE", create=create))["create"]["conversation"]
    await ann.seen()
    await desk.seen()
    return Line(ann, desk, made["convId"], made["rtcSessionId"])


async def test_a_call_from_first_ring_to_hang_up(line: Line) -> None:
    ann, desk = line.ann, line.desk
    await line.join()
    started = await ann.event("SESSION_STARTED")
    assert started["sessionId"] == line.session
    assert started["sessionStarted"]["convId"] == line.conversation
    assert [one["userId"] for one in started["sessionStarted"]["session"]["participants"]] == [ann.user_id]
    invite = await desk.event("INVITE")
    assert (invite["sessionId"], invite["instanceId"]) == (line.session, started["instanceId"])
    assert invite["invite"]["sdp"] == OFFER
    assert invite["invite"]["mediaType"] == ["AUDIO"]
    assert invite["invite"]["userId"] == ann.user_id
    assert invite["invite"]["ringingTimeout"] == 30_000
    assert invite["invite"]["transactionId"]

    early = {"rtcSessionId": line.session, "origin": "o=- 1 2 IN IP4 127.0.0.1", "candidates": [CANDIDATE]}
    await ann.call("ICE_CANDIDATES", iceCandidates=early)
    assert await desk.seen() == []
    progress = {"rtcSessionId": line.session, "type": "ALERTING", "invitingUser": ann.user_id}
    await desk.call("SEND_PROGRESS", sendProgress=progress)
    assert (await ann.event("PROGRESS"))["participantProgress"] == {"progressType": "ALERTING"}

    await line.answer()
    answered = await ann.event("SDP_ANSWER")
    assert answered["sdpAnswer"] == {"clientID": ann.client_id, "sdp": ANSWER}
    joined = (await ann.event("PARTICIPANT_JOINED"))["participantJoined"]["participant"]
    assert (joined["userId"], joined["clientId"]) == (desk.user_id, desk.client_id)
    assert joined["userDisplayName"] == "Desk"
    for client in (ann, desk):
        session = (await client.event("SESSION_UPDATED"))["sessionUpdated"]["session"]
        there = {one["userId"]: one["clientId"] for one in session["participants"]}
        assert there == {ann.user_id: ann.client_id, desk.user_id: desk.client_id}
        assert (session["muted"], session["locked"]) == (False, False)
    released = (await desk.event("ICE_CANDIDATES"))["iceCandidates"]
    assert released == {"clientId": desk.client_id, "origin": early["origin"], "candidates": [CANDIDATE]}

    active = await ann.ok("RTC_SESSION", "rtcSession", "GET_ACTIVE_SESSIONS")
    assert [one["rtcSessionId"] for one in active["activeSessions"]["session"]] == [line.session]
    await line.terminate(ann)
    assert (await desk.event("SESSION_TERMINATED"))["sessionTerminated"] == {"cause": "NO_USERS_LEFT"}
    # No late word to the one who hung up: it would hit the next call, which has the same session id.
    assert await ann.seen() == ["ADD_ITEM"]
    active = await ann.ok("RTC_SESSION", "rtcSession", "GET_ACTIVE_SESSIONS")
    assert active["activeSessions"]["session"] == []
    items = await ann.conversation(
        "GET_ITEMS_BY_CONVERSATION", getItemsByConversation={"convId": line.conversation}
    )
    assert items["getItemsByConversation"]["items"][-1]["rtc"]["type"] == "ENDED"


@pytest.mark.parametrize("cause", ["DECLINE", "BUSY", "TIMEOUT"])
async def test_a_refusal_reaches_the_caller(line: Line, cause: str) -> None:
    await line.join()
    await line.desk.event("INVITE")
    reject = {"convId": line.conversation, "rtcSessionId": line.session, "cause": cause}
    await line.desk.call("INVITE_REJECT", inviteReject=reject)
    failed = (await line.ann.event("INVITE_FAILED"))["inviteFailed"]
    assert failed == {"userId": line.desk.user_id, "cause": cause}
    # The caller's client also ends the call it was refused.
    await line.terminate(line.ann)


async def test_giving_up_stops_the_ringing(line: Line) -> None:
    await line.join()
    await line.terminate(line.ann)
    cancel = (await line.desk.event("INVITE_CANCEL"))["inviteCancel"]
    assert cancel == {"clientID": line.ann.client_id, "cause": "REVOKED"}


async def test_ringing_runs_out_of_time(line: Line, clock: VirtualClock) -> None:
    await line.join()
    await line.desk.event("INVITE")
    await clock.advance(30)
    assert (await line.ann.event("INVITE_FAILED"))["inviteFailed"]["cause"] == "TIMEOUT"
    assert (await line.desk.event("INVITE_CANCEL"))["inviteCancel"]["cause"] == "REVOKED"


async def test_nobody_there(platform: Platform) -> None:
    ann = await platform.logon("ann")
    create = {"type": "DIRECT", "participants": [{"userId": platform.user("desk")}]}
    made = (await ann.conversation("CREATE", create=create))["create"]["conversation"]
    join = {"convId": made["convId"], "rtcSessionId": made["rtcSessionId"], "callOut": True, "sdp": OFFER}
    await ann.call("JOIN", join=join)
    assert (await ann.event("INVITE_FAILED"))["inviteFailed"]["cause"] == "NOT_REACHABLE"


async def test_the_first_of_several_devices_takes_it(platform: Platform, line: Line) -> None:
    other = await platform.logon("desk")
    await line.join()
    await other.event("INVITE")
    await line.answer()
    cancel = (await other.event("INVITE_CANCEL"))["inviteCancel"]
    assert cancel == {"clientID": line.desk.client_id, "cause": "ACCEPT"}


async def test_a_change_of_media_in_mid_call(line: Line) -> None:
    await line.join()
    await line.answer()
    change = {"rtcSessionId": line.session, "sdp": OFFER, "mediaTypes": ["AUDIO", "VIDEO"]}
    await line.ann.call("CHANGE_MEDIA_TYPE", changeMediaType={**change, "transactionId": "t1"})
    asked = (await line.desk.event("CHANGE_MEDIA_TYPE_REQUESTED"))["changeMediaRequested"]
    assert asked == {"clientID": line.desk.client_id, "sdp": OFFER, "transactionId": "t1"}
    updated = (await line.desk.event("PARTICIPANT_UPDATED"))["participantUpdated"]["participant"]
    assert updated["mediaTypes"] == ["AUDIO", "VIDEO"]
    reject = {"rtcSessionId": line.session, "transactionId": "t1"}
    await line.desk.call("CHANGE_MEDIA_REJECT", changeMediaReject=reject)
    failed = (await line.ann.event("SDP_FAILED"))["sdpFailed"]
    assert failed == {"clientID": line.ann.client_id, "cause": "CHANGE_MEDIA_REJECT"}
    await line.desk.call("CHANGE_MEDIA_TYPE", changeMediaType={**change, "transactionId": "t2"})
    accept = {"rtcSessionId": line.session, "transactionId": "t2", "sdp": ANSWER}
    await line.ann.call("CHANGE_MEDIA_ACCEPT", changeMediaAccept=accept)
    answered = (await line.desk.event("SDP_ANSWER"))["sdpAnswer"]
    assert answered == {"clientID": line.desk.client_id, "sdp": ANSWER}


async def test_two_calls_in_one_conversation_at_a_time(line: Line) -> None:
    await line.join()
    join = {"rtcSessionId": line.session, "callOut": True, "sdp": OFFER}
    response = await line.desk.ask("RTC_CALL", "rtcCall", "JOIN", join=join)
    assert response["code"] == "SERVICE_EXCEPTION"
    assert response["errorInfo"]["errorCode"] == "RTC_CONCURRENT_INCOMING_CALL"


async def test_what_is_not_there_yet_says_so(platform: Platform, line: Line) -> None:
    for join in (
        {"rtcSessionId": line.session, "callOut": False, "sdp": OFFER},
        {"rtcSessionId": line.session, "handover": True, "sdp": OFFER},
        {"rtcSessionId": f"rtc-{platform.room}", "callOut": True, "sdp": OFFER},
    ):
        response = await line.ann.ask("RTC_CALL", "rtcCall", "JOIN", join=join)
        assert response["code"] == "OPERATION_NOT_SUPPORTED"
