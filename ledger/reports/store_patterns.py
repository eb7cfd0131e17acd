"""The SQL of the patterns: what was paid, said and recorded of every person's budget up to the end of a month, as sums and counts.

Read once a month over a whole book and never on the way of a spend. Nothing of who a person is, is read: neither the identity nor
the details, in which groups are kept. Values are always parameters: $1 book, $2 first and $3 last day of the month.
"""

PLAN_FREELY = """
SELECT set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true),
       set_config('enable_nestloop', 'off', true), set_config('plan_cache_mode', 'auto', true)
"""
"""Whole books are read, where the connection may be set for single rows: nothing is looked up row by row, of which the planner
expects a few and finds a hundred thousand. Until the end of the unit of work."""

MONEY = """
WITH said AS MATERIALIZED (
    SELECT r.number, r.person_ref AS person, r.act, r.subject, (r.attributes ->> 'amount')::bigint AS amount,
           coalesce((r.attributes ->> 'document_on')::date, r.day) AS on_day, r.attributes ->> 'service' AS service,
           r.attributes ->> 'payee' AS payee, r.attributes ->> 'way' AS way, r.attributes ? 'quantity' AS by_hour,
           r.attributes ->> 'holder_account' AS holder_account
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.person_ref IS NOT NULL
      AND r.act IN ('claimed', 'evidence_accepted', 'invoice_accepted', 'bank_line_taken', 'receipt_taken')
      AND coalesce((r.attributes ->> 'document_on')::date, r.day) BETWEEN ($2::date - interval '11 months')::date AND $3
      AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = r.subject AND y.number > r.number
                      AND y.act IN ('declined', 'reversed'))
), spent AS (
    SELECT s.person, s.act, s.on_day, s.amount, s.service, s.payee, s.by_hour FROM said s
    WHERE s.act IN ('evidence_accepted', 'invoice_accepted')
), quarter AS (
    SELECT ($2::date - interval '2 months')::date AS first
), paid AS MATERIALIZED (
    SELECT a.person_ref AS person, a.code, p.effective_on AS on_day, p.amount
    FROM phb.account a
    JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount > 0
    JOIN phb.entry e ON e.book_id = $1 AND e.number = p.number
    WHERE a.book_id = $1 AND a.class IN ('advance', 'tp_advance') AND a.person_ref IS NOT NULL
      AND p.effective_on BETWEEN ($2::date - interval '11 months')::date AND $3
      AND split_part(e.body, '|', 6) IN ('9', '11', '20', '22', '51')
      AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number)
), kept AS (
    SELECT a.person_ref AS person, sum(d.debit - d.credit) AS rise
    FROM phb.account a JOIN phb.delta d ON d.book_id = $1 AND d.account_id = a.account_id
    WHERE a.book_id = $1 AND a.class IN ('advance', 'tp_advance') AND d.day BETWEEN (SELECT first FROM quarter) AND $3
    GROUP BY 1
), round_ones AS (
    SELECT x.person, max(x.many) AS many
    FROM (SELECT s.person, count(*) AS many FROM spent s
          WHERE s.on_day BETWEEN $2 AND $3 AND s.amount % $4::bigint = 0 GROUP BY s.person, s.payee, s.amount) AS x
    GROUP BY 1
), again AS (
    SELECT x.person, count(*) AS many
    FROM (SELECT s.person, s.on_day,
                 s.on_day - lag(s.on_day) OVER (PARTITION BY s.person, s.payee, s.amount ORDER BY s.on_day) AS days
          FROM spent s WHERE s.payee IS NOT NULL) AS x
    WHERE x.on_day >= $2 AND x.days <= $7::integer GROUP BY 1
), gone AS (
    SELECT s.person, sum(s.amount) FILTER (WHERE s.way = 'cash') AS cash,
           sum(s.amount) FILTER (WHERE s.on_day >= $2) AS out_of_month
    FROM said s WHERE s.act = 'bank_line_taken' AND s.on_day >= (SELECT first FROM quarter) GROUP BY 1
), put_in AS (
    SELECT p.person, sum(p.amount) AS pence FROM paid p WHERE p.on_day >= (SELECT first FROM quarter) GROUP BY 1
), bought AS (
    SELECT s.person, sum(s.amount) AS pence, count(*) FILTER (WHERE s.on_day >= $2) AS of_month
    FROM said s WHERE s.act = 'claimed' AND s.on_day >= (SELECT first FROM quarter) GROUP BY 1
), employed AS (
    SELECT DISTINCT ON (r.subject) r.subject AS payee, r.attributes ->> 'direct_employee' = 'yes' AS is_so
    FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'payee' AND r.person_ref IS NULL ORDER BY r.subject, r.number DESC
), wages AS (
    SELECT s.person, sum(s.amount) FILTER (WHERE e.is_so AND s.act <> 'claimed') AS pence,
           count(*) FILTER (WHERE s.service IN ('payroll', 'employment_costs')) AS reported
    FROM said s LEFT JOIN employed e USING (payee)
    WHERE s.on_day >= (SELECT first FROM quarter) AND s.act IN ('claimed', 'evidence_accepted', 'invoice_accepted') GROUP BY 1
), anchors AS (
    -- Of a surplus that is offset, `due` is pence.
    SELECT x.person, x.on_day
    FROM (SELECT r.person_ref AS person, CASE WHEN starts_with(r.subject, 'review/')
                     THEN coalesce(r.attributes ->> 'on', r.attributes ->> 'due')::date END AS on_day
          FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'review' AND r.person_ref IS NOT NULL) AS x
    WHERE x.on_day BETWEEN $2 AND $3
    UNION
    SELECT s.person, $3::date FROM spent s WHERE extract(month FROM $3::date) = 3
), late AS (
    -- What is usual is told of as much of the time before as there is, and of no less than what is held against it.
    SELECT x.person, max(100 * x.soon * (x.on_day - $8::integer + 1 - x.since) / ($8::integer * x.usual)) AS percent
    FROM (SELECT a.person, a.on_day, sum(s.amount) FILTER (WHERE s.on_day > a.on_day - $8::integer) AS soon,
                 sum(s.amount) FILTER (WHERE s.on_day <= a.on_day - $8::integer) AS usual,
                 min(s.on_day) FILTER (WHERE s.on_day <= a.on_day - $8::integer) AS since
          FROM anchors a JOIN spent s ON s.person = a.person
                              AND s.on_day BETWEEN a.on_day - $8::integer - $9::integer + 1 AND a.on_day
          GROUP BY 1, 2) AS x
    WHERE x.on_day - $8::integer + 1 - x.since >= $8::integer GROUP BY 1
), arrived AS (
    SELECT DISTINCT s.number
    FROM said s JOIN paid p ON p.person = s.person AND p.amount = s.amount
                           AND p.code = 'advance/' || s.person || '/' || s.holder_account
    WHERE s.act = 'receipt_taken' AND s.on_day BETWEEN p.on_day - $10::integer AND p.on_day + $10::integer
), credits AS (
    SELECT s.person, sum(s.amount) AS pence
    FROM said s LEFT JOIN arrived a USING (number)
    LEFT JOIN LATERAL (SELECT m.attributes ->> 'matched' AS matched FROM phb.register m
                       WHERE m.book_id = $1 AND m.subject = 'bank_match/' || s.number ORDER BY m.number DESC LIMIT 1) AS m ON true
    WHERE s.act = 'receipt_taken' AND coalesce(m.matched, 'other_money') = 'other_money'
      AND NOT EXISTS (SELECT FROM phb.register x WHERE x.book_id = $1 AND x.subject = 'deposit/' || s.number)
      AND (m.matched IS NOT NULL OR a.number IS NULL)
    GROUP BY 1
), ends AS (
    SELECT x.person, min(x.on_day) AS on_day
    FROM (SELECT r.person_ref AS person, (r.attributes ->> 'on')::date AS on_day FROM phb.register r
          WHERE r.book_id = $1 AND r.kind = 'person' AND r.act = 'died' AND r.person_ref IS NOT NULL
          UNION ALL
          SELECT r.person_ref, (r.attributes ->> 'ends_on')::date FROM phb.register r
          WHERE r.book_id = $1 AND r.kind = 'notice' AND r.act = 'stop_made' AND r.attributes ->> 'ground' = 'not_patient'
            AND r.person_ref IS NOT NULL) AS x
    GROUP BY 1
), after_end AS (
    SELECT x.person, sum(x.amount) AS pence
    FROM (SELECT p.person, p.on_day, p.amount FROM paid p WHERE p.on_day >= $2
          UNION ALL
          SELECT s.person, s.on_day, s.amount FROM said s WHERE s.act = 'bank_line_taken' AND s.on_day >= $2
          UNION ALL
          SELECT s.person, nullif(split_part(e.body, '|', 8), '-')::date, s.amount
          FROM said s JOIN phb.entry e ON e.book_id = $1 AND e.number = s.number
          WHERE s.act = 'invoice_accepted' AND s.on_day >= $2) AS x
    JOIN ends USING (person) WHERE x.on_day > ends.on_day GROUP BY 1
), digits AS (
    SELECT x.person, sum(x.many) AS many,
           round(1000 * (sum(abs(x.many::numeric / x.whole - log(1 + 1.0 / x.digit))) + x.unseen) / 9) AS distance
    FROM (SELECT c.person, c.digit, c.many, sum(c.many) OVER w AS whole, 1 - sum(log(1 + 1.0 / c.digit)) OVER w AS unseen
          FROM (SELECT s.person, left(s.amount::text, 1)::integer AS digit, count(*) AS many FROM spent s
                -- What a rate and hours come to does not come about by itself.
                WHERE NOT s.by_hour GROUP BY 1, 2) AS c
          WINDOW w AS (PARTITION BY c.person)) AS x
    GROUP BY x.person, x.unseen
), totals AS (
    SELECT s.person, s.act, s.service, sum(s.amount) AS pence FROM spent s GROUP BY 1, 2, 3
), middles AS (
    SELECT act, service, percentile_disc(0.5) WITHIN GROUP (ORDER BY pence) AS middle
    FROM totals GROUP BY 1, 2 HAVING count(*) >= $6::integer
), peers AS (
    SELECT t.person, max(100 * t.pence / m.middle) AS percent FROM totals t JOIN middles m USING (act, service) GROUP BY 1
)
SELECT w.person, coalesce(r.many, 0)::bigint AS round_repeats,
       coalesce(n.many, 0)::bigint AS paid_again,
       CASE WHEN coalesce(g.cash, 0) = 0 THEN 0 WHEN i.pence IS NULL THEN 1000000
            ELSE least(floor(100 * g.cash / i.pence), 1000000) END::bigint AS cash_percent,
       least(floor(coalesce(l.percent, 0)), 1000000)::bigint AS late_spend_percent,
       CASE WHEN q.reported = 0 THEN coalesce(q.pence, 0) ELSE 0 END::bigint AS wages_unreported_pence,
       CASE WHEN coalesce(b.of_month, 0) = 0 THEN coalesce(g.out_of_month, 0) ELSE 0 END::bigint AS unplanned_fall_pence,
       coalesce(c.pence, 0)::bigint AS unknown_credit_pence, coalesce(x.pence, 0)::bigint AS paid_after_end_pence,
       greatest(coalesce(k.rise, 0), 0)::bigint AS rise_pence,
       CASE WHEN i.pence IS NULL THEN 100
            ELSE least(ceil(100 * coalesce(b.pence, 0) / i.pence), 1000000) END::bigint AS care_percent,
       CASE WHEN d.many >= $5::integer THEN d.distance ELSE 0 END::bigint AS digits_distance,
       least(floor(coalesce(p.percent, 0)), 1000000)::bigint AS peer_percent
FROM (SELECT DISTINCT r.person_ref AS person FROM phb.register r
      WHERE r.book_id = $1 AND r.kind = 'person' AND r.act = 'registered' AND r.person_ref IS NOT NULL) AS w
LEFT JOIN round_ones r USING (person) LEFT JOIN again n USING (person)
LEFT JOIN gone g USING (person) LEFT JOIN put_in i USING (person)
LEFT JOIN late l USING (person) LEFT JOIN wages q USING (person) LEFT JOIN bought b USING (person)
LEFT JOIN credits c USING (person) LEFT JOIN after_end x USING (person) LEFT JOIN kept k USING (person)
LEFT JOIN digits d USING (person) LEFT JOIN peers p USING (person)
ORDER BY w.person
"""
"""Every person of the book with what money did. $4 what a round amount is a multiple of, $5 and $6 how many amounts and people are
enough to compare, $7 within how many days the same is paid again, $8 how many days before a review or a year's end are held against
$9 days before them, $10 within how many days of a payment it arrives; NULL where that is not set."""

TIES = """
WITH noted AS MATERIALIZED (
    SELECT r.person_ref AS person, r.attributes ->> 'of_payee' AS payee, k.name, r.attributes ->> k.name AS mark,
           (r.attributes ->> 'on')::date AS day, r.number
    FROM phb.register r CROSS JOIN (VALUES ('bank'), ('place'), ('phone')) AS k(name)
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act = 'marks_noted' AND
          (r.attributes ->> 'on')::date <= $3 AND r.attributes ? k.name
), payees AS (
    SELECT DISTINCT payee, name, mark FROM noted WHERE payee IS NOT NULL
), own AS (
    SELECT DISTINCT person, name, mark FROM noted WHERE person IS NOT NULL
), said AS MATERIALIZED (
    SELECT r.number, r.person_ref AS person, r.act, r.subject, (r.attributes ->> 'amount')::bigint AS amount,
           coalesce((r.attributes ->> 'document_on')::date, r.day) AS on_day, r.day, r.attributes ->> 'payee' AS payee,
           r.attributes ->> 'to_bank' AS to_bank, r.attributes ? 'bank_line' AS explains, r.attributes ->> 'next' AS following
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.person_ref IS NOT NULL
      AND r.act IN ('evidence_accepted', 'invoice_accepted', 'bank_line_taken', 'invoice_paid')
      AND coalesce((r.attributes ->> 'document_on')::date, r.day) <= $3
      AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = r.subject AND y.number > r.number
                      AND y.act IN ('declined', 'reversed'))
), spent AS (
    SELECT person, payee, subject, amount, on_day, explains, following FROM said
    WHERE act IN ('evidence_accepted', 'invoice_accepted') AND payee IS NOT NULL
), to_own AS (
    SELECT x.person, sum(x.amount) AS pence
    FROM (SELECT s.person, s.amount FROM said s JOIN own o ON o.person = s.person AND o.name = 'bank' AND o.mark = s.to_bank
          WHERE s.act = 'bank_line_taken' AND s.on_day >= $2
          UNION ALL
          SELECT s.person, s.amount FROM spent s
          WHERE s.on_day >= $2 AND NOT s.explains AND EXISTS (
              SELECT FROM payees p JOIN own o ON o.name = 'bank' AND o.mark = p.mark
              WHERE p.payee = s.payee AND p.name = 'bank' AND o.person = s.person)) AS x
    GROUP BY 1
), shared AS (
    SELECT s.person, count(DISTINCT t.person) AS others
    FROM (SELECT DISTINCT person, payee FROM spent WHERE on_day >= $2) AS s
    JOIN payees p ON p.payee = s.payee AND p.name = 'bank'
    JOIN payees q ON q.name = 'bank' AND q.mark = p.mark AND q.payee <> p.payee
    JOIN spent t ON t.payee = q.payee AND t.person <> s.person AND t.on_day >= ($2::date - interval '11 months')::date
    GROUP BY 1
), linked AS (
    SELECT s.person, count(*) AS many
    FROM (SELECT person, payee FROM spent GROUP BY 1, 2 HAVING min(on_day) >= $2) AS s
    WHERE EXISTS (SELECT FROM payees p JOIN own o USING (name, mark)
                  WHERE p.payee = s.payee AND o.person = s.person AND p.name IN ('place', 'phone'))
    GROUP BY 1
), numbered AS (
    SELECT a.person, count(*) AS many
    FROM spent a JOIN spent b ON b.person = a.person AND b.payee = a.payee AND split_part(b.subject, '/', 3) = a.following
    WHERE least(a.on_day, b.on_day) >= ($2::date - interval '11 months')::date
    GROUP BY 1 HAVING bool_or(greatest(a.on_day, b.on_day) >= $2)
), given AS MATERIALIZED (
    SELECT r.number, r.person_ref AS person, r.subject, r.attributes ->> 'sha256' AS sha256,
           r.attributes ->> 'likeness' AS likeness,
           (to_timestamp(split_part(e.body, '|', 4)::bigint / 1000000) AT TIME ZONE 'Europe/London')::date AS on_day
    FROM phb.register r JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act = 'document_given'
), quarters AS MATERIALIZED (
    SELECT g.number, g.sha256, g.on_day, q.place, q.mark
    FROM given g CROSS JOIN LATERAL unnest(string_to_array(g.likeness, '.')) WITH ORDINALITY AS q(mark, place)
    WHERE q.mark <> '-'
), alike AS (
    SELECT DISTINCT x.number FROM quarters x JOIN quarters y USING (place, mark)
    WHERE x.on_day BETWEEN $2 AND $3 AND y.number < x.number AND y.sha256 <> x.sha256
    GROUP BY x.number, y.number HAVING count(*) >= 3
), again AS (
    SELECT g.person,
           count(*) FILTER (WHERE g.number > f.number) AS same,
           count(*) FILTER (WHERE g.number IN (SELECT number FROM alike)) AS alike
    FROM given g JOIN (SELECT sha256, min(number) AS number FROM given GROUP BY 1) AS f USING (sha256)
    WHERE g.on_day BETWEEN $2 AND $3 GROUP BY 1
), changes AS (
    SELECT n.payee, n.day FROM noted n
    WHERE n.payee IS NOT NULL AND n.name = 'bank' AND EXISTS (
        SELECT FROM noted m WHERE m.payee = n.payee AND m.name = 'bank' AND m.number < n.number AND m.mark <> n.mark)
), accounts AS (
    SELECT r.person_ref AS person, 'advance/' || r.person_ref || '/' || substr(r.subject, 16) AS code,
           (to_timestamp(split_part(e.body, '|', 4)::bigint / 1000000) AT TIME ZONE 'Europe/London')::date AS day
    FROM phb.register r JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
    WHERE r.book_id = $1 AND r.kind = 'holder_account' AND r.act = 'registered' AND EXISTS (
        SELECT FROM phb.register o WHERE o.book_id = $1 AND o.kind = 'holder_account' AND o.person_ref = r.person_ref
          AND o.act = 'registered' AND o.number < r.number)
), soon AS (
    SELECT x.person, sum(x.amount) AS pence
    FROM (SELECT s.person, s.amount FROM said s
          WHERE s.act = 'invoice_paid' AND s.day BETWEEN $2 AND $3
            AND EXISTS (SELECT FROM changes c WHERE c.payee = s.payee AND s.day BETWEEN c.day AND c.day + $4::integer)
          UNION ALL
          SELECT c.person, p.amount
          FROM accounts c JOIN phb.account a ON a.book_id = $1 AND a.code = c.code
          JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount > 0
          JOIN phb.entry e ON e.book_id = $1 AND e.number = p.number
          WHERE p.effective_on BETWEEN $2 AND $3 AND p.effective_on BETWEEN c.day AND c.day + $4::integer
            AND split_part(e.body, '|', 6) IN ('11', '20', '22', '51')) AS x
    GROUP BY 1
)
SELECT person, coalesce(o.pence, 0)::bigint AS own_account_pence, coalesce(s.others, 0)::bigint AS bank_shared_people,
       coalesce(l.many, 0)::bigint AS linked_payees, coalesce(n.many, 0)::bigint AS sequential_invoices,
       coalesce(g.same, 0)::bigint AS documents_again, coalesce(g.alike, 0)::bigint AS documents_alike,
       coalesce(c.pence, 0)::bigint AS paid_after_change_pence
FROM to_own o FULL JOIN shared s USING (person) FULL JOIN linked l USING (person) FULL JOIN numbered n USING (person)
FULL JOIN again g USING (person) FULL JOIN soon c USING (person)
"""
"""Whoever has something in which things that should be two seem to be one. $4 days after a change of account, or NULL."""

HOURS = """
WITH employed AS (
    SELECT DISTINCT ON (r.subject) r.subject AS payee, r.attributes ->> 'direct_employee' = 'yes' AS is_so
    FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'payee' AND r.person_ref IS NULL ORDER BY r.subject, r.number DESC
), sheets AS MATERIALIZED (
    SELECT r.person_ref AS person, r.attributes ->> 'payee' AS payee, (r.attributes ->> 'quantity')::bigint AS hundredths,
           split_part(e.body, '|', 8)::date AS first, split_part(e.body, '|', 9)::date AS last
    FROM phb.register r JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
    JOIN employed m ON m.payee = r.attributes ->> 'payee' AND m.is_so
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act IN ('evidence_accepted', 'invoice_accepted')
      AND r.attributes ? 'quantity' AND split_part(e.body, '|', 8) <> '-' AND r.person_ref IS NOT NULL
      AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = r.subject AND y.number > r.number
                      AND y.act IN ('declined', 'reversed'))
), days AS MATERIALIZED (
    SELECT s.person, s.payee, d::date AS day, sum(s.hundredths::numeric / (s.last - s.first + 1)) AS hundredths
    FROM sheets s
    CROSS JOIN LATERAL generate_series(greatest(s.first, $2::date - 6), least(s.last, $3::date), interval '1 day') AS d
    WHERE s.last >= $2::date - 6 AND s.first <= $3
    GROUP BY 1, 2, 3
), away AS (
    SELECT DISTINCT ON (r.subject) r.act, r.person_ref AS person, r.attributes ->> 'of_payee' AS payee,
           (r.attributes ->> 'from')::date AS first, (r.attributes ->> 'to')::date AS last
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act IN ('away_noted', 'away_withdrawn') ORDER BY r.subject, r.number DESC
), hospital AS (
    SELECT DISTINCT d.person, d.day FROM days d JOIN away a USING (person)
    WHERE a.act = 'away_noted' AND d.day BETWEEN a.first AND a.last
), absent AS (
    SELECT DISTINCT d.payee, d.day FROM days d JOIN away a USING (payee)
    WHERE a.act = 'away_noted' AND d.day BETWEEN a.first AND a.last
), by_day AS (
    SELECT payee, day, sum(hundredths) AS hundredths, count(*) AS employers FROM days GROUP BY 1, 2
), by_week AS (
    SELECT payee, max(hundredths) AS hundredths
    FROM (SELECT payee, date_trunc('week', day)::date + 6 AS sunday, sum(hundredths) AS hundredths FROM by_day GROUP BY 1, 2) AS x
    WHERE sunday BETWEEN $2 AND $3 GROUP BY 1
)
SELECT d.person, ceil(max(b.hundredths) / 100)::bigint AS day_hours,
       ceil(coalesce(max(w.hundredths), 0) / 100)::bigint AS week_hours,
       count(DISTINCT d.day) FILTER (WHERE b.employers > 1 AND b.hundredths >= 100 * $4::integer) AS two_employers_days,
       count(DISTINCT h.day) AS hospital_days, count(DISTINCT x.day) AS assistant_away_days
FROM days d JOIN by_day b USING (payee, day) LEFT JOIN by_week w USING (payee)
LEFT JOIN hospital h ON h.person = d.person AND h.day = d.day LEFT JOIN absent x ON x.payee = d.payee AND x.day = d.day
WHERE d.day >= $2 GROUP BY 1
"""
"""Whoever paid an assistant by the hour in the month: what timesheets say, spread evenly over their days. $4 how many hours of one
day are many for two employers, or NULL: most who work for two do so one after the other."""

FOUND = """
SELECT r.number, r.subject, r.day, r.attributes::text AS attributes, convert_from(d.content, 'UTF8') AS content,
       (SELECT coalesce(json_agg(json_build_array(l.number, l.attributes ->> 'rule', l.attributes ->> 'outcome',
                                                  l.attributes ->> 'on') ORDER BY l.number), '[]')
        FROM phb.register l WHERE l.book_id = $1 AND l.subject = 'look/' || r.number)::text AS looks,
       ARRAY(SELECT g.value FROM phb.register k CROSS JOIN LATERAL jsonb_each_text(k.attributes) AS g
             WHERE k.book_id = $1 AND k.subject = r.subject AND k.number < r.number AND starts_with(g.key, 'review.')) AS known
FROM phb.register r LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
WHERE r.book_id = $1 AND r.kind = 'decision' AND r.person_ref IS NULL AND r.act = 'watch' AND r.number > $2
ORDER BY r.number LIMIT $3
"""
"""What was found, in the order recorded, with what came of looking. $2 after which entry, $3 how many."""

FOUND_OF_MONTH = """
SELECT r.number, r.subject, r.attributes::text AS attributes FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'decision' AND r.person_ref IS NULL AND r.act = 'watch'
  AND r.attributes ->> 'month' = $2 ORDER BY r.number
"""
RUNS = """
SELECT r.number, r.attributes::text AS attributes FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'run' AND r.person_ref IS NULL AND r.act = 'patterns_run' ORDER BY r.number
"""
