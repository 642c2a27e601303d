from __future__ import annotations

from datetime import timedelta

from botkit.sandbox.hub.machine import Refusal
from botkit.sandbox.hub.private import (
    AddLabels,
    ChangeSettings,
    ConversationLabelled,
    EditLabel,
    FlagItem,
    LabelConversation,
    Mark,
    MarkConversation,
    MarkRead,
    RemoveLabels,
)
from tests.sandbox.desk import Desk


def test_own_notes_are_told_to_own_devices_alone(desk: Desk) -> None:
    desk.connect("ann1", "ann2", "ben1")
    group = desk.group("ann", "ben")
    item = desk.post("ann", group)
    desk.heard.clear()
    desk.do(MarkRead(by="ann", conversation_id=group.id, until=desk.now))
    desk.do(FlagItem(by="ann", item_id=item.id, flagged=True))
    desk.do(MarkConversation(by="ann", conversation_id=group.id, mark=Mark.FAVORITE, marked=True))
    desk.do(ChangeSettings(by="ann", settings={"K": {"key": "K", "booleanValue": True}}))
    expected = ["ItemsRead", "ItemFlagged", "ConversationMarked", "SettingsChanged"]
    assert desk.kinds("ann1") == desk.kinds("ann2") == expected
    assert desk.kinds("ben1") == []
    assert desk.state.notes["ben"].flagged == {}


def test_the_read_pointer_never_goes_back(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    desk.do(MarkRead(by="ann", conversation_id=group.id, until=desk.now))
    earlier = desk.now - timedelta(seconds=1)
    assert desk.do(MarkRead(by="ann", conversation_id=group.id, until=earlier)) == desk.now


def test_removing_a_label_takes_it_off_everywhere(desk: Desk) -> None:
    desk.connect("ann1")
    group = desk.group("ann", "ben")
    first, second = desk.do(AddLabels(by="ann", texts=("one", "two")))
    desk.do(EditLabel(by="ann", label_id=first, text="uno"))
    assign = LabelConversation(by="ann", conversation_id=group.id, label_ids=(first, second), assigned=True)
    assert desk.do(assign) == (first, second)
    assert desk.do(RemoveLabels(by="ann", label_ids=(first, "unknown"))) == (first,)
    assert desk.state.notes["ann"].labels == {second: "two"}
    unassign = LabelConversation(by="ann", conversation_id=group.id, label_ids=(), assigned=False)
    assert desk.do(unassign) == (second,)
    assert desk.told("ann1", ConversationLabelled)[-1].labels == (second,)


def test_what_is_refused(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    (label,) = desk.do(AddLabels(by="ann", texts=("one",)))
    stranger = MarkRead(by="cleo", conversation_id=group.id, until=desk.now)
    assert desk.refused(stranger) is Refusal.FORBIDDEN
    assert desk.refused(EditLabel(by="ben", label_id=label, text="x")) is Refusal.NOT_FOUND
    assert desk.refused(EditLabel(by="ann", label_id=label, text="")) is Refusal.INVALID
    of_another = LabelConversation(by="ben", conversation_id=group.id, label_ids=(label,), assigned=True)
    assert desk.refused(of_another) is Refusal.NOT_FOUND
    assert desk.refused(AddLabels(by="ann", texts=("x",) * 500)) is Refusal.TOO_MUCH
