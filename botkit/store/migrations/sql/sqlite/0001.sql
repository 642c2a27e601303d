-- Inbox, sessions, journal, outbox.
CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    payload BLOB NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE sessions (
    num INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    last_line INTEGER,
    revision INTEGER,
    open INTEGER,
    places TEXT,
    deadline INTEGER,
    state BLOB
);
CREATE INDEX sessions_by_deadline ON sessions (deadline) WHERE open AND deadline IS NOT NULL;
CREATE TABLE places (
    place TEXT NOT NULL,
    session INTEGER NOT NULL,
    PRIMARY KEY (place, session)
) WITHOUT ROWID;
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    previous INTEGER,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    session_id TEXT NOT NULL,
    payload BLOB NOT NULL,
    attempted_at INTEGER
);
CREATE INDEX outbox_by_key ON outbox (key, seq);
