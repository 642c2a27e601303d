"""One bot with a platform of its own, on a clock that moves only while somebody waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from botkit.app import Bot, Handler
from botkit.flow.calendars import ALWAYS_OPEN, NEVER_OPEN
from botkit.flow.ssml import plain
from botkit.hooks import Context, Hooks, hook
from botkit.media.files import AudioFiles
from botkit.model import codec
from botkit.model.conversations import Conversation
from botkit.model.effects import Ask
from botkit.model.events import CallOffered, CallTranscript, MessageReceived, Speaker, WebhookReceived
from botkit.model.questions import Question
from botkit.model.reasons import Reason
from botkit.model.secret import Secret
from botkit.model.session import EndedBy, Session
from botkit.ports.store import Commit, JournalRow
from botkit.runtime.schedules import due_event
from botkit.store.sqlite import SqliteStore
from botkit.testing.audio import FakeAudioPort
from botkit.testing.blobs import FakeBlobs
from botkit.testing.call import ReceivedCall
from botkit.testing.clock import VirtualClock
from botkit.testing.connector import FakeConnector
from botkit.testing.counted import CountedSounds
from botkit.testing.http import FakeHttp, answer
from botkit.testing.person import ScriptedPerson
from botkit.testing.platform import Posted
from botkit.testing.speech import FakeSynthesizer
from botkit.web.presets import PRESETS, Delivery

from .ears import AnySound, ScriptedEars
from .failure import Failure, ScriptFailed
from .mocks import CountedHandlers, HttpMock, MockHandler, Reply, receiver_of
from .subject import Config, Subject
from .town import Town, name_of
from .transcript import Entry, Kind, Transcript, why_text

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday."""
SILENCE = 10
"""Frames that are told together, in a long silence: 200 ms."""
LONGEST = timedelta(days=7)
"""The most that is waited for the bot to do something by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerRun:
    """A step handler that a flow ran."""

    handler: str
    arguments: Mapping[str, object]


class Stage:
    """Where scripted conversations take place. Use it once: `async with Stage(...) as stage`."""

    def __init__(
        self,
        subject: Subject,
        *,
        flow: str = "",
        now: datetime = START,
        config: Config | None = None,
        run: Mapping[str, Sequence[Reply]] | None = None,
        http: Sequence[HttpMock] = (),
        nobody: Collection[str] = (),
        lifecycle: bool = False,
        hours: Mapping[str, bool] | None = None,
    ) -> None:
        """`flow` begins whatever starts it; empty = the bot decides by its flows' `start`. `now` is aware.
        `config` goes over that of bot.yaml, `run` mocks step handlers, `http` servers; there are no others.
        Every e-mail address is somebody's, but for those in `nobody`. With
        `lifecycle` handlers are told of the bot's start and end. The calendars in `hours` are always open or
        never. Schedules come when `comes` says so, not by themselves. Raises `UsageError`."""
        flows = subject.flows(config)
        mocked = {name: ALWAYS_OPEN if is_open else NEVER_OPEN for name, is_open in (hours or {}).items()}
        self.flows = replace(flows, calendars={**flows.calendars, **mocked})
        self.flow = flow
        self.clock = VirtualClock(now)
        self.transcript = Transcript()
        self.platform = Town(self.clock, bot_name="Bot", told=self._posted, nobody=nobody)
        self.audio = FakeAudioPort(self.clock, silence=SILENCE)
        self.ears = ScriptedEars()
        self.blobs = FakeBlobs()
        self.http = FakeHttp()
        self.http.on(f"POST {receiver_of('*').url}", answer(status=204))
        for mock in reversed(http):  # the first that fits counts, as it stands in the file
            self.http.on(mock.on, *mock.replies)
        self.sessions: dict[str, Session] = {}
        """As they were last committed, the one that took its turn last at the end."""
        self.asked: dict[str, Question] = {}
        """Session -> its last question."""
        self.journal: list[JournalRow] = []
        """As it was written, of all sessions."""
        self.runs: list[HandlerRun] = []
        self._began = now
        self._begins: dict[str, str] = {}
        """Person -> the event that begins the flow for them, empty before it has come. It stays: a bot that
        died of it meets it again."""
        self._people: dict[str, ScriptedPerson] = {}
        hooks = subject.hooks()
        if not lifecycle:
            hooks.mute("bot_started", "bot_stopping")
        self.mocks = _mock(hooks, run or {}, self.clock)
        handlers = CountedHandlers()
        for name, function in hooks.step_handlers.items():
            if name not in self.mocks:
                hooks.step_handlers[name] = handlers.wrap(function)
        store = _Watched(self._committed)
        sounds = CountedSounds(AudioFiles())
        self.clock.watch(lambda: store.busy or handlers.busy > 0 or sounds.busy > 0)
        self._bot = Bot(
            connector=FakeConnector(self.platform),
            handlers=self._handlers(),
            store=store,
            hooks=hooks,
            audio=self.audio,
            voice=FakeSynthesizer(),
            recognizer=self.ears if subject.hears else None,
            voice_activity=AnySound,
            sounds=sounds,
            blobs=self.blobs,
            http=self.http,
            secrets={name: Secret(f"the secret {name}") for name in subject.settings.file.secrets},
            receivers={name: receiver_of(name) for name in subject.settings.file.receivers},
            language=subject.language,
            clock=self.clock,
        )
        self._webhooks = subject.settings.file.webhooks
        self._bot.flows = replace(self.flows, schedules=())

    async def __aenter__(self) -> Stage:
        await self._bot.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in self.platform.calls.values():
            await call.hang_up()
        stopping = asyncio.create_task(self._bot.stop())
        while not stopping.done():
            # Hanging up takes its time on the clock, too.
            await self.clock.settle()
            if not await self.clock.step(until=self.clock.now() + LONGEST) and not stopping.done():
                await asyncio.sleep(0)
        await stopping

    @property
    def seconds(self) -> float:
        """Since the conversation began."""
        return self.clock.monotonic()

    def person(self, email: str, name: str = "", *, locale: str = "") -> ScriptedPerson:
        """Whoever has this address; name and locale (BCP 47) count the first time."""
        known = self._people.get(email)
        if known is None:
            self.platform.add_user(name or name_of(email), email, locale=locale)
            known = self._people[email] = ScriptedPerson(self.platform, email=email)
        return known

    def begins(self, person: ScriptedPerson) -> None:
        """The next message or call of this person begins the flow, whatever it starts by."""
        if self.flow:
            self._begins[person.user.id] = ""

    async def until(self, reached: Callable[[], bool], stop: Callable[[], bool]) -> bool:
        """Let time pass until something is so; False when `stop` comes first, or nothing happens any more."""
        await self.clock.settle()
        end = self.clock.now() + LONGEST
        while not reached():
            if stop() or not await self.clock.step(until=end):
                return reached()
        return True

    async def passes(self, seconds: float) -> None:
        """Let so much time pass."""
        await self.clock.advance(seconds)

    async def comes(self, name: str, missed: int = 0) -> None:
        """The clock goes on to the next moment of a schedule; `missed` before it were missed. Raises
        `ScriptFailed` when there is none."""
        schedule = next((each for each in self.flows.schedules if each.name == name), None)
        if schedule is None:
            known = ", ".join(each.name for each in self.flows.schedules)
            raise self.failed(f"schedule: {name}", f"there is no such schedule; there are: {known or 'none'}")
        calendar = self.flows.calendars.get(schedule.calendar)
        moment = schedule.after(self.clock.now(), calendar)
        if moment is None:
            raise self.failed(f"schedule: {name}", "no moment of it will come")
        await self.clock.advance((moment - self.clock.now()).total_seconds())
        self._add("", f"schedule {name}: {moment.astimezone(schedule.place):%Y-%m-%d %H:%M %Z}", Kind.NOTE)
        await self.platform.tell_bot(due_event(schedule, moment, missed))
        await self.clock.settle()

    async def called(self, webhook: str, body: object, *, kind: str = "", message_id: str = "") -> None:
        """Somebody calls a webhook of the bot's, and has proven who they are. Each call is another message,
        but for those with the same `message_id`."""
        preset = PRESETS[self._webhooks[webhook].preset if webhook in self._webhooks else "standard"]
        kind = kind or preset.identity(Delivery(headers={}, body=b""), body).kind
        message_id = message_id or f"message {self.platform.number()}"
        self._add("", f"webhook {webhook}{f': {kind}' if kind else ''}", Kind.NOTE)
        event_id, at = f"webhook:{webhook}:{message_id}", self.clock.now()
        await self.platform.tell_bot(
            WebhookReceived(event_id=event_id, at=at, webhook=webhook, body=body, kind=kind)
        )
        await self.clock.settle()

    def did(self, person: ScriptedPerson, what: str, *, call: str = "", detail: str = "") -> None:
        """Somebody does something."""
        who = person.user.display_name
        self._add(who, what, Kind.DID, call=call, detail=detail)

    def failed(self, expected: str, actual: str) -> ScriptFailed:
        """An expectation that is not met here."""
        lines = tuple(self.transcript.lines())
        return ScriptFailed(Failure(expected=expected, actual=actual, transcript=lines))

    def fault(self, *, but: EndedBy | None = None) -> str:
        """What went wrong in a flow without steps of its own for it; empty = nothing did."""
        if but is EndedBy.ERROR:
            return ""
        for reason in self.transcript.reasons():
            if reason.verb == "unhandled" and reason.branch.startswith("error."):
                detail = reason.read.get("detail", "")
                return f"{self._why(reason)}{f': {detail}' if detail else ''}"
        return ""

    def _add(
        self,
        who: str,
        text: str,
        kind: Kind,
        *,
        to: frozenset[str] = frozenset(),
        call: str = "",
        detail: str = "",
    ) -> None:
        self.transcript.add(
            Entry(at=self.seconds, who=who, text=text, kind=kind, to=to, call=call, detail=detail)
        )

    def _posted(self, posted: Posted, conversation: Conversation) -> None:
        to = frozenset(member for member in conversation.members if member != self.platform.bot.id)
        names = ", ".join(sorted(self.platform.users[member].email for member in to))
        extras = [posted.item.subject and f"subject: {posted.item.subject}"]
        extras += [f"{each.name}, {len(each.data)} bytes" for each in posted.attachments]
        if posted.form is not None:
            fields = [control.name for control in posted.form.controls if control.name]
            extras.append(f"form: {', '.join(fields)}")
        detail = "; ".join(filter(None, (f"to {names}", *extras)))
        entry = Entry(
            at=self.seconds,
            who="bot",
            text=posted.written,
            kind=Kind.POSTED,
            to=to,
            detail=detail,
            posted=posted,
        )
        self.transcript.add(entry)

    def _committed(self, turn: Commit) -> None:
        if turn.session is not None:
            session = codec.load(turn.session.state)
            if isinstance(session, Session):
                self.sessions.pop(session.id, None)
                self.sessions[session.id] = session
        self.journal.extend(turn.journal)
        for row in turn.journal:
            self._noted(row)

    def _noted(self, row: JournalRow) -> None:
        data = json.loads(row.data)
        if row.kind == "turn":
            for each in data["why"]:
                reason = Reason(**each)
                entry = Entry(at=self.seconds, who="", text=self._why(reason), kind=Kind.WHY)
                entry.reason, entry.session = reason, row.session_id
                self.transcript.add(entry)
            for name, fields in data["effects"]:
                self._wanted(row.session_id, name, fields)
        elif row.kind == "played":
            self._played(row.session_id, data)
        elif row.kind == "reacted":
            self._add("bot", f"likes: {self.platform.posted(data['item']).written}", Kind.NOTE)
        elif row.kind == "failed":
            self._add("", f"FAILED {data['what']}: {data['error']}", Kind.NOTE)

    def _wanted(self, session_id: str, name: str, fields: Mapping[str, object]) -> None:
        if name == "Ask":
            ask = codec.load(json.dumps([name, fields]))
            assert isinstance(ask, Ask)
            self.asked[session_id] = ask.question
        elif name == "Run":
            arguments = fields["arguments"]
            assert isinstance(arguments, dict)
            run = HandlerRun(handler=str(fields["handler"]), arguments=arguments)
            self.runs.append(run)
            shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            self._add("", f"runs {run.handler} {shown}".rstrip(), Kind.NOTE)
        elif name in ("Dial", "Transfer"):
            self._add("bot", f"calls {fields['to']}", Kind.NOTE)
        elif name == "SendWebhook":
            self._add("", f"sends {fields['type']} to {fields['receiver']}", Kind.NOTE)
        elif name == "Http":
            self._add("", f"requests {fields['method']} {fields['url']}", Kind.NOTE)

    def _played(self, session_id: str, data: Mapping[str, object]) -> None:
        """How far it was heard: told of the line that says that it began."""
        text, seconds, whole = plain(str(data["text"])), float(str(data["seconds"])), float(str(data["of"]))
        session = self.sessions.get(session_id)
        call = session.call_id if session is not None else ""
        said = next(
            (
                entry
                for entry in reversed(self.transcript.entries)
                if entry.call == call and entry.kind is Kind.SAID and entry.text == text
            ),
            None,
        )
        if said is None:
            how = "skipped" if not whole else f"{seconds:.1f} s"
            to = frozenset({session.person.id}) if session is not None and whole else frozenset()
            entry = Entry(at=self.seconds, who="bot", text=text, kind=Kind.SAID, to=to, call=call, detail=how)
            self.transcript.add(entry)
        elif data["cut"] and not said.detail:
            said.detail = f"cut at {seconds:.1f} of {whole:.1f} s"

    def _why(self, reason: Reason) -> str:
        flow = self.flows.flows.get(reason.flow)
        return why_text(reason, flow.at.source.file if flow is not None else reason.flow)

    def _handlers(self) -> list[Handler]:
        @hook
        async def item_added(message: MessageReceived, ctx: Context) -> None:
            if self._begins.get(message.author.id) in ("", message.event_id):
                self._begins[message.author.id] = message.event_id
                await ctx.start(self.flow)
                ctx.stop()

        @hook
        async def call_incoming(call: CallOffered, ctx: Context) -> None:
            if self._begins.get(call.call.caller.id) in ("", call.event_id):
                self._begins[call.call.caller.id] = call.event_id
                await ctx.start(self.flow)

        @hook
        def call_transcript(said: CallTranscript) -> None:
            if said.speaker is Speaker.BOT:
                entry = Entry(
                    at=(said.at - self._began).total_seconds(),
                    who="bot",
                    text=said.text,
                    kind=Kind.SAID,
                    to=frozenset({said.person_id}),
                    call=said.call_id,
                )
                self.transcript.add(entry)

        return [item_added, call_incoming, call_transcript]

    def ring_of(self, email: str) -> tuple[ScriptedPerson, ReceivedCall] | None:
        """A call of the bot that rings at somebody (empty = anybody) and that nobody has taken."""
        for user, call in self.platform.rings:
            if call.cause is None and not call.answer and email in ("", user.email):
                return self.person(user.email, user.display_name), call
        return None

    def last_session(self, fits: Callable[[Session], bool]) -> Session | None:
        """The session that took its turn last, of those that fit."""
        return next((each for each in reversed(self.sessions.values()) if fits(each)), None)


class _Watched(SqliteStore):
    """A store in memory that tells what is written."""

    def __init__(self, told: Callable[[Commit], None]) -> None:
        super().__init__(":memory:")
        self._told = told

    async def commit(self, turn: Commit) -> None:
        await super().commit(turn)
        self._told(turn)


def _mock(hooks: Hooks, run: Mapping[str, Sequence[Reply]], clock: VirtualClock) -> dict[str, MockHandler]:
    mocks = {name: MockHandler(replies, clock) for name, replies in run.items()}
    hooks.step_handlers.update(mocks)
    return mocks
