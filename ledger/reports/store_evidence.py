"""The SQL of reports about evidence. Values are parameters."""

SPENDING_UNSHOWN = """
WITH told AS (
    SELECT DISTINCT ON (r.subject) r.subject, r.number, r.act, r.person_ref, r.attributes,
           (SELECT min(f.number) FROM phb.register f WHERE f.book_id = $1 AND f.subject = r.subject) AS first
    FROM phb.register r WHERE r.book_id = $1 AND r.kind = 'evidence' AND ($2::text IS NULL OR r.person_ref = $2)
    ORDER BY r.subject, r.number DESC
), document AS (
    SELECT t.attributes ->> 'state' AS state, (t.attributes ->> 'of')::bigint AS number FROM told t
    WHERE t.act IN ('document_given', 'document_said', 'document_judged')
), shown AS (
    SELECT r.subject, array_agg(d.state ORDER BY d.state) AS states
    FROM document d JOIN phb.register r ON r.book_id = $1 AND r.number = d.number GROUP BY 1
)
SELECT t.number, t.first, t.act, t.person_ref, t.attributes ->> 'line' AS line, (t.attributes ->> 'amount')::bigint AS amount,
       coalesce(s.states, '{}') AS states,
       (SELECT to_timestamp(e.recorded_us / 1000000.0) FROM phb.entry e WHERE e.book_id = $1 AND e.number = t.first) AS recorded_at
FROM told t LEFT JOIN shown s USING (subject)
WHERE t.act = ANY ($3::text[]) AND NOT coalesce(s.states && $4::text[], false) AND t.number > $5
    AND NOT (t.act = 'bank_line_taken' AND EXISTS (
        SELECT FROM told c WHERE c.attributes ->> 'bank_line' = t.number::text AND c.act = ANY ($3::text[])))
ORDER BY t.number LIMIT $6
"""
"""$2 a person, or NULL for all; $3 the acts that tell of spending; $4 the states of a document that show it. A line of the bank
that a claim explains is shown by the documents of the claim. `first` is the entry that it began with."""
