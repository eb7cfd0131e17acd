"""The SQL of what a request is judged by: budgets, rules, a payee, and whether its key is known. Values are parameters."""

FACTS = """
SELECT CASE WHEN $2::text IS NOT NULL THEN json_build_object(
    'version', coalesce((SELECT v.number FROM phb.subject_version v
                         WHERE v.book_id = $1 AND v.subject = 'person/' || $2), 0),
    'said', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                      ORDER BY r.number), '[]')
             FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2
             AND r.kind IN ('person', 'plan_version', 'line', 'holder_account', 'payee', 'delegation', 'review')),
    'balances', (SELECT coalesce(json_object_agg(a.code, b.balance), '{}')
                 FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
                 WHERE a.book_id = $1 AND a.person_ref = $2
                   AND a.class IN ('available', 'contingency', 'held', 'advanced', 'spent', 'recovering', 'unfunded', 'lost',
                                   'advance', 'tp_advance', 'estimated_use', 'unidentified', 'disputed')),
    'orders', (SELECT coalesce(json_agg(json_build_array(
                           d.day, d.attributes ->> 'service',
                           (SELECT coalesce(sum(p.remaining), 0)::bigint FROM phb.hold_pair p
                            WHERE p.book_id = $1 AND p.number = d.hold)) ORDER BY d.hold), '[]')
                -- The hold's number is worked out before it is looked up (OFFSET 0): arithmetic is not leakproof, and would
                -- keep row-level security from using the index.
                FROM (SELECT r.day, r.attributes, r.number + 1 AS hold FROM phb.register r
                      WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision' AND r.day >= $3
                        AND r.attributes ->> 'hold' = 'yes' OFFSET 0) AS d),
    'accepted', (SELECT coalesce(json_agg(json_build_array(x.day, x.service, x.amount) ORDER BY x.money), '[]')
                 FROM (SELECT r.day, r.attributes ->> 'service' AS service, (r.attributes ->> 'amount')::bigint AS amount,
                              r.number + 1 AS money
                       FROM phb.register r
                       WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence' AND r.day >= $3
                         AND r.act IN ('invoice_accepted', 'evidence_accepted', 'payment_assigned',
                                       'reimbursement_accepted') OFFSET 0) AS x
                 WHERE NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = x.money)),
    'conditions', (SELECT coalesce(json_agg(json_build_array(x.attributes, EXISTS (
                               SELECT FROM phb.register m WHERE m.book_id = $1 AND m.subject = 'condition/' || x.number))
                           ORDER BY x.number), '[]')
                   FROM (SELECT r.number, r.attributes FROM phb.register r
                         WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision' AND r.act = 'approval' OFFSET 0) AS x
                   WHERE x.attributes ? 'condition.01' AND x.attributes ->> 'outcome' = 'allow'),
    'groups', (SELECT coalesce(json_agg(convert_from(d.content, 'UTF8') ORDER BY d.number), '[]')
               FROM (SELECT r.number FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'person'
                       AND r.act IN ('registered', 'groups_changed') OFFSET 0) AS g
               JOIN phb.detail d ON d.book_id = $1 AND d.number = g.number),
    'next_due_us', (SELECT min(h.expires_us)
                    FROM (SELECT DISTINCT p.number FROM phb.account a
                          JOIN phb.hold_pair p ON p.book_id = $1 AND p.holding_id = a.account_id AND p.remaining > 0
                          WHERE a.book_id = $1 AND a.person_ref = $2 AND a.class = 'held' OFFSET 0) AS x
                    JOIN phb.hold h ON h.book_id = $1 AND h.number = x.number AND NOT h.closed)
)::text END AS standing,
CASE WHEN $5::boolean THEN json_build_object(
    'activations', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                             ORDER BY r.number), '[]')
                    FROM phb.register r WHERE r.book_id = $1 AND r.subject = 'bundle/active'),
    'funds', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                       ORDER BY r.number), '[]')
              FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'fund' AND r.person_ref IS NULL),
    'periods', (SELECT coalesce(json_object_agg(substr(x.subject, 8), json_build_array(x.number, x.act)), '{}')
                FROM (SELECT DISTINCT ON (r.subject) r.subject, r.number, r.act FROM phb.register r
                      WHERE r.book_id = $1 AND r.kind = 'setting' AND r.person_ref IS NULL AND r.subject LIKE 'period/%'
                      ORDER BY r.subject, r.number DESC) AS x),
    'fund_versions', (SELECT coalesce(json_object_agg(x.subject, v.number), '{}')
                      FROM (SELECT DISTINCT r.subject FROM phb.register r
                            WHERE r.book_id = $1 AND r.kind = 'fund' AND r.person_ref IS NULL OFFSET 0) AS x
                      CROSS JOIN LATERAL (SELECT v.number FROM phb.subject_version v
                                          WHERE v.book_id = $1 AND v.subject = x.subject COLLATE "default" OFFSET 0) AS v)
)::text END AS rules,
CASE WHEN $6::text IS NOT NULL THEN json_build_object(
    'version', coalesce((SELECT v.number FROM phb.subject_version v WHERE v.book_id = $1 AND v.subject = $6), 0),
    'said', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                      ORDER BY r.number), '[]')
             FROM phb.register r WHERE r.book_id = $1 AND r.subject = $6 AND r.kind = 'payee')
)::text END AS payee,
(SELECT json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)::text FROM phb.register r
 WHERE r.book_id = $1 AND r.number = $7::bigint) AS ask,
EXISTS (SELECT FROM phb.request_key k WHERE k.book_id = $1 AND k.key = $4::bytea) AS is_known
"""
"""What a verdict is made of, in one statement and so of one moment, each part only where it is wanted. $1 book, $2 person, $3 the
first accounting day to look back to, $4 the request's key, $5 whether the rules are wanted, $6 payee, $7 the entry relied on."""

FACTS_OF_ENTRIES = """
SELECT (SELECT coalesce(json_object_agg(whose.person, json_build_object(
    'version', coalesce((SELECT v.number FROM phb.subject_version v
                         WHERE v.book_id = $1 AND v.subject = 'person/' || whose.person), 0),
    'said', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                      ORDER BY r.number), '[]')
             FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = whose.person
             AND r.kind IN ('person', 'plan_version', 'line', 'holder_account', 'payee', 'delegation', 'review')),
    'balances', (SELECT coalesce(json_object_agg(a.code, b.balance), '{}')
                 FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
                 WHERE a.book_id = $1 AND a.person_ref = whose.person
                   AND a.class IN ('available', 'contingency', 'held', 'advanced', 'spent', 'recovering', 'unfunded', 'lost',
                                   'advance', 'tp_advance', 'estimated_use', 'unidentified', 'disputed')),
    'orders', (SELECT coalesce(json_agg(json_build_array(
                           d.day, d.attributes ->> 'service',
                           (SELECT coalesce(sum(p.remaining), 0)::bigint FROM phb.hold_pair p
                            WHERE p.book_id = $1 AND p.number = d.hold)) ORDER BY d.hold), '[]')
                -- The hold's number is worked out before it is looked up (OFFSET 0): arithmetic is not leakproof, and would
                -- keep row-level security from using the index.
                FROM (SELECT r.day, r.attributes, r.number + 1 AS hold FROM phb.register r
                      WHERE r.book_id = $1 AND r.person_ref = whose.person AND r.kind = 'decision' AND r.day >= $3
                        AND r.attributes ->> 'hold' = 'yes' OFFSET 0) AS d),
    'accepted', (SELECT coalesce(json_agg(json_build_array(x.day, x.service, x.amount) ORDER BY x.money), '[]')
                 FROM (SELECT r.day, r.attributes ->> 'service' AS service, (r.attributes ->> 'amount')::bigint AS amount,
                              r.number + 1 AS money
                       FROM phb.register r
                       WHERE r.book_id = $1 AND r.person_ref = whose.person AND r.kind = 'evidence' AND r.day >= $3
                         AND r.act IN ('invoice_accepted', 'evidence_accepted', 'payment_assigned',
                                       'reimbursement_accepted') OFFSET 0) AS x
                 WHERE NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = x.money)),
    'conditions', (SELECT coalesce(json_agg(json_build_array(x.attributes, EXISTS (
                               SELECT FROM phb.register m WHERE m.book_id = $1 AND m.subject = 'condition/' || x.number))
                           ORDER BY x.number), '[]')
                   FROM (SELECT r.number, r.attributes FROM phb.register r
                         WHERE r.book_id = $1 AND r.person_ref = whose.person AND r.kind = 'decision' AND r.act = 'approval'
                         OFFSET 0) AS x
                   WHERE x.attributes ? 'condition.01' AND x.attributes ->> 'outcome' = 'allow'),
    'groups', (SELECT coalesce(json_agg(convert_from(d.content, 'UTF8') ORDER BY d.number), '[]')
               FROM (SELECT r.number FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = whose.person AND r.kind = 'person'
                       AND r.act IN ('registered', 'groups_changed') OFFSET 0) AS g
               JOIN phb.detail d ON d.book_id = $1 AND d.number = g.number),
    'next_due_us', (SELECT min(h.expires_us)
                    FROM (SELECT DISTINCT p.number FROM phb.account a
                          JOIN phb.hold_pair p ON p.book_id = $1 AND p.holding_id = a.account_id AND p.remaining > 0
                          WHERE a.book_id = $1 AND a.person_ref = whose.person AND a.class = 'held' OFFSET 0) AS x
                    JOIN phb.hold h ON h.book_id = $1 AND h.number = x.number AND NOT h.closed)
)), '{}') FROM (
WITH RECURSIVE named AS (
    SELECT u.number FROM unnest($2::bigint[]) AS u (number)
    UNION
    SELECT x.number FROM named n
    CROSS JOIN LATERAL (SELECT r.number, r.act, r.attributes FROM phb.register r
                        WHERE r.book_id = $1 AND r.number = n.number AND r.kind = 'run' OFFSET 0) AS r
    CROSS JOIN LATERAL (SELECT a.value::bigint AS number FROM jsonb_each_text(r.attributes) AS a
                        WHERE a.key LIKE 'invoice.%'
                        UNION ALL
                        SELECT split_part(e.body, '|', 15)::bigint FROM phb.entry e
                        WHERE e.book_id = $1 AND e.number = r.number AND r.act IN ('cleared', 'instalment_cleared')) AS x
)
SELECT r.person FROM named n
CROSS JOIN LATERAL (SELECT x.person FROM phb.register r
                    CROSS JOIN LATERAL (VALUES (r.person_ref), (r.attributes ->> 'about')) AS x(person)
                    WHERE r.book_id = $1 AND r.number = n.number OFFSET 0) AS r
WHERE r.person IS NOT NULL
UNION
SELECT a.person_ref FROM named n
CROSS JOIN LATERAL (SELECT p.account_id FROM phb.posting p WHERE p.book_id = $1 AND p.number = n.number OFFSET 0) AS p
CROSS JOIN LATERAL (SELECT a.person_ref FROM phb.account a WHERE a.book_id = $1 AND a.account_id = p.account_id OFFSET 0) AS a
WHERE a.person_ref IS NOT NULL
) AS whose)::text AS standings,
       json_build_object(
    'activations', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                             ORDER BY r.number), '[]')
                    FROM phb.register r WHERE r.book_id = $1 AND r.subject = 'bundle/active'),
    'funds', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                       ORDER BY r.number), '[]')
              FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'fund' AND r.person_ref IS NULL),
    'periods', (SELECT coalesce(json_object_agg(substr(x.subject, 8), json_build_array(x.number, x.act)), '{}')
                FROM (SELECT DISTINCT ON (r.subject) r.subject, r.number, r.act FROM phb.register r
                      WHERE r.book_id = $1 AND r.kind = 'setting' AND r.person_ref IS NULL AND r.subject LIKE 'period/%'
                      ORDER BY r.subject, r.number DESC) AS x),
    'fund_versions', (SELECT coalesce(json_object_agg(x.subject, v.number), '{}')
                      FROM (SELECT DISTINCT r.subject FROM phb.register r
                            WHERE r.book_id = $1 AND r.kind = 'fund' AND r.person_ref IS NULL OFFSET 0) AS x
                      CROSS JOIN LATERAL (SELECT v.number FROM phb.subject_version v
                                          WHERE v.book_id = $1 AND v.subject = x.subject COLLATE "default" OFFSET 0) AS v)
)::text AS rules, EXISTS (SELECT FROM phb.request_key k WHERE k.book_id = $1 AND k.key = $4::bytea) AS is_known
"""
"""The same of a request that names entries: the budget of each whom they are about. $1 book, $2 entries, $3 the first accounting
day to look back to, $4 the request's key."""
