"""The SQL of referrals that wait. Values are always parameters."""

REFERRALS_WAITING = """
SELECT r.number, r.act, r.person_ref, r.attributes ->> 'line' AS line, (r.attributes ->> 'amount')::bigint AS amount,
       (r.attributes ->> 'decide_by')::date AS decide_by
FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'decision' AND r.act <> 'approval' AND r.attributes ->> 'outcome' = 'refer'
  AND r.number > $2 AND ($3::date IS NULL OR (r.attributes ->> 'decide_by')::date < $3)
  AND NOT EXISTS (SELECT FROM phb.register x WHERE x.book_id = $1 AND x.subject = 'decision/' || r.number)
ORDER BY r.number LIMIT $4
"""
"""$2 after which entry, $3 a day: only those whose own day is before it, or null for all; $4 how many."""

EVIDENCE_DUE = """
SELECT x.number, x.person_ref, x.line, x.due FROM (
    SELECT r.number, r.person_ref, r.attributes ->> 'line' AS line, substr(c.value, 14)::date AS due
    FROM phb.register r CROSS JOIN LATERAL jsonb_each_text(r.attributes) AS c
    WHERE r.book_id = $1 AND r.kind = 'decision' AND r.act = 'approval' AND r.number > $2
      AND starts_with(c.key, 'condition.') AND starts_with(c.value, 'evidence_due:')
) AS x
WHERE ($3::date IS NULL OR x.due < $3)
  AND NOT EXISTS (SELECT FROM phb.register m WHERE m.book_id = $1 AND m.subject = 'condition/' || x.number)
ORDER BY x.number LIMIT $4
"""
"""$2 after which entry, $3 a day: only what was to come before it, or null for all; $4 how many."""

CHECKS_TO_MAKE = """
SELECT r.number, r.person_ref AS person, r.attributes ->> 'payee' AS payee, (r.attributes ->> 'on')::date AS asked_on,
       (r.attributes ->> 'due_on')::date AS due_on
FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'review' AND r.act = 'checks_requested' AND r.number > $2
  AND NOT EXISTS (SELECT FROM phb.register p WHERE p.book_id = $1 AND p.subject = r.attributes ->> 'payee' AND p.kind = 'payee'
                  AND p.act IN ('approved', 'barred') AND p.number > r.number)
ORDER BY r.number LIMIT $3
"""
"""Providers that the commissioner was asked to check and has neither approved nor barred since. $2 after this entry."""
