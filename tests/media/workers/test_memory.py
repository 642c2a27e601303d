"""When a media process looks for garbage."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from botkit.media.workers import memory as worker_memory
from botkit.media.workers.memory import Memory


class Circle:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def memory() -> Iterator[Memory]:
    memory = Memory()
    memory.settle()
    yield memory
    gc.unfreeze()
    gc.enable()


def circle() -> weakref.ref[Circle]:
    return weakref.ref(Circle())


def test_python_collects_nothing_by_itself(memory: Memory) -> None:
    left = circle()
    kept = [[] for _ in range(100_000)]  # type: ignore[var-annotated]
    assert left() is not None
    assert kept


def test_what_is_new_is_looked_through_in_small_steps(memory: Memory) -> None:
    left = circle()
    memory.look()
    assert left() is not None, "little is new"
    kept = [[] for _ in range(worker_memory.STEP)]  # type: ignore[var-annotated]
    memory.look()
    assert left() is None
    assert gc.get_count()[0] < 100, "what lives is not looked at again"
    assert kept


def test_when_nobody_talks_all_is_looked_through(memory: Memory) -> None:
    left = Circle()
    gc.freeze()
    gone = weakref.ref(left)
    del left
    memory.leg_closed(1)
    gc.collect()
    assert gone() is not None
    memory.leg_closed(0)
    assert gone() is None


def test_much_garbage_is_collected_though_somebody_talks(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker_memory, "MOST_FROZEN", 5_000)
    lost = [Circle() for _ in range(10_000)]
    gc.freeze()
    lost.clear()
    gone = circle()
    for _ in range(worker_memory.LOOK_EVERY):
        memory.leg_closed(1)
    assert gone() is None
    assert "much garbage" in caplog.text
