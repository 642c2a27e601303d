-- All tables, as SQLite has them at this version.
-- Churning tables are vacuumed by their number of dead rows, not by a share of a size that says nothing.
CREATE TABLE inbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    key text COLLATE "C" NOT NULL,
    payload bytea NOT NULL,
    at bigint NOT NULL,
    begun integer NOT NULL DEFAULT 0
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE seen (
    digest bytea PRIMARY KEY,
    day integer NOT NULL
);

CREATE TABLE sessions (
    num bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    revision bigint NOT NULL,
    open boolean NOT NULL,
    places text NOT NULL,
    deadline bigint,
    state bytea NOT NULL,
    version text COLLATE "C" NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX sessions_by_deadline ON sessions (deadline) WHERE open AND deadline IS NOT NULL;
CREATE INDEX sessions_by_version ON sessions (version) WHERE open;

CREATE TABLE places (
    session bigint NOT NULL,
    place text COLLATE "C" NOT NULL,
    PRIMARY KEY (session, place)
);
CREATE INDEX places_by_place ON places (place, session);

CREATE TABLE journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    kind text NOT NULL,
    data bytea NOT NULL
);
CREATE INDEX journal_by_session ON journal (session_id, seq);

CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    key text COLLATE "C" NOT NULL,
    session_id text NOT NULL,
    payload bytea NOT NULL,
    attempted_at bigint,
    tries integer NOT NULL,
    not_before bigint,
    head boolean NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX outbox_by_key ON outbox (key, seq);
CREATE INDEX outbox_heads ON outbox (seq) WHERE head;
CREATE INDEX outbox_resting ON outbox (not_before) WHERE head AND not_before IS NOT NULL;

CREATE TABLE dead (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    kind text NOT NULL,
    key text COLLATE "C" NOT NULL,
    session_id text NOT NULL,
    payload bytea NOT NULL,
    at bigint NOT NULL,
    tries integer NOT NULL,
    cause text NOT NULL
);

CREATE TABLE notes (
    name text COLLATE "C" PRIMARY KEY,
    data bytea NOT NULL
);

CREATE TABLE versions (
    id text COLLATE "C" PRIMARY KEY,
    data bytea NOT NULL
);
