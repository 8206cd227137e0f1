-- Nonces that a host reserves for transactions of its own, and signs and may send itself. Code of
-- schema 8 may still read, but not write: it would sign what only the host may sign, and takes no
-- reservation back that its holder forgot.

-- A reservation stays while it is held, and for ever once a transaction was intended for it.
-- exposed_by: what the holder knows of bytes that are not here. Where host is true, 'PAYMENT' and
-- 'REVERTED' mean the host's transaction: it did what it was made for, or not.
ALTER TABLE payonce.slots
  ADD COLUMN reserved_as text COLLATE "C",
  ADD COLUMN reserved_by text,
  ADD COLUMN reserved_for text,
  ADD COLUMN reserved_until text,
  ADD COLUMN exposed_by text,
  ADD COLUMN host boolean NOT NULL DEFAULT false,
  ADD CHECK ((reserved_by IS NULL) = (reserved_as IS NULL)
    AND (reserved_for IS NULL) = (reserved_as IS NULL)
    AND (reserved_until IS NULL) = (reserved_as IS NULL)),
  ADD CHECK (state <> 'RESERVED' OR reserved_as IS NOT NULL),
  ADD CHECK (state <> 'RELEASED' OR reserved_as IS NULL),
  ADD CHECK (exposed_by IS NULL OR reserved_as IS NOT NULL),
  ADD CHECK (host = (reserved_as IS NOT NULL AND consumed_by IS NOT NULL
    AND consumed_by IN ('PAYMENT', 'REVERTED')));

-- Where it is true, 'PAYMENT' means the host's transaction.
ALTER TABLE payonce.attempts
  ADD COLUMN host boolean NOT NULL DEFAULT false,
  ADD CHECK (NOT host OR kind = 'PAYMENT');

CREATE UNIQUE INDEX slots_reserved_once ON payonce.slots (lane, reserved_as)
  WHERE reserved_as IS NOT NULL;

CREATE FUNCTION payonce.slots_keep_their_host() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM payonce.demand(
    NOT EXISTS (SELECT 1 FROM payonce.attempts WHERE lane = OLD.lane AND nonce = OLD.nonce),
    'I3: a reservation with an intent stays');
  RETURN NEW;
END $$;

CREATE TRIGGER keep_their_host BEFORE UPDATE ON payonce.slots
  FOR EACH ROW WHEN (NEW.reserved_as IS DISTINCT FROM OLD.reserved_as)
  EXECUTE FUNCTION payonce.slots_keep_their_host();

CREATE FUNCTION payonce.bindings_respect_hosts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM payonce.demand(
    NOT EXISTS (SELECT 1 FROM payonce.slots WHERE lane = NEW.lane AND nonce = NEW.nonce
      AND reserved_as IS NOT NULL AND state <> 'CONSUMED_FINAL'),
    'I3: the slot is reserved by a host');
  RETURN NEW;
END $$;

CREATE TRIGGER respect_hosts BEFORE INSERT ON payonce.bindings
  FOR EACH ROW EXECUTE FUNCTION payonce.bindings_respect_hosts();

CREATE TRIGGER stay_the_hosts BEFORE UPDATE ON payonce.attempts
  FOR EACH ROW WHEN (NEW.host <> OLD.host)
  EXECUTE FUNCTION payonce.refuse('I2: an intent never changes');

CREATE OR REPLACE FUNCTION payonce.attempts_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM payonce.demand(NEW.state = 'INTENT', 'I2: an attempt starts as an intent');
  PERFORM payonce.demand(
    NEW.chain = (SELECT chain FROM payonce.lanes WHERE id = NEW.lane),
    'an attempt has the chain of its lane');
  PERFORM payonce.demand(
    NEW.seq = 1 + (SELECT count(*) FROM payonce.attempts
      WHERE lane = NEW.lane AND nonce = NEW.nonce),
    'attempts count up');
  PERFORM payonce.demand(
    (NEW.kind = 'FILL' OR NEW.host)
      <> EXISTS (SELECT 1 FROM payonce.bindings WHERE lane = NEW.lane AND nonce = NEW.nonce),
    'I3: the purpose of the slot is another');
  PERFORM payonce.demand(
    NOT NEW.host OR EXISTS (SELECT 1 FROM payonce.slots
      WHERE lane = NEW.lane AND nonce = NEW.nonce AND reserved_as IS NOT NULL),
    'I3: only who reserved a slot uses it');
  PERFORM payonce.demand(
    NEW.kind NOT IN ('PAYMENT', 'REPLACEMENT') OR NOT EXISTS (
      SELECT 1 FROM payonce.attempts WHERE lane = NEW.lane AND nonce = NEW.nonce
        AND kind NOT IN ('PAYMENT', 'REPLACEMENT')),
    'I3: nothing pays after a cancel');
  PERFORM payonce.demand(
    NEW.kind NOT IN ('CANCEL', 'FILL')
      OR NEW.recipient = (SELECT address FROM payonce.lanes WHERE id = NEW.lane),
    'I3: a cancel or fill goes to its own wallet');
  RETURN NEW;
END $$;

ALTER TABLE payonce.requests
  DROP CONSTRAINT requests_kind_check,
  DROP CONSTRAINT requests_check,
  ADD CONSTRAINT requests_kind_check
    CHECK (kind IN ('CANCEL', 'SPEED_UP', 'GIVE_UP', 'GIVE_AWAY', 'RESERVATION')),
  ADD CONSTRAINT requests_check
    CHECK ((kind IN ('GIVE_AWAY', 'RESERVATION')) = (transfer IS NULL));

UPDATE payonce.journal SET schema_version = 9, min_writer = 9;
