"""SQL of the reads, the projector and the recount. Values are always parameters and columns always named.

Sums come back as numeric from PostgreSQL and are cast, so that pence stay whole numbers all the way.
"""

# Where the log and its projection stand.

SPAN = """
SELECT h.size, coalesce(c.through_entry, 0) AS projected
FROM phb.head h LEFT JOIN phb.cursor c ON c.book_id = h.book_id AND c.name = $2
WHERE h.book_id = $1
"""
RECORDED_US = "SELECT recorded_us FROM phb.entry WHERE book_id = $1 AND number = $2"
SIZE_AT = "SELECT phb.size_at($1, $2)"
NUMBERS_OF_MONTHS = """
SELECT m.month, phb.size_at($1, m.begins_us - 1) + 1 AS low, least(phb.size_at($1, m.ends_us - 1), $5) AS high
FROM unnest($2::date[], $3::bigint[], $4::bigint[]) AS m(month, begins_us, ends_us)
ORDER BY m.month
"""

# Accounts.

ACCOUNT_IDS = "SELECT code, account_id FROM phb.account WHERE book_id = $1 AND code = ANY ($2::text[])"
ACCOUNT_SIZE = """
SELECT a.account_id, b.postings
FROM phb.account a JOIN phb.balance b USING (book_id, account_id) WHERE a.book_id = $1 AND a.code = $2
"""
ACCOUNT_PAGE = """
SELECT account_id, code, class, layer, balance_group, type, normal, floor, ceiling, status,
       tags::text AS tags, opened_number
FROM phb.account WHERE book_id = $1 AND code > $2 AND code >= $3 AND code < $4 ORDER BY code LIMIT $5
"""
ACCOUNT_ROW = """
SELECT account_id, code, class, layer, balance_group, type, normal, floor, ceiling, status,
       tags::text AS tags, opened_number
FROM phb.account WHERE book_id = $1 AND code = $2
"""

# Debits and credits of some accounts: everything recorded, up to a day, and up to a day as known at an entry.

SUMS_RECORDED = """
SELECT account_id, debit, credit FROM phb.balance WHERE book_id = $1 AND account_id = ANY ($2::integer[])
"""
SUMS_EFFECTIVE = """
SELECT account_id, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit
FROM phb.delta WHERE book_id = $1 AND account_id = ANY ($2::integer[]) AND day <= $3 GROUP BY account_id
"""
# $3 whole months of effect before · $4 months recorded before · $5 the month of effect in part, or null ·
# $6 $7 $8 the numbers of each month recorded · $9 the last day · $10 cells reach to · $11 the last entry.
# OFFSET 0, here and below, makes the planner read range by range: for a hot account that is 116 ms against 6.
SUMS_KNOWN = """
WITH wanted AS (
    SELECT account_id FROM unnest($2::integer[]) AS u(account_id)
), moved AS (
    SELECT t.account_id, t.debit, t.credit
    FROM wanted w JOIN phb.month_total t ON t.book_id = $1 AND t.account_id = w.account_id
    WHERE t.effect_month < $3 AND t.recorded_month < $4
    UNION ALL
    SELECT p.account_id, greatest(p.amount, 0), greatest(-p.amount, 0)
    FROM wanted w
    JOIN phb.month_total t ON t.book_id = $1 AND t.account_id = w.account_id
         AND t.effect_month = $5 AND t.recorded_month < $4
    JOIN unnest($6::date[], $7::bigint[], $8::bigint[]) AS r(month, low, high) ON r.month = t.recorded_month
    CROSS JOIN LATERAL (
        SELECT p.account_id, p.amount FROM phb.posting p
        WHERE p.book_id = $1 AND p.account_id = t.account_id AND p.number BETWEEN r.low AND r.high
          AND p.effective_on BETWEEN $5 AND $9 OFFSET 0) AS p
    UNION ALL
    SELECT p.account_id, greatest(p.amount, 0), greatest(-p.amount, 0)
    FROM wanted w
    JOIN phb.posting p ON p.book_id = $1 AND p.account_id = w.account_id AND p.number > $10
         AND p.number <= $11 AND p.effective_on <= $9
)
SELECT account_id, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit FROM moved GROUP BY account_id
"""
RECORDED_MONTHS = """
SELECT DISTINCT recorded_month FROM phb.month_total
WHERE book_id = $1 AND account_id = ANY ($2::integer[]) AND effect_month = $3 AND recorded_month < $4
"""
RECORDED_MONTHS_OF_BOOK = """
SELECT DISTINCT recorded_month FROM phb.month_total
WHERE book_id = $1 AND effect_month = $2 AND recorded_month < $3
"""

# The same for all accounts in a range of codes: by class, group and next part of the code from position $4.

TOTALS_RECORDED = """
WITH wanted AS (
    SELECT account_id, layer, class, balance_group, CASE WHEN $4::integer = 0 THEN ''
           ELSE coalesce(substring(substr(code, $4) FROM '^[^/]*/'), substr(code, $4)) END AS branch
    FROM phb.account WHERE book_id = $1 AND code >= $2 AND code < $3
)
SELECT w.layer, w.class, w.balance_group, w.branch, count(*) AS accounts, sum(b.debit)::bigint AS debit,
       sum(b.credit)::bigint AS credit
FROM wanted w JOIN phb.balance b ON b.book_id = $1 AND b.account_id = w.account_id
GROUP BY w.layer, w.class, w.balance_group, w.branch
"""
TOTALS_EFFECTIVE = """
WITH wanted AS (
    SELECT account_id, layer, class, balance_group, CASE WHEN $4::integer = 0 THEN ''
           ELSE coalesce(substring(substr(code, $4) FROM '^[^/]*/'), substr(code, $4)) END AS branch
    FROM phb.account WHERE book_id = $1 AND code >= $2 AND code < $3
), sums AS (
    SELECT account_id, sum(debit) AS debit, sum(credit) AS credit
    FROM phb.delta WHERE book_id = $1 AND day <= $5 AND account_id IN (SELECT account_id FROM wanted)
    GROUP BY account_id
)
SELECT w.layer, w.class, w.balance_group, w.branch, count(*) AS accounts,
       coalesce(sum(s.debit), 0)::bigint AS debit, coalesce(sum(s.credit), 0)::bigint AS credit
FROM wanted w LEFT JOIN sums s USING (account_id)
GROUP BY w.layer, w.class, w.balance_group, w.branch
"""
# $5 to $13 are $3 to $11 of SUMS_KNOWN.
TOTALS_KNOWN = """
WITH wanted AS MATERIALIZED (
    SELECT account_id, layer, class, balance_group, CASE WHEN $4::integer = 0 THEN ''
           ELSE coalesce(substring(substr(code, $4) FROM '^[^/]*/'), substr(code, $4)) END AS branch
    FROM phb.account WHERE book_id = $1 AND code >= $2 AND code < $3 AND opened_number <= $13
), moved AS (
    SELECT t.account_id, t.debit, t.credit
    FROM wanted w JOIN phb.month_total t ON t.book_id = $1 AND t.account_id = w.account_id
    WHERE t.effect_month < $5 AND t.recorded_month < $6
    UNION ALL
    SELECT p.account_id, greatest(p.amount, 0), greatest(-p.amount, 0)
    FROM wanted w
    JOIN phb.month_total t ON t.book_id = $1 AND t.account_id = w.account_id
         AND t.effect_month = $7 AND t.recorded_month < $6
    JOIN unnest($8::date[], $9::bigint[], $10::bigint[]) AS r(month, low, high) ON r.month = t.recorded_month
    JOIN phb.posting p ON p.book_id = $1 AND p.account_id = t.account_id AND p.number BETWEEN r.low AND r.high
         AND p.effective_on BETWEEN $7 AND $11
    UNION ALL
    SELECT p.account_id, greatest(p.amount, 0), greatest(-p.amount, 0)
    FROM wanted w
    JOIN phb.posting p ON p.book_id = $1 AND p.account_id = w.account_id AND p.number > $12
         AND p.number <= $13 AND p.effective_on <= $11
), sums AS (
    SELECT account_id, sum(debit) AS debit, sum(credit) AS credit FROM moved GROUP BY account_id
)
SELECT w.layer, w.class, w.balance_group, w.branch, count(*) AS accounts,
       coalesce(sum(s.debit), 0)::bigint AS debit, coalesce(sum(s.credit), 0)::bigint AS credit
FROM wanted w LEFT JOIN sums s USING (account_id)
GROUP BY w.layer, w.class, w.balance_group, w.branch
"""

# Statements. The ranges of numbers in $3 and $4 never overlap.

STATEMENT_MONTHS = """
SELECT effect_month FROM phb.month_total
WHERE book_id = $1 AND account_id = $2 AND effect_month BETWEEN $3 AND $4 AND recorded_month < $5
UNION
SELECT date_trunc('month', effective_on::timestamp)::date FROM phb.posting
WHERE book_id = $1 AND account_id = $2 AND number > $6 AND number <= $7 AND effective_on BETWEEN $3 AND $4
"""
STATEMENT_LINES = """
WITH page AS (
    SELECT p.number, p.effective_on, p.amount
    FROM unnest($3::bigint[], $4::bigint[]) AS r(low, high)
    CROSS JOIN LATERAL (
        SELECT p.number, p.effective_on, p.amount FROM phb.posting p
        WHERE p.book_id = $1 AND p.account_id = $2 AND p.number BETWEEN r.low AND r.high OFFSET 0) AS p
    WHERE p.effective_on BETWEEN $5 AND $6
      AND (p.effective_on > $7 OR (p.effective_on = $7 AND p.number > $8))
    ORDER BY p.effective_on, p.number LIMIT $9
)
SELECT g.number, g.effective_on, g.amount, e.recorded_us, e.kind, split_part(e.body, '|', 6)::integer AS event
FROM page g JOIN phb.entry e ON e.book_id = $1 AND e.number = g.number
ORDER BY g.effective_on, g.number
"""
STATEMENT_LINES_NEWEST_FIRST = """
WITH page AS (
    SELECT p.number, p.effective_on, p.amount
    FROM unnest($3::bigint[], $4::bigint[]) AS r(low, high)
    CROSS JOIN LATERAL (
        SELECT p.number, p.effective_on, p.amount FROM phb.posting p
        WHERE p.book_id = $1 AND p.account_id = $2 AND p.number BETWEEN r.low AND r.high OFFSET 0) AS p
    WHERE p.effective_on BETWEEN $5 AND $6
      AND (p.effective_on < $7 OR (p.effective_on = $7 AND p.number < $8))
    ORDER BY p.effective_on DESC, p.number DESC LIMIT $9
)
SELECT g.number, g.effective_on, g.amount, e.recorded_us, e.kind, split_part(e.body, '|', 6)::integer AS event
FROM page g JOIN phb.entry e ON e.book_id = $1 AND e.number = g.number
ORDER BY g.effective_on DESC, g.number DESC
"""
PART_OF_DAY = """
SELECT coalesce(sum(p.amount), 0)::bigint
FROM unnest($3::bigint[], $4::bigint[]) AS r(low, high)
CROSS JOIN LATERAL (
    SELECT p.amount FROM phb.posting p
    WHERE p.book_id = $1 AND p.account_id = $2 AND p.number BETWEEN r.low AND r.high
      AND p.effective_on = $5 AND p.number <= $6 OFFSET 0) AS p
"""
RECORDED_LINES = """
WITH page AS (
    SELECT number, effective_on, amount, balance_after FROM phb.posting
    WHERE book_id = $1 AND account_id = $2 AND number > $3 AND number <= $4 ORDER BY number LIMIT $5
)
SELECT g.number, g.effective_on, g.amount, g.balance_after, e.recorded_us, e.kind,
       split_part(e.body, '|', 6)::integer AS event
FROM page g JOIN phb.entry e ON e.book_id = $1 AND e.number = g.number
ORDER BY g.number
"""
BALANCE_AFTER = """
SELECT balance_after FROM phb.posting
WHERE book_id = $1 AND account_id = $2 AND number <= $3 ORDER BY number DESC LIMIT 1
"""

# Entries and holds.

ENTRIES = """
SELECT e.number, e.body, u.undone_by, x.erased_by
FROM phb.entry e
LEFT JOIN phb.undone u ON u.book_id = e.book_id AND u.number = e.number
LEFT JOIN phb.erased x ON x.book_id = e.book_id AND x.number = e.number
WHERE e.book_id = $1 AND e.number BETWEEN $2 AND $3 ORDER BY e.number LIMIT $4
"""
ENTRIES_OF_KINDS = """
SELECT e.number, e.body, u.undone_by, x.erased_by
FROM phb.entry e
LEFT JOIN phb.undone u ON u.book_id = e.book_id AND u.number = e.number
LEFT JOIN phb.erased x ON x.book_id = e.book_id AND x.number = e.number
WHERE e.book_id = $1 AND e.number BETWEEN $2 AND $3 AND e.kind = ANY ($5::text[]) ORDER BY e.number LIMIT $4
"""
OPEN_HOLDS = """
SELECT h.number, h.purpose, h.subject, h.expires_us, p.placed, p.remaining,
       c.code AS holding, o.code AS origin
FROM phb.hold h JOIN phb.hold_pair p USING (book_id, number)
JOIN phb.account c ON c.book_id = p.book_id AND c.account_id = p.holding_id
JOIN phb.account o ON o.book_id = p.book_id AND o.account_id = p.origin_id
WHERE h.book_id = $1 AND NOT h.closed AND h.number IN (
    SELECT number FROM phb.hold_pair WHERE book_id = $1 AND holding_id = $2 AND remaining > 0
    UNION
    SELECT number FROM phb.hold_pair WHERE book_id = $1 AND origin_id = $2 AND remaining > 0)
ORDER BY h.number, p.holding_id
"""

# Periods.

PERIODS_WITH_ENTRIES = """
SELECT p.period, p.first_day, p.last_day, p.closed, p.actor, p.number, e.body
FROM phb.period p JOIN phb.entry e USING (book_id, number) WHERE p.book_id = $1
"""
FIRST_DAY = "SELECT first_day FROM phb.book WHERE book_id = $1"

# The projector.

TRY_PROJECTING = "SELECT pg_try_advisory_xact_lock(7241, $1)"
"""One projector at a time for a book, among the rounds of all processes; held to the end of the unit of work."""
BEGIN_CURSOR = """
INSERT INTO phb.cursor (book_id, name, through_entry) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING
"""
LOCK_CURSOR = "SELECT through_entry FROM phb.cursor WHERE book_id = $1 AND name = $2 FOR UPDATE"
MOVE_CURSOR = "UPDATE phb.cursor SET through_entry = $3 WHERE book_id = $1 AND name = $2"
LOG_SIZE = "SELECT size FROM phb.head WHERE book_id = $1"
LINES_WITH_LEGS = """
SELECT recorded_us, effective_on, body FROM phb.entry
WHERE book_id = $1 AND number BETWEEN $2 AND $3 AND kind = ANY ($4::text[]) ORDER BY number
"""
ADD_MONTH_TOTALS = """
INSERT INTO phb.month_total AS t (book_id, account_id, effect_month, recorded_month, debit, credit, postings)
SELECT $1, u.account_id, u.effect_month, u.recorded_month, u.debit, u.credit, u.postings
FROM unnest($2::integer[], $3::date[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[])
     AS u(account_id, effect_month, recorded_month, debit, credit, postings)
ORDER BY u.account_id, u.effect_month, u.recorded_month
ON CONFLICT (book_id, account_id, effect_month, recorded_month) DO UPDATE
    SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit,
        postings = t.postings + excluded.postings
"""

# The recount. An account that is missing from the accounts is named by its id.

COUNTS = """
SELECT (SELECT count(*) FROM phb.account WHERE book_id = $1) AS accounts,
       (SELECT count(*) FROM phb.posting WHERE book_id = $1) AS postings
"""
DIFFERENT_POSTING = """
SELECT coalesce(a.code, p.account_id::text) AS account, p.number::text AS place,
       ARRAY[p.balance_after] AS stored, ARRAY[p.derived] AS derived
FROM (SELECT account_id, number, balance_after,
             (sum(amount) OVER (PARTITION BY account_id ORDER BY number))::bigint AS derived
      FROM phb.posting WHERE book_id = $1) AS p
LEFT JOIN phb.account a ON a.book_id = $1 AND a.account_id = p.account_id
WHERE p.balance_after <> p.derived
ORDER BY account, p.number LIMIT 1
"""
DIFFERENT_BALANCE = """
WITH derived AS (
    SELECT account_id, sum(amount)::bigint AS balance, sum(greatest(amount, 0))::bigint AS debit,
           sum(greatest(-amount, 0))::bigint AS credit, count(*) AS postings, max(number) AS last_number
    FROM phb.posting WHERE book_id = $1 GROUP BY account_id
), known AS (
    SELECT account_id FROM phb.account WHERE book_id = $1
    UNION SELECT account_id FROM phb.balance WHERE book_id = $1
    UNION SELECT account_id FROM derived
), compared AS (
    SELECT coalesce(a.code, k.account_id::text) AS account,
           CASE WHEN b.account_id IS NOT NULL
                THEN ARRAY[b.balance, b.debit, b.credit, b.postings, b.last_number] END AS stored,
           ARRAY[coalesce(d.balance, 0), coalesce(d.debit, 0), coalesce(d.credit, 0), coalesce(d.postings, 0),
                 coalesce(d.last_number, 0)] AS derived
    FROM known k
    LEFT JOIN derived d USING (account_id)
    LEFT JOIN phb.balance b ON b.book_id = $1 AND b.account_id = k.account_id
    LEFT JOIN phb.account a ON a.book_id = $1 AND a.account_id = k.account_id
)
SELECT account, NULL::text AS place, stored, derived FROM compared
WHERE stored IS DISTINCT FROM derived ORDER BY account LIMIT 1
"""
DIFFERENT_DELTA = """
WITH derived AS (
    SELECT account_id, effective_on AS day, sum(greatest(amount, 0))::bigint AS debit,
           sum(greatest(-amount, 0))::bigint AS credit
    FROM phb.posting WHERE book_id = $1 GROUP BY account_id, effective_on
), stored AS (
    SELECT account_id, day, debit, credit FROM phb.delta WHERE book_id = $1
), compared AS (
    SELECT account_id, day, CASE WHEN s.debit IS NOT NULL THEN ARRAY[s.debit, s.credit] END AS stored,
           CASE WHEN d.debit IS NOT NULL THEN ARRAY[d.debit, d.credit] END AS derived
    FROM stored s FULL JOIN derived d USING (account_id, day)
)
SELECT coalesce(a.code, c.account_id::text) AS account, c.day::text AS place, c.stored, c.derived
FROM compared c LEFT JOIN phb.account a ON a.book_id = $1 AND a.account_id = c.account_id
WHERE c.stored IS DISTINCT FROM c.derived ORDER BY account, c.day LIMIT 1
"""
# $2 the months in which anything was recorded, $3 the first number of each, rising.
DIFFERENT_MONTH_TOTAL = """
WITH derived AS (
    SELECT account_id, date_trunc('month', effective_on::timestamp)::date AS effect_month,
           ($2::date[])[width_bucket(number, $3::bigint[])] AS recorded_month,
           sum(greatest(amount, 0))::bigint AS debit, sum(greatest(-amount, 0))::bigint AS credit,
           count(*) AS postings
    FROM phb.posting WHERE book_id = $1 AND number <= $4 GROUP BY 1, 2, 3
), stored AS (
    SELECT account_id, effect_month, recorded_month, debit, credit, postings
    FROM phb.month_total WHERE book_id = $1
), compared AS (
    SELECT account_id, effect_month, recorded_month,
           CASE WHEN s.debit IS NOT NULL THEN ARRAY[s.debit, s.credit, s.postings] END AS stored,
           CASE WHEN d.debit IS NOT NULL THEN ARRAY[d.debit, d.credit, d.postings] END AS derived
    FROM stored s FULL JOIN derived d USING (account_id, effect_month, recorded_month)
)
SELECT coalesce(a.code, c.account_id::text) AS account,
       to_char(c.effect_month, 'YYYY-MM') || '/' || to_char(c.recorded_month, 'YYYY-MM') AS place,
       c.stored, c.derived
FROM compared c LEFT JOIN phb.account a ON a.book_id = $1 AND a.account_id = c.account_id
WHERE c.stored IS DISTINCT FROM c.derived ORDER BY account, c.effect_month, c.recorded_month LIMIT 1
"""
