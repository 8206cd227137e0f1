-- Payments that the chain has and the journal never asked for, what people said about them, and
-- nonces that were taken without a transaction of the wallet. Code of schema 3 may still read, but
-- not write: it would pay what an orphan may have paid.

ALTER TABLE slots ADD COLUMN foreign_by TEXT
  CHECK (foreign_by IS NULL OR (consumed_by IS 'FOREIGN' AND foreign_by IN ('AUTH_7702', 'CODE_7702')));

CREATE TABLE orphans (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  nonce INTEGER NOT NULL,
  hash TEXT NOT NULL,
  chain INTEGER NOT NULL,
  asset TEXT NOT NULL,
  payee TEXT NOT NULL,
  amount TEXT NOT NULL CHECK (amount GLOB '[1-9]*' AND amount NOT GLOB '*[^0-9]*'),
  UNIQUE (lane, nonce, hash),
  FOREIGN KEY (lane, nonce) REFERENCES slots (lane, nonce)
) STRICT;

CREATE INDEX orphans_by_content ON orphans (chain, payee, asset, amount);

CREATE TABLE orphan_rulings (
  orphan INTEGER NOT NULL REFERENCES orphans (id),
  transfer INTEGER NOT NULL REFERENCES transfers (id),
  ruling TEXT NOT NULL CHECK (ruling IN ('CLAIMED', 'DISMISSED')),
  PRIMARY KEY (orphan, transfer)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX orphans_pay_once ON orphan_rulings (orphan) WHERE ruling = 'CLAIMED';

CREATE TRIGGER orphans_never_change BEFORE UPDATE ON orphans
BEGIN SELECT RAISE(ABORT, 'an orphan never changes'); END;

CREATE TRIGGER orphans_never_go BEFORE DELETE ON orphans
BEGIN SELECT RAISE(ABORT, 'an orphan is never deleted'); END;

CREATE TRIGGER orphans_are_not_replaced BEFORE INSERT ON orphans
WHEN EXISTS (SELECT 1 FROM orphans WHERE id = NEW.id
  OR (lane = NEW.lane AND nonce = NEW.nonce AND hash = NEW.hash))
BEGIN SELECT RAISE(ABORT, 'orphans are never replaced'); END;

CREATE TRIGGER orphan_rulings_never_change BEFORE UPDATE ON orphan_rulings
BEGIN SELECT RAISE(ABORT, 'a ruling never changes'); END;

CREATE TRIGGER orphan_rulings_never_go BEFORE DELETE ON orphan_rulings
BEGIN SELECT RAISE(ABORT, 'a ruling is never deleted'); END;

CREATE TRIGGER orphan_rulings_are_not_replaced BEFORE INSERT ON orphan_rulings
WHEN EXISTS (SELECT 1 FROM orphan_rulings WHERE orphan = NEW.orphan
  AND (transfer = NEW.transfer OR (ruling = 'CLAIMED' AND NEW.ruling = 'CLAIMED')))
BEGIN SELECT RAISE(ABORT, 'rulings are never replaced'); END;

-- I12: what the chain may have paid already is not paid again.
CREATE TRIGGER bindings_are_no_duplicates BEFORE INSERT ON bindings
BEGIN
  SELECT RAISE(ABORT, 'I12: an orphan may have paid it')
  WHERE EXISTS (
    SELECT 1 FROM transfers t JOIN orphans o
      ON o.chain = t.chain AND o.payee = t.payee AND o.asset = t.asset AND o.amount = t.amount
    WHERE t.id = NEW.transfer AND NOT EXISTS (
      SELECT 1 FROM orphan_rulings r
      WHERE r.orphan = o.id AND (r.ruling = 'CLAIMED' OR r.transfer = t.id)));
END;

DROP TRIGGER bindings_fit;

CREATE TRIGGER bindings_fit BEFORE INSERT ON bindings
BEGIN
  SELECT RAISE(ABORT, 'I1: only an unbound transfer is bound, in its own lane')
  WHERE NOT EXISTS (
    SELECT 1 FROM transfers t JOIN lanes l ON l.chain = t.chain AND l.address = t.sender
    WHERE t.id = NEW.transfer AND l.id = NEW.lane AND t.state IN ('ACCEPTED', 'HELD', 'READY'));
  SELECT RAISE(ABORT, 'I3: the slot has another purpose')
  WHERE EXISTS (SELECT 1 FROM attempts WHERE lane = NEW.lane AND nonce = NEW.nonce)
    OR ((SELECT state FROM slots WHERE lane = NEW.lane AND nonce = NEW.nonce)
      IN ('RESERVED', 'CONSUMED', 'CONSUMED_FINAL')
      AND NOT EXISTS (
        SELECT 1 FROM orphans o JOIN orphan_rulings r ON r.orphan = o.id
          JOIN slots s ON s.lane = o.lane AND s.nonce = o.nonce
        WHERE o.lane = NEW.lane AND o.nonce = NEW.nonce AND r.transfer = NEW.transfer
          AND r.ruling = 'CLAIMED' AND s.state = 'CONSUMED_FINAL' AND s.consumed_hash = o.hash));
END;

UPDATE journal SET schema_version = 4, min_writer = 4;
