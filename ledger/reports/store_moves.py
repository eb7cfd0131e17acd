"""The SQL of moves between commissioners. Values are parameters."""

OWED_BY_COMMISSIONERS = """
WITH open AS (
    SELECT 'receivable/commissioner/' || (r.attributes ->> 'book') || '/' || r.person_ref AS code,
           sum((r.attributes ->> 'amount')::bigint) AS total
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'notice' AND r.act = 'moved_out'
      AND NOT EXISTS (SELECT FROM phb.register s WHERE s.book_id = $1 AND s.subject = r.subject AND s.act = 'moved_out_settled')
    GROUP BY 1
), owed AS (
    SELECT a.code, b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
    WHERE a.book_id = $1 AND a.class = 'receivable/commissioner'
)
SELECT count(*) AS checked,
       min(code || ' is owed ' || coalesce(w.balance, 0) || ' and its moves come to ' || coalesce(o.total, 0))
       FILTER (WHERE coalesce(w.balance, 0) <> coalesce(o.total, 0)) AS first
FROM owed w FULL JOIN open o USING (code)
"""
MOVED_OUT = """
SELECT e.number, (SELECT sum(p.amount)::bigint FROM phb.posting p JOIN phb.account a USING (book_id, account_id)
                  WHERE p.book_id = $1 AND p.number = e.number AND a.class = 'receivable/commissioner') AS amount,
       EXISTS (SELECT FROM phb.register s WHERE s.book_id = $1 AND s.subject = r.subject AND s.act = 'moved_out_settled') AS settled
FROM phb.register r
JOIN phb.entry e ON e.book_id = $1 AND e.number > r.number AND split_part(e.body, '|', 6) = '40'
                 AND split_part(e.body, '|', 15) = r.number::text
WHERE r.book_id = $1 AND r.kind = 'notice' AND r.act = 'moved_out' AND r.attributes ->> 'book' = $2 ORDER BY e.number
"""
"""Every entry by which a person moved to another book, $2: its number, pence, and whether they have paid. $1 book."""
MOVED_IN = """
SELECT (r.attributes ->> 'entry')::bigint AS number, (r.attributes ->> 'amount')::bigint AS amount,
       EXISTS (SELECT FROM phb.register s WHERE s.book_id = $1 AND s.subject = r.subject AND s.act = 'moved_in_settled') AS settled
FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'notice' AND r.act = 'moved_in' AND r.attributes ->> 'book' = $2 ORDER BY 1
"""
"""Every entry of another book, $2, by which a person moved here. $1 book."""
CODE_OF_BOOK = "SELECT code FROM phb.book WHERE book_id = $1"
