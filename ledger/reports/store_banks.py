"""The SQL of the identities of banks: holders' accounts, statements, and what is on its way. Values are always parameters; each
query answers one row, as in `ledger.reports.store`."""

HOLDER_ACCOUNTS_ROLL = """
WITH own AS MATERIALIZED (
    SELECT a.account_id, a.tags ->> 'holder_account' AS name, b.balance
    FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
    WHERE a.book_id = $1 AND a.class IN ('advance', 'unidentified', 'disputed') AND a.tags ? 'holder_account'
), touched AS MATERIALIZED (
    SELECT DISTINCT o.name, p.number, coalesce(u.number, p.number) AS told
    FROM own o JOIN phb.posting p ON p.book_id = $1 AND p.account_id = o.account_id
    LEFT JOIN phb.undone u ON u.book_id = $1 AND u.undone_by = p.number
), known AS MATERIALIZED (
    SELECT t.name, t.number FROM touched t JOIN phb.entry e ON e.book_id = $1 AND e.number = t.told
    WHERE split_part(e.body, '|', 6)::integer = ANY ($2::integer[])
), came AS (
    SELECT k.name, -sum(p.amount) AS total FROM known k
    JOIN phb.posting p ON p.book_id = $1 AND p.number = k.number
    JOIN phb.account a ON a.book_id = $1 AND a.account_id = p.account_id AND a.layer = 'actual'
    WHERE NOT EXISTS (SELECT FROM own o WHERE o.account_id = p.account_id) GROUP BY 1
), has AS (
    SELECT name, sum(balance) AS total FROM own GROUP BY 1
)
SELECT count(*) AS checked,
       min(h.name || ' has ' || h.total || ' and came to ' || coalesce(c.total, 0)) FILTER (WHERE h.total <> coalesce(c.total, 0))
       AS first
FROM has h LEFT JOIN came c USING (name)
"""
"""$2 the events that may move a holder's account; what was reversed counts with its own event, on the other side of the entry. Step
by step (MATERIALIZED): a book just written has no statistics, and the planner then reads the whole log for each entry."""

STATEMENTS_ADD_UP = """
WITH said AS (
    SELECT DISTINCT ON (r.subject) r.subject, r.act, split_part(r.subject, '/', 3) AS digest,
           (r.attributes ->> 'new')::bigint AS new, (r.attributes ->> 'new_pence')::bigint AS pence
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'run' AND starts_with(r.subject, $2)
      AND r.act IN ('statement_begun', 'statement_continued', 'statement_taken')
    ORDER BY r.subject, (r.attributes ->> 'new')::bigint DESC, r.number DESC
), lines AS (
    SELECT r.attributes ->> 'statement' AS digest, count(*) AS many,
           sum((r.attributes ->> 'amount')::bigint * CASE r.act WHEN 'bank_line_taken' THEN -1 ELSE 1 END) AS pence
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = $3 AND r.act IN ('bank_line_taken', 'receipt_taken', 'own_line_taken')
      AND r.attributes ? 'statement' GROUP BY 1
)
SELECT count(*) AS checked,
       min(s.subject || ' brought ' || s.new || ' lines of ' || s.pence || ' and has ' || coalesce(l.many, 0) || ' of '
           || coalesce(l.pence, 0))
       FILTER (WHERE s.act <> 'statement_taken' OR s.new <> coalesce(l.many, 0) OR s.pence <> coalesce(l.pence, 0)) AS first
FROM said s LEFT JOIN lines l USING (digest)
"""
"""$2 how the subjects of the statements begin, $3 the kind of their lines. One that was cut off breaks it till it is sent again."""

IN_TRANSIT_IS_UNDER_WAY = """
WITH runs AS (
    SELECT DISTINCT r.subject FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'run' AND r.act = 'released' AND r.attributes ? 'bank'
), last AS (
    SELECT r.subject, (array_agg(r.act ORDER BY r.number DESC))[1] AS act, max(r.attributes ->> 'bank') AS bank,
           max((r.attributes ->> 'amount')::bigint) AS amount
    FROM phb.register r JOIN runs USING (subject) WHERE r.book_id = $1 GROUP BY 1
), waits AS (
    SELECT bank, sum(amount) AS total FROM last WHERE act = 'released' GROUP BY 1
), legs AS (
    SELECT a.account_id, sum(p.amount) AS total
    FROM phb.account a JOIN phb.posting p USING (book_id, account_id)
    LEFT JOIN phb.undone u ON u.book_id = $1 AND u.undone_by = p.number
    JOIN phb.entry e ON e.book_id = $1 AND e.number = coalesce(u.number, p.number)
    LEFT JOIN phb.register w ON w.book_id = $1 AND w.number = split_part(e.body, '|', 15)::bigint AND w.kind = 'run'
    WHERE a.book_id = $1 AND a.class = 'in_transit' AND split_part(e.body, '|', 6)::integer = ANY ($2::integer[])
      AND (w.subject IS NULL OR NOT EXISTS (SELECT FROM runs WHERE runs.subject = w.subject)) GROUP BY 1
)
SELECT count(*) AS checked,
       min(code || ' has ' || has || ' and should have ' || should) FILTER (WHERE has <> should) AS first
FROM (SELECT a.code, b.balance AS has, coalesce(l.total, 0) - coalesce(w.total, 0) AS should
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      LEFT JOIN legs l USING (account_id) LEFT JOIN waits w ON a.code = 'in_transit/' || w.bank
      WHERE a.book_id = $1 AND a.class = 'in_transit') AS x
"""
"""What runs leave on their way is the amounts of those that were released and not cleared, by the register; instalments and
what else is paid without a run stand on their own. $2 the events that may move it."""

CLEARED_IS_WHAT_WAS_RELEASED = """
SELECT count(*) AS checked,
       min('line ' || (m.attributes ->> 'line_of_bank') || ' is of ' || (m.attributes ->> 'amount') || ' and its payments are of '
           || x.total) FILTER (WHERE (m.attributes ->> 'amount')::bigint <> -x.total) AS first
FROM phb.register m
CROSS JOIN LATERAL (
    SELECT coalesce(sum((c.attributes ->> 'amount')::bigint), 0) AS total
    FROM jsonb_each_text(m.attributes) AS n (name, value)
    JOIN phb.register r ON r.book_id = $1 AND r.act IN ('cleared', 'instalment_cleared') AND r.kind = 'run'
                       AND r.number BETWEEN m.number - 60 AND m.number
    JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number AND split_part(e.body, '|', 15) = n.value
    JOIN phb.register c ON c.book_id = $1 AND c.number = r.number
    WHERE n.name LIKE 'of.%') AS x
WHERE m.book_id = $1 AND m.kind = 'run' AND m.act = 'own_line_matched' AND m.attributes ->> 'matched' = 'payments'
"""
"""A line that clears payments is of just their amount. They are cleared in its own group, which has fifty entries at most."""
