"""The SQL of bank feeds: what is known of a file's lines, which lines are open, and what they could be. Values are parameters."""

LINES_KNOWN = """
SELECT DISTINCT ON (r.subject) r.subject, r.number, r.act, r.attributes ->> 'amount' AS amount,
       r.attributes ->> 'document_on' AS day
FROM phb.register r WHERE r.book_id = $1 AND r.subject = ANY ($2::text[]) ORDER BY r.subject, r.number
"""
"""What was first said of each of these lines."""

HOLDER_LINES = """
SELECT r.number, r.subject, r.act, r.attributes::text AS attributes, convert_from(d.content, 'UTF8') AS words,
       (SELECT coalesce(json_agg(json_build_object(
                   'number', x.number, 'kind', coalesce(x.attributes ->> 'matched', x.attributes ->> 'was'),
                   'ended', x.act = 'bank_line_unmatched', 'source', x.attributes ->> 'source',
                   'of', coalesce((x.attributes ->> 'of')::bigint,
                                  CASE WHEN x.attributes ->> 'matched' = 'repayment' THEN split_part(e.body, '|', 15)::bigint END))
                   ORDER BY x.number), '[]')
        FROM phb.register x JOIN phb.entry e USING (book_id, number)
        WHERE x.book_id = $1 AND x.subject = 'bank_match/' || r.number)::text AS said,
       coalesce((SELECT sum((x.attributes ->> 'amount')::bigint) FROM phb.register x
                 WHERE x.book_id = $1 AND x.person_ref = $2 AND x.kind = 'evidence' AND x.act = 'evidence_accepted'
                   AND x.attributes ->> 'bank_line' = r.number::text
                   AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = x.subject
                                   AND y.number > x.number)), 0)::bigint AS explained
FROM phb.register r
LEFT JOIN phb.detail d ON d.book_id = $1 AND d.number = r.number
WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence' AND r.act IN ('bank_line_taken', 'receipt_taken')
  AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = r.subject AND y.number > r.number)
  AND ($3::text IS NULL OR r.attributes ->> 'holder_account' = $3)
ORDER BY r.number
"""
"""Every line of a person's accounts that stands, with all that was said of what it is. What a match of its own group rests on is
behind it. $2 person, $3 account or NULL."""

INSTALMENTS_PAID = """
SELECT p.number, p.amount, p.effective_on AS day
FROM phb.account a JOIN phb.posting p USING (book_id, account_id) JOIN phb.entry e USING (book_id, number)
WHERE a.book_id = $1 AND a.code = $2 AND p.amount > 0 AND split_part(e.body, '|', 6) IN ('11', '20', '22', '51')
  AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number)
ORDER BY p.number
"""
"""What was paid into an account and stands. $2 the code of its advance."""

CLAIMS_OF_PERSON = """
SELECT r.number, r.subject, r.act, r.attributes::text AS attributes, n.names AS payee_name
FROM phb.register r
LEFT JOIN LATERAL (SELECT convert_from(d.content, 'UTF8') AS names FROM phb.register p
                   JOIN phb.detail d ON d.book_id = $1 AND d.number = p.number
                   WHERE p.book_id = $1 AND p.subject = r.attributes ->> 'payee' AND p.kind = 'payee'
                   ORDER BY p.number DESC LIMIT 1) AS n ON true
WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence' AND r.act IN ('claimed', 'evidence_accepted')
  AND NOT r.attributes ? 'bank_line'
  AND NOT EXISTS (SELECT FROM phb.register y WHERE y.book_id = $1 AND y.subject = r.subject AND y.number > r.number)
ORDER BY r.number
"""
"""Claims of a person that name no line of the bank: open ones, and those accepted."""

MONEY_BACK = """
SELECT r.number, CASE r.act WHEN 'refund_taken' THEN 'refund' ELSE 'repayment' END AS kind,
       (r.attributes ->> 'amount')::bigint AS amount, x.day, d.attributes ->> 'source' AS source
FROM phb.register r
JOIN LATERAL (SELECT e.effective_on AS day FROM phb.entry e
              WHERE e.book_id = $1 AND e.number BETWEEN r.number + 1 AND r.number + 60 AND e.kind = 'transaction'
                AND split_part(e.body, '|', 6) IN ('18', '32', '33') AND split_part(e.body, '|', 15) = r.number::text
                AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = e.number)
              ORDER BY e.number LIMIT 1) AS x ON true
LEFT JOIN phb.register d ON d.book_id = $1 AND d.subject = r.subject AND d.act = 'demanded' AND r.act = 'repaid'
LEFT JOIN LATERAL (SELECT l.attributes ->> 'holder_account' AS holder_account FROM phb.register l
                   WHERE l.book_id = $1 AND l.subject = 'line/' || (r.attributes ->> 'line') AND l.kind = 'line'
                     AND l.number < r.number
                   ORDER BY l.number DESC LIMIT 1) AS p ON r.act = 'instalment_returned'
WHERE r.book_id = $1 AND r.person_ref = $2
  AND (r.kind, r.act) IN (('notice', 'repaid'), ('evidence', 'handed_back'), ('evidence', 'refund_taken'),
                          ('run', 'instalment_returned'))
  AND NOT r.attributes ? 'bank_line'
  AND coalesce(r.attributes ->> 'holder_account', d.attributes ->> 'holder_account', p.holder_account) = $3
  AND ($4::bigint IS NULL OR r.number = $4)
ORDER BY r.number
"""
"""Money that went back out of an account, or came back into it, and whose line has not been named: repayments of demands, with
where the demanded money was, what was handed back, instalments that were returned, and refunds. $2 person, $3 account, $4 one entry
alone or NULL."""

POSTED_BECAUSE = """
SELECT e.number
FROM (SELECT $2::bigint AS number
      UNION ALL
      SELECT m.number FROM phb.register m
      WHERE m.book_id = $1 AND m.subject = 'bank_match/' || $2::text AND m.act = 'bank_line_unmatched') AS said
JOIN phb.entry e ON e.book_id = $1 AND e.number BETWEEN said.number + 1 AND said.number + 60
WHERE e.kind = 'transaction' AND split_part(e.body, '|', 6) = $3::text AND split_part(e.body, '|', 15) = $2::text
  AND NOT EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = e.number)
ORDER BY e.number LIMIT 1
"""
"""What was posted for a line when it was taken, or anew when its match had ended, and stands: $2 its number, $3 the event. A group
has fifty entries at most."""

ACCOUNT_MOVES = """
SELECT a.class, coalesce(o.event, x.event) AS event,
       CASE WHEN o.event IS NOT NULL OR EXISTS (SELECT FROM phb.undone u WHERE u.book_id = $1 AND u.number = p.number) THEN NULL
            WHEN a.class = 'unidentified' AND x.event = 13 THEN x.because
            WHEN a.class = 'advance' AND x.event IN (11, 20, 22, 51) AND p.amount > 0 THEN p.number END AS about,
       sum(p.amount)::bigint AS pence
FROM phb.account a JOIN phb.posting p USING (book_id, account_id)
CROSS JOIN LATERAL (SELECT split_part(e.body, '|', 6)::integer AS event, split_part(e.body, '|', 15)::bigint AS because
                    FROM phb.entry e WHERE e.book_id = $1 AND e.number = p.number) AS x
LEFT JOIN LATERAL (SELECT split_part(e.body, '|', 6)::integer AS event FROM phb.undone u
                   JOIN phb.entry e ON e.book_id = $1 AND e.number = u.number
                   WHERE u.book_id = $1 AND u.undone_by = p.number) AS o ON true
WHERE a.book_id = $1 AND a.code = ANY ($2::text[]) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
"""What moved the accounts of one bank account, by event; what was reversed counts with the event that it undoes. What was paid in
and stands by its entry, and what stands of a line that went out, as money without evidence, by the line."""

STATEMENT_SENT = """
SELECT json_build_object(
    'statements', (SELECT coalesce(json_agg(json_build_array(x.number, x.act, x.attributes)), '[]')
                   FROM (SELECT DISTINCT ON (r.subject) r.number, r.act, r.attributes FROM phb.register r
                         WHERE r.book_id = $1 AND r.subject >= $2 AND r.subject < $3 AND r.kind = 'run'
                           AND r.act IN ('statement_begun', 'statement_continued', 'statement_taken')
                         ORDER BY r.subject, r.number DESC) AS x),
    'said', (SELECT coalesce(json_agg(json_build_array(r.number, r.kind, r.subject, r.act, r.day, r.attributes)
                                      ORDER BY r.number), '[]')
             FROM phb.register r WHERE r.book_id = $1 AND r.subject = $4),
    'lines', (SELECT coalesce(json_agg(json_build_array(x.subject, x.number, x.act, x.amount, x.day)), '[]')
              FROM (SELECT DISTINCT ON (r.subject) r.subject, r.number, r.act, r.attributes ->> 'amount' AS amount,
                           r.attributes ->> 'document_on' AS day
                    FROM phb.register r WHERE r.book_id = $1 AND r.subject = ANY ($5::text[]) ORDER BY r.subject, r.number) AS x)
)::text AS sent
"""
"""What is known of a statement that is sent: those of its account as last said, all that was said of itself, and what was first
said of each of its lines. $2 and $3 where the subjects of the account's statements begin and end, $4 its own subject, $5 its
lines."""

STATEMENTS = """
SELECT DISTINCT ON (r.subject) r.number, r.subject, r.act, r.attributes::text AS attributes FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'run' AND r.act IN ('statement_begun', 'statement_continued', 'statement_taken')
  AND r.subject >= $2 AND r.subject < $3
ORDER BY r.subject, r.number DESC
"""
"""The statements of one account as last said. $2 how their subjects begin, $3 the first text after those."""

ACCOUNTS_WITH_STATEMENTS = """
SELECT DISTINCT r.person_ref AS person, r.attributes ->> 'holder_account' AS holder_account FROM phb.register r
WHERE r.book_id = $1 AND r.kind = 'run' AND r.act = 'statement_taken' AND starts_with(r.subject, 'statement/')
  AND r.person_ref IS NOT NULL
ORDER BY 2
"""
"""Holders' accounts of which a whole statement was taken."""

HOLDER_ACCOUNTS = """
SELECT a.code, a.person_ref AS person FROM phb.account a
WHERE a.book_id = $1 AND a.class = 'advance' AND a.code >= $2 ORDER BY a.code LIMIT $3
"""
"""Holders' accounts by the code of what is advanced there. $2 that of the first, $3 how many."""

KNOWN_FROM_FEED = """
SELECT EXISTS (SELECT FROM phb.register r WHERE r.book_id = $1 AND r.person_ref = $2 AND r.kind = 'evidence'
               AND r.act = 'bank_line_taken' AND r.attributes ->> 'holder_account' = $3 AND r.attributes ->> 'by_hand' = $4)
"""
"""Whether a statement brought a line that would be known by this hash if it were entered by hand."""

RECEIPTS_NOT_OURS = """
SELECT r.number, r.person_ref AS person, r.attributes ->> 'holder_account' AS holder_account,
       (r.attributes ->> 'amount')::bigint AS amount, r.attributes ->> 'document_on' AS day, m.number AS match,
       x.number AS answer, x.attributes ->> 'outcome' AS outcome
FROM phb.register r
LEFT JOIN LATERAL (SELECT y.number, y.attributes ->> 'matched' AS matched FROM phb.register y
                   WHERE y.book_id = $1 AND y.subject = 'bank_match/' || r.number AND y.act = 'bank_line_matched'
                     AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.subject = y.subject
                                     AND n.number > y.number)) AS m ON true
LEFT JOIN phb.register x ON x.book_id = $1 AND x.subject = 'deposit/' || r.number
WHERE r.book_id = $1 AND r.kind = 'evidence' AND r.act = 'receipt_taken' AND r.number > $2
  AND (m.number IS NULL OR m.matched = 'other_money') AND ($3 OR x.number IS NULL)
  AND NOT EXISTS (SELECT FROM phb.register z WHERE z.book_id = $1 AND z.subject = r.subject AND z.number > r.number)
  AND NOT EXISTS (SELECT FROM phb.register l
                  WHERE l.book_id = $1 AND l.kind = 'line' AND l.person_ref = r.person_ref AND l.act <> 'ended'
                    AND l.attributes ->> 'holder_account' = r.attributes ->> 'holder_account'
                    AND l.attributes ->> 'channel' = 'managed_account'
                    AND NOT EXISTS (SELECT FROM phb.register n WHERE n.book_id = $1 AND n.subject = l.subject
                                    AND n.number > l.number))
ORDER BY r.number LIMIT $4
"""
"""What came into holders' accounts and nobody has explained, or is not ours, after entry $2: all ($3) or those without an answer. A
managed account may have other money in it (SI 2017/219), so its lines are no deposits."""
