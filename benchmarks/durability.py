"""What the dialogues of the shipped flows suffer when the bot's process is killed, as `kill -9` does.

A sandbox runs here, the bot in a process of its own. A person goes through a dialogue; at one point of it,
after a message of the bot or right after an answer, the process is killed and started again on what it
left. In the end what stands in the conversations is held against what the pure engine says the flow says.
The control has a connector that posts every third message twice.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from benchmarks import Figure
from botkit.app import hooks_of
from botkit.circuit import CircuitSession
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.shapes import TextItem
from botkit.circuit.text import Mention
from botkit.cli.shipped import front_desk
from botkit.cli.walk import Walk, filled
from botkit.flow.loader import load_flows
from botkit.model.session import Channel, Person
from botkit.ports.system_clock import SystemClock
from botkit.settings import read_settings
from botkit.testing.process import BotProcess
from botkit.testing.world import World

Act = str | Mapping[str, str]
"""What a person does: words (put into the open form, if there is one), or the values of a form."""

BOT = """\
bot: desk
platform:
  connector: CONNECTOR
  domain: DOMAIN
  trust: sandbox.pem
  client_id: front-desk-bot
  client_secret: file:secret
flows: [FLOWS]
handlers: [handlers.py]
config:
  reception: {operator: olivia@example.com}
  helpdesk: {desk: olivia@example.com}
store: sqlite:///bot.db
"""

HANDLERS = '''\
from botkit import hook, step_handler


@step_handler
def create_ticket(topic: str, details: str, person: str, urgent: bool) -> dict[str, str]:
    return {"id": "N1"}


@step_handler
def find_agent(topic: str) -> str:
    return "ben@example.com"


class Stutter:
    """Stands for the connector or its chat, and posts every third message twice."""

    posts = 0

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return Stutter(self.inner.chat) if name == "chat" else getattr(self.inner, name)

    async def post(self, message):
        Stutter.posts += 1
        if Stutter.posts % 3 == 0:
            await self.inner.post(message)
        return await self.inner.post(message)


class StutterFactory:
    name = "stutter"

    def build(self, settings, where, folder):
        from botkit.circuit.plugin import CircuitFactory

        return Stutter(CircuitFactory().build(settings, where, folder))


@hook
def register_connectors():
    return [StutterFactory()]
'''

SILENCE = 6.0
"""Seconds without a reply after which a person repeats what the bot, being away, may not have heard: the
wire gives neither a form's submission nor a message to a process that logs on after it."""
PATIENCE = 30.0
"""Seconds that a person waits for a reply altogether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One dialogue."""

    flow: str
    told: str
    """E-mail address of whoever gets a message in it."""
    acts: tuple[Act, ...]
    """What the person does, the first in a message that mentions the bot. `TAG` is replaced."""
    messages: int
    """Of the bot to the person."""


STORIES = (
    Story(
        flow="reception",
        told="olivia@example.com",
        acts=("help", "message", "Ann TAG", "5550123"),
        messages=6,
    ),
    Story(
        flow="helpdesk",
        told="ben@example.com",
        acts=("it is broken", {"topic": "network", "details": "No signal TAG"}, "yes", "send"),
        messages=5,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One point of a dialogue at which the bot is killed."""

    after: Literal["said", "done"]
    """A message of the bot, or an act of the person."""
    number: int
    """Which one, from 1."""
    seconds: float = 0.0
    """How much later."""


def kill_points(story: Story) -> list[Kill]:
    """After each message, and right after each act."""
    said = [Kill(after="said", number=number) for number in range(1, story.messages + 1)]
    return said + [Kill(after="done", number=number) for number in range(1, len(story.acts) + 1)]


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

    def __init__(self, world: World, bot_file: Path, ann: CircuitSession, room_id: str) -> None:
        settings = read_settings(bot_file, with_platform=False)
        self._hooks = hooks_of(settings)
        self._flows = load_flows(
            [settings.beside(flow) for flow in settings.file.flows],
            config=settings.file.config,
            handlers=self._hooks.step_handlers.keys(),
        )
        self._world = world
        self._ann = ann
        self._room_id = room_id
        self._bot_id = world.tenant.user_id(world.tenant.bots[0].email)
        self.bot = BotProcess(bot_file)
        self.away: list[float] = []
        """Seconds from each kill to the next readiness."""
        self.dialogues: list[Told] = []

    async def play(self, story: Story, kills: Sequence[Kill] = ()) -> Told:
        """Ann goes through a dialogue, the bot killed on the way. `damage` has the verdict."""
        told = Told()
        self.dialogues.append(told)
        person = Person(id=self._ann.me.id, name=self._ann.me.display_name, email=self._ann.me.email)
        now = SystemClock().now()
        walk = Walk(self._flows, story.flow, Channel.CHAT, person, now, handlers=self._hooks.step_handlers)
        async with self._ann.events() as events:
            seen: list[TextItem] = []
            for number, act in enumerate(_tagged(story.acts, f"no. {len(self.dialogues)}"), 1):
                await self._do(act, told, seen[-1] if seen else None)
                _follow(walk, act, first=not seen)
                told.said = walk.said
                told.posted = [(story.told, text) for text in walk.posted]
                await self._kill(kills, "done", number)
                if not await self._listen(events, told, seen, kills, act):
                    return told
        told.finished = True
        return told

    async def damage(self) -> Damage:
        """What stands in the conversations, against what all dialogues should have left there."""
        lost = doubled = disordered = 0
        moment = SystemClock().now() - timedelta(hours=1)
        room = await self._ann.items.since(self._room_id, moment)
        for told in self.dialogues:
            stands = [each.item.text for each in room if self._is_reply(each, told.thread_id)]
            missing, extra = _differences(told.said, stands)
            lost, doubled = lost + missing, doubled + extra
            disordered += not missing and not extra and stands != told.said
        posted = [post for told in self.dialogues for post in told.posted]
        for email in {story.told for story in STORIES}:
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
        seen: list[TextItem],
        kills: Sequence[Kill],
        act: Act,
    ) -> bool:
        """Read on until everything that the flow says by now was said; False when it is not."""
        before, question = len(seen), seen[-1] if seen else None
        last = told.said[-1]
        begun = time.monotonic()
        while sum(each.item.text == last for each in seen) < told.said.count(last):
            if time.monotonic() - begun > PATIENCE:
                return False
            try:
                async with asyncio.timeout(SILENCE):
                    event = await events.get()
            except TimeoutError:
                if len(seen) == before:
                    await self._do(act, told, question)
                continue
            if isinstance(event, ItemAdded) and self._is_reply(event.added, told.thread_id):
                seen.append(event.added)
                await self._kill(kills, "said", len(seen))
        return True

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
                begun = time.monotonic()
                await self.bot.start()
                self.away.append(time.monotonic() - begun)

    def _is_reply(self, each: TextItem, thread_id: str) -> bool:
        return (each.item.author_id, each.item.thread_id) == (self._bot_id, thread_id)


@asynccontextmanager
async def ordeal(folder: Path, *, stutter: bool = False) -> AsyncGenerator[Ordeal]:
    """A sandbox and a bot process on the shipped flows, both in `folder`. `stutter`: the control's fault."""
    async with AsyncExitStack() as closing:
        world = World(front_desk(), state=folder)
        closing.push_async_callback(world.close)
        await world.sandbox.start()
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(world.tenant.bots[0].client_secret.reveal())
        (folder / "handlers.py").write_text(HANDLERS)
        bot_file = folder / "bot.yaml"
        text = BOT.replace("DOMAIN", world.sandbox.address)
        text = text.replace("FLOWS", str(front_desk().parents[2] / "flows"))
        bot_file.write_text(text.replace("CONNECTOR", "stutter" if stutter else "circuit"))

        ann = await world.person("ann@example.com")
        (room,) = [each for each in await ann.conversations.latest() if each.conversation.topic]
        rig = Ordeal(world, bot_file, ann, room.conversation.id)
        closing.push_async_callback(rig.bot.kill)
        await rig.bot.start()
        yield rig


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Messages lost and doubled, dialogues that came to no end, and how long the bot is away."""
    with tempfile.TemporaryDirectory(prefix="botkit-durability-") as folder:
        return asyncio.run(_measure(Path(folder), quick, control))


async def _measure(folder: Path, quick: bool, control: bool) -> list[Figure]:
    async with ordeal(folder, stutter=control) as rig:
        points = 0
        for story in STORIES:
            all_points = kill_points(story)
            for kill in all_points[:: 4 if quick else 1]:
                await rig.play(story, [kill])
                points += 1
            if not quick:
                await rig.play(story, all_points)
                points += len(all_points)
        await rig.bot.stop()
        damage = await rig.damage()
    return [
        Figure(name="kill_points", value=points, unit="kills"),
        Figure(name="messages_lost", value=damage.lost, unit="messages", limit=0),
        Figure(name="messages_doubled", value=damage.doubled, unit="messages", limit=0),
        Figure(name="dialogues_disordered", value=damage.disordered, unit="dialogues", limit=0),
        Figure(name="dialogues_unfinished", value=damage.unfinished, unit="dialogues", limit=0),
        Figure(name="back_after_kill_median", value=statistics.median(rig.away), unit="s", limit=10),
        Figure(name="back_after_kill_worst", value=max(rig.away), unit="s"),
    ]


def _tagged(acts: Iterable[Act], tag: str) -> Iterable[Act]:
    """Each dialogue has words of its own, so that what it posts elsewhere is told apart."""
    for act in acts:
        if isinstance(act, str):
            yield act.replace("TAG", tag)
        else:
            yield {name: value.replace("TAG", tag) for name, value in act.items()}


def _follow(walk: Walk, act: Act, *, first: bool) -> None:
    if not isinstance(act, str):
        walk.submit(act)
    elif first:
        walk.begin(act)
    else:
        walk.answer(act)


def _differences(expected: Iterable[str], stands: Iterable[str]) -> tuple[int, int]:
    """How many texts are missing, and how many are too many."""
    wanted, found = Counter(expected), Counter(stands)
    return (wanted - found).total(), (found - wanted).total()
