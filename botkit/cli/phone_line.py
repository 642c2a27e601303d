"""A call in the terminal: the test kit's platform and phone line, with you as the caller.

The clock is the kit's: it begins now, and stands still while you think, so no answer is ever too late.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from botkit.app import Bot, Handler
from botkit.cli.alone import LoneFlow, OverTheShoulder, starters
from botkit.cli.asides import Asides
from botkit.flow.flowset import FlowSet
from botkit.hooks import hook
from botkit.media.files import AudioFiles
from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.errors import UsageError
from botkit.model.events import CallTranscript, Speaker
from botkit.model.pcm import Pcm
from botkit.model.session import Session
from botkit.ports.speech import Recognizer, VoiceActivity
from botkit.ports.system_clock import SystemClock
from botkit.store.blobs import FolderBlobs
from botkit.store.sqlite import SqliteStore
from botkit.testing.audio import FakeAudioPort
from botkit.testing.clock import VirtualClock
from botkit.testing.connector import FakeConnector
from botkit.testing.counted import CountedHttp, CountedSounds
from botkit.testing.person import ScriptedPerson
from botkit.testing.speech import FakeSynthesizer

STEP = 0.1
"""Seconds by which the clock is moved."""
LONGEST = 3600.0
"""Seconds that the bot may be busy with itself."""
SILENCE = 120.0
"""Seconds that an empty line lasts, if nothing comes of it."""
KEY_PAUSE = 0.3
"""Seconds between two keys."""


class PhoneLine:
    """The call, from dialling to its end."""

    def __init__(
        self,
        lone: LoneFlow,
        *,
        recognizer: Recognizer,
        voice_activity: Callable[[], VoiceActivity],
        step: str = "",
    ) -> None:
        """`step`: the id of the step that the flow begins with, instead of its first one."""
        self._closing = AsyncExitStack()
        recordings = TemporaryDirectory(prefix="botkit-call-")
        self.clock = VirtualClock(SystemClock().now())
        self._platform = OverTheShoulder(self.clock, bot_name="bot")
        self._person = ScriptedPerson(self._platform, "You")
        self._platform.onlooker = self._person.user
        self._audio = FakeAudioPort(self.clock)
        self._store = SqliteStore(":memory:")
        self.clock.watch(lambda: self._store.busy)
        sounds = CountedSounds(AudioFiles())
        http = CountedHttp(lone.http)
        self.clock.watch(lambda: sounds.busy > 0 or http.busy > 0)
        try:
            self._bot = Bot(
                connector=FakeConnector(self._platform),
                flows=[lone.file],
                handlers=[*starters(lone.name), printer()],
                config=lone.config,
                store=self._store,
                hooks=lone.bot.hooks,
                http=http,
                secrets=lone.bot.secrets(),
                receivers=lone.bot.receivers(),
                audio=self._audio,
                voice=FakeSynthesizer(),
                recognizer=recognizer,
                voice_activity=voice_activity,
                sounds=sounds,
                blobs=FolderBlobs(Path(recordings.name)),
                language=lone.bot.speech.language,
                clock=self.clock,
            )
            if step:
                self._bot.flows = beginning_at(self._bot.flows, lone.name, step)
        except BaseException:
            recordings.cleanup()
            raise
        self._closing.enter_context(recordings)

    async def __aenter__(self) -> PhoneLine:
        await self._bot.start()
        self._closing.push_async_callback(self._stop)
        self._call = await self._person.call()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._call.hang_up()
        await self._closing.aclose()
        self._show_posts()

    async def until_asked(self, typed: Callable[[], Awaitable[str | None]]) -> bool:
        """Let the bot go on until it waits for the caller; False when the call is over.

        `typed` gives what is typed about a call that the bot makes meanwhile.
        """
        passed = 0.0
        while passed < LONGEST:
            await self.clock.settle()
            self._show_posts()
            await self._ring_others(typed)
            if self._call.cause is not None:
                print(f"The call is over: {self._call.cause}.")
                await self._tell_faults()
                return False
            session = await self._session()
            if session is not None and self._audio.legs and self._audio.legs[0].silent:
                kind = _waits_for(session)
                if kind in ("ask", "record"):
                    return True
            await self.clock.advance(STEP)
            passed += STEP
        print(f"Nothing came of it in {LONGEST / 3600:g} h.")
        return False

    def asides(self) -> Asides:
        """What can be asked of the terminal meanwhile."""
        return Asides(self._store, self._bot.flows, self.clock.advance, self.press)

    async def press(self, keys: str) -> None:
        """Press them one after the other."""
        before = await self._revision()
        for key in keys:
            self._audio.legs[0].press(key)
            await self.clock.advance(KEY_PAUSE)
        await self._until_taken(before)

    async def speak(self, sound: Pcm | Sequence[bytes]) -> None:
        """Say this."""
        before = await self._revision()
        self._audio.legs[0].hear(sound)
        await self._until_taken(before)

    async def say_nothing(self) -> None:
        """Until the bot goes on by itself."""
        await self._until_taken(await self._revision())

    async def journal(self, kind: str) -> list[Mapping[str, object]]:
        """The lines of one kind, so far."""
        rows = await self._store.journal(f"call:{self._call.id}")
        return [json.loads(row.data) for row in rows if row.kind == kind]

    async def _tell_faults(self) -> None:
        """What the flow had no steps for: the caller only heard an apology."""
        for turn in await self.journal("turn"):
            reasons = turn["why"]
            assert isinstance(reasons, list)
            for why in reasons:
                if why["verb"] == "unhandled" and why["branch"].startswith("error."):
                    print(
                        f"     {why['flow']}:{why['line']} {why['branch']}: {why['read'].get('detail', '')}"
                    )

    async def _until_taken(self, revision: int) -> None:
        passed = 0.0
        while passed < SILENCE and self._call.cause is None and await self._revision() == revision:
            await self.clock.advance(STEP)
            passed += STEP

    async def _revision(self) -> int:
        session = await self._session()
        return -1 if session is None else session.revision

    async def _session(self) -> Session | None:
        rows = await self._store.open_sessions("call:")
        session = codec.load(rows[0].state) if rows else None
        return session if isinstance(session, Session) else None

    def _show_posts(self) -> None:
        for posted in self._person.unread():
            topic = self._platform.conversation(posted.item.conversation_id).topic
            whom = f"bot to {topic}" if topic else "bot, written"
            files = "".join(f" [{each.name}, {len(each.data)} bytes]" for each in posted.attachments)
            print(f"{whom}> {posted.item.text}{files}")

    async def _ring_others(self, typed: Callable[[], Awaitable[str | None]]) -> None:
        """The bot calls somebody else: whether they pick up, whoever types says."""
        while self._platform.rings:
            user, call = self._platform.rings.popleft()
            print(f"     (it rings at {user.email}; do they answer? yes, no or busy)> ", end="", flush=True)
            reply = await typed()
            if reply == "yes":
                await call.pick_up()
                await self.clock.advance(STEP)
                print("     (they talk; an empty line: they hang up)> ", end="", flush=True)
                await typed()
                await call.hang_up()
            elif reply in ("no", "busy"):
                await call.decline(CallCause.BUSY if reply == "busy" else CallCause.DECLINED)

    async def _stop(self) -> None:
        stopping = asyncio.create_task(self._bot.stop())
        while not stopping.done():
            # Hanging up takes its time on the clock, too.
            await self.clock.advance(STEP)
        await stopping


def _waits_for(session: Session) -> str:
    wait = session.state.get("wait")
    return str(wait.get("kind", "")) if isinstance(wait, dict) else ""


def printer() -> Handler:
    """A plugin that prints what is said on the call."""

    @hook
    def call_transcript(said: CallTranscript) -> None:
        if said.speaker is Speaker.BOT:
            print(f"bot> {said.text}")
        else:
            print(f"     (heard: {said.text})")

    return call_transcript


def beginning_at(flows: FlowSet, name: str, step: str) -> FlowSet:
    """`flows`, with the flow `name` beginning at one of its steps. Raises `UsageError`."""
    flow = flows.flows[name]
    op = flow.by_id.get(step)
    if op is None:
        raise UsageError(
            f"The flow {name} has no step {step!r}.",
            where="--step",
            remedy=f"Its steps are: {', '.join(flow.by_id)}.",
        )
    return replace(flows, flows={**flows.flows, name: replace(flow, first=op.index)})
