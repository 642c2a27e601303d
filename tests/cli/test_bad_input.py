"""Whatever is wrong is told in one paragraph with place and remedy, and nothing is left half started."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox
from botkit.sandbox.certificate import keep_certificate
from botkit.store.lock import OwnerLock
from tests.cli.commands import Cli, Outcome, children_of

NO_PORTS = ("--port", 0, "--page-port", 0)

TENANT = """\
tenant: {name: Small}
users: [{email: ada@example.com, password: engine, first_name: Ada}]
conversations: [{topic: Tea, members: [ada@example.com]}]
"""

MUTE = """

from botkit import hook
from botkit.ports.speech import Remedy, VoiceSpec


@hook
def register_voices():
    lack = Remedy(missing="It has no mouth.", remedy="Give it one.")
    return [VoiceSpec(name="mute", factory="nobody:Nobody", languages=("en-US",), missing=lack)]
"""


def assert_paragraph(outcome: Outcome, code: int, *words: str) -> None:
    told = outcome.err + outcome.out
    assert outcome.code == code, told
    assert "Traceback" not in told
    assert "\n\n" not in told.strip()
    for word in words:
        assert word in told


@pytest.fixture(autouse=True)
def _nothing_is_left(platform: Sandbox) -> Iterator[None]:
    """No thread and no process outlives a command that could not go on."""
    threads, children = set(threading.enumerate()), children_of(os.getpid())
    yield
    left = [each for each in threading.enumerate() if each not in threads]
    for thread in left:  # one that was told to end may take a moment to
        thread.join(10)
    assert [each for each in left if each.is_alive()] == []
    assert children_of(os.getpid()) == children


def assert_unlocked(database: Path) -> None:
    if database.parent.is_dir():
        lock = OwnerLock(database)
        lock.acquire()
        lock.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a bot."""

    file: str
    """Of the bot's folder."""
    old: str
    """What stands there rightly; empty = the end of the file."""
    new: str
    told: tuple[str, ...]
    """Place, fact and remedy, by their words."""
    code: int = 2

    def put(self, folder: Path) -> None:
        path = folder / self.file
        text = path.read_text()
        assert self.old in text
        path.write_text(text.replace(self.old, self.new, 1) if self.old else text + self.new)


OF_THE_BOT = {
    "broken YAML": Fault(file="bot.yaml", old="bot: desk", new="bot: [desk", told=("bot.yaml:",)),
    "unknown key": Fault(
        file="bot.yaml", old="flows:", new="flow:", told=("bot.yaml:8:", "flow", "Did you mean `flows`?")
    ),
    "no platform": Fault(
        file="bot.yaml",
        old="  connector: circuit\n",
        new="",
        told=("bot.yaml: platform:", "names no connector", "circuit"),
    ),
    "unknown connector": Fault(
        file="bot.yaml",
        old="connector: circuit",
        new="connector: circus",
        told=("bot.yaml: platform:", "'circus'", "circuit"),
    ),
    "unknown setting of the connector": Fault(
        file="bot.yaml", old="  trust:", new="  thrust:", told=("platform:", "'thrust'", "trust")
    ),
    "literal secret": Fault(
        file="bot.yaml",
        old="file:secret",
        new="hush",
        told=("platform: client_secret:", "must not stand in the file", "${CLIENT_SECRET}"),
    ),
    "unset environment variable": Fault(
        file="bot.yaml",
        old="file:secret",
        new="${A_SECRET_THAT_IS_NOT_SET}",
        told=("client_secret:", "A_SECRET_THAT_IS_NOT_SET is not set", "export"),
    ),
    "secret file that is not there": Fault(
        file="bot.yaml", old="file:secret", new="file:no-secret", told=("client_secret:", "no-secret", "Make")
    ),
    "unknown plugin": Fault(
        file="bot.yaml",
        old="config:",
        new="plugins: [hallo]\nconfig:",
        told=("bot.yaml: plugins:", "'hallo'", "hello"),
    ),
    "a voice that is not installed": Fault(
        file="bot.yaml",
        old="config:",
        new="speech: {voice: caruso}\nconfig:",
        told=("bot.yaml: speech: voice:", "'caruso'", "picotts"),
    ),
    "a language that the voice does not speak": Fault(
        file="bot.yaml",
        old="config:",
        new="speech: {voice: picotts, language: nl-NL}\nconfig:",
        told=("bot.yaml: speech: language:", "'nl-NL'", "en-US"),
    ),
    "no such store": Fault(
        file="bot.yaml",
        old="config:",
        new="store: mysql://db\nconfig:",
        told=("store:", "mysql", "sqlite:///"),
    ),
    "store in a folder that is a file": Fault(
        file="bot.yaml",
        old="config:",
        new="store: sqlite:///secret/bot.db\nconfig:",
        told=("secret", "store"),
        code=1,
    ),
    "a flow file that is not there": Fault(
        file="bot.yaml", old="[flows/]", new="[flaws/]", told=("flaws", "Check the path")
    ),
    "a config value that is missing": Fault(
        file="bot.yaml", old="operator:", new="operators:", told=("operator",)
    ),
    "unknown verb": Fault(
        file="flows/desk.yaml", old="- say:", new="- sag:", told=("desk.yaml:9:5", "sag", "`say`")
    ),
    "unknown option": Fault(
        file="flows/desk.yaml",
        old="    into: drink",
        new="    inta: drink",
        told=("desk.yaml:15:5", "inta", "`into`"),
    ),
    "two verbs in a step": Fault(
        file="flows/desk.yaml",
        old="  - say: Welcome.\n",
        new="  - say: Welcome.\n    end: Goodbye.\n",
        told=("desk.yaml:", "say", "end"),
    ),
    "a jump to nowhere": Fault(
        file="flows/desk.yaml",
        old="- collect: [name]",
        new="- go: meny",
        told=("desk.yaml:18:", "meny", "menu"),
    ),
    "an undeclared name": Fault(
        file="flows/desk.yaml", old="for {{ name }}", new="for {{ nome }}", told=("desk.yaml:22:", "nome")
    ),
    "a handler that nobody wrote": Fault(
        file="flows/desk.yaml", old="price_of", new="prize_of", told=("desk.yaml:19:", "prize_of", "price_of")
    ),
    "broken YAML in a flow": Fault(
        file="flows/desk.yaml", old="slots:", new="slots: {", told=("desk.yaml:",)
    ),
    "misspelt hook": Fault(
        file="handlers.py",
        old="from botkit import step_handler",
        new="from botkit import hook, step_handler\n\n\n@hook\nasync def mentoin(message): ...",
        told=("handlers.py", "mentoin", "mention"),
    ),
    "handlers that cannot be imported": Fault(
        file="handlers.py",
        old="def price_of",
        new="deaf price_of",
        told=("handlers.py:5:", "SyntaxError", "Mend"),
    ),
    "wrong credentials": Fault(
        file="secret",
        old="",
        new="-not",
        told=("refused the credentials", "Check client id and secret"),
        code=1,
    ),
    "unknown client": Fault(
        file="bot.yaml",
        old="front-desk-bot",
        new="back-desk-bot",
        told=("refused the credentials", "Check"),
        code=1,
    ),
    "a trust file that is not there": Fault(
        file="bot.yaml", old="platform.pem", new="elsewhere.pem", told=("elsewhere.pem", "trust")
    ),
}


@pytest.mark.parametrize("name", OF_THE_BOT)
def test_a_bot_with_a_fault(cli: Cli, bot_folder: Path, name: str) -> None:
    fault = OF_THE_BOT[name]
    fault.put(bot_folder)
    assert_paragraph(cli("run", bot_folder / "bot.yaml"), fault.code, *fault.told)
    assert_unlocked(bot_folder / "state" / "bot.db")


def test_a_voice_that_lacks_something(cli: Cli, bot_folder: Path) -> None:
    with (bot_folder / "handlers.py").open("a") as handlers:
        handlers.write(MUTE)
    with (bot_folder / "bot.yaml").open("a") as file:
        file.write("speech: {voice: mute}\n")
    outcome = cli("run", bot_folder / "bot.yaml")
    assert_paragraph(outcome, 2, "bot.yaml: speech: voice: mute", "It has no mouth.", "Give it one.")


def test_a_certificate_of_somebody_else(cli: Cli, bot_folder: Path, tmp_path: Path) -> None:
    keep_certificate(tmp_path, "127.0.0.1", SystemClock().now())
    (bot_folder / "platform.pem").write_bytes((tmp_path / "sandbox.pem").read_bytes())
    assert_paragraph(cli("run", bot_folder / "bot.yaml"), 1, "certificate", "trust")
    assert_unlocked(bot_folder / "state" / "bot.db")


@pytest.mark.parametrize("domain", ["127.0.0.1:PORT", "nowhere.invalid"])
def test_a_domain_where_nobody_is(cli: Cli, bot_folder: Path, platform: Sandbox, domain: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        nobody = domain.replace("PORT", str(closed.getsockname()[1]))
    Fault(file="bot.yaml", old=platform.address, new=nobody, told=()).put(bot_folder)
    assert_paragraph(cli("run", bot_folder / "bot.yaml"), 1, nobody, "domain")
    assert_unlocked(bot_folder / "state" / "bot.db")


def test_a_bot_that_runs_already(cli: Cli, bot_folder: Path) -> None:
    (bot_folder / "state").mkdir()
    lock = OwnerLock(bot_folder / "state" / "bot.db")
    lock.acquire()
    try:
        outcome = cli("run", bot_folder / "bot.yaml")
    finally:
        lock.release()
    assert_paragraph(outcome, 1, "bot.db", f"process {os.getpid()}", "Stop that bot")


def test_a_database_that_is_none(cli: Cli, bot_folder: Path) -> None:
    (bot_folder / "state").mkdir()
    (bot_folder / "state" / "bot.db").write_text("This is no database." * 100)
    assert_paragraph(cli("run", bot_folder / "bot.yaml"), 1, "bot.db")
    assert_unlocked(bot_folder / "state" / "bot.db")


@pytest.mark.parametrize("option", ["--port", "--page-port"])
@pytest.mark.parametrize("name", ["sandbox", "demo"])
def test_a_port_in_use(cli: Cli, bot_folder: Path, tmp_path: Path, name: str, option: str) -> None:
    ports = {"--port": 0, "--page-port": 0}
    file = [bot_folder / "bot.yaml"] if name == "demo" else []
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        ports[option] = taken.getsockname()[1]
        flat = [each for pair in ports.items() for each in pair]
        outcome = cli(name, *file, "--state", tmp_path / "state", *flat)
    assert_paragraph(outcome, 1, f"127.0.0.1:{ports[option]}", "in use", option)
    assert_unlocked(tmp_path / "state" / "bot.db")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("email: ada@example.com, ", "", "email"),
        ("tenant:", "tenent:", "Did you mean `tenant`?"),
        ("[ada@example.com]", "[bob@example.com]", "bob@example.com"),
        ("users: [", "users: [[", "tenant.yaml:"),
    ],
)
def test_a_tenant_with_a_fault(cli: Cli, tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in TENANT
    (tmp_path / "tenant.yaml").write_text(TENANT.replace(old, new))
    outcome = cli("sandbox", *NO_PORTS, "--tenant", tmp_path / "tenant.yaml", "--state", tmp_path / "state")
    assert_paragraph(outcome, 2, "tenant.yaml:", told)


def test_a_tenant_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("sandbox", *NO_PORTS, "--tenant", tmp_path / "tenant.yaml", "--state", tmp_path / "state")
    assert_paragraph(outcome, 2, "tenant.yaml", "Check the path")


@pytest.mark.parametrize("name", ["sandbox", "demo"])
def test_a_state_folder_that_is_a_file(cli: Cli, bot_folder: Path, name: str) -> None:
    file = [bot_folder / "bot.yaml"] if name == "demo" else []
    outcome = cli(name, *file, *NO_PORTS, "--state", bot_folder / "secret")
    assert_paragraph(outcome, 1, str(bot_folder / "secret"), "choose another")


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
@pytest.mark.parametrize("option", ["--port", "--page-port"])
def test_a_port_that_is_none(cli: Cli, tmp_path: Path, option: str, port: str) -> None:
    outcome = cli("sandbox", *NO_PORTS, "--state", tmp_path / "state", f"{option}={port}")
    assert_paragraph(outcome, 2, option, port)


def test_an_address_of_another_machine(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("sandbox", *NO_PORTS, "--state", tmp_path / "state", "--host", "192.0.2.1")
    assert_paragraph(outcome, 1, "192.0.2.1", "--host")


@pytest.mark.parametrize("name", ["run", "demo"])
def test_a_bot_that_is_not_there(cli: Cli, tmp_path: Path, name: str) -> None:
    assert_paragraph(cli(name, tmp_path / "bot.yaml"), 2, "bot.yaml", "Check the path")


def test_demo_with_a_fault_leaves_no_sandbox(cli: Cli, bot_folder: Path, tmp_path: Path) -> None:
    OF_THE_BOT["a jump to nowhere"].put(bot_folder)
    outcome = cli("demo", bot_folder / "bot.yaml", *NO_PORTS, "--state", tmp_path / "state")
    assert_paragraph(outcome, 2, "desk.yaml:18:", "meny")


def test_an_unknown_command(cli: Cli) -> None:
    assert_paragraph(cli("dance"), 2, "dance", "demo", "run", "check")
