-- Signed bytes of finished nonces go when the host's retention is over; their hash and all else stays.
-- Code of schema 10 may still read and write: it shows no hash of an archived attempt, and the
-- constraint below refuses what it would do wrong, should finality ever break so deep.

-- Archived: it was signed, its bytes are gone, and this is their hash. So bytes are present from
-- SIGNED on, unless archived; and what is archived has ended, and never counts as sendable again.
ALTER TABLE attempts ADD COLUMN archived_hash TEXT
  CHECK (archived_hash IS NULL OR (raw IS NULL AND hash IS NULL AND state IN ('WON', 'LOST')));

CREATE UNIQUE INDEX attempts_archived_once ON attempts (chain, archived_hash)
  WHERE archived_hash IS NOT NULL;

-- Every nonce of the lane below this one was archived.
ALTER TABLE lanes ADD COLUMN archived_below INTEGER NOT NULL DEFAULT 0
  CHECK (archived_below >= 0);

DROP TRIGGER attempts_keep_their_bytes;

CREATE TRIGGER attempts_keep_their_bytes BEFORE UPDATE ON attempts
BEGIN
  SELECT RAISE(ABORT, 'I2: signed bytes never change')
  WHERE OLD.raw IS NOT NULL AND (NEW.raw IS NOT OLD.raw OR NEW.hash IS NOT OLD.hash)
    AND NEW.archived_hash IS NULL;
  SELECT RAISE(ABORT, 'an ended attempt stays')
  WHERE NEW.archived_hash IS OLD.archived_hash AND (OLD.state = 'LOST' OR (OLD.state = 'WON'
    AND NOT (NEW.state IN ('UNKNOWN', 'LOST')
      AND (SELECT state FROM slots WHERE lane = OLD.lane AND nonce = OLD.nonce) = 'EXPOSED'
      AND (SELECT state FROM lanes WHERE id = OLD.lane) = 'FROZEN')));
END;

CREATE TRIGGER attempts_are_archived_once BEFORE UPDATE OF archived_hash ON attempts
WHEN NEW.archived_hash IS NOT OLD.archived_hash
BEGIN
  SELECT RAISE(ABORT, 'only signed bytes of an ended attempt, whose nonce is final, are archived')
  WHERE OLD.archived_hash IS NOT NULL OR OLD.hash IS NULL OR NEW.archived_hash IS NOT OLD.hash
    OR NEW.state <> OLD.state
    OR (SELECT state FROM slots WHERE lane = OLD.lane AND nonce = OLD.nonce) <> 'CONSUMED_FINAL';
END;

UPDATE journal SET schema_version = 11;
