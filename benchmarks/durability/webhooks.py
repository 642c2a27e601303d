"""Webhooks in: requests as senders make them, and as attackers and broken lines do, from a fixed seed.

A bot serves one webhook of each preset on a real port. Each request is made together with what must become of
it; what the bot answers, and what its flows post in the end, is held against that. Then a flow that never
comes to its end gets a thousand. The control has a store and presets with
faults.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks import Figure
from botkit.app import Bot
from botkit.hooks.marks import step_handler
from botkit.model.secret import Secret
from botkit.store import SqliteStore
from botkit.testing import (
    FakeAudioPort,
    FakeConnector,
    FakePlatform,
    FakeSynthesizer,
    ScriptedPerson,
    VirtualClock,
)
from botkit.testing.deliveries import Sender, signed_headers
from botkit.web.presets import PRESETS, Webhook

from .webhook_faults import FaultyPreset, FaultyStore

SEED = 5
SENDERS: Sequence[Sender] = ("standard", "github", "gitlab", "alertmanager", "bearer")
SIGNING = ("standard", "github")
AT_ONCE = 20
BEGIN = datetime.fromisoformat("2026-03-02T09:30:00+00:00")
WINDOW = 300
LARGEST = 20_000
PROOFS = {"standard": "webhook-signature", "github": "X-Hub-Signature-256", "gitlab": "X-Gitlab-Token"}
FLOW = """\
flow: {name}
start:
  - webhook: {{name: {name}, set: {{n: "{{{{ event.body.n }}}}"}}}}
slots: {{n: {{type: number}}}}
steps:
  - post: "{{{{ n }}}}"
    to: ada@example.com
"""
STUCK = """\
flow: stuck
start: [{webhook: stuck}]
steps: [{run: never, timeout: 10m}]
"""


def secret_of(name: str, number: int = 0) -> str:
    """Of a webhook: the one it has, or others."""
    key = base64.b64encode(f"{name} {number} ".ljust(32, ".").encode()).decode()
    return f"whsec_{key}" if name == "standard" else key


@dataclass(kw_only=True)
class Request:
    """One request, and what must become of it."""

    number: int
    """In its body; what its flow posts."""
    name: str
    headers: list[tuple[str, str]]
    body: bytes
    right: bool = True
    """It is to be taken."""
    length: int | None = None
    """What it says of its body's length, if that is not so; then the line breaks off."""
    chunks: int = 0
    """It comes in so many pieces."""

    def wire(self) -> bytes:
        """As it goes over the line."""
        if self.chunks:
            size = max(1, len(self.body) // self.chunks)
            parts = [self.body[at : at + size] for at in range(0, len(self.body), size)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
            told = "Transfer-Encoding: chunked"
        else:
            body, told = (
                self.body,
                f"Content-Length: {len(self.body) if self.length is None else self.length}",
            )
        lines = "".join(f"{name}: {text}\r\n" for name, text in self.headers)
        head = f"POST /hooks/{self.name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{told}\r\n{lines}\r\n"
        return head.encode() + body

    def header(self, name: str, text: str) -> None:
        """Put in place of the one it has."""
        self.headers = [(known, text if known == name else value) for known, value in self.headers]


class Fuzzer:
    """Makes requests."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._random = random.Random(seed)
        self._now = now
        self._number = 0
        self._sent: list[Request] = []

    def next(self) -> Request:
        """One more, right or wrong."""
        chance = self._random
        if self._sent and chance.random() < 0.1:
            return replace(chance.choice(self._sent))  # right, and its work is done already
        request = self._fresh(chance.choice(SENDERS))
        if chance.random() < 0.6:
            chance.choice(self._faults(request))(request)
        elif chance.random() < 0.3:
            request.chunks = chance.randint(1, 9)
        if request.right:
            self._sent.append(request)
        return request

    def _fresh(self, sender: Sender, *, secret: str = "", at: datetime | None = None) -> Request:
        self._number += 1
        text = "".join(chr(self._random.choice((65, 0xE9, 0x4E2D, 0x1F389, 10))) for _ in range(5))
        value = {"n": self._number, "groupKey": str(self._number), "status": "firing", "text": text}
        body = json.dumps(value, ensure_ascii=self._random.random() < 0.5).encode()
        late = timedelta(seconds=self._random.randint(-WINDOW + 1, WINDOW - 1))
        headers = signed_headers(
            sender,
            secret or secret_of(sender),
            body,
            message_id=f"m{self._number}",
            at=at or self._now + late,
            kind="push",
        )
        return Request(number=self._number, name=sender, headers=list(headers.items()), body=body)

    def _faults(self, request: Request) -> Sequence[Callable[[Request], None]]:
        always = [
            self._other_secret,
            self._other_name,
            self._no_proof,
            self._bent_proof,
            self._two_proofs,
            self._breaks_off,
            self._too_large,
            self._no_json,
            self._compressed,
        ]
        signing = [self._bent_body] if request.name in SIGNING else []
        timed = [self._other_time, self._other_id, self._bent_time] if request.name == "standard" else []
        return [*always, *signing, *timed]

    def _again(self, request: Request, fresh: Request) -> None:
        request.number, request.headers, request.body = fresh.number, fresh.headers, fresh.body
        request.right = False

    def _other_secret(self, request: Request) -> None:
        secret = secret_of(request.name, self._random.randint(1, 9))
        self._again(request, self._fresh(request.name, secret=secret))  # type: ignore[arg-type]

    def _other_name(self, request: Request) -> None:
        others = [name for name in (*SENDERS, "nowhere", "..%2f", "standard%00") if name != request.name]
        request.name, request.right = self._random.choice(others), False

    def _no_proof(self, request: Request) -> None:
        request.headers = [
            pair for pair in request.headers if pair[0] != PROOFS.get(request.name, "Authorization")
        ]
        request.right = False

    def _bent_proof(self, request: Request) -> None:
        name = PROOFS.get(request.name, "Authorization")
        text = dict(request.headers)[name]
        at = self._random.randrange(len(text))
        bent = self._random.choice(
            [text[:at], text[:at] + "\xfc" + text[at:], text.swapcase(), "", text[::-1], text + text]
        )
        request.header(name, bent)
        request.right = False

    def _two_proofs(self, request: Request) -> None:
        name = PROOFS.get(request.name, "Authorization")
        request.headers.insert(
            self._random.randint(0, len(request.headers)), (name, dict(request.headers)[name])
        )
        request.right = False

    def _bent_body(self, request: Request) -> None:
        at = self._random.randrange(len(request.body))
        sign = bytes([self._random.randrange(256)])
        bent = self._random.choice(
            [request.body[:at] + request.body[at + 1 :], request.body[:at] + sign + request.body[at:]]
        )
        request.body, request.right = bent, False

    def _breaks_off(self, request: Request) -> None:
        request.length, request.right = len(request.body), False
        request.body = request.body[: self._random.randrange(len(request.body))]

    def _too_large(self, request: Request) -> None:
        request.body += b" " * LARGEST
        request.chunks, request.right = self._random.choice((0, 5)), False

    def _no_json(self, request: Request) -> None:
        body = self._random.choice(
            [b"", b"{", b"[" * 5000, b"\xff", b'{"n": NaN}', b'"\\ud800"', b"1" * 5000]
        )
        headers = signed_headers(
            request.name,  # type: ignore[arg-type]
            secret_of(request.name),
            body,
            message_id=f"m{request.number}",
            at=self._now,
        )
        request.headers, request.body, request.right = list(headers.items()), body, False

    def _compressed(self, request: Request) -> None:
        request.body = gzip.compress(request.body, mtime=0)  # the same at whatever time
        request.headers.append(("Content-Encoding", "gzip"))
        request.right = False

    def _other_time(self, request: Request) -> None:
        off = self._random.choice((-1, 1)) * self._random.randint(WINDOW + 1, 10**6)
        self._again(request, self._fresh("standard", at=self._now + timedelta(seconds=off)))

    def _other_id(self, request: Request) -> None:
        stamp = dict(request.headers)["webhook-timestamp"]
        request.header("webhook-id", self._random.choice(["x", "", "é", f"m{request.number}.{stamp}", "m 1"]))
        request.right = False

    def _bent_time(self, request: Request) -> None:
        stamp = dict(request.headers)["webhook-timestamp"]
        request.header(
            "webhook-timestamp",
            self._random.choice([stamp + "0", "0" + stamp, "", "-1", stamp + ".0", "1e9"]),
        )
        request.right = False


@dataclass(kw_only=True)
class Served:
    """A bot with webhooks, and what it has posted."""

    bot: Bot
    clock: VirtualClock
    ada: ScriptedPerson
    platform: FakePlatform
    store: SqliteStore
    answers: Counter[int] = field(default_factory=Counter)

    async def send(self, request: Request) -> int:
        """The status that comes; 0 = the line was closed without one."""
        assert self.bot.web is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", self.bot.web.port)
        try:
            writer.write(request.wire())
            if request.length is not None:
                writer.write_eof()
            line = await reader.readline()
        except ConnectionError:
            line = b""
        finally:
            writer.close()
        status = int(line.split(b" ")[1]) if line else 0
        self.answers[status] += 1
        return status

    async def posted(self) -> Counter[int]:
        """Number -> how often a flow has posted it, once all is done."""
        while (counts := await self.store.counts()).inbox or counts.outbox:
            with suppress(TimeoutError):  # there is much to do
                await self.clock.settle()
        items = [each.item for each in self.platform.items(self.ada.direct.id)]
        return Counter(int(item.text) for item in items if item.author_id == self.platform.bot.id)


def _write_flows(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in SENDERS:
        (folder / f"{name}.yaml").write_text(FLOW.format(name=name))
    (folder / "stuck.yaml").write_text(STUCK)


@asynccontextmanager
async def served(folder: Path, *, faulty: bool = False) -> AsyncIterator[Served]:
    """A bot with one webhook of each preset, and one whose flow never ends."""
    _write_flows(folder)

    @step_handler
    async def never() -> None:
        await asyncio.Event().wait()

    webhooks: dict[str, Webhook] = {
        name: Webhook(
            preset=FaultyPreset(PRESETS[name]) if faulty else PRESETS[name],
            # A secret of GitLab's that begins so is a key, and no token.
            secrets=(Secret(secret_of(name)), Secret(secret_of(name, 100))),
            largest=LARGEST,
        )
        for name in SENDERS
    }
    webhooks["stuck"] = Webhook(preset=PRESETS["bearer"], secrets=(Secret(secret_of("stuck")),))
    clock = VirtualClock(BEGIN)
    platform = FakePlatform(clock)
    store = (FaultyStore if faulty else SqliteStore)(folder / "bot.db")
    clock.watch(lambda: store.busy)
    ada = ScriptedPerson(platform, "Ada", email="ada@example.com")
    bot = Bot(
        connector=FakeConnector(platform),
        flows=[folder],
        handlers=[never],
        store=store,
        audio=FakeAudioPort(clock),
        voice=FakeSynthesizer(),
        recognizer=None,
        clock=clock,
        listen="127.0.0.1:0",
        webhooks=webhooks,
    )
    await bot.start()
    try:
        yield Served(bot=bot, clock=clock, ada=ada, platform=platform, store=store)
    finally:
        await bot.stop()


async def fuzzed(folder: Path, requests: int, *, faulty: bool = False, seed: int = SEED) -> list[Figure]:
    """So many requests, right and wrong."""
    async with served(folder, faulty=faulty) as bot:
        fuzzer = Fuzzer(seed, BEGIN)
        wrongly_accepted = wrongly_refused = 0
        kept: set[int] = set()
        for _ in range(0, requests, AT_ONCE):
            batch = [fuzzer.next() for _ in range(AT_ONCE)]
            statuses = await asyncio.gather(*map(bot.send, batch))
            for request, status in zip(batch, statuses, strict=True):
                accepted = 200 <= status < 300
                wrongly_accepted += accepted and not request.right
                wrongly_refused += request.right and not accepted
                if accepted and request.right:
                    kept.add(request.number)
        posted = await bot.posted()
    return [
        Figure(name="webhook_requests", value=sum(bot.answers.values()), unit="requests"),
        Figure(name="webhooks_accepted", value=len(kept), unit="events", limit=requests / 5, at_least=True),
        Figure(name="webhooks_wrongly_accepted", value=wrongly_accepted, unit="requests", limit=0),
        Figure(name="webhooks_wrongly_refused", value=wrongly_refused, unit="requests", limit=0),
        Figure(name="webhook_faults", value=bot.answers[500] + bot.answers[503], unit="requests", limit=0),
        Figure(name="webhooks_lost", value=len(kept - posted.keys()), unit="events", limit=0),
        Figure(name="webhooks_doubled", value=sum(posted.values()) - len(posted), unit="events", limit=0),
        Figure(name="webhooks_never_sent", value=len(posted.keys() - kept), unit="events", limit=0),
    ]


async def unending(folder: Path, events: int, *, faulty: bool = False) -> Figure:
    """How many of so many events, whose flow never ends, are not told 202."""
    async with served(folder, faulty=faulty) as bot:
        requests = [
            Request(
                number=number,
                name="stuck",
                headers=[
                    ("Authorization", f"Bearer {secret_of('stuck')}"),
                    ("Idempotency-Key", f"m{number}"),
                ],
                body=b"{}",
            )
            for number in range(events)
        ]
        for at in range(0, events, AT_ONCE):
            await asyncio.gather(*map(bot.send, requests[at : at + AT_ONCE]))
        return Figure(name="webhooks_unanswered", value=events - bot.answers[202], unit="requests", limit=0)


async def webhook_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    figures = await fuzzed(folder / "fuzzed", 1000 if quick else 10_000, faulty=control)
    return [*figures, await unending(folder / "unending", 100 if quick else 1000, faulty=control)]
