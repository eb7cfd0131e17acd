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
                      AND (r.attributes ? 'period' OR r.act = 'instalment_returned'
                           OR (r.kind = 'decision' AND r.act IN ('instalment', 'approval', 'offset'))) OFFSET 0) AS x),
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
                       WHERE y.f[6]::integer = ANY ($3::integer[]) OFFSET 0) AS e),
    'returns', (SELECT coalesce(json_agg(json_build_array(y.because, y.back)), '[]')
                FROM (SELECT split_part(e.body, '|', 15)::bigint AS because, x.back
                      FROM (SELECT p.number, -sum(p.amount)::bigint AS back
                            FROM phb.account a
                            JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount < 0
                            WHERE a.book_id = $1 AND a.person_ref = ANY ($2::text[]) AND a.class = 'advanced'
                            GROUP BY 1 OFFSET 0) AS x
                      JOIN phb.entry e ON e.book_id = $1 AND e.number = x.number
                      WHERE split_part(e.body, '|', 6) = $4::text
                        AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = x.number) OFFSET 0) AS y),
    'ended', (SELECT coalesce(json_agg(x.line ORDER BY x.line), '[]')
              FROM (SELECT DISTINCT ON (r.subject) split_part(r.subject, '/', 2) AS line, r.act FROM phb.register r
                    WHERE r.book_id = $1 AND r.person_ref = ANY ($2::text[]) AND r.kind = 'line'
                    ORDER BY r.subject, r.number DESC) AS x
              WHERE x.act = 'ended')
)::text AS periods
"""
"""What the schedules of some people say and what became of their periods, in one statement and so of one moment: the schedules,
every entry that names a period or decides of an instalment (with what its hold keeps), the payments, and what of them is due again
because it came back, and which lines have ended. $1 book, $2 people, $3 the events that pay, $4 the event of a return."""

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

REVIEWS_DUE = """
WITH said AS (
    SELECT r.person_ref, max((r.attributes ->> 'on')::date) FILTER (WHERE r.act = 'held') AS held_on,
           max(r.number) FILTER (WHERE r.act = 'held') AS held
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'review' AND r.person_ref >= $3 AND ($5::text IS NULL OR r.person_ref <= $5) GROUP BY 1
), early AS (
    SELECT DISTINCT ON (r.person_ref) r.person_ref, (r.attributes ->> 'due')::date AS due, r.attributes ->> 'reason' AS reason
    FROM phb.register r LEFT JOIN said s USING (person_ref)
    WHERE r.book_id = $1 AND r.kind = 'review' AND r.act = 'due' AND r.person_ref >= $3 AND ($5::text IS NULL OR r.person_ref <= $5)
      AND (r.number > coalesce(s.held, 0) OR r.attributes ->> 'reason' = 'reconsidered')
      AND NOT EXISTS (SELECT FROM phb.register z
                      WHERE r.attributes ->> 'reason' = 'reconsidered'
                      AND z.book_id = $1 AND z.person_ref = r.person_ref AND z.kind = 'plan_version' AND z.act = 'signed'
                      AND z.number > r.number AND NOT z.attributes ? 'cut'
                      AND (z.subject = 'plan/' || (r.attributes ->> 'plan')
                           OR NOT EXISTS (SELECT FROM phb.register b
                                          WHERE b.book_id = $1 AND b.subject = z.subject AND b.kind = 'plan_version'
                                          AND b.act = 'signed' AND b.number < r.number)))
      AND NOT EXISTS (SELECT FROM phb.register z
                      WHERE r.attributes ->> 'reason' = 'reconsidered'
                      AND z.book_id = $1 AND z.person_ref = r.person_ref AND z.kind = 'person' AND z.act = 'died')
      AND NOT EXISTS (SELECT FROM phb.register z
                      WHERE r.attributes ->> 'reason' = 'shortfall'
                      AND z.book_id = $1 AND z.subject = r.subject AND z.kind = 'review' AND z.act = 'shortfall_gone'
                      AND z.attributes ->> 'line' = r.attributes ->> 'line' AND z.number > r.number)
    ORDER BY r.person_ref, r.attributes ->> 'due', r.number
), paid AS (
    SELECT a.person_ref, min(p.effective_on) AS first_paid
    FROM phb.account a JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount > 0
    WHERE a.book_id = $1 AND a.class IN ('advance', 'tp_advance')
      AND a.person_ref >= $3 AND ($5::text IS NULL OR a.person_ref <= $5)
    GROUP BY 1
), regular AS (
    SELECT person_ref, p.first_paid, s.held_on,
           CASE WHEN s.held_on IS NULL THEN 'first' ELSE 'regular' END AS reason,
           CASE WHEN s.held_on IS NULL THEN (p.first_paid + interval '3 months')::date
                ELSE (s.held_on + interval '12 months')::date END AS due
    FROM paid p LEFT JOIN said s USING (person_ref)
), next AS (
    SELECT coalesce(g.person_ref, e.person_ref) AS person_ref, least(g.due, e.due) AS due,
           CASE WHEN g.due IS NULL OR e.due < g.due THEN e.reason ELSE g.reason END AS reason,
           coalesce(g.held_on, s.held_on) AS held_on, g.first_paid
    FROM regular g FULL JOIN early e ON e.person_ref = g.person_ref
    LEFT JOIN said s ON s.person_ref = coalesce(g.person_ref, e.person_ref)
)
SELECT n.person_ref, n.due, n.reason, n.held_on, n.first_paid FROM next n
WHERE ($2::date IS NULL OR n.due < $2)
  AND EXISTS (SELECT FROM phb.register l
              WHERE l.book_id = $1 AND l.person_ref = n.person_ref AND l.kind = 'line' AND l.act <> 'ended'
              AND NOT EXISTS (SELECT FROM phb.register z WHERE z.book_id = $1 AND z.subject = l.subject AND z.kind = 'line'
                              AND z.number > l.number))
ORDER BY n.person_ref LIMIT $4
"""
"""The next review of each person who has a line that has not ended, due before a day or whenever. $1 book, $2 the day or NULL, $3
the person with whom they begin, $4 how many, $5 the person with whom they end or NULL."""

PEOPLE_WITH_LINES = """
SELECT DISTINCT r.person_ref FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'line' AND r.person_ref > $2 ORDER BY r.person_ref LIMIT $3
"""
"""$2 the person after whom they begin, $3 how many."""
