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
RETURNS_OF = """
SELECT e.number
FROM (SELECT DISTINCT p.number FROM phb.account a
      JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount < 0 AND p.number > $4
      WHERE a.book_id = $1 AND a.person_ref = $2 AND a.tags ->> 'line' = $3 AND a.class IN ('available', 'contingency')
      OFFSET 0) AS x
JOIN phb.entry e ON e.book_id = $1 AND e.number = x.number
WHERE split_part(e.body, '|', 6) = '35' AND split_part(e.body, '|', 15) = $4::text
  AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = x.number)
  AND NOT EXISTS (SELECT FROM phb.period p WHERE p.book_id = $1 AND p.closed AND p.last_day - p.first_day > 31
                    AND split_part(e.body, '|', 7) BETWEEN p.first_day::text AND p.last_day::text)
ORDER BY e.number
"""
"""The entries by which authority went back because line $3 of person $2 ended in entry $4, in years that are open. $1 book."""
STOPS = """
SELECT s.number, s.subject, s.act, s.attributes::text AS attributes,
       (SELECT q.act FROM phb.register q WHERE q.book_id = $1 AND q.subject = s.subject AND q.kind = 'reconsideration'
          AND q.number > (SELECT max(n.number) FROM phb.register n
                          WHERE n.book_id = $1 AND n.subject = s.subject AND n.kind = 'notice' AND n.act = 'stop_notified')
        ORDER BY q.number DESC LIMIT 1) AS reconsideration
FROM (SELECT DISTINCT ON (r.subject) r.number, r.subject, r.act, r.attributes FROM phb.register r
      WHERE r.book_id = $1 AND r.kind = 'notice' AND starts_with(r.subject, 'stop/')
      ORDER BY r.subject, r.number DESC) AS s
"""
"""What was last said of the stop of each line, and of its reconsideration. $1 book."""
