-- What one instance asks of a lane that another one works on.
-- Code of schema 2 may still read and write: nothing is asked of it, and it answers nothing.

CREATE TABLE requests (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL REFERENCES lanes (id),
  kind TEXT NOT NULL CHECK (kind IN ('CANCEL', 'SPEED_UP', 'GIVE_UP', 'GIVE_AWAY')),
  transfer INTEGER REFERENCES transfers (id),
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  answer TEXT,
  CHECK ((kind = 'GIVE_AWAY') = (transfer IS NULL))
) STRICT;

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

UPDATE journal SET schema_version = 3;
