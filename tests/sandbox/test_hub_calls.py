from __future__ import annotations

import pytest

from botkit.model.calls import CallCause
from botkit.sandbox.hub.calling import (
    AnswerCall,
    AttendCalls,
    EndCall,
    RefuseCall,
    RefuseCause,
    ReportRinging,
    SendCandidates,
    StartCall,
)
from botkit.sandbox.hub.calls import (
    Call,
    CallAnswered,
    CallFailed,
    CallOffered,
    CallOver,
    Candidates,
    CandidatesFound,
    Description,
    MediaAnswered,
    MediaOffered,
    RingingStopped,
    SideChanged,
    StopCause,
    lost_grace,
)
from botkit.sandbox.hub.hub import Pass
from botkit.sandbox.hub.items import CallRecord
from botkit.sandbox.hub.machine import Refusal
from botkit.sandbox.hub.media_change import AnswerMedia, Mute, OfferMedia
from tests.sandbox.desk import Desk

OFFER = Description(body={"type": "offer", "sdp": "o"}, media=("AUDIO",))
ANSWER = Description(body={"type": "answer", "sdp": "a"}, media=("AUDIO",))


class Line:
    """Ann's direct conversation with Ben; Ann at one device, Ben at two."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.connect("ann1", "ann2", "ben1", "ben2")
        self.id = desk.direct().id
        desk.heard.clear()

    def start(self, device: str = "ann1") -> Call:
        return self.desk.do(StartCall(device_id=device, conversation_id=self.id, offer=OFFER))

    def answer(self, device: str = "ben1") -> Call:
        return self.desk.do(AnswerCall(device_id=device, conversation_id=self.id, answer=ANSWER))

    def refuse(self, device: str, cause: RefuseCause) -> None:
        self.desk.do(RefuseCall(device_id=device, conversation_id=self.id, cause=cause))

    def end(self, device: str) -> None:
        self.desk.do(EndCall(device_id=device, conversation_id=self.id))

    def candidates(self, device: str, *lines: str) -> None:
        found = Candidates(device_id=device, origin=f"o={device}", lines=lines)
        self.desk.do(SendCandidates(conversation_id=self.id, candidates=found))

    def record(self) -> CallRecord:
        """What stands in the conversation at the end."""
        assert self.id not in self.desk.state.calls
        body = self.desk.state.feed(self.id)[-1].body
        assert isinstance(body, CallRecord)
        return body


@pytest.fixture
def line(desk: Desk) -> Line:
    return Line(desk)


def test_ring_progress_answer_talk_hang_up(desk: Desk, line: Line) -> None:
    line.start()
    assert desk.kinds("ben1") == desk.kinds("ben2") == ["CallOffered"]
    assert desk.kinds("ann1") == desk.kinds("ann2") == ["CallStarted"]
    desk.do(ReportRinging(device_id="ben1", conversation_id=line.id))
    assert desk.kinds("ann1") == ["CallAlerting"]
    line.answer("ben1")
    assert desk.told("ben2", RingingStopped)[0].cause is StopCause.ACCEPTED
    assert desk.kinds("ben2") == ["RingingStopped", "CallUpdated"]
    assert desk.told("ann1", CallAnswered)[0].answer == ANSWER
    assert desk.kinds("ann1") == ["CallAnswered", "SideJoined", "CallUpdated"]
    assert desk.kinds("ann2") == desk.kinds("ben1") == ["CallUpdated"]
    desk.later(7)
    line.end("ann1")
    assert desk.told("ben1", CallOver)[0].cause is CallCause.HANGUP
    # The device that acted is not told: a late word would hit its next call.
    assert desk.kinds("ann1") == ["ItemAdded"]
    assert desk.kinds("ann2") == desk.kinds("ben2") == ["CallOver", "ItemAdded"]
    talked = line.record().talked
    assert talked is not None
    assert talked.total_seconds() == 7


def test_candidates_wait_for_the_answer_and_never_come_before_it(desk: Desk, line: Line) -> None:
    line.start()
    line.candidates("ann1", "c1")
    line.candidates("ben1", "c2")
    line.candidates("ben2", "never")
    line.candidates("ann2", "nor this")
    assert desk.told("ben1", CandidatesFound) == desk.told("ann1", CandidatesFound) == []
    desk.heard.clear()
    line.answer("ben1")
    line.candidates("ann1", "c3")
    line.candidates("ben2", "nor that")
    assert desk.kinds("ann1") == ["CallAnswered", "SideJoined", "CallUpdated", "CandidatesFound"]
    assert [event.candidates.lines for event in desk.told("ben1", CandidatesFound)] == [("c1",), ("c3",)]
    assert desk.told("ben2", CandidatesFound) == []


def test_candidates_held_back_are_bounded(desk: Desk, line: Line) -> None:
    line.start()
    line.candidates("ann1", *["c"] * 500)
    one_more = Candidates(device_id="ann1", origin="", lines=("c",))
    command = SendCandidates(conversation_id=line.id, candidates=one_more)
    assert desk.refused(command) is Refusal.TOO_MUCH


def test_declining_on_one_device_ends_it_on_all(desk: Desk, line: Line) -> None:
    line.start()
    desk.heard.clear()
    line.refuse("ben1", RefuseCause.DECLINE)
    assert desk.told("ben2", RingingStopped)[0].cause is StopCause.DECLINED
    assert desk.told("ann1", CallFailed)[0].cause is CallCause.DECLINED
    assert desk.told("ann2", CallOver)
    assert desk.kinds("ben1") == ["ItemAdded"]
    assert line.record() == CallRecord(cause=CallCause.DECLINED, people=("ann", "ben"))


@pytest.mark.parametrize(
    ("first", "last", "cause"),
    [
        (RefuseCause.BUSY, RefuseCause.TIMEOUT, CallCause.BUSY),
        (RefuseCause.TIMEOUT, RefuseCause.BUSY, CallCause.BUSY),
        (RefuseCause.TIMEOUT, RefuseCause.TIMEOUT, CallCause.NO_ANSWER),
    ],
)
def test_the_call_fails_when_the_last_device_has_said_no(
    desk: Desk, line: Line, first: RefuseCause, last: RefuseCause, cause: CallCause
) -> None:
    line.start()
    line.refuse("ben1", first)
    assert desk.told("ann1", CallFailed) == []
    line.refuse("ben2", last)
    assert [event.cause for event in desk.told("ann1", CallFailed)] == [cause]


def test_giving_up_stops_the_ringing(desk: Desk, line: Line) -> None:
    line.start()
    desk.heard.clear()
    line.end("ann1")
    for device in ("ben1", "ben2"):
        assert desk.told(device, RingingStopped)[0].cause is StopCause.REVOKED
    assert desk.kinds("ann1") == ["ItemAdded"]
    assert line.record().cause is CallCause.CANCELLED


def test_ringing_ends_at_its_deadline_and_not_before(desk: Desk, line: Line) -> None:
    line.start()
    desk.later(29.999)
    desk.do(Pass())
    assert line.id in desk.state.calls
    assert desk.hub.next_deadline is not None
    desk.later(0.001)
    assert desk.hub.next_deadline <= desk.now
    desk.do(Pass())
    assert desk.told("ann1", CallFailed)[0].cause is CallCause.NO_ANSWER
    assert desk.told("ben1", RingingStopped)[0].cause is StopCause.REVOKED
    assert desk.hub.next_deadline is None


def test_nobody_there_fails_at_once(desk: Desk) -> None:
    desk.connect("ann1")
    conversation = desk.direct()
    desk.heard.clear()
    desk.do(StartCall(device_id="ann1", conversation_id=conversation.id, offer=OFFER))
    assert desk.told("ann1", CallFailed)[0].cause is CallCause.FAILED
    assert desk.kinds("ann1") == ["CallStarted", "CallFailed", "ItemAdded"]


def test_a_device_that_becomes_ready_while_it_rings_is_offered_the_rest(desk: Desk, line: Line) -> None:
    line.start()
    desk.later(10)
    desk.disconnect("ben1")
    desk.disconnect("ben2")
    desk.connect("ben3")
    desk.heard.clear()
    assert desk.do(AttendCalls(device_id="ben3")) == ()
    (offered,) = desk.told("ben3", CallOffered)
    assert offered.ring_for.total_seconds() == 20
    desk.do(AttendCalls(device_id="ben3"))
    assert len(desk.told("ben3", CallOffered)) == 1
    assert line.answer("ben3").callee.device_id == "ben3"


def test_the_callers_lost_device_gives_up_a_ringing_call(desk: Desk, line: Line) -> None:
    line.start()
    desk.disconnect("ann1")
    assert desk.told("ben1", RingingStopped)[0].cause is StopCause.REVOKED
    assert line.record().cause is CallCause.CANCELLED


def test_a_lost_device_may_come_back_to_its_talk(desk: Desk, line: Line) -> None:
    line.start()
    line.answer()
    desk.disconnect("ben1")
    desk.connect("ben3")
    desk.heard.clear()
    (call,) = desk.do(AttendCalls(device_id="ben3"))
    assert call.callee.device_id == "ben3"
    assert desk.kinds("ann1") == ["CallUpdated"]
    assert desk.hub.next_deadline is None
    line.candidates("ann1", "c1")
    assert desk.told("ben3", CandidatesFound)


def test_a_talk_without_its_device_ends_after_the_grace(desk: Desk, line: Line) -> None:
    line.start()
    line.answer()
    desk.disconnect("ben1")
    desk.later(lost_grace.total_seconds())
    desk.do(Pass())
    assert desk.told("ann1", CallOver)[0].cause is CallCause.CALL_LOST
    assert line.record().cause is CallCause.CALL_LOST


def test_ending_what_is_over_is_no_error_and_no_event(desk: Desk, line: Line) -> None:
    line.start()
    line.end("ann1")
    desk.heard.clear()
    line.end("ann1")
    line.refuse("ben1", RefuseCause.DECLINE)
    line.candidates("ann1", "late")
    assert dict(desk.heard) == {}


def test_the_next_call_in_the_conversation_is_another_one(desk: Desk, line: Line) -> None:
    first = line.start()
    line.candidates("ann1", "old")
    line.end("ann1")
    second = line.start()
    assert first.id != second.id
    desk.heard.clear()
    line.answer()
    assert desk.told("ben1", CandidatesFound) == []


def test_other_media_are_asked_and_answered(desk: Desk, line: Line) -> None:
    line.start()
    line.answer()
    desk.heard.clear()
    video = Description(body={"type": "offer", "sdp": "v"}, media=("AUDIO", "VIDEO"))
    desk.do(OfferMedia(device_id="ann1", conversation_id=line.id, description=video, transaction_id="t1"))
    assert desk.told("ben1", MediaOffered)[0].description == video
    assert desk.told("ben1", SideChanged)[0].side.media == ("AUDIO", "VIDEO")
    reply = AnswerMedia(device_id="ben1", conversation_id=line.id, transaction_id="t1", description=ANSWER)
    desk.do(reply)
    assert desk.told("ann1", MediaAnswered)[0].description == ANSWER
    assert desk.refused(reply) is Refusal.INVALID


def test_a_refused_change_is_told_and_mute_is_shown(desk: Desk, line: Line) -> None:
    line.start()
    line.answer()
    desk.heard.clear()
    desk.do(OfferMedia(device_id="ben1", conversation_id=line.id, description=OFFER, transaction_id="t1"))
    desk.do(AnswerMedia(device_id="ann1", conversation_id=line.id, transaction_id="t1", description=None))
    assert desk.kinds("ben1") == ["MediaRefused"]
    desk.do(Mute(device_id="ann1", conversation_id=line.id, muted=True))
    for device in ("ann1", "ann2", "ben1", "ben2"):
        assert desk.told(device, SideChanged)[-1].side.muted


def test_what_is_refused(desk: Desk, line: Line) -> None:
    group = desk.group("ann", "ben")
    start = StartCall(device_id="ann1", conversation_id=line.id, offer=OFFER)
    answer = AnswerCall(device_id="ben1", conversation_id=line.id, answer=ANSWER)
    assert desk.refused(answer) is Refusal.NOT_FOUND
    in_group = StartCall(device_id="ann1", conversation_id=group.id, offer=OFFER)
    assert desk.refused(in_group) is Refusal.UNSUPPORTED
    desk.connect("cleo1")
    stranger = StartCall(device_id="cleo1", conversation_id=line.id, offer=OFFER)
    assert desk.refused(stranger) is Refusal.FORBIDDEN
    desk.do(start)
    assert desk.refused(start) is Refusal.BUSY
    by_caller = AnswerCall(device_id="ann1", conversation_id=line.id, answer=ANSWER)
    assert desk.refused(by_caller) is Refusal.INVALID
    progress = ReportRinging(device_id="ann1", conversation_id=line.id)
    assert desk.refused(progress) is Refusal.INVALID
    too_early = OfferMedia(device_id="ann1", conversation_id=line.id, description=OFFER, transaction_id="t")
    assert desk.refused(too_early) is Refusal.INVALID
    desk.do(answer)
    again = AnswerCall(device_id="ben2", conversation_id=line.id, answer=ANSWER)
    assert desk.refused(again) is Refusal.INVALID
