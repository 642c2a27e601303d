"""`botkit demo --once`: the front desk bot, proven without a person.

What people saw and heard is held against what the pure engine says the flow says: the corridor, the
store, the platform, the voice and the audio lie between the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from botkit.circuit import CircuitSession
from botkit.circuit.events import ItemAdded
from botkit.circuit.shapes import TextItem
from botkit.circuit.text import Mention
from botkit.cli.proof_call import FLOW, person_of, prove_call
from botkit.cli.transcript import Transcript
from botkit.cli.walk import Walk, filled
from botkit.model.conversations import Conversation
from botkit.model.session import Channel
from botkit.ports.speech import Synthesizer
from botkit.ports.system_clock import SystemClock
from botkit.testing.world import World

PATIENCE = 15.0
"""Seconds that anybody waits for the bot's next word."""
CALLERS = (("ben@example.com", "1"), ("olivia@example.com", "Opening hours, please."))
"""Who calls, and what they answer: both choose the menu's first option."""


async def prove(
    bot_file: Path,
    state: Path,
    *,
    callers: Sequence[tuple[str, str]] = CALLERS,
    change_voice: Callable[[Synthesizer], Synthesizer] | None = None,
) -> bool:
    """Run the story and print it; whether everything that was seen and heard is what the flow says.

    `state` is an empty folder. `change_voice` is where a test puts a fault.
    """
    transcript = Transcript()
    transcript.heading("Starting the sandbox and the bot")
    async with World(bot_file, state=state, change_voice=change_voice) as world:
        transcript.line("sandbox", f"{world.sandbox.address}, page {world.sandbox.page_address}")
        chat = await _chat(world, transcript)
        for email, answer in callers:
            await prove_call(world, bot_file, transcript, email, answer)
        await _check_posts(world, chat, transcript)
    transcript.heading(f"{'Proven' if transcript.ok else 'NOT proven'} in {transcript.seconds:.0f} s.")
    return transcript.ok


async def _chat(world: World, transcript: Transcript) -> Walk:
    transcript.heading("Ann writes to the bot, which is restarted in mid-dialogue")
    ann = await world.person("ann@example.com")
    bot = world.live_bot.connector.me
    room = await _room(ann)
    walk = Walk(world.live_bot.flows, FLOW, Channel.CHAT, person_of(ann), SystemClock().now())
    seen: list[str] = []
    async with ann.events() as events:

        async def listen() -> TextItem:
            """Read on until everything that the walk has said was posted."""
            async with asyncio.timeout(PATIENCE):
                while True:
                    event = await events.get()
                    if isinstance(event, ItemAdded) and event.added.item.author_id == bot.id:
                        seen.append(event.added.item.text)
                        transcript.line("bot", event.added.item.text)
                        if len(seen) == len(walk.said):
                            return event.added

        async def answer(question: TextItem, words: str) -> None:
            """By the form, if there is one."""
            if question.form is not None:
                transcript.line("Ann", f"chooses: {words}")
                await ann.forms.submit(question.item.id, question.form.id, filled(question.form, words))
            else:
                transcript.line("Ann", words)
                await ann.items.post(room.id, words, thread_id=question.item.thread_id)
            walk.answer(words)

        transcript.line("Ann", f"@{bot.display_name} help")
        await ann.items.post(room.id, "help", mentions=[Mention(bot.id, bot.display_name)])
        walk.begin("help")
        menu = await listen()

        await answer(menu, "message")
        question = await listen()
        await world.stop_bot()
        await world.start_bot()
        transcript.line("", "the bot is restarted")
        await answer(question, "Ann Archer")
        question = await listen()
        await answer(question, "5550123")
        await listen()

    return walk


async def _check_posts(world: World, walk: Walk, transcript: Transcript) -> None:
    """After everything, so that what was posted twice, or late, is seen."""
    transcript.heading("What stands in the conversations now")
    bot_id = world.live_bot.connector.me.id
    ann, olivia = await world.person("ann@example.com"), await world.person("olivia@example.com")
    room = await _room(ann)
    posted = await _posted_by(ann, room.id, bot_id)
    transcript.check(
        posted == walk.said, f"{len(posted)} messages are what the flow says, in order, each once"
    )
    direct = await olivia.conversations.direct(bot_id)
    told = await _posted_by(olivia, direct.conversation.id, bot_id)
    for text in told:
        transcript.line("Olivia", f"reads: {text}")
    transcript.check(told == walk.posted, "the operator was told, once")


async def _room(person: CircuitSession) -> Conversation:
    records = await person.conversations.latest()
    return next(each.conversation for each in records if each.conversation.topic)


async def _posted_by(person: CircuitSession, conversation_id: str, author_id: str) -> list[str]:
    items = await person.items.since(conversation_id, SystemClock().now() - timedelta(hours=1))
    return [each.item.text for each in items if each.item.author_id == author_id]
