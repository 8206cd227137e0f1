-- Who works on a lane and until when, and which transfers the owner of a lane was not told of yet.
-- Code of schema 1 may still read and write: it leaves leases alone and notices everything itself.

ALTER TABLE lanes ADD COLUMN lease_owner TEXT;

ALTER TABLE lanes ADD COLUMN lease_expires_at TEXT
  CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL));

ALTER TABLE transfers ADD COLUMN noticed INTEGER NOT NULL DEFAULT 1 CHECK (noticed IN (0, 1));

CREATE INDEX transfers_unnoticed ON transfers (chain, sender) WHERE NOT noticed;

UPDATE journal SET schema_version = 2;
