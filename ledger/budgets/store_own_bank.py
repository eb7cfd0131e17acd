"""The SQL of the commissioner's own banks: lines of their statements, payments on their way, and what the ledger has. Values are
parameters."""

OWN_LINES = """
SELECT r.number, r.attributes::text AS attributes, convert_from(d.content, 'UTF8') AS words, m.number AS match,
       m.attributes::text AS matched
FROM phb.register r
LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
LEFT JOIN phb.register m ON m.book_id = $1 AND m.subject = 'own_match/' || r.number
WHERE r.book_id = $1 AND r.kind = 'run' AND r.act = 'own_line_taken' AND r.person_ref IS NULL AND starts_with(r.subject, $2)
  AND r.number > $3 AND ($4 OR m.number IS NULL)
ORDER BY r.number LIMIT $5
"""
"""$2 how the subjects of the bank's lines begin; those after entry $3, all of them or ($4 false) those that nobody has said
anything of, $5 at most or NULL."""

UNDER_WAY = """
SELECT p.number AS posted, CASE WHEN r.subject IS NULL THEN p.number ELSE e.because END AS number, -p.amount AS amount,
       p.effective_on AS day,
       coalesce(r.attributes ->> 'payee', split_part(h.code, '/', CASE h.class WHEN 'advance' THEN 3 ELSE 2 END)) AS payee,
       r.subject
FROM phb.account a
JOIN phb.posting p USING (book_id, account_id)
CROSS JOIN LATERAL (SELECT split_part(x.body, '|', 6)::integer AS event, split_part(x.body, '|', 15)::bigint AS because
                    FROM phb.entry x WHERE x.book_id = $1 AND x.number = p.number) AS e
LEFT JOIN LATERAL (SELECT r.number, r.subject, r.attributes FROM phb.register r
                   WHERE r.book_id = $1 AND r.number = e.because AND r.kind = 'run' AND r.act = 'released' OFFSET 0) AS r ON true
-- Into the account of a holder, to a third party, or to whoever is owed.
LEFT JOIN LATERAL (SELECT o.code, o.class FROM phb.posting q JOIN phb.account o ON o.book_id = $1 AND o.account_id = q.account_id
                   WHERE q.book_id = $1 AND q.number = p.number AND o.class IN ('advance', 'tp_advance', 'payable')
                   LIMIT 1) AS h ON true
WHERE a.book_id = $1 AND a.code = $2 AND p.amount < 0 AND e.event IN (8, 9, 11, 20, 22, 42, 51)
  AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number)
  AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND r.subject IS NOT NULL AND y.subject = r.subject
                  AND y.number > r.number OFFSET 0)
  AND NOT EXISTS (SELECT FROM phb.register z
                  WHERE z.book_id = $1 AND z.subject IN ('run/posted.' || p.number, 'instalment/' || p.number) OFFSET 0)
  AND ($3::bigint[] IS NULL OR CASE WHEN r.subject IS NULL THEN p.number ELSE e.because END = ANY ($3))
ORDER BY p.number
"""
"""What was released from a bank and not cleared: payments, by their run, and instalments. $2 the code of `in_transit`, $3 what they
are named by, or NULL for all."""

ENTRIES_ON_BANK = """
SELECT p.number, p.amount FROM phb.account a JOIN phb.posting p USING (book_id, account_id)
WHERE a.book_id = $1 AND a.code = $2 AND p.number = ANY ($3::bigint[])
  AND NOT EXISTS (SELECT FROM phb.register m WHERE m.book_id = $1 AND m.subject = 'own_entry/' || p.number OFFSET 0)
  AND NOT EXISTS (SELECT FROM (SELECT split_part(e.body, '|', 15)::bigint AS number FROM phb.entry e
                               WHERE e.book_id = $1 AND e.number = p.number OFFSET 0) AS x
                  CROSS JOIN LATERAL (SELECT c.attributes FROM phb.register c
                                      WHERE c.book_id = $1 AND c.number = x.number AND c.kind = 'run' OFFSET 0) AS c
                  WHERE c.attributes ? 'line_of_bank' OFFSET 0)
"""
"""What of the entries $3 is on the bank $2 and in no line of a statement yet."""

RELEASED_BETWEEN = """
SELECT p.number AS posted, -p.amount AS amount, p.effective_on AS day,
       coalesce(r.attributes ->> 'payee', split_part(h.code, '/', CASE h.class WHEN 'advance' THEN 3 ELSE 2 END)) AS payee,
       r.subject
FROM phb.account a
JOIN phb.posting p USING (book_id, account_id)
CROSS JOIN LATERAL (SELECT split_part(x.body, '|', 6)::integer AS event, split_part(x.body, '|', 15)::bigint AS because
                    FROM phb.entry x WHERE x.book_id = $1 AND x.number = p.number) AS e
LEFT JOIN phb.register r ON r.book_id = $1 AND r.number = e.because AND r.kind = 'run' AND r.act = 'released'
LEFT JOIN LATERAL (SELECT o.code, o.class FROM phb.posting q JOIN phb.account o ON o.book_id = $1 AND o.account_id = q.account_id
                   WHERE q.book_id = $1 AND q.number = p.number AND o.class IN ('advance', 'tp_advance', 'payable')
                   LIMIT 1) AS h ON true
WHERE a.book_id = $1 AND a.code = $2 AND p.amount < 0 AND e.event IN (8, 9, 11, 20, 22, 42, 51)
  AND p.number > $3 AND p.number <= $4
  AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number)
ORDER BY p.number
"""
"""What was released from a bank by entries after $3 up to $4. $2 the code of `in_transit`."""

FILES_OF_BANK = """
SELECT number, attributes::text AS attributes FROM phb.register
WHERE book_id = $1 AND subject = $2 AND kind = 'run' AND act = 'file_made' ORDER BY number
"""
