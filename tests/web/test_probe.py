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
    Health(dead=lambda: dead, hindrances=never).add_to(server)
    await server.start()
    address = f"127.0.0.1:{server.port}"
    assert await asyncio.to_thread(fault, address) == ""
    dead.append("inbox")
    assert await asyncio.to_thread(fault, address) == '{"live": false, "dead": ["inbox"]}'
    await server.stop()


def test_without_a_web_server_it_is_well_while_it_is_connected_or_listens(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    for state, well in (("01", True), ("0A", True), ("06", False)):
        (tmp_path / "tcp").write_text(f"{HEAD}   0: 0100007F:1F9A 00000000:0000 {state} 00000000\n")
        assert (fault(address, tmp_path) == "") is well
    (tmp_path / "tcp").unlink()
    assert "connected with nobody" in fault(address, tmp_path)
