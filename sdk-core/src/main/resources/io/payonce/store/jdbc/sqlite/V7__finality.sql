-- Finality that broke: a final block was replaced. Only then is a slot that was final open again, and
-- a payment that had ended quarantined; and it ends again only by a final block. Code of schema 6 may
-- still read, but not write: it would send again what ended unpaid and may have been refunded.

DROP TRIGGER transfers_end;

CREATE TRIGGER transfers_end BEFORE UPDATE OF state ON transfers
WHEN NEW.state <> OLD.state
  AND OLD.state IN ('REJECTED', 'PAID_FINAL', 'REVERTED_FINAL', 'CANCELLED_FINAL', 'UNPAID_FINAL')
  AND NOT (NEW.state = 'QUARANTINED' AND NEW.code = 'FINALITY_BROKEN' AND EXISTS (
    SELECT 1 FROM bindings b JOIN slots s ON s.lane = b.lane AND s.nonce = b.nonce
      JOIN lanes l ON l.id = b.lane
    WHERE b.transfer = OLD.id AND s.state = 'CONSUMED_FINAL' AND l.state = 'FROZEN'))
BEGIN SELECT RAISE(ABORT, 'a terminal transfer is only quarantined, when finality broke'); END;

CREATE TRIGGER transfers_end_again BEFORE UPDATE OF state ON transfers
WHEN OLD.state = 'QUARANTINED' AND OLD.code = 'FINALITY_BROKEN' AND NEW.state <> 'QUARANTINED'
  AND NOT EXISTS (
    SELECT 1 FROM bindings b JOIN slots s ON s.lane = b.lane AND s.nonce = b.nonce
    WHERE b.transfer = OLD.id AND s.state = 'CONSUMED_FINAL')
BEGIN SELECT RAISE(ABORT, 'I15: what is broken ends only by a final block'); END;

DROP TRIGGER slots_keep_their_purpose;

CREATE TRIGGER slots_keep_their_purpose BEFORE UPDATE ON slots
BEGIN
  SELECT RAISE(ABORT, 'a slot keeps its nonce')
  WHERE NEW.lane <> OLD.lane OR NEW.nonce <> OLD.nonce;
  SELECT RAISE(ABORT, 'what is final stays')
  WHERE OLD.state = 'CONSUMED_FINAL' AND NOT (NEW.state = 'EXPOSED'
    AND (SELECT state FROM lanes WHERE id = OLD.lane) = 'FROZEN'
    AND NOT EXISTS (
      SELECT 1 FROM bindings b JOIN transfers t ON t.id = b.transfer
      WHERE b.lane = OLD.lane AND b.nonce = OLD.nonce
        AND NOT (t.state = 'QUARANTINED' AND t.code = 'FINALITY_BROKEN')));
  SELECT RAISE(ABORT, 'I3: an intended slot is never given back')
  WHERE NEW.state IN ('RESERVED', 'RELEASED') AND (
    EXISTS (SELECT 1 FROM bindings WHERE lane = OLD.lane AND nonce = OLD.nonce)
    OR EXISTS (SELECT 1 FROM attempts WHERE lane = OLD.lane AND nonce = OLD.nonce));
  SELECT RAISE(ABORT, 'I2: signed bytes stay exposed')
  WHERE NEW.state = 'INTENDED' AND EXISTS (
    SELECT 1 FROM attempts WHERE lane = OLD.lane AND nonce = OLD.nonce AND raw IS NOT NULL);
END;

DROP TRIGGER attempts_keep_their_bytes;

CREATE TRIGGER attempts_keep_their_bytes BEFORE UPDATE ON attempts
BEGIN
  SELECT RAISE(ABORT, 'I2: signed bytes never change')
  WHERE OLD.raw IS NOT NULL AND (NEW.raw IS NOT OLD.raw OR NEW.hash IS NOT OLD.hash);
  SELECT RAISE(ABORT, 'an ended attempt stays')
  WHERE OLD.state = 'LOST' OR (OLD.state = 'WON' AND NOT (NEW.state IN ('UNKNOWN', 'LOST')
    AND (SELECT state FROM slots WHERE lane = OLD.lane AND nonce = OLD.nonce) = 'EXPOSED'
    AND (SELECT state FROM lanes WHERE id = OLD.lane) = 'FROZEN'));
END;

UPDATE journal SET schema_version = 7, min_writer = 7;
