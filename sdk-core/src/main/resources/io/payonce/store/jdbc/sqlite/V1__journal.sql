-- The journal of Payonce, dialect SQLite. A statement ends with a semicolon and an empty line.
-- Hashes and addresses are text ("0x..."), times ISO 8601 in UTC, amounts and fees decimal text in
-- the smallest unit (they do not fit 64 bits), wire bytes are blobs.

CREATE TABLE journal (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  min_reader INTEGER NOT NULL,
  min_writer INTEGER NOT NULL,
  incarnation INTEGER NOT NULL
) STRICT;

CREATE TABLE lanes (
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  address TEXT NOT NULL,
  next_nonce INTEGER NOT NULL CHECK (next_nonce >= 0),
  final_nonce INTEGER NOT NULL CHECK (final_nonce >= 0),
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ACTIVE', 'PAUSED', 'FROZEN')),
  incident TEXT NOT NULL,
  UNIQUE (chain, address),
  CHECK (state <> 'ACTIVE' OR incident = '')
) STRICT;

CREATE TABLE transfers (
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL,
  sender TEXT NOT NULL,
  asset TEXT NOT NULL,
  payee TEXT NOT NULL,
  amount TEXT NOT NULL CHECK (amount GLOB '[1-9]*' AND amount NOT GLOB '*[^0-9]*'),
  unusual_payee INTEGER NOT NULL CHECK (unusual_payee IN (0, 1)),
  metadata TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'ACCEPTED', 'HELD', 'READY', 'BOUND', 'IN_FLIGHT', 'INCLUDED', 'SAFE', 'REVERTED', 'CANCELLING',
    'QUARANTINED', 'REJECTED', 'PAID_FINAL', 'REVERTED_FINAL', 'CANCELLED_FINAL', 'UNPAID_FINAL')),
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
  accepted_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE INDEX transfers_by_state ON transfers (state);

CREATE INDEX transfers_waiting ON transfers (chain, sender)
  WHERE state IN ('ACCEPTED', 'HELD', 'READY');

CREATE TABLE keys (
  tenant TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  transfer INTEGER NOT NULL UNIQUE REFERENCES transfers (id),
  created_at TEXT NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE slots (
  lane INTEGER NOT NULL REFERENCES lanes (id),
  nonce INTEGER NOT NULL CHECK (nonce >= 0),
  state TEXT NOT NULL CHECK (state IN (
    'RESERVED', 'RELEASED', 'INTENDED', 'EXPOSED', 'CONSUMED', 'CONSUMED_FINAL')),
  consumed_by TEXT CHECK (consumed_by IN (
    'PAYMENT', 'REVERTED', 'UNPROVEN', 'CANCEL', 'FILL', 'FOREIGN')),
  consumed_hash TEXT,
  block_number INTEGER,
  block_hash TEXT,
  block_time TEXT,
  gas_used TEXT,
  fee TEXT,
  PRIMARY KEY (lane, nonce),
  CHECK ((state IN ('CONSUMED', 'CONSUMED_FINAL')) = (consumed_by IS NOT NULL)),
  CHECK ((consumed_by IS NULL) = (consumed_hash IS NULL)
    AND (consumed_by IS NULL) = (block_number IS NULL)
    AND (consumed_by IS NULL) = (block_hash IS NULL)
    AND (consumed_by IS NULL) = (block_time IS NULL)
    AND (consumed_by IS NULL) = (gas_used IS NULL)
    AND (consumed_by IS NULL) = (fee IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX slots_open ON slots (lane, nonce) WHERE state <> 'CONSUMED_FINAL';

-- I1: one row per key, for ever. A second nonce for a key is not representable.
CREATE TABLE bindings (
  transfer INTEGER PRIMARY KEY REFERENCES transfers (id),
  lane INTEGER NOT NULL,
  nonce INTEGER NOT NULL,
  UNIQUE (lane, nonce),
  FOREIGN KEY (lane, nonce) REFERENCES slots (lane, nonce)
) STRICT;

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  nonce INTEGER NOT NULL,
  seq INTEGER NOT NULL CHECK (seq >= 1),
  chain INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('PAYMENT', 'REPLACEMENT', 'CANCEL', 'FILL')),
  state TEXT NOT NULL CHECK (state IN ('INTENT', 'SIGNED', 'SENT', 'UNKNOWN', 'WON', 'LOST')),
  recipient TEXT NOT NULL,
  value TEXT NOT NULL,
  data_size INTEGER NOT NULL,
  gas_limit TEXT NOT NULL,
  max_fee_per_gas TEXT NOT NULL,
  max_priority_fee_per_gas TEXT NOT NULL,
  unsigned BLOB NOT NULL,
  raw BLOB,
  hash TEXT,
  created_at TEXT NOT NULL,
  UNIQUE (lane, nonce, seq),
  UNIQUE (chain, hash),
  FOREIGN KEY (lane, nonce) REFERENCES slots (lane, nonce),
  -- I2: nothing counts as sendable or sent without its bytes and its hash.
  CHECK ((raw IS NULL) = (hash IS NULL)),
  CHECK (state NOT IN ('SIGNED', 'SENT', 'UNKNOWN') OR raw IS NOT NULL),
  CHECK (state <> 'INTENT' OR raw IS NULL),
  CHECK (kind <> 'PAYMENT' OR seq = 1),
  -- I3: the only other use of a slot is to send nothing.
  CHECK (kind IN ('PAYMENT', 'REPLACEMENT') OR (value = '0' AND data_size = 0))
) STRICT;

CREATE UNIQUE INDEX attempts_one_winner ON attempts (lane, nonce) WHERE state = 'WON';

CREATE TABLE broadcasts (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  nonce INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  operator TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  verdict TEXT NOT NULL,
  code INTEGER NOT NULL,
  message TEXT NOT NULL,
  FOREIGN KEY (lane, nonce, seq) REFERENCES attempts (lane, nonce, seq)
) STRICT;

CREATE INDEX broadcasts_by_attempt ON broadcasts (lane, nonce, seq);

CREATE TABLE fee_bookings (
  lane INTEGER NOT NULL,
  nonce INTEGER NOT NULL,
  worst TEXT NOT NULL,
  actual TEXT,
  settled_minute INTEGER,
  PRIMARY KEY (lane, nonce),
  CHECK ((actual IS NULL) = (settled_minute IS NULL))
) STRICT, WITHOUT ROWID;

-- The sums that a check of the rolling hour reads: what is in flight, and what each minute settled.
CREATE TABLE fees_in_flight (
  chain INTEGER PRIMARY KEY,
  worst TEXT NOT NULL
) STRICT;

CREATE TABLE fee_windows (
  chain INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  actual TEXT NOT NULL,
  PRIMARY KEY (chain, minute)
) STRICT, WITHOUT ROWID;

-- I13: one line per change, each digest over its line and the digest before it.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  entity TEXT NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous BLOB NOT NULL CHECK (length(previous) = 32),
  digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

CREATE INDEX events_by_entity ON events (entity);

CREATE TRIGGER keys_never_change BEFORE UPDATE ON keys
BEGIN SELECT RAISE(ABORT, 'a key never changes'); END;

CREATE TRIGGER keys_never_go BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'a key is never deleted'); END;

CREATE TRIGGER bindings_never_change BEFORE UPDATE ON bindings
BEGIN SELECT RAISE(ABORT, 'I1: a binding never changes'); END;

CREATE TRIGGER bindings_never_go BEFORE DELETE ON bindings
BEGIN SELECT RAISE(ABORT, 'I1: a binding is never deleted'); END;

CREATE TRIGGER bindings_fit BEFORE INSERT ON bindings
BEGIN
  SELECT RAISE(ABORT, 'I1: only an unbound transfer is bound, in its own lane')
  WHERE NOT EXISTS (
    SELECT 1 FROM transfers t JOIN lanes l ON l.chain = t.chain AND l.address = t.sender
    WHERE t.id = NEW.transfer AND l.id = NEW.lane AND t.state IN ('ACCEPTED', 'HELD', 'READY'));
  SELECT RAISE(ABORT, 'I3: the slot has another purpose')
  WHERE EXISTS (SELECT 1 FROM attempts WHERE lane = NEW.lane AND nonce = NEW.nonce)
    OR (SELECT state FROM slots WHERE lane = NEW.lane AND nonce = NEW.nonce)
      IN ('RESERVED', 'CONSUMED', 'CONSUMED_FINAL');
END;

CREATE TRIGGER transfers_keep_their_request BEFORE UPDATE OF
  id, chain, sender, asset, payee, amount, unusual_payee, metadata, accepted_at ON transfers
BEGIN SELECT RAISE(ABORT, 'what was asked never changes'); END;

CREATE TRIGGER transfers_never_go BEFORE DELETE ON transfers
BEGIN SELECT RAISE(ABORT, 'a transfer is never deleted'); END;

CREATE TRIGGER transfers_start_accepted BEFORE INSERT ON transfers
WHEN NEW.state <> 'ACCEPTED'
BEGIN SELECT RAISE(ABORT, 'a transfer starts ACCEPTED'); END;

CREATE TRIGGER transfers_need_their_binding BEFORE UPDATE OF state ON transfers
WHEN NEW.state <> 'QUARANTINED' AND (NEW.state IN ('ACCEPTED', 'HELD', 'READY', 'REJECTED'))
  = EXISTS (SELECT 1 FROM bindings WHERE transfer = NEW.id)
BEGIN SELECT RAISE(ABORT, 'I1: the state does not fit the binding'); END;

CREATE TRIGGER transfers_end BEFORE UPDATE OF state ON transfers
WHEN OLD.state IN ('REJECTED', 'PAID_FINAL', 'REVERTED_FINAL', 'CANCELLED_FINAL', 'UNPAID_FINAL')
  AND NEW.state NOT IN (OLD.state, 'QUARANTINED')
BEGIN SELECT RAISE(ABORT, 'a terminal transfer is only quarantined'); END;

CREATE TRIGGER lanes_only_rise BEFORE UPDATE ON lanes
WHEN NEW.id <> OLD.id OR NEW.chain <> OLD.chain OR NEW.address <> OLD.address
  OR NEW.next_nonce < OLD.next_nonce OR NEW.final_nonce < OLD.final_nonce
  OR NEW.epoch < OLD.epoch
BEGIN SELECT RAISE(ABORT, 'nonces and epoch of a lane never fall'); END;

CREATE TRIGGER lanes_never_go BEFORE DELETE ON lanes
BEGIN SELECT RAISE(ABORT, 'a lane is never deleted'); END;

CREATE TRIGGER slots_never_go BEFORE DELETE ON slots
BEGIN SELECT RAISE(ABORT, 'a slot is never deleted'); END;

CREATE TRIGGER slots_keep_their_purpose BEFORE UPDATE ON slots
BEGIN
  SELECT RAISE(ABORT, 'a slot keeps its nonce')
  WHERE NEW.lane <> OLD.lane OR NEW.nonce <> OLD.nonce;
  SELECT RAISE(ABORT, 'what is final stays')
  WHERE OLD.state = 'CONSUMED_FINAL';
  SELECT RAISE(ABORT, 'I3: an intended slot is never given back')
  WHERE NEW.state IN ('RESERVED', 'RELEASED') AND (
    EXISTS (SELECT 1 FROM bindings WHERE lane = OLD.lane AND nonce = OLD.nonce)
    OR EXISTS (SELECT 1 FROM attempts WHERE lane = OLD.lane AND nonce = OLD.nonce));
  SELECT RAISE(ABORT, 'I2: signed bytes stay exposed')
  WHERE NEW.state = 'INTENDED' AND EXISTS (
    SELECT 1 FROM attempts WHERE lane = OLD.lane AND nonce = OLD.nonce AND raw IS NOT NULL);
END;

CREATE TRIGGER attempts_never_go BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'an attempt is never deleted'); END;

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
  WHERE (NEW.kind = 'FILL')
    = EXISTS (SELECT 1 FROM bindings WHERE lane = NEW.lane AND nonce = NEW.nonce);
  SELECT RAISE(ABORT, 'I3: nothing pays after a cancel')
  WHERE NEW.kind IN ('PAYMENT', 'REPLACEMENT') AND EXISTS (
    SELECT 1 FROM attempts
    WHERE lane = NEW.lane AND nonce = NEW.nonce AND kind NOT IN ('PAYMENT', 'REPLACEMENT'));
  SELECT RAISE(ABORT, 'I3: a cancel or fill goes to its own wallet')
  WHERE NEW.kind IN ('CANCEL', 'FILL')
    AND NEW.recipient IS NOT (SELECT address FROM lanes WHERE id = NEW.lane);
END;

CREATE TRIGGER attempts_keep_their_intent BEFORE UPDATE OF
  id, lane, nonce, seq, chain, kind, recipient, value, data_size, gas_limit, max_fee_per_gas,
  max_priority_fee_per_gas, unsigned, created_at ON attempts
BEGIN SELECT RAISE(ABORT, 'I2: an intent never changes'); END;

CREATE TRIGGER attempts_keep_their_bytes BEFORE UPDATE ON attempts
BEGIN
  SELECT RAISE(ABORT, 'I2: signed bytes never change')
  WHERE OLD.raw IS NOT NULL AND (NEW.raw IS NOT OLD.raw OR NEW.hash IS NOT OLD.hash);
  SELECT RAISE(ABORT, 'an ended attempt stays')
  WHERE OLD.state IN ('WON', 'LOST');
END;

CREATE TRIGGER broadcasts_never_change BEFORE UPDATE ON broadcasts
BEGIN SELECT RAISE(ABORT, 'a broadcast never changes'); END;

CREATE TRIGGER broadcasts_never_go BEFORE DELETE ON broadcasts
BEGIN SELECT RAISE(ABORT, 'a broadcast is never deleted'); END;

CREATE TRIGGER broadcasts_need_bytes BEFORE INSERT ON broadcasts
WHEN (SELECT raw FROM attempts WHERE lane = NEW.lane AND nonce = NEW.nonce AND seq = NEW.seq)
  IS NULL
BEGIN SELECT RAISE(ABORT, 'I2: nothing is sent before its bytes are stored'); END;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

CREATE TRIGGER events_chain BEFORE INSERT ON events
WHEN NEW.seq > 1 AND NEW.previous IS NOT (SELECT digest FROM events WHERE seq = NEW.seq - 1)
BEGIN SELECT RAISE(ABORT, 'an event follows the one before it'); END;

-- INSERT OR REPLACE deletes the row in its way, and by default no DELETE trigger sees it.
CREATE TRIGGER keys_are_not_replaced BEFORE INSERT ON keys
WHEN EXISTS (SELECT 1 FROM keys WHERE (tenant = NEW.tenant AND key = NEW.key) OR transfer = NEW.transfer)
BEGIN SELECT RAISE(ABORT, 'keys are never replaced'); END;

CREATE TRIGGER transfers_are_not_replaced BEFORE INSERT ON transfers
WHEN EXISTS (SELECT 1 FROM transfers WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'transfers are never replaced'); END;

CREATE TRIGGER lanes_are_not_replaced BEFORE INSERT ON lanes
WHEN EXISTS (SELECT 1 FROM lanes WHERE id = NEW.id OR (chain = NEW.chain AND address = NEW.address))
BEGIN SELECT RAISE(ABORT, 'lanes are never replaced'); END;

CREATE TRIGGER slots_are_not_replaced BEFORE INSERT ON slots
WHEN EXISTS (SELECT 1 FROM slots WHERE lane = NEW.lane AND nonce = NEW.nonce)
BEGIN SELECT RAISE(ABORT, 'slots are never replaced'); END;

CREATE TRIGGER bindings_are_not_replaced BEFORE INSERT ON bindings
WHEN EXISTS (SELECT 1 FROM bindings WHERE transfer = NEW.transfer OR (lane = NEW.lane AND nonce = NEW.nonce))
BEGIN SELECT RAISE(ABORT, 'bindings are never replaced'); END;

CREATE TRIGGER attempts_are_not_replaced BEFORE INSERT ON attempts
WHEN EXISTS (SELECT 1 FROM attempts WHERE id = NEW.id OR (chain = NEW.chain AND hash = NEW.hash))
BEGIN SELECT RAISE(ABORT, 'attempts are never replaced'); END;

CREATE TRIGGER broadcasts_are_not_replaced BEFORE INSERT ON broadcasts
WHEN EXISTS (SELECT 1 FROM broadcasts WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'broadcasts are never replaced'); END;

CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'events are never replaced'); END;

