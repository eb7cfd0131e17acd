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
SELECT a.tags ->> 'line' AS line, a.person_ref AS person, a.tags ->> 'fund' AS fund, b.balance
FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
WHERE a.book_id = $1 AND a.class = 'prepayment' AND a.tags ->> 'year' = $2::text AND b.balance <> 0 ORDER BY 1, 3
"""
"""What was paid ahead for a year by invoices that crossed 31 March, and is not released. $2 the year."""

IS_CLOSED = "SELECT EXISTS (SELECT FROM phb.period WHERE book_id = $1 AND period = $2 AND closed)"
"""$2 a month or a year."""
