"""How the C library deals out memory to a process that runs for months: a bot, a media process.

Not to one that speaks or hears: what a network takes for each sentence is large, and pages of its own for
all of that cost a recogniser a third more time, and spared it 5 % of its memory.
"""

from __future__ import annotations

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""Their numbers in glibc's `malloc.h`."""
LARGE = 128 * 1024
"""Bytes from which a block has pages of its own, which go back when it is freed: what glibc begins with."""
HEAPS = 2
"""For all threads: each has one of its own otherwise, and what is free in one is no use to others."""
READ = 64 * 1024
"""Bytes that asyncio takes for a read, the longest datagram among them. Its own 256 KiB would be large, and
pages of their own for a few hundred bytes cost 16 us a read; from the heap they leave the largest holes."""


def keep_compact() -> None:
    """To be called before anything else takes memory. Where the C library is not glibc, little is done.

    glibc itself raises `LARGE`, up to 32 MB, to the largest block that was ever freed, and a start frees some
    of megabytes. From then on blocks of all sizes lie among each other, and the holes between those that stay
    become more and more: 14 of 49 MB when a bot was ready, and one more for each hundred calls.
    """
    import ctypes
    from asyncio import selector_events, sslproto

    selector_events._SelectorTransport.max_size = READ  # type: ignore[attr-defined]
    sslproto.SSLProtocol.max_size = READ
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(M_MMAP_THRESHOLD, LARGE)
    mallopt(M_ARENA_MAX, HEAPS)
