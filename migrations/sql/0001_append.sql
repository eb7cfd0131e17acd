-- The one write path. Everything here is checked by the database itself, whoever calls.

-- PostgreSQL's clock as the book sees it. A function of its own, so that tests can set it.
CREATE FUNCTION phb.clock_us() RETURNS bigint LANGUAGE sql VOLATILE
    RETURN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

-- Row-level security reads the book from a setting; one clear answer when it is not set.
CREATE FUNCTION phb.current_book() RETURNS integer
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    setting text := current_setting('phb.book_id', true);
BEGIN
    IF setting IS NULL OR setting = '' THEN
        RAISE EXCEPTION 'no book is set for this session' USING ERRCODE = 'PH010';
    END IF;
    RETURN setting::integer;
END
$$;

CREATE FUNCTION phb.current_person() RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    setting text := current_setting('phb.person_ref', true);
BEGIN
    IF setting IS NULL OR setting = '' THEN
        RAISE EXCEPTION 'no person is set for this session' USING ERRCODE = 'PH011';
    END IF;
    RETURN setting;
END
$$;

-- Which server this is: changes on a restore elsewhere and on a promotion.
CREATE FUNCTION phb.server_identity(OUT system_identifier text, OUT timeline integer)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
    SELECT (SELECT c.system_identifier::text FROM pg_control_system() c),
           CASE WHEN pg_is_in_recovery() THEN 0
                ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer END
$$;

-- A book that does not exist yet, with an empty head. Its first entry follows in the same unit of work.
CREATE FUNCTION phb.create_book(p_code text, p_currency text, p_nature text, p_first_day date, p_origin text)
    RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    v_book integer;
BEGIN
    INSERT INTO phb.book (code, currency, nature, first_day)
        VALUES (p_code, p_currency, p_nature, p_first_day) RETURNING book_id INTO v_book;
    INSERT INTO phb.head
        SELECT v_book, 0, sha256(''::bytea), ''::bytea, 0, p_origin, i.system_identifier, i.timeline, 1
        FROM phb.server_identity() i;
    RETURN v_book;
END
$$;

-- Lock a book's head. A statement of its own: what is read next, in a new statement, is what the last writer left.
CREATE FUNCTION phb.lock_head(p_book integer) RETURNS SETOF phb.head
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT * FROM phb.head WHERE book_id = p_book FOR NO KEY UPDATE $$;

-- Administrative effects of entries: accounts, months, erasures, origins. Rare, so one JSON array is clear enough.
-- Each act is what its own line says. Accounts are opened, and months opened and reopened, before the legs of the batch
-- (p_late false); what becomes of accounts, and what months are closed, comes after, in order: a group that freezes an
-- account and unfreezes it again leaves it open. No leg needs an account unfrozen: the database lets facts pass.
CREATE FUNCTION phb.apply_acts(p_book integer, p_size bigint, p_lines text[], p_acts jsonb, p_late boolean)
    RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    v_act jsonb;
    v_line text;
    v_kind text;
    v_subject text;
    v_fits boolean;
    v_parts text[];
    v_number bigint;
    v_count bigint;
BEGIN
    FOR v_act IN SELECT value FROM jsonb_array_elements(p_acts) LOOP
        v_number := p_size + (v_act ->> 'entry')::bigint;
        v_line := p_lines[(v_act ->> 'entry')::integer];
        v_kind := split_part(v_line, '|', 5);
        v_subject := split_part(v_line, '|', 16);
        v_fits := CASE v_act ->> 'op'
            WHEN 'open' THEN v_kind IN ('account_opened', 'share_opened')
                AND strpos(v_line, '|' || (v_act ->> 'spec') || '|') > 0
                AND NOT EXISTS (SELECT FROM jsonb_each_text(v_act -> 'tags') AS t(name, tag)
                                WHERE strpos(v_line, '|tag.' || t.name || '|' || t.tag || '|') = 0)
            WHEN 'status' THEN v_kind = CASE v_act ->> 'status' WHEN 'frozen' THEN 'account_frozen'
                                             WHEN 'open' THEN 'account_unfrozen' WHEN 'closed' THEN 'account_closed' END
            WHEN 'period' THEN v_kind = 'period_' || (v_act ->> 'to') AND v_subject = v_act ->> 'period'
                AND split_part(v_line, '|', 13) = v_act ->> 'actor'
            WHEN 'erase' THEN v_kind = 'erasure' AND (v_act ->> 'target')::bigint BETWEEN 1 AND v_number - 1
                AND strpos(v_line, '|' || (v_act ->> 'target') || ':') > 0
            WHEN 'origin' THEN v_kind = 'log_restarted' AND strpos(v_line, '|origin|' || (v_act ->> 'origin') || '|') > 0
            END;
        IF v_fits IS NOT TRUE THEN
            RAISE EXCEPTION 'an act is not what its line says' USING ERRCODE = 'PH004';
        END IF;
        IF p_late IS DISTINCT FROM (v_act ->> 'op' = 'status' OR coalesce(v_act ->> 'to', '') = 'closed') THEN
            CONTINUE;
        END IF;
        CASE v_act ->> 'op'
        WHEN 'open' THEN
            v_parts := string_to_array(v_act ->> 'spec', ':');
            UPDATE phb.head SET next_account_id = next_account_id + 1
                WHERE book_id = p_book AND next_account_id = (v_act ->> 'id')::integer;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'account ids have no gaps' USING ERRCODE = 'PH004';
            END IF;
            INSERT INTO phb.account (book_id, account_id, code, class, layer, balance_group, type, normal, floor,
                                     ceiling, tags, person_ref, opened_number)
                VALUES (p_book, (v_act ->> 'id')::integer, v_parts[1], v_parts[2], v_parts[3], v_parts[4], v_parts[5],
                        v_parts[6], nullif(v_parts[7], '-')::bigint, nullif(v_parts[8], '-')::bigint,
                        v_act -> 'tags', v_act -> 'tags' ->> 'person', v_number);
            INSERT INTO phb.balance (book_id, account_id) VALUES (p_book, (v_act ->> 'id')::integer);
        WHEN 'status' THEN
            UPDATE phb.account a SET status = v_act ->> 'status'
                FROM phb.balance b
                WHERE a.book_id = p_book AND a.account_id = (v_act ->> 'id')::integer AND a.code = v_subject
                  AND a.status NOT IN ('closed', v_act ->> 'status')
                  AND b.book_id = a.book_id AND b.account_id = a.account_id
                  AND (v_act ->> 'status' <> 'closed' OR b.balance = 0);
            IF NOT FOUND THEN
                RAISE EXCEPTION 'this account cannot change so' USING ERRCODE = 'PH004';
            END IF;
        WHEN 'period' THEN
            IF v_act ->> 'to' = 'opened' THEN
                UPDATE phb.book SET first_day = (v_act ->> 'first')::date
                    WHERE book_id = p_book AND first_day > (v_act ->> 'first')::date;
            ELSE
                INSERT INTO phb.period AS p (book_id, period, first_day, last_day, closed, actor, number)
                    SELECT p_book, v_act ->> 'period', (v_act ->> 'first')::date, (v_act ->> 'last')::date,
                           v_act ->> 'to' = 'closed', v_act ->> 'actor', v_number
                    WHERE v_act ->> 'to' = 'closed'
                       OR EXISTS (SELECT FROM phb.period k WHERE k.book_id = p_book AND k.period = v_act ->> 'period')
                    ON CONFLICT (book_id, period) DO UPDATE
                        SET closed = excluded.closed, actor = excluded.actor, number = excluded.number
                        WHERE p.closed <> excluded.closed AND (excluded.closed OR p.actor <> excluded.actor);
            END IF;
            GET DIAGNOSTICS v_count = ROW_COUNT;
            IF v_count = 0 THEN
                RAISE EXCEPTION 'this period cannot change so' USING ERRCODE = 'PH004';
            END IF;
        WHEN 'erase' THEN
            INSERT INTO phb.erased (book_id, number, erased_by)
                VALUES (p_book, (v_act ->> 'target')::bigint, v_number);
        WHEN 'origin' THEN
            UPDATE phb.head h SET origin = v_act ->> 'origin', system_identifier = i.system_identifier,
                                  timeline = i.timeline
                FROM phb.server_identity() i WHERE h.book_id = p_book;
        END CASE;
    END LOOP;
END
$$;

-- Append entries p_size + 1 … to a book, or nothing at all.
--
-- Answers moved = true, having written nothing, when the head is not (p_size, p_root): the caller reads again.
-- Raises: PH001 the clocks disagree · PH002 a key is known or not that of a line · PH003 a line does not fit its
-- place · PH004 an administrative act does not fit · PH005 a group does not sum to zero · PH006 a floor, ceiling or
-- closed account · PH007 a closed or unknown month · PH008 a leg, hold, detail, subtree, reversal or subject that is not
-- of this batch, of its line or of a known account.
-- An array that has nothing to say is null. Numbers, times, kinds and days are read from the lines themselves; leaves and
-- balances are worked out here. That the legs are those that the line states, and the root that of the lines, is for
-- verify: every row of proof is kept.
CREATE FUNCTION phb.append_batch(
    p_book integer, p_size bigint, p_root bytea, p_process_us bigint, p_new_root bytea, p_new_frontier bytea,
    p_lines text[],
    p_leg_entry integer[], p_leg_account integer[], p_leg_amount bigint[], p_leg_day date[],
    p_key bytea[], p_key_entry integer[], p_key_count smallint[], p_key_prints bytea[],
    p_subtree_level smallint[], p_subtree_index bigint[], p_subtree_root bytea[],
    p_detail_entry integer[], p_detail_salt bytea[], p_detail_content bytea[],
    p_hold_entry integer[], p_hold_purpose text[], p_hold_expires bigint[],
    p_pair_entry integer[], p_pair_holding integer[], p_pair_origin integer[], p_pair_amount bigint[],
    p_move_hold bigint[], p_move_holding integer[], p_move_amount bigint[],
    p_closed_hold bigint[], p_closed_state boolean[],
    p_undo_target bigint[], p_undo_entry bigint[],
    p_subject text[], p_subject_entry integer[],
    p_acts jsonb,
    OUT moved boolean, OUT clock_us bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    v_head phb.head;
    v_code text;
    v_first_day date;
    v_count integer := cardinality(p_lines);
    v_legs integer := cardinality(p_leg_entry);
    v_last bigint;
    v_line text;
    v_prefix text;
    v_us bigint;
    v_registers boolean := false;
    v_number bigint;
    v_last_number bigint;
    v_written bigint;
    v_keys integer := 0;
    v_unbalanced bigint;
    v_broken bigint;
    v_held_account integer[];
    v_held_amount bigint[];
    v_pairs bigint;
    v_outside bigint;
    v_kind text;
    v_days date[];
    v_from date;
    v_to date;
BEGIN
    SELECT * INTO v_head FROM phb.head WHERE book_id = p_book FOR NO KEY UPDATE;
    clock_us := phb.clock_us();
    IF v_head.book_id IS NULL OR v_head.size IS DISTINCT FROM p_size OR v_head.root IS DISTINCT FROM p_root THEN
        moved := true;
        RETURN;
    END IF;
    moved := false;
    IF p_process_us IS NULL OR abs(clock_us - p_process_us) > 5000000 OR v_head.last_us > clock_us + 5000000 THEN
        RAISE EXCEPTION 'the clocks disagree' USING ERRCODE = 'PH001';
    END IF;
    IF array_ndims(p_lines) IS DISTINCT FROM 1 OR array_lower(p_lines, 1) <> 1 OR p_new_root IS NULL
       OR octet_length(p_new_root) <> 32 OR p_new_frontier IS NULL
       OR octet_length(p_new_frontier) <> 32 * length(replace((p_size + v_count)::bit(63)::text, '0', '')) THEN
        RAISE EXCEPTION 'the new head does not fit' USING ERRCODE = 'PH003';
    END IF;
    SELECT b.code, b.first_day INTO v_code, v_first_day FROM phb.book b WHERE b.book_id = p_book;

    -- Lines: numbers without a gap, times rising and near the clock, in this book.
    v_last := v_head.last_us;
    v_number := p_size;
    FOREACH v_line IN ARRAY p_lines LOOP
        v_number := v_number + 1;
        v_us := split_part(v_line, '|', 4)::bigint;
        v_prefix := 'phb1|' || v_code || '|' || v_number || '|' || v_us || '|';
        IF (starts_with(v_line, v_prefix) AND v_us > v_last) IS NOT TRUE THEN
            RAISE EXCEPTION 'a line does not fit its place' USING ERRCODE = 'PH003';
        END IF;
        v_last := v_us;
        v_kind := split_part(v_line, '|', 5);
        v_keys := v_keys + (split_part(v_line, '|', 19) <> '-')::integer;
        -- The day of each line of a kind that has legs: every leg must be of one of them, on its day.
        IF v_kind IN ('transaction', 'hold_placed', 'hold_settled', 'hold_released', 'hold_expired') THEN
            v_days := v_days || nullif(split_part(v_line, '|', 7), '-')::date;
        ELSE
            v_days := v_days || NULL::date;
            v_registers := v_registers OR v_kind <> 'refusal';
        END IF;
    END LOOP;
    IF v_last > clock_us + 5000000 OR (split_part(p_lines[1], '|', 4)::bigint < clock_us - 10000000) THEN
        RAISE EXCEPTION 'the clocks disagree' USING ERRCODE = 'PH001';
    END IF;
    INSERT INTO phb.entry (book_id, number, recorded_us, kind, effective_on, body, leaf)
        SELECT p_book, p_size + l.i, split_part(l.line, '|', 4)::bigint, split_part(l.line, '|', 5),
               nullif(split_part(l.line, '|', 7), '-')::date, l.line,
               sha256('\x00'::bytea || convert_to(l.line, 'UTF8'))
        FROM unnest(p_lines) WITH ORDINALITY AS l(line, i);

    IF v_registers THEN
        INSERT INTO phb.register (book_id, number, kind, subject, act, person_ref, day, attributes)
            SELECT p_book, p_size + l.i, r.kind, r.subject, r.act, r.person_ref, r.day, r.attributes
            FROM unnest(p_lines) WITH ORDINALITY AS l(line, i) CROSS JOIN LATERAL phb.register_row(l.line) AS r;
    END IF;

    IF p_acts IS NOT NULL THEN
        PERFORM phb.apply_acts(p_book, p_size, p_lines, p_acts, false);
        SELECT b.first_day INTO v_first_day FROM phb.book b WHERE b.book_id = p_book;
    END IF;

    IF v_legs > 0 THEN
        IF cardinality(p_leg_account) <> v_legs OR cardinality(p_leg_amount) <> v_legs
           OR cardinality(p_leg_day) <> v_legs THEN
            RAISE EXCEPTION 'a leg lies outside this batch' USING ERRCODE = 'PH008';
        END IF;
        -- In a block of its own: an expression with a query in it costs its start even where a word before it decides.
        IF p_acts IS NOT NULL THEN
            IF EXISTS (SELECT FROM unnest(p_leg_entry, p_leg_account, p_leg_day) AS l(e, a, d)
                       JOIN jsonb_to_recordset(p_acts) AS x(op text, entry integer, id integer, status text,
                                                            "to" text, first date, last date)
                       ON x.op = 'open' AND l.a = x.id AND l.e <= x.entry
                       OR x.op = 'status' AND x.status = 'closed' AND l.a = x.id AND l.e >= x.entry
                       OR x.op = 'period' AND l.d BETWEEN x.first AND x.last
                          AND CASE x."to" WHEN 'closed' THEN l.e >= x.entry ELSE l.e <= x.entry END) THEN
                RAISE EXCEPTION 'a leg before its opening or after its closing' USING ERRCODE = 'PH004';
            END IF;
        END IF;
        WITH leg AS MATERIALIZED (
            SELECT l.e, l.a, l.amount, l.day, c.balance_group,
                   b.balance + sum(l.amount) OVER (PARTITION BY l.a ORDER BY l.e) AS after,
                   c.floor, c.ceiling, c.status, c.class
            FROM unnest(p_leg_entry, p_leg_account, p_leg_amount, p_leg_day) AS l(e, a, amount, day)
            -- OFFSET 0 keeps these two as one key lookup for each leg.
            CROSS JOIN LATERAL (SELECT f.balance_group, f.floor, f.ceiling, f.status, f.class FROM phb.account f
                                WHERE f.book_id = p_book AND f.account_id = l.a OFFSET 0) AS c
            CROSS JOIN LATERAL (SELECT f.balance FROM phb.balance f
                                WHERE f.book_id = p_book AND f.account_id = l.a OFFSET 0) AS b
        ), written AS (
            INSERT INTO phb.posting (book_id, account_id, number, amount, balance_after, effective_on)
                SELECT p_book, a, p_size + e, amount, after, day FROM leg
        ), balances AS (
            INSERT INTO phb.balance AS b (book_id, account_id, balance, debit, credit, postings, last_number)
                SELECT p_book, a, sum(amount)::bigint, sum(greatest(amount, 0))::bigint,
                       sum(greatest(-amount, 0))::bigint, count(*), p_size + max(e)
                FROM leg GROUP BY a
                ON CONFLICT (book_id, account_id) DO UPDATE
                    SET balance = b.balance + excluded.balance, debit = b.debit + excluded.debit,
                        credit = b.credit + excluded.credit, postings = b.postings + excluded.postings,
                        last_number = excluded.last_number
        ), deltas AS (
            INSERT INTO phb.delta AS d (book_id, account_id, day, debit, credit)
                SELECT p_book, a, day, sum(greatest(amount, 0))::bigint, sum(greatest(-amount, 0))::bigint
                FROM leg GROUP BY a, day
                ON CONFLICT (book_id, account_id, day) DO UPDATE
                    SET debit = d.debit + excluded.debit, credit = d.credit + excluded.credit
        )
        SELECT count(*),
               count(*) FILTER (WHERE status = 'closed' OR (amount < 0 AND after < floor)
                                   OR (amount > 0 AND after > ceiling)),
               (SELECT count(*) FROM (SELECT FROM leg GROUP BY e, balance_group HAVING sum(amount) <> 0) AS z),
               array_agg(a) FILTER (WHERE class = 'held'), array_agg(amount) FILTER (WHERE class = 'held'),
               count(*) FILTER (WHERE (day = v_days[e]) IS NOT TRUE), min(day), max(day)
        INTO v_written, v_broken, v_unbalanced, v_held_account, v_held_amount, v_outside, v_from, v_to FROM leg;
        IF v_written <> v_legs THEN
            RAISE EXCEPTION 'a leg is on an unknown account' USING ERRCODE = 'PH008';
        END IF;
        IF v_outside > 0 THEN
            RAISE EXCEPTION 'a leg is not of its line' USING ERRCODE = 'PH008';
        END IF;
        -- Most batches lie in open months altogether, which one look at the closed ones shows.
        IF v_from < v_first_day OR EXISTS (SELECT FROM phb.period p WHERE p.book_id = p_book AND p.closed
                                           AND p.first_day <= v_to AND p.last_day >= v_from) THEN
            IF v_from < v_first_day
               OR EXISTS (SELECT FROM unnest(p_leg_day) AS u(d)
                          JOIN phb.period p ON p.book_id = p_book AND p.closed
                                            AND u.d BETWEEN p.first_day AND p.last_day) THEN
                RAISE EXCEPTION 'a month is closed' USING ERRCODE = 'PH007';
            END IF;
        END IF;
        IF v_unbalanced > 0 THEN
            RAISE EXCEPTION 'a balance group does not sum to zero' USING ERRCODE = 'PH005';
        END IF;
        IF v_broken > 0 THEN
            RAISE EXCEPTION 'a floor, a ceiling or a closed account' USING ERRCODE = 'PH006';
        END IF;
    END IF;
    IF p_acts IS NOT NULL THEN
        PERFORM phb.apply_acts(p_book, p_size, p_lines, p_acts, true);
    END IF;

    -- As many keys as lines that state one, each that of its line and new: so one row for each line.
    IF coalesce(cardinality(p_key), 0) <> v_keys THEN
        RAISE EXCEPTION 'a key without its line, or a line without its key' USING ERRCODE = 'PH002';
    END IF;
    IF v_keys > 0 THEN
        INSERT INTO phb.request_key (book_id, key, number, entries, tree_size, prints)
            SELECT p_book, k.key, p_size + k.e, k.n, p_size + v_count, k.prints
            FROM unnest(p_key, p_key_entry, p_key_count, p_key_prints) AS k(key, e, n, prints)
            WHERE k.n BETWEEN 1 AND v_count - k.e + 1
              AND split_part(p_lines[k.e], '|', 19)
                  = encode(k.key || substr(sha256(int2send(k.n) || k.prints), 1, 16), 'hex')
            ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> v_keys THEN
            RAISE EXCEPTION 'a key is known, or not that of its line' USING ERRCODE = 'PH002';
        END IF;
    END IF;
    -- Every subtree that this batch completes, and no other.
    v_last_number := p_size + v_count;
    IF coalesce(cardinality(p_subtree_level), 0) <>
           (v_last_number >> 8) - (p_size >> 8) + (v_last_number >> 16) - (p_size >> 16)
         + (v_last_number >> 24) - (p_size >> 24) + (v_last_number >> 32) - (p_size >> 32)
         + (v_last_number >> 40) - (p_size >> 40) + (v_last_number >> 48) - (p_size >> 48)
         + (v_last_number >> 56) - (p_size >> 56) THEN
        RAISE EXCEPTION 'a subtree lies outside this batch' USING ERRCODE = 'PH008';
    END IF;
    IF cardinality(p_subtree_level) > 0 THEN
        INSERT INTO phb.subtree (book_id, level, index, root)
            SELECT p_book, s.level, s.index, s.root
            FROM unnest(p_subtree_level, p_subtree_index, p_subtree_root) AS s(level, index, root)
            WHERE s.level BETWEEN 1 AND 7 AND octet_length(s.root) = 32
              AND (s.index + 1) * (256::numeric ^ s.level) BETWEEN p_size + 1 AND p_size + v_count;
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> cardinality(p_subtree_level) THEN
            RAISE EXCEPTION 'a subtree lies outside this batch' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    IF cardinality(p_detail_entry) > 0 THEN
        INSERT INTO phb.detail (book_id, number, salt, content)
            SELECT p_book, p_size + d.e, d.salt, d.content
            FROM unnest(p_detail_entry, p_detail_salt, p_detail_content) AS d(e, salt, content)
            WHERE split_part(p_lines[d.e], '|', 17) = encode(sha256(d.salt || d.content), 'hex');
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> cardinality(p_detail_entry) THEN
            RAISE EXCEPTION 'a detail does not fit its commitment' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    IF cardinality(p_hold_entry) > 0 OR cardinality(p_pair_holding) > 0 THEN
        WITH holds AS (
            INSERT INTO phb.hold (book_id, number, purpose, subject, expires_us)
                SELECT p_book, p_size + h.e, h.purpose, nullif(split_part(p_lines[h.e], '|', 16), '-'), h.expires
                FROM unnest(p_hold_entry, p_hold_purpose, p_hold_expires) AS h(e, purpose, expires)
                WHERE split_part(p_lines[h.e], '|', 5) = 'hold_placed' RETURNING 1
        ), pairs AS (
            INSERT INTO phb.hold_pair (book_id, number, holding_id, origin_id, placed, remaining)
                SELECT p_book, p_size + h.e, h.holding, h.origin, h.amount, h.amount
                FROM unnest(p_pair_entry, p_pair_holding, p_pair_origin, p_pair_amount) AS h(e, holding, origin, amount)
                WHERE h.e = ANY (p_hold_entry) RETURNING 1
        )
        SELECT (SELECT count(*) FROM holds), (SELECT count(*) FROM pairs) INTO v_written, v_pairs;
        IF v_written IS DISTINCT FROM cardinality(p_hold_entry) OR v_pairs IS DISTINCT FROM cardinality(p_pair_entry)
           OR EXISTS (SELECT x.e, x.a, x.amount
                      FROM unnest(p_pair_entry, p_pair_holding, p_pair_origin, p_pair_amount) AS h(e, holding, origin, n),
                           LATERAL (VALUES (h.e, h.holding, h.n), (h.e, h.origin, -h.n)) AS x(e, a, amount)
                      EXCEPT
                      SELECT l.e, l.a, l.amount FROM unnest(p_leg_entry, p_leg_account, p_leg_amount) AS l(e, a, amount)
                     ) THEN
            RAISE EXCEPTION 'a hold lies outside this batch' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    -- What holds keep on a holding account moves exactly as the account's balance does.
    IF v_held_account IS NOT NULL OR cardinality(p_hold_entry) > 0 OR cardinality(p_move_hold) > 0 THEN
        IF EXISTS (SELECT FROM (
               SELECT l.a, l.amount FROM unnest(v_held_account, v_held_amount) AS l(a, amount)
               UNION ALL
               SELECT m.a, -m.amount FROM unnest(p_move_holding, p_move_amount) AS m(a, amount)
               UNION ALL
               SELECT h.a, -h.amount FROM unnest(p_pair_holding, p_pair_amount) AS h(a, amount)
           ) AS x GROUP BY x.a HAVING sum(x.amount) <> 0) THEN
            RAISE EXCEPTION 'a holding account moves only with its holds' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    IF cardinality(p_move_hold) > 0 OR cardinality(p_move_holding) > 0 THEN
        UPDATE phb.hold_pair h SET remaining = h.remaining + m.amount
            FROM (SELECT hold, holding, sum(amount)::bigint AS amount
                  FROM unnest(p_move_hold, p_move_holding, p_move_amount) AS u(hold, holding, amount)
                  GROUP BY hold, holding) AS m
            WHERE h.book_id = p_book AND h.number = m.hold AND h.holding_id = m.holding;
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> (SELECT count(DISTINCT (hold, holding))
                         FROM unnest(p_move_hold, p_move_holding) AS u(hold, holding)) THEN
            RAISE EXCEPTION 'a hold is unknown' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    IF cardinality(p_closed_hold) > 0 THEN
        UPDATE phb.hold h SET closed = c.state
            FROM (SELECT DISTINCT ON (hold) hold, state
                  FROM unnest(p_closed_hold, p_closed_state) WITH ORDINALITY AS u(hold, state, i)
                  ORDER BY hold, i DESC) AS c
            WHERE h.book_id = p_book AND h.number = c.hold;
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> (SELECT count(DISTINCT u.hold) FROM unnest(p_closed_hold) AS u(hold)) THEN
            RAISE EXCEPTION 'a hold is unknown' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    IF cardinality(p_move_hold) > 0 OR cardinality(p_closed_hold) > 0 THEN
        IF EXISTS (SELECT FROM phb.hold h JOIN phb.hold_pair p USING (book_id, number)
                   WHERE h.book_id = p_book AND h.number = ANY (p_move_hold || p_closed_hold)
                   GROUP BY h.number, h.closed HAVING h.closed <> (sum(p.remaining) = 0)) THEN
            RAISE EXCEPTION 'a hold is closed when it keeps nothing, and only then' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    IF cardinality(p_undo_target) > 0 THEN
        INSERT INTO phb.undone (book_id, number, undone_by)
            SELECT p_book, u.target, u.entry
            FROM unnest(p_undo_target, p_undo_entry) AS u(target, entry)
            JOIN phb.entry t ON t.book_id = p_book AND t.number = u.target AND t.number < u.entry
                AND t.kind IN ('transaction', 'hold_placed', 'hold_settled', 'hold_released')
            WHERE u.entry BETWEEN p_size + 1 AND p_size + v_count
              AND split_part(p_lines[u.entry - p_size], '|', 5) = 'transaction'
              AND (strpos(p_lines[u.entry - p_size], '|reverses|' || u.target || '|') > 0
                   OR strpos(p_lines[u.entry - p_size], '|corrects|' || u.target || '|') > 0)
              AND NOT EXISTS (SELECT FROM phb.undone d WHERE d.book_id = p_book AND d.undone_by = u.target);
        GET DIAGNOSTICS v_written = ROW_COUNT;
        IF v_written <> cardinality(p_undo_target) THEN
            RAISE EXCEPTION 'a reversal lies outside this batch' USING ERRCODE = 'PH008';
        END IF;
    END IF;
    IF cardinality(p_subject) > 0 THEN
        IF EXISTS (SELECT FROM unnest(p_subject, p_subject_entry) AS s(subject, e)
                   WHERE (s.e BETWEEN 1 AND v_count) IS NOT TRUE) THEN
            RAISE EXCEPTION 'a subject lies outside this batch' USING ERRCODE = 'PH008';
        END IF;
        INSERT INTO phb.subject_version AS v (book_id, subject, number)
            SELECT p_book, s.subject, p_size + max(s.e)
            FROM unnest(p_subject, p_subject_entry) AS s(subject, e)
            GROUP BY s.subject
            ON CONFLICT (book_id, subject) DO UPDATE SET number = excluded.number;
    END IF;
    UPDATE phb.head SET size = p_size + v_count, root = p_new_root, frontier = p_new_frontier, last_us = v_last
        WHERE book_id = p_book;
END
$$;

-- The first entry whose recorded time is after a moment, by bisection: numbers and times rise together.
CREATE FUNCTION phb.size_at(p_book integer, p_us bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    v_low bigint := 0;
    v_high bigint;
    v_middle bigint;
    v_time bigint;
BEGIN
    SELECT size INTO v_high FROM phb.head WHERE book_id = p_book;
    WHILE v_low < v_high LOOP
        v_middle := (v_low + v_high + 1) / 2;
        SELECT recorded_us INTO v_time FROM phb.entry WHERE book_id = p_book AND number = v_middle;
        IF v_time <= p_us THEN
            v_low := v_middle;
        ELSE
            v_high := v_middle - 1;
        END IF;
    END LOOP;
    RETURN v_low;
END
$$;
