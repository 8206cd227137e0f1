-- The outbox: what sinks have not taken yet. Triggers fill it in the commit of the transition, so
-- code of schema 7 may still read and write; the lowest versions stay as they are.

CREATE TABLE sinks (
  name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
  lease_owner TEXT,
  lease_expires_at TEXT,
  CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL))
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: a number that was taken is never given again.
CREATE TABLE outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  sink TEXT NOT NULL REFERENCES sinks (name) ON DELETE CASCADE,
  transfer INTEGER NOT NULL REFERENCES transfers (id),
  at TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE INDEX outbox_by_sink ON outbox (sink, number);

CREATE INDEX outbox_by_transfer ON outbox (sink, transfer, number);

CREATE TRIGGER acceptance_reaches_the_outbox AFTER INSERT ON transfers
BEGIN
  INSERT INTO outbox (sink, id, transfer, at, state, code, reason)
    SELECT name, lower(hex(randomblob(16))), NEW.id, NEW.updated_at, NEW.state, NEW.code, NEW.reason
    FROM sinks;
END;

CREATE TRIGGER transition_reaches_the_outbox AFTER UPDATE ON transfers
  WHEN NEW.state <> OLD.state OR NEW.code <> OLD.code
BEGIN
  INSERT INTO outbox (sink, id, transfer, at, state, code, reason)
    SELECT name, lower(hex(randomblob(16))), NEW.id, NEW.updated_at, NEW.state, NEW.code, NEW.reason
    FROM sinks;
END;

UPDATE journal SET schema_version = 8;
