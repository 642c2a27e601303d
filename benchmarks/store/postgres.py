"""The PostgreSQL server of the measurement: as it comes, so it waits for the disk at each commit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.postgres_cluster import running_cluster

URL = "BOTKIT_MEASURE_POSTGRES"
"""Environment variable: the URL of an empty database to measure with instead."""


@contextmanager
def server() -> Iterator[str | None]:
    """Its URL; None where PostgreSQL is not installed. It runs on the first of this process's cores."""
    if given := os.environ.get(URL):
        yield given
        return
    with running_cluster(flushes=True, core=min(os.sched_getaffinity(0))) as cluster:
        yield None if cluster is None else cluster.url()
