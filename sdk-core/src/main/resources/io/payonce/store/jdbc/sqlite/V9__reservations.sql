-- Nonces that a host reserves for transactions of its own, and signs and may send itself. Code of
-- schema 8 may still read, but not write: it would sign what only the host may sign, and takes no
-- reservation back that its holder forgot.

-- While it is held, and for ever once a transaction was intended for it.
ALTER TABLE slots ADD COLUMN reserved_as TEXT;

ALTER TABLE slots ADD COLUMN reserved_by TEXT
  CHECK ((reserved_by IS NULL) = (reserved_as IS NULL));

ALTER TABLE slots ADD COLUMN reserved_for TEXT
  CHECK ((reserved_for IS NULL) = (reserved_as IS NULL));

ALTER TABLE slots ADD COLUMN reserved_until TEXT
  CHECK ((reserved_until IS NULL) = (reserved_as IS NULL)
    AND (state <> 'RESERVED' OR reserved_as IS NOT NULL)
    AND (state <> 'RELEASED' OR reserved_as IS NULL));

-- What the holder knows of bytes that are not here.
ALTER TABLE slots ADD COLUMN exposed_by TEXT
  CHECK (exposed_by IS NULL OR reserved_as IS NOT NULL);

-- 'PAYMENT' and 'REVERTED' mean the host's transaction then: it did what it was made for, or not.
ALTER TABLE slots ADD COLUMN host INTEGER NOT NULL DEFAULT 0
  CHECK (host IN (0, 1) AND (host = 1)
    = (reserved_as IS NOT NULL AND consumed_by IS NOT NULL AND consumed_by IN ('PAYMENT', 'REVERTED')));

-- 'PAYMENT' means the host's transaction then.
ALTER TABLE attempts ADD COLUMN host INTEGER NOT NULL DEFAULT 0
  CHECK (host IN (0, 1) AND (host = 0 OR kind = 'PAYMENT'));

CREATE UNIQUE INDEX slots_reserved_once ON slots (lane, reserved_as)
  WHERE reserved_as IS NOT NULL;

CREATE TRIGGER slots_keep_their_host BEFORE UPDATE ON slots
BEGIN
  SELECT RAISE(ABORT, 'I3: a reservation with an intent stays')
  WHERE NEW.reserved_as IS NOT OLD.reserved_as
    AND EXISTS (SELECT 1 FROM attempts WHERE lane = OLD.lane AND nonce = OLD.nonce);
END;

CREATE TRIGGER bindings_respect_hosts BEFORE INSERT ON bindings
BEGIN
  SELECT RAISE(ABORT, 'I3: the slot is reserved by a host')
  WHERE EXISTS (SELECT 1 FROM slots WHERE lane = NEW.lane AND nonce = NEW.nonce
    AND reserved_as IS NOT NULL AND state <> 'CONSUMED_FINAL');
END;

CREATE TRIGGER attempts_stay_the_hosts BEFORE UPDATE OF host ON attempts
BEGIN SELECT RAISE(ABORT, 'I2: an intent never changes'); END;

DROP TRIGGER attempts_fit;

CREATE TRIGGER attempts_fit BEFORE INSERT ON attempts
BEGIN
  SELECT RAISE(ABORT, 'I2: an attempt starts as an intent')
  WHERE NEW.state <> 'INTENT';
  SELECT RAISE(ABORT, 'an attempt has the chain of its lane')
  WHERE NEW.chain IS NOT (SELECT chain FROM lanes WHERE id = NEW.lane);
  SELECT RAISE(ABORT, 'attempts count up')
  WHERE NEW.seq <> 1 + (
    SELECT count(*) FROM attempts WHERE lane = NEW.lane AND nonce = NEW.nonce);
  SELECT RAISE(ABORT, 'I3: the purpose of the slot is another')
  WHERE (NEW.kind = 'FILL' OR NEW.host = 1)
    = EXISTS (SELECT 1 FROM bindings WHERE lane = NEW.lane AND nonce = NEW.nonce);
  SELECT RAISE(ABORT, 'I3: only who reserved a slot uses it')
  WHERE NEW.host = 1 AND NOT EXISTS (SELECT 1 FROM slots
    WHERE lane = NEW.lane AND nonce = NEW.nonce AND reserved_as IS NOT NULL);
  SELECT RAISE(ABORT, 'I3: nothing pays after a cancel')
  WHERE NEW.kind IN ('PAYMENT', 'REPLACEMENT') AND EXISTS (
    SELECT 1 FROM attempts
    WHERE lane = NEW.lane AND nonce = NEW.nonce AND kind NOT IN ('PAYMENT', 'REPLACEMENT'));
  SELECT RAISE(ABORT, 'I3: a cancel or fill goes to its own wallet')
  WHERE NEW.kind IN ('CANCEL', 'FILL')
    AND NEW.recipient IS NOT (SELECT address FROM lanes WHERE id = NEW.lane);
END;

-- The same table with one more kind of request.
CREATE TABLE requests_anew (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL REFERENCES lanes (id),
  kind TEXT NOT NULL CHECK (kind IN (
    'CANCEL', 'SPEED_UP', 'GIVE_UP', 'GIVE_AWAY', 'RESERVATION')),
  transfer INTEGER REFERENCES transfers (id),
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  answer TEXT,
  CHECK ((kind IN ('GIVE_AWAY', 'RESERVATION')) = (transfer IS NULL))
) STRICT;

INSERT INTO requests_anew SELECT * FROM requests;

DROP TABLE requests;

ALTER TABLE requests_anew RENAME TO requests;

CREATE INDEX requests_open ON requests (lane, id) WHERE answer IS NULL;

CREATE TRIGGER requests_are_answered_once BEFORE UPDATE ON requests
WHEN OLD.answer IS NOT NULL OR NEW.answer IS NULL OR NEW.id <> OLD.id OR NEW.lane <> OLD.lane
  OR NEW.kind <> OLD.kind OR NEW.transfer IS NOT OLD.transfer OR NEW.actor <> OLD.actor
  OR NEW.reason <> OLD.reason OR NEW.asked_at <> OLD.asked_at
BEGIN SELECT RAISE(ABORT, 'a request is answered once and changes in nothing else'); END;

CREATE TRIGGER requests_never_go BEFORE DELETE ON requests
BEGIN SELECT RAISE(ABORT, 'a request is never deleted'); END;

CREATE TRIGGER requests_are_not_replaced BEFORE INSERT ON requests
WHEN EXISTS (SELECT 1 FROM requests WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'requests are never replaced'); END;

UPDATE journal SET schema_version = 9, min_writer = 9;
