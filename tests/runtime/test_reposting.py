"""Forms that stood open while the bot had no link."""

from __future__ import annotations

import json
from datetime import timedelta

from botkit.hooks import Context, hook
from botkit.model.events import CallMissed, ConversationJoined
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

ORDER = """
flow: order
start: [item_added]
slots:
  name:
    ask: What is your name?
  pin:
    ask: Which PIN?
    secret: true
steps:
  - collect: [name]
    as: form
  - say: "Thank you, {{ name }}."
"""
QUOTING = ORDER.replace(
    "  - collect: [name]\n",
    """  - collect: [pin]
    as: questions
  - choose: "Is {{ pin }} right?"
    options: {yes: {label: "Yes"}, no: {label: "No"}}
    into: name
""",
).replace("    as: form\n", "", 1)


async def asked(house: House) -> ScriptedPerson:
    house.flow(ORDER)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("hello")
    await house.clock.settle()
    return ada


async def outage(house: House) -> None:
    await house.connector.catch_up(house.clock.now() - timedelta(minutes=1))
    await house.clock.settle()


def forms(house: House, ada: ScriptedPerson) -> list[str]:
    return [item.form_id for item in house.items(ada.direct) if item.form_id]


async def test_a_waiting_form_is_put_up_again_once_however_often_the_link_breaks(house: House) -> None:
    ada = await asked(house)
    await house.clock.advance(60)
    for _ in range(5):
        await outage(house)
    first, again = house.items(ada.direct)
    assert (first.form_id, first.text) == (again.form_id, again.text)
    (row,) = await house.store.open_sessions("form:")
    (line,) = await house.journal(row.id, "reposted")
    assert line["form"] == first.form_id
    await house.kill()
    await house.start()
    await outage(house)
    assert len(forms(house, ada)) == 2


async def test_either_form_counts_and_one_of_them(house: House) -> None:
    ada = await asked(house)
    await house.clock.advance(60)
    await outage(house)
    old, new = house.items(ada.direct)
    await ada.submit(old.form_id, {"name": "Ada"})
    await house.clock.settle()
    await ada.submit(new.form_id, {"name": "Eve"})
    await house.clock.settle()
    assert house.said(ada.direct)[2:] == ["Thank you, Ada."]
    await outage(house)
    assert house.said(ada.direct)[2:] == ["Thank you, Ada."]


async def test_a_form_that_was_answered_is_not_put_up_again(house: House) -> None:
    ada = await asked(house)
    (form,) = house.items(ada.direct)
    await ada.submit(form.form_id, {"name": "Ada"})
    await outage(house)
    assert house.said(ada.direct)[1:] == ["Thank you, Ada."]


async def test_a_form_that_was_not_posted_yet_is_not_put_up_twice(house: House) -> None:
    house.flow(ORDER)
    await house.start()
    house.connector.fail_posts(3)
    ada = ScriptedPerson(house.platform)
    await ada.post("hello")
    await house.clock.settle()
    await outage(house)
    await house.clock.advance(600)
    assert len(forms(house, ada)) == 1
    await outage(house)
    assert len(forms(house, ada)) == 2, "it has stood there since, so the next time may have lost an answer"


async def test_a_form_that_quotes_a_secret_is_not_made_again_from_the_journal(house: House) -> None:
    house.flow(QUOTING)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("hello")
    await house.clock.settle()
    await ada.post("471100")
    await house.clock.settle()
    assert "Is 471100 right?" in house.said(ada.direct)
    before = house.said(ada.direct)
    await outage(house)
    assert house.said(ada.direct) == before


async def test_what_is_left_out_stands_in_the_journal(house: House) -> None:
    house.flow(ORDER)
    await house.start()
    since = house.clock.now()
    await house.connector.catch_up(since, "what was new in the conversation K1")
    (row,) = [row for row in await house.store.journal("") if row.kind == "left_out"]
    assert json.loads(row.data) == {"since": since.isoformat(), "what": "what was new in the conversation K1"}


async def test_handlers_hear_of_a_call_that_nobody_took_and_of_a_conversation_that_was_begun(
    house: House,
) -> None:
    heard: list[str] = []

    @hook
    async def call_missed(missed: CallMissed, ctx: Context) -> None:
        heard.append(missed.cause)
        await ctx.say("You called?")

    @hook
    async def conversation_joined(joined: ConversationJoined, ctx: Context) -> None:
        heard.append(joined.by.display_name)
        await ctx.say("Hello, I am new here.")

    house.plug(call_missed, conversation_joined)
    await house.start()
    ada = ScriptedPerson(house.platform, "Ada")
    now = house.clock.now()
    await house.platform.tell_bot(
        ConversationJoined(event_id="item:1", at=now, conversation=ada.direct, by=ada.user),
        CallMissed(event_id="item:2", at=now, conversation=ada.direct, caller=ada.user, cause="TIMEOUT"),
    )
    await house.clock.settle()
    assert heard == ["Ada", "TIMEOUT"]
    assert house.said(ada.direct) == ["Hello, I am new here.", "You called?"]
