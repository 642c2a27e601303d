"""`sandbox`, `run` and `demo` as processes: what they print, and how they end."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import ssl
import stat
from pathlib import Path

import aiohttp
import pytest

from botkit.circuit import CircuitSession
from botkit.model.secret import Secret
from botkit.sandbox import Sandbox
from tests.cli.commands import SECRET, Command, children_of, command, is_alive

NO_PORTS = ("--port", 0, "--page-port", 0)

TENANT = """\
tenant: {name: Small}
users: [{email: ada@example.com, password: engine, first_name: Ada}]
bots: [{client_id: tea, client_secret: hush, email: tea@example.com, first_name: Tea}]
"""


async def ended_well(running: Command, number: int) -> str:
    """Interrupt it; it leaves at once, quietly, and alone. What it logged."""
    children = children_of(running.process.pid)
    outcome = await running.end(number)
    assert outcome.code == 0, outcome.err
    assert "Traceback" not in outcome.err
    assert [each for each in children if is_alive(each)] == []
    return outcome.err


def is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return trial.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_sandbox_says_where_it_is_and_ends_cleanly(tmp_path: Path, number: int) -> None:
    async with command("sandbox", *NO_PORTS, cwd=tmp_path) as running:
        page = (await running.until("Page")).split()[-1]
        platform = (await running.until("Platform")).split()[-1]
        trusted = tmp_path / (await running.until("Certificate")).split()[-1]
        account = tmp_path / (await running.until("Bot account")).split()[-1]
        await running.until("Ctrl-C")
        context = ssl.create_default_context(cafile=trusted)
        async with aiohttp.ClientSession() as http, http.get(page) as answer:
            assert answer.status == 200
        with socket.create_connection(("127.0.0.1", int(platform.rpartition(":")[2]))) as plain:
            context.wrap_socket(plain, server_hostname="127.0.0.1").close()
        secret = dict(line.split("=", 1) for line in account.read_text().splitlines())["BOT_CLIENT_SECRET"]
        assert stat.S_IMODE(account.stat().st_mode) == 0o600
        logged = await ended_well(running, number)
        assert secret not in logged + "".join(running.lines)
    assert is_free(int(platform.rpartition(":")[2]))


async def test_credentials_are_for_their_owner_even_over_an_old_file(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "bot.env").touch(mode=0o644)
    async with command("sandbox", *NO_PORTS, cwd=tmp_path) as running:
        account = tmp_path / (await running.until("Bot account")).split()[-1]
        assert stat.S_IMODE(account.stat().st_mode) == 0o600
        await ended_well(running, signal.SIGTERM)


async def test_a_sandbox_with_a_tenant_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "tenant.yaml").write_text(TENANT)
    async with command("sandbox", *NO_PORTS, "--tenant", "tenant.yaml", cwd=tmp_path) as running:
        platform = (await running.until("Platform")).split()[-1]
        await running.until("Ctrl-C")
        ada = CircuitSession(
            platform,
            client_id="test",
            username="ada@example.com",
            password=Secret("engine"),
            trust=tmp_path / "state" / "sandbox.pem",
        )
        assert (await ada.logon()).display_name == "Ada"
        await ada.close()
        await ended_well(running, signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_run_says_that_it_is_ready_and_ends_cleanly(bot_folder: Path, number: int) -> None:
    async with command("run", "bot.yaml", cwd=bot_folder) as running:
        assert await running.until("ready") == "Front desk bot is ready. Ctrl-C ends it."
        logged = await ended_well(running, number)
        assert SECRET not in logged
    async with command("run", "bot.yaml", cwd=bot_folder) as again:
        await again.until("ready")
        await ended_well(again, signal.SIGTERM)


async def test_demo_opens_a_page_and_leaves_nobody_behind(tmp_path: Path) -> None:
    async with command("demo", *NO_PORTS, cwd=tmp_path) as running:
        page = (await running.until("Open http")).split()[1]
        await running.until("Ctrl-C")
        async with aiohttp.ClientSession() as http, http.get(page) as answer:
            assert answer.status == 200
            assert "text/html" in answer.headers["content-type"]
        await ended_well(running, signal.SIGINT)
    assert is_free(int(page.rstrip("/").rpartition(":")[2]))


async def test_a_signal_while_it_starts_ends_it_too(tmp_path: Path) -> None:
    async with command("demo", *NO_PORTS, cwd=tmp_path) as running:
        await running.until("Starting")
        await ended_well(running, signal.SIGTERM)


async def test_a_logon_that_hangs_can_be_interrupted(bot_folder: Path, platform: Sandbox) -> None:
    called = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bot_file = bot_folder / "bot.yaml"
    bot_file.write_text(bot_file.read_text().replace(platform.address, f"127.0.0.1:{port}"))
    async with server, command("run", "bot.yaml", cwd=bot_folder) as running, asyncio.timeout(60):
        await called.wait()
        await ended_well(running, signal.SIGINT)
        assert running.lines == []


async def test_nothing_but_a_paragraph_is_printed_when_it_cannot_run(bot_folder: Path) -> None:
    """As a process: the log and the libraries have their say too."""
    (bot_folder / "secret").write_text("not the secret")
    async with command("run", "bot.yaml", cwd=bot_folder) as running:
        outcome = await running.over()
    assert (outcome.code, outcome.out) == (1, "")
    (line,) = outcome.err.splitlines()
    assert "refused the credentials" in line
    assert "Check client id and secret" in line


async def test_who_reads_json_reads_as_json_why_it_cannot_run(bot_folder: Path) -> None:
    (bot_folder / "flows" / "desk.yaml").write_text("not what it was")
    async with command("run", "bot.yaml", "--log", "json", cwd=bot_folder) as running:
        outcome = await running.over()
    assert (outcome.code, outcome.out) == (2, "")
    line = [json.loads(each) for each in outcome.err.splitlines()][-1]
    assert line["level"] == "CRITICAL"
    assert "desk.yaml:1:1" in line["message"]
