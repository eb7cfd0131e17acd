"""SQL of decisions as they are looked back on: what was decided, and on which facts, as far as they are kept."""

DECISIONS_KEPT = """
SELECT r.number, r.day, r.person_ref, r.subject, r.attributes::text AS attributes, d.content, d.salt,
       EXISTS (SELECT FROM phb.erased x WHERE x.book_id = $1 AND x.number = r.number) AS is_erased, e.body
FROM phb.register r
JOIN phb.entry e ON e.book_id = $1 AND e.number = r.number
LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
WHERE r.book_id = $1 AND r.kind = 'decision' AND r.number > $2 AND r.day >= $3
ORDER BY r.number LIMIT $4
"""
"""Decisions about accounting days from $3 on, by their numbers after $2."""
