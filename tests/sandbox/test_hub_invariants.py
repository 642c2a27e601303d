"""Whatever people do, in any order, these hold."""

from __future__ import annotations

import copy

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from botkit.model.conversations import ConversationKind
from botkit.sandbox.hub.calling import (
    AnswerCall,
    AttendCalls,
    EndCall,
    RefuseCall,
    RefuseCause,
    SendCandidates,
    StartCall,
)
from botkit.sandbox.hub.calls import Candidates, Description
from botkit.sandbox.hub.conversations import AddMembers, CreateConversation, RemoveMembers
from botkit.sandbox.hub.files import AddFile, DropFile, item_limit, waiting_limit
from botkit.sandbox.hub.hub import Disconnect, Pass
from botkit.sandbox.hub.items import DeleteText, EditText, ItemAdded, LikeText, PostText, Text
from botkit.sandbox.hub.machine import Command, Refused
from botkit.sandbox.hub.presence import Connect
from tests.sandbox.desk import PEOPLE, Desk

people = st.sampled_from(PEOPLE)
numbers = st.integers(0, 7)
devices = st.sampled_from([f"{name}{number}" for name in PEOPLE for number in (1, 2)])
media = Description(body={"sdp": "x"}, media=("AUDIO",))


class People(RuleBasedStateMachine):
    """Ann, Ben and Cleo do what comes to their minds."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.stamps = 0
        self.items_ever: list[str] = []
        self.expected: dict[str, list[str]] = {}
        """Device -> the items it must have heard of, in order."""

    def attempt(self, command: Command[object]) -> None:
        state = self.desk.state
        before = _snapshot(self.desk)
        known = set(state.items)
        devices = dict(state.devices)
        try:
            self.desk.do(command)
        except Refused:
            assert _snapshot(self.desk) == before
            return
        for item_id in [one for one in state.items if one not in known]:
            self.items_ever.append(item_id)
            members = state.conversations[state.items[item_id].conversation_id].members
            for device in devices.values():
                if device.user_id in members:
                    self.expected.setdefault(device.id, []).append(item_id)

    def conversation(self, number: int) -> str:
        known = list(self.desk.state.conversations)
        return known[number % len(known)] if known else "none"

    def item(self, number: int) -> str:
        known = list(self.desk.state.items)
        return known[-1 - number % len(known)] if known else "none"

    @rule(by=people, kind=st.sampled_from(list(ConversationKind)), members=st.lists(people, max_size=3))
    def create(self, by: str, kind: ConversationKind, members: list[str]) -> None:
        self.attempt(CreateConversation(by=by, kind=kind, members=tuple(members)))

    @rule(by=people, number=numbers, who=people)
    def add(self, by: str, number: int, who: str) -> None:
        self.attempt(AddMembers(by=by, conversation_id=self.conversation(number), members=(who,)))

    @rule(by=people, number=numbers, who=people)
    def remove(self, by: str, number: int, who: str) -> None:
        self.attempt(RemoveMembers(by=by, conversation_id=self.conversation(number), members=(who,)))

    @rule(by=people, number=numbers, parent=st.none() | numbers)
    def post(self, by: str, number: int, parent: int | None) -> None:
        thread = "" if parent is None else self.item(parent)
        text = Text(content="x", mentions=PEOPLE)
        conversation = self.conversation(number)
        self.attempt(PostText(by=by, conversation_id=conversation, text=text, parent_id=thread))

    @rule(by=people, number=numbers, what=st.sampled_from(["edit", "delete", "like", "unlike"]))
    def change(self, by: str, number: int, what: str) -> None:
        item = self.item(number)
        commands: dict[str, Command[object]] = {
            "edit": EditText(by=by, item_id=item, content="y"),
            "delete": DeleteText(by=by, item_id=item),
            "like": LikeText(by=by, item_id=item, liked=True),
            "unlike": LikeText(by=by, item_id=item, liked=False),
        }
        self.attempt(commands[what])

    @rule(by=people, number=st.none() | numbers)
    def upload(self, by: str, number: int | None) -> None:
        files = list(self.desk.state.files.values())
        item = files[-1 - number % len(files)].item_id if files and number is not None else ""
        self.attempt(AddFile(by=by, item_id=item, name="x", media_type="audio/wav", size=1))

    @rule(
        by=people,
        number=numbers,
        chosen=st.lists(numbers, max_size=3),
        what=st.sampled_from(["post", "edit"]),
    )
    def send_files(self, by: str, number: int, chosen: list[int], what: str) -> None:
        known = [*self.desk.state.files, "none"]
        files = tuple(known[-1 - each % len(known)] for each in chosen)
        if what == "post":
            text = Text(content="", files=files)
            self.attempt(PostText(by=by, conversation_id=self.conversation(number), text=text))
        else:
            self.attempt(EditText(by=by, item_id=self.item(number), content="z", files=files))

    @rule(by=people, number=numbers)
    def take_back(self, by: str, number: int) -> None:
        known = list(self.desk.state.files)
        self.attempt(DropFile(by=by, file_id=known[number % len(known)] if known else "none"))

    @rule(device=devices)
    def connect(self, device: str) -> None:
        self.attempt(Connect(device_id=device, user_id=device[:-1]))
        if device in self.desk.state.devices:
            self.attempt(AttendCalls(device_id=device))

    @rule(device=devices)
    def disconnect(self, device: str) -> None:
        self.attempt(Disconnect(device_id=device))

    @rule(device=devices, number=numbers)
    def call(self, device: str, number: int) -> None:
        self.attempt(StartCall(device_id=device, conversation_id=self.conversation(number), offer=media))

    @rule(device=devices, number=numbers, what=st.sampled_from(["answer", "end", "candidates"]))
    def in_call(self, device: str, number: int, what: str) -> None:
        conversation = self.conversation(number)
        found = Candidates(device_id=device, origin="", lines=("c",))
        commands: dict[str, Command[object]] = {
            "answer": AnswerCall(device_id=device, conversation_id=conversation, answer=media),
            "end": EndCall(device_id=device, conversation_id=conversation),
            "candidates": SendCandidates(conversation_id=conversation, candidates=found),
        }
        self.attempt(commands[what])

    @rule(device=devices, number=numbers, cause=st.sampled_from(list(RefuseCause)))
    def refuse_call(self, device: str, number: int, cause: RefuseCause) -> None:
        conversation = self.conversation(number)
        self.attempt(RefuseCall(device_id=device, conversation_id=conversation, cause=cause))

    @rule(seconds=st.sampled_from([0, 0.0004, 1, 31]))
    def time_passes(self, seconds: float) -> None:
        self.desk.later(seconds)
        self.attempt(Pass())

    @invariant()
    def no_item_is_lost(self) -> None:
        feeds = [item.id for conv in self.desk.state.conversations for item in self.desk.state.feed(conv)]
        assert sorted(feeds) == sorted(self.items_ever)

    @invariant()
    def everybody_who_was_there_heard_of_every_item_in_order(self) -> None:
        for device, items in self.expected.items():
            heard = [event.item.id for event in self.desk.told(device, ItemAdded)]
            assert heard == items

    @invariant()
    def time_orders_all_items(self) -> None:
        times = [self.desk.state.items[item].created_at for item in self.items_ever]
        assert times == sorted(set(times))
        for conversation in self.desk.state.conversations.values():
            feed = [item.created_at for item in self.desk.state.feed(conversation.id)]
            assert feed == sorted(feed)
            assert conversation.created_at <= conversation.modified_at <= conversation.last_item_at

    @invariant()
    def members_are_people_once_each_and_direct_means_two(self) -> None:
        for conversation in self.desk.state.conversations.values():
            assert len(set(conversation.members)) == len(conversation.members)
            assert not set(conversation.members) & set(conversation.former)
            if conversation.kind is ConversationKind.DIRECT:
                assert len(conversation.members) == 2

    @invariant()
    def files_of_items_are_there_and_their_own(self) -> None:
        state = self.desk.state
        attached = [(file_id, item) for item in state.items.values() for file_id in item.files]
        assert len({file_id for file_id, _ in attached}) == len(attached)
        for file_id, item in attached:
            assert state.files[file_id].item_id == item.id
            assert state.files[file_id].owner_id == item.author_id
            assert len(item.files) <= item_limit
        waiting = [file.owner_id for file in state.files.values() if file.id not in dict(attached)]
        assert all(waiting.count(name) <= waiting_limit for name in PEOPLE)

    @invariant()
    def calls_know_only_devices_that_are_there(self) -> None:
        for call in self.desk.state.calls.values():
            named = {side.device_id for side in call.joined if side.device_id} | call.ringing
            assert named <= set(self.desk.state.devices)
            assert call.answered_at or call.caller.device_id
            assert not (call.answered_at and call.ringing)


def _snapshot(desk: Desk) -> object:
    state = desk.state
    return copy.deepcopy(
        (state.conversations, state.items, state.feeds, state.calls, state.devices, state.direct, state.files)
    )


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
