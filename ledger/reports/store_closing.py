"""The SQL of the close: what is open in a period, what came in after it, what care cost, and how funds stand. Values are always
parameters.

Each query of an open matter answers one row: how many, how many pence, and since which accounting day the oldest has been open.
$1 book, $2 the last day of the period.
"""

REFERRALS_OPEN = """
SELECT count(*) AS many, coalesce(sum((r.attributes ->> 'amount')::bigint), 0)::bigint AS pence, min(r.day) AS oldest
FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'decision' AND r.act NOT IN ('approval') AND r.attributes ->> 'outcome' = 'refer' AND r.day <= $2
  AND r.subject NOT LIKE 'decision/%'
  AND NOT EXISTS (SELECT FROM phb.register x WHERE x.book_id = $1 AND x.subject = 'decision/' || r.number)
"""
DOCUMENTS_WAITING = """
SELECT count(*) AS many, coalesce(sum((x.attributes ->> 'amount')::bigint), 0)::bigint AS pence, min(x.on_day) AS oldest
FROM (SELECT DISTINCT ON (r.subject) r.act, r.attributes,
             coalesce((r.attributes ->> 'document_on')::date,
                      nullif(split_part(e.body, '|', 9), '-')::date,
                      (to_timestamp(split_part(e.body, '|', 4)::bigint / 1000000) AT TIME ZONE 'Europe/London')::date) AS on_day
      FROM phb.register r JOIN phb.entry e USING (book_id, number)
      WHERE r.book_id = $1 AND r.kind = 'evidence' ORDER BY r.subject, r.number DESC) AS x
WHERE x.act = $3::text AND x.on_day <= $2
"""
"""$3 the act by which a document waits, such as invoice_entered or claimed."""

RUNS_IN_TRANSIT = """
SELECT count(*) AS many, coalesce(sum((x.attributes ->> 'amount')::bigint), 0)::bigint AS pence, min(x.on_day) AS oldest
FROM (SELECT DISTINCT ON (r.subject) r.act, r.attributes,
             (SELECT min(nullif(split_part(e.body, '|', 7), '-'))::date FROM phb.entry e
              WHERE e.book_id = $1 AND e.number > r.number AND e.number <= r.number + 25
                AND split_part(e.body, '|', 15) = r.number::text AND e.kind = 'transaction') AS on_day
      FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'run' ORDER BY r.subject, r.number DESC) AS x
WHERE x.act = 'released' AND x.on_day <= $2
"""
CLASS_NOT_NOTHING = """
SELECT count(*) AS many, coalesce(sum(abs(x.pence)), 0)::bigint AS pence, min(x.oldest) AS oldest
FROM (SELECT p.account_id, sum(p.amount) AS pence, min(p.effective_on) AS oldest
      FROM phb.account a JOIN phb.posting p USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.class = $3 AND p.effective_on <= $2 GROUP BY 1 HAVING sum(p.amount) <> 0) AS x
"""
"""$3 the class whose accounts should be at nothing."""

BANK_LINES_UNEXPLAINED = """
SELECT count(*) AS many, coalesce(sum(x.amount - x.explained - x.ended), 0)::bigint AS pence, min(x.day) AS oldest
FROM (SELECT r.day, (r.attributes ->> 'amount')::bigint AS amount,
             coalesce((SELECT sum(CASE WHEN q.act IN ('question_reopened', 'demand_withdrawn') THEN -1 ELSE 1 END
                                  * (q.attributes ->> 'amount')::bigint)
                       FROM phb.register q
                       WHERE q.book_id = $1 AND q.person_ref = r.person_ref
                         AND ((q.kind = 'evidence' AND q.attributes ->> 'of' = r.number::text
                               AND q.act IN ('question_waived', 'question_demanded', 'question_moved', 'question_reopened'))
                           OR (q.kind = 'notice' AND q.act IN ('demanded', 'demand_withdrawn')
                               AND EXISTS (SELECT FROM phb.register d
                                           WHERE d.book_id = $1 AND d.subject = q.subject AND d.act = 'demanded'
                                             AND d.attributes ->> 'source' = 'unidentified'
                                             AND d.attributes ->> 'of' = r.number::text)))), 0)::bigint AS ended,
             coalesce((SELECT sum((c.attributes ->> 'amount')::bigint)
                       FROM (SELECT DISTINCT ON (y.subject) y.act, y.attributes FROM phb.register y
                             WHERE y.book_id = $1 AND y.person_ref = r.person_ref AND y.kind = 'evidence'
                               AND y.attributes ->> 'bank_line' = r.number::text ORDER BY y.subject, y.number DESC) AS c
                       WHERE c.act = 'evidence_accepted'), 0)::bigint AS explained
      FROM phb.register r
      WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act = 'bank_line_taken' AND r.day <= $2
        AND NOT EXISTS (SELECT FROM phb.register m WHERE m.book_id = $1 AND m.subject = 'bank_match/' || r.number
                        AND m.attributes ->> 'matched' IN ('evidence', 'order', 'repayment', 'other_money', 'moved')
                        AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.subject = m.subject
                                        AND n.number > m.number))
        AND NOT EXISTS (SELECT FROM phb.register z WHERE z.book_id = $1 AND z.subject = r.subject AND z.number > r.number)) AS x
WHERE x.explained + x.ended < x.amount
"""
"""Lines that went out, but for what accepted claims explain of them, and what of them was demanded, waived or moved."""

INSTALMENTS_NOT_PAID = """
SELECT count(DISTINCT p.number) AS many, coalesce(sum(p.remaining), 0)::bigint AS pence, min(r.day) AS oldest
FROM phb.hold h
JOIN phb.hold_pair p USING (book_id, number)
JOIN phb.register r ON r.book_id = h.book_id AND r.number = h.number - 1 AND r.kind = 'decision'
WHERE h.book_id = $1 AND h.purpose = 'instalment' AND NOT h.closed AND p.remaining > 0 AND r.day <= $2
"""
OWN_LINES_UNMATCHED = """
SELECT count(*) AS many, coalesce(sum((r.attributes ->> 'amount')::bigint), 0)::bigint AS pence, min(r.day) AS oldest
FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'run' AND r.act = 'own_line_taken' AND r.person_ref IS NULL AND (r.day IS NULL OR r.day <= $2)
  AND NOT EXISTS (SELECT FROM phb.register m WHERE m.book_id = $1 AND m.subject = 'own_match/' || r.number)
"""
TAKE_ONS_PROVISIONAL = """
SELECT count(*) AS many, 0::bigint AS pence, NULL::date AS oldest
FROM (SELECT DISTINCT ON (r.subject) r.act FROM phb.register r
      WHERE r.book_id = $1 AND $2::date IS NOT NULL AND r.kind = 'setting' AND r.subject LIKE 'take_on/%' AND r.act <> 'rehearsed'
      ORDER BY r.subject, r.number DESC) AS x
WHERE x.act <> 'countersigned'
"""
PREPAYMENTS_LEFT = """
SELECT count(*) AS many, coalesce(sum(b.balance), 0)::bigint AS pence, min(left(a.tags ->> 'year', 4) || '-04-01')::date AS oldest
FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
WHERE a.book_id = $1 AND a.class = 'prepayment' AND b.balance <> 0 AND a.tags ->> 'year' ~ '^[0-9]{4}-'
  AND left(a.tags ->> 'year', 4) || '-04-01' <= $2::date::text
"""
UNINVOICED_OLD = """
SELECT count(*) AS many, coalesce(sum(x.left_over), 0)::bigint AS pence, min(x.oldest) AS oldest
FROM (SELECT p.account_id, min(p.effective_on) AS oldest,
             -coalesce(sum(p.amount) FILTER (WHERE p.amount > 0 OR p.effective_on <= ($2::date - interval '1 year')::date), 0)
                 AS left_over
      FROM phb.account a JOIN phb.posting p USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.class = 'uninvoiced' AND p.effective_on <= $2 GROUP BY 1) AS x
WHERE x.left_over > 0
"""
"""What was estimated more than a year before the last day and no invoice has come for: the oldest are settled first."""

YEAR_NOT_ENDED = """
SELECT count(*) AS many, coalesce(sum(abs(x.balance)), 0)::bigint AS pence, NULL::date AS oldest
FROM (SELECT b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.layer = 'budget' AND split_part(a.balance_group, '/', 2) = $2::text AND b.balance <> 0
        AND a.class NOT IN ('spent', 'lost', 'source', 'lapsed', 'carried')) AS x
"""
"""$2 the year. Everything that its end has to carry or let lapse."""

CLOSED_AT = """
SELECT min(x.number) AS number FROM (
    SELECT r.number FROM phb.register r
    WHERE r.book_id = $1 AND r.subject = 'period/' || $2::text AND r.kind = 'setting' AND r.act = 'soft_closed'
    UNION ALL
    SELECT e.number FROM phb.entry e
    WHERE e.book_id = $1 AND e.kind = 'period_closed' AND split_part(e.body, '|', 16) = $2::text) AS x
"""
"""The entry that first closed a period, softly or for good. $2 the period."""

CAME_IN_AFTER = """
SELECT to_char(x.care, 'YYYY-MM') AS month, count(DISTINCT x.number) AS entries, sum(x.amount)::bigint AS pence,
       min(x.effective_on) AS first_day, max(x.effective_on) AS last_day
FROM (SELECT p.number, p.amount, p.effective_on, coalesce(nullif(split_part(e.body, '|', 9), '-')::date, p.effective_on) AS care
      FROM phb.account a
      JOIN phb.posting p USING (book_id, account_id)
      JOIN phb.entry e USING (book_id, number)
      WHERE a.book_id = $1 AND a.class = 'spent' AND p.number > $2) AS x
WHERE x.care <= $3 GROUP BY 1 ORDER BY 1
"""
"""Care of a period that was recognised after entry $2, by month of care. $3 the last day of the period."""

COSTS = """
SELECT a.tags ->> 'fund' AS fund,
       coalesce(sum(p.amount) FILTER (WHERE a.class = 'spent'), 0)::bigint AS spent,
       coalesce(sum(p.amount) FILTER (WHERE a.class = 'lost'), 0)::bigint AS lost,
       coalesce(sum(p.amount) FILTER (WHERE a.class = 'advanced'), 0)::bigint AS advanced,
       coalesce(sum(p.amount) FILTER (WHERE a.class = 'prepayment'), 0)::bigint AS prepaid,
       coalesce(-sum(p.amount) FILTER (WHERE a.class = 'accrual'), 0)::bigint AS accrued
FROM phb.account a
JOIN phb.posting p USING (book_id, account_id)
JOIN phb.entry e USING (book_id, number)
WHERE a.book_id = $1 AND a.class IN ('spent', 'lost', 'advanced', 'prepayment', 'accrual') AND a.tags ? 'share'
  AND p.effective_on BETWEEN $2 AND $3 AND split_part(e.body, '|', 6)::integer <> ALL ($4::integer[])
GROUP BY 1 ORDER BY 1
"""
"""What moved in a time by fund, but for what a year end carried on. $2 first and $3 last day, $4 the events that carry."""

OUTTURN = """
SELECT split_part(a.balance_group, '/', 1) AS fund, a.class, sum(b.balance)::bigint AS pence
FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
WHERE a.book_id = $1 AND a.layer = 'budget' AND split_part(a.balance_group, '/', 2) = $2::text GROUP BY 1, 2 ORDER BY 1, 2
"""
"""Every state of every fund of year $2, as recorded."""

SETTINGS_SAID = """
SELECT number, kind, subject, act, day, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND kind = 'setting' AND person_ref IS NULL AND subject = $2 ORDER BY number
"""
CARRIED_CANCELS = """
SELECT count(*) AS checked, min(fund || ' is out by ' || total) FILTER (WHERE total <> 0) AS first
FROM (SELECT split_part(a.balance_group, '/', 1) AS fund, sum(b.balance) AS total
      FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.class = 'carried' GROUP BY 1) AS x
"""
CLOSED_YEARS_ARE_EMPTY = """
SELECT count(*) AS checked, min(a.code || ' of a closed year has ' || b.balance)
       FILTER (WHERE b.balance <> 0 AND a.class NOT IN ('spent', 'lost', 'source', 'lapsed', 'carried')) AS first
FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
JOIN phb.period y ON y.book_id = a.book_id AND y.closed AND y.last_day - y.first_day > 31
                  AND y.period = split_part(a.balance_group, '/', 2)
WHERE a.book_id = $1 AND a.layer = 'budget'
"""
ACCRUALS_END_ON_DAY_ONE = """
SELECT count(*) AS checked, min(code || ' keeps ' || total || ' of ' || month) FILTER (WHERE total <> 0) AS first
FROM (SELECT a.code, to_char(p.effective_on - 1, 'YYYY-MM') AS month, coalesce(sum(p.amount), 0) AS total
      FROM phb.account a LEFT JOIN phb.posting p USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.class = 'accrual' GROUP BY 1, 2) AS x
"""
"""Estimates stand on the last day of their month and are taken back on the next day."""

ACCRUALS_END_WITH_THE_YEAR = """
SELECT count(*) AS checked, min(code || ' keeps ' || total || ' at the end of a year') FILTER (WHERE total <> 0) AS first
FROM (SELECT a.code, extract(year FROM p.effective_on - interval '3 months') AS year, coalesce(sum(p.amount), 0) AS total
      FROM phb.account a LEFT JOIN phb.posting p USING (book_id, account_id)
      WHERE a.book_id = $1 AND a.class = 'accrual' GROUP BY 1, 2) AS x
"""
