-- The versions of flows that open sessions run on.
CREATE TABLE versions (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
ALTER TABLE sessions ADD COLUMN version TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_by_version ON sessions (version) WHERE open;
