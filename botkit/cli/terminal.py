"""A conversation in the terminal: the test kit's platform, with you as the person."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path

from botkit.app import Bot
from botkit.cli.alone import OverTheShoulder, lone_flow, starters
from botkit.cli.asides import Asides
from botkit.cli.hand_clock import HandClock
from botkit.cli.journal_words import quoted
from botkit.cli.lines import Lines
from botkit.model.events import MessageReceived
from botkit.model.forms import Control, ControlKind, Form
from botkit.ports.store import Commit
from botkit.ports.system_clock import SystemClock
from botkit.store.sqlite import SqliteStore
from botkit.testing.connector import FakeConnector
from botkit.testing.person import ScriptedPerson
from botkit.testing.platform import FakePlatform, Posted

REPLY = 2.0
"""Seconds the bot gets to answer before the next line is taken."""

TURN = 0.5
"""Seconds in which a deadline that has come is dealt with."""

PATIENCE = 24 * 3600.0
"""Seconds the terminal waits for the bot's next word."""

FIELDS = (ControlKind.INPUT, ControlKind.DROPDOWN, ControlKind.RADIO, ControlKind.CHECKBOX)


async def chat(flow_file: Path, bot_file: Path | None, values: Mapping[str, object]) -> None:
    """Run the flow of a file with whoever types. Raises `UsageError` for what is wrong with the files."""
    lone = lone_flow(flow_file, bot_file, values)
    clock = HandClock(SystemClock())
    platform = OverTheShoulder(clock, bot_name="bot")
    person = ScriptedPerson(platform, "You")
    platform.onlooker = person.user
    store = _Watched()
    bot = Bot(
        connector=FakeConnector(platform),
        flows=[lone.file],
        handlers=starters(lone.name),
        config=lone.config,
        store=store,
        hooks=lone.bot.hooks,
        http=lone.http,
        secrets=lone.bot.secrets(),
        receivers=lone.bot.receivers(),
        recognizer=None,
        clock=clock,
    )

    async def forward(seconds: float) -> None:
        store.turned.clear()
        clock.forward(seconds)
        with suppress(TimeoutError):  # nothing may come of it
            async with asyncio.timeout(TURN):
                await store.turned.wait()

    asides = Asides(store, bot.flows, forward)
    terminal = _Terminal(platform, person, store, asides)
    platform.liked = terminal.show_like
    await bot.start()
    try:
        await person.post("")
        await _first_of(terminal.show(), terminal.listen(), store.ended.wait())
    finally:
        await bot.stop()
        terminal.show_unread()


async def _first_of(*works: Coroutine[object, object, object]) -> None:
    """Return, or raise, as soon as one of them does; the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Watched(SqliteStore):
    """A store in memory that tells when a session waits for somebody, and when the first one is over: the
    others are those that it began with others."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.waits = asyncio.Event()
        self.turned = asyncio.Event()
        self.ended = asyncio.Event()
        self._first = ""
        self._asked: dict[str, str] = {}
        """Session that would take an answer -> the place where it waits."""
        self._effects: set[str] = set()

    @property
    def elsewhere(self) -> str:
        """The conversation in which somebody else is asked, while nobody is asked here; empty = none."""
        if self._first in self._asked:
            return ""
        return next((place.split(":")[1] for place in self._asked.values()), "")

    async def commit(self, turn: Commit) -> None:
        await super().commit(turn)
        self._effects.update(row.id for row in turn.outbox)
        self._effects.difference_update(turn.confirmed)
        if turn.session is not None:
            self.turned.set()
            session = turn.session
            self._first = self._first or session.id
            self._asked.pop(session.id, None)
            for place in session.places:
                if place.startswith(("direct:", "thread:")):
                    self._asked[session.id] = place
            if session.id == self._first and not session.open:
                self.ended.set()
        if self._asked and not self._effects:
            self.waits.set()
        else:
            self.waits.clear()


class _Terminal:
    """Prints what the bot posts, and says what the person types."""

    def __init__(
        self, platform: FakePlatform, person: ScriptedPerson, store: _Watched, asides: Asides
    ) -> None:
        self._platform = platform
        self._person = person
        self._store = store
        self._waits = store.waits
        self._asides = asides
        self._lines = Lines()
        self._form: Form | None = None
        self._elsewhere = ""
        """The conversation in which the next line is said, as somebody else; empty = here."""

    async def show(self) -> None:
        """Print what the bot says, as it comes."""
        while True:
            self._print(await self._person.next_message(within=PATIENCE))

    async def listen(self) -> None:
        """Take what is typed, until there is no more. The bot speaks first."""
        while line := await self._next_line():
            if await self._asides.take(line):
                self._waits.set()  # the bot has heard nothing, and waits still
                continue
            if self._elsewhere:
                await self._answer_there(line)
                continue
            form, self._form = self._form, None
            if form is not None and (values := await self._fill(form, line)) is not None:
                await self._person.submit(form, values)
            else:
                await self._person.post(line)

    async def _next_line(self) -> str | None:
        """None = there is no more, or nobody to hear it. Lines may come from a pipe: each is read when the
        bot waits for it, or has had its moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REPLY):
                await self._waits.wait()
        if self._store.ended.is_set():  # a line more would begin anew
            return None
        self._elsewhere = self._store.elsewhere
        if self._elsewhere:
            self.show_unread()
            _ask(self._platform.conversation(self._elsewhere).topic)
        line = await self._lines.next()
        self.show_unread()
        self._waits.clear()
        return line

    async def _answer_there(self, text: str) -> None:
        """Be the one who is asked there."""
        conversation = self._platform.conversation(self._elsewhere)
        here = {self._platform.bot.id, self._person.user.id}
        author = self._platform.users[next(name for name in conversation.members if name not in here)]
        item = self._platform.add_item(conversation.id, author, text)
        await self._platform.tell_bot(
            MessageReceived(
                event_id=f"item:{item.id}",
                at=item.created_at,
                conversation=conversation,
                author=author,
                item=item,
                text=text,
            )
        )

    def show_unread(self) -> None:
        """Print the rest."""
        for posted in self._person.unread():
            self._print(posted)

    def show_like(self, posted: Posted) -> None:
        """Print that the bot likes a message, behind all that it wrote before."""
        self.show_unread()
        what = quoted(posted.written) if posted.written else "that you are here"
        print(f"\nbot likes {what}")

    def _print(self, posted: Posted) -> None:
        whom = self._platform.conversation(posted.item.conversation_id).topic
        if whom:
            print(f"\nbot to {whom}> {posted.item.text}")
            return
        print(f"\nbot> {posted.item.text}")
        self._form = posted.form
        if posted.form is None:
            return
        fields = _fields(posted.form)
        if fields:
            _prompt(fields[0])
        else:
            for control in posted.form.controls:
                _prompt(control)

    async def _fill(self, form: Form, line: str) -> dict[str, str] | None:
        """What to submit; None when the line is an answer in words."""
        fields = _fields(form)
        if not fields:
            chosen = [_choice(control, line) for control in form.controls if control.options]
            return chosen[0] if chosen and chosen[0] else None
        values: dict[str, str] = {}
        for number, control in enumerate(fields):
            if number:
                _prompt(control)
                line = await self._lines.next() or ""
            values.update(_choice(control, line) or {control.name: line})
        return values


def _prompt(control: Control) -> None:
    for number, option in enumerate(control.options, 1):
        print(f"     {number}) {option.text}")
    _ask(control.text or "you")


def _ask(whom: str) -> None:
    print(f"{whom}> ", end="", flush=True)


def _fields(form: Form) -> list[Control]:
    return [control for control in form.controls if control.kind in FIELDS]


def _choice(control: Control, line: str) -> dict[str, str] | None:
    """The option whose number was typed."""
    if line.isdecimal() and 1 <= int(line) <= len(control.options):
        return {control.name: control.options[int(line) - 1].value}
    return None
