"""`botkit run --media-workers 1`, as real processes: somebody calls, presses a key and is recorded."""

from __future__ import annotations

import os
import signal
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from botkit.model.calls import CallCause
from tests.cli.commands import command
from tests.e2e.test_draining_bot import Town

pytestmark = pytest.mark.alone

PHONE = """\
flow: phone
start: [call_incoming]
steps:
  - record_call: on
    stereo: true
  - choose: Tea or coffee?
    options: {tea: {key: 1}, coffee: {key: 2}}
    into: wish
  - record_call: off
  - end: Here you are.
"""

WORDS = 40
"""Packets of the prompt, 20 ms each, that the caller listens to before the key."""


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    it = Town(tmp_path)
    (tmp_path / "phone.yaml").write_text(PHONE)
    await it.start()
    yield it
    await it.close()


def media_processes(bot: int) -> list[int]:
    """Children of the bot that carry sound."""
    children = Path(f"/proc/{bot}/task/{bot}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"botkit.media.workers.worker" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


async def test_a_call_through_a_media_process(town: Town) -> None:
    async with command("run", "--media-workers", "1", cwd=town.folder, HUSH="hush") as bot:
        await bot.until("ready")
        phone = await town.calls("ada")
        (process,) = media_processes(bot.process.pid)
        await phone.caller.until(lambda: sum(packet.prompt for packet in phone.caller.packets) > WORDS)
        await phone.caller.press("2")
        heard = len(phone.caller.packets)
        await phone.caller.until_prompt(start=heard)
        assert await phone.over() is CallCause.HANGUP
        assert "botkit_rtp_packets_total" in (await town.asks("/metrics"))[1]
        outcome = await bot.end(signal.SIGTERM)
        await phone.hang_up()
    assert outcome.code == 0, outcome.err
    assert "Traceback" not in outcome.err
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    (file,) = (town.folder / "state" / "recordings").glob("*.wav")
    with wave.open(str(file), "rb") as reader:
        sound = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    assert np.abs(sound[:, 1]).max() > 3000, "the bot asked"
