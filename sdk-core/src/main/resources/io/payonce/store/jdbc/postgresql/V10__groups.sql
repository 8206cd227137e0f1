-- Groups: one transaction that pays many members, each under a key of its own. Code of schema 9 may
-- still read, but not write: it would sign a group as a payment to its contract, and would give a
-- member's key away.

ALTER TABLE payonce.transfers
  ADD COLUMN payout_data bytea,
  ADD COLUMN payout_gas text,
  ADD COLUMN payout_proof text,
  ADD CHECK ((payout_gas IS NULL) = (payout_data IS NULL)
    AND (payout_proof IS NULL) = (payout_data IS NULL));

CREATE TRIGGER groups_never_change
  BEFORE UPDATE OF payout_data, payout_gas, payout_proof ON payonce.transfers
  FOR EACH ROW EXECUTE FUNCTION payonce.refuse('what was asked never changes');

-- The key of a member has no transfer: so no payment has it, ever.
ALTER TABLE payonce.keys ALTER COLUMN transfer DROP NOT NULL;

-- seen, log: what a block proves, until it is replaced; decided once it is final.
CREATE TABLE payonce.members (
  transfer bigint NOT NULL REFERENCES payonce.transfers (id),
  position integer NOT NULL CHECK (position BETWEEN 0 AND 999),
  tenant text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  payee text NOT NULL,
  amount text NOT NULL CHECK (amount ~ '^[1-9][0-9]*$'),
  state text NOT NULL CHECK (state IN ('OPEN', 'PAID', 'NOT_PAID')),
  seen text CHECK (seen IN ('PAID', 'NOT_PAID', 'UNKNOWN')),
  log bigint CHECK (log IS NULL OR (log >= 0 AND seen IS NOT DISTINCT FROM 'PAID')),
  PRIMARY KEY (transfer, position),
  UNIQUE (transfer, key),
  FOREIGN KEY (tenant, key) REFERENCES payonce.keys (tenant, key)
);

-- I1: a member that is open in two groups, or paid twice, is not representable.
CREATE UNIQUE INDEX members_live ON payonce.members (tenant, key) WHERE state IN ('OPEN', 'PAID');

CREATE INDEX members_by_key ON payonce.members (tenant, key, transfer);

CREATE UNIQUE INDEX members_one_log_each ON payonce.members (transfer, log) WHERE log IS NOT NULL;

CREATE FUNCTION payonce.members_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM payonce.demand(
    NEW.state = 'OPEN' AND NEW.seen IS NULL AND EXISTS (SELECT 1 FROM payonce.transfers
      WHERE id = NEW.transfer AND state = 'ACCEPTED' AND payout_data IS NOT NULL),
    'a member starts open, in a group that starts');
  PERFORM payonce.demand(
    NOT EXISTS (SELECT 1 FROM payonce.keys
      WHERE tenant = NEW.tenant AND key = NEW.key AND transfer IS NOT NULL),
    'I1: a member has no payment of its own');
  RETURN NEW;
END $$;

CREATE FUNCTION payonce.members_end_by_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM payonce.demand(NEW.state <> 'OPEN', 'I4: a member has ended');
  PERFORM payonce.demand(
    (NEW.seen IS NOT DISTINCT FROM NEW.state AND EXISTS (SELECT 1 FROM payonce.bindings b
        JOIN payonce.slots s ON s.lane = b.lane AND s.nonce = b.nonce
        WHERE b.transfer = NEW.transfer AND s.state = 'CONSUMED_FINAL'))
      OR EXISTS (SELECT 1 FROM payonce.transfers WHERE id = NEW.transfer
        AND ((NEW.state = 'PAID' AND state = 'PAID_FINAL')
          OR (NEW.state = 'NOT_PAID' AND state IN (
            'REJECTED', 'REVERTED_FINAL', 'CANCELLED_FINAL', 'UNPAID_FINAL')))),
    'I4: a member ends by what is proven in a final block');
  RETURN NEW;
END $$;

CREATE TRIGGER fit BEFORE INSERT ON payonce.members
  FOR EACH ROW EXECUTE FUNCTION payonce.members_fit();

CREATE TRIGGER keep_who_they_are
  BEFORE UPDATE OF transfer, position, tenant, key, payee, amount ON payonce.members
  FOR EACH ROW EXECUTE FUNCTION payonce.refuse('what was asked never changes');

CREATE TRIGGER end_by_proof BEFORE UPDATE ON payonce.members
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION payonce.members_end_by_proof();

CREATE TRIGGER never_go BEFORE DELETE ON payonce.members
  FOR EACH ROW EXECUTE FUNCTION payonce.refuse('a member is never deleted');

CREATE TRIGGER never_emptied BEFORE TRUNCATE ON payonce.members
  FOR EACH STATEMENT EXECUTE FUNCTION payonce.refuse('a member is never deleted');

UPDATE payonce.journal SET schema_version = 10, min_writer = 10;
