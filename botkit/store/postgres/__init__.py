"""The store on PostgreSQL. Needs the extra `postgres`; import it only where its URL was chosen."""

from __future__ import annotations

from .outside import PostgresOutside
from .store import PostgresStore

__all__ = ["PostgresOutside", "PostgresStore"]
