"""Whether the botkit in this container is well: what the image's health check runs.

`python -m botkit.web.probe` asks `/health/live` at 127.0.0.1:8090, or where `BOTKIT_WEB` (`HOST:PORT`) says.
Where nobody serves it, as with a bot without `web:` or a sandbox alone, it is well as long as it is connected
to somebody (its platform, or its database), or listens. Exit code 0, or 1 with the reason.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

HERE = "127.0.0.1:8090"
WITHIN = 4.0
"""Seconds for an answer."""
ESTABLISHED, LISTENING = "01", "0A"
"""States of a TCP connection, as the kernel writes them."""


def fault(address: str, proc: Path = Path("/proc")) -> str:
    """What is wrong; empty = nothing."""
    try:
        with urllib.request.urlopen(f"http://{address}/health/live", timeout=WITHIN):
            return ""
    except urllib.error.HTTPError as error:
        with error:
            return error.read(1000).decode(errors="replace")
    except TimeoutError:
        return f"it does not answer within {WITHIN:g} s"
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            return f"it does not answer within {WITHIN:g} s"
        return "" if _connected(proc) else "it is connected with nobody, and does not listen"


def _connected(proc: Path) -> bool:
    """By a socket of this container's processes: Docker's name server listens in its network too, and with
    `--network host` all of the host does."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in _lines(proc / "net" / name)]
    busy = {f"socket:[{row[9]}]" for row in rows if row[3] in (ESTABLISHED, LISTENING)}
    return any(_target(each) in busy for process in proc.glob("[0-9]*") for each in _open(process))


def _lines(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:] if table.exists() else []


def _open(process: Path) -> list[Path]:
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []  # it is over, or somebody else's


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""  # closed meanwhile


if __name__ == "__main__":
    if wrong := fault(os.environ.get("BOTKIT_WEB", HERE)):
        sys.exit(wrong)
