"""A sandbox, the real bot on it, and people who use the vendor's SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from botkit.app import Bot
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox, Tenant
from tests.interop.sdk import PACKAGE, SdkClient, node_20, npm_install

TENANT = """\
tenant: {name: Interop}
users:
  - {email: alice@example.com, password: wonderland, first_name: Alice, last_name: Ames}
bots:
  - {client_id: desk, client_secret: desk-secret, email: desk@example.com, first_name: Desk, last_name: Bot}
  - client_id: other
    client_secret: other-secret
    email: other@example.com
    first_name: Other
    last_name: Bot
conversations:
  - {topic: Office, members: [alice@example.com, desk@example.com, other@example.com]}
"""

BOT = """\
bot: desk
platform:
  connector: circuit
  domain: {domain}
  trust: {trust}
  client_id: desk
  client_secret: ${{DESK_SECRET}}
flows: [order.yaml]
"""

FLOW = """\
flow: order
start:
  - mention
slots:
  name:
    ask: What is your name?
steps:
  - say: Hello there.
  - choose: Tea or coffee?
    options:
      tea: {label: tea, words: [tea]}
      coffee: {label: coffee, words: [coffee]}
    into: drink
  - collect: [name]
    as: form
    prompt: Who is it for?
  - say: "{{ drink }} for {{ name }}, coming."
"""


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Node 20."""
    return node_20(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session")
def sdk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDK in `node_modules`."""
    folder = tmp_path_factory.mktemp("sdk")
    npm_install(folder, PACKAGE)
    return folder


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A sandbox on free ports."""
    (tmp_path / "tenant.yaml").write_text(TENANT)
    sandbox = Sandbox(
        Tenant.load(tmp_path / "tenant.yaml"),
        host="127.0.0.1",
        port=0,
        page_port=0,
        state=tmp_path / "sandbox",
        clock=SystemClock(),
    )
    await sandbox.start()
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def bot(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The real bot, logged on by the real connector, with one flow."""
    monkeypatch.setenv("DESK_SECRET", "desk-secret")
    (tmp_path / "order.yaml").write_text(FLOW)
    (tmp_path / "bot.yaml").write_text(BOT.format(domain=sandbox.address, trust=sandbox.certificate))
    bot = Bot.from_file(tmp_path / "bot.yaml")
    await bot.start()
    yield bot
    await bot.stop()


@pytest.fixture
async def client(
    node: Path, sdk_folder: Path, sandbox: Sandbox
) -> AsyncIterator[Callable[..., Awaitable[SdkClient]]]:
    """`await client(client_id="...")`: an SDK client with those options, not logged on yet."""
    clients: list[SdkClient] = []

    async def start(**options: str) -> SdkClient:
        options = {"domain": sandbox.address, **options}
        clients.append(await SdkClient.start(node, sdk_folder, options, sandbox.certificate))
        return clients[-1]

    yield start
    for each in clients:
        await each.close()
