"""The SQL of what an act on a budget is about, read at once. Values are parameters."""

CONCERNED = r"""
WITH RECURSIVE open AS MATERIALIZED (
    SELECT x.number, x.line
    FROM (SELECT DISTINCT p.number, a.tags ->> 'line' AS line FROM phb.account a
          JOIN phb.hold_pair p ON p.book_id = $1 AND p.holding_id = a.account_id AND p.remaining > 0
          WHERE $9::boolean AND a.book_id = $1 AND a.person_ref = $2 AND a.class = 'held' OFFSET 0) AS x
    JOIN phb.hold h ON h.book_id = $1 AND h.number = x.number AND NOT h.closed
), named AS MATERIALIZED (
    SELECT u.number FROM unnest($3::bigint[]) AS u(number)
    UNION
    SELECT o.number - 1 FROM open o
    UNION
    SELECT r.number FROM phb.register r
    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = ANY ($5::text[]) AND r.act = ANY ($11::text[])
), rested AS MATERIALIZED (
    SELECT CASE WHEN split_part(e.body, '|', 15) ~ '^[1-9][0-9]{0,17}$' THEN split_part(e.body, '|', 15)::bigint END AS number,
           substring(e.body FROM '\|in_transit/([^|]+)\|-') AS bank
    FROM unnest($3::bigint[]) AS u(number) JOIN phb.entry e ON e.book_id = $1 AND e.number = u.number
), reached AS (
    SELECT x.subject FROM (
        SELECT (CASE r.kind WHEN 'decision' THEN 'decision/' || r.number ELSE r.subject END) COLLATE "C" AS subject
        FROM (SELECT n.number FROM named n UNION SELECT g.number FROM rested g) AS n
        CROSS JOIN LATERAL (SELECT r.kind, r.number, r.subject FROM phb.register r
                            WHERE r.book_id = $1 AND r.number = n.number OFFSET 0) AS r
        UNION ALL
        SELECT ('payment_file/' || g.bank) COLLATE "C" FROM rested g WHERE g.bank IS NOT NULL
        UNION ALL
        SELECT u.subject COLLATE "C" FROM unnest($4::text[]) AS u(subject)) AS x
    UNION
    SELECT n.subject COLLATE "C"
    -- What is looked up is worked out before (OFFSET 0): casts are not leakproof, and would keep row-level security from using
    -- an index. And each is looked up by itself (LATERAL with OFFSET 0): how much a chain reaches is estimated far too high, for
    -- which the whole register would be read.
    FROM (SELECT s.subject, CASE WHEN s.subject ~ '^decision/[1-9][0-9]{0,17}$' THEN substr(s.subject, 10)::bigint END AS decision
          FROM reached s OFFSET 0) AS s
    CROSS JOIN LATERAL (
        SELECT r.number, r.kind, r.subject, r.act, r.person_ref, r.attributes FROM phb.register r
        WHERE r.book_id = $1 AND r.subject = s.subject
        UNION ALL
        SELECT r.number, r.kind, r.subject, r.act, r.person_ref, r.attributes FROM phb.register r
        WHERE r.book_id = $1 AND r.number = s.decision) AS r
    CROSS JOIN LATERAL (
        SELECT 'decision/' || r.number AS subject WHERE r.kind = 'decision'
        UNION ALL
        SELECT 'unfunded/' || r.number WHERE r.kind = 'decision'
        UNION ALL
        SELECT 'bank_match/' || r.number WHERE r.act IN ('bank_line_taken', 'receipt_taken')
        UNION ALL
        SELECT 'decision/' || split_part(e.body, '|', 15) FROM phb.entry e
        WHERE r.act = 'stop_notified' AND e.book_id = $1 AND e.number = r.number
        UNION ALL
        SELECT 'considered/' || substr(r.subject, 8) WHERE r.act = 'made' AND starts_with(r.subject, 'notice/')
        UNION ALL
        SELECT 'limit/' || (r.attributes ->> 'grade') || '/' || l.act FROM unnest($6::text[]) AS l(act)
        WHERE r.act = 'grade_given'
        UNION ALL
        SELECT p.subject FROM (VALUES (r.attributes ->> 'payee'), ('holder_account/' || (r.attributes ->> 'payee'))) AS p(subject)
        WHERE r.act IN ('invoice_entered', 'statement_entered', 'reimbursement_claimed', 'released', 'moved_in')
          AND p.subject IS NOT NULL
        UNION ALL
        SELECT 'invoice' || p.subject
        FROM (VALUES (substr(r.subject, 10)),
                     ('/' || split_part(r.subject, '/', 2) || '/'
                      || encode(sha256(convert_to(split_part(r.subject, '/', 3) || '/fee', 'UTF8')), 'hex'))) AS p(subject)
        WHERE r.kind = 'evidence' AND r.act = 'statement_entered'
        UNION ALL
        SELECT n.subject FROM (SELECT v.value::bigint AS number FROM jsonb_each_text(r.attributes) AS v
                               WHERE r.kind = 'run' AND r.act = 'released' AND starts_with(v.key, 'invoice.') OFFSET 0) AS x
        CROSS JOIN LATERAL (SELECT n.subject FROM phb.register n WHERE n.book_id = $1 AND n.number = x.number OFFSET 0) AS n
        UNION ALL
        SELECT CASE n.kind WHEN 'decision' THEN 'decision/' || n.number ELSE n.subject END
        FROM (SELECT CASE WHEN v.text ~ '^[1-9][0-9]{0,17}$' THEN v.text::bigint - v.before END AS number
              FROM (VALUES (r.attributes ->> 'of', 0), (r.attributes ->> 'notice', 0), (r.attributes ->> 'surplus', 0),
                           (r.attributes ->> 'relies_on', 0), (r.attributes ->> 'estimate', 0),
                           (r.attributes ->> 'bank_line', 0), (r.attributes ->> 'hold', 1)) AS v(text, before)
              WHERE r.person_ref = $2 OFFSET 0) AS x
        CROSS JOIN LATERAL (SELECT n.kind, n.number, n.subject FROM phb.register n
                            WHERE n.book_id = $1 AND n.number = x.number OFFSET 0) AS n) AS n
), said AS MATERIALIZED (
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref, true AS near
    FROM reached s
    CROSS JOIN LATERAL (SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref FROM phb.register r
                        WHERE r.book_id = $1 AND r.subject = s.subject OFFSET 0) AS r
    UNION ALL
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref, true
    FROM (SELECT substr(s.subject, 10)::bigint AS number FROM reached s
          WHERE s.subject ~ '^decision/[1-9][0-9]{0,17}$' OFFSET 0) AS x
    CROSS JOIN LATERAL (SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref FROM phb.register r
                        WHERE r.book_id = $1 AND r.number = x.number OFFSET 0) AS r
    UNION ALL
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref, false
    FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = ANY ($5::text[])
), moving AS MATERIALIZED (
    SELECT n.number FROM named n
    UNION
    SELECT s.number FROM said s WHERE s.near AND s.person_ref = $2
    UNION
    SELECT s.number FROM said s WHERE NOT s.near AND s.attributes ->> 'of' IN (SELECT x.number::text FROM said x WHERE x.near)
), granted AS MATERIALIZED (
    SELECT DISTINCT s.number FROM said s WHERE s.near AND s.kind = 'decision' AND s.act = 'approval' AND s.person_ref = $2
), decided AS (
    SELECT g.number AS approval, r.number FROM granted g
    JOIN phb.register r ON r.attributes ->> 'relies_on' = g.number::text OR r.number = g.number
    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision' AND r.attributes ->> 'hold' = 'yes'
    UNION
    SELECT d.approval, r.number FROM decided d JOIN phb.register r ON r.attributes ->> 'of' = d.number::text
    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision' AND r.act = 'carried'
)
SELECT json_build_object(
    'size', (SELECT h.size FROM phb.head h WHERE h.book_id = $1),
    'projected', coalesce((SELECT c.through_entry FROM phb.cursor c WHERE c.book_id = $1 AND c.name = $12), 0),
    'closed', (SELECT coalesce(json_agg(p.period), '[]') FROM phb.period p WHERE p.book_id = $1 AND p.closed),
    -- The register's subjects are of collation "C" and those with versions are not: an index is of its own collation only.
    'subjects', (SELECT coalesce(json_object_agg(s.subject, coalesce((
                            SELECT v.number FROM phb.subject_version v
                            WHERE v.book_id = $1 AND v.subject = s.subject COLLATE "default"), 0)), '{}')
                 FROM reached s),
    'lines', (SELECT coalesce(json_object_agg(v.subject, v.number), '{}')
              FROM (SELECT DISTINCT r.subject FROM phb.register r
                    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'line' OFFSET 0) AS l
              JOIN phb.subject_version v ON v.book_id = $1 AND v.subject = l.subject COLLATE "default"),
    'said', (SELECT coalesce(json_agg(json_build_array(s.number, s.kind, s.subject, s.act, s.day, s.attributes, s.person_ref)
                                      ORDER BY s.number), '[]')
             FROM (SELECT DISTINCT ON (x.number) x.* FROM said x ORDER BY x.number) AS s),
    'entries', (SELECT coalesce(json_agg(json_build_array(
                           e.number, e.body,
                           (SELECT u.undone_by FROM phb.undone u WHERE u.book_id = $1 AND u.number = e.number),
                           (SELECT d.erased_by FROM phb.erased d WHERE d.book_id = $1 AND d.number = e.number))), '[]')
                FROM (SELECT DISTINCT g.number FROM moving m
                      CROSS JOIN LATERAL generate_series(m.number, m.number + $10) AS g(number) OFFSET 0) AS w
                CROSS JOIN LATERAL (SELECT e.number, e.body FROM phb.entry e
                                    WHERE e.book_id = $1 AND e.number = w.number OFFSET 0) AS e),
    'decisions', (SELECT coalesce(json_agg(DISTINCT s.number), '[]') FROM said s WHERE s.near AND s.kind = 'decision'),
    'holds', (SELECT coalesce(json_agg(json_build_object(
                         'number', h.number, 'purpose', h.purpose, 'subject', h.subject, 'expires_us', h.expires_us,
                         'closed', h.closed, 'placed', p.placed, 'remaining', p.remaining,
                         'holding', (SELECT c.code FROM phb.account c WHERE c.book_id = $1 AND c.account_id = p.holding_id),
                         'origin', (SELECT o.code FROM phb.account o WHERE o.book_id = $1 AND o.account_id = p.origin_id))
                         ORDER BY h.number, p.holding_id), '[]')
              FROM (SELECT DISTINCT s.number + 1 AS number FROM said s WHERE s.near AND s.kind = 'decision' OFFSET 0) AS x
              CROSS JOIN LATERAL (SELECT h.number, h.purpose, h.subject, h.expires_us, h.closed FROM phb.hold h
                                  WHERE h.book_id = $1 AND h.number = x.number OFFSET 0) AS h
              CROSS JOIN LATERAL (SELECT p.placed, p.remaining, p.holding_id, p.origin_id FROM phb.hold_pair p
                                  WHERE p.book_id = $1 AND p.number = x.number OFFSET 0) AS p),
    'granted', (SELECT coalesce(json_agg(json_build_array(g.number, (
                           SELECT coalesce(json_agg(json_build_array(h.number, (
                                      SELECT coalesce(sum(p.remaining), 0)::bigint FROM phb.hold_pair p
                                      WHERE p.book_id = $1 AND p.number = h.number))), '[]')
                           FROM (SELECT d.number + 1 AS number FROM decided d WHERE d.approval = g.number OFFSET 0) AS x
                           CROSS JOIN LATERAL (SELECT h.number FROM phb.hold h
                                               WHERE h.book_id = $1 AND h.number = x.number OFFSET 0) AS h),
                           EXISTS (SELECT FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision'
                                   AND r.attributes ->> 'relies_on' = g.number::text AND r.attributes ->> 'hold' = 'yes'))), '[]')
                FROM granted g),
    'touched', (SELECT coalesce(json_agg(u.number), '[]') FROM unnest($3::bigint[]) AS u(number)
                WHERE EXISTS (SELECT FROM phb.account a
                              JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.number = u.number
                              WHERE a.book_id = $1 AND a.person_ref = $2)),
    'bank_lines', (SELECT coalesce(json_agg(x ORDER BY x.number), '[]') FROM (
        SELECT r.number, r.subject, r.act, r.attributes::text AS attributes, convert_from(d.content, 'UTF8') AS words,
               (SELECT coalesce(json_agg(json_build_object(
                           'number', x.number, 'kind', coalesce(x.attributes ->> 'matched', x.attributes ->> 'was'),
                           'ended', x.act = 'bank_line_unmatched', 'source', x.attributes ->> 'source',
                           'of', coalesce((x.attributes ->> 'of')::bigint,
                                          CASE WHEN x.attributes ->> 'matched' = 'repayment'
                                               THEN split_part(e.body, '|', 15)::bigint END))
                           ORDER BY x.number), '[]')
                FROM phb.register x JOIN phb.entry e USING (book_id, number)
                WHERE x.book_id = $1 AND x.subject = 'bank_match/' || r.number)::text AS said,
               coalesce((SELECT sum((x.attributes ->> 'amount')::bigint) FROM phb.register x
                         WHERE x.book_id = $1 AND x.person_ref = $2 AND x.kind = 'evidence' AND x.act = 'evidence_accepted'
                           AND x.attributes ->> 'bank_line' = r.number::text
                           AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = x.subject
                                           AND y.number > x.number)), 0)::bigint AS explained
        FROM phb.register r
        LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
        WHERE $13::boolean AND r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence'
          AND r.act IN ('bank_line_taken', 'receipt_taken')
          AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = r.subject AND y.number > r.number)) AS x),
    'open', (SELECT coalesce(json_agg(json_build_array(o.number, o.line) ORDER BY o.number), '[]') FROM open o),
    'drafts', (SELECT coalesce(json_agg(json_build_array(x.number, (
                          SELECT convert_from(d.content, 'UTF8') FROM phb.detail d
                          WHERE d.book_id = $1 AND d.number = x.number))), '[]')
               FROM (SELECT DISTINCT ON (s.subject) s.number FROM said s WHERE s.near AND s.act = 'drafted'
                     ORDER BY s.subject, s.number DESC) AS x),
    'accounts', (SELECT coalesce(json_object_agg(a.code, b.balance), '{}')
                 FROM (SELECT a.account_id, a.code FROM unnest($7::text[], $8::text[]) AS u(low, high)
                       JOIN phb.account a ON a.book_id = $1 AND a.code >= u.low AND a.code < u.high
                       UNION
                       SELECT a.account_id, a.code FROM phb.account a
                       WHERE a.book_id = $1 AND a.person_ref = $2 AND starts_with(a.class, 'receivable/')) AS a
                 CROSS JOIN LATERAL (SELECT b.balance FROM phb.balance b
                                     WHERE b.book_id = $1 AND b.account_id = a.account_id OFFSET 0) AS b)
)::text AS concerned
"""
"""What an act is about, in one statement and so of one moment. $1 book, $2 person, $3 entries that it names, $4 subjects, $5 kinds
of which everything about the person is wanted, $6 acts whose limit may be asked, $7 and $8 where the codes of accounts begin and
end (what is owed about the person comes anyway), $9 whether the person's open orders are wanted, $10 how many entries after each
are read with it, $11 acts of those kinds that are named too, $12 the projector's cursor, $13 whether all lines of the person's
banks are wanted, as `store_banking.HOLDER_LINES` has them. From what is named it follows what that rests on: a decision, its
answer and what a fund bears of it, a bank line and its match, a notice and what was considered of it, a stop and the decision on
it, a grade and its limits, an order's decision, whoever is to be paid, a payment's invoices, the invoices of a statement, and every
entry that a row of this person names; of a movement, what stands behind it, and the files of the bank that it leaves. Of an
approval it has the orders under it, as `store.USED_UNDER` has them."""
