"""The vendor's SDK, unmodified, on the Node it was made for; a Python handle on one of its clients."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PACKAGE = "circuit-sdk@1.2.8401"
NODE = "20"
"""Newer ones define `navigator`, by which the SDK believes that it runs in a browser."""

BRIDGE = Path(__file__).with_name("bridge.cjs")
EVENTS = (
    "itemAdded",
    "itemUpdated",
    "conversationCreated",
    "connectionStateChanged",
    "formSubmission",
    "mention",
)
PATIENCE = 60.0
"""Seconds for anything that the SDK is waited for."""


class SdkError(Exception):
    """What the SDK rejected a promise with."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def npm_install(folder: Path, package: str) -> None:
    """Install one package into `folder`. Fails with what to install when there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is missing. On Debian: apt-get install -y --no-install-recommends nodejs npm")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    command = [npm, "install", "--no-audit", "--no-fund", "--no-save", package]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"npm could not install {package}: {done.stderr}")


def node_20(folder: Path) -> Path:
    """This machine's Node when it is the right one, else the one that npm carries, put into `folder`."""
    installed = shutil.which("node")
    if installed is not None and _version(installed).startswith(f"v{NODE}."):
        return Path(installed)
    npm_install(folder, f"node@{NODE}")
    return folder / "node_modules/node/bin/node"


def _version(node: str) -> str:
    return subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout


class SdkClient:
    """One `Circuit.Client`. Everything it hears is kept in `heard`, oldest first."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()
        self.heard: list[tuple[str, Any]] = []
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, node: Path, folder: Path, options: Mapping[str, str], trust: Path) -> SdkClient:
        """A client that has not logged on. `options` are the SDK's own; `folder` holds `node_modules`."""
        process = await asyncio.create_subprocess_exec(
            node,
            BRIDGE,
            json.dumps(dict(options)),
            json.dumps(EVENTS),
            cwd=folder,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(trust)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 24,
        )
        return cls(process)

    async def call(self, method: str, *arguments: object) -> Any:
        """Call a method of the client; what its promise resolves to. Raises `SdkError`."""
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        line = json.dumps({"id": number, "method": method, "args": arguments})
        self._process.stdin.write(line.encode() + b"\n")
        return await asyncio.wait_for(answer, PATIENCE)

    async def wait_for(self, event: str, wanted: Callable[[Any], object]) -> Any:
        """The first event of this name that is wanted, among those heard and those to come."""
        async with asyncio.timeout(PATIENCE), self._changed:
            while True:
                for name, data in self.heard:
                    if name == event and wanted(data):
                        return data
                await self._changed.wait()

    async def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            message = json.loads(line)
            if "event" in message:
                async with self._changed:
                    self.heard.append((message["event"], message["data"]))
                    self._changed.notify_all()
                continue
            answer = self._answers.pop(message["id"])
            if answer.done():
                continue
            if "error" in message:
                answer.set_exception(SdkError(**message["error"]))
            else:
                answer.set_result(message["result"])
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(SdkError("GONE", "the SDK's process ended"))
