"""The SQL of who may see a record and who looked at it. Values are parameters."""

KEPT_FROM = """
SELECT p.person FROM unnest($3::text[]) AS p (person)
LEFT JOIN LATERAL (SELECT r.act, r.attributes FROM phb.register r
                   WHERE r.book_id = $1 AND r.person_ref = p.person AND r.kind = 'person'
                     AND r.act IN ('restricted', 'restriction_lifted') ORDER BY r.number DESC LIMIT 1) AS x ON true
WHERE (x.act = 'restricted'
       AND NOT EXISTS (SELECT FROM jsonb_each_text(x.attributes) AS a WHERE a.key LIKE 'staff.%' AND a.value = $2))
   OR EXISTS (SELECT FROM phb.register d
              WHERE d.book_id = $1 AND d.person_ref = p.person AND d.kind = 'delegation' AND d.act = 'granted'
                AND d.attributes ->> 'holder' = $2
                AND $4 BETWEEN (d.attributes ->> 'from')::date AND coalesce((d.attributes ->> 'to')::date, $4)
                AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = d.subject
                                AND y.person_ref = d.person_ref AND y.number > d.number))
"""
"""Of some people ($3), those whose record is not for $2 as one of the staff on day $4: kept for others, or of somebody whom $2 acts
for themselves, by a delegation that has not ended."""

ACCOUNTS_KEPT_FROM = """
SELECT p.code FROM unnest($3::text[], $4::text[]) AS p (code, below)
WHERE EXISTS (SELECT FROM phb.account a WHERE a.book_id = $1 AND a.code >= p.code AND a.code < p.below)
  AND NOT EXISTS (SELECT FROM phb.account a
                  LEFT JOIN LATERAL (SELECT r.act, r.attributes FROM phb.register r
                                     WHERE r.book_id = $1 AND r.person_ref = a.person_ref AND r.kind = 'person'
                                       AND r.act IN ('restricted', 'restriction_lifted')
                                     ORDER BY r.number DESC LIMIT 1) AS x ON true
                  WHERE a.book_id = $1 AND a.code >= p.code AND a.code < p.below
                    AND (x.act IS DISTINCT FROM 'restricted'
                         OR EXISTS (SELECT FROM jsonb_each_text(x.attributes) AS s
                                    WHERE s.key LIKE 'staff.%' AND s.value = $2))
                    AND NOT EXISTS (SELECT FROM phb.register d
                                    WHERE d.book_id = $1 AND d.person_ref = a.person_ref AND d.kind = 'delegation'
                                      AND d.act = 'granted' AND d.attributes ->> 'holder' = $2
                                      AND $5 BETWEEN (d.attributes ->> 'from')::date
                                                 AND coalesce((d.attributes ->> 'to')::date, $5)
                                      AND NOT EXISTS (SELECT FROM phb.register y
                                                      WHERE y.book_id = $1 AND y.subject = d.subject
                                                        AND y.person_ref = d.person_ref AND y.number > d.number)))
"""
"""Of some beginnings of codes ($3, and what they stay below, $4), those with accounts of nobody but people whose record is not for
$2 on day $5, as above."""

PERSONS_OF = """
WITH RECURSIVE named AS (
    SELECT u.number FROM unnest($2::bigint[]) AS u (number)
    UNION
    SELECT x.number FROM named n
    CROSS JOIN LATERAL (SELECT r.number, r.act, r.attributes FROM phb.register r
                        WHERE r.book_id = $1 AND r.number = n.number AND r.kind = 'run' OFFSET 0) AS r
    CROSS JOIN LATERAL (SELECT a.value::bigint AS number FROM jsonb_each_text(r.attributes) AS a
                        WHERE a.key LIKE 'invoice.%'
                        UNION ALL
                        SELECT split_part(e.body, '|', 15)::bigint FROM phb.entry e
                        WHERE e.book_id = $1 AND e.number = r.number AND r.act IN ('cleared', 'instalment_cleared')) AS x
)
SELECT r.person FROM named n
CROSS JOIN LATERAL (SELECT x.person FROM phb.register r
                    CROSS JOIN LATERAL (VALUES (r.person_ref), (r.attributes ->> 'about')) AS x(person)
                    WHERE r.book_id = $1 AND r.number = n.number OFFSET 0) AS r
WHERE r.person IS NOT NULL
UNION
SELECT a.person_ref FROM named n
CROSS JOIN LATERAL (SELECT p.account_id FROM phb.posting p WHERE p.book_id = $1 AND p.number = n.number OFFSET 0) AS p
CROSS JOIN LATERAL (SELECT a.person_ref FROM phb.account a WHERE a.book_id = $1 AND a.account_id = p.account_id OFFSET 0) AS a
WHERE a.person_ref IS NOT NULL
"""
"""Whom some entries ($2) are about, of whose money they moved some, or whom the invoices of a payment are of."""

RECORD_ACCESS = """
INSERT INTO phb.access (book_id, client, actor, act, subject, request_id, purpose, outcome, rule)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

ACCESSES = """
SELECT a.access_id, a.at, a.client, a.actor, a.act, a.purpose, a.outcome FROM phb.access a
WHERE a.book_id = $1 AND a.access_id < coalesce($3::bigint, 9223372036854775807)
  AND a.subject = ANY (ARRAY(SELECT 'person/' || $2 UNION ALL
                             SELECT 'evidence/' || r.number FROM phb.register r
                             WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence'))
ORDER BY a.access_id DESC LIMIT $4
"""
"""Who looked at a person's record ($2) or at a file of theirs before the note $3, the newest first, $4 at most."""
