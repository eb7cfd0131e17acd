"""The SQL of schedules, reviews and forecasts. Values are parameters."""

PERIODS = """
SELECT json_build_object(
    'schedules', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                           ORDER BY r.number), '[]')
                  FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = ANY ($2::text[]) AND r.kind = 'schedule'),
    'named', (SELECT coalesce(json_agg(json_build_array(
                         x.number, x.kind, x.subject, x.act, x.day, x.attributes,
                         (SELECT coalesce(sum(p.remaining), 0)::bigint FROM phb.hold_pair p
                          WHERE p.book_id = $1 AND p.number = x.hold)) ORDER BY x.number), '[]')
              -- The hold's number is worked out before it is looked up (OFFSET 0): arithmetic is not leakproof.
              FROM (SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes,
                           CASE WHEN r.kind = 'decision' AND r.attributes ->> 'hold' = 'yes' THEN r.number + 1 END AS hold
                    FROM phb.register r
                    WHERE r.book_id = $1 AND r.person_ref = ANY ($2::text[]) AND r.kind <> 'schedule'
                      AND (r.attributes ? 'period' OR r.act = 'instalment_returned') OFFSET 0) AS x),
    'payments', (SELECT coalesce(json_agg(json_build_array(e.number, e.because, e.event, e.day, e.paid) ORDER BY e.number), '[]')
                 FROM (SELECT y.number, y.f[6]::integer AS event, y.f[15]::bigint AS because, y.day,
                              (SELECT coalesce(-sum(y.f[y.legs + 2 + 2 * i]::bigint), 0)::bigint
                               FROM generate_series(0, y.f[y.legs]::integer - 1) AS i
                               WHERE y.f[y.legs + 1 + 2 * i] LIKE 'in_transit/%' OR y.f[y.legs + 1 + 2 * i] LIKE 'bank/%') AS paid
                       FROM (SELECT x.number, x.day, f, 21 + 2 * f[20]::integer AS legs
                             FROM (SELECT DISTINCT p.number, p.effective_on AS day
                                   FROM phb.account a
                                   JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount > 0
                                   WHERE a.book_id = $1 AND a.person_ref = ANY ($2::text[]) AND a.class = 'advanced' OFFSET 0) AS x
                             JOIN phb.entry e ON e.book_id = $1 AND e.number = x.number
                             CROSS JOIN LATERAL string_to_array(e.body, '|') AS f
                             WHERE NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = x.number)
                             OFFSET 0) AS y
                       WHERE y.f[6]::integer = ANY ($3::integer[]) OFFSET 0) AS e)
)::text AS periods
"""
"""What the schedules of some people say and what became of their periods, in one statement and so of one moment: the schedules,
every entry that names a period (with what its hold keeps), and the payments. $1 book, $2 people, $3 the events that pay."""

PEOPLE_WITH_SCHEDULES = """
SELECT DISTINCT r.person_ref FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'schedule' AND r.person_ref > $2 ORDER BY r.person_ref LIMIT $3
"""
"""$2 the person after whom they begin, $3 how many."""

FORECAST = """
SELECT json_build_object(
    'through', (SELECT h.size FROM phb.head h WHERE h.book_id = $1),
    'said', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                      ORDER BY r.number), '[]')
             FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2
             AND r.kind IN ('person', 'plan_version', 'line', 'holder_account', 'payee', 'delegation', 'review')),
    'balances', (SELECT coalesce(json_object_agg(a.code, b.balance), '{}')
                 FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
                 WHERE a.book_id = $1 AND a.person_ref = $2
                   AND a.class IN ('available', 'contingency', 'held', 'advanced', 'spent', 'recovering', 'unfunded', 'lost')),
    'spent', (SELECT coalesce(json_object_agg(x.line, x.pence), '{}')
              FROM (SELECT a.tags ->> 'line' AS line, sum(p.amount)::bigint AS pence
                    FROM phb.account a JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id
                    WHERE a.book_id = $1 AND a.person_ref = $2 AND a.class = 'spent' AND p.effective_on BETWEEN $3 AND $4
                    GROUP BY 1) AS x)
)::text AS forecast
"""
"""What a person's lines have and what care cost in a time, in one statement. $1 book, $2 person, $3 first and $4 last day."""
