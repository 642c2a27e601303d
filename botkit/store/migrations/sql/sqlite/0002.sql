-- The oldest effect of each key is marked.
ALTER TABLE outbox ADD COLUMN head INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET head = 1 WHERE seq IN (SELECT min(seq) FROM outbox GROUP BY key);
CREATE INDEX outbox_heads ON outbox (seq) WHERE head;
