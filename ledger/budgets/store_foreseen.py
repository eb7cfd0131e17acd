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
), behind AS MATERIALIZED (
    SELECT DISTINCT g.number FROM rested g WHERE g.number IS NOT NULL
), reached AS (
    SELECT x.subject FROM (
        SELECT (CASE r.kind WHEN 'decision' THEN 'decision/' || r.number ELSE r.subject END) COLLATE "C" AS subject
        FROM (SELECT n.number FROM named n UNION SELECT g.number FROM behind g) AS n
        CROSS JOIN LATERAL (SELECT r.kind, r.number, r.subject FROM phb.register r
                            WHERE r.book_id = $1 AND r.number = n.number OFFSET 0) AS r
        UNION ALL
        SELECT ('payment_file/' || g.bank) COLLATE "C" FROM rested g WHERE g.bank IS NOT NULL
        UNION ALL
        SELECT ('run/posted.' || g.number) COLLATE "C" FROM behind g
        UNION ALL
        SELECT u.subject COLLATE "C" FROM unnest($4::text[]) AS u(subject)) AS x
    UNION
    SELECT n.subject COLLATE "C"
    -- What is looked up is worked out before (OFFSET 0): casts are not leakproof, and would keep row-level security from using
    -- an index. And each is looked up by itself (LATERAL with OFFSET 0), here and below: how much a chain reaches nobody knows
    -- beforehand, and a plan that takes it for much reads the whole table.
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
        SELECT x.begins || x.ends FROM (VALUES
            ('bank_match/', r.number::text), ('refund/', substr(r.subject, 11)),
            ('claim/', left(split_part(r.subject, '/', 3), 32))) AS x(begins, ends)
        WHERE r.act IN ('bank_line_taken', 'receipt_taken')
        UNION ALL
        SELECT 'decision/' || (r.number - 1) WHERE r.act = 'bank_line_matched'
        UNION ALL
        SELECT p.subject FROM (VALUES (r.attributes ->> 'payee'), ('holder_account/' || (r.attributes ->> 'payee'))) AS p(subject)
        WHERE r.act IN ('claimed', 'invoice_entered', 'statement_entered', 'reimbursement_claimed', 'released', 'moved_in', 'ask',
                        'spend')
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
        SELECT 'decision/' || split_part(e.body, '|', 15) FROM phb.entry e
        WHERE r.act = 'stop_notified' AND e.book_id = $1 AND e.number = r.number
        UNION ALL
        SELECT 'considered/' || substr(r.subject, 8) WHERE r.act = 'made' AND starts_with(r.subject, 'notice/')
        UNION ALL
        SELECT 'limit/' || (r.attributes ->> 'grade') || '/' || l.act FROM unnest($6::text[]) AS l(act)
        WHERE r.act = 'grade_given'
        UNION ALL
        SELECT CASE n.kind WHEN 'decision' THEN 'decision/' || n.number ELSE n.subject END
        FROM (SELECT CASE WHEN v.text ~ '^[1-9][0-9]{0,17}$' THEN v.text::bigint - v.before END AS number
              FROM (VALUES (r.attributes ->> 'of', 0), (r.attributes ->> 'notice', 0), (r.attributes ->> 'surplus', 0),
                           (r.attributes ->> 'relies_on', 0), (r.attributes ->> 'estimate', 0),
                           (r.attributes ->> 'bank_line', 0), (r.attributes ->> 'hold', 1),
                           (CASE WHEN r.act = 'bank_line_matched' AND NOT r.attributes ? 'of'
                                 THEN (SELECT split_part(e.body, '|', 15) FROM phb.entry e
                                       WHERE e.book_id = $1 AND e.number = r.number) END, 0)) AS v(text, before)
              WHERE r.person_ref = $2 OFFSET 0) AS x
        CROSS JOIN LATERAL (SELECT n.kind, n.number, n.subject FROM phb.register n
                            WHERE n.book_id = $1 AND n.number = x.number OFFSET 0) AS n) AS n
), said AS MATERIALIZED (
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref, true AS near
    FROM reached s CROSS JOIN LATERAL (SELECT * FROM phb.register r WHERE r.book_id = $1 AND r.subject = s.subject OFFSET 0) AS r
    UNION ALL
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref, true
    FROM (SELECT substr(s.subject, 10)::bigint AS number FROM reached s
          WHERE s.subject ~ '^decision/[1-9][0-9]{0,17}$' OFFSET 0) AS x
    CROSS JOIN LATERAL (SELECT * FROM phb.register r WHERE r.book_id = $1 AND r.number = x.number OFFSET 0) AS r
    UNION ALL
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes, r.person_ref, false
    FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = ANY ($5::text[])
), moving AS MATERIALIZED (
    SELECT n.number FROM named n
    UNION
    SELECT g.number FROM behind g
    UNION
    SELECT s.number FROM said s WHERE s.near AND s.person_ref = $2
    UNION
    SELECT s.number FROM said s WHERE NOT s.near AND s.attributes ->> 'of' IN (SELECT x.number::text FROM said x WHERE x.near)
), granted AS MATERIALIZED (
    SELECT DISTINCT s.number FROM said s WHERE s.near AND s.kind = 'decision' AND s.act IN ('approval', 'ask')
      AND s.person_ref = $2
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
    'subjects', (SELECT coalesce(json_object_agg(s.subject, coalesce(v.number, 0)), '{}') FROM reached s
                 LEFT JOIN LATERAL (SELECT v.number FROM phb.subject_version v
                                    -- Its index is of another collation than the register's.
                                    WHERE v.book_id = $1 AND v.subject = s.subject COLLATE "default" OFFSET 0) AS v ON true),
    'lines', (SELECT coalesce(json_object_agg(l.subject, v.number), '{}')
              FROM (SELECT DISTINCT r.subject FROM phb.register r
                    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'line' OFFSET 0) AS l
              CROSS JOIN LATERAL (SELECT v.number FROM phb.subject_version v
                                  WHERE v.book_id = $1 AND v.subject = l.subject COLLATE "default" OFFSET 0) AS v),
    'said', (SELECT coalesce(json_agg(json_build_array(s.number, s.kind, s.subject, s.act, s.day, s.attributes, s.person_ref)
                                      ORDER BY s.number), '[]')
             FROM (SELECT DISTINCT ON (x.number) x.* FROM said x ORDER BY x.number) AS s),
    'entries', (SELECT coalesce(json_agg(json_build_array(e.number, e.body, u.undone_by, d.erased_by)), '[]')
                FROM (SELECT DISTINCT g.number FROM moving m
                      CROSS JOIN LATERAL generate_series(m.number, m.number + $10) AS g(number) OFFSET 0) AS w
                CROSS JOIN LATERAL (SELECT e.number, e.body FROM phb.entry e
                                    WHERE e.book_id = $1 AND e.number = w.number OFFSET 0) AS e
                LEFT JOIN LATERAL (SELECT u.undone_by FROM phb.undone u
                                   WHERE u.book_id = $1 AND u.number = w.number OFFSET 0) AS u ON true
                LEFT JOIN LATERAL (SELECT d.erased_by FROM phb.erased d
                                   WHERE d.book_id = $1 AND d.number = w.number OFFSET 0) AS d ON true),
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
                                               WHERE h.book_id = $1 AND h.number = x.number OFFSET 0) AS h))), '[]')
                FROM granted g),
    'touched', (SELECT coalesce(json_agg(json_build_array(x.number, (
                           SELECT coalesce(json_agg(DISTINCT a.person_ref), '[]') FROM phb.posting p
                           CROSS JOIN LATERAL (SELECT a.person_ref FROM phb.account a
                                               WHERE a.book_id = $1 AND a.account_id = p.account_id OFFSET 0) AS a
                           WHERE p.book_id = $1 AND p.number = x.number AND a.person_ref IS NOT NULL))), '[]')
                FROM (SELECT u.number FROM unnest($3::bigint[]) AS u(number) UNION SELECT g.number FROM behind g) AS x),
    'behind', (SELECT coalesce(json_agg(g.number), '[]') FROM behind g),
    'open', (SELECT coalesce(json_agg(json_build_array(o.number, o.line) ORDER BY o.number), '[]') FROM open o),
    'drafts', (SELECT coalesce(json_agg(json_build_array(x.number, (
                          SELECT convert_from(d.content, 'UTF8') FROM phb.detail d
                          WHERE d.book_id = $1 AND d.number = x.number))), '[]')
               FROM (SELECT * FROM (SELECT DISTINCT ON (s.subject) s.number FROM said s WHERE s.near AND s.act = 'drafted'
                                    ORDER BY s.subject, s.number DESC) AS drafted
                     UNION
                     SELECT u.number FROM unnest($13::bigint[]) AS u(number)) AS x),
    'accounts', (SELECT coalesce(json_object_agg(a.code, b.balance), '{}')
                 FROM (SELECT a.account_id, a.code FROM unnest($7::text[], $8::text[]) AS u(low, high)
                       JOIN phb.account a ON a.book_id = $1 AND a.code >= u.low AND a.code < u.high
                       UNION
                       SELECT a.account_id, a.code FROM phb.account a
                       WHERE a.book_id = $1 AND a.person_ref = $2 AND starts_with(a.class, 'receivable/')
                       UNION
                       SELECT a.account_id, a.code
                       FROM (SELECT 'uninvoiced/' || (s.attributes ->> 'payee') AS code FROM said s
                             WHERE s.near AND s.act = 'uninvoiced_entered' OFFSET 0) AS u
                       CROSS JOIN LATERAL (SELECT a.account_id, a.code FROM phb.account a
                                           WHERE a.book_id = $1 AND a.code = u.code COLLATE "C" OFFSET 0) AS a) AS a
                 CROSS JOIN LATERAL (SELECT b.balance FROM phb.balance b
                                     WHERE b.book_id = $1 AND b.account_id = a.account_id OFFSET 0) AS b),
    'bank_lines', CASE WHEN 'bank_lines' = ANY ($14::text[]) THEN (
        SELECT coalesce(json_agg(json_build_array(
                   r.number, r.subject, r.act, r.attributes, convert_from(d.content, 'UTF8'),
                   (SELECT coalesce(json_agg(json_build_object(
                               'number', x.number, 'kind', coalesce(x.attributes ->> 'matched', x.attributes ->> 'was'),
                               'ended', x.act = 'bank_line_unmatched', 'source', x.attributes ->> 'source',
                               'of', coalesce((x.attributes ->> 'of')::bigint,
                                              CASE WHEN x.attributes ->> 'matched' = 'repayment'
                                                   THEN split_part(e.body, '|', 15)::bigint END))
                               ORDER BY x.number), '[]')
                    FROM phb.register x JOIN phb.entry e ON e.book_id = $1 AND e.number = x.number
                    WHERE x.book_id = $1 AND x.subject = 'bank_match/' || r.number),
                   coalesce((SELECT sum((x.attributes ->> 'amount')::bigint) FROM phb.register x
                             WHERE x.book_id = $1 AND x.person_ref = $2 AND x.kind = 'evidence' AND x.act = 'evidence_accepted'
                               AND x.attributes ->> 'bank_line' = r.number::text
                               AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = x.subject
                                               AND y.number > x.number)), 0)::bigint) ORDER BY r.number), '[]')
        FROM phb.register r
        LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
        WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence' AND r.act IN ('bank_line_taken', 'receipt_taken')
          AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = r.subject AND y.number > r.number)) END,
    'posted', (SELECT coalesce(json_agg(json_build_array(w.line, e.number, split_part(e.body, '|', 6)) ORDER BY e.number), '[]')
               FROM (SELECT r.number AS line, g.number
                     FROM named n
                     CROSS JOIN LATERAL (SELECT r.number FROM phb.register r WHERE r.book_id = $1 AND r.number = n.number
                                           AND r.act IN ('bank_line_taken', 'receipt_taken') OFFSET 0) AS r
                     CROSS JOIN LATERAL (SELECT r.number
                                         UNION ALL
                                         SELECT m.number FROM phb.register m WHERE m.book_id = $1
                                           AND m.subject = 'bank_match/' || r.number AND m.act = 'bank_line_unmatched') AS s
                     CROSS JOIN LATERAL generate_series(s.number + 1, s.number + 60) AS g(number)
                     WHERE 'bank_lines' = ANY ($14::text[]) OFFSET 0) AS w
               CROSS JOIN LATERAL (SELECT e.number, e.kind, e.body FROM phb.entry e
                                   WHERE e.book_id = $1 AND e.number = w.number OFFSET 0) AS e
               WHERE e.kind = 'transaction' AND split_part(e.body, '|', 15) = w.line::text
                 AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = e.number OFFSET 0)),
    'back', CASE WHEN 'bank_lines' = ANY ($14::text[]) THEN (
        SELECT coalesce(json_agg(json_build_array(
                   r.number, CASE r.act WHEN 'refund_taken' THEN 'refund' ELSE 'repayment' END, (r.attributes ->> 'amount')::bigint,
                   x.day, d.attributes ->> 'source',
                   coalesce(r.attributes ->> 'holder_account', d.attributes ->> 'holder_account', p.holder_account))
                   ORDER BY r.number), '[]')
        FROM named n
        CROSS JOIN LATERAL (SELECT r.number, r.kind, r.subject, r.act, r.person_ref, r.attributes FROM phb.register r
                            WHERE r.book_id = $1 AND r.number = n.number OFFSET 0) AS r
        JOIN LATERAL (SELECT e.effective_on AS day FROM phb.entry e
                      WHERE e.book_id = $1 AND e.number BETWEEN r.number + 1 AND r.number + 60 AND e.kind = 'transaction'
                        AND split_part(e.body, '|', 6) IN ('18', '32', '33') AND split_part(e.body, '|', 15) = r.number::text
                        AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = e.number)
                      ORDER BY e.number LIMIT 1) AS x ON true
        LEFT JOIN LATERAL (SELECT d.attributes FROM phb.register d
                           WHERE d.book_id = $1 AND d.subject = r.subject AND d.act = 'demanded' OFFSET 0) AS d ON r.act = 'repaid'
        LEFT JOIN LATERAL (SELECT l.attributes ->> 'holder_account' AS holder_account FROM phb.register l
                           WHERE l.book_id = $1 AND l.subject = 'line/' || (r.attributes ->> 'line') AND l.kind = 'line'
                             AND l.number < r.number
                           ORDER BY l.number DESC LIMIT 1) AS p ON r.act = 'instalment_returned'
        WHERE r.person_ref = $2
          AND ((r.kind = 'notice' AND r.act = 'repaid') OR (r.kind = 'evidence' AND r.act IN ('handed_back', 'refund_taken'))
               OR (r.kind = 'run' AND r.act = 'instalment_returned'))
          AND NOT r.attributes ? 'bank_line') END,
    'statements', CASE WHEN $18::text IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_array(s.number, s.subject, s.act, s.attributes) ORDER BY s.subject), '[]')
        FROM (SELECT DISTINCT ON (r.subject) r.number, r.subject, r.act, r.attributes FROM phb.register r
              WHERE r.book_id = $1 AND r.kind = 'run' AND r.act IN ('statement_begun', 'statement_continued', 'statement_taken')
                AND r.subject >= $18 AND r.subject < $19
              ORDER BY r.subject, r.number DESC) AS s) END,
    'periods', CASE WHEN 'periods' = ANY ($14::text[]) THEN (
        SELECT coalesce(json_agg(json_build_array(p.period, p.first_day, p.last_day, p.closed, p.actor, p.number, e.body,
                   (SELECT u.undone_by FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number),
                   (SELECT d.erased_by FROM phb.erased d WHERE d.book_id = $1 AND d.number = p.number))), '[]')
        FROM phb.period p
        CROSS JOIN LATERAL (SELECT e.body FROM phb.entry e
                            WHERE e.book_id = $1 AND e.number = p.number OFFSET 0) AS e WHERE p.book_id = $1) END,
    'returned', CASE WHEN $15::text IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_array(
                   e.number, e.body, NULL,
                   (SELECT d.erased_by FROM phb.erased d WHERE d.book_id = $1 AND d.number = x.number)) ORDER BY e.number), '[]')
        FROM (SELECT DISTINCT p.number FROM phb.account a
              JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount < 0 AND p.number > $16
              WHERE a.book_id = $1 AND a.person_ref = $2 AND a.tags ->> 'line' = $15 AND a.class IN ('available', 'contingency')
              OFFSET 0) AS x
        CROSS JOIN LATERAL (SELECT e.number, e.body FROM phb.entry e
                            WHERE e.book_id = $1 AND e.number = x.number OFFSET 0) AS e
        WHERE split_part(e.body, '|', 6) = '35' AND split_part(e.body, '|', 15) = ($16::bigint)::text
          AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = x.number OFFSET 0)
          AND NOT EXISTS (SELECT FROM phb.period p WHERE p.book_id = $1 AND p.closed AND p.last_day - p.first_day > 31
                            AND split_part(e.body, '|', 7) BETWEEN p.first_day::text AND p.last_day::text)) END,
    'credited', (SELECT coalesce(json_object_agg(c.code, c.numbers), '{}')
                 FROM (SELECT u.code, coalesce(json_agg(p.number ORDER BY p.number) FILTER (WHERE p.number IS NOT NULL), '[]')
                                          AS numbers
                       FROM unnest($17::text[]) AS u(code)
                       LEFT JOIN phb.account a ON a.book_id = $1 AND a.code = u.code COLLATE "C"
                       LEFT JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount < 0
                       GROUP BY u.code) AS c),
    'under_way', CASE WHEN $20::text IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_array(x.posted, x.number, x.amount, x.day, x.payee, x.subject) ORDER BY x.posted), '[]')
        FROM (
            SELECT p.number AS posted, CASE WHEN r.subject IS NULL THEN p.number ELSE e.because END AS number,
                   -p.amount AS amount, p.effective_on AS day, r.subject,
                   coalesce(r.attributes ->> 'payee',
                            split_part(h.code, '/', CASE h.class WHEN 'advance' THEN 3 ELSE 2 END)) AS payee
            FROM (SELECT DISTINCT g.number FROM unnest($3::bigint[]) AS u(number)
                  CROSS JOIN LATERAL generate_series(u.number, u.number + 60) AS g(number) OFFSET 0) AS w
            JOIN phb.account a ON a.book_id = $1 AND a.code = 'in_transit/' || $20::text
            JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.number = w.number AND p.amount < 0
            CROSS JOIN LATERAL (SELECT split_part(x.body, '|', 6)::integer AS event,
                                       split_part(x.body, '|', 15)::bigint AS because
                                FROM phb.entry x WHERE x.book_id = $1 AND x.number = p.number) AS e
            LEFT JOIN LATERAL (SELECT r.number, r.subject, r.attributes FROM phb.register r
                               WHERE r.book_id = $1 AND r.number = e.because AND r.kind = 'run' AND r.act = 'released'
                               OFFSET 0) AS r ON true
            LEFT JOIN LATERAL (SELECT o.code, o.class FROM phb.posting q
                               JOIN phb.account o ON o.book_id = $1 AND o.account_id = q.account_id
                               WHERE q.book_id = $1 AND q.number = p.number AND o.class IN ('advance', 'tp_advance', 'payable')
                               LIMIT 1) AS h ON true
            WHERE e.event IN (8, 9, 11, 20, 22, 42, 51)
              AND CASE WHEN r.subject IS NULL THEN p.number ELSE e.because END = ANY ($3::bigint[])
              AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number)
              AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND r.subject IS NOT NULL AND y.subject = r.subject
                              AND y.number > r.number OFFSET 0)
              AND NOT EXISTS (SELECT FROM phb.register z
                              WHERE z.book_id = $1 AND z.subject IN ('run/posted.' || p.number, 'instalment/' || p.number)
                              OFFSET 0)
        ) AS x) END,
    'on_bank', CASE WHEN $20::text IS NOT NULL THEN (
        SELECT coalesce(json_agg(json_build_array(x.number, x.amount)), '[]')
        FROM (
            SELECT p.number, p.amount FROM phb.account a JOIN phb.posting p USING (book_id, account_id)
            WHERE a.book_id = $1 AND a.code = ('bank/' || $20::text) AND p.number = ANY ($3::bigint[])
              AND NOT EXISTS (SELECT FROM phb.register m WHERE m.book_id = $1 AND m.subject = 'own_entry/' || p.number OFFSET 0)
              AND NOT EXISTS (SELECT FROM (SELECT split_part(e.body, '|', 15)::bigint AS number FROM phb.entry e
                                           WHERE e.book_id = $1 AND e.number = p.number OFFSET 0) AS x
                              CROSS JOIN LATERAL (SELECT c.attributes FROM phb.register c
                                                  WHERE c.book_id = $1 AND c.number = x.number AND c.kind = 'run' OFFSET 0) AS c
                              WHERE c.attributes ? 'line_of_bank' OFFSET 0)
        ) AS x) END,
    'moved', CASE WHEN 'rolled' = ANY ($14::text[]) THEN (
        SELECT coalesce(json_agg(x), '[]') FROM (
            SELECT split_part(a.code, '/', 3) AS holder_account, a.class, coalesce(o.event, x.event) AS event,
                   CASE WHEN o.event IS NOT NULL
                          OR EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number) THEN NULL
                        WHEN a.class = 'unidentified' AND x.event = 13 THEN x.because
                        WHEN a.class = 'advance' AND x.event IN (11, 20, 22, 51) AND p.amount > 0 THEN p.number END AS about,
                   sum(p.amount)::bigint AS pence
            FROM phb.account a JOIN phb.posting p USING (book_id, account_id)
            CROSS JOIN LATERAL (SELECT split_part(e.body, '|', 6)::integer AS event, split_part(e.body, '|', 15)::bigint AS because
                                FROM phb.entry e WHERE e.book_id = $1 AND e.number = p.number) AS x
            LEFT JOIN LATERAL (SELECT split_part(e.body, '|', 6)::integer AS event FROM phb.undone u
                               JOIN phb.entry e ON e.book_id = $1 AND e.number = u.number
                               WHERE u.book_id = $1 AND u.undone_by = p.number) AS o ON true
            WHERE a.book_id = $1 AND a.person_ref = $2 AND a.class IN ('advance', 'unidentified', 'disputed', 'estimated_use')
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4) AS x) END,
    'stated', CASE WHEN 'rolled' = ANY ($14::text[]) THEN (
        SELECT coalesce(json_agg(x), '[]') FROM (
            SELECT DISTINCT ON (r.subject) r.number, r.subject, r.act, r.attributes::text AS attributes FROM phb.register r
            WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'run'
              AND r.act IN ('statement_begun', 'statement_continued', 'statement_taken')
            ORDER BY r.subject, r.number DESC) AS x) END,
    'first_day', (SELECT b.first_day FROM phb.book b WHERE b.book_id = $1)
)::text AS concerned
"""
"""What an act is about, in one statement and so of one moment. $1 book, $2 person, $3 entries that it names, $4 subjects, $5 kinds
of which everything about the person is wanted, $6 acts whose limit may be asked, $7 and $8 where the codes of accounts begin and
end (what is owed about the person comes anyway), $9 whether the person's open orders are wanted, $10 how many entries after each
are read with it, $11 acts of those kinds that are named too, $12 the projector's cursor, $13 entries whose detail is wanted, $14
what else is: `bank_lines`, the lines of the person's bank accounts, and of what is named what was posted for it or brought money
back, `rolled`, what those accounts are rolled on from, and `periods`, all of the book; $15 a line that ended in entry $16, of which
what went back then is wanted; $17 codes of accounts of which it is who credited them; $18 and $19 where the subjects of statements
begin and end; $20 a bank of ours, of which it is what of the entries it has sent or has. From what is named, and what that was
posted for, it follows what it rests on: a decision, its answer and what a fund bears of it, a bank line, its match, the decision on
that and what it may become, what was entered, whose it is and whoever is to be paid, a payment's invoices, the invoices of a
statement, a notice and what was considered of it, a stop and the decision on it, a grade and its limits, an order's decision, and
every entry that a row of this person names; of a movement, what stands behind it, and the files of the bank that it leaves. Of an
answer it has the orders under it, as `store.USED_UNDER` has them."""
