-- Tries, rest, dead letters, notes.
ALTER TABLE inbox ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN not_before INTEGER;
CREATE INDEX outbox_resting ON outbox (not_before) WHERE head AND not_before IS NOT NULL;
CREATE TABLE dead (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    session_id TEXT NOT NULL,
    payload BLOB NOT NULL,
    at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    cause TEXT NOT NULL
);
CREATE TABLE notes (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
