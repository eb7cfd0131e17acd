"""All SQL of a book. Values are always parameters; every statement names its columns."""

HEAD = """
SELECT b.book_id, b.code, b.currency, b.nature, b.first_day, h.size, h.root, h.frontier, h.last_us, h.origin,
       h.system_identifier, h.timeline, h.next_account_id, phb.clock_us() AS clock_us
FROM phb.book b JOIN phb.head h USING (book_id) WHERE b.book_id = $1
"""
BOOK_ID = "SELECT book_id FROM phb.book WHERE code = $1"
BOOKS = "SELECT book_id, code, currency, nature, first_day FROM phb.book ORDER BY code"
BOOK = "SELECT book_id, code, currency, nature, first_day FROM phb.book WHERE book_id = $1"
ROOT = "SELECT root FROM phb.head WHERE book_id = $1"
LOCK_HEAD = "SELECT size FROM phb.lock_head($1)"
SERVER = "SELECT system_identifier, timeline FROM phb.server_identity()"
CREATE_BOOK = "SELECT phb.create_book($1, $2, $3, $4, $5)"
SET_BOOK = "SELECT set_config('phb.book_id', $1::integer::text, false)"
SET_ROLE = "SELECT set_config('role', $1, true)"
CLOCK = "SELECT phb.clock_us()"

CLOSED_PERIODS = """
SELECT p.period, p.actor, nullif(split_part(e.body, '|', 14), '-') AS acting_for
FROM phb.period p JOIN phb.entry e USING (book_id, number) WHERE p.book_id = $1 AND p.closed
"""

ACCOUNTS = """
SELECT a.account_id, a.code, a.class, a.layer, a.balance_group, a.floor, a.ceiling, a.status, a.tags::text AS tags,
       b.balance, b.debit, b.credit,
       least(
           (SELECT min(h.expires_us) FROM phb.hold_pair p JOIN phb.hold h USING (book_id, number)
            WHERE p.book_id = a.book_id AND p.holding_id = a.account_id AND p.remaining > 0 AND NOT h.closed),
           (SELECT min(h.expires_us) FROM phb.hold_pair p JOIN phb.hold h USING (book_id, number)
            WHERE p.book_id = a.book_id AND p.origin_id = a.account_id AND p.remaining > 0 AND NOT h.closed)
       ) AS next_due_us
FROM phb.account a JOIN phb.balance b USING (book_id, account_id)
WHERE a.book_id = $1 AND a.code = ANY ($2::text[])
"""
HOLDS = """
SELECT h.number, h.purpose, h.subject, h.expires_us, h.closed, p.placed, p.remaining, c.code AS holding,
       o.code AS origin
FROM phb.hold h JOIN phb.hold_pair p USING (book_id, number)
JOIN phb.account c ON c.book_id = p.book_id AND c.account_id = p.holding_id
JOIN phb.account o ON o.book_id = p.book_id AND o.account_id = p.origin_id
WHERE h.book_id = $1 AND h.number = ANY ($2::bigint[])
ORDER BY h.number, p.holding_id
"""
HOLDS_ON_ACCOUNTS = """
SELECT h.number FROM phb.hold_pair p JOIN phb.hold h USING (book_id, number)
WHERE p.book_id = $1 AND p.remaining > 0 AND p.holding_id = ANY ($2::integer[]) AND h.expires_us IS NOT NULL
UNION
SELECT h.number FROM phb.hold_pair p JOIN phb.hold h USING (book_id, number)
WHERE p.book_id = $1 AND p.remaining > 0 AND p.origin_id = ANY ($2::integer[]) AND h.expires_us IS NOT NULL
"""
OPEN_HOLDS_ON_ACCOUNTS = """
SELECT DISTINCT number FROM phb.hold_pair WHERE book_id = $1 AND remaining > 0 AND origin_id = ANY ($2::integer[])
"""
DUE_HOLDS = """
SELECT number, expires_us FROM phb.hold
WHERE book_id = $1 AND NOT closed AND expires_us <= $2 AND (expires_us, number) > ($3::bigint, $4::bigint)
ORDER BY expires_us, number LIMIT $5
"""
PAST_ENTRIES = """
SELECT e.number, e.body, u.undone_by, x.erased_by
FROM phb.entry e
LEFT JOIN phb.undone u ON u.book_id = e.book_id AND u.number = e.number
LEFT JOIN phb.erased x ON x.book_id = e.book_id AND x.number = e.number
WHERE e.book_id = $1 AND e.number = ANY ($2::bigint[])
"""
SUBJECTS = "SELECT subject, number FROM phb.subject_version WHERE book_id = $1 AND subject = ANY ($2::text[])"
KEYS = """
SELECT key, number, entries, tree_size, prints FROM phb.request_key
WHERE book_id = $1 AND key = ANY ($2::bytea[])
"""
KNOWN_KEYS = "SELECT key FROM phb.request_key WHERE book_id = $1 AND key = ANY ($2::bytea[])"
BODIES = """
SELECT number, body FROM phb.entry WHERE book_id = $1 AND number BETWEEN $2 AND $3 ORDER BY number
"""
ERASED = "SELECT number FROM phb.erased WHERE book_id = $1 AND number BETWEEN $2 AND $3"
BODY = "SELECT body FROM phb.entry WHERE book_id = $1 AND number = $2"
LATEST_OF_KIND = """
SELECT number, body FROM phb.entry WHERE book_id = $1 AND number <= $2 AND kind = $3
  AND ($4::text IS NULL OR split_part(body, '|', 16) = $4) ORDER BY number DESC LIMIT $5
"""

APPEND = """
SELECT moved, clock_us FROM phb.append_batch(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38)
"""

DELETE_DETAILS = "DELETE FROM phb.detail WHERE book_id = $1 AND number = ANY ($2::bigint[])"
FORGET_PAYEES = "UPDATE phb.payee SET lookup = NULL WHERE book_id = $1 AND number = ANY ($2::bigint[])"
FORGET_IDENTITIES = """
DELETE FROM phb.identity WHERE book_id = $1 AND person_ref IN (
    SELECT r.person_ref FROM phb.register r
    WHERE r.book_id = $1 AND r.number = ANY ($2::bigint[]) AND r.kind = 'person' AND r.act = 'registered')
"""
DETAIL = "SELECT content FROM phb.detail WHERE book_id = $1 AND number = $2"

PAYEES_BY_LOOKUP = "SELECT lookup, payee_ref FROM phb.payee WHERE book_id = $1 AND lookup = ANY ($2::bytea[])"
ADD_PAYEES = """
INSERT INTO phb.payee (book_id, payee_ref, lookup, number)
SELECT $1, p.payee_ref, p.lookup, p.number
FROM unnest($2::text[], $3::bytea[], $4::bigint[]) AS p(payee_ref, lookup, number)
ON CONFLICT DO NOTHING
"""


DAY_COUNTS = """
SELECT p.effective_on, count(*) AS postings
FROM phb.posting p JOIN phb.account a USING (book_id, account_id)
JOIN phb.entry e ON e.book_id = p.book_id AND e.number = p.number
WHERE p.book_id = $1 AND a.code = $2 AND split_part(e.body, '|', 16) = '-'
  AND split_part(e.body, '|', 6) = '53' GROUP BY p.effective_on
"""
