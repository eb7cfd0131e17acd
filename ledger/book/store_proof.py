"""The SQL of proof: what checkpoints, verification and exports read. Values are always parameters."""

LINES = """
SELECT number, recorded_us, kind, coalesce(effective_on::text, '-'), encode(leaf, 'hex'), body
FROM phb.entry WHERE book_id = $1 AND number > $2 AND number <= $3 ORDER BY number
"""
ENTRY_OUTSIDE = """
SELECT number FROM phb.entry WHERE book_id = $1
  AND (number < 1 OR number > (SELECT h.size FROM phb.head h WHERE h.book_id = $1)) ORDER BY number LIMIT 1
"""
BODIES_AT = "SELECT number, body FROM phb.entry WHERE book_id = $1 AND number = ANY ($2::bigint[])"
LEAF_HASHES = """
SELECT number - 1 AS index, leaf AS root FROM phb.entry
WHERE book_id = $1 AND number BETWEEN $2::bigint + 1 AND $3::bigint + 1
"""
# By account as well as by number: the only index begins with the account, and the rows of neighbouring entries lie together.
POSTINGS = """
SELECT account_id, number, amount, balance_after, effective_on FROM phb.posting
WHERE book_id = $1 AND account_id = ANY ($2::integer[]) AND number > $3::bigint AND number <= $4::bigint
"""
POSTING_COUNT = "SELECT count(*) FROM phb.posting WHERE book_id = $1 AND number BETWEEN 1 AND $2::bigint"
POSTING_PLACES = "SELECT number, account_id FROM phb.posting WHERE book_id = $1 AND number > $2 AND number <= $3"
POSTING_OUTSIDE = """
SELECT number FROM phb.posting WHERE book_id = $1
  AND (number < 1 OR number > (SELECT h.size FROM phb.head h WHERE h.book_id = $1)) ORDER BY number LIMIT 1
"""
REQUEST_KEYS = """
SELECT number, entries, tree_size, encode(key || substr(sha256(int2send(entries) || prints), 1, 16), 'hex') AS stated
FROM phb.request_key WHERE book_id = $1 AND key >= $2::bytea AND ($3::bytea IS NULL OR key < $3::bytea)
"""
STATED_KEYS = """
SELECT number, split_part(body, '|', 19) AS stated FROM phb.entry
WHERE book_id = $1 AND number BETWEEN $2 AND $3 AND split_part(body, '|', 19) <> '-'
"""
KEYS_BETWEEN = """
SELECT number, encode(key || substr(sha256(int2send(entries) || prints), 1, 16), 'hex') AS stated
FROM phb.request_key WHERE book_id = $1 AND number BETWEEN $2 AND $3
"""
KEYS_STATED = """
SELECT number, encode(key || substr(sha256(int2send(entries) || prints), 1, 16), 'hex') AS stated
FROM phb.request_key WHERE book_id = $1 AND key = ANY ($2::bytea[])
"""
SUBTREE_ROWS = """
SELECT level, index, root FROM phb.subtree WHERE book_id = $1 AND level = $2 AND index BETWEEN $3 AND $4
"""
SUBTREES_ALL = "SELECT level, index, root FROM phb.subtree WHERE book_id = $1 ORDER BY level, index"
DETAIL_ROWS = """
SELECT number, salt, content FROM phb.detail
WHERE book_id = $1 AND number > $2 AND number <= $3 ORDER BY number
"""
DETAILS_AFTER = """
SELECT number, salt, content FROM phb.detail WHERE book_id = $1 AND number > $2 AND number <= $3
ORDER BY number LIMIT $4
"""
DETAILS_PRESENT = """
SELECT number FROM phb.detail WHERE book_id = $1 AND number = ANY ($2::bigint[]) ORDER BY number
"""
DETAIL_OUTSIDE = """
SELECT number FROM phb.detail WHERE book_id = $1
  AND (number < 1 OR number > (SELECT h.size FROM phb.head h WHERE h.book_id = $1)) ORDER BY number LIMIT 1
"""
ACCOUNT_ROWS = """
SELECT account_id, code, class, layer, balance_group, type, normal, floor, ceiling, status,
       tags::text AS tags, person_ref,
       opened_number
FROM phb.account WHERE book_id = $1 ORDER BY account_id
"""
BALANCE_ROWS = """
SELECT account_id, balance, debit, credit, postings, last_number FROM phb.balance WHERE book_id = $1
ORDER BY account_id
"""
DELTA_ROWS = """
SELECT account_id, day, debit, credit FROM phb.delta
WHERE book_id = $1 AND account_id > $2 AND ($3::integer IS NULL OR account_id <= $3)
"""
HOLD_ROWS = "SELECT number, purpose, subject, expires_us, closed FROM phb.hold WHERE book_id = $1"
PAIR_ROWS = """
SELECT number, holding_id, origin_id, placed, remaining FROM phb.hold_pair WHERE book_id = $1
ORDER BY number, holding_id
"""
UNDONE_ROWS = "SELECT number, undone_by FROM phb.undone WHERE book_id = $1 ORDER BY number"
ERASED_ROWS = "SELECT number, erased_by FROM phb.erased WHERE book_id = $1 ORDER BY number"
PERIOD_ROWS = """
SELECT period, first_day::text AS first_day, last_day::text AS last_day, closed, actor, number
FROM phb.period WHERE book_id = $1 ORDER BY period
"""
SUBJECT_ROWS = "SELECT subject, number FROM phb.subject_version WHERE book_id = $1 ORDER BY subject"
PAYEE_ROWS = """
SELECT p.payee_ref, p.number, e.kind, split_part(e.body, '|', 16) AS subject
FROM phb.payee p LEFT JOIN phb.entry e ON e.book_id = p.book_id AND e.number = p.number
WHERE p.book_id = $1 AND p.number <= $2 ORDER BY p.payee_ref
"""
BOOK_ROW = "SELECT code, currency, nature, first_day::text AS first_day FROM phb.book WHERE book_id = $1"
HEAD_ROW = """
SELECT size, root, frontier, last_us, origin, next_account_id FROM phb.head WHERE book_id = $1
"""
MONTH_CURSOR = "SELECT through_entry FROM phb.cursor WHERE book_id = $1 AND name = 'month_total'"
MONTH_ROWS = """
SELECT account_id, to_char(effect_month, 'YYYY-MM') AS effect_month,
       to_char(recorded_month, 'YYYY-MM') AS recorded_month, debit, credit, postings
FROM phb.month_total WHERE book_id = $1
"""
BODIES_FROM = "SELECT body FROM phb.entry WHERE book_id = $1 AND number > $2 AND number <= $3 ORDER BY number"

# The row of each line is worked out here once more: a check that used the function which wrote it would agree with it.
REGISTER_DIFFERS = """
WITH due AS MATERIALIZED (
    SELECT e.number, f[5] AS kind, f[16] AS subject, coalesce(a.given ->> 'act', a.given ->> 'outcome') AS act,
           a.given ->> 'person' AS person_ref, e.effective_on AS day, a.given AS attributes
    FROM phb.entry e
    CROSS JOIN LATERAL string_to_array(e.body, '|') AS f
    CROSS JOIN LATERAL (SELECT coalesce(jsonb_object_agg(f[21 + 2 * i], f[22 + 2 * i]), '{}') AS given
                        FROM generate_series(0, f[20]::integer - 1) AS i) AS a
    WHERE e.book_id = $1 AND e.number BETWEEN $2 AND $3
      AND e.kind IN ('decision', 'fund', 'setting', 'line_activated', 'plan', 'plan_version', 'line', 'holder_account',
                     'schedule', 'run', 'bill', 'review', 'reconsideration', 'offer', 'payee', 'person', 'delegation',
                     'limit', 'bundle', 'evidence', 'notice')
), kept AS MATERIALIZED (
    SELECT number, kind, subject, act, person_ref, day, attributes FROM phb.register
    WHERE book_id = $1 AND number BETWEEN $2 AND $3
)
SELECT (SELECT count(*) FROM due) AS rows,
       (SELECT min(number) FROM ((TABLE due EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE due)) AS x) AS number
"""
REGISTER_OUTSIDE = """
SELECT min(number) FROM phb.register WHERE book_id = $1
  AND number > (SELECT size FROM phb.head WHERE book_id = $1)
"""
