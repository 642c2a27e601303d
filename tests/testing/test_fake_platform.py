"""The platform in memory: its faults, its people, and a bot that restarts on it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from botkit.model.calls import CallCause
from botkit.model.events import (
    CallAnswered,
    CallCandidates,
    CallOffered,
    ConnectionChanged,
    ConnectionState,
    Event,
)
from botkit.model.forms import Form
from botkit.model.items import OutgoingMessage
from botkit.ports.connector import Capabilities, ConnectorError
from botkit.testing import FakeConnector, FakePlatform, ScriptedPerson, VirtualClock


class Sink:
    """A bot's ear."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    async def __call__(self, event: Event) -> None:
        self.heard.append(event)

    @property
    def ids(self) -> list[str]:
        return [event.event_id for event in self.heard if not isinstance(event, ConnectionChanged)]


def to_person(person: ScriptedPerson, text: str = "Hello") -> OutgoingMessage:
    return OutgoingMessage(conversation_id=person.direct.id, text=text)


class TestFaults:
    async def test_a_post_that_fails_did_not_happen(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        connector.fail_posts(2)
        for _ in range(2):
            with pytest.raises(ConnectorError) as caught:
                await connector.chat.post(to_person(person))
            assert not caught.value.lasting
        assert person.unread() == []
        await connector.chat.post(to_person(person))
        assert [message.text for message in person.unread()] == ["Hello"]
        assert person.unread() == []

    async def test_a_post_may_happen_and_report_failure(
        self, connector: FakeConnector, person: ScriptedPerson, clock: VirtualClock
    ) -> None:
        connector.fail_posts(posted=True)
        began = clock.now()
        with pytest.raises(ConnectorError):
            await connector.chat.post(to_person(person))
        assert (await person.next_message()).text == "Hello"
        own = await connector.chat.own_items_since(person.direct.id, began)
        assert [item.text for item in own] == ["Hello"]

    async def test_a_failure_may_be_lasting(self, connector: FakeConnector, person: ScriptedPerson) -> None:
        connector.fail_posts(lasting=True)
        with pytest.raises(ConnectorError) as caught:
            await connector.chat.post(to_person(person))
        assert caught.value.lasting

    async def test_posts_can_be_held(self, connector: FakeConnector, person: ScriptedPerson) -> None:
        connector.hold_posts()
        posting = asyncio.create_task(connector.chat.post(to_person(person)))
        await asyncio.sleep(0)
        assert person.unread() == []
        connector.release_posts()
        await posting
        assert len(person.unread()) == 1

    async def test_a_logon_can_be_refused(self, connector: FakeConnector) -> None:
        connector.refuse_logon("wrong client_secret.")
        with pytest.raises(ConnectorError, match="wrong client_secret"):
            await connector.start(Sink())
        connector.refuse_logon("")
        await connector.start(Sink())
        await connector.close()

    async def test_a_platform_may_lack_forms(self, clock: VirtualClock) -> None:
        connector = FakeConnector(FakePlatform(clock), capabilities=Capabilities(forms=False))
        person = ScriptedPerson(connector.platform)
        with pytest.raises(ConnectorError, match="no forms"):
            await connector.chat.post(replace(to_person(person), form=Form(id="f")))

    async def test_silence_of_the_bot_is_a_timeout(self, person: ScriptedPerson) -> None:
        with pytest.raises(TimeoutError):
            await person.next_message(within=0.01)


class TestRestart:
    async def test_what_nobody_took_is_delivered_to_the_next_bot(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        first, second = Sink(), Sink()
        await connector.start(first)
        heard = await person.post("one")
        await connector.close()
        missed = await person.post("two")
        following = FakeConnector(connector.platform)
        assert following.me == connector.me
        await following.start(second)
        await person.post("three")
        assert first.ids == [f"item:{heard.id}"]
        assert second.ids[0] == f"item:{missed.id}"
        assert len(second.ids) == 2
        await following.close()

    async def test_the_connection_is_told(self, connector: FakeConnector, clock: VirtualClock) -> None:
        sink = Sink()
        await connector.start(sink)
        await clock.settle()
        await connector.change(ConnectionState.RECONNECTING, "cable pulled")
        states = [event.state for event in sink.heard if isinstance(event, ConnectionChanged)]
        assert states == [ConnectionState.READY, ConnectionState.RECONNECTING]
        assert len({event.event_id for event in sink.heard}) == 2
        await connector.close()


class TestPeople:
    async def test_items_bear_the_time_of_the_clock(
        self, connector: FakeConnector, person: ScriptedPerson, clock: VirtualClock
    ) -> None:
        first = await person.post("one")
        await clock.advance(60)
        second = await person.post("two")
        assert second.created_at - first.created_at == timedelta(seconds=60)
        assert [posted.text for posted in connector.platform.items(person.direct.id)] == ["one", "two"]

    async def test_a_person_reads_the_bot_and_only_where_they_are(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        other = ScriptedPerson(connector.platform, "Bob Ray")
        group = connector.platform.add_group("Both", [person.user, other.user])
        await person.post("a word among people", to=group)
        await connector.chat.post(OutgoingMessage(conversation_id=group.id, text="to both"))
        await connector.chat.post(to_person(other, "to Bob"))
        assert [message.text for message in person.unread()] == ["to both"]
        assert [message.text for message in other.unread()] == ["to both", "to Bob"]

    async def test_a_stranger_cannot_post(self, connector: FakeConnector, person: ScriptedPerson) -> None:
        group = connector.platform.add_group("Closed", [])
        with pytest.raises(ConnectorError, match="not in"):
            await person.post("Hello?", to=group)

    async def test_a_thread_stays_in_its_conversation(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        item = await person.post("here")
        group = connector.platform.add_group("Elsewhere", [person.user])
        with pytest.raises(ConnectorError, match="another conversation"):
            await person.post("there", to=group, thread_id=item.id)

    async def test_a_form_that_nobody_posted_cannot_be_submitted(self, person: ScriptedPerson) -> None:
        with pytest.raises(ConnectorError, match="no form"):
            await person.submit("f", {})


class TestCalls:
    async def test_candidates_trickle(self, connector: FakeConnector, person: ScriptedPerson) -> None:
        sink = Sink()
        await connector.start(sink)
        phone = await person.call("v=0\r\n")
        await phone.add_candidates(("candidate:1", "0", 0))
        await phone.add_candidates(("", "0", 0))
        events = [event for event in sink.heard if isinstance(event, CallOffered | CallCandidates)]
        assert len({event.event_id for event in events}) == 3
        assert {event.call.id if isinstance(event, CallOffered) else event.call_id for event in events} == {
            phone.id
        }
        await connector.close()

    async def test_a_call_that_ends_is_not_waited_for(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        phone = await person.call()
        await connector.calls.hangup(phone.id)
        assert await phone.until_ended() is CallCause.ENDED
        with pytest.raises(TimeoutError, match="ended"):
            await phone.until_answered()
        with pytest.raises(ConnectorError, match="over"):
            await connector.calls.answer(phone.id, "v=0\r\n")
        await connector.close()

    async def test_silence_of_the_bot_is_a_timeout(self, person: ScriptedPerson) -> None:
        phone = await person.call()
        with pytest.raises(TimeoutError):
            await phone.until_ringing(within=0.01)
        with pytest.raises(TimeoutError):
            await phone.until_answered(within=0.01)


class TestCallsOfTheBot:
    async def test_it_rings_where_the_person_is(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        sink = Sink()
        await connector.start(sink)
        call_id = await connector.calls.dial(person.user.email, "the bot's SDP")
        phone = await person.next_call()
        assert (phone.id, phone.offer) == (call_id, "the bot's SDP")
        assert person.missed() == []
        await phone.pick_up("the person's SDP")
        answered = sink.heard[-1]
        assert isinstance(answered, CallAnswered)
        assert (answered.call_id, answered.answer) == (call_id, "the person's SDP")
        await phone.hang_up()
        assert await phone.until_ended() is CallCause.HANGUP
        await connector.close()

    async def test_what_rings_for_nobody_any_more_is_not_picked_up(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        sink = Sink()
        await connector.start(sink)
        call_id = await connector.calls.dial(person.user.id, "v=0\r\n")
        await connector.calls.hangup(call_id)
        (phone,) = person.missed()
        assert phone.cause is CallCause.CANCELLED
        await phone.pick_up()
        await phone.decline()
        assert not [event for event in sink.heard if isinstance(event, CallAnswered)]
        assert phone.cause is CallCause.CANCELLED
        await connector.close()

    async def test_dials_can_be_refused_and_held(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        connector.refuse_dials("no line is free.")
        with pytest.raises(ConnectorError, match="no line"):
            await connector.calls.dial(person.user.id, "v=0\r\n")
        connector.refuse_dials("")
        connector.hold_dials()
        dialling = asyncio.create_task(connector.calls.dial(person.user.id, "v=0\r\n"))
        await asyncio.sleep(0)
        assert person.missed() == []
        connector.release_dials()
        await dialling
        assert len(person.missed()) == 1

    async def test_a_call_to_the_bot_is_no_call_of_it(
        self, connector: FakeConnector, person: ScriptedPerson
    ) -> None:
        call_id = await connector.calls.dial(person.user.id, "v=0\r\n")
        with pytest.raises(ConnectorError, match="nobody calls the bot"):
            await connector.calls.answer(call_id, "v=0\r\n")

    async def test_nobody_calls_for_ever(self, person: ScriptedPerson) -> None:
        with pytest.raises(TimeoutError):
            await person.next_call(within=0.01)
