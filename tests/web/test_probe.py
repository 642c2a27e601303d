"""The health check of the image."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from botkit.web.addresses import Listen
from botkit.web.health import Health
from botkit.web.probe import fault
from botkit.web.server import WebServer

HEAD = "  sl  local_address rem_address   st tx_queue\n"


async def never() -> Mapping[str, str]:
    return {}


async def test_it_asks_the_bot() -> None:
    dead: list[str] = []
    server = WebServer(Listen("127.0.0.1", 0))
    Health(dead=lambda: dead, hindrances=never, engines=dict).add_to(server)
    await server.start()
    address = f"127.0.0.1:{server.port}"
    assert await asyncio.to_thread(fault, address) == ""
    dead.append("inbox")
    assert await asyncio.to_thread(fault, address) == '{"live": false, "dead": ["inbox"]}'
    await server.stop()


def network_of(proc: Path, state: str, *, inode: int) -> None:
    """A connection in that state, as the kernel writes it."""
    (proc / "net").mkdir(exist_ok=True)
    row = f"   0: 0100007F:1F9A 00000000:0000 {state} 00000000:00000000 00:00000000 00000000"
    (proc / "net" / "tcp").write_text(f"{HEAD}{row}  1000        0 {inode} 1\n")


def process_of(proc: Path, pid: int, *, inode: int) -> None:
    """It has that socket, and a file beside it."""
    folder = proc / str(pid) / "fd"
    folder.mkdir(parents=True)
    (folder / "0").symlink_to("/dev/null")
    (folder / "1").symlink_to(f"socket:[{inode}]")


def test_without_a_web_server_it_is_well_while_it_is_connected_or_listens(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    process_of(tmp_path, 7, inode=4711)
    for state, well in (("01", True), ("0A", True), ("06", False)):
        network_of(tmp_path, state, inode=4711)
        assert (fault(address, tmp_path) == "") is well
    (tmp_path / "net" / "tcp").unlink()
    assert "connected with nobody" in fault(address, tmp_path)


def test_what_others_have_open_in_the_same_network_does_not_count(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    """As Docker's name server in a Compose network, or everything of the host with `--network host`."""
    process_of(tmp_path, 7, inode=4711)
    (tmp_path / "8").mkdir()  # one whose files nobody else may see
    network_of(tmp_path, "0A", inode=4712)
    assert "connected with nobody" in fault(f"127.0.0.1:{unused_tcp_port}", tmp_path)


async def test_it_reads_what_the_kernel_really_writes(unused_tcp_port: int) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        assert await asyncio.to_thread(fault, f"127.0.0.1:{unused_tcp_port}") == ""
