-- When an id came, so that those of long ago can be forgotten.
ALTER TABLE seen ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
UPDATE seen SET day = CAST(strftime('%s', 'now') AS INTEGER) / 86400;
