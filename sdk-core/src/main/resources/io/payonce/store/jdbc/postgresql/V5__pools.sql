-- Pools of wallets, priorities and times of payments, and the ways to pause a wallet. Code of schema
-- 4 may still read, but not write: it would pay before a payment's time, and sign while a person
-- paused the signing.

ALTER TABLE payonce.lanes
  ADD COLUMN paused text NOT NULL DEFAULT 'BINDING' CHECK (paused IN ('BINDING', 'SIGNING', 'ALL')),
  ADD COLUMN offer text;

ALTER TABLE payonce.transfers
  ADD COLUMN pool text COLLATE "C",
  ADD COLUMN priority smallint NOT NULL DEFAULT 1 CHECK (priority BETWEEN 0 AND 2),
  ADD COLUMN max_fee text CHECK (max_fee ~ '^[1-9][0-9]*$'),
  ADD COLUMN not_before text COLLATE "C",
  ADD COLUMN deadline text COLLATE "C",
  ADD COLUMN cancel_at_deadline boolean NOT NULL DEFAULT FALSE,
  ADD CHECK (deadline IS NOT NULL OR NOT cancel_at_deadline);

DROP INDEX payonce.transfers_waiting;

CREATE INDEX transfers_waiting ON payonce.transfers (chain, sender, priority, id)
  WHERE state IN ('ACCEPTED', 'HELD', 'READY');

CREATE INDEX transfers_due ON payonce.transfers (chain, sender, not_before)
  WHERE not_before IS NOT NULL AND state IN ('ACCEPTED', 'HELD', 'READY');

CREATE INDEX transfers_expiring ON payonce.transfers (chain, sender, deadline)
  WHERE deadline IS NOT NULL AND state IN ('ACCEPTED', 'HELD', 'READY');

CREATE OR REPLACE FUNCTION payonce.transfers_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM payonce.demand(NEW.state = 'ACCEPTED', 'a transfer starts ACCEPTED');
    RETURN NEW;
  END IF;
  PERFORM payonce.demand(
    (NEW.id, NEW.chain, NEW.asset, NEW.payee, NEW.amount, NEW.unusual_payee, NEW.metadata,
      NEW.priority, NEW.cancel_at_deadline, NEW.accepted_at)
    = (OLD.id, OLD.chain, OLD.asset, OLD.payee, OLD.amount, OLD.unusual_payee, OLD.metadata,
      OLD.priority, OLD.cancel_at_deadline, OLD.accepted_at)
    AND NEW.pool IS NOT DISTINCT FROM OLD.pool
    AND NEW.max_fee IS NOT DISTINCT FROM OLD.max_fee
    AND NEW.not_before IS NOT DISTINCT FROM OLD.not_before
    AND NEW.deadline IS NOT DISTINCT FROM OLD.deadline,
    'what was asked never changes');
  PERFORM payonce.demand(NEW.sender = OLD.sender
      OR (OLD.pool IS NOT NULL AND OLD.state IN ('ACCEPTED', 'HELD', 'READY')
        AND NEW.state IN ('ACCEPTED', 'HELD', 'READY')),
    'I1: only an unbound transfer of a pool changes its wallet');
  PERFORM payonce.demand(NEW.state = 'QUARANTINED' OR NEW.state = OLD.state
      OR (NEW.state IN ('ACCEPTED', 'HELD', 'READY', 'REJECTED'))
        <> EXISTS (SELECT 1 FROM payonce.bindings WHERE transfer = NEW.id),
    'I1: the state does not fit the binding');
  PERFORM payonce.demand(
    OLD.state NOT IN ('REJECTED', 'PAID_FINAL', 'REVERTED_FINAL', 'CANCELLED_FINAL', 'UNPAID_FINAL')
      OR NEW.state IN (OLD.state, 'QUARANTINED'),
    'a terminal transfer is only quarantined');
  RETURN NEW;
END $$;

UPDATE payonce.journal SET schema_version = 5, min_writer = 5;
