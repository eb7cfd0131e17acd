-- The register: what was said of whom and what was decided, one row for each entry of a register kind and each decision,
-- read out of the entry's own line. The newest row about a subject is how it stands. Insert-only, and only by append_batch.
CREATE TABLE phb.register (
    book_id integer NOT NULL,
    number bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL COLLATE "C",
    act text NOT NULL,
    person_ref text,
    day date,
    attributes jsonb NOT NULL,
    PRIMARY KEY (book_id, number)
);
CREATE INDEX register_subject ON phb.register (book_id, subject, number);
CREATE INDEX register_person ON phb.register (book_id, person_ref, kind, day, number) WHERE person_ref IS NOT NULL;
-- Approvals are few among all that was decided of a person, and those with conditions are looked at whenever anything is decided.
CREATE INDEX register_approval ON phb.register (book_id, person_ref, number) WHERE kind = 'decision' AND act = 'approval';
CREATE INDEX register_kind ON phb.register (book_id, kind, number) WHERE person_ref IS NULL;

-- The row of one line, or none for a line that is not of the register. Verification works it
-- out by itself. Without a search path of its own, so that a query takes it in; who calls it has one.
CREATE FUNCTION phb.register_row(p_line text, OUT kind text, OUT subject text, OUT act text, OUT person_ref text,
                                 OUT day date, OUT attributes jsonb)
    RETURNS SETOF record LANGUAGE sql IMMUTABLE
    AS $$
    SELECT f[5], f[16], coalesce(a.given ->> 'act', a.given ->> 'outcome'), a.given ->> 'person', nullif(f[7], '-')::date,
           a.given
    FROM string_to_array(p_line, '|') AS f
    CROSS JOIN LATERAL (SELECT jsonb_object(f[21:20 + 2 * f[20]::integer]) AS given) AS a
    WHERE f[5] IN ('decision', 'fund', 'setting', 'line_activated', 'plan', 'plan_version', 'line', 'holder_account',
                   'schedule', 'run', 'bill', 'review', 'reconsideration', 'offer', 'payee', 'person', 'delegation',
                   'limit', 'bundle', 'evidence', 'notice')
$$;

-- Who a person is: outside the log, for the registrar, and erasable. Found again by a keyed hash of the NHS number.
CREATE TABLE phb.identity (
    book_id integer NOT NULL,
    person_ref text NOT NULL,
    lookup bytea,
    content bytea NOT NULL,
    PRIMARY KEY (book_id, person_ref)
);
CREATE UNIQUE INDEX identity_lookup ON phb.identity (book_id, lookup) WHERE lookup IS NOT NULL;
