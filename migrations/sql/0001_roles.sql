-- The roles of the service. They are cluster-wide, so they are made once and never dropped by a migration.
-- None can log in: logins are members of them (sql/logins.sql.tmpl) and take one on with SET ROLE.
-- An owner that may not make roles needs them made before: `phb migrate --print-roles`.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY[
        'phb_writer', 'phb_projector', 'phb_operator', 'phb_registrar', 'phb_eraser',
        'phb_reader', 'phb_holder_reader', 'phb_access_writer'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION
                -- Advisory locks are per database and roles are not: another database's migration was quicker.
                WHEN duplicate_object OR unique_violation THEN NULL;
                WHEN insufficient_privilege THEN
                    RAISE EXCEPTION 'role % is missing and % may not make it', role_name, current_user
                        USING ERRCODE = 'insufficient_privilege',
                              HINT = 'Run the output of "phb migrate --print-roles" as the server''s administrator.';
            END;
        END IF;
    END LOOP;
END
$$;
