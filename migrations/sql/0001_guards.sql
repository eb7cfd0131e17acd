-- Append-only by privilege first: no role of the service may write history. These triggers make even the owner stop.
CREATE FUNCTION phb.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    RAISE EXCEPTION 'history is never edited: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'PH020';
END
$$;

-- By statement, so that they cost nothing for each row and stop even a statement that finds no row.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY[
        'entry', 'posting', 'request_key', 'subtree', 'undone', 'erased', 'access', 'register'
    ] LOOP
        EXECUTE format('CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON phb.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION phb.refuse_change()', v_table);
        EXECUTE format('ALTER TABLE phb.%I ENABLE ALWAYS TRIGGER never_changed', v_table);
    END LOOP;
    FOREACH v_table IN ARRAY ARRAY[
        'book', 'head', 'account', 'balance', 'delta', 'hold', 'hold_pair', 'period', 'subject_version'
    ] LOOP
        EXECUTE format('CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON phb.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION phb.refuse_change()', v_table);
        EXECUTE format('ALTER TABLE phb.%I ENABLE ALWAYS TRIGGER never_removed', v_table);
    END LOOP;
END
$$;

-- Content goes only after its erasure was written down, and is never exchanged for other content.
CREATE FUNCTION phb.refuse_unlisted_erasure() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT FROM phb.erased e WHERE e.book_id = OLD.book_id AND e.number = OLD.number) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'no entry says that this is erased' USING ERRCODE = 'PH021';
END
$$;
CREATE TRIGGER never_changed BEFORE UPDATE OR TRUNCATE ON phb.detail
    FOR EACH STATEMENT EXECUTE FUNCTION phb.refuse_change();
CREATE TRIGGER erased_first BEFORE DELETE ON phb.detail
    FOR EACH ROW EXECUTE FUNCTION phb.refuse_unlisted_erasure();
ALTER TABLE phb.detail ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE phb.detail ENABLE ALWAYS TRIGGER erased_first;

-- Who may do what. Everything is taken from PUBLIC; functions too.
REVOKE ALL ON SCHEMA phb FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA phb FROM PUBLIC;
GRANT USAGE ON SCHEMA phb TO phb_writer, phb_projector, phb_operator, phb_registrar, phb_eraser, phb_reader,
    phb_holder_reader, phb_access_writer;
GRANT EXECUTE ON FUNCTION phb.current_book(), phb.current_person() TO phb_writer, phb_projector, phb_operator,
    phb_registrar, phb_eraser, phb_reader, phb_holder_reader, phb_access_writer;
GRANT EXECUTE ON FUNCTION phb.clock_us(), phb.server_identity(), phb.lock_head(integer), phb.append_batch,
    phb.size_at(integer, bigint) TO phb_writer, phb_eraser;
GRANT EXECUTE ON FUNCTION phb.create_book(text, text, text, date, text) TO phb_writer;
GRANT EXECUTE ON FUNCTION phb.size_at(integer, bigint), phb.server_identity(), phb.clock_us()
    TO phb_reader, phb_projector, phb_operator;

-- Row-level security: one book for everyone, one person for a holder. A net for forgotten predicates, not against
-- injection: whoever can run SQL can set the setting.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY[
        'head', 'entry', 'account', 'posting', 'balance', 'delta', 'request_key', 'subtree', 'hold', 'hold_pair',
        'undone', 'period', 'subject_version', 'detail', 'erased', 'payee', 'month_total', 'cursor', 'access',
        'register', 'identity'
    ] LOOP
        EXECUTE format('ALTER TABLE phb.%I ENABLE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY one_book ON phb.%I TO phb_writer, phb_projector, phb_operator, phb_registrar, '
                       'phb_eraser, phb_reader, phb_access_writer '
                       'USING (book_id = phb.current_book()) WITH CHECK (book_id = phb.current_book())', v_table);
    END LOOP;
END
$$;
CREATE POLICY one_person ON phb.account TO phb_holder_reader
    USING (book_id = phb.current_book() AND person_ref = phb.current_person());
CREATE POLICY one_person ON phb.balance TO phb_holder_reader
    USING (book_id = phb.current_book() AND account_id IN (SELECT a.account_id FROM phb.account a));
CREATE POLICY one_person ON phb.posting TO phb_holder_reader
    USING (book_id = phb.current_book() AND account_id IN (SELECT a.account_id FROM phb.account a));
CREATE POLICY one_person ON phb.delta TO phb_holder_reader
    USING (book_id = phb.current_book() AND account_id IN (SELECT a.account_id FROM phb.account a));
CREATE POLICY one_person ON phb.register TO phb_holder_reader
    USING (book_id = phb.current_book() AND person_ref = phb.current_person());
CREATE POLICY one_book_of_holder ON phb.head TO phb_holder_reader USING (book_id = phb.current_book());

GRANT SELECT ON phb.schema_version TO phb_writer, phb_operator, phb_reader;
GRANT SELECT ON phb.book, phb.head TO phb_writer, phb_projector, phb_operator, phb_registrar, phb_eraser, phb_reader,
    phb_holder_reader, phb_access_writer;
GRANT SELECT ON phb.entry, phb.account, phb.posting, phb.balance, phb.delta, phb.request_key, phb.subtree, phb.hold,
    phb.hold_pair, phb.undone, phb.period, phb.subject_version, phb.detail, phb.erased, phb.payee, phb.register
    TO phb_writer, phb_eraser;
GRANT INSERT ON phb.payee TO phb_writer;
GRANT SELECT ON phb.entry, phb.account, phb.posting, phb.balance, phb.delta, phb.subtree, phb.hold, phb.hold_pair,
    phb.undone, phb.period, phb.subject_version, phb.detail, phb.erased, phb.month_total, phb.cursor, phb.request_key,
    phb.register TO phb_reader;
GRANT SELECT (book_id, payee_ref, number) ON phb.payee TO phb_reader;
-- Who looked is told to whom it was about; by which request and rule stays.
GRANT SELECT (access_id, book_id, at, client, actor, act, subject, purpose, outcome) ON phb.access TO phb_reader;
GRANT SELECT ON phb.account, phb.balance, phb.posting, phb.delta, phb.register TO phb_holder_reader;
GRANT SELECT, INSERT, UPDATE (lookup, content) ON phb.identity TO phb_registrar;
GRANT SELECT (book_id, person_ref), DELETE ON phb.identity TO phb_eraser;
GRANT SELECT ON phb.entry, phb.account, phb.posting TO phb_projector;
GRANT SELECT, INSERT, UPDATE ON phb.month_total, phb.cursor TO phb_projector;
GRANT DELETE ON phb.detail TO phb_eraser;
GRANT UPDATE (lookup) ON phb.payee TO phb_eraser;
GRANT INSERT (book_id, client, actor, act, subject, request_id, purpose, outcome, rule) ON phb.access TO phb_access_writer;
