-- Pools of wallets, priorities and times of payments, and the ways to pause a wallet. Code of schema
-- 4 may still read, but not write: it would pay before a payment's time, and sign while a person
-- paused the signing.

ALTER TABLE lanes ADD COLUMN paused TEXT NOT NULL DEFAULT 'BINDING'
  CHECK (paused IN ('BINDING', 'SIGNING', 'ALL'));

ALTER TABLE lanes ADD COLUMN offer TEXT;

ALTER TABLE transfers ADD COLUMN pool TEXT;

ALTER TABLE transfers ADD COLUMN priority INTEGER NOT NULL DEFAULT 1
  CHECK (priority BETWEEN 0 AND 2);

ALTER TABLE transfers ADD COLUMN max_fee TEXT
  CHECK (max_fee GLOB '[1-9]*' AND max_fee NOT GLOB '*[^0-9]*');

ALTER TABLE transfers ADD COLUMN not_before TEXT;

ALTER TABLE transfers ADD COLUMN deadline TEXT;

ALTER TABLE transfers ADD COLUMN cancel_at_deadline INTEGER NOT NULL DEFAULT 0
  CHECK (cancel_at_deadline IN (0, 1) AND (deadline IS NOT NULL OR cancel_at_deadline = 0));

DROP INDEX transfers_waiting;

CREATE INDEX transfers_waiting ON transfers (chain, sender, priority, id)
  WHERE state IN ('ACCEPTED', 'HELD', 'READY');

CREATE INDEX transfers_due ON transfers (chain, sender, not_before)
  WHERE not_before IS NOT NULL AND state IN ('ACCEPTED', 'HELD', 'READY');

CREATE INDEX transfers_expiring ON transfers (chain, sender, deadline)
  WHERE deadline IS NOT NULL AND state IN ('ACCEPTED', 'HELD', 'READY');

DROP TRIGGER transfers_keep_their_request;

CREATE TRIGGER transfers_keep_their_request BEFORE UPDATE OF
  id, chain, asset, payee, amount, unusual_payee, metadata, pool, priority, max_fee, not_before,
  deadline, cancel_at_deadline, accepted_at ON transfers
BEGIN SELECT RAISE(ABORT, 'what was asked never changes'); END;

CREATE TRIGGER transfers_keep_their_wallet BEFORE UPDATE OF sender ON transfers
WHEN NEW.sender <> OLD.sender AND (OLD.pool IS NULL
  OR OLD.state NOT IN ('ACCEPTED', 'HELD', 'READY')
  OR NEW.state NOT IN ('ACCEPTED', 'HELD', 'READY'))
BEGIN SELECT RAISE(ABORT, 'I1: only an unbound transfer of a pool changes its wallet'); END;

UPDATE journal SET schema_version = 5, min_writer = 5;
