"""Dialogues on chat, from message to message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from botkit.hooks import Context, hook, step_handler
from botkit.model.events import FormSubmitted, MessageEdited, MessageReceived
from botkit.ports.connector import Capabilities
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

DESK = """
flow: desk
start:
  - mention
slots:
  name:
    ask: What is your name?
  town:
    ask: Where do you live?
steps:
  - say: Hello.
  - collect: [name, town]
    as: questions
  - say: "{{ name }} of {{ town }}."
"""


QUESTIONS = ["Hello.", "What is your name?", "Where do you live?"]


async def test_a_dialogue_in_a_direct_conversation(house: House) -> None:
    house.flow(DESK.replace("mention", "item_added"))
    await house.start()
    ada = ScriptedPerson(house.platform)
    for text in ("hi", "Ada", "London"):
        await ada.post(text)
        await house.clock.settle()
    items = house.items(ada.direct)
    assert [item.text for item in items] == [
        "Hello.",
        "What is your name?",
        "Where do you live?",
        "Ada of London.",
    ]
    assert all(item.thread_id == item.id for item in items)


async def test_a_dialogue_begins_in_the_language_of_the_account(house: House) -> None:
    house.flow(
        "flow: desk\nstart: [item_added]\nlanguages: [en, de]\nmessages: {hi: {en: Hello., de: Hallo.}}\n"
        "steps: [{say: '{{ messages.hi }}'}]\n"
    )
    await house.start()
    for name, locale, said in (("Ada", "", "Hello."), ("Emil", "de-AT", "Hallo."), ("Jan", "pl", "Hello.")):
        person = ScriptedPerson(house.platform, name, locale=locale)
        await person.post("hi")
        await house.clock.settle()
        assert [item.text for item in house.items(person.direct)] == [said]


async def test_whoever_writes_to_the_bot_alone_need_not_mention_it(house: House) -> None:
    mentions: list[str] = []

    @hook
    async def mention(message: MessageReceived) -> None:
        mentions.append(message.text)

    house.plug(mention)
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    group = house.platform.add_group("Team", [ada.user])
    await ada.post("my laptop is broken", to=group)
    await ada.post("my laptop is broken")
    await house.clock.settle()
    assert (house.said(group), house.said(ada.direct)) == ([], QUESTIONS[:2])
    assert mentions == []


async def test_a_dialogue_in_a_group_stays_in_its_thread(house: House) -> None:
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    group = house.platform.add_group("Team", [ada.user])
    first = await ada.mention("help", to=group)
    await house.clock.settle()
    await ada.post("Ada", to=group)
    await ada.post("Ada", to=group, thread_id=first.id)
    await house.clock.settle()
    items = house.items(group)
    assert [item.text for item in items] == QUESTIONS
    assert {item.thread_id for item in items} == {first.id}


async def test_only_the_person_it_talks_with_answers(house: House) -> None:
    house.flow(DESK)
    await house.start()
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    group = house.platform.add_group("Team", [ada.user, grace.user])
    thread = (await ada.mention("help", to=group)).id
    await grace.post("I am Grace", to=group, thread_id=thread)
    await ada.post("Ada", to=group, thread_id=thread)
    await house.clock.settle()
    assert house.said(group) == QUESTIONS


async def test_anyone_answers_where_the_step_says_so(house: House) -> None:
    house.flow(DESK.replace("    as: questions", "    as: questions\n    from: anyone"))
    await house.start()
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    group = house.platform.add_group("Team", [ada.user, grace.user])
    thread = (await ada.mention("help", to=group)).id
    await grace.post("Grace", to=group, thread_id=thread)
    await ada.post("London", to=group, thread_id=thread)
    await house.clock.settle()
    assert house.said(group)[-1] == "Grace of London."


async def test_two_people_at_once_in_one_thread(house: House) -> None:
    house.flow(DESK)
    await house.start()
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    group = house.platform.add_group("Team", [ada.user, grace.user])
    thread = (await ada.mention("help", to=group)).id
    await grace.mention("help me too", to=group, thread_id=thread)
    for person, text in [(grace, "Grace"), (ada, "Ada"), (ada, "London"), (grace, "New York")]:
        await person.post(text, to=group, thread_id=thread)
        await house.clock.settle()
    assert house.said(group)[-2:] == ["Ada of London.", "Grace of New York."]


async def test_many_people_at_once(house: House) -> None:
    house.flow(DESK.replace("mention", "item_added"))
    await house.start()
    people = [ScriptedPerson(house.platform, f"Person {number}") for number in range(100)]
    for text in ("hi", "Ada", "London"):
        for person in people:
            await person.post(text)
    await house.clock.settle()
    assert all(house.said(person.direct)[-1] == "Ada of London." for person in people)
    assert all(len(house.said(person.direct)) == 4 for person in people)


async def test_a_platform_without_threads_keeps_people_apart_all_the_same(house: House) -> None:
    house.capabilities = Capabilities(threads=False)
    house.flow(DESK)
    await house.start()
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    group = house.platform.add_group("Team", [ada.user, grace.user])
    await ada.mention("help", to=group)
    await grace.mention("help", to=group)
    for person, text in [(grace, "Grace"), (ada, "Ada"), (ada, "London")]:
        await person.post(text, to=group)
        await house.clock.settle()
    assert house.said(group)[-1] == "Ada of London."


async def test_a_mention_is_one_message_for_two_hooks(house: House) -> None:
    seen: list[tuple[str, MessageReceived]] = []

    @hook
    def mention(message: MessageReceived) -> None:
        seen.append(("mention", message))

    @hook
    async def item_added(message: MessageReceived) -> None:
        seen.append(("item_added", message))

    house.plug(mention, item_added)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.mention("hello")
    await ada.post("hello again")
    await house.clock.settle()
    assert [name for name, _ in seen] == ["mention", "item_added", "item_added"]
    assert seen[0][1] is seen[1][1]


async def test_a_handler_stops_a_message(house: House) -> None:
    @hook
    async def mention(ctx: Context) -> None:
        await ctx.say("Mine.")
        ctx.stop()

    @hook
    def item_added(message: MessageReceived) -> None:
        raise AssertionError("it was stopped")

    house.plug(mention, item_added)
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.mention("help")
    await house.clock.settle()
    assert house.said(ada.direct) == ["Mine."]


async def test_a_message_is_told_once_however_often_it_is_delivered(house: House) -> None:
    @hook
    async def item_added(message: MessageReceived, ctx: Context) -> None:
        again.append(message)
        await ctx.say(f"You said {message.text}.")

    again: list[MessageReceived] = []
    house.plug(item_added)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("one")
    await house.clock.settle()
    await house.platform.tell_bot(again[0])
    await house.clock.settle()
    assert house.said(ada.direct) == ["You said one."]


async def test_what_a_handler_does_reaches_everywhere(house: House) -> None:
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    group = house.platform.add_group("Team", [ada.user, grace.user])

    @hook
    async def item_added(message: MessageReceived, ctx: Context) -> None:
        await ctx.say("Here.")
        await ctx.post("By mail address.", to=grace.user.email)
        await ctx.post("By id.", to=grace.user.id, subject="S")
        await ctx.post("Direct.", to=ada.direct.id)
        await ctx.start("desk")
        with pytest.raises(LookupError):
            await ctx.start("nothing")

    house.plug(item_added)
    house.flow(DESK)
    await house.start()
    await ada.post("go", to=group)
    await house.clock.settle()
    assert sorted(house.said(grace.direct)) == ["By id.", "By mail address."]
    assert house.said(ada.direct) == ["Direct."]
    assert house.said(group) == ["Here.", "Hello.", "What is your name?"]


async def test_a_late_wish_is_refused(house: House) -> None:
    kept: list[Context] = []

    @hook
    def item_added(ctx: Context) -> None:
        kept.append(ctx)

    house.plug(item_added)
    await house.start()
    await ScriptedPerson(house.platform).post("go")
    await house.clock.settle()
    with pytest.raises(RuntimeError, match=r"`ctx\.connector`"):
        await kept[0].say("too late")


async def test_one_handlers_fault_stops_nobody(house: House, caplog: pytest.LogCaptureFixture) -> None:
    @hook
    def item_added() -> None:
        raise RuntimeError("broken")

    house.plug(item_added)
    house.flow(DESK.replace("mention", "item_added"))
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("hi")
    await house.clock.settle()
    assert house.said(ada.direct)[0] == "Hello."
    assert "plugin 1" in caplog.text


async def test_an_edited_message_reaches_its_hook(house: House) -> None:
    @hook
    async def item_updated(message: MessageEdited, ctx: Context) -> None:
        await ctx.say(f"Now it says {message.item.text}.")

    house.plug(item_updated)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.edit(await ada.post("one"), "two")
    await house.clock.settle()
    assert house.said(ada.direct) == ["Now it says two."]


FORM = """
flow: form
start:
  - mention
slots:
  name:
    ask: What is your name?
  town:
    ask: Where do you live?
steps:
  - collect: [name, town]
    as: form
  - say: "{{ name }} of {{ town }}."
"""


async def test_a_form_is_answered_by_its_person_only(house: House) -> None:
    seen: list[str] = []

    @hook
    async def form_submission(form: FormSubmitted, ctx: Context) -> None:
        seen.append(form.submitter.id)
        await ctx.say("Noted.")

    house.plug(form_submission)
    house.flow(FORM)
    await house.start()
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    group = house.platform.add_group("Team", [ada.user, grace.user])
    thread = (await ada.mention("help", to=group)).id
    form = (await ada.next_message()).form
    assert form is not None
    await grace.submit(form, {"name": "Grace", "town": "New York"})
    await ada.submit(form, {"name": "Ada", "town": "London"})
    await house.clock.settle()
    assert seen == [grace.user.id, ada.user.id]
    items = house.items(group)
    assert sorted(item.text for item in items)[:3] == ["Ada of London.", "Noted.", "Noted."]
    assert {item.thread_id for item in items} == {thread}
    await ada.submit(form, {"name": "Ada", "town": "Paris"})
    await house.clock.settle()
    assert house.said(ada.direct) == ["Noted."]


RUN = """
flow: ticket
start:
  - item_added
steps:
  - run: number
    with: {topic: disk}
    into: number
    outcomes:
      otherwise:
        - end: It failed.
  - say: "Ticket {{ number }}."
"""


@pytest.mark.parametrize(("fault", "answer"), [(None, "Ticket 7."), (RuntimeError("x"), "It failed.")])
async def test_a_step_handler_is_run(house: House, fault: Exception | None, answer: str) -> None:
    @step_handler
    def number(topic: str) -> int:
        if fault:
            raise fault
        return 7

    house.plug(number)
    house.flow(RUN)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("go")
    assert (await ada.next_message()).text == answer


async def test_the_journal_tells_what_came_why_and_what_was_posted(house: House) -> None:
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    item = await ada.mention("help")
    await house.clock.settle()
    session_id = f"item:{item.id}"
    (turn,) = await house.journal(session_id, "turn")
    assert turn["input"][0] == "Begin"
    assert [effect[0] for effect in turn["effects"]] == ["Say", "Ask"]
    assert turn["why"][0]["flow"] == "desk"
    posted = await house.journal(session_id, "posted")
    assert [line["text"] for line in posted] == ["Hello.", "What is your name?"]
    assert posted[0]["effect"] == f"{session_id}:1:0"
    assert not posted[0]["found"]


async def test_silence_for_days_gives_up_and_costs_nothing(house: House) -> None:
    house.flow(DESK.replace("mention", "item_added"))
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("hi")
    await house.clock.advance(timedelta(days=3).total_seconds())
    assert len(house.said(ada.direct)) == 3
    assert await house.store.next_deadline() is None


WAIT = """
flow: reminder
start:
  - item_added
steps:
  - wait: 26h
  - say: It is time.
"""


async def test_a_wait_ends_on_time_and_once(house: House) -> None:
    house.flow(WAIT)
    await house.start()
    people = [ScriptedPerson(house.platform, f"Person {number}") for number in range(150)]
    for person in people:
        await person.post("go")
        await house.clock.advance(1)
    await house.clock.advance(25 * 3600 + 3590 - 150)
    assert not any(house.said(person.direct) for person in people)
    await house.clock.advance(11)
    assert house.said(people[0].direct) == ["It is time."]
    await house.clock.advance(3600)
    assert all(house.said(person.direct) == ["It is time."] for person in people)
