-- What lists of payments look for: payees, wallets, tenants, times, and the host's metadata. Triggers
-- keep the table, so code of schema 5 may still read and write; the versions stay as they are.

CREATE INDEX transfers_by_payee ON payonce.transfers (payee, id);

CREATE INDEX transfers_by_lane ON payonce.transfers (chain, sender, id);

CREATE INDEX keys_by_tenant ON payonce.keys (tenant, transfer);

CREATE INDEX keys_by_time ON payonce.keys (created_at COLLATE "C", transfer);

CREATE TABLE payonce.metadata_entries (
  transfer bigint NOT NULL REFERENCES payonce.transfers (id),
  name text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL
);

CREATE INDEX metadata_by_transfer ON payonce.metadata_entries (transfer);

-- The beginnings only: a value of 4 KiB is too long for an index.
CREATE INDEX metadata_by_value
  ON payonce.metadata_entries (substr(name, 1, 64), substr(value, 1, 64), transfer);

-- Nobody but this function writes the table, with the rights of the owner: a role that accepts, in a
-- transaction of the host too, needs no right on it. What code of schema 5 took in with the character
-- U+0000, which no text of PostgreSQL can hold, is not looked for.
CREATE FUNCTION payonce.transfers_have_metadata() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO payonce.metadata_entries (transfer, name, value)
    SELECT NEW.id, e.key, e.value FROM json_each_text(NEW.metadata::json) e;
  RETURN NULL;
END $$;

CREATE TRIGGER have_metadata AFTER INSERT ON payonce.transfers FOR EACH ROW
  WHEN (NEW.metadata <> '{}' AND NEW.metadata !~ '(^|[^\\])(\\\\)*\\u0000')
  EXECUTE FUNCTION payonce.transfers_have_metadata();

INSERT INTO payonce.metadata_entries (transfer, name, value)
  SELECT t.id, e.key, e.value
    FROM (SELECT id, metadata FROM payonce.transfers
      WHERE metadata <> '{}' AND metadata !~ '(^|[^\\])(\\\\)*\\u0000' OFFSET 0) t,
    LATERAL json_each_text(t.metadata::json) e;

UPDATE payonce.journal SET schema_version = 6;
