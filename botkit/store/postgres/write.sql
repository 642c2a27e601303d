-- All that the requests of one batch write, in one round trip. Temporary, so it belongs to the connection that
-- holds the bot's lock, and to the botkit that made it. Its arrays are the columns of the rows to write, null where
-- there are none: null has no cardinality that is greater than 0. No two requests of a batch touch the same
-- session, inbox row or effect; the first that cannot be done undoes all.
CREATE FUNCTION pg_temp.botkit_write(
    done text[],
    e_id text[], e_digest bytea[], e_day integer[],
    s_id text[], s_revision bigint[], s_open boolean[], s_places text[], s_deadline bigint[], s_state bytea[],
    s_version text[],
    p_session text[], p_place text[],
    j_session text[], j_at bigint[], j_kind text[], j_data bytea[],
    confirmed text[],
    r_id text[], r_until bigint[],
    o_id text[], o_key text[], o_session text[], o_payload bytea[], o_attempted bigint[], o_tries integer[],
    o_not_before bigint[], o_ahead bigint[], o_leads boolean[],
    d_id text[], d_kind text[], d_key text[], d_session text[], d_payload bytea[], d_at bigint[],
    d_tries integer[], d_cause text[],
    n_name text[], n_data bytea[],
    i_digest bytea[], i_day integer[], i_id text[], i_key text[], i_payload bytea[], i_at bigint[],
    a_id text[], a_at bigint[],
    b_id text[],
    OUT received text[],
    OUT attempted text[],
    -- Effects that are the heads of their keys now: of those that came their ids and numbers, of those that moved up
    -- all columns.
    OUT came_id text[], OUT came_seq bigint[],
    OUT h_seq bigint[], OUT h_id text[], OUT h_key text[], OUT h_session text[], OUT h_payload bytea[],
    OUT h_attempted bigint[], OUT h_tries integer[], OUT h_not_before bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
    written bigint;
    freed text[];
    new bytea[];
    stale record;
BEGIN
    IF cardinality(done) > 0 THEN
        DELETE FROM inbox WHERE id = ANY (done);
        GET DIAGNOSTICS number = ROW_COUNT;
        IF number < cardinality(done) THEN
            RAISE EXCEPTION SQLSTATE 'BK001' USING MESSAGE = done[1];
        END IF;
    END IF;

    IF cardinality(e_id) > 0 THEN
        -- Events that never waited.
        INSERT INTO seen (digest, day) SELECT * FROM unnest(e_digest, e_day) ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS number = ROW_COUNT;
        IF number < cardinality(e_id) THEN
            RAISE EXCEPTION SQLSTATE 'BK001' USING MESSAGE = e_id[1];
        END IF;
    END IF;

    IF cardinality(s_id) > 0 THEN
        -- Of a session that is stored nothing is written but what comes next.
        UPDATE sessions s SET revision = v.revision, open = v.open, places = v.places, deadline = v.deadline,
                state = v.state, version = v.version
            FROM unnest(s_id, s_revision, s_open, s_places, s_deadline, s_state, s_version)
                AS v (id, revision, open, places, deadline, state, version)
            WHERE s.id = v.id AND s.revision = v.revision - 1 AND v.revision > 1;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written < cardinality(s_id) THEN
            INSERT INTO sessions AS s (id, revision, open, places, deadline, state, version)
                SELECT * FROM unnest(s_id, s_revision, s_open, s_places, s_deadline, s_state, s_version)
                    AS v (id, revision, open, places, deadline, state, version)
                WHERE v.revision <= 1
                ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, open = excluded.open,
                    places = excluded.places, deadline = excluded.deadline, state = excluded.state,
                    version = excluded.version
                    WHERE s.revision = excluded.revision - 1;
            GET DIAGNOSTICS number = ROW_COUNT;
            IF written + number < cardinality(s_id) THEN
                -- Of one session that is it, and of several each is written by itself now.
                SELECT v.id, coalesce(s.revision, 0) AS stored INTO stale
                    FROM unnest(s_id) AS v (id) LEFT JOIN sessions s ON s.id = v.id LIMIT 1;
                RAISE EXCEPTION SQLSTATE 'BK002' USING MESSAGE = stale.id, DETAIL = stale.stored::text;
            END IF;
        END IF;
        DELETE FROM places p USING sessions s
            WHERE s.id = ANY (s_id) AND p.session = s.num
                AND (s.id, p.place) NOT IN (SELECT * FROM unnest(p_session, p_place));
        IF cardinality(p_session) > 0 THEN
            INSERT INTO places (session, place)
                SELECT s.num, v.place FROM unnest(p_session, p_place) AS v (session, place)
                JOIN sessions s ON s.id = v.session
                ON CONFLICT DO NOTHING;
        END IF;
    END IF;

    IF cardinality(j_session) > 0 THEN
        INSERT INTO journal (session_id, at, kind, data)
            SELECT session_id, at, kind, data
            FROM unnest(j_session, j_at, j_kind, j_data) WITH ORDINALITY AS v (session_id, at, kind, data, n)
            ORDER BY n;
    END IF;

    IF cardinality(confirmed) > 0 THEN
        WITH gone AS (DELETE FROM outbox WHERE id = ANY (confirmed) RETURNING key)
            SELECT array_agg(key) INTO freed FROM gone;
        IF EXISTS (SELECT FROM outbox WHERE key = ANY (freed)) THEN
            WITH next AS (
                UPDATE outbox SET head = true WHERE NOT head AND seq IN (
                    SELECT (SELECT min(o.seq) FROM outbox o WHERE o.key = v.key) FROM unnest(freed) AS v (key))
                    RETURNING seq, id, key, session_id, payload, attempted_at, tries, not_before)
                SELECT array_agg(seq), array_agg(id), array_agg(key), array_agg(session_id), array_agg(payload),
                    array_agg(attempted_at), array_agg(tries), array_agg(not_before)
                INTO h_seq, h_id, h_key, h_session, h_payload, h_attempted, h_tries, h_not_before FROM next;
        END IF;
    END IF;
    IF cardinality(r_id) > 0 THEN
        UPDATE outbox o SET not_before = v.until, attempted_at = NULL
            FROM unnest(r_id, r_until) AS v (id, until) WHERE o.id = v.id;
    END IF;
    IF cardinality(o_id) > 0 THEN
        WITH came AS (
            SELECT v.*, leads AND NOT EXISTS (SELECT FROM outbox o WHERE o.key = v.key) AS first
            FROM unnest(o_id, o_key, o_session, o_payload, o_attempted, o_tries, o_not_before, o_ahead, o_leads)
                WITH ORDINALITY
                AS v (id, key, session_id, payload, attempted_at, tries, not_before, ahead, leads, n)
            OFFSET 0),
        new AS (
            INSERT INTO outbox (id, key, session_id, payload, attempted_at, tries, not_before, head)
                SELECT id, key, session_id, payload,
                    CASE WHEN first AND ahead IS NOT NULL THEN ahead ELSE attempted_at END,
                    CASE WHEN first AND ahead IS NOT NULL THEN tries + 1 ELSE tries END, not_before, first
                FROM came ORDER BY n RETURNING id, seq, head)
            SELECT array_agg(id), array_agg(seq) INTO came_id, came_seq FROM new WHERE head;
    END IF;
    IF cardinality(a_id) > 0 THEN
        WITH begun AS (
            UPDATE outbox o SET attempted_at = v.at, tries = o.tries + 1
                FROM unnest(a_id, a_at) AS v (id, at) WHERE o.id = v.id RETURNING o.id)
            SELECT array_agg(id) INTO attempted FROM begun;
    END IF;

    IF cardinality(d_id) > 0 THEN
        DELETE FROM dead WHERE id = ANY (d_id);
        INSERT INTO dead (id, kind, key, session_id, payload, at, tries, cause)
            SELECT id, kind, key, session_id, payload, at, tries, cause
            FROM unnest(d_id, d_kind, d_key, d_session, d_payload, d_at, d_tries, d_cause)
                WITH ORDINALITY AS v (id, kind, key, session_id, payload, at, tries, cause, n)
            ORDER BY n;
    END IF;
    IF cardinality(n_name) > 0 THEN
        DELETE FROM notes WHERE name IN (
            SELECT v.name FROM unnest(n_name, n_data) AS v (name, data) WHERE v.data IS NULL);
        INSERT INTO notes (name, data)
            SELECT v.name, v.data FROM unnest(n_name, n_data) AS v (name, data) WHERE v.data IS NOT NULL
            ON CONFLICT (name) DO UPDATE SET data = excluded.data;
    END IF;

    IF cardinality(b_id) > 0 THEN
        UPDATE inbox SET begun = begun + 1 WHERE id = ANY (b_id);
    END IF;
    IF cardinality(i_id) > 0 THEN
        WITH fresh AS (
            INSERT INTO seen (digest, day) SELECT * FROM unnest(i_digest, i_day)
                ON CONFLICT DO NOTHING RETURNING digest)
            SELECT array_agg(digest) INTO new FROM fresh;
        WITH waiting AS (
            INSERT INTO inbox (id, key, payload, at)
                SELECT v.id, v.key, v.payload, v.at
                FROM unnest(i_digest, i_id, i_key, i_payload, i_at)
                    WITH ORDINALITY AS v (digest, id, key, payload, at, n)
                WHERE cardinality(new) = cardinality(i_id) OR v.digest = ANY (new) ORDER BY n RETURNING id)
            SELECT array_agg(id) INTO received FROM waiting;
    END IF;
END $$
