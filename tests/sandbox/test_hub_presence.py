from __future__ import annotations

from datetime import timedelta

from botkit.sandbox.hub.hub import Pass
from botkit.sandbox.hub.machine import Refusal
from botkit.sandbox.hub.presence import (
    ChoosePresence,
    ChosenPresence,
    Connect,
    Presence,
    PresenceChanged,
    PresenceState,
    Type,
    Typed,
    WatchPresence,
    WatchTyping,
    presence_of,
)
from tests.sandbox.desk import Desk


def test_coming_and_going_is_told_to_those_who_watch(desk: Desk) -> None:
    desk.connect("ann1", "cleo1")
    seen = desk.do(WatchPresence(device_id="ann1", user_ids=("ben",)))
    assert seen == (Presence(user_id="ben", state=PresenceState.OFFLINE),)
    desk.connect("ben1", "ben2")
    desk.disconnect("ben1")
    desk.disconnect("ben2")
    states = [event.presence.state for event in desk.told("ann1", PresenceChanged)]
    assert states == [PresenceState.AVAILABLE, PresenceState.OFFLINE]
    assert desk.heard["cleo1"] == []


def test_do_not_disturb_ends_by_itself(desk: Desk) -> None:
    desk.connect("ann1", "ben1")
    desk.do(WatchPresence(device_id="ann1", user_ids=("ben",)))
    until = desk.now + timedelta(minutes=5)
    chosen = ChosenPresence(PresenceState.DND, "in a meeting", until)
    desk.do(ChoosePresence(by="ben", chosen=chosen))
    assert desk.hub.next_deadline == until
    desk.later(300)
    desk.do(Pass())
    states = [event.presence.state for event in desk.told("ann1", PresenceChanged)]
    assert states == [PresenceState.DND, PresenceState.AVAILABLE]
    assert presence_of(desk.state, "ben").message == "in a meeting"
    assert desk.hub.next_deadline is None


def test_whoever_watches_everybody_hears_each_change_once(desk: Desk) -> None:
    desk.connect("ann1")
    desk.do(WatchPresence(device_id="ann1"))
    desk.do(WatchPresence(device_id="ann1", user_ids=("ben",)))
    desk.connect("ben1", "cleo1")
    heard = [(event.presence.user_id, event.to_everybody) for event in desk.told("ann1", PresenceChanged)]
    assert heard == [("ben", False), ("cleo", True)]
    desk.do(WatchPresence(device_id="ann1", watch=False))
    desk.disconnect("cleo1")
    assert len(desk.told("ann1", PresenceChanged)) == 2


def test_typing_is_told_to_other_members_devices_that_asked(desk: Desk) -> None:
    desk.connect("ann1", "ben1", "ben2")
    group = desk.group("ann", "ben")
    for device in ("ann1", "ben1"):
        desk.do(WatchTyping(device_id=device, conversation_id=group.id))
    desk.do(Type(by="ann", conversation_id=group.id, typing=True))
    assert desk.told("ben1", Typed) == [Typed(group.id, "ann", True)]
    assert desk.told("ann1", Typed) == desk.told("ben2", Typed) == []


def test_what_is_refused(desk: Desk) -> None:
    desk.connect("ann1", "cleo1")
    group = desk.group("ann", "ben")
    assert desk.refused(Connect(device_id="ann1", user_id="ann")) is Refusal.INVALID
    assert desk.refused(Connect(device_id="x", user_id="nobody")) is Refusal.NOT_FOUND
    watch = WatchTyping(device_id="cleo1", conversation_id=group.id)
    assert desk.refused(watch) is Refusal.FORBIDDEN
    nobody = WatchPresence(device_id="ann1", user_ids=("ben", "nobody"))
    assert desk.refused(nobody) is Refusal.NOT_FOUND
    assert desk.state.device("ann1").watches_presence == set()
    long = ChoosePresence(by="ann", chosen=ChosenPresence(message="x" * 501))
    assert desk.refused(long) is Refusal.TOO_MUCH


def test_devices_of_one_person_are_bounded(desk: Desk) -> None:
    desk.connect(*(f"ann{number}" for number in range(50)))
    assert desk.refused(Connect(device_id="ann50", user_id="ann")) is Refusal.TOO_MUCH
