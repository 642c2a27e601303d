"""How long a person waits: for `botkit --help`, and for a bot that is ready."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import Figure
from botkit.testing.world import World

EXAMPLE = Path(__file__).parents[2] / "examples" / "chatbot"
HELP = "import sys; from botkit.cli import main; sys.argv = ['botkit', '--help']; main()"
HEAVY = ("aiortc", "av", "numpy", "sqlalchemy", "aiohttp", "jinja2", "asyncio")
"""Nothing that help needs, and each slow to import."""
COUNT = f"""
import atexit, sys
atexit.register(lambda: sys.stderr.write(str(len({set(HEAVY)!r} & set(sys.modules)))))
"""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """The control imports what help does not need, and gives the bot handlers that are slow to begin."""
    fault = "import aiortc; " if control else ""
    times = [_seconds(f"{fault}{HELP}") for _ in range(5 if quick else 20)]
    yield Figure(name="help_time", value=statistics.median(times) * 1000, unit="ms", limit=150)
    counted = _run(f"{COUNT}{fault}{HELP}").stderr
    yield Figure(name="help_heavy_imports", value=int(counted), unit="imports", limit=0)
    ready = asyncio.run(_ready(2 if quick else 7, slow=control))
    yield Figure(name="ready_bot", value=statistics.median(ready), unit="s", limit=1)


def _seconds(code: str) -> float:
    begun = time.perf_counter()
    _run(code)
    return time.perf_counter() - begun


def _run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )


async def _ready(rounds: int, *, slow: bool) -> list[float]:
    """Seconds from the command to the line that says so, on a platform that is there."""
    with TemporaryDirectory() as folder:
        world = World(EXAMPLE / "bot.yaml", state=Path(folder, "platform"))
        await world.sandbox.start()
        try:
            bot = _bot_beside(Path(folder), world, slow=slow)
            return [await _until_ready(bot, world) for _ in range(rounds)]
        finally:
            await world.close()


def _bot_beside(folder: Path, world: World, *, slow: bool) -> Path:
    handlers = (EXAMPLE / "handlers.py").read_text()
    pause = "import time\ntime.sleep(1)\n" if slow else ""
    (folder / "handlers.py").write_text(handlers + pause)
    text = (EXAMPLE / "bot.yaml").read_text()
    text = text.replace("127.0.0.1:8443", f"127.0.0.1:{world.sandbox.port}")
    text = text.replace("state/sandbox.pem", str(world.sandbox.certificate.resolve()))
    bot = folder / "bot.yaml"
    bot.write_text(text.replace("[flows/]", f"['{EXAMPLE / 'flows'}']"))
    return bot


async def _until_ready(bot: Path, world: World) -> float:
    account = world.tenant.bots[0]
    secrets = {"BOT_CLIENT_ID": account.client_id, "BOT_CLIENT_SECRET": account.client_secret.reveal()}
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "botkit.cli", "run", str(bot)),
        env={**os.environ, **secrets},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            line = await process.stdout.readline()
        if b"is ready" not in line:
            raise RuntimeError("the bot did not start")
        return time.perf_counter() - begun
    finally:
        process.terminate()
        await process.wait()
