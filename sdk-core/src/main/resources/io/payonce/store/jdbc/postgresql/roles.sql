-- The roles of the journal, for an administrator, once per server. None of them can log in: grant
-- each to the login that needs it, like: GRANT payonce_app TO withdrawals;

DO $$
DECLARE
  missing text;
BEGIN
  FOREACH missing IN ARRAY ARRAY['payonce_owner', 'payonce_app', 'payonce_accept', 'payonce_read']
  LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = missing) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', missing);
    END IF;
  END LOOP;
END $$;
