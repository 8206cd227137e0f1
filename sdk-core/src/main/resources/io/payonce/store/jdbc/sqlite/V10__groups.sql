-- Groups: one transaction that pays many members, each under a key of its own. Code of schema 9 may
-- still read, but not write: it would sign a group as a payment to its contract, and would give a
-- member's key away.

ALTER TABLE transfers ADD COLUMN payout_data BLOB;

ALTER TABLE transfers ADD COLUMN payout_gas TEXT
  CHECK ((payout_gas IS NULL) = (payout_data IS NULL));

ALTER TABLE transfers ADD COLUMN payout_proof TEXT
  CHECK ((payout_proof IS NULL) = (payout_data IS NULL));

CREATE TRIGGER groups_never_change
BEFORE UPDATE OF payout_data, payout_gas, payout_proof ON transfers
BEGIN SELECT RAISE(ABORT, 'what was asked never changes'); END;

-- The same table, where the key of a member has no transfer: so no payment has it, ever.
CREATE TABLE keys_anew (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  transfer INTEGER UNIQUE REFERENCES transfers (id),
  created_at TEXT NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

INSERT INTO keys_anew (tenant, key, fingerprint, transfer, created_at)
  SELECT tenant, key, fingerprint, transfer, created_at FROM keys;

DROP TABLE keys;

ALTER TABLE keys_anew RENAME TO keys;

CREATE INDEX keys_by_tenant ON keys (tenant, transfer);

CREATE INDEX keys_by_time ON keys (created_at, transfer);

CREATE TRIGGER keys_never_change BEFORE UPDATE ON keys
BEGIN SELECT RAISE(ABORT, 'a key never changes'); END;

CREATE TRIGGER keys_never_go BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'a key is never deleted'); END;

CREATE TRIGGER keys_are_not_replaced BEFORE INSERT ON keys
WHEN EXISTS (SELECT 1 FROM keys WHERE (tenant = NEW.tenant AND key = NEW.key) OR transfer = NEW.transfer)
BEGIN SELECT RAISE(ABORT, 'keys are never replaced'); END;

-- seen, log: what a block proves, until it is replaced; decided once it is final.
CREATE TABLE members (
  transfer INTEGER NOT NULL REFERENCES transfers (id),
  position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 999),
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  payee TEXT NOT NULL,
  amount TEXT NOT NULL CHECK (amount GLOB '[1-9]*' AND amount NOT GLOB '*[^0-9]*'),
  state TEXT NOT NULL CHECK (state IN ('OPEN', 'PAID', 'NOT_PAID')),
  seen TEXT CHECK (seen IN ('PAID', 'NOT_PAID', 'UNKNOWN')),
  log INTEGER CHECK (log IS NULL OR (log >= 0 AND seen IS 'PAID')),
  PRIMARY KEY (transfer, position),
  UNIQUE (transfer, key),
  FOREIGN KEY (tenant, key) REFERENCES keys (tenant, key)
) STRICT, WITHOUT ROWID;

-- I1: a member that is open in two groups, or paid twice, is not representable.
CREATE UNIQUE INDEX members_live ON members (tenant, key) WHERE state IN ('OPEN', 'PAID');

CREATE INDEX members_by_key ON members (tenant, key, transfer);

CREATE UNIQUE INDEX members_one_log_each ON members (transfer, log) WHERE log IS NOT NULL;

CREATE TRIGGER members_fit BEFORE INSERT ON members
BEGIN
  SELECT RAISE(ABORT, 'members are never replaced')
  WHERE EXISTS (SELECT 1 FROM members
    WHERE transfer = NEW.transfer AND (position = NEW.position OR key = NEW.key));
  SELECT RAISE(ABORT, 'a member starts open, in a group that starts')
  WHERE NEW.state <> 'OPEN' OR NEW.seen IS NOT NULL OR NOT EXISTS (SELECT 1 FROM transfers
    WHERE id = NEW.transfer AND state = 'ACCEPTED' AND payout_data IS NOT NULL);
  SELECT RAISE(ABORT, 'I1: a member has no payment of its own')
  WHERE EXISTS (SELECT 1 FROM keys
    WHERE tenant = NEW.tenant AND key = NEW.key AND transfer IS NOT NULL);
END;

CREATE TRIGGER members_keep_who_they_are
BEFORE UPDATE OF transfer, position, tenant, key, payee, amount ON members
BEGIN SELECT RAISE(ABORT, 'what was asked never changes'); END;

CREATE TRIGGER members_end_by_proof BEFORE UPDATE OF state ON members WHEN NEW.state <> OLD.state
BEGIN
  SELECT RAISE(ABORT, 'I4: a member has ended')
  WHERE NEW.state = 'OPEN';
  SELECT RAISE(ABORT, 'I4: a member ends by what is proven in a final block')
  WHERE NOT (NEW.seen IS NEW.state AND EXISTS (SELECT 1 FROM bindings b
      JOIN slots s ON s.lane = b.lane AND s.nonce = b.nonce
      WHERE b.transfer = NEW.transfer AND s.state = 'CONSUMED_FINAL'))
    AND NOT EXISTS (SELECT 1 FROM transfers WHERE id = NEW.transfer
      AND ((NEW.state = 'PAID' AND state = 'PAID_FINAL')
        OR (NEW.state = 'NOT_PAID' AND state IN (
          'REJECTED', 'REVERTED_FINAL', 'CANCELLED_FINAL', 'UNPAID_FINAL'))));
END;

CREATE TRIGGER members_never_go BEFORE DELETE ON members
BEGIN SELECT RAISE(ABORT, 'a member is never deleted'); END;

UPDATE journal SET schema_version = 10, min_writer = 10;
