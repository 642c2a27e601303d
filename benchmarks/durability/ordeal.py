"""A person in dialogues with a bot that is killed, and the verdict on what stands in the conversations."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from botkit.app import hooks_of
from botkit.circuit import CircuitSession
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.shapes import TextItem
from botkit.circuit.text import Mention
from botkit.cli.walk import Walk, filled
from botkit.flow.loader import load_flows
from botkit.model.session import Channel, Person
from botkit.ports.system_clock import SystemClock
from botkit.settings import read_settings
from botkit.testing.process import BotProcess
from botkit.testing.world import World

from .mortal_handlers import FOLDER
from .stages import Point
from .stories import ELSEWHERE, STORIES, Act, Kill, Story, follow, tagged

SILENCE = 6.0
"""Seconds without a reply after which a person submits a form again if the bot was killed: the wire does not
give a submission to a process that logs on after it. Words are not repeated: the platform keeps those."""
PATIENCE = 60.0
"""Seconds that a person waits for a reply altogether."""
LOOK = 0.1
"""Seconds between two looks at whether the bot lives."""
LAST_WRITES = 2.0
"""Seconds after a dialogue's last message in which its last write has come."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What a dialogue came to."""

    thread_id: str = ""
    said: list[str] = field(default_factory=list)
    """What the flow says to the person, in order."""
    posted: list[tuple[str, str]] = field(default_factory=list)
    """What the flow posts: e-mail address, text."""
    finished: bool = False
    """The person saw the last message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong in the conversations, in messages and dialogues."""

    lost: int
    doubled: int
    disordered: int
    unfinished: int


class Ordeal:
    """A sandbox, a bot that is killed, and Ann who talks with it."""

    def __init__(
        self,
        world: World,
        bot_file: Path,
        ann: CircuitSession,
        room_id: str,
        answers: Mapping[str, object],
        patience: float = PATIENCE,
    ) -> None:
        """`answers`: what the servers say that flows ask, URL -> JSON. `patience`: seconds until nobody hopes
        for a reply any more."""
        settings = read_settings(bot_file, with_platform=False)
        self._hooks = hooks_of(settings)
        self._flows = load_flows(
            [settings.beside(flow) for flow in settings.file.flows],
            config=settings.file.config,
            extensions=self._hooks.extensions(),
            handlers=self._hooks.step_handlers.keys(),
            secrets=settings.file.secrets.keys(),
        )
        self._answers = answers
        self._world = world
        self._ann = ann
        self._room_id = room_id
        self._bot_id = world.tenant.user_id(world.tenant.bots[0].email)
        self._folder = bot_file.parent
        self._patience = patience
        self.bot = BotProcess(bot_file, environment={**os.environ, FOLDER: str(self._folder)})
        self.fell = 0
        """Processes that have died at a write."""
        self.away: list[float] = []
        """Seconds from each kill to the next readiness."""
        self.dialogues: list[Told] = []

    async def play(self, story: Story, kills: Sequence[Kill] = ()) -> Told:
        """Ann goes through a dialogue, the bot killed on the way. `damage` has the verdict."""
        told = Told()
        self.dialogues.append(told)
        person = Person(id=self._ann.me.id, name=self._ann.me.display_name, email=self._ann.me.email)
        now = SystemClock().now()
        walk = Walk(
            self._flows,
            story.flow,
            Channel.CHAT,
            person,
            now,
            handlers=self._hooks.step_handlers,
            answers=self._answers,
        )
        async with self._ann.events() as events:
            seen: list[TextItem] = []
            for number, act in enumerate(tagged(story.acts, f"no. {len(self.dialogues)}"), 1):
                deaths = len(self.away)
                await self._do(act, told, seen[-1] if seen else None)
                follow(walk, act, first=not seen)
                news = walk.said[len(told.said) :]
                told.said = list(walk.said)
                told.posted = [(story.told, text) for text in walk.posted]
                await self._kill(kills, "done", number)
                if not await self._listen(events, told, news, seen, kills, act, deaths):
                    return told
        told.finished = True
        return told

    async def writes_of(self, story: Story) -> int:
        """How often the bot writes something in it, into its store or on the platform."""
        (self._folder / "writes").write_bytes(b"")
        await self.play(story)
        await asyncio.sleep(LAST_WRITES)
        return (self._folder / "writes").stat().st_size

    async def fall(self, story: Story, point: Point) -> Told:
        """The same dialogue, with a bot that ends itself by SIGKILL at one of these writes."""
        number, after = point
        (self._folder / "writes").write_bytes(b"")
        (self._folder / "fatal").write_text(f"{number} {'after' if after else 'before'}")
        told = await self.play(story)
        for _ in range(round(LAST_WRITES / LOOK)):
            await asyncio.sleep(LOOK)
            await self._revive()
        (self._folder / "fatal").unlink(missing_ok=True)
        return told

    async def damage(self) -> Damage:
        """What stands in the conversations, against what all dialogues should have left there."""
        lost = doubled = disordered = 0
        moment = SystemClock().now() - timedelta(hours=1)
        room = await self._ann.items.since(self._room_id, moment)
        for told in self.dialogues:
            replies: list[TextItem] = []
            for each in room:
                if self._is_reply(each, told.thread_id) and not _is_again(each, replies):
                    replies.append(each)
            stands = [each.item.text for each in replies]
            missing, extra = _differences(told.said, stands)
            lost, doubled = lost + missing, doubled + extra
            disordered += not missing and not extra and stands != told.said
        posted = [post for told in self.dialogues for post in told.posted]
        for email in {story.told for story in (*STORIES, *ELSEWHERE.values())}:
            reader = await self._world.person(email)
            direct = await reader.conversations.direct(self._bot_id)
            items = await reader.items.since(direct.conversation.id, moment)
            stands = [each.item.text for each in items if each.item.author_id == self._bot_id]
            missing, extra = _differences([text for to, text in posted if to == email], stands)
            lost, doubled = lost + missing, doubled + extra
        unfinished = sum(not told.finished for told in self.dialogues)
        return Damage(lost=lost, doubled=doubled, disordered=disordered, unfinished=unfinished)

    async def _listen(
        self,
        events: asyncio.Queue[CircuitEvent],
        told: Told,
        news: Sequence[str],
        seen: list[TextItem],
        kills: Sequence[Kill],
        act: Act,
        deaths: int,
    ) -> bool:
        """Read on until the bot has said the `news`, what the flow says to this act; False if it does not.

        `deaths`: how often the bot had been killed before the act."""
        before, question = len(seen), seen[-1] if seen else None
        last = news[-1]
        begun = time.monotonic()
        while sum(each.item.text == last for each in seen) < told.said.count(last):
            if time.monotonic() - begun > self._patience:
                return False
            event = await self._next(events)
            if event is None:
                heard = any(each.item.text in news for each in seen[before:])
                submitted = question is not None and question.form is not None
                if submitted and len(self.away) > deaths and not heard:
                    deaths = len(self.away)
                    await self._do(act, told, question)
                continue
            if isinstance(event, ItemAdded) and self._is_reply(event.added, told.thread_id):
                if _is_again(event.added, seen):
                    continue
                seen.append(event.added)
                await self._kill(kills, "said", len(seen))
        return True

    async def _next(self, events: asyncio.Queue[CircuitEvent]) -> CircuitEvent | None:
        """None after a while of silence."""
        for _ in range(round(min(SILENCE, self._patience) / LOOK)):
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    return await events.get()
            await self._revive()
        return None

    async def _do(self, act: Act, told: Told, question: TextItem | None) -> None:
        if question is not None and question.form is not None:
            values = filled(question.form, act) if isinstance(act, str) else act
            await self._ann.forms.submit(question.item.id, question.form.id, values)
            return
        assert isinstance(act, str), f"nothing asks for a form with {sorted(act)}"
        mentions = () if question else (Mention(self._bot_id, "Front desk bot"),)
        thread_id = told.thread_id if question else ""
        posted = await self._ann.items.post(self._room_id, act, thread_id=thread_id, mentions=mentions)
        told.thread_id = thread_id or posted.item.id

    async def _kill(self, kills: Sequence[Kill], after: str, number: int) -> None:
        for kill in kills:
            if (kill.after, kill.number) == (after, number):
                await self.bot.kill(after=kill.seconds)
                await self._start()

    async def _revive(self) -> None:
        """Start a bot again that has died by itself."""
        if not self.bot.is_running:
            self.fell += 1
            await self.bot.kill()
            await self._start()

    async def _start(self) -> None:
        begun = time.monotonic()
        await self.bot.start()
        self.away.append(time.monotonic() - begun)

    def _is_reply(self, each: TextItem, thread_id: str) -> bool:
        return (each.item.author_id, each.item.thread_id) == (self._bot_id, thread_id)


def _is_again(item: TextItem, before: Iterable[TextItem]) -> bool:
    """The bot puts up the very form that stands there already, since it may not have heard its submission."""
    return item.form is not None and any(each.form and each.form.id == item.form.id for each in before)


def _differences(expected: Iterable[str], stands: Iterable[str]) -> tuple[int, int]:
    """How many texts are missing, and how many are too many."""
    wanted, found = Counter(expected), Counter(stands)
    return (wanted - found).total(), (found - wanted).total()
