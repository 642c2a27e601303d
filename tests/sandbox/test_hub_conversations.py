from __future__ import annotations

from botkit.model.conversations import ConversationKind
from botkit.sandbox.hub.conversations import (
    AddMembers,
    ChangeConversation,
    ConversationChanged,
    ConversationCreated,
    CreateConversation,
    JoinConversation,
    RemoveMembers,
)
from botkit.sandbox.hub.items import ItemAdded, Notice, NoticeKind
from botkit.sandbox.hub.machine import Command, Refusal
from tests.sandbox.desk import Desk


def test_two_people_have_one_direct_conversation(desk: Desk) -> None:
    desk.connect("ben1")
    first = desk.direct("ann", "ben")
    again = desk.do(CreateConversation(by="ben", kind=ConversationKind.DIRECT, members=("ann",)))
    assert (again.conversation.id, again.existed) == (first.id, True)
    assert len(desk.told("ben1", ConversationCreated)) == 1


def test_a_new_conversation_is_told_with_its_first_notice(desk: Desk) -> None:
    desk.connect("ben1", "cleo1")
    group = desk.group("ann", "ben")
    assert desk.kinds("ben1") == ["ConversationCreated", "ItemAdded"]
    assert desk.kinds("cleo1") == []
    assert [item.body for item in desk.state.feed(group.id)] == [Notice(kind=NoticeKind.CREATED)]
    assert group.last_item_at >= group.modified_at


def test_newcomers_are_told_the_whole_conversation(desk: Desk) -> None:
    desk.connect("ben1", "cleo1")
    group = desk.group("ann", "ben")
    desk.kinds("ben1")
    desk.do(AddMembers(by="ann", conversation_id=group.id, members=("cleo", "ben")))
    assert desk.kinds("ben1") == ["ConversationChanged", "ItemAdded"]
    assert desk.told("cleo1", ConversationChanged)[-1].conversation.members == ("ann", "ben", "cleo")
    assert desk.kinds("cleo1") == ["ConversationCreated", "ConversationChanged", "ItemAdded"]


def test_the_removed_hear_it_and_nothing_after_it(desk: Desk) -> None:
    desk.connect("ben1")
    group = desk.group("ann", "ben", "cleo")
    desk.kinds("ben1")
    changed = desk.do(RemoveMembers(by="ann", conversation_id=group.id, members=("ben",)))
    assert (changed.members, changed.former) == (("ann", "cleo"), ("ben",))
    desk.post("ann", group)
    assert desk.kinds("ben1") == ["ConversationChanged"]
    assert desk.refused(ChangeConversation(by="ben", conversation_id=group.id)) is Refusal.FORBIDDEN


def test_who_comes_back_is_no_longer_a_former_member(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    desk.do(RemoveMembers(by="ben", conversation_id=group.id))
    back = desk.do(AddMembers(by="ann", conversation_id=group.id, members=("ben",)))
    assert (back.members, back.former) == (("ann", "ben"), ())


def test_adding_to_a_direct_conversation_makes_a_group(desk: Desk) -> None:
    direct = desk.direct("ann", "ben")
    group = desk.do(AddMembers(by="ann", conversation_id=direct.id, members=("cleo",)))
    assert (group.kind, group.members) == (ConversationKind.GROUP, ("ann", "ben", "cleo"))
    assert desk.state.conversations[direct.id].members == ("ann", "ben")


def test_who_is_in_it_already_changes_nothing(desk: Desk) -> None:
    for place in (desk.direct("ann", "ben"), desk.group("ann", "ben")):
        desk.connect("ann1")
        assert desk.do(AddMembers(by="ann", conversation_id=place.id, members=("ben", "ann"))) == place
        assert desk.kinds("ann1") == []
        desk.disconnect("ann1")


def test_an_open_conversation_is_joined_a_group_is_not(desk: Desk) -> None:
    community = desk.group("ann", kind=ConversationKind.OPEN)
    assert desk.do(JoinConversation(by="ben", conversation_id=community.id)).members == ("ann", "ben")
    group = desk.group("ann")
    assert desk.refused(JoinConversation(by="ben", conversation_id=group.id)) is Refusal.FORBIDDEN


def test_renaming_moves_both_times(desk: Desk) -> None:
    desk.connect("ben1")
    group = desk.group("ann", "ben")
    desk.later(5)
    renamed = desk.do(ChangeConversation(by="ann", conversation_id=group.id, topic="New"))
    assert renamed.modified_at > group.modified_at
    assert renamed.last_item_at >= renamed.modified_at
    item = desk.told("ben1", ItemAdded)[-1].item
    assert item.body == Notice(kind=NoticeKind.RENAMED, old_topic="Team", new_topic="New")


def test_a_post_moves_only_the_items_time(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    desk.later(5)
    item = desk.post("ann", group)
    now = desk.state.conversations[group.id]
    assert (now.modified_at, now.last_item_at) == (group.modified_at, item.created_at)


def test_what_is_refused(desk: Desk) -> None:
    direct, group = desk.direct(), desk.group("ann", "ben")
    new = CreateConversation(by="ann", kind=ConversationKind.GROUP, topic="x")
    table: list[tuple[Command[object], Refusal]] = [
        (CreateConversation(by="ann", kind=ConversationKind.DIRECT), Refusal.INVALID),
        (CreateConversation(by="ann", kind=ConversationKind.DIRECT, members=("ann",)), Refusal.INVALID),
        (
            CreateConversation(by="ann", kind=ConversationKind.GROUP, members=("nobody",)),
            Refusal.NOT_FOUND,
        ),
        (
            CreateConversation(by="ann", kind=ConversationKind.GROUP, topic="x" * 256),
            Refusal.TOO_MUCH,
        ),
        (RemoveMembers(by="ann", conversation_id=direct.id), Refusal.INVALID),
        (RemoveMembers(by="ann", conversation_id=group.id, members=("cleo",)), Refusal.NOT_FOUND),
        (AddMembers(by="cleo", conversation_id=group.id, members=("cleo",)), Refusal.FORBIDDEN),
        (AddMembers(by="ann", conversation_id=group.id, members=("nobody",)), Refusal.NOT_FOUND),
        (ChangeConversation(by="ann", conversation_id=direct.id, topic="x"), Refusal.INVALID),
        (JoinConversation(by="ann", conversation_id="nowhere"), Refusal.NOT_FOUND),
    ]
    desk.do(new)
    before = dict(desk.state.conversations)
    for command, why in table:
        assert desk.refused(command) is why, command
    assert desk.state.conversations == before
