-- Finality that broke: a final block was replaced. Only then is a slot that was final open again, and
-- a payment that had ended quarantined; and it ends again only by a final block. Code of schema 6 may
-- still read, but not write: it would send again what ended unpaid and may have been refunded.

CREATE FUNCTION payonce.transfers_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  proven boolean := EXISTS (
    SELECT 1 FROM payonce.bindings b
    JOIN payonce.slots s ON s.lane = b.lane AND s.nonce = b.nonce
    WHERE b.transfer = OLD.id AND s.state = 'CONSUMED_FINAL');
BEGIN
  IF OLD.state = 'QUARANTINED' THEN
    PERFORM payonce.demand(proven, 'I15: what is broken ends only by a final block');
  ELSE
    PERFORM payonce.demand(
      NEW.state = 'QUARANTINED' AND NEW.code = 'FINALITY_BROKEN' AND proven AND EXISTS (
        SELECT 1 FROM payonce.bindings b JOIN payonce.lanes l ON l.id = b.lane
        WHERE b.transfer = OLD.id AND l.state = 'FROZEN'),
      'a terminal transfer is only quarantined, when finality broke');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER end_once BEFORE UPDATE ON payonce.transfers
  FOR EACH ROW WHEN (NEW.state <> OLD.state
    AND (OLD.state IN
        ('REJECTED', 'PAID_FINAL', 'REVERTED_FINAL', 'CANCELLED_FINAL', 'UNPAID_FINAL')
      OR (OLD.state = 'QUARANTINED' AND OLD.code = 'FINALITY_BROKEN')))
  EXECUTE FUNCTION payonce.transfers_end();

CREATE OR REPLACE FUNCTION payonce.slots_keep_their_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM payonce.demand(NEW.lane = OLD.lane AND NEW.nonce = OLD.nonce, 'a slot keeps its nonce');
  IF OLD.state = 'CONSUMED_FINAL' THEN
    PERFORM payonce.demand(NEW.state = 'EXPOSED'
        AND (SELECT state FROM payonce.lanes WHERE id = OLD.lane) = 'FROZEN'
        AND NOT EXISTS (
          SELECT 1 FROM payonce.bindings b JOIN payonce.transfers t ON t.id = b.transfer
          WHERE b.lane = OLD.lane AND b.nonce = OLD.nonce
            AND NOT (t.state = 'QUARANTINED' AND t.code = 'FINALITY_BROKEN')),
      'what is final stays');
  END IF;
  IF NEW.state IN ('RESERVED', 'RELEASED') THEN
    PERFORM payonce.demand(
      NOT EXISTS (SELECT 1 FROM payonce.bindings WHERE lane = OLD.lane AND nonce = OLD.nonce)
        AND NOT EXISTS (SELECT 1 FROM payonce.attempts WHERE lane = OLD.lane AND nonce = OLD.nonce),
      'I3: an intended slot is never given back');
  END IF;
  IF NEW.state = 'INTENDED' THEN
    PERFORM payonce.demand(
      NOT EXISTS (SELECT 1 FROM payonce.attempts
        WHERE lane = OLD.lane AND nonce = OLD.nonce AND raw IS NOT NULL),
      'I2: signed bytes stay exposed');
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION payonce.attempts_keep_what_was_signed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM payonce.demand(
    (NEW.id, NEW.lane, NEW.nonce, NEW.seq, NEW.chain, NEW.kind, NEW.recipient, NEW.value,
      NEW.data_size, NEW.gas_limit, NEW.max_fee_per_gas, NEW.max_priority_fee_per_gas, NEW.unsigned,
      NEW.created_at)
    = (OLD.id, OLD.lane, OLD.nonce, OLD.seq, OLD.chain, OLD.kind, OLD.recipient, OLD.value,
      OLD.data_size, OLD.gas_limit, OLD.max_fee_per_gas, OLD.max_priority_fee_per_gas, OLD.unsigned,
      OLD.created_at),
    'I2: an intent never changes');
  PERFORM payonce.demand(
    OLD.raw IS NULL OR (NEW.raw IS NOT DISTINCT FROM OLD.raw AND NEW.hash = OLD.hash),
    'I2: signed bytes never change');
  IF OLD.state IN ('WON', 'LOST') THEN
    PERFORM payonce.demand(OLD.state = 'WON' AND NEW.state IN ('UNKNOWN', 'LOST')
        AND (SELECT state FROM payonce.slots WHERE lane = OLD.lane AND nonce = OLD.nonce) = 'EXPOSED'
        AND (SELECT state FROM payonce.lanes WHERE id = OLD.lane) = 'FROZEN',
      'an ended attempt stays');
  END IF;
  RETURN NEW;
END $$;

UPDATE payonce.journal SET schema_version = 7, min_writer = 7;
