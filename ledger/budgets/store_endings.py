"""The SQL of budgets that end. Values are parameters."""

OPEN_HOLDS = """
SELECT x.number FROM (
    SELECT DISTINCT p.number FROM phb.account a
    JOIN phb.hold_pair p ON p.book_id = $1 AND p.holding_id = a.account_id AND p.remaining > 0
    WHERE a.book_id = $1 AND a.person_ref = $2 AND a.class = 'held' AND ($3::text IS NULL OR a.tags ->> 'line' = $3) OFFSET 0) AS x
JOIN phb.hold h ON h.book_id = $1 AND h.number = x.number AND NOT h.closed ORDER BY x.number
"""
"""Holds that keep money of a person, $2, or of one line, $3. $1 book."""
UNANSWERED_INVOICES = """
SELECT r.number, (r.attributes ->> 'amount')::bigint AS amount
FROM phb.register r JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
CROSS JOIN LATERAL string_to_array(e.body, '|') AS f
WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence' AND r.act = 'invoice_entered'
  AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.subject = r.subject AND n.number > r.number)
  AND coalesce(nullif(f[9], '-'), r.attributes ->> 'document_on', r.attributes ->> 'received_on', '9999-12-31') > $3::date::text
ORDER BY r.number
"""
"""Invoices entered and not answered whose care ended after day $3, or that do not say."""
MONEY_IN_ACCOUNTS = """
SELECT coalesce(sum(b.balance), 0)::bigint FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
WHERE a.book_id = $1 AND a.person_ref = $2
  AND a.class IN ('advance', 'tp_advance', 'estimated_use', 'unidentified', 'disputed')
"""
