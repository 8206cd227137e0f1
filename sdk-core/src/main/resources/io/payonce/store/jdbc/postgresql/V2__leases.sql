-- Who works on a lane and until when; which transfers the owner of a lane was not told of yet, and
-- which were accepted in a transaction of the host and have no event yet. Code of schema 1 would not
-- write those events, so it may only read.

ALTER TABLE payonce.lanes
  ADD COLUMN lease_owner text,
  ADD COLUMN lease_expires_at text,
  ADD CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL));

ALTER TABLE payonce.transfers
  ADD COLUMN noticed boolean NOT NULL DEFAULT TRUE,
  ADD COLUMN event_due boolean NOT NULL DEFAULT FALSE;

CREATE INDEX transfers_unnoticed ON payonce.transfers (chain, sender, id) WHERE NOT noticed;

UPDATE payonce.journal SET schema_version = 2, min_writer = 2;
