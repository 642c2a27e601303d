"""The proof's calls: what a caller hears is held against what the pure engine says the flow says."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from pathlib import Path

from botkit.app import hooks_of
from botkit.circuit import CircuitSession
from botkit.cli.transcript import Transcript
from botkit.cli.walk import Walk
from botkit.engines import best_voice
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
LISTEN = 1.0
"""Seconds of the menu that the caller hears before answering."""
STRAY = 0.3
"""Seconds of sound that may be left unexplained: the tail of a prompt that was cut."""


async def prove_call(world: World, bot_file: Path, transcript: Transcript, email: str, answer: str) -> None:
    """Somebody calls and answers the menu while it is being said: with a key, or in words."""
    by_key = answer.isdecimal()
    caller = await world.person(email)
    name = caller.me.first_name
    does = f"presses {answer}" if by_key else f"says: {answer}"
    transcript.heading(
        f"{name} calls the bot, and {'presses a key' if by_key else 'answers'} while it speaks"
    )
    bot = world.live_bot
    walk = Walk(bot.flows, FLOW, Channel.CALL, person_of(caller), SystemClock().now())
    walk.begin()
    asked = list(walk.said)
    if by_key:
        walk.press(answer)
    else:
        walk.speak(answer)
    async with AsyncExitStack() as closing:
        voice = _voice_of(bot_file)
        closing.push_async_callback(voice.close)
        texts = [*walk.said, answer]
        sounds = {text: await voice.synthesize(text, language=bot.language) for text in texts}

        phone = Phone(caller)
        closing.push_async_callback(phone.hang_up)
        direct = await caller.conversations.direct(bot.connector.me.id)
        transcript.line(name, "dials")
        await phone.dial(direct.conversation.id)
        (session,) = await bot.store.open_sessions("call:")
        first = await phone.caller.until_prompt(start=0)
        delay = 1000 * (first.at - phone.answered_at)
        transcript.line("bot", f"answers; its first word came {delay:.0f} ms later")

        enough = sum(sounds[text].seconds for text in asked[:-1]) + LISTEN
        await phone.caller.until(lambda: phone.caller.seconds_since(first) >= enough)
        transcript.line(name, does)
        if by_key:
            await phone.caller.press(answer)
        else:
            await phone.caller.say(sounds[answer])
        cause = await phone.over()
        transcript.line("bot", f"hangs up ({cause})")

        rows = await bot.store.journal(session.id)
        for row in rows:
            if row.kind == "heard":
                transcript.line("bot", f"has heard: {json.loads(row.data)['text']}")
        played = [json.loads(row.data) for row in rows if row.kind == "played"]
        transcript.check([row["text"] for row in played] == walk.said, "the bot played what the flow says")
        transcript.check(
            [row["cut"] for row in played] == [text == asked[-1] for text in walk.said],
            "the answer cut the menu short, and nothing else",
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
    """What the recording holds, against the flow's own texts, each cut where the journal says so."""
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


def person_of(session: CircuitSession) -> Person:
    """A person of the sandbox as a flow sees them."""
    return Person(id=session.me.id, name=session.me.display_name, email=session.me.email)
