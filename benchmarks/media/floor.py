"""The floor: what libopus, libsrtp2 and the kernel need for a call, in C loops of `floor.c`.

It is compiled here, against Debian's libraries.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from botkit.media.codecs import OPUS

from . import said

SOURCE = Path(__file__).with_name("floor.c")
PACKAGES = ("gcc", "libc6-dev", "libopus-dev", "libsrtp2-dev")
SECONDS = 1.0


class Floor:
    """Compiled, with what its calls hear."""

    def __init__(self, folder: Path) -> None:
        """`folder` has the sounds of `said.write`. Raises `FileNotFoundError`, `CalledProcessError`."""
        self._program = folder / "floor"
        talk, room = said.payloads(folder, OPUS)
        self._heard = [_written(folder / "talk.packets", talk), _written(folder / "room.packets", room)]
        command = ["gcc", "-O2", "-o", str(self._program), str(SOURCE), "-lopus", "-lsrtp2"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)

    def cpu(self, calls: int) -> float:
        """Percent of a core per call, with so many."""
        command = [str(self._program), str(calls), str(SECONDS), *self._heard]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, preexec_fn=_last_core)
        return float(done.stdout)


def made(folder: Path) -> Floor | None:
    """The floor; None where it cannot be compiled, which is said together with the remedy."""
    if os.geteuid() == 0 and shutil.which("apt-get") and not _installed():
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
        subprocess.run(install, check=False, stdout=subprocess.DEVNULL, env=environment)
    try:
        return Floor(folder)
    except (FileNotFoundError, subprocess.CalledProcessError):
        print(f"no floor: as root, apt-get install {' '.join(PACKAGES)}", file=sys.stderr)
        return None


def _installed() -> bool:
    return bool(shutil.which("gcc")) and all(
        (Path("/usr/include") / header).exists() for header in ("opus/opus.h", "srtp2/srtp.h")
    )


def _written(path: Path, packets: Sequence[bytes]) -> str:
    path.write_bytes(b"".join(len(packet).to_bytes(2, "little") + packet for packet in packets))
    return str(path)


def _last_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
