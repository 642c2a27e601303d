"""Whether the botkit in this container is well: what the image's health check runs.

`python -m botkit.web.probe` asks `/health/live` at 127.0.0.1:8090, or where `BOTKIT_WEB` (`HOST:PORT`) says.
Where nobody serves it, as with a bot without `web:` or a sandbox alone, it is well as long as it is connected
to its platform, or listens. Exit code 0, or 1 with the reason.
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


def fault(address: str, tables: Path = Path("/proc/net")) -> str:
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
        return "" if _connected(tables) else "it is connected with nobody, and does not listen"


def _connected(tables: Path) -> bool:
    """In this container's own network."""
    lines = [line for name in ("tcp", "tcp6") for line in _lines(tables / name)]
    return any(line.split()[3] in (ESTABLISHED, LISTENING) for line in lines)


def _lines(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:] if table.exists() else []


if __name__ == "__main__":
    if wrong := fault(os.environ.get("BOTKIT_WEB", HERE)):
        sys.exit(wrong)
