"""When Python looks for cycles."""

from __future__ import annotations

import gc
import weakref

from botkit.cli import collecting
from botkit.cli.collecting import once_ready, while_loading


class Link:
    """Half of a cycle, or all of it."""

    def __init__(self) -> None:
        self.other = self


def test_what_loading_leaves_stays_until_the_bot_is_ready() -> None:
    thresholds = gc.get_threshold()
    try:
        with while_loading():
            assert not gc.isenabled()
            left = weakref.ref(Link())
        assert gc.isenabled()
        gc.collect()
        assert left() is not None, "what was loaded is looked through, also before the bot is ready"
        once_ready()
        assert left() is None
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def test_garbage_that_has_become_old_waits_for_no_share_of_what_was_loaded() -> None:
    thresholds = gc.get_threshold()
    try:
        once_ready()
        old = Link()
        left = weakref.ref(old)
        gc.collect(1)
        del old
        for _ in range(25 * collecting.YOUNG):
            Link()
        assert left() is None
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
