from __future__ import annotations

import pytest

from botkit.sandbox.hub.items import (
    DeleteText,
    EditText,
    FormSubmitted,
    ItemAdded,
    ItemChanged,
    LikeText,
    Mentioned,
    Notice,
    PostText,
    SubmitForm,
    Text,
    TextState,
)
from botkit.sandbox.hub.machine import Command, Refusal
from tests.sandbox.desk import Desk

FORM = {"id": "f1", "controls": [{"type": "INPUT", "name": "x"}]}


def test_a_post_reaches_every_device_of_every_member(desk: Desk) -> None:
    desk.connect("ann1", "ann2", "ben1", "cleo1")
    item = desk.post("ann", desk.group("ann", "ben"), "hello")
    for device in ("ann1", "ann2", "ben1"):
        assert desk.told(device, ItemAdded)[-1].item == item
    assert desk.heard["cleo1"] == []


def test_an_answer_to_an_answer_joins_the_thread(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    first = desk.post("ann", group)
    second = desk.post("ben", group, parent=first.id)
    third = desk.post("ann", group, parent=second.id)
    assert (first.parent_id, second.parent_id, third.parent_id) == ("", first.id, first.id)


def test_only_the_first_item_of_a_thread_has_a_subject(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    text = Text(content="x", subject="Lunch")
    first = desk.do(PostText(by="ann", conversation_id=group.id, text=text))
    reply = desk.do(PostText(by="ann", conversation_id=group.id, text=text, parent_id=first.id))
    assert isinstance(first.body, Text)
    assert isinstance(reply.body, Text)
    assert (first.body.subject, reply.body.subject) == ("Lunch", "")


def test_a_mention_is_told_to_members_alone(desk: Desk) -> None:
    desk.connect("ben1", "cleo1")
    group = desk.group("ann", "ben")
    text = Text(content="@Ben @Cleo", mentions=("ben", "cleo", "ben", "nobody"))
    item = desk.do(PostText(by="ann", conversation_id=group.id, text=text))
    assert isinstance(item.body, Text)
    assert item.body.mentions == ("ben",)
    assert [event.item for event in desk.told("ben1", Mentioned)] == [item]
    assert desk.heard["cleo1"] == []


def test_editing_keeps_what_is_not_named(desk: Desk) -> None:
    desk.connect("ben1")
    group = desk.group("ann", "ben")
    text = Text(content="x", subject="Lunch", form=FORM)
    item = desk.do(PostText(by="ann", conversation_id=group.id, text=text))
    desk.do(LikeText(by="ben", item_id=item.id, liked=True))
    edited = desk.do(EditText(by="ann", item_id=item.id, content="y"))
    assert edited.body == Text(
        content="y", subject="Lunch", form=FORM, likes=("ben",), state=TextState.EDITED
    )
    assert edited.created_at == item.created_at < edited.modified_at
    assert desk.told("ben1", ItemChanged)[-1].item == edited


def test_a_form_with_nothing_but_an_id_takes_the_form_away(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    item = desk.do(PostText(by="ann", conversation_id=group.id, text=Text(content="x", form=FORM)))
    edited = desk.do(EditText(by="ann", item_id=item.id, content="x", form={"id": "f1"}))
    assert isinstance(edited.body, Text)
    assert edited.body.form is None


def test_deleting_keeps_the_place_and_takes_the_words(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    item = desk.do(PostText(by="ann", conversation_id=group.id, text=Text(content="x", form=FORM)))
    assert desk.do(DeleteText(by="ann", item_id=item.id)).body == Text(content="", state=TextState.DELETED)
    assert [one.id for one in desk.state.feed(group.id)][-1] == item.id
    assert desk.refused(EditText(by="ann", item_id=item.id, content="y")) is Refusal.INVALID


def test_liking_twice_is_told_once(desk: Desk) -> None:
    desk.connect("ann1")
    item = desk.post("ann", desk.group("ann", "ben"))
    for liked in (True, True, False, False):
        desk.do(LikeText(by="ben", item_id=item.id, liked=liked))
    likes = [e.item.body.likes for e in desk.told("ann1", ItemChanged) if isinstance(e.item.body, Text)]
    assert likes == [("ben",), ()]


def test_a_submission_goes_to_the_author_alone_any_number_of_times(desk: Desk) -> None:
    desk.connect("ann1", "ann2", "ben1", "cleo1")
    group = desk.group("ann", "ben", "cleo")
    item = desk.do(PostText(by="ann", conversation_id=group.id, text=Text(content="x", form=FORM)))
    for person in ("ben", "ben", "cleo"):
        desk.do(SubmitForm(by=person, item_id=item.id, form_id="f1", values=(("x", person),)))
    for device, expected in (("ann1", 3), ("ann2", 3), ("ben1", 0), ("cleo1", 0)):
        assert len(desk.told(device, FormSubmitted)) == expected


def test_times_are_whole_milliseconds_and_never_twice_the_same(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    for _ in range(5):
        desk.post("ann", group)
    times = [item.created_at for item in desk.state.feed(group.id)]
    assert times == sorted(set(times))
    assert all(time.microsecond % 1000 == 0 for time in times)


def test_what_is_refused(desk: Desk) -> None:
    group = desk.group("ann", "ben")
    other = desk.group("ann", "ben", "cleo")
    item = desk.post("ann", group)
    notice = desk.state.feed(group.id)[0]
    assert isinstance(notice.body, Notice)
    table: list[tuple[Command[object], Refusal]] = [
        (PostText(by="cleo", conversation_id=group.id, text=Text(content="x")), Refusal.FORBIDDEN),
        (PostText(by="ann", conversation_id="nowhere", text=Text(content="x")), Refusal.NOT_FOUND),
        (
            PostText(by="ann", conversation_id=group.id, text=Text(content="x" * 65_537)),
            Refusal.TOO_MUCH,
        ),
        (
            PostText(by="ann", conversation_id=other.id, text=Text(content="x"), parent_id=item.id),
            Refusal.INVALID,
        ),
        (PostText(by="ann", conversation_id=group.id, text=Text(content="x", form={})), Refusal.INVALID),
        (EditText(by="ben", item_id=item.id, content="y"), Refusal.FORBIDDEN),
        (DeleteText(by="ben", item_id=item.id), Refusal.FORBIDDEN),
        (DeleteText(by="ann", item_id=notice.id), Refusal.FORBIDDEN),
        (LikeText(by="cleo", item_id=item.id, liked=True), Refusal.FORBIDDEN),
        (LikeText(by="ann", item_id=notice.id, liked=True), Refusal.INVALID),
        (SubmitForm(by="ben", item_id=item.id, form_id="f1", values=()), Refusal.INVALID),
    ]
    for command, why in table:
        assert desk.refused(command) is why, command


@pytest.mark.parametrize("liked", [True, False])
def test_a_deleted_text_is_not_liked(desk: Desk, liked: bool) -> None:
    item = desk.post("ann", desk.group("ann", "ben"))
    desk.do(DeleteText(by="ann", item_id=item.id))
    assert desk.refused(LikeText(by="ben", item_id=item.id, liked=liked)) is Refusal.INVALID
