"""Where libespeak-ng is, told without loading it."""

from __future__ import annotations

from ctypes.util import find_library
from importlib import util
from pathlib import Path

SONAME = "libespeak-ng.so.1"
LOADER_INDEX = Path("/etc/ld.so.cache")
"""glibc's list of the system's libraries."""


def has_loader() -> bool:
    """Whether the package `espeakng-loader`, which brings library and data, is there."""
    return util.find_spec("espeakng_loader") is not None


def system_library() -> str | None:
    """The name to load the system's own by; None when it has none.

    `find_library` calls a program or three for its answer, which takes 30 ms and more of every start, so it
    is asked only where there is no list to read.
    """
    try:
        index = LOADER_INDEX.read_bytes()
    except OSError:
        return find_library("espeak-ng")
    return SONAME if SONAME.encode() + b"\0" in index else None
