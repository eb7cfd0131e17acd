"""All SQL of the close in the room of budgets: what months' care has cost and what is still ordered, line by line. Values are
parameters."""

LINES_NOW = """
SELECT DISTINCT ON (subject) number, kind, subject, act, day, attributes::text AS attributes
FROM phb.register WHERE book_id = $1 AND kind = 'line' ORDER BY subject, number DESC
"""
"""The newest word on each line of the book."""

CARE_BY_MONTH = """
SELECT a.tags ->> 'line' AS line, to_char(coalesce(nullif(f[9], '-')::date, p.effective_on), 'YYYY-MM') AS month,
       coalesce(sum(p.amount) FILTER (WHERE p.effective_on <= $4), 0)::bigint AS by_then, sum(p.amount)::bigint AS by_now
FROM phb.account a
JOIN phb.posting p USING (book_id, account_id)
JOIN phb.entry e USING (book_id, number)
CROSS JOIN LATERAL string_to_array(e.body, '|') AS f
WHERE a.book_id = $1 AND a.class = 'spent' AND a.tags ? 'line' AND p.effective_on >= $2
  AND coalesce(nullif(f[9], '-')::date, p.effective_on) BETWEEN $2 AND $3
GROUP BY 1, 2
"""
"""Care recognised by line and month of care (of the accounting day where an entry states no care). $1 book, $2 first and $3 last
day of care, $4 the accounting day up to which `by_then` counts."""

ORDERS_OPEN = """
SELECT a.tags ->> 'line' AS line, sum(p.remaining)::bigint AS pence
FROM phb.hold_pair p
JOIN phb.hold h USING (book_id, number)
JOIN phb.account a ON a.book_id = p.book_id AND a.account_id = p.holding_id
JOIN phb.entry e ON e.book_id = p.book_id AND e.number = p.number
CROSS JOIN LATERAL string_to_array(e.body, '|') AS f
WHERE p.book_id = $1 AND p.remaining > 0 AND NOT h.closed AND h.purpose = 'order'
  AND coalesce(nullif(f[9], '-'), f[7])::date BETWEEN $2 AND $3
GROUP BY 1
"""
"""What open orders for care that ended in a time still keep, by line. $1 book, $2 first and $3 last day."""

ACCRUALS_SAID = """
SELECT number, kind, subject, act, day, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND kind = 'evidence' AND subject LIKE 'accrual/%/' || $2::text ORDER BY number
"""
"""What was decided of the estimates of one month."""

PREPAYMENTS = """
SELECT x.line, x.person, x.pence, l.attributes, v.number AS version, b.first_day,
       (SELECT coalesce(json_agg(json_build_object('period', p.period, 'closed', p.closed, 'body', e.body)), '[]')
        FROM phb.period p JOIN phb.entry e USING (book_id, number) WHERE p.book_id = $1)::text AS periods
FROM (SELECT a.tags ->> 'line' AS line, a.person_ref AS person,
             json_object_agg(a.tags ->> 'fund', b.balance ORDER BY a.tags ->> 'fund')::text AS pence
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.class = 'prepayment' AND a.tags ->> 'year' = $2::text AND b.balance <> 0
      GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $3) AS x
JOIN phb.book b ON b.book_id = $1
CROSS JOIN LATERAL (SELECT r.attributes::text AS attributes FROM phb.register r
                    WHERE r.book_id = $1 AND r.subject = 'line/' || x.line AND r.kind = 'line'
                    ORDER BY r.number DESC LIMIT 1) AS l
CROSS JOIN LATERAL (SELECT v.number FROM phb.subject_version v WHERE v.book_id = $1 AND v.subject = 'person/' || x.person) AS v
ORDER BY 1
"""
"""What was paid ahead for a year by invoices that crossed 31 March, and is not released, fund by fund: of the first $3 lines, each
as it was last said and with the version of its person; and how the months and years of the book stand. $2 the year."""

IS_CLOSED = "SELECT EXISTS (SELECT FROM phb.period WHERE book_id = $1 AND period = $2 AND closed)"
"""$2 a month or a year."""
