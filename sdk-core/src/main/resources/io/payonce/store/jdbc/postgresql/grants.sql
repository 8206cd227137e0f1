-- What each role may do, least privilege; roles that do not exist on this server are left out. Safe
-- to run again, and to be run after each migration.

DO $$
DECLARE
  app boolean := EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'payonce_app');
  accept boolean := EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'payonce_accept');
  reader boolean := EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'payonce_read');
BEGIN
  IF app THEN
    GRANT USAGE ON SCHEMA payonce TO payonce_app;
    GRANT SELECT ON ALL TABLES IN SCHEMA payonce TO payonce_app;
    GRANT INSERT ON payonce.lanes, payonce.transfers, payonce.keys, payonce.slots, payonce.bindings,
      payonce.attempts, payonce.broadcasts, payonce.fee_bookings, payonce.fees_in_flight,
      payonce.fee_windows, payonce.requests, payonce.streams, payonce.events,
      payonce.orphans, payonce.orphan_rulings, payonce.members, payonce.sinks, payonce.outbox
      TO payonce_app;
    GRANT UPDATE ON payonce.journal, payonce.lanes, payonce.transfers, payonce.slots,
      payonce.attempts, payonce.fee_bookings, payonce.fees_in_flight, payonce.fee_windows,
      payonce.requests, payonce.members, payonce.streams, payonce.sinks TO payonce_app;
    GRANT DELETE ON payonce.sinks, payonce.outbox TO payonce_app;
    GRANT USAGE ON SEQUENCE payonce.transfer_ids TO payonce_app;
  END IF;
  IF accept THEN
    GRANT USAGE ON SCHEMA payonce TO payonce_accept;
    GRANT SELECT ON payonce.journal TO payonce_accept;
    GRANT SELECT, INSERT ON payonce.keys, payonce.transfers TO payonce_accept;
    GRANT USAGE ON SEQUENCE payonce.transfer_ids TO payonce_accept;
  END IF;
  IF reader THEN
    GRANT USAGE ON SCHEMA payonce TO payonce_read;
    GRANT SELECT ON ALL TABLES IN SCHEMA payonce TO payonce_read;
  END IF;
END $$;
