"""The SQL of autonomy beside accountability. Values are always parameters.

$1 book, $2 first and $3 last day, $4 the last entry that counts. Each query of a measure answers rows of one form: person, line,
how the money is managed where no line says it, and how many things, and pence, are of the part and of the whole.
"""

GROUPS_OF_PEOPLE = """
SELECT DISTINCT ON (r.person_ref, g.said ->> 'name') r.person_ref, g.said ->> 'name' AS name, g.said ->> 'value' AS value
FROM phb.register r JOIN phb.detail d USING (book_id, number)
CROSS JOIN LATERAL jsonb_array_elements(convert_from(d.content, 'UTF8')::jsonb -> 'groups') AS g (said)
WHERE r.book_id = $1 AND r.kind = 'person' AND r.act IN ('registered', 'groups_changed') AND r.number <= $3
  AND (g.said ->> 'from')::date <= $2
ORDER BY r.person_ref, g.said ->> 'name', (g.said ->> 'from')::date DESC, r.number DESC
"""
"""$2 the day, $3 the last entry that counts. What was erased is not there."""

LINES_MANAGED = """
SELECT DISTINCT ON (r.subject) substr(r.subject, 6) AS line, r.attributes ->> 'management' AS management
FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'line' AND r.number <= $2 ORDER BY r.subject, r.number DESC
"""
"""$2 the last entry that counts."""

BUDGETED = """
SELECT x.person_ref, x.line, x.management
FROM (SELECT DISTINCT ON (r.subject) r.person_ref, substr(r.subject, 6) AS line, r.attributes ->> 'management' AS management,
             min((r.attributes ->> 'from')::date) OVER (PARTITION BY r.subject) AS since,
             least((r.attributes ->> 'to')::date, CASE WHEN r.act = 'ended' THEN coalesce(
                 (b.attributes ->> 'ends_on')::date,
                 (to_timestamp(e.recorded_us / 1000000.0) AT TIME ZONE 'Europe/London')::date) END) AS until
      FROM phb.register r JOIN phb.entry e USING (book_id, number)
      LEFT JOIN phb.register b ON b.book_id = $1 AND b.number = nullif(split_part(e.body, '|', 15), '')::bigint
      WHERE r.book_id = $1 AND r.kind = 'line' AND r.number <= $4 ORDER BY r.subject, r.number DESC) AS x
WHERE x.since <= $3 AND x.until >= $2
"""
"""Who had a budget on any day of the time, by lines, suspended ones too: from the first day that was ever agreed to the last as it
stands, or to the day on which a stop ended it; of what ended otherwise, to the day on which that was recorded."""

SPENDING_DECIDED = """
WITH verdict AS (
    SELECT r.person_ref, r.attributes ->> 'line' AS line, (r.attributes ->> 'amount')::bigint AS pence,
           r.attributes ->> 'outcome' = 'allow' AND NOT EXISTS (
               SELECT FROM phb.register a
               WHERE a.book_id = $1 AND a.number = (r.attributes ->> 'relies_on')::bigint AND a.attributes ->> 'outcome' = 'refer'
           ) AS by_rules
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'decision' AND r.act = ANY ($5::text[]) AND r.number <= $4 AND r.day BETWEEN $2 AND $3
      AND r.subject NOT LIKE 'decision/%'
)
SELECT person_ref, line, NULL AS management, count(*) FILTER (WHERE by_rules) AS part, count(*) AS whole,
       coalesce(sum(pence) FILTER (WHERE by_rules), 0)::bigint AS part_pence, coalesce(sum(pence), 0)::bigint AS whole_pence
FROM verdict GROUP BY 1, 2
"""
"""$5 the acts. What was approved after a referral stands under that referral, and counts once, as referred."""

SPENDING_NOT_ALLOWED = """
WITH verdict AS (
    SELECT r.person_ref, r.attributes ->> 'line' AS line, (r.attributes ->> 'amount')::bigint AS pence,
           r.attributes ->> 'outcome' = $6 OR $6 = 'deny' AND EXISTS (
               SELECT FROM phb.register a
               WHERE a.book_id = $1 AND a.subject = 'decision/' || r.number AND a.act = 'approval' AND a.number <= $4
                 AND a.attributes ->> 'outcome' = 'deny'
           ) AS is_so
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'decision' AND r.act = ANY ($5::text[]) AND r.number <= $4 AND r.day BETWEEN $2 AND $3
      AND r.subject NOT LIKE 'decision/%'
)
SELECT person_ref, line, NULL AS management, count(*) FILTER (WHERE is_so) AS part, count(*) AS whole,
       coalesce(sum(pence) FILTER (WHERE is_so), 0)::bigint AS part_pence, coalesce(sum(pence), 0)::bigint AS whole_pence
FROM verdict GROUP BY 1, 2
"""
"""$5 the acts, $6 the outcome, `refer` or `deny`. What a person declined after a referral was referred, and is refused too."""

OFF_PLAN = """
WITH verdict AS (
    SELECT r.person_ref, r.attributes ->> 'line' AS line, (r.attributes ->> 'amount')::bigint AS pence,
           EXISTS (SELECT FROM jsonb_each_text(r.attributes) AS f (name, rule)
                   WHERE (f.name LIKE 'finding.%' OR f.name LIKE 'review.%') AND f.rule = ANY ($6::text[])) AS is_off
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'decision' AND r.act = ANY ($5::text[]) AND r.number <= $4 AND r.day BETWEEN $2 AND $3
      AND r.subject NOT LIKE 'decision/%'
)
SELECT person_ref, line, NULL AS management, count(*) FILTER (WHERE is_off) AS part, count(*) AS whole,
       coalesce(sum(pence) FILTER (WHERE is_off), 0)::bigint AS part_pence, coalesce(sum(pence), 0)::bigint AS whole_pence
FROM verdict GROUP BY 1, 2
"""
"""$5 the acts about money that had gone, $6 the rules that a plan does not cover it."""

RECONSIDERED = """
SELECT r.person_ref, coalesce(r.attributes ->> 'line', d.attributes ->> 'line') AS line, NULL AS management,
       count(*) FILTER (WHERE r.act IN ('changed', 'withdrawn')) AS part, count(*) AS whole,
       0::bigint AS part_pence, 0::bigint AS whole_pence
FROM phb.register r
LEFT JOIN phb.register d ON d.book_id = $1 AND d.number = (r.attributes ->> 'of')::bigint
WHERE r.book_id = $1 AND r.kind = 'reconsideration' AND r.act IN ('upheld', 'changed', 'confirmed', 'withdrawn') AND r.number <= $4
  AND (r.attributes ->> 'answered_on')::date BETWEEN $2 AND $3
GROUP BY 1, 2
"""
QUESTIONS_ASKED = """
WITH question AS (
    SELECT q.subject, q.person_ref, q.attributes ->> 'line' AS line, (q.attributes ->> 'amount')::bigint AS pence,
           (SELECT e.effective_on FROM phb.entry e WHERE e.book_id = $1 AND e.number = q.number + 1) AS asked_on,
           (SELECT coalesce((s.attributes ->> 'document_on')::date, s.day, e.effective_on)
            FROM phb.register s LEFT JOIN phb.entry e ON e.book_id = $1 AND e.number = s.number + 1
            WHERE s.book_id = $1 AND s.number = (q.attributes ->> 'of')::bigint) AS spent_on
    FROM phb.register q
    WHERE q.book_id = $1 AND q.kind = 'evidence' AND q.act = 'questioned' AND q.number <= $4
      AND NOT q.attributes ? 'entries_back'
      AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.number = q.number - 1 AND n.act = 'demand_withdrawn')
)
SELECT person_ref, line, 'direct_payment' AS management,
       count(*) FILTER (WHERE asked_on - spent_on > $5::integer) AS part, count(*) AS whole,
       coalesce(sum(pence) FILTER (WHERE asked_on - spent_on > $5::integer), 0)::bigint AS part_pence,
       coalesce(sum(pence), 0)::bigint AS whole_pence
FROM question WHERE asked_on BETWEEN $2 AND $3 GROUP BY 1, 2
"""
"""$5 more days than which is late. A question posts in the entry after its own; one that a withdrawn demand leaves behind, or
that came with the person from another commissioner, asks nobody anything new."""

QUESTIONS_ANSWERED = """
WITH question AS (
    SELECT q.subject, min(q.person_ref) AS person_ref, min(q.attributes ->> 'line') AS line, min(q.number) AS number,
           coalesce(sum((q.attributes ->> 'amount')::bigint) FILTER (WHERE q.act = 'questioned'), 0)::bigint AS pence,
           coalesce(sum((q.attributes ->> 'amount')::bigint) FILTER (WHERE q.act = 'explained'), 0)::bigint AS explained,
           coalesce(sum(CASE q.act WHEN 'questioned' THEN 1 WHEN 'question_reopened' THEN 1 ELSE -1 END
                        * (q.attributes ->> 'amount')::bigint), 0)::bigint AS open
    FROM phb.register q
    WHERE q.book_id = $1 AND q.kind = 'evidence' AND q.subject LIKE 'question/%' AND q.number <= $4 GROUP BY 1
)
SELECT person_ref, line, 'direct_payment' AS management, count(*) FILTER (WHERE explained = pence) AS part, count(*) AS whole,
       coalesce(sum(pence) FILTER (WHERE explained = pence), 0)::bigint AS part_pence,
       coalesce(sum(pence), 0)::bigint AS whole_pence
FROM question q
WHERE open = 0
  AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.subject = q.subject AND n.act = 'question_moved')
  AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.number = q.number - 1 AND n.act = 'demand_withdrawn')
  AND (SELECT e.effective_on FROM phb.entry e WHERE e.book_id = $1 AND e.number = q.number + 1) BETWEEN $2 AND $3
GROUP BY 1, 2
"""
RECOVERED = """
WITH demand AS (
    SELECT r.subject, min(r.person_ref) AS person_ref, min(r.attributes ->> 'line') AS line, min(r.number) AS number,
           sum(CASE r.act WHEN 'demanded' THEN 1 WHEN 'demand_withdrawn' THEN -1 ELSE 0 END
               * (r.attributes ->> 'amount')::bigint)::bigint AS owed,
           sum(CASE WHEN r.act IN ('repaid', 'offset') THEN 1 WHEN r.act = 'repayment_returned' THEN -1 ELSE 0 END
               * (r.attributes ->> 'amount')::bigint)::bigint AS back
    FROM phb.register r
    WHERE r.book_id = $1 AND r.kind = 'notice' AND r.subject LIKE 'demand/%' AND r.attributes ? 'amount' AND r.number <= $4
    GROUP BY 1
)
SELECT d.person_ref, d.line, 'direct_payment' AS management, count(*) FILTER (WHERE d.back > 0) AS part, count(*) AS whole,
       coalesce(sum(d.back), 0)::bigint AS part_pence, coalesce(sum(d.owed), 0)::bigint AS whole_pence
FROM demand d JOIN phb.register v ON v.book_id = $1 AND v.number = d.number - 1
WHERE d.owed > 0 AND v.day BETWEEN $2 AND $3 GROUP BY 1, 2
"""
"""A demand stands in the entry after its decision."""

WITHOUT_EVIDENCE = """
WITH moved AS (
    SELECT a.account_id, a.person_ref, a.class, p.number, p.amount, p.effective_on, split_part(e.body, '|', 6)::integer AS event,
           split_part(e.body, '|', 15)::bigint AS because
    FROM phb.account a JOIN phb.posting p USING (book_id, account_id) JOIN phb.entry e USING (book_id, number)
    WHERE a.book_id = $1 AND a.class IN ('advance', 'tp_advance', 'unidentified', 'disputed') AND p.number <= $3
      AND p.effective_on <= $2
), period AS (
    SELECT m.account_id, m.amount,
           coalesce((d.attributes ->> 'period')::date, m.effective_on) + CASE s.attributes ->> 'frequency'
               WHEN 'monthly' THEN interval '1 month' WHEN 'quarterly' THEN interval '3 months'
               ELSE make_interval(days => $5::integer) END AS ends
    FROM moved m
    LEFT JOIN phb.register d ON d.book_id = $1 AND d.number = m.because
    LEFT JOIN LATERAL (
        SELECT x.attributes FROM phb.register x
        WHERE x.book_id = $1 AND x.subject = 'schedule/' || (d.attributes ->> 'line') AND x.number <= $3
        ORDER BY x.number DESC LIMIT 1) AS s ON true
    WHERE m.event = ANY ($4::integer[]) AND m.amount > 0 AND m.class IN ('advance', 'tp_advance')
), running AS (
    SELECT account_id, sum(amount)::bigint AS pence FROM period WHERE ends > $2 GROUP BY 1
), stands AS (
    SELECT m.account_id, m.person_ref, m.class, sum(m.amount)::bigint AS pence,
           coalesce(sum(m.amount) FILTER (WHERE m.event = ANY ($4::integer[]) OR m.event = 33), 0)::bigint AS paid
    FROM moved m GROUP BY 1, 2, 3
), counted AS (
    SELECT s.person_ref, CASE s.class WHEN 'tp_advance' THEN 'third_party' ELSE 'direct_payment' END AS management,
           sum(CASE WHEN s.class IN ('advance', 'tp_advance') THEN greatest(0, s.pence - coalesce(r.pence, 0)) ELSE s.pence
               END)::bigint AS unshown,
           sum(CASE WHEN s.class IN ('advance', 'tp_advance') THEN s.paid ELSE 0 END)::bigint AS paid
    FROM stands s LEFT JOIN running r USING (account_id) GROUP BY 1, 2
)
SELECT person_ref, NULL AS line, management, (unshown > 0)::integer::bigint AS part, 1::bigint AS whole, unshown AS part_pence,
       paid AS whole_pence
FROM counted WHERE unshown > 0 OR paid > 0
"""
"""$2 the day, $3 the last entry that counts, $4 the events that pay ahead, $5 the days of a period where no schedule says. The
oldest money is used first, so what of a balance is more than was paid for periods that still run is past its period."""

WAITED = """
WITH said AS (
    SELECT r.number, r.kind, r.act, r.subject, r.person_ref, r.attributes,
           CASE r.kind
               WHEN 'reconsideration' THEN coalesce(r.attributes ->> 'answered_on', r.attributes ->> 'received_on',
                                                    r.attributes ->> 'on')::date
               ELSE (to_timestamp(e.recorded_us / 1000000.0) AT TIME ZONE 'Europe/London')::date END AS on_day
    FROM phb.register r JOIN phb.entry e USING (book_id, number)
    WHERE r.book_id = $1 AND r.kind IN ('decision', 'evidence', 'reconsideration', 'review', 'payee', 'plan_version')
      AND r.number <= $4 AND split_part(e.body, '|', 10) = 'entered'
), questioned AS (
    SELECT number, sum(CASE act WHEN 'questioned' THEN 1 WHEN 'question_reopened' THEN 1 ELSE -1 END
                       * (attributes ->> 'amount')::bigint) OVER (PARTITION BY subject ORDER BY number) AS open
    FROM said WHERE subject LIKE 'question/%'
), paid AS (
    SELECT a.person_ref, min(p.effective_on) AS on_day,
           (array_agg(CASE a.class WHEN 'tp_advance' THEN 'third_party' ELSE 'direct_payment' END ORDER BY p.effective_on))[1]
           AS how
    FROM phb.account a JOIN phb.posting p USING (book_id, account_id) JOIN phb.entry e USING (book_id, number)
    WHERE a.book_id = $1 AND a.class IN ('advance', 'tp_advance') AND p.number <= $4 AND p.amount > 0
      AND split_part(e.body, '|', 6)::integer = ANY ($5::integer[])
    GROUP BY 1
), asked AS (
    SELECT person_ref, (attributes ->> 'on')::date AS on_day FROM phb.register
    WHERE book_id = $1 AND kind = 'offer' AND act = 'budget_requested' AND number <= $4
    UNION ALL
    SELECT r.person_ref, (g.said ->> 'value')::date FROM phb.register r JOIN phb.detail d USING (book_id, number)
    CROSS JOIN LATERAL jsonb_array_elements(convert_from(d.content, 'UTF8')::jsonb -> 'groups') AS g (said)
    WHERE r.book_id = $1 AND r.kind = 'person' AND r.act IN ('registered', 'groups_changed') AND r.number <= $4
      AND g.said ->> 'name' = 'requested_on'
), requested AS (
    SELECT a.person_ref, min(a.on_day) AS on_day
    FROM asked a JOIN phb.register r ON r.book_id = $1 AND r.subject = 'person/' || a.person_ref AND r.act = 'registered'
    JOIN phb.entry e USING (book_id, number)
    WHERE r.number <= $4 AND split_part(e.body, '|', 10) = 'entered' GROUP BY 1
), unpaid AS (
    SELECT r.person_ref, min(coalesce(
        (r.attributes ->> CASE WHEN r.kind = 'line' THEN 'from' WHEN r.act = 'declined' THEN 'answered_on' ELSE 'on' END)::date,
        (to_timestamp(e.recorded_us / 1000000.0) AT TIME ZONE 'Europe/London')::date)) AS on_day
    FROM phb.register r JOIN phb.entry e USING (book_id, number)
    WHERE r.book_id = $1 AND r.number <= $4
      AND (r.kind = 'offer' AND r.act IN ('request_refused', 'declined') OR r.kind = 'person' AND r.act = 'died'
           OR r.kind = 'line' AND r.attributes ->> 'management' = 'notional')
    GROUP BY 1
), began AS (
    SELECT 'referral_to_decision' AS step, number, 'decision/' || number AS key, person_ref, attributes ->> 'line' AS line,
           NULL AS management, on_day AS since
    FROM said WHERE kind = 'decision' AND act <> 'approval' AND attributes ->> 'outcome' = 'refer'
    UNION ALL
    SELECT CASE act WHEN 'claimed' THEN 'claim_to_acceptance' ELSE 'reimbursement_to_paid_back' END, min(number), subject,
           min(person_ref), min(attributes ->> 'line'), NULL, min(on_day)
    FROM said WHERE act IN ('claimed', 'reimbursement_claimed') GROUP BY act, subject
    UNION ALL
    SELECT 'question_to_answer', number, subject, person_ref, attributes ->> 'line', 'direct_payment', on_day
    FROM said q WHERE act = 'questioned' AND NOT attributes ? 'entries_back'
      AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.number = q.number - 1 AND n.act = 'demand_withdrawn')
    UNION ALL
    SELECT 'reconsideration_to_answer', q.number, q.subject, q.person_ref,
           coalesce(q.attributes ->> 'line', d.attributes ->> 'line'), NULL, q.on_day
    FROM said q LEFT JOIN phb.register d ON d.book_id = $1 AND d.number = (q.attributes ->> 'of')::bigint
    WHERE q.kind = 'reconsideration' AND q.act = 'requested'
    UNION ALL
    SELECT 'review_to_held', number, subject, person_ref, attributes ->> 'line', 'direct_payment', on_day
    FROM said WHERE kind = 'review' AND act = 'due' AND subject LIKE 'review/%' AND attributes ->> 'reason' <> 'reconsidered'
    UNION ALL
    SELECT 'change_to_plan', number, 'plan/' || (attributes ->> 'plan'), person_ref, NULL, NULL, on_day
    FROM said WHERE kind = 'review' AND act = 'due' AND attributes ->> 'reason' = 'reconsidered'
    UNION ALL
    SELECT 'provider_check_to_answer', number, attributes ->> 'payee', person_ref, NULL, NULL, on_day
    FROM said WHERE kind = 'review' AND act = 'checks_requested'
), ends (step, act, answers) AS (
    VALUES ('referral_to_decision', 'approval', true), ('claim_to_acceptance', 'evidence_accepted', true),
           ('claim_to_acceptance', 'declined', false), ('reimbursement_to_paid_back', 'invoice_paid', true),
           ('reimbursement_to_paid_back', 'declined', false), ('reimbursement_to_paid_back', 'reversed', false),
           ('reimbursement_to_paid_back', 'invoice_credited', false), ('question_to_answer', 'explained', true),
           ('question_to_answer', 'question_waived', true), ('question_to_answer', 'question_demanded', true),
           ('question_to_answer', 'question_moved', false), ('reconsideration_to_answer', 'upheld', true),
           ('reconsideration_to_answer', 'changed', true), ('reconsideration_to_answer', 'confirmed', true),
           ('reconsideration_to_answer', 'withdrawn', true),
           ('change_to_plan', 'signed', true), ('change_to_plan', 'ended', false), ('review_to_held', 'held', true),
           ('review_to_held', 'shortfall_gone', false), ('provider_check_to_answer', 'approved', true),
           ('provider_check_to_answer', 'barred', true)
), waited AS (
    SELECT DISTINCT ON (b.step, b.number) b.step, b.person_ref, b.line, b.management, b.since, x.on_day AS until, x.answers
    FROM began b LEFT JOIN (SELECT s.*, e.step, e.answers FROM said s JOIN ends e USING (act)) AS x
      ON x.step = b.step AND x.subject = b.key AND x.number > b.number
      AND NOT EXISTS (SELECT FROM questioned q WHERE q.number = x.number AND q.open > 0)
      AND (x.act <> 'shortfall_gone' OR x.attributes ->> 'line' = b.line)
      AND (x.act <> 'invoice_credited' OR x.attributes ->> 'owed' = '0')
      AND (x.act <> 'invoice_paid' OR NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = x.subject
                                                  AND y.act = 'payment_returned' AND y.number > x.number AND y.number <= $4))
    ORDER BY b.step, b.number, x.number
), every AS (
    SELECT step, person_ref, line, management, since, until, answers FROM waited
    UNION ALL
    SELECT 'request_to_first_payment', q.person_ref, NULL, p.how, q.on_day, coalesce(p.on_day, u.on_day), p.on_day IS NOT NULL
    FROM requested q LEFT JOIN paid p USING (person_ref) LEFT JOIN unpaid u USING (person_ref)
), told AS (
    SELECT least($3, (to_timestamp(e.recorded_us / 1000000.0) AT TIME ZONE 'Europe/London')::date) AS on_day
    FROM phb.entry e WHERE e.book_id = $1 AND e.number = $4
)
SELECT step, person_ref, line, management, coalesce(until <= $3, false) AS is_over,
       CASE WHEN until <= $3 THEN until ELSE told.on_day END - since AS days
FROM every CROSS JOIN told
WHERE CASE WHEN until <= $3 THEN answers AND until >= $2 AND until >= since ELSE since <= told.on_day END
"""
"""$5 the events that pay ahead. What is not over by the last day is waited for until then, or until the last entry that counts.
What ended without its answer (declined, taken back, moved away) was waited for until that, and is no wait that is over. What was
imported or taken over has no day of asking, and is left out. Of a first payment both ends are days that were said, because most of
them are entered later; whoever was taken on had earlier ones of which nothing is here."""
