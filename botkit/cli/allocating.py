"""How the C library deals out memory to a process that runs for months."""

from __future__ import annotations

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Their numbers in glibc's `malloc.h`."""
LARGE = 300 * 1024
"""Bytes from which a block has pages of its own, which go back when it is freed. Just above the 256 KiB that
asyncio takes for each read: pages of their own for these would cost some 10 us a read."""
KEPT = 1024 * 1024
"""Bytes at the end of the heap that stay for the next such block."""
HEAPS = 2
"""For all threads: each has one of its own otherwise, and what is free in one is no use to others."""


def keep_compact() -> None:
    """To be called before anything else takes memory. Where the C library is not glibc, nothing is done.

    glibc itself raises `LARGE`, up to 32 MB, to the largest block that was ever freed, and a start frees some
    of megabytes. From then on blocks of all sizes lie among each other, and the holes between those that stay
    become more and more: 14 of 49 MB when a bot was ready, and one more for each hundred calls.
    """
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for setting, value in ((M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, KEPT), (M_ARENA_MAX, HEAPS)):
        mallopt(setting, value)
