"""One script on one real call: the person speaks and presses keys, and listens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

from botkit.app import Bot
from botkit.circuit import CircuitSession
from botkit.flow.ssml import plain
from botkit.model import codec
from botkit.model.errors import BotkitError, WorldError
from botkit.model.events import CallTranscript, Speaker
from botkit.model.reasons import Reason
from botkit.model.session import Session, Status
from botkit.ports.speech import Synthesizer
from botkit.testing.hearing import Expected, judge
from botkit.testing.phone import Phone
from botkit.testing.world import World

from .answering import By, answer_for
from .failure import Failure, ScriptFailed
from .files import Case
from .judge import Wanted, nearest, quoted, same
from .spoken_person import expected, means, voice_of, wait_of
from .step import ScriptStep
from .subject import Subject
from .transcript import Entry, Kind, Transcript, why_text
from .verbs import (
    Answers,
    Ends,
    HangsUp,
    Hears,
    HearsNothingMore,
    NeverHears,
    PostedTo,
    PostWanted,
    Presses,
    Says,
    SaysNothing,
    Slots,
    Waits,
    Why,
)

REPEATS = 2
"""How often an answer is said again."""
PATIENCE = 40.0
"""Seconds that the bot has for its next word."""
LOOK = 0.05
"""Seconds between two looks."""


class SpokenCall:
    """One script on one call."""

    def __init__(self, case: Case, subject: Subject) -> None:
        self.transcript = Transcript()
        self._case = case
        self._subject = subject
        self._flows = subject.flows()
        self._began = time.monotonic()
        self._read = self._followed = self._turns = 0
        self._bot: Bot
        self._phone: Phone
        self._voice: Synthesizer
        self._session_id = ""
        self._spoke = False
        """What was done last was to speak."""
        self._spoke_at = 0
        """The session's revision when somebody spoke last."""
        self._answered: tuple[str, ...] = ()
        """What was answered last: the value that was meant, and the words."""
        self._repeats = 0
        self._hung_up = False
        self._confirmed = -1
        """The session's revision at which somebody said yes."""

    def heard(self, said: CallTranscript) -> None:
        """The bot says something, or has understood something."""
        if said.speaker is Speaker.BOT:
            self._add("bot", said.text, Kind.SAID)
        else:
            self._add("", f"the bot understood: {said.text}", Kind.NOTE)

    async def play(self, world: World, closing: AsyncExitStack) -> Failure | None:
        """Call the bot and do what the script says; what went otherwise, if anything."""
        step: ScriptStep | None = None
        self._bot = world.live_bot
        self._flows = self._bot.flows
        self._voice = voice_of(self._subject)
        closing.push_async_callback(self._voice.close)
        caller = await world.person(self._case.file.someone(self._case.script).email)
        self._phone = Phone(caller)
        closing.push_async_callback(self._phone.hang_up)
        try:
            await self._dial(caller)
            for step in self._case.steps:
                await self._do(step)
            step = None
            await self._judge()
        except ScriptFailed as failed:
            failure = failed.failure
        except (BotkitError, TimeoutError) as error:
            what = step.verb if step is not None else "the call goes on"
            failure = self._failed(what, str(error) or "it took too long").failure
        else:
            return None
        at = step.place if step is not None else self._case.script.place
        return Failure(
            expected=failure.expected, actual=failure.actual, transcript=failure.transcript, place=at.place
        )

    async def _dial(self, caller: CircuitSession) -> None:
        direct = await caller.conversations.direct(self._bot.connector.me.id)
        self._did("calls")
        await self._phone.dial(direct.conversation.id)
        (row,) = await self._bot.store.open_sessions("call:")
        self._session_id = row.id

    async def _do(self, step: ScriptStep) -> None:
        match step:
            case Hears(hears=wanted):
                text = Wanted(contains=wanted.contains, exactly=wanted.exactly, matches=wanted.matches)
                await self._hears(text)
            case HearsNothingMore():
                await self._until(self._waits)
                if self._untold():
                    raise self._failed("hears nothing more", f"the bot said {quoted(self._untold()[0][1])}")
            case NeverHears(never=text):
                await self._until(self._waits)
                said = next((said for _, said in self._said(0) if Wanted(contains=text).fits(said)), None)
                if said is not None:
                    raise self._failed(f"never hears {quoted(text)}", f"the bot said {quoted(said)}")
            case Presses(presses=keys, at=at):
                self._answered = ()
                await self._press(keys, at)
            case Says(says=words, at=at):
                self._answered = ()
                await self._say(words, at)
            case Answers(answers=value, by=by, at=at):
                await self._answer(value, by or self._case.by, at)
            case SaysNothing():
                await self._until(self._waits)
                before = (await self._session()).revision
                self._did("says nothing")
                await self._until(lambda: self._moved(before))
            case Waits(waits=seconds):
                await asyncio.sleep(seconds)
            case HangsUp(at=at):
                await self._moment(at)
                self._did("hangs up")
                self._hung_up = True
                await self._phone.hang_up()
            case Why(why=ways):
                for way in ways:
                    await self._why(way)
            case Slots(slots=expected):
                await self._slots(expected)
            case PostedTo(posted=wanted_post):
                await self._posted(wanted_post)
            case Ends(ends=by):
                if not await self._until(self._is_over):
                    raise self._failed(f"ends: {by}", "it goes on")
                ended = (await self._session()).ended_by
                if ended is not by:
                    raise self._failed(f"ends: {by}", f"it ended by {ended}")

    async def _hears(self, wanted: Wanted) -> None:
        async def said() -> bool:
            if any(wanted.fits(text) for _, text in self._untold()):
                return True
            await self._assent()
            return False

        if not await self._until(said):
            like = nearest(wanted.words, [text for _, text in self._untold()])
            raise self._failed(
                f"hears {wanted}", f"the bot said {quoted(like)}" if like else "the bot said nothing more"
            )
        self._read = next(index for index, text in self._untold() if wanted.fits(text)) + 1

    async def _assent(self) -> None:
        """Do as people do whom the bot asks back: say yes, or no where it has misheard; and where everything
        is to be said, say it again if it was not understood, twice at most."""
        session = await self._session()
        wait = wait_of(session)
        if not self._spoke or session.revision == self._confirmed or not await self._listens(session):
            return
        again = bool(self._answered) and self._case.by is By.SPEECH and self._repeats < REPEATS
        if "doubt" in wait:
            self._confirmed = session.revision
            await self._say("yes" if not again or means(wait["doubt"], self._answered[0]) else "no", None)
        elif again and wait.get("no_match"):
            self._confirmed = session.revision
            self._repeats += 1
            await self._say(self._answered[1], None)

    async def _answer(self, value: str, by: By | None, at: float | None) -> None:
        if at is None:
            await self._until(self._taken)
            await self._until(self._waits)
            if self._case.by is By.SPEECH:
                await self._until(self._understood)
        answer = answer_for(self._flows, await self._session(), None, value)
        if answer.keys and by is not By.SPEECH:
            await self._press(answer.keys, at)
        else:
            words = answer.spoken or answer.words
            self._answered, self._repeats = (value, words), 0
            await self._say(words, at)

    async def _understood(self) -> bool:
        """The bot asks back no more."""
        if not await self._taken() or not await self._waits():
            return False
        before = self._confirmed
        await self._assent()
        return self._confirmed == before

    async def _press(self, keys: str, at: float | None) -> None:
        await self._ready(f"presses {keys}", at)
        self._did(f"presses {keys}")
        self._spoke = False
        for key in keys:
            await self._phone.caller.press(key)

    async def _say(self, words: str, at: float | None) -> None:
        sound = await self._voice.synthesize(words, language=self._bot.language)
        await self._ready(f"says: {words}", at)
        self._did(f"says: {words}")
        self._spoke, self._spoke_at = True, (await self._session()).revision
        await self._phone.caller.say(sound)

    async def _ready(self, what: str, at: float | None) -> None:
        if at is not None:
            await self._moment(at)
        elif not (await self._until(self._taken) and await self._until(self._waits)):
            raise self._failed(what, "the bot does not listen")
        self._read = len(self.transcript)

    async def _moment(self, at: float | None) -> None:
        """So many seconds into the prompt that began last."""
        if at is not None:
            began = next(each.at for each in reversed(self.transcript.entries) if each.kind is Kind.SAID)
            await asyncio.sleep(max(0.0, began + at - (time.monotonic() - self._began)))

    async def _why(self, way: str) -> None:
        name, equals, branch = (part.strip() for part in way.partition("="))

        def found() -> int | None:
            for index, entry in enumerate(self.transcript.entries[self._followed :], self._followed):
                reason = entry.reason
                if reason is None or name not in (reason.step, reason.verb):
                    continue
                if not equals or reason.branch == branch:
                    return index
            return None

        async def decided() -> bool:
            await self._note_turns()
            return found() is not None

        if not await self._until(decided):
            raise self._failed(f"why: {way}", "the flow did not go that way")
        index = found()
        assert index is not None
        self._followed = index + 1

    async def _slots(self, expected: dict[str, object]) -> None:
        session = await self._session()
        known: dict[str, object] = {}
        scopes = session.state.get("scopes")
        for scope in scopes if isinstance(scopes, list | tuple) else ():
            known.update(scope)
        for name, value in expected.items():
            if not same(value, known.get(name)):
                raise self._failed(f"{name} is {value!r}", f"{name} is {known.get(name)!r}")

    async def _posted(self, post: PostWanted) -> None:
        wanted = Wanted(contains=post.contains, exactly=post.exactly, matches=post.matches)

        async def met() -> bool:
            journal = await self._bot.store.journal(self._session_id)
            rows = [(row.kind, json.loads(row.data)) for row in journal]
            arrived = {data["effect"] for kind, data in rows if kind == "posted"}
            effects = [effect for kind, data in rows if kind == "turn" for effect in data["effects"]]
            return any(
                name == "Post"
                and fields["id"] in arrived
                and post.to in ("", fields["to"])
                and wanted.fits(fields["text"])
                and post.subject in (None, fields["subject"])
                and post.files in (None, len(fields["files"]))
                for name, fields in effects
            )

        if not await self._until(met):
            raise self._failed(f"posted {wanted}", "nothing like it was written")

    async def _judge(self) -> None:
        """That what the bot says it played is what arrived."""
        if not self._hung_up and await self._is_over():
            await self._phone.over(PATIENCE)  # the bot hangs up once all is heard
        journal = await self._bot.store.journal(self._session_id)
        rows = [json.loads(row.data) for row in journal if row.kind == "played"]
        prompts: list[Expected] = []
        for row in rows:
            if row["of"] and row["text"] != "beep":
                played = float(row["seconds"]) if row["cut"] else None
                prompts += await expected(self._voice, self._bot.language, row["text"], played)
        for verdict in judge(self._phone.caller.recording(), prompts):
            if not verdict.heard:
                sound = f"the sound of {quoted(plain(verdict.name))}"
                raise self._failed(sound, f"it did not arrive: {verdict.reason}")

    async def _waits(self) -> bool:
        """The bot listens, or all is over."""
        session = await self._session()
        return session.status is Status.ENDED or await self._listens(session)

    async def _listens(self, session: Session) -> bool:
        """A question or a recording is open, and its prompt is over."""
        wait = wait_of(session)
        if wait.get("kind") not in ("ask", "record"):
            return False
        journal = await self._bot.store.journal(self._session_id)
        played = (json.loads(row.data)["prompt"] for row in journal if row.kind == "played")
        return wait.get("id") in played

    async def _is_over(self) -> bool:
        return (await self._session()).status is Status.ENDED

    async def _taken(self) -> bool:
        """Something has come of what was said last: else more words would be one answer with it."""
        return not self._spoke or await self._moved(self._spoke_at)

    async def _moved(self, revision: int) -> bool:
        return (await self._session()).revision != revision

    async def _until(self, reached: Callable[[], object]) -> bool:
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            held = reached()
            if asyncio.iscoroutine(held):
                held = await held
            await self._note_turns()
            if held:
                return True
            if self._case.by is By.SPEECH:
                await self._assent()
            await asyncio.sleep(LOOK)
        return False

    async def _session(self) -> Session:
        row = await self._bot.store.session(self._session_id)
        session = codec.load(row.state) if row is not None else None
        if not isinstance(session, Session):
            raise WorldError("The call has no session.")
        return session

    async def _note_turns(self) -> None:
        """The decisions that were not told yet."""
        rows = [row for row in await self._bot.store.journal(self._session_id) if row.kind == "turn"]
        for row in rows[self._turns :]:
            for each in json.loads(row.data)["why"]:
                reason = Reason(**each)
                flow = self._flows.flows.get(reason.flow)
                text = why_text(reason, flow.at.source.file if flow is not None else reason.flow)
                self.transcript.add(Entry(at=self._now(), who="", text=text, kind=Kind.WHY, reason=reason))
        self._turns = len(rows)

    def _untold(self) -> list[tuple[int, str]]:
        return list(self._said(self._read))

    def _said(self, start: int) -> Iterator[tuple[int, str]]:
        for index, entry in enumerate(self.transcript.entries[start:], start):
            if entry.kind is Kind.SAID:
                yield index, entry.text

    def _did(self, what: str) -> None:
        self._add(self._case.file.someone(self._case.script).name, what, Kind.DID)

    def _add(self, who: str, text: str, kind: Kind) -> None:
        self.transcript.add(Entry(at=self._now(), who=who, text=text, kind=kind))

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _failed(self, expected: str, actual: str) -> ScriptFailed:
        return ScriptFailed(
            Failure(expected=expected, actual=actual, transcript=tuple(self.transcript.lines()))
        )
