-- The roles of the service. They are cluster-wide, so they are made once, under a lock, and never dropped by a migration.
-- None can log in: logins are members of them (docs/operating.md) and take one on with SET ROLE.
DO $$
DECLARE
    role_name text;
BEGIN
    PERFORM pg_advisory_xact_lock(7240, 1);
    FOREACH role_name IN ARRAY ARRAY[
        'phb_writer', 'phb_projector', 'phb_operator', 'phb_registrar', 'phb_eraser',
        'phb_reader', 'phb_holder_reader', 'phb_access_writer'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    END LOOP;
END
$$;
