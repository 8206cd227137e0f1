-- What lists of payments look for: payees, wallets, tenants, times, and the host's metadata. Triggers
-- keep the table, so code of schema 5 may still read and write; the versions stay as they are.

CREATE INDEX transfers_by_payee ON transfers (payee, id);

CREATE INDEX transfers_by_lane ON transfers (chain, sender, id);

CREATE INDEX keys_by_tenant ON keys (tenant, transfer);

CREATE INDEX keys_by_time ON keys (created_at, transfer);

CREATE TABLE metadata_entries (
  transfer INTEGER NOT NULL REFERENCES transfers (id),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (transfer, name)
) STRICT, WITHOUT ROWID;

-- The beginnings only: a value of 4 KiB is too long for an index of PostgreSQL.
CREATE INDEX metadata_by_value
  ON metadata_entries (substr(name, 1, 64), substr(value, 1, 64), transfer);

INSERT INTO metadata_entries (transfer, name, value)
  SELECT t.id, e.key, e.value FROM transfers t, json_each(t.metadata) e WHERE t.metadata <> '{}';

CREATE TRIGGER transfers_have_metadata AFTER INSERT ON transfers WHEN NEW.metadata <> '{}'
BEGIN
  INSERT INTO metadata_entries (transfer, name, value)
    SELECT NEW.id, e.key, e.value FROM json_each(NEW.metadata) e;
END;

UPDATE journal SET schema_version = 6;
