"""What a conversation suffers when the network between bot and platform fails.

A sandbox, a bot with its store, and a TCP line between them that is cut, stalled, slowed and refused, while
the sandbox takes the bot's tokens away and restarts. Somebody writes numbered messages in two conversations
all the time, and the bot answers each one. In the end what stands there is held against what was written.
The control has a connector that does not ask what it missed, doubles and exchanges, and a dead line that is
noticed late.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks import Figure
from botkit import Bot, Context, hook
from botkit.circuit import CircuitSession
from botkit.circuit.api.conversations import Conversations
from botkit.circuit.backoff import Backoff
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.errors import CircuitError
from botkit.circuit.events import CircuitEvent, StateChanged
from botkit.circuit.link import Keepalive
from botkit.circuit.shapes import ConversationRecord
from botkit.events import ConnectionState, MessageReceived
from botkit.model.secret import Secret
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox, Tenant
from botkit.sandbox.tenant import TenantBot, TenantName, TenantUser
from botkit.store import open_store
from botkit.testing import FakeSynthesizer
from botkit.testing.faulty_line import FaultyLine

from .faulty_handlers import FaultyChat

FAST = Backoff(first=(0.0, 0.01), second=0.02, longest=0.1)
ALERT = Keepalive(every=0.5, answer=0.5)
DULL = Keepalive(every=1.0, answer=7.0)
"""The control's fault."""
NOTICED_WITHIN = ALERT.every + ALERT.answer + 5.0
"""Seconds until a dead line is given up."""
REVOKED = 0.1
"""Share of the reconnects before which the token was taken away."""
HURRY = 20.0
"""How much faster the bot's pauses between two tries pass than they would."""
LOST_WITHIN = 20.0
"""Seconds until a dead line has to be given up, or else all breaks off."""
PATIENCE, HOPELESS = 20.0, 2.0
"""Seconds without another answer after which nobody hopes for one any more; of the control's bot."""


class HurriedClock(SystemClock):
    """Pauses are shorter; the time of day is as it is."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / HURRY)


class Incurious(Conversations):
    """The control's fault: nothing is ever new."""

    async def latest(self, number: int = 25, before: object = None) -> Sequence[ConversationRecord]:
        return ()


@dataclass(slots=True, kw_only=True)
class Damage:
    """What is wrong in the conversations, in messages and conversations."""

    lost: int = 0
    doubled: int = 0
    disordered: int = 0


@dataclass(slots=True, kw_only=True)
class _Talk:
    """One conversation, or thread."""

    conversation_id: str
    thread_id: str = ""
    written: list[str] = field(default_factory=list)


class Network:
    """The bot behind its line, and Ann who writes to it past the line."""

    def __init__(
        self,
        sandbox: Sandbox,
        line: FaultyLine,
        connector: CircuitConnector,
        ann: CircuitSession,
        talks: Sequence[_Talk],
        seed: int,
        patience: float,
    ) -> None:
        """`patience`: seconds without another answer after which nobody hopes for one any more."""
        self.sandbox = sandbox
        self.line = line
        self.connector = connector
        self.dice = random.Random(seed)
        self.reconnects = 0
        self.revoked = 0
        """Tokens."""
        self.noticed: list[float] = []
        """Seconds from each stall to the moment when the bot gave up the line."""
        self._lost_link, self._back = asyncio.Event(), asyncio.Event()
        self._ann = ann
        self._talks = talks
        self._patience = patience
        self._another = asyncio.Event()
        """One more message was written."""
        connector.session.listen(self._hear)

    def _hear(self, event: CircuitEvent) -> None:
        if isinstance(event, StateChanged) and event.state is ConnectionState.READY:
            self.reconnects += 1
            self._back.set()
        elif isinstance(event, StateChanged):
            self._lost_link.set()

    @property
    def written(self) -> int:
        """Messages so far."""
        return sum(len(talk.written) for talk in self._talks)

    async def suffer(self, fault: Callable[[], Awaitable[None]], times: int) -> None:
        """Let a fault happen so many times, while somebody writes, a message for each at least. Returns once
        all is answered."""
        writing = asyncio.create_task(self._write())
        try:
            for number in range(times):
                await asyncio.sleep(self.dice.uniform(0.0, 0.1))
                while self.written <= number:
                    self._another.clear()
                    await self._another.wait()
                await fault()
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        await self.quiet()

    async def quiet(self) -> None:
        """Return once every message has an answer, or nobody can hope for one any more."""
        before, deadline = -1, 0.0
        # A bot makes ten requests a second at most, so what has piled up takes its time.
        while before < self.written and (before < 0 or time.monotonic() < deadline):
            await asyncio.sleep(0.2)
            answers = sum([len(await self._answers(talk)) for talk in self._talks])
            if answers > before:
                before, deadline = answers, time.monotonic() + self._patience

    async def damage(self) -> Damage:
        """What stands there against what should."""
        damage = Damage()
        for talk in self._talks:
            wanted, stands = [f"re: {text}" for text in talk.written], await self._answers(talk)
            missing, extra = Counter(wanted) - Counter(stands), Counter(stands) - Counter(wanted)
            damage.lost += missing.total()
            damage.doubled += extra.total()
            damage.disordered += _in_order(stands, wanted) != _in_order(wanted, stands)
        return damage

    # The faults.

    async def drop(self) -> None:
        """The line is reset."""
        await self.connector.session.ready()
        self.line.cut()

    async def drop_again_at_once(self) -> None:
        """Every new line is reset too, as soon as the session counts as ready or shortly after."""
        await self.connector.session.ready()
        await asyncio.sleep(self.dice.choice((0.0, 0.01, 0.03, 0.06)))
        if self.dice.random() < REVOKED:
            self.revoked += 1
            self.sandbox.revoke(self.connector.me.id)
        self._back.clear()
        self.line.cut()
        await self._back.wait()

    async def cut_a_frame(self) -> None:
        """The line breaks in the middle of what it carries."""
        await self.connector.session.ready()
        self.line.cut_after(self.dice.randrange(1, 2000))
        await asyncio.sleep(0.1)

    async def half_open(self) -> None:
        """The line goes dead, and nobody says so."""
        await self.connector.session.ready()
        self._lost_link.clear()
        stalled = time.monotonic()
        self.line.stall()
        async with asyncio.timeout(LOST_WITHIN):
            await self._lost_link.wait()
        self.noticed.append(time.monotonic() - stalled)
        self.line.cut()
        self.line.flow()

    async def delay(self) -> None:
        """The line is slow for a while."""
        self.line.delay(self.dice.uniform(0.02, 0.2))
        await asyncio.sleep(0.3)
        self.line.delay(0)

    async def refuse(self) -> None:
        """The server cannot be reached for a while."""
        self.line.refuse()
        self.line.cut()
        await asyncio.sleep(self.dice.uniform(0.1, 0.4))
        self.line.accept()

    async def revoke(self) -> None:
        """The bot's token and cookie are worth nothing any more, whatever the line does just now; it breaks,
        at once or later."""
        self.revoked += 1
        self.sandbox.revoke(self.connector.me.id)
        await asyncio.sleep(self.dice.choice((0.0, self.dice.uniform(0.0, 0.3))))
        await self.drop()

    async def restart(self) -> None:
        """The server goes, and comes back with what it knew."""
        await self.sandbox.close()
        await asyncio.sleep(self.dice.uniform(0.0, 0.2))
        await self.sandbox.start()
        async with asyncio.timeout(LOST_WITHIN):
            await self.connector.session.ready()
            await self._ann.ready()

    async def _write(self) -> None:
        while True:
            for talk in self._talks:
                text = f"message {len(talk.written) + 1}"
                talk.written.append(text)
                self._another.set()
                posting = asyncio.create_task(self._post(talk, text))
                try:
                    await asyncio.shield(posting)
                except asyncio.CancelledError:
                    await posting
                    raise
            await asyncio.sleep(self.dice.uniform(0.05, 0.4))

    async def _post(self, talk: _Talk, text: str) -> None:
        """Ann's own line may break too, when the server restarts: she looks before she repeats herself."""
        unsure = False
        while True:
            try:
                if not unsure or text not in await self._texts(talk, self._ann.me.id):
                    await self._ann.items.post(talk.conversation_id, text, thread_id=talk.thread_id)
            except CircuitError:
                unsure = True
                await asyncio.sleep(0.05)
            else:
                return

    async def _answers(self, talk: _Talk) -> list[str]:
        return await self._texts(talk, self.connector.me.id)

    async def _texts(self, talk: _Talk, author_id: str) -> list[str]:
        since = SystemClock().now() - timedelta(hours=1)
        items = await self._ann.items.since(talk.conversation_id, since)
        return [
            each.item.text
            for each in items
            if each.item.author_id == author_id
            and (not talk.thread_id or each.item.thread_id == talk.thread_id)
        ]


def _in_order(texts: Sequence[str], others: Sequence[str]) -> list[str]:
    """Those that are in both, each where it comes first."""
    return [text for text in dict.fromkeys(texts) if text in others]


@asynccontextmanager
async def network(folder: Path, *, seed: int = 1, faulty: bool = False) -> AsyncGenerator[Network]:
    """A sandbox, a line and a bot on it, all in `folder`. `faulty`: the control's faults."""
    async with AsyncExitStack() as closing:
        sandbox = Sandbox(_tenant(), port=0, page_port=0, state=folder, clock=SystemClock())
        await sandbox.start()
        closing.push_async_callback(sandbox.close)
        line = await closing.enter_async_context(FaultyLine("127.0.0.1", sandbox.port))
        session = CircuitSession(
            f"127.0.0.1:{line.port}",
            client_id="desk",
            client_secret=Secret("desk-secret"),
            trust=sandbox.certificate,
            backoff=FAST,
            keepalive=DULL if faulty else ALERT,
            request_seconds=5.0,
        )
        connector = CircuitConnector(session)
        if faulty:
            session.conversations = Incurious(session)
            connector.chat = FaultyChat(connector.chat, session)
        ann = CircuitSession(
            sandbox.address,
            client_id="page",
            username="ann@example.com",
            password=Secret("ann-pw"),
            trust=sandbox.certificate,
            backoff=FAST,
        )

        @hook
        async def item_added(message: MessageReceived, ctx: Context) -> None:
            if message.text.startswith("message"):
                await ctx.say(f"re: {message.text}")

        bot = Bot(
            connector=connector,
            handlers=[item_added],
            store=open_store("sqlite:///bot.db", folder),
            voice=FakeSynthesizer(),
            recognizer=None,
            clock=HurriedClock(),
        )
        await bot.start()
        closing.push_async_callback(bot.stop)
        await ann.logon()
        closing.push_async_callback(ann.close)
        direct = await ann.conversations.direct(connector.me.id)
        group = await ann.conversations.create_group([connector.me.id], "Room")
        talks = [_Talk(conversation_id=direct.conversation.id)]
        for _ in range(3 if faulty else 1):  # the faulty chat has three faults, one a thread
            root = await ann.items.post(group.conversation.id, "Let us talk.")
            talks.append(_Talk(conversation_id=group.conversation.id, thread_id=root.item.id))
        yield Network(sandbox, line, connector, ann, talks, seed, HOPELESS if faulty else PATIENCE)


def network_figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Messages lost, doubled and disordered under all faults, and how soon a dead line is noticed."""
    with tempfile.TemporaryDirectory(prefix="botkit-network-") as folder:
        return asyncio.run(_measure(Path(folder), quick, control))


async def _measure(folder: Path, quick: bool, control: bool) -> list[Figure]:
    async with network(folder, faulty=control) as rig:
        more = 1 if quick else 5
        await rig.suffer(rig.drop_again_at_once, 40 if quick or control else 1000)
        faults = [
            (rig.drop, 4),
            (rig.cut_a_frame, 4),
            (rig.half_open, 1),
            (rig.delay, 4),
            (rig.refuse, 3),
            (rig.revoke, 3),
            (rig.restart, 1),
        ]
        for fault, times in [(rig.half_open, 1)] if control else faults:
            await rig.suffer(fault, times * more)
        damage = await rig.damage()
        written, noticed, reconnects, revoked = rig.written, rig.noticed, rig.reconnects, rig.revoked
    figures = [
        Figure(name="network_reconnects", value=reconnects, unit="reconnects"),
        Figure(name="network_tokens_revoked", value=revoked, unit="tokens"),
        Figure(name="network_messages", value=written, unit="messages"),
        Figure(name="network_messages_lost", value=damage.lost, unit="messages", limit=0),
        Figure(name="network_messages_doubled", value=damage.doubled, unit="messages", limit=0),
        Figure(name="network_disordered", value=damage.disordered, unit="conversations", limit=0),
    ]
    if noticed:
        worst = Figure(name="dead_line_noticed_worst", value=max(noticed), unit="s", limit=NOTICED_WITHIN)
        figures += [worst, Figure(name="dead_line_noticed", value=statistics.median(noticed), unit="s")]
    return figures


def _tenant() -> Tenant:
    ann = TenantUser(email="ann@example.com", password=Secret("ann-pw"), first_name="Ann")
    desk = TenantBot(
        client_id="desk", client_secret=Secret("desk-secret"), email="desk@example.com", first_name="Desk"
    )
    return Tenant(tenant=TenantName(name="Network"), users=[ann], bots=[desk])
