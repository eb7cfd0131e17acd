"""The SQL of reports: each identity's sums, from the tables themselves. Values are always parameters.

Every query of an identity answers one row: how many things it looked at, and the first in order that breaks it, in words, or
nothing. Adding up is the database's work, so that a large book needs no memory here.
"""

GROUPS_BALANCE = """
SELECT count(*) AS checked, min(balance_group || ' adds up to ' || total) FILTER (WHERE total <> 0) AS first
FROM (SELECT a.balance_group, sum(b.balance) AS total FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.layer = $2 GROUP BY 1) AS x
"""
GROUPS_OF_EACH = """
SELECT count(*) AS checked, (array_agg('entry ' || number || ' adds up to ' || total || ' in ' || balance_group ORDER BY number)
                             FILTER (WHERE total <> 0))[1] AS first
FROM (SELECT p.number, a.balance_group, sum(p.amount) AS total FROM phb.posting p JOIN phb.account a USING (book_id, account_id)
      WHERE p.book_id = $1 AND a.layer = $2 GROUP BY 1, 2) AS x
"""
TERMS_BALANCE = """
SELECT count(*) AS checked, min(key || ' is out by ' || total) FILTER (WHERE total <> 0) AS first
FROM (SELECT a.tags ->> $2 AS key, sum(b.balance * t.coefficient) AS total
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      JOIN unnest($3::text[], $4::integer[]) AS t (class, coefficient) ON t.class = a.class
      WHERE a.book_id = $1 AND a.tags ? $2 GROUP BY 1) AS x
"""
"""$2 the tag that an identity is kept by, $3 the classes of its terms, $4 their coefficients."""

TERMS_OF_EACH = """
SELECT count(*) AS checked, (array_agg('entry ' || number || ' puts ' || key || ' out by ' || total ORDER BY number)
                             FILTER (WHERE total <> 0))[1] AS first
FROM (SELECT p.number, a.tags ->> $2 AS key, sum(p.amount * t.coefficient) AS total
      FROM phb.posting p JOIN phb.account a USING (book_id, account_id)
      JOIN unnest($3::text[], $4::integer[]) AS t (class, coefficient) ON t.class = a.class
      WHERE p.book_id = $1 AND a.tags ? $2 GROUP BY 1, 2) AS x
"""
HELD_IS_WHAT_REMAINS = """
SELECT count(*) AS checked,
       min(code || ' has ' || balance || ' and its holds keep ' || kept) FILTER (WHERE balance <> kept) AS first
FROM (SELECT a.code, b.balance, coalesce(sum(p.remaining), 0) AS kept
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      LEFT JOIN phb.hold_pair p ON p.book_id = a.book_id AND p.holding_id = a.account_id
      WHERE a.book_id = $1 AND a.class = 'held' GROUP BY 1, 2) AS x
"""
HOLDS_ADD_UP = """
WITH of_hold AS (
    SELECT h.number, h.number AS hold FROM phb.hold h WHERE h.book_id = $1
    UNION ALL
    SELECT e.number, (SELECT f[22 + 2 * i]::bigint FROM generate_series(0, f[20]::integer - 1) AS i WHERE f[21 + 2 * i] = 'hold')
    FROM phb.entry e CROSS JOIN LATERAL string_to_array(e.body, '|') AS f
    WHERE e.book_id = $1 AND e.kind IN ('hold_settled', 'hold_released', 'hold_expired')
), moved AS (
    SELECT number, hold FROM of_hold
    UNION ALL
    SELECT u.undone_by, o.hold FROM of_hold o JOIN phb.undone u ON u.book_id = $1 AND u.number = o.number
), sums AS (
    SELECT m.hold, p.account_id, sum(p.amount) AS left_over, sum(p.amount) FILTER (WHERE m.number = m.hold) AS placed
    FROM moved m JOIN phb.posting p ON p.book_id = $1 AND p.number = m.number GROUP BY 1, 2
)
SELECT count(*) AS checked,
       (array_agg('hold ' || p.number || ' keeps ' || p.remaining || ' and should keep ' || coalesce(s.left_over, 0)
                  ORDER BY p.number)
        FILTER (WHERE p.remaining IS DISTINCT FROM s.left_over OR p.placed IS DISTINCT FROM s.placed
                OR (h.closed AND p.remaining <> 0)))[1] AS first
FROM phb.hold_pair p JOIN phb.hold h USING (book_id, number)
LEFT JOIN sums s ON s.hold = p.number AND s.account_id = p.holding_id
WHERE p.book_id = $1
"""
SHARES_HAVE_WHAT_WAS_GIVEN = """
WITH event_of AS (
    SELECT e.number, split_part(e.body, '|', 6)::integer AS event FROM phb.entry e
    WHERE e.book_id = $1 AND e.kind IN ('transaction', 'hold_placed', 'hold_settled', 'hold_released', 'hold_expired')
), gives AS (
    SELECT number FROM event_of WHERE event = ANY ($2::integer[])
    UNION
    SELECT u.undone_by FROM event_of e JOIN phb.undone u ON u.book_id = $1 AND u.number = e.number
    WHERE e.event = ANY ($2::integer[])
), given AS (
    SELECT p.account_id, sum(p.amount) AS total FROM gives g JOIN phb.posting p ON p.book_id = $1 AND p.number = g.number GROUP BY 1
)
SELECT count(*) AS checked, min(share || ' has ' || has || ' and was given ' || was) FILTER (WHERE has <> was) AS first
FROM (SELECT a.tags ->> 'share' AS share, sum(b.balance) AS has, coalesce(sum(g.total), 0) AS was
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id) LEFT JOIN given g USING (account_id)
      WHERE a.book_id = $1 AND a.layer = 'budget' AND a.tags ? 'share' GROUP BY 1) AS x
"""
"""$2 the events that give authority to a share or take it away; every other one only moves it within the share."""

ALLOCATIONS_NAME_A_PLAN = """
SELECT count(*) AS checked, (array_agg('entry ' || e.number || ' names no plan version' ORDER BY e.number)
                             FILTER (WHERE r.number IS NULL))[1] AS first
FROM phb.entry e
LEFT JOIN phb.register r ON r.book_id = $1 AND r.number = split_part(e.body, '|', 15)::bigint
                         AND r.kind IN ('plan_version', 'line')
WHERE e.book_id = $1 AND e.kind = 'transaction' AND split_part(e.body, '|', 6) IN ('2', '3')
"""
PAYABLE_IS_WHAT_IS_OWED = """
WITH settled AS (
    SELECT e.number, split_part(e.body, '|', 15)::bigint AS because FROM phb.entry e
    WHERE e.book_id = $1 AND e.kind IN ('transaction', 'hold_settled') AND split_part(e.body, '|', 6)::integer = ANY ($2::integer[])
), in_force AS (
    SELECT DISTINCT r.number, 'payable/' || (r.attributes ->> 'payee') AS code, (r.attributes ->> 'amount')::bigint AS amount
    FROM phb.register r JOIN settled s ON s.because = r.number
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act = 'invoice_accepted'
      AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = s.number)
), accepted AS (
    SELECT code, sum(amount) AS total FROM in_force GROUP BY 1
), by_invoice AS (
    SELECT number FROM settled
    UNION
    SELECT u.undone_by FROM settled s JOIN phb.undone u ON u.book_id = $1 AND u.number = s.number
), others AS (
    SELECT p.account_id, sum(p.amount) AS total FROM phb.posting p
    WHERE p.book_id = $1 AND NOT EXISTS (SELECT FROM by_invoice i WHERE i.number = p.number) GROUP BY 1
)
SELECT count(*) AS checked, min(code || ' owes ' || owes || ' and should owe ' || should) FILTER (WHERE owes <> should) AS first
FROM (SELECT a.code, -b.balance AS owes, coalesce(c.total, 0) - coalesce(o.total, 0) AS should
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      LEFT JOIN accepted c ON c.code = a.code LEFT JOIN others o USING (account_id)
      WHERE a.book_id = $1 AND a.class = 'payable') AS x
"""
"""$2 the events by which an accepted invoice is owed; payments, returns and whatever else moves a payable stand on their own."""

INVOICES_ARE_SETTLED_ONCE = """
WITH settled AS (
    SELECT e.number, split_part(e.body, '|', 15)::bigint AS because FROM phb.entry e
    WHERE e.book_id = $1 AND e.kind IN ('transaction', 'hold_settled') AND split_part(e.body, '|', 6)::integer = ANY ($2::integer[])
      AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = e.number)
), owed AS (
    SELECT r.subject, (r.attributes ->> 'amount')::bigint AS amount, -sum(p.amount) AS credited
    FROM phb.register r
    JOIN settled s ON s.because = r.number
    JOIN phb.account a ON a.book_id = $1 AND a.code = 'payable/' || (r.attributes ->> 'payee')
    JOIN phb.posting p ON p.book_id = $1 AND p.number = s.number AND p.account_id = a.account_id
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act = 'invoice_accepted' GROUP BY r.number, 1, 2
)
SELECT count(*) AS checked, min(subject || ' is for ' || amount || ' and is owed as ' || credited) FILTER (WHERE credited <> amount)
       AS first
FROM (SELECT subject, min(amount) AS amount, sum(credited) AS credited FROM owed GROUP BY 1) AS x
"""
IMPORTS_ADD_UP = """
WITH stands AS (
    SELECT split_part(a.code, '/', 2) AS source, sum(b.balance) AS unassigned
    FROM phb.account a JOIN phb.balance b USING (book_id, account_id) WHERE a.book_id = $1 AND a.class = 'unassigned' GROUP BY 1
), legs AS (
    SELECT split_part(a.code, '/', 2) AS source, count(*) FILTER (WHERE split_part(e.body, '|', 6) = $2::text) AS rows,
           coalesce(sum(p.amount) FILTER (WHERE coalesce(split_part(o.body, '|', 6), split_part(e.body, '|', 6)) = $3::text), 0)
               AS assigned
    FROM phb.account a JOIN phb.posting p USING (book_id, account_id) JOIN phb.entry e USING (book_id, number)
    LEFT JOIN phb.undone u ON u.book_id = e.book_id AND u.undone_by = e.number
    LEFT JOIN phb.entry o ON o.book_id = u.book_id AND o.number = u.number
    WHERE a.book_id = $1 AND a.class = 'unassigned' GROUP BY 1
)
SELECT coalesce(sum(l.rows), 0)::bigint AS checked,
       min(s.source || ' has ' || s.unassigned - coalesce(l.assigned, 0) || ' of imported rows and its bank ' || -b.balance)
       FILTER (WHERE s.unassigned - coalesce(l.assigned, 0) <> -b.balance) AS first
FROM stands s JOIN phb.account a ON a.book_id = $1 AND a.code = 'bank/' || s.source
JOIN phb.balance b ON b.book_id = $1 AND b.account_id = a.account_id LEFT JOIN legs l USING (source)
"""
"""$2 the event of an imported row, $3 the event that assigns one to a line later; what undoes an assignment counts as one."""

REVERSALS_UNDO = """
SELECT count(DISTINCT number) AS checked,
       (array_agg('entry ' || undone_by || ' does not undo entry ' || number ORDER BY undone_by)
        FILTER (WHERE total <> 0))[1] AS first
FROM (SELECT u.number, u.undone_by, p.account_id, sum(p.amount) AS total
      FROM phb.undone u JOIN phb.entry e ON e.book_id = u.book_id AND e.number = u.undone_by
      JOIN phb.posting p ON p.book_id = u.book_id AND p.number IN (u.number, u.undone_by)
      WHERE u.book_id = $1 AND split_part(e.body, '|', 6) = $2::text GROUP BY 1, 2, 3) AS x
"""
BALANCES_ARE_THEIR_POSTINGS = """
SELECT count(*) AS checked, min(a.code || ' has ' || b.balance || ' and its postings ' || coalesce(p.total, 0))
       FILTER (WHERE b.balance <> coalesce(p.total, 0) OR b.debit <> coalesce(p.debit, 0) OR b.credit <> coalesce(p.credit, 0)
               OR b.postings <> coalesce(p.many, 0)) AS first
FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
LEFT JOIN (SELECT account_id, sum(amount) AS total, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debit,
                  coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credit, count(*) AS many
           FROM phb.posting WHERE book_id = $1 GROUP BY 1) AS p USING (account_id)
WHERE a.book_id = $1
"""
DAYS_ARE_THEIR_POSTINGS = """
SELECT count(*) AS checked, min(a.code || ' on ' || day) FILTER (WHERE d.debit IS DISTINCT FROM p.debit
                                                                  OR d.credit IS DISTINCT FROM p.credit) AS first
FROM (SELECT account_id, day, debit, credit FROM phb.delta WHERE book_id = $1) AS d
FULL JOIN (SELECT account_id, effective_on AS day, coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debit,
                  coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credit
           FROM phb.posting WHERE book_id = $1 GROUP BY 1, 2) AS p USING (account_id, day)
JOIN (SELECT account_id, code FROM phb.account WHERE book_id = $1) AS a USING (account_id)
"""
RUNNING_BALANCES_RUN = """
SELECT count(*) AS checked,
       (array_agg('entry ' || number || ' on ' || code ORDER BY number) FILTER (WHERE balance_after <> total))[1] AS first
FROM (SELECT p.number, a.code, p.balance_after, sum(p.amount) OVER (PARTITION BY p.account_id ORDER BY p.number) AS total
      FROM phb.posting p JOIN phb.account a USING (book_id, account_id) WHERE p.book_id = $1) AS x
"""

TRY_TURN = "SELECT pg_try_advisory_lock(7242, $1)"
"""One nightly run at a time for a book, among all processes; held as long as the connection."""
