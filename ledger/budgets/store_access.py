"""The SQL of who may see a record and who looked at it. Values are parameters."""

RESTRICTED_FROM = """
SELECT p.person FROM unnest($3::text[]) AS p (person)
CROSS JOIN LATERAL (SELECT r.act, r.attributes FROM phb.register r
                    WHERE r.book_id = $1 AND r.person_ref = p.person AND r.kind = 'person'
                      AND r.act IN ('restricted', 'restriction_lifted') ORDER BY r.number DESC LIMIT 1) AS x
WHERE x.act = 'restricted'
  AND NOT EXISTS (SELECT FROM jsonb_each_text(x.attributes) AS a WHERE a.key LIKE 'staff.%' AND a.value = $2)
"""
"""Of some people ($3), those whose record is kept for others of the staff than $2."""

ACCOUNTS_RESTRICTED_FROM = """
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
                                    WHERE s.key LIKE 'staff.%' AND s.value = $2)))
"""
"""Of some beginnings of codes ($3, and what they stay below, $4), those with accounts of nobody but people whose record is kept
for others of the staff than $2."""

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
