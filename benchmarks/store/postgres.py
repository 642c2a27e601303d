"""A PostgreSQL server for the measurement alone: as it comes, so it waits for the disk at each commit."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

URL = "BOTKIT_MEASURE_POSTGRES"
"""Environment variable: the URL of an empty database to measure with instead."""


@contextmanager
def server() -> Iterator[str | None]:
    """Its URL; None where PostgreSQL is not installed. It runs on the first of this process's cores."""
    if given := os.environ.get(URL):
        yield given
        return
    found = shutil.which("initdb") or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None
    )
    if found is None:
        yield None
        return
    programs = Path(found).resolve().parent
    with tempfile.TemporaryDirectory(prefix="botkit-pg-") as folder:
        user = None
        if os.getuid() == 0:  # which PostgreSQL refuses to run as
            user = next(each.pw_name for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody"))
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

        def run(program: str, *arguments: str) -> None:
            subprocess.run(
                ["taskset", "-c", str(min(os.sched_getaffinity(0))), programs / program, *arguments],
                user=user,
                extra_groups=[] if user else None,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                check=True,
                timeout=60,
            )

        data = f"{folder}/data"
        run("initdb", "-U", "botkit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D", data)
        run("pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", f"-k {folder} -h ''", "start")
        try:
            yield f"postgresql://botkit@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
