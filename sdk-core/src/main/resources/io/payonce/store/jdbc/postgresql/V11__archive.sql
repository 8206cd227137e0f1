-- Signed bytes of finished nonces go when the host's retention is over; their hash and all else stays.
-- Code of schema 10 may still read and write: it shows no hash of an archived attempt, and the
-- constraint below refuses what it would do wrong, should finality ever break so deep.

-- Archived: it was signed, its bytes are gone, and this is their hash. So bytes are present from
-- SIGNED on, unless archived; and what is archived has ended, and never counts as sendable again.
ALTER TABLE payonce.attempts
  ADD COLUMN archived_hash text,
  ADD CHECK (archived_hash IS NULL OR (raw IS NULL AND hash IS NULL AND state IN ('WON', 'LOST')));

CREATE UNIQUE INDEX attempts_archived_once ON payonce.attempts (chain, archived_hash)
  WHERE archived_hash IS NOT NULL;

-- Every nonce of the lane below this one was archived.
ALTER TABLE payonce.lanes
  ADD COLUMN archived_below bigint NOT NULL DEFAULT 0
    CHECK (archived_below >= 0);

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
  IF NEW.archived_hash IS DISTINCT FROM OLD.archived_hash THEN
    PERFORM payonce.demand(
      OLD.archived_hash IS NULL AND NEW.archived_hash = OLD.hash AND NEW.state = OLD.state
        AND (SELECT state FROM payonce.slots WHERE lane = OLD.lane AND nonce = OLD.nonce)
          = 'CONSUMED_FINAL',
      'only signed bytes of an ended attempt, whose nonce is final, are archived');
    RETURN NEW;
  END IF;
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

UPDATE payonce.journal SET schema_version = 11;
