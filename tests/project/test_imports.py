"""Who may import whom, and that neither help nor a bot waits for what it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_a_room_imports_only_rooms_below_it() -> None:
    done = run(str(Path(sys.executable).with_name("lint-imports")))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
from botkit.cli import main
try:
    main({arguments!r})
except SystemExit as done:
    assert done.code == 0
heavy = {{"aiortc", "av", "numpy", "sqlalchemy", "aiohttp", "jinja2"}} & set(sys.modules)
assert not heavy, heavy
"""
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr


def test_a_bot_is_put_together_without_what_only_calls_need() -> None:
    code = """
import os, sys
os.environ.update(BOT_CLIENT_ID="x", BOT_CLIENT_SECRET="y")
from botkit.app import Bot
Bot.from_file("examples/chatbot/bot.yaml")
calls = {"aiortc", "av", "numpy", "cryptography", "pylibsrtp", "soxr"}
others = {"alembic", "apscheduler", "opentelemetry", "prometheus_client", "rich", "sqlalchemy"}
heavy = (calls | others) & set(sys.modules)
assert not heavy, heavy
"""
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
