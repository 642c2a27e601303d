"""The upgrade of a PostgreSQL schema."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from botkit.ports.store import Durability, StoreError
from botkit.store import migrations
from botkit.store.postgres.connection import Connection, connect
from botkit.store.postgres.owner import Owner, create, version_of


async def upgrade(url: str) -> int:
    """To the current version; returns the one it had. Raises `StoreError`, also while a bot has the database;
    then the steps before the one that failed are kept."""
    owner = Owner(url, Durability.PROCESS)
    db = await connect(url, "botkit db upgrade", {}, None)
    try:
        await owner.own(db)
        found = await version_of(db, owner.where)
        if found == 0:
            await create(db)
        else:
            await _run(db, owner.where)
    finally:
        db.terminate()
    return found


async def _run(db: Connection, where: str) -> None:
    async def ours() -> Connection:
        return db

    # Its connection is the one that has the lock.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=ours, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrations.run)
    except SQLAlchemyError as error:
        raise StoreError(
            f"the database could not be upgraded: {getattr(error, 'orig', None) or error}.",
            where=where,
            remedy="It is as it was before the step that failed. Mend the cause, or restore the back-up.",
        ) from error
    finally:
        await engine.dispose()
