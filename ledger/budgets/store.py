"""All SQL of people's budgets: reads of the register, of a person's accounts, and of decisions. Values are parameters."""

SAID_OF_BUNDLES = """
SELECT number, kind, subject, act, day, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND kind = 'bundle' AND person_ref IS NULL ORDER BY number
"""
SAID_OF_PERSON = """
SELECT number, kind, subject, act, day, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND person_ref = $2 AND kind = ANY ($3::text[]) ORDER BY number
"""
SAID_OF_SUBJECT = """
SELECT number, kind, subject, act, day, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND subject = $2 ORDER BY number
"""
SAID_AT = """
SELECT number, kind, subject, act, day, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND number = $2
"""
BALANCES_OF_PERSON = """
SELECT a.code, a.class, b.balance, a.tags ->> 'line' AS line FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
WHERE a.book_id = $1 AND a.person_ref = $2 ORDER BY a.code
"""
DECISIONS = """
SELECT r.number, e.body, d.content, r.attributes ->> 'hold' = 'yes' AS holds,
       (SELECT min(x.number) FROM phb.register x WHERE x.book_id = $1 AND x.subject = 'decision/' || r.number) AS resolved_by
FROM phb.register r
JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision' AND r.number > $3
ORDER BY r.number LIMIT $4
"""
DECISIONS_OF_BOOK = """
SELECT r.number, e.body, d.content, r.attributes ->> 'hold' = 'yes' AS holds,
       (SELECT min(x.number) FROM phb.register x WHERE x.book_id = $1 AND x.subject = 'decision/' || r.number) AS resolved_by
FROM phb.register r
JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
WHERE r.book_id = $1 AND r.person_ref IS NULL AND r.kind = 'decision' AND r.number > $2
ORDER BY r.number LIMIT $3
"""
"""The same of decisions about nobody's budget."""
HOME = """
SELECT jsonb_build_object(
    'through', (SELECT h.size FROM phb.head h WHERE h.book_id = $1),
    'said', (SELECT coalesce(jsonb_agg(jsonb_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                       ORDER BY r.number), '[]')
             FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2
             AND r.kind IN ('person', 'plan_version', 'line', 'holder_account', 'payee', 'delegation', 'review')),
    'words', (SELECT coalesce(jsonb_object_agg(r.number, convert_from(d.content, 'UTF8')), '{}')
              FROM phb.register r JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
              WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'line'),
    'balances', (SELECT coalesce(jsonb_object_agg(a.code, b.balance), '{}')
                 FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
                 WHERE a.book_id = $1 AND a.person_ref = $2
                   AND a.class IN ('available', 'contingency', 'held', 'advanced', 'spent', 'recovering', 'unfunded', 'lost',
                                   'advance', 'tp_advance', 'estimated_use', 'unidentified', 'disputed')),
    'provisional', (SELECT min(o.attributes ->> 'take_on')
                    FROM (SELECT t.subject FROM phb.register t
                          WHERE t.book_id = $1 AND t.kind = 'setting' AND t.person_ref IS NULL
                            AND starts_with(t.subject, 'take_on/')
                          GROUP BY t.subject HAVING NOT bool_or(t.act = 'countersigned') OFFSET 0) AS u
                    JOIN phb.register o ON o.book_id = $1 AND o.person_ref = $2 AND o.kind = 'evidence' AND o.act = 'opening_stated'
                                       AND u.subject = 'take_on/' || (o.attributes ->> 'take_on')),
    'orders', (SELECT coalesce(jsonb_agg(jsonb_build_array(x.number, h.purpose, h.expires_us, x.placed, x.remaining, d.day,
                                                           d.attributes) ORDER BY x.number), '[]')
               FROM (SELECT p.number, p.number - 1 AS decision, sum(p.placed)::bigint AS placed,
                            sum(p.remaining)::bigint AS remaining
                     FROM phb.account a
                     JOIN phb.hold_pair p ON p.book_id = $1 AND p.holding_id = a.account_id
                                          AND p.remaining > 0
                     WHERE a.book_id = $1 AND a.person_ref = $2 AND a.class = 'held'
                     GROUP BY p.number OFFSET 0) AS x
               JOIN phb.hold h ON h.book_id = $1 AND h.number = x.number
               LEFT JOIN phb.register d ON d.book_id = $1 AND d.number = x.decision AND d.kind = 'decision'),
    'last_payment', (SELECT jsonb_build_array(
                                x.number, -x.amount,
                                coalesce((SELECT o.day FROM phb.register o
                                          WHERE o.book_id = $1 AND w.act = 'approval' AND o.number = x.of), w.day), x.day,
                                (SELECT e.effective_on FROM phb.register c
                                 JOIN phb.entry e ON e.book_id = $1 AND e.number BETWEEN c.number + 1 AND c.number + 60
                                  AND e.kind = 'transaction' AND split_part(e.body, '|', 15) = c.number::text
                                 WHERE c.book_id = $1 AND c.subject = 'instalment/' || x.number
                                   AND c.act = 'instalment_cleared' ORDER BY e.number LIMIT 1),
                                (SELECT min(m.day) FROM phb.register m
                                 WHERE m.book_id = $1 AND m.person_ref = $2 AND m.kind = 'evidence' AND m.act = 'bank_line_matched'
                                   AND m.attributes ->> 'matched' = 'instalment' AND m.attributes ->> 'of' = x.number::text),
                                (SELECT e.effective_on FROM phb.register b
                                 JOIN phb.entry e ON e.book_id = $1 AND e.number BETWEEN b.number + 1 AND b.number + 60
                                  AND e.kind = 'transaction' AND split_part(e.body, '|', 15) = b.number::text
                                 WHERE b.book_id = $1 AND b.subject = 'instalment/' || x.number
                                   AND b.act = 'instalment_returned' ORDER BY e.number LIMIT 1))
                     FROM (SELECT p.number, sum(q.amount)::bigint AS amount, max(p.effective_on) AS day, max(e.because) AS because,
                                  max((u.attributes ->> 'of')::bigint) AS of
                           FROM (SELECT DISTINCT y.number, y.effective_on FROM phb.account a
                                 JOIN phb.posting y ON y.book_id = $1 AND y.account_id = a.account_id AND y.amount > 0
                                 WHERE a.book_id = $1 AND a.person_ref = $2 AND a.class = 'advance' OFFSET 0) AS p
                           CROSS JOIN LATERAL (SELECT split_part(z.body, '|', 6)::integer AS event,
                                                      split_part(z.body, '|', 15)::bigint AS because
                                               FROM phb.entry z WHERE z.book_id = $1 AND z.number = p.number) AS e
                           JOIN phb.posting q ON q.book_id = $1 AND q.number = p.number
                           JOIN phb.account o ON o.book_id = $1 AND o.account_id = q.account_id
                                             AND o.class IN ('in_transit', 'bank')
                           LEFT JOIN phb.register u ON u.book_id = $1 AND u.number = e.because
                           WHERE e.event IN (11, 20, 22, 51)
                             AND NOT EXISTS (SELECT FROM phb.undone n WHERE n.book_id = $1 AND n.number = p.number)
                           GROUP BY p.number ORDER BY p.number DESC LIMIT 1) AS x
                     LEFT JOIN phb.register w ON w.book_id = $1 AND w.number = x.because)
)::text AS home
"""
"""A person's budget as it is shown to them, in one statement and so of one moment. $1 book, $2 person."""

STATEMENT = """
WITH own AS MATERIALIZED (
    SELECT a.account_id, a.class FROM phb.account a
    WHERE a.book_id = $1 AND a.person_ref = $2 AND a.class = ANY ($3::text[])
      AND ($4::text IS NULL OR a.tags ->> 'line' = $4)
), moved AS MATERIALIZED (
    SELECT p.effective_on, p.number, o.class, sum(p.amount)::bigint AS amount
    FROM own o CROSS JOIN LATERAL (
        SELECT p.effective_on, p.number, p.amount FROM phb.posting p
        WHERE p.book_id = $1 AND p.account_id = o.account_id AND p.effective_on <= $6 OFFSET 0) AS p
    GROUP BY 1, 2, 3
), page AS MATERIALIZED (
    SELECT DISTINCT m.effective_on, m.number FROM moved m
    WHERE m.effective_on >= $5 AND (m.effective_on, m.number) > ($7::date, $8::bigint)
    ORDER BY 1, 2 LIMIT $9
)
SELECT jsonb_build_object(
    'through', (SELECT h.size FROM phb.head h WHERE h.book_id = $1),
    'opening', (SELECT coalesce(jsonb_object_agg(x.class, x.amount), '{}')
                FROM (SELECT m.class, sum(m.amount)::bigint AS amount FROM moved m
                      WHERE m.effective_on < $5 OR (m.effective_on, m.number) <= ($7::date, $8::bigint)
                      GROUP BY 1) AS x),
    'lines', (SELECT coalesce(jsonb_agg(jsonb_build_array(g.number, g.effective_on, e.body, x.changes)
                                        ORDER BY g.effective_on, g.number), '[]')
              FROM page g
              JOIN phb.entry e ON e.book_id = $1 AND e.number = g.number
              CROSS JOIN LATERAL (SELECT jsonb_object_agg(m.class, m.amount) AS changes FROM moved m
                                  WHERE m.number = g.number AND m.effective_on = g.effective_on) AS x)
)::text AS statement
"""
"""What happened to a person's lines by accounting day, with what they held before. $1 book, $2 person, $3 states, $4 line or
NULL, $5 first day, $6 last day, $7 and $8 the day and entry after which the page begins, $9 how many lines."""

SUBJECT_VERSION = "SELECT number FROM phb.subject_version WHERE book_id = $1 AND subject = $2"
CAME_IN_ON = """
SELECT p.number FROM phb.account a JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.amount < 0
WHERE a.book_id = $1 AND a.code = $2 ORDER BY p.number
"""
"""The entries that credited an account. $1 book, $2 its code."""
TOUCHES_PERSON = """
SELECT EXISTS (SELECT FROM phb.account a JOIN phb.posting p ON p.book_id = $1 AND p.account_id = a.account_id AND p.number = $3
               WHERE a.book_id = $1 AND a.person_ref = $2)
"""
ESTIMATES_SAID = """
SELECT number, subject, act, person_ref AS person, attributes ->> 'line' AS line, attributes ->> 'payee' AS payee,
       (attributes ->> 'amount')::bigint AS amount, (attributes ->> 'estimate')::bigint AS estimate,
       (attributes ->> 'estimated')::bigint AS estimated
FROM phb.register
WHERE book_id = $1 AND number BETWEEN $2 AND $3 AND kind = 'evidence'
  AND (act IN ('uninvoiced_accepted', 'care_bought_accepted')
       OR (attributes ? 'estimate' AND act IN ('invoice_accepted', 'evidence_accepted', 'reversed'))
       OR (act = 'reversed' AND starts_with(subject, 'estimate/')))
ORDER BY number
"""
"""Estimates of years' ends that were accepted, and what came for them, or was undone. $1 book, $2 first and $3 last number."""

SIZE = "SELECT size FROM phb.head WHERE book_id = $1"
ACCOUNTS_THERE = "SELECT code FROM phb.account WHERE book_id = $1 AND code = ANY ($2::text[])"
PAYEES_THERE = """
SELECT DISTINCT subject FROM phb.register WHERE book_id = $1 AND subject = ANY ($2::text[]) AND kind = 'payee'
"""
PAYEES_STAND = """
SELECT DISTINCT ON (subject) subject, act FROM phb.register
WHERE book_id = $1 AND subject = ANY ($2::text[]) AND kind = 'payee' ORDER BY subject, number DESC
"""
TAKE_ONS = r"""
SELECT number, kind, subject, act, day, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND kind = 'setting' AND person_ref IS NULL AND starts_with(subject, 'take_on/') ORDER BY number
"""
TAKEN_ON = """
WITH said AS MATERIALIZED (
    SELECT r.number, r.kind, r.subject, r.act, r.day, r.attributes FROM phb.register r
    WHERE r.book_id = $1 AND r.subject = 'take_on/' || $2::text
), own AS MATERIALIZED (SELECT min(s.number) AS first, max(s.number) AS last FROM said s WHERE s.act IN ('rehearsed', 'posted'))
SELECT (SELECT coalesce(json_agg(json_build_array(s.number, s.kind, s.subject, s.act, s.day, s.attributes) ORDER BY s.number), '[]')
        FROM said s)::text AS said,
       count(DISTINCT person_ref) AS people, count(DISTINCT attributes ->> 'line') AS lines,
       coalesce(sum((attributes ->> 'allocated')::bigint), 0)::bigint AS allocated,
       coalesce(sum((attributes ->> 'available')::bigint), 0)::bigint AS available,
       coalesce(sum((attributes ->> 'held')::bigint), 0)::bigint AS held,
       coalesce(sum((attributes ->> 'advanced')::bigint), 0)::bigint AS advanced,
       coalesce(sum((attributes ->> 'spent')::bigint), 0)::bigint AS spent,
       coalesce(sum((attributes ->> 'recovering')::bigint), 0)::bigint AS recovering,
       coalesce(sum((attributes ->> 'unfunded')::bigint), 0)::bigint AS unfunded,
       (SELECT coalesce(sum((i.attributes ->> 'amount')::bigint), 0)::bigint FROM phb.register i
        WHERE i.book_id = $1 AND i.kind = 'evidence' AND i.act = 'invoice_accepted' AND i.attributes ->> 'take_on' = $2
          AND i.number BETWEEN (SELECT o.first FROM own o) AND (SELECT o.last FROM own o)) AS owed
FROM phb.register
WHERE book_id = $1 AND kind = 'evidence' AND act = 'opening_stated' AND attributes ->> 'take_on' = $2
  AND number BETWEEN (SELECT o.first FROM own o) AND (SELECT o.last FROM own o)
"""
"""Everything said of a take-on, and what its statements come to, between its own first and last entry. $1 book, $2 its code."""
DETAILS_OF_PERSON = """
SELECT r.number, d.number IS NOT NULL AS there FROM phb.register r
LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
LEFT JOIN phb.erased x ON x.book_id = $1 AND x.number = r.number
WHERE r.book_id = $1 AND r.person_ref = $2 AND (r.kind <> 'decision' OR r.act = 'approval')
    AND (d.number IS NOT NULL OR x.number IS NOT NULL)
ORDER BY r.number
"""
"""Everything registered about a person that had a detail. What the rules decided by themselves stays: codes, numbers and
sentences of the rules, which nobody wrote about anybody; what an officer wrote of a referral goes."""
DETAILS_LEFT = "SELECT number FROM phb.detail WHERE book_id = $1 AND number = ANY ($2::bigint[]) ORDER BY number"
FILES_NEEDED = """
SELECT r.person_ref, r.attributes ->> 'sha256' AS sha256 FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act = 'document_given' AND ($2::text IS NULL OR r.person_ref = $2)
    AND EXISTS (SELECT FROM phb.detail d WHERE d.book_id = $1 AND d.number = r.number)
"""
"""Files that a document needs whose details are not erased; $2 a person, or NULL for all of a book."""
KEEP_IDENTITY = """
INSERT INTO phb.identity (book_id, person_ref, lookup, content) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""
IDENTITY = "SELECT lookup, content FROM phb.identity WHERE book_id = $1 AND person_ref = $2"
# Read from the lines and not from the postings: those are found by account, and this goes by number.
LINE_MOVES = """
SELECT e.number, e.kind, e.event, e.source, e.because,
       array_agg(DISTINCT a.tags ->> 'line') AS lines, array_agg(DISTINCT a.person_ref) AS persons,
       coalesce(sum(l.amount) FILTER (WHERE a.class = 'spent'), 0)::bigint AS spent,
       coalesce(sum(l.amount) FILTER (WHERE a.class = 'spent' AND l.amount > 0), 0)::bigint AS cost,
       coalesce(sum(l.amount) FILTER (WHERE a.class = 'held'), 0)::bigint AS held,
       coalesce(sum(l.amount) FILTER (WHERE a.class = 'advanced'), 0)::bigint AS advanced,
       coalesce(sum(l.amount) FILTER (WHERE a.class = 'unfunded'), 0)::bigint AS unfunded,
       coalesce(sum(l.amount) FILTER (WHERE a.class = 'contingency'), 0)::bigint AS kept,
       coalesce(sum(l.amount) FILTER (
           WHERE a.class IN ('available', 'contingency', 'held', 'advanced', 'spent', 'recovering', 'lost', 'unfunded')),
           0)::bigint AS given,
       coalesce(sum(l.amount) FILTER (
           WHERE l.amount > 0
             AND a.class IN ('available', 'contingency', 'held', 'advanced', 'spent', 'recovering', 'lost', 'unfunded')),
           0)::bigint AS moved,
       coalesce(-sum(l.amount) FILTER (WHERE a.class = 'accrual'), 0)::bigint AS accrued, min(e.f[7]) AS effective_on,
       bool_or(e.undoes) AS undoes, bool_or(e.awaits) AS awaits,
       min(e.corrects) AS corrects,
       (SELECT split_part(o.body, '|', 6)::integer FROM phb.entry o
        WHERE o.book_id = $1 AND o.number = min(e.reverses)) AS reversed_event,
       EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = e.number) AS undone,
       min(w.kind) AS warrant, min(w.subject) AS subject, min(w.act) AS act, min(w.attributes::text) AS attributes
-- What is looked up is worked out before (OFFSET 0): casts and arithmetic are not leakproof, and would keep row-level security
-- from using an index.
FROM (SELECT x.number, x.kind, f, f[6]::integer AS event, f[10] AS source, f[15]::bigint AS because,
             21 + 2 * f[20]::integer AS legs, p.undoes, p.reverses, p.corrects, p.awaits
      FROM phb.entry x
      CROSS JOIN LATERAL string_to_array(x.body, '|') AS f
      CROSS JOIN LATERAL (
          SELECT coalesce(bool_or(f[21 + 2 * j] IN ('reverses', 'corrects')), false) AS undoes,
                 min(f[22 + 2 * j]::bigint) FILTER (WHERE f[21 + 2 * j] = 'reverses') AS reverses,
                 min(f[22 + 2 * j]::bigint) FILTER (WHERE f[21 + 2 * j] = 'corrects') AS corrects,
                 coalesce(bool_or(f[21 + 2 * j] = 'purpose' AND f[22 + 2 * j] = 'awaiting_decision'), false) AS awaits
          FROM generate_series(0, f[20]::integer - 1) AS j) AS p
      WHERE x.book_id = $1 AND x.number BETWEEN $2 AND $3
        AND x.kind IN ('transaction', 'hold_placed', 'hold_settled', 'hold_released', 'hold_expired') OFFSET 0) AS e
CROSS JOIN LATERAL (SELECT e.f[e.legs + 1 + 2 * i] AS code, e.f[e.legs + 2 + 2 * i]::bigint AS amount
                    FROM generate_series(0, e.f[e.legs]::integer - 1) AS i OFFSET 0) AS l
JOIN phb.account a ON a.book_id = $1 AND a.code = l.code AND a.tags ? 'line'
LEFT JOIN LATERAL (SELECT r.kind, r.subject, r.act, r.attributes FROM phb.register r
                   WHERE r.book_id = $1 AND r.number = e.because OFFSET 0) AS w ON true
GROUP BY e.number, e.kind, e.event, e.source, e.because ORDER BY e.number
"""
"""Every entry that moves an account of a line, with what stands behind it. $1 book, $2 first and $3 last number."""
CLIENTS_OF = """
SELECT a.person_ref AS person, b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
WHERE a.book_id = $1 AND a.class = 'tp_advance' AND a.code = 'tp_advance/' || $2 || '/' || a.person_ref ORDER BY 1
"""
"""What a third party holds for each client. $1 book, $2 the third party."""
LINES_AGREED = """
SELECT number, subject, attributes ->> 'plan' AS plan, attributes ->> 'version' AS version,
       (attributes ->> 'amount')::bigint AS amount, coalesce((attributes ->> 'contingency')::bigint, 0) AS kept,
       attributes ->> 'contingency_year' AS kept_of
FROM phb.register WHERE book_id = $1 AND number BETWEEN $2 AND $3 AND kind = 'line' AND act = 'agreed' ORDER BY number
"""
"""What each line was agreed for, what it keeps of that of which year, and in which version of its plan. $1 book, $2 first and $3
last number."""

BALANCE_OF = """
SELECT b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id) WHERE a.book_id = $1 AND a.code = $2
"""
"""$2 the code of one account."""

LIMITS_SAID = """
SELECT r.number, r.subject, r.act, r.attributes::text AS attributes FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'limit' AND r.act <> 'thresholds_set' AND r.number > $2 ORDER BY r.number LIMIT $3
"""
"""What was said of delegated limits and grades, after entry $2. Thresholds of patterns are read by those who set them."""

LIMITS_OF_ORDERS = """
SELECT r.number, r.subject, r.act, r.attributes::text AS attributes FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'limit' AND r.person_ref IS NULL
  AND (r.subject = $2 OR r.attributes ->> 'of_act' = 'spend') ORDER BY r.number
"""
"""What was said of somebody's grade ($2), and of every grade's limit for orders."""

IS_LIMITED = """
SELECT EXISTS (
    SELECT FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'limit' AND r.act = 'limit_set'
      AND r.attributes ->> 'of_act' = $2 AND (r.attributes ->> 'from')::date <= $3
) AS is_limited
"""
"""Whether any grade had a limit for act $2 by the day $3."""

USED_UNDER = """
WITH RECURSIVE decided AS (
    SELECT r.number FROM phb.register r
    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision' AND r.attributes ->> 'hold' = 'yes'
      AND (r.number = $3::bigint OR r.attributes ->> 'relies_on' = ($3::bigint)::text)
    UNION
    SELECT r.number FROM decided d JOIN phb.register r ON r.attributes ->> 'of' = d.number::text
    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'decision' AND r.act = 'carried'
), ordered AS (
    SELECT h.number FROM (SELECT d.number + 1 AS hold FROM decided d OFFSET 0) AS d
    JOIN phb.hold h ON h.book_id = $1 AND h.number = d.hold
    UNION
    SELECT $4::bigint WHERE $4 IS NOT NULL
), evidence AS MATERIALIZED (
    SELECT r.number, r.subject, r.act, r.attributes FROM phb.register r
    WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence'
)
SELECT (SELECT coalesce(json_agg(json_build_array(o.number, (SELECT coalesce(sum(p.remaining), 0)::bigint FROM phb.hold_pair p
                                                             WHERE p.book_id = $1 AND p.number = o.number))), '[]')
        FROM ordered o)::text AS holds,
       (SELECT coalesce(json_agg(json_build_array(e.number, e.subject, e.act, e.attributes) ORDER BY e.number), '[]')
        FROM evidence e
        WHERE e.act IN ('credit_accepted', 'refund_taken')
           OR e.subject IN (SELECT s.subject FROM evidence s
                            WHERE s.attributes ->> 'hold' IN (SELECT o.number::text FROM ordered o)
                               OR s.attributes ->> 'relies_on' = ($3::bigint)::text))::text AS said
"""
"""What stands under an approval, or on one order: the holds of orders that are or rely on it, also where a year's end carried them,
with what they keep in pence; and what was said of all that used them or was bought on the approval, and of what came back. Which of
it counts `of_orders` says. $1 book, $2 person, $3 the approval, or another answer that is relied on, or NULL, $4 an order's hold
or NULL."""
