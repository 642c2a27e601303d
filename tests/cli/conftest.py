"""Commands called as a person would, in this process, and the platform they find."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from botkit.cli import main
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox, Tenant
from tests.cli.commands import BOT, FLOW, HANDLERS, SECRET, Cli, Outcome


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run one command to its end."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = int(left.code or 0)
        told = capsys.readouterr()
        return Outcome(code=code, out=told.out, err=told.err)

    return run


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox on a thread of its own: the commands under test keep this one busy."""
    sandbox = Sandbox(
        Tenant.demo(client_secret=SECRET),
        port=0,
        page_port=0,
        state=tmp_path_factory.mktemp("platform"),
        clock=SystemClock(),
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="platform")
    thread.start()
    asyncio.run_coroutine_threadsafe(sandbox.start(), loop).result(30)
    yield sandbox
    asyncio.run_coroutine_threadsafe(sandbox.close(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


@pytest.fixture
def bot_folder(tmp_path: Path, platform: Sandbox) -> Path:
    """A bot that runs on `platform`, ready to be broken."""
    folder = tmp_path / "bot"
    (folder / "flows").mkdir(parents=True)
    (folder / "bot.yaml").write_text(BOT.replace("DOMAIN", platform.address))
    (folder / "platform.pem").write_bytes(platform.certificate.read_bytes())
    (folder / "flows" / "desk.yaml").write_text(FLOW)
    (folder / "handlers.py").write_text(HANDLERS)
    (folder / "secret").write_text(SECRET)
    return folder
