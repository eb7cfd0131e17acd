"""SQL of decisions as they are looked back on: what was decided, and on which facts, as far as they are kept."""

DECISIONS_KEPT = """
SELECT r.number, x.day, coalesce(r.person_ref, r.attributes ->> 'about', '') AS person, r.subject,
       r.attributes::text AS attributes, d.content, d.salt,
       EXISTS (SELECT FROM phb.erased g WHERE g.book_id = $1 AND g.number = r.number) AS is_erased, e.body
FROM phb.register r
JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
CROSS JOIN LATERAL (
    SELECT coalesce(r.day, (to_timestamp(e.recorded_us / 1000000) AT TIME ZONE 'Europe/London')::date) AS day) AS x
WHERE r.book_id = $1 AND r.kind = 'decision' AND r.number > $2 AND x.day >= $3 AND x.day <= $5
ORDER BY r.number LIMIT $4
"""
"""Decisions about accounting days from $3 to $5, by their numbers after $2; one about none is of the day on which it was made."""
DECISIONS_COUNTED = """
SELECT count(*) FROM (
    SELECT FROM phb.register r
    JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
    CROSS JOIN LATERAL (
        SELECT coalesce(r.day, (to_timestamp(e.recorded_us / 1000000) AT TIME ZONE 'Europe/London')::date) AS day) AS x
    WHERE r.book_id = $1 AND r.kind = 'decision' AND r.act <> 'watch' AND x.day BETWEEN $2 AND $3
    LIMIT $4) AS counted
"""
"""The same from $2 to $3 without months that were watched for patterns, counted to $4."""
