"""Whether one flow of fifty steps goes right each time: by chat, by keys, and over real calls by voice."""

from __future__ import annotations

import random
import secrets
import shutil
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

from benchmarks import Figure
from botkit.model.session import Channel
from botkit.testing.scripts.answering import By
from botkit.testing.scripts.files import Case
from botkit.testing.scripts.runner import load_cases, run_cases
from botkit.testing.scripts.subject import Subject

HOTEL = Path(__file__).parents[1] / "examples" / "hotel"
FAULT = ("    end: Thank you, and goodbye.", "    go: menu")
"""What the control changes in the flow: it never comes to its end."""
BY_VOICE = (
    "a taxi now, then one for later",
    "all about the house",
    "checking out with bags",
    "checking out without",
    "three nights more",
    "nine nights more",
)
"""Scripts that do not depend on the time of day, and in which all is said: what `--audio` can hold."""
AT_ONCE = 2
"""Real calls side by side: each has a bot, a recogniser and a caller of its own."""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Runs that went right. A run by chat, by keys and by typed words is all scripts, in an order that the
    seed draws; a run by voice is one script on a real call, drawn likewise. The control changes the flow."""
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}", file=sys.stderr)
    draw = random.Random(seed)
    runs = 2 if quick else 10
    with TemporaryDirectory() as folder:
        bot = Path(shutil.copytree(HOTEL, Path(folder, "hotel")), "bot.yaml")
        if control:
            flow = bot.parent / "flows" / "hotel.yaml"
            flow.write_text(flow.read_text().replace(*FAULT))
        subject = Subject.read(bot)
        cases = load_cases([bot.parent / "scripts"], subject)
        chats = [case for case in cases if case.channel is Channel.CHAT]
        calls = [case for case in cases if case.channel is Channel.CALL]
        for name, group, by in (("chat", chats, None), ("keys", calls, By.KEYS), ("words", calls, By.SPEECH)):
            right = sum(_all_pass(group, by, subject, draw) for _ in range(runs))
            yield Figure(name=f"runs_right_by_{name}", value=right, unit="runs", limit=runs, at_least=True)
        wanted = [draw.choice(BY_VOICE) for _ in range(1 if quick or control else runs)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            right = sum(pool.map(lambda name: _by_voice(bot, name), wanted))
        limit = len(wanted)
        yield Figure(name="runs_right_by_voice", value=right, unit="runs", limit=limit, at_least=True)


def _all_pass(cases: Sequence[Case], by: By | None, subject: Subject, draw: random.Random) -> bool:
    order = draw.sample([replace(case, by=by) for case in cases], len(cases))
    failed = [result.case.title for result in run_cases(order, subject) if not result.passed]
    if failed:
        print(f"failed: {', '.join(failed)}"[:300], file=sys.stderr)
    return not failed


def _by_voice(bot: Path, name: str) -> bool:
    """In a process of its own, as people run it."""
    words = ("-m", "botkit.cli", "test", "--bot", str(bot), "--audio", "--by", "speech", "-k", name)
    done = run([sys.executable, *words], check=False, capture_output=True, text=True, timeout=600)
    if done.returncode:
        print((done.stdout + done.stderr)[:3000], file=sys.stderr)
    return done.returncode == 0
