"""The bot that is talked to, and what a person says to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import botkit_picotts
from botkit.media.codecs import OPUS, encode
from botkit.model.pcm import Pcm
from botkit.ports.audio import AudioPort
from botkit.ports.speech import Recognizer
from botkit.sandbox.tenant import Tenant, TenantUser
from botkit.speech.host import VoiceHost
from botkit.testing.caller import Caller, HeardPacket
from botkit.testing.world import World

RATE = 16_000
FRAME = 320
VOICED = 300.0
"""Root mean square of a frame that carries voice; those of the synthesised pauses have less than 50."""

OPTIONS = {
    "hours": ("opening", "hours"),
    "message": ("leave", "a message"),
    "person": ("speak to", "a person"),
    "bill": ("pay", "my bill"),
    "order": ("track", "my order"),
}
"""What can be said, in two parts between which people pause."""
ACCENTS = ("en-US", "en-GB")

FLOW = """\
flow: desk
start:
  - call_incoming
limits: {turns: 1000}
steps:
  - id: menu
    choose: Which one?
    prompt: {call: "QUESTION"}
    options:
OPTIONS
      stop: {key: 0, label: goodbye}
    into: wish
TIMEOUTS
    no_match: [Sorry.]
    no_input: [Hello.]
    give_up:
      - go: menu
  - if: wish == 'stop'
    then:
      - LAST: Goodbye.
  - say: You said {{ wish }}.
  - go: menu
"""
BOT = """\
bot: desk
platform:
  connector: circuit
  domain: DOMAIN
  trust: sandbox.pem
  client_id: CLIENT
  client_secret: file:secret
flows: [desk.yaml]
handlers: [HANDLERS]
store: sqlite:///bot.db
"""
QUESTION = "Which one?"


def write_bot(
    folder: Path, *, question: str = QUESTION, timeouts: str = "", last: str = "end", handlers: str = ""
) -> Path:
    """A bot that asks for one of `OPTIONS`, says which one it understood, and asks again.

    For the control: `timeouts` are lines of the question, `last` is the verb of its last words, `handlers`
    the text of a handlers file.
    """
    options = "\n".join(
        f"      {name}: {{key: {key}, label: {' '.join(parts)}}}"
        for key, (name, parts) in enumerate(OPTIONS.items(), 1)
    )
    flow = FLOW.replace("OPTIONS", options).replace("QUESTION", question).replace("LAST", last)
    (folder / "desk.yaml").write_text(flow.replace("TIMEOUTS\n", timeouts))
    if handlers:
        (folder / "handlers.py").write_text(handlers)
    bot_file = folder / "bot.yaml"
    bot_file.write_text(BOT.replace("HANDLERS", "handlers.py" if handlers else ""))
    return bot_file


def write_account(folder: Path, world: World) -> None:
    """What the bot, as a process of its own, needs to reach the sandbox."""
    account = world.tenant.bots[0]
    secret = folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text(account.client_secret.reveal())
    bot_file = folder / "bot.yaml"
    text = bot_file.read_text().replace("DOMAIN", world.sandbox.address)
    bot_file.write_text(text.replace("CLIENT", account.client_id))


def make_world(
    folder: Path,
    bot_file: Path,
    *,
    change_audio: Callable[[AudioPort], AudioPort] | None = None,
    change_recognizer: Callable[[Recognizer], Recognizer] | None = None,
    people: int = 1,
) -> World:
    """A sandbox with so many callers, `caller0@example.com` and so on."""
    demo = Tenant.demo()
    callers = [
        TenantUser(email=f"caller{n}@example.com", first_name="Caller", last_name=str(n))
        for n in range(people)
    ]
    tenant = demo.model_copy(update={"users": [*demo.users, *callers]})
    return World(
        bot_file,
        state=folder,
        tenant=tenant,
        change_audio=change_audio,
        change_recognizer=change_recognizer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Something that is said."""

    option: str
    pcm: Pcm
    first: float
    """Seconds to its first voiced frame."""
    last: float
    """Seconds to the end of its last one."""


class Speaker:
    """Makes answers, with a voice of its own."""

    def __init__(self) -> None:
        self._voice = VoiceHost(botkit_picotts.register_voices()[0])

    async def say(self, option: str, *, pause: float = 0.0, accent: str = "en-GB") -> Answer:
        """The option, with a pause between its parts; 0 = said in one go."""
        parts = OPTIONS[option] if pause else (" ".join(OPTIONS[option]),)
        silence = np.zeros(round(pause * RATE), np.int16)
        spoken: list[np.ndarray[tuple[int], np.dtype[np.int16]]] = []
        for part in parts:
            pcm = await self._voice.synthesize(f"{part}.", language=accent)
            samples = np.frombuffer(pcm.samples, "<i2").astype(np.int16)
            first, last = _edges(samples)
            spoken += [samples[first:last], silence]
        sound = np.concatenate([np.zeros(FRAME * 3, np.int16), *spoken[:-1], np.zeros(FRAME * 3, np.int16)])
        first, last = _edges(sound)
        return Answer(
            option=option, pcm=Pcm(sound.astype("<i2").tobytes(), RATE), first=first / RATE, last=last / RATE
        )

    async def close(self) -> None:
        await self._voice.close()


def _edges(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> tuple[int, int]:
    """Samples up to the first voiced frame, and to the end of the last one."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(float)
    (voiced,) = np.nonzero(np.sqrt(np.mean(frames**2, axis=1)) > VOICED)
    return int(voiced[0]) * FRAME, (int(voiced[-1]) + 1) * FRAME


async def replies(world: World) -> Mapping[str, frozenset[bytes]]:
    """The payloads that the reply to each option alone has."""
    voice = world.live_bot.voice
    assert voice is not None
    payloads = {
        option: frozenset(encode(await voice.synthesize(f"You said {option}.", language="en-US"), OPUS))
        for option in OPTIONS
    }
    return {
        option: own.difference(*(other for name, other in payloads.items() if name != option))
        for option, own in payloads.items()
    }


def option_heard(packets: list[HeardPacket], known: Mapping[str, frozenset[bytes]]) -> str:
    """Which reply is in there; "" = none."""
    return next((option for p in packets for option, payloads in known.items() if p.payload in payloads), "")


async def packets_later(caller: Caller, seconds: float) -> None:
    """Return when so much more of the bot's sound has come."""
    wanted = len(caller.packets) + round(seconds / 0.02)
    await caller.until(lambda: len(caller.packets) >= wanted, timeout=seconds + 10)
