"""What `botkit.ports.connector.Connector` promises, for every connector."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from botkit.model.calls import CallCause, DeclineCause
from botkit.model.conversations import ConversationKind
from botkit.model.events import (
    CallAnswered,
    CallEnded,
    CallOffered,
    CallTranscript,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
    Speaker,
)
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.items import OutgoingMessage, Reaction
from botkit.ports.connector import Attachment, ConnectorError
from tests.contract.connector_rig import PATIENCE, Rig

AWKWARD = "1 < 2 & 3 > 2\n\"two\" 'lines' <b>not bold</b> Grüße 👋"
OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\n"
)
ANSWER = OFFER.replace("o=- 1", "o=- 2")


class TestHearing:
    async def test_a_direct_message(self, rig: Rig) -> None:
        place = await rig.person.direct()
        item_id = await rig.person.post(place, AWKWARD)
        message = await rig.heard.next(MessageReceived)
        assert message.event_id == f"item:{item_id}"
        assert message.at.tzinfo is UTC
        assert message.conversation.id == place
        assert message.conversation.kind is ConversationKind.DIRECT
        assert set(message.conversation.members) == {rig.person.user.id, rig.connector.me.id}
        assert message.author == rig.person.user
        assert message.text == AWKWARD
        assert not message.mentioned
        assert message.item.id == item_id
        assert message.item.thread_id == item_id
        assert message.item.text == AWKWARD

    async def test_a_mention_is_one_message_without_the_name(self, rig: Rig) -> None:
        place = await rig.person.group("Lunch")
        await rig.person.mention(place, "what is there?")
        await rig.person.post(place, "anything")
        message = await rig.heard.next(MessageReceived)
        assert message.mentioned
        assert message.text == "what is there?"
        assert message.conversation.kind is ConversationKind.GROUP
        assert message.conversation.topic == "Lunch"
        assert rig.connector.me.id in message.item.mentions
        assert message.item.text == f"@{rig.connector.me.display_name} what is there?"
        following = await rig.heard.next(MessageReceived)
        assert (following.text, following.mentioned) == ("anything", False)

    async def test_a_reply_tells_its_thread(self, rig: Rig) -> None:
        place = await rig.person.group("Lunch")
        first = await rig.person.post(place, "Pizza?")
        await rig.person.post(place, "Yes", thread_id=first)
        await rig.heard.next(MessageReceived)
        reply = await rig.heard.next(MessageReceived)
        assert (reply.text, reply.item.thread_id) == ("Yes", first)

    async def test_files_that_come_with_a_message(self, rig: Rig) -> None:
        place = await rig.person.direct()
        files = [
            Attachment(name="photo \u00fc.jpg", content_type="image/jpeg", data=bytes(range(256))),
            Attachment(name="note.txt", content_type="text/plain", data=b""),
        ]
        await rig.person.post(place, "Look", files=files)
        item = (await rig.heard.next(MessageReceived)).item
        assert [(each.name, each.size) for each in item.attachments] == [
            ("photo \u00fc.jpg", 256),
            ("note.txt", 0),
        ]
        assert item.attachments[0].content_type == "image/jpeg"
        chat = rig.connector.chat
        assert [await chat.fetch(item, each, 256) for each in item.attachments] == [
            each.data for each in files
        ]
        with pytest.raises(ConnectorError):
            await chat.fetch(item, item.attachments[0], 255)
        with pytest.raises(ConnectorError):
            await chat.fetch(
                item, replace(item.attachments[0], id="00000000-0000-4000-8000-000000000000"), 256
            )

    async def test_an_edit(self, rig: Rig) -> None:
        place = await rig.person.direct()
        item_id = await rig.person.post(place, "Pizza")
        await rig.person.edit(item_id, "Pasta")
        await rig.heard.next(MessageReceived)
        edited = await rig.heard.next(MessageEdited)
        assert (edited.item.id, edited.item.text, edited.item.edited) == (item_id, "Pasta", True)
        assert edited.event_id != f"item:{item_id}"

    async def test_what_the_sink_refuses_comes_again_in_order(self, rig: Rig) -> None:
        place = await rig.person.direct()
        rig.heard.refuse = 1
        await rig.person.post(place, "one")
        await rig.person.post(place, "two")
        assert [(await rig.heard.next(MessageReceived)).text for _ in range(2)] == ["one", "two"]

    async def test_nothing_comes_after_closing(self, rig: Rig) -> None:
        place = await rig.person.direct()
        await rig.connector.close()
        await rig.person.post(place, "Hello?")
        assert rig.heard.all == []


class TestPosting:
    async def test_a_post_is_read_as_it_was_written(self, rig: Rig) -> None:
        place = await rig.person.direct()
        item = await rig.connector.chat.post(OutgoingMessage(conversation_id=place, text=AWKWARD))
        read = await rig.person.next_message()
        assert item.author_id == rig.connector.me.id
        assert item.text == AWKWARD
        assert item.thread_id == item.id
        assert (read.item.id, read.text) == (item.id, AWKWARD)

    async def test_own_posts_are_not_heard(self, rig: Rig) -> None:
        place = await rig.person.direct()
        await rig.connector.chat.post(OutgoingMessage(conversation_id=place, text="Hello"))
        await rig.person.next_message()
        await rig.person.post(place, "Hi")
        assert (await rig.heard.next(MessageReceived)).text == "Hi"

    async def test_a_post_in_a_thread(self, rig: Rig) -> None:
        place = await rig.person.group("Lunch")
        thread = await rig.person.post(place, "Pizza?")
        item = await rig.connector.chat.post(
            OutgoingMessage(conversation_id=place, text="Yes", thread_id=thread)
        )
        assert item.thread_id == thread
        assert (await rig.person.next_message()).item.thread_id == thread

    async def test_a_mention_of_a_person(self, rig: Rig) -> None:
        place = await rig.person.group("Lunch")
        ada = rig.person.user
        item = await rig.connector.chat.post(
            OutgoingMessage(conversation_id=place, text="your turn", mentions=(ada.id,))
        )
        assert item.text == "your turn"
        assert [own.text for own in await rig.connector.chat.own_items_since(place, item.created_at)] == [
            "your turn"
        ]
        read = await rig.person.next_message()
        assert read.text == f"@{ada.display_name} your turn"
        assert read.item.mentions == (ada.id,)

    async def test_a_subject(self, rig: Rig) -> None:
        place = await rig.person.group("Lunch")
        await rig.connector.chat.post(
            OutgoingMessage(conversation_id=place, text="It is hot.", subject="Weather")
        )
        assert (await rig.person.next_message()).item.subject == "Weather"

    async def test_files_go_with_a_message(self, rig: Rig) -> None:
        place = await rig.person.direct()
        files = [
            Attachment(name="message 1.wav", content_type="audio/wav", data=bytes(range(256)) * 300),
            Attachment(name="Grüße.txt", content_type="text/plain", data="Grüße".encode()),
        ]
        item = await rig.connector.chat.post(OutgoingMessage(conversation_id=place, text=AWKWARD), files)
        read = await rig.person.next_message()
        assert (read.item.id, read.text) == (item.id, AWKWARD)
        got = await rig.person.attachments(read)
        assert [(each.name, each.data) for each in got] == [(each.name, each.data) for each in files]
        assert [each.content_type.partition(";")[0] for each in got] == ["audio/wav", "text/plain"]

    async def test_a_place_that_is_not_there_is_a_lasting_error(self, rig: Rig) -> None:
        with pytest.raises(ConnectorError) as caught:
            await rig.connector.chat.post(
                OutgoingMessage(conversation_id="00000000-0000-4000-8000-000000000000", text="Hello")
            )
        assert caught.value.lasting

    async def test_own_items_since_a_moment_are_told_oldest_first(self, rig: Rig) -> None:
        place = await rig.person.direct()
        posted = []
        for text in ("one", "two", "three"):
            posted.append(await rig.connector.chat.post(OutgoingMessage(conversation_id=place, text=text)))
            await rig.person.post(place, f"heard {text}")
        chat = rig.connector.chat
        since = await chat.own_items_since(place, posted[0].created_at)
        assert [item.id for item in since] == [item.id for item in posted]
        late = await chat.own_items_since(place, posted[-1].created_at + timedelta(hours=1))
        assert list(late) == []


class TestReactions:
    async def test_a_message_is_liked_and_that_is_heard_by_nobody(self, rig: Rig) -> None:
        place, me = await rig.person.direct(), rig.connector.me.id
        item_id = await rig.person.post(place, "Pizza")
        for _ in range(2):
            await rig.connector.chat.react(item_id, Reaction.LIKE)
            assert list(await rig.person.likes(item_id)) == [me]
        await rig.person.post(place, "Pasta")
        assert [(await rig.heard.next(MessageReceived)).text for _ in range(2)] == ["Pizza", "Pasta"]

    async def test_a_message_that_is_not_there_is_a_lasting_error(self, rig: Rig) -> None:
        with pytest.raises(ConnectorError) as caught:
            await rig.connector.chat.react("00000000-0000-4000-8000-000000000000", Reaction.LIKE)
        assert caught.value.lasting

    async def test_a_like_is_no_edit(self, rig: Rig) -> None:
        place = await rig.person.direct()
        item_id = await rig.person.post(place, "Pizza")
        await rig.heard.next(MessageReceived)
        await rig.person.edit(item_id, "Pasta")
        await rig.heard.next(MessageEdited)
        await rig.connector.chat.react(item_id, Reaction.LIKE)
        await rig.person.post(place, "Thanks")
        assert (await rig.heard.next(MessageReceived)).text == "Thanks"


class TestForms:
    FORM = Form(
        id="s1:1:0",
        title="Your order",
        controls=(
            Control(kind=ControlKind.LABEL, text="What do you like?"),
            Control(kind=ControlKind.INPUT, name="name", text="Name", value="Ada"),
            Control(
                kind=ControlKind.DROPDOWN,
                name="dish",
                options=(FormOption(value="1", text="Pizza"), FormOption(value="2", text="Pasta")),
            ),
            Control(kind=ControlKind.BUTTON, name="ok", text="Order"),
        ),
    )

    async def test_a_form_is_shown_submitted_and_heard(self, rig: Rig) -> None:
        if not rig.connector.capabilities.forms:
            pytest.skip("this platform has no forms")
        place = await rig.person.direct()
        item = await rig.connector.chat.post(
            OutgoingMessage(conversation_id=place, text="Hungry?", form=self.FORM)
        )
        shown = await rig.person.next_message()
        assert item.form_id == self.FORM.id
        assert shown.form is not None
        assert shown.form.id == self.FORM.id
        assert [c.name for c in shown.form.controls if c.name] == ["name", "dish", "ok"]
        assert [o.value for c in shown.form.controls if c.name == "dish" for o in c.options] == ["1", "2"]
        values = {"name": AWKWARD.replace("\n", " "), "dish": "2"}
        await rig.person.submit(item.id, self.FORM.id, values)
        submitted = await rig.heard.next(FormSubmitted)
        assert submitted.submitter == rig.person.user
        assert (submitted.item_id, submitted.form_id) == (item.id, self.FORM.id)
        assert values.items() <= submitted.values.items()

    async def test_each_submission_is_an_event_of_its_own(self, rig: Rig) -> None:
        place = await rig.person.direct()
        item = await rig.connector.chat.post(
            OutgoingMessage(conversation_id=place, text="Hungry?", form=self.FORM)
        )
        for dish in ("1", "2"):
            await rig.person.submit(item.id, self.FORM.id, {"dish": dish})
        first, second = [await rig.heard.next(FormSubmitted) for _ in range(2)]
        assert (first.values["dish"], second.values["dish"]) == ("1", "2")
        assert first.event_id != second.event_id


class TestWhoAndWhere:
    async def test_the_bot_knows_itself(self, rig: Rig) -> None:
        me = rig.connector.me
        assert me.is_bot
        assert await rig.connector.directory.user(me.id) == me

    async def test_a_person_is_found_by_id_and_by_email(self, rig: Rig) -> None:
        ada, directory = rig.person.user, rig.connector.directory
        assert await directory.user(ada.id) == ada
        assert await directory.user_by_email(ada.email) == ada

    async def test_a_stranger_is_not_found(self, rig: Rig) -> None:
        assert await rig.connector.directory.user_by_email("nobody@example.com") is None
        with pytest.raises(ConnectorError) as caught:
            await rig.connector.directory.user("00000000-0000-4000-8000-000000000000")
        assert caught.value.lasting

    async def test_every_address_of_a_person_leads_to_the_one_direct_conversation(self, rig: Rig) -> None:
        chat, ada = rig.connector.chat, rig.person.user
        by_id = await chat.conversation_for(ada.id)
        assert by_id.kind is ConversationKind.DIRECT
        assert (await chat.conversation_for(ada.email)).id == by_id.id
        assert (await chat.conversation_for(by_id.id)).id == by_id.id
        assert await rig.person.direct() == by_id.id

    async def test_a_conversation_tells_its_members_and_topic(self, rig: Rig) -> None:
        place = await rig.person.group("Lunch")
        group = await rig.connector.chat.conversation(place)
        assert (group.topic, group.kind) == ("Lunch", ConversationKind.GROUP)
        assert {rig.person.user.id, rig.connector.me.id} <= set(group.members)
        assert (await rig.connector.chat.conversation_for(place)).id == place

    async def test_somebody_is_brought_into_a_group_once(self, rig: Rig) -> None:
        place, chat = await rig.person.group("Lunch"), rig.connector.chat
        for address in (rig.other.id, rig.other.email):
            group = await chat.add_person(place, address)
            assert group.id == place
            assert rig.other.id in group.members
        members = (await chat.conversation(place)).members
        assert sorted(members) == sorted({rig.person.user.id, rig.connector.me.id, rig.other.id})

    async def test_bringing_somebody_into_a_direct_conversation_makes_a_group(self, rig: Rig) -> None:
        place, chat = await rig.person.direct(), rig.connector.chat
        group = await chat.add_person(place, rig.other.id)
        assert group.id != place
        assert group.kind is ConversationKind.GROUP
        assert set(group.members) == {rig.person.user.id, rig.connector.me.id, rig.other.id}
        await chat.post(OutgoingMessage(conversation_id=group.id, text="Here we are."))
        assert (await rig.person.next_message()).item.conversation_id == group.id
        assert await rig.person.direct() == place

    async def test_nobody_cannot_be_brought_in(self, rig: Rig) -> None:
        place = await rig.person.group("Lunch")
        with pytest.raises(ConnectorError) as caught:
            await rig.connector.chat.add_person(place, "nobody@example.com")
        assert caught.value.lasting

    async def test_an_address_of_nobody_is_a_lasting_error(self, rig: Rig) -> None:
        with pytest.raises(ConnectorError) as caught:
            await rig.connector.chat.conversation_for("nobody@example.com")
        assert caught.value.lasting


class TestCalls:
    async def test_a_call_rings_is_answered_and_ended_by_the_bot(self, rig: Rig) -> None:
        phone = await rig.person.call(OFFER)
        offered = await rig.heard.next(CallOffered)
        assert offered.offer == OFFER
        assert offered.call.caller == rig.person.user
        assert offered.call.conversation_id == await rig.person.direct()
        call_id, calls = offered.call.id, rig.connector.calls
        await calls.ringing(call_id)
        await phone.until_ringing()
        await calls.answer(call_id, ANSWER)
        assert await phone.until_answered() == ANSWER
        await calls.hangup(call_id)
        assert await phone.until_ended() is not None
        await calls.hangup(call_id)
        ended = await rig.heard.next(CallEnded)
        assert ended.call_id == call_id

    async def test_the_caller_hangs_up(self, rig: Rig) -> None:
        phone = await rig.person.call(OFFER)
        call_id = (await rig.heard.next(CallOffered)).call.id
        await rig.connector.calls.answer(call_id, ANSWER)
        await phone.until_answered()
        await phone.hang_up()
        ended = await rig.heard.next(CallEnded)
        assert (ended.call_id, ended.cause) == (call_id, CallCause.HANGUP)
        await rig.connector.calls.hangup(call_id)

    async def test_the_caller_gives_up(self, rig: Rig) -> None:
        phone = await rig.person.call(OFFER)
        call_id = (await rig.heard.next(CallOffered)).call.id
        await phone.hang_up()
        ended = await rig.heard.next(CallEnded)
        assert (ended.call_id, ended.cause) == (call_id, CallCause.CANCELLED)

    @pytest.mark.parametrize("cause", list(DeclineCause))
    async def test_the_bot_declines(self, rig: Rig, cause: DeclineCause) -> None:
        phone = await rig.person.call(OFFER)
        call_id = (await rig.heard.next(CallOffered)).call.id
        await rig.connector.calls.decline(call_id, cause)
        told = {DeclineCause.REJECTED: CallCause.DECLINED, DeclineCause.BUSY: CallCause.BUSY}
        assert await phone.until_ended() is told[cause]

    async def test_a_call_of_this_process_is_no_lost_one(self, rig: Rig) -> None:
        phone = await rig.person.call(OFFER)
        call_id = (await rig.heard.next(CallOffered)).call.id
        await rig.connector.calls.hang_up_lost()
        await rig.connector.calls.answer(call_id, ANSWER)
        assert await phone.until_answered() == ANSWER
        await rig.connector.calls.hang_up_lost()
        await phone.hang_up()
        ended = await rig.heard.next(CallEnded)
        assert (ended.call_id, ended.cause) == (call_id, CallCause.HANGUP)

    async def test_two_calls_have_two_names(self, rig: Rig) -> None:
        async with asyncio.timeout(PATIENCE):
            phone = await rig.person.call(OFFER)
            first = (await rig.heard.next(CallOffered)).call.id
            await phone.hang_up()
            await rig.heard.next(CallEnded)
            await rig.person.call(OFFER)
            assert (await rig.heard.next(CallOffered)).call.id != first


class TestCallsOfTheBot:
    @pytest.mark.parametrize("by", ["id", "email"])
    async def test_it_is_picked_up_and_ended_by_the_bot(self, rig: Rig, by: str) -> None:
        ada, calls = rig.person.user, rig.connector.calls
        call_id = await calls.dial(ada.id if by == "id" else ada.email, OFFER)
        phone = await rig.person.next_call()
        assert phone.offer == OFFER
        await phone.pick_up(ANSWER)
        answered = await rig.heard.next(CallAnswered)
        assert (answered.call_id, answered.answer) == (call_id, ANSWER)
        assert answered.at.tzinfo is UTC
        await calls.hangup(call_id)
        assert await phone.until_ended() is not None
        assert (await rig.heard.next(CallEnded)).call_id == call_id
        await calls.hangup(call_id)

    async def test_the_person_hangs_up(self, rig: Rig) -> None:
        call_id = await rig.connector.calls.dial(rig.person.user.id, OFFER)
        phone = await rig.person.next_call()
        await phone.pick_up(ANSWER)
        await rig.heard.next(CallAnswered)
        await phone.hang_up()
        ended = await rig.heard.next(CallEnded)
        assert (ended.call_id, ended.cause) == (call_id, CallCause.HANGUP)

    @pytest.mark.parametrize("cause", [CallCause.DECLINED, CallCause.BUSY, CallCause.NO_ANSWER])
    async def test_the_person_does_not_take_it(self, rig: Rig, cause: CallCause) -> None:
        call_id = await rig.connector.calls.dial(rig.person.user.id, OFFER)
        await (await rig.person.next_call()).decline(cause)
        ended = await rig.heard.next(CallEnded)
        assert (ended.call_id, ended.cause) == (call_id, cause)

    async def test_the_bot_gives_up_while_it_rings(self, rig: Rig) -> None:
        call_id = await rig.connector.calls.dial(rig.person.user.id, OFFER)
        phone = await rig.person.next_call()
        await rig.connector.calls.hangup(call_id)
        assert await phone.until_ended() is not None
        assert (await rig.heard.next(CallEnded)).call_id == call_id

    async def test_candidates_of_the_person_trickle(self, rig: Rig) -> None:
        call_id = await rig.connector.calls.dial(rig.person.user.id, OFFER)
        phone = await rig.person.next_call()
        await phone.pick_up(ANSWER)
        await rig.heard.next(CallAnswered)
        candidate = ("candidate:1 1 UDP 2130706431 127.0.0.1 9 typ host", "0", 0)
        await phone.add_candidates(candidate)
        async with asyncio.timeout(PATIENCE):
            told = await rig.heard.candidates.get()
        assert (told.call_id, told.candidates) == (call_id, (candidate,))

    async def test_nobody_cannot_be_called(self, rig: Rig) -> None:
        with pytest.raises(ConnectorError) as caught:
            await rig.connector.calls.dial("nobody@example.com", OFFER)
        assert caught.value.lasting

    async def test_a_person_called_twice_has_two_calls(self, rig: Rig) -> None:
        ids = []
        for _ in range(2):
            ids.append(await rig.connector.calls.dial(rig.person.user.id, OFFER))
            await (await rig.person.next_call()).decline(CallCause.DECLINED)
            assert (await rig.heard.next(CallEnded)).call_id == ids[-1]
        assert ids[0] != ids[1]

    async def test_a_transcript_is_taken_for_a_call_that_lives_and_one_that_is_over(self, rig: Rig) -> None:
        call_id = await rig.connector.calls.dial(rig.person.user.id, OFFER)
        phone = await rig.person.next_call()
        await phone.pick_up(ANSWER)
        await rig.heard.next(CallAnswered)
        said = CallTranscript(
            event_id=f"call:{call_id}:said:1",
            at=datetime(2026, 3, 2, 9, tzinfo=UTC),
            call_id=call_id,
            person_id=rig.person.user.id,
            speaker=Speaker.BOT,
            text=AWKWARD,
        )
        await rig.connector.calls.transcribe(said)
        await phone.hang_up()
        await rig.heard.next(CallEnded)
        await rig.connector.calls.transcribe(said)


class TestConversationWebhooks:
    async def test_one_posts_what_it_is_sent_in_the_name_of_the_bot(self, rig: Rig) -> None:
        place = await rig.person.group("Alarms")
        webhook = await rig.connector.conversation_webhooks.create(place, "alarms", "Of the cellar")
        assert (webhook.conversation_id, webhook.name, webhook.enabled) == (place, "alarms", True)
        assert webhook.description == "Of the cellar"
        assert webhook.url.startswith("https://")
        assert await rig.person.send_to_webhook(webhook, "Water!")
        posted = await rig.person.next_message()
        assert (posted.text, posted.item.author_id) == ("Water!", rig.connector.me.id)
        assert posted.item.conversation_id == place

    async def test_the_bot_does_not_hear_what_its_own_webhook_posts(self, rig: Rig) -> None:
        place = await rig.person.group("Alarms")
        webhook = await rig.connector.conversation_webhooks.create(place, "alarms")
        assert await rig.person.send_to_webhook(webhook, "Water!")
        await rig.person.next_message()
        await rig.person.post(place, "What?")
        assert (await rig.heard.next(MessageReceived)).text == "What?"

    async def test_those_of_a_conversation_oldest_first(self, rig: Rig) -> None:
        webhooks = rig.connector.conversation_webhooks
        place, other = await rig.person.group("Alarms"), await rig.person.direct()
        made = [await webhooks.create(place, name) for name in ("a", "b", "c")]
        await webhooks.create(other, "d")
        assert [each.id for each in await webhooks.of(place)] == [each.id for each in made]
        assert await webhooks.get(made[1].id) == made[1]

    async def test_a_new_name(self, rig: Rig) -> None:
        webhooks = rig.connector.conversation_webhooks
        made = await webhooks.create(await rig.person.direct(), "alarms", "old")
        changed = await webhooks.update(made.id, name="fires")
        assert (changed.id, changed.name, changed.description) == (made.id, "fires", "old")
        assert (await webhooks.update(made.id, description="new")).name == "fires"
        assert (await webhooks.get(made.id)).description == "new"

    async def test_one_that_is_suspended_refuses_until_it_is_resumed(self, rig: Rig) -> None:
        webhooks = rig.connector.conversation_webhooks
        made = await webhooks.create(await rig.person.direct(), "alarms")
        for _ in range(2):
            await webhooks.suspend(made.id)
        assert not (await webhooks.get(made.id)).enabled
        assert not await rig.person.send_to_webhook(made, "1")
        await webhooks.resume(made.id)
        assert await rig.person.send_to_webhook(made, "2")
        assert (await rig.person.next_message()).text == "2"

    async def test_one_that_is_deleted_is_gone(self, rig: Rig) -> None:
        webhooks = rig.connector.conversation_webhooks
        place = await rig.person.direct()
        made = await webhooks.create(place, "alarms")
        await webhooks.delete(made.id)
        assert not await rig.person.send_to_webhook(made, "1")
        assert not await webhooks.of(place)
        for act in (webhooks.get, webhooks.suspend, webhooks.resume, webhooks.delete, webhooks.update):
            with pytest.raises(ConnectorError) as caught:
                await act(made.id)
            assert caught.value.lasting

    async def test_a_conversation_that_is_not(self, rig: Rig) -> None:
        webhooks = rig.connector.conversation_webhooks
        with pytest.raises(ConnectorError) as caught:
            await webhooks.create("nowhere", "alarms")
        assert caught.value.lasting
        with pytest.raises(ConnectorError):
            await webhooks.of("nowhere")

    async def test_what_a_webhook_posted_is_no_message_of_the_bots_own(self, rig: Rig) -> None:
        """Else a message that a crash left unsure could be taken for it, and be lost."""
        place = await rig.person.group("Alarms")
        webhook = await rig.connector.conversation_webhooks.create(place, "alarms")
        await rig.person.send_to_webhook(webhook, "Water!")
        await rig.person.next_message()
        began = datetime(2000, 1, 1, tzinfo=UTC)
        assert not await rig.connector.chat.own_items_since(place, began)
