"""`botkit demo --once`: the front desk bot, proven without a person.

What people saw and heard is held against what the pure engine says the flow says: the corridor, the
store, the platform, the voice and the audio lie between the two.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from botkit.app import hooks_of
from botkit.circuit import CircuitSession
from botkit.circuit.events import ItemAdded
from botkit.circuit.shapes import TextItem
from botkit.circuit.text import Mention
from botkit.cli.transcript import Transcript
from botkit.cli.walk import Walk, filled
from botkit.engines import best_voice
from botkit.model.conversations import Conversation
from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm
from botkit.model.session import Channel, Person
from botkit.ports.speech import Synthesizer
from botkit.ports.system_clock import SystemClock
from botkit.settings import read_settings
from botkit.testing.hearing import Expected, judge, unexplained
from botkit.testing.phone import Phone
from botkit.testing.world import World

FLOW = "reception"
PATIENCE = 15.0
"""Seconds that anybody waits for the bot's next word."""
LISTEN = 1.0
"""Seconds of the menu that the caller hears before pressing a key."""
STRAY = 0.3
"""Seconds of sound that may be left unexplained: the tail of a prompt that was cut."""


async def prove(
    bot_file: Path, state: Path, *, change_voice: Callable[[Synthesizer], Synthesizer] | None = None
) -> bool:
    """Run the story and print it; whether everything that was seen and heard is what the flow says.

    `state` is an empty folder. `change_voice` is where a test puts a fault.
    """
    transcript = Transcript()
    transcript.heading("Starting the sandbox and the bot")
    async with World(bot_file, state=state, change_voice=change_voice) as world:
        transcript.line("sandbox", f"{world.sandbox.address}, page {world.sandbox.page_address}")
        chat = await _chat(world, transcript)
        await _call(world, bot_file, transcript)
        await _check_posts(world, chat, transcript)
    transcript.heading(f"{'Proven' if transcript.ok else 'NOT proven'} in {transcript.seconds:.0f} s.")
    return transcript.ok


async def _chat(world: World, transcript: Transcript) -> Walk:
    transcript.heading("Ann writes to the bot, which is restarted in mid-dialogue")
    ann = await world.person("ann@example.com")
    bot = world.live_bot.connector.me
    room = await _room(ann)
    walk = Walk(world.live_bot.flows, FLOW, Channel.CHAT, _person(ann), SystemClock().now())
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


async def _call(world: World, bot_file: Path, transcript: Transcript) -> None:
    transcript.heading("Ben calls the bot, and presses a key while it speaks")
    ben = await world.person("ben@example.com")
    bot = world.live_bot
    walk = Walk(bot.flows, FLOW, Channel.CALL, _person(ben), SystemClock().now())
    walk.begin()
    asked = list(walk.said)
    walk.press("1")
    async with AsyncExitStack() as closing:
        voice = _voice_of(bot_file)
        closing.push_async_callback(voice.close)
        sounds = {text: await voice.synthesize(text, language=bot.language) for text in walk.said}

        phone = Phone(ben)
        closing.push_async_callback(phone.hang_up)
        direct = await ben.conversations.direct(bot.connector.me.id)
        transcript.line("Ben", "dials")
        await phone.dial(direct.conversation.id)
        (session,) = await bot.store.open_sessions("call:")
        first = await phone.caller.until_prompt(start=0)
        delay = 1000 * (first.at - phone.answered_at)
        transcript.line("bot", f"answers; its first word came {delay:.0f} ms later")

        enough = sum(sounds[text].seconds for text in asked[:-1]) + LISTEN
        await phone.caller.until(lambda: phone.caller.seconds_since(first) >= enough)
        transcript.line("Ben", "presses 1")
        await phone.caller.press("1")
        cause = await phone.over()
        transcript.line("bot", f"hangs up ({cause})")

        played = [json.loads(row.data) for row in await bot.store.journal(session.id) if row.kind == "played"]
        transcript.check([row["text"] for row in played] == walk.said, "the bot played what the flow says")
        transcript.check(
            [row["cut"] for row in played] == [text == asked[-1] for text in walk.said],
            "the key cut the menu short, and nothing else",
        )
        _judge(phone.caller.recording(), walk.said, played, sounds, transcript)


def _voice_of(bot_file: Path) -> Synthesizer:
    """A voice like the bot's, but not the bot's: the yardstick shares none of its faults."""
    settings = read_settings(bot_file, with_platform=False)
    speech = settings.file.speech
    voice = best_voice(hooks_of(settings), speech.voice, speech.language, None)
    if voice is None:
        raise WorldError(
            "There is no voice here, so nothing can be heard.",
            remedy="Install botkit with its default voice.",
        )
    return voice


def _judge(
    recording: Pcm,
    said: list[str],
    played: list[dict[str, object]],
    sounds: dict[str, Pcm],
    transcript: Transcript,
) -> None:
    """What Ben's recording holds, against the flow's own texts, each cut where the journal says so."""
    cut = {str(row["text"]): float(str(row["seconds"])) for row in played if row["cut"]}
    verdicts = judge(
        recording, [Expected(name=text, pcm=sounds[text], played=cut.get(text)) for text in said]
    )
    for verdict in verdicts:
        figures = f"correlation {verdict.correlation:.2f}, {verdict.seconds:.2f} of {verdict.expected:.2f} s"
        why = f" ({verdict.reason})" if verdict.reason else ""
        transcript.check(verdict.heard, f"heard: {verdict.name} [{figures}]{why}")
    stray = unexplained(recording, verdicts)
    transcript.check(stray <= STRAY, f"{stray:.2f} s of sound are left unexplained")


def _person(session: CircuitSession) -> Person:
    return Person(id=session.me.id, name=session.me.display_name, email=session.me.email)
