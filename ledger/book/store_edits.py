"""What somebody with the server's own superuser could do to a book: only `phb prove` runs this, on a book of its own that it
throws away, to show that verification names it. No role of the service has these rights."""

GUARD_OFF = {
    "posting": "ALTER TABLE phb.posting DISABLE TRIGGER never_changed",
    "request_key": "ALTER TABLE phb.request_key DISABLE TRIGGER never_changed",
    "register": "ALTER TABLE phb.register DISABLE TRIGGER never_changed",
}
GUARD_ON = {
    "posting": "ALTER TABLE phb.posting ENABLE ALWAYS TRIGGER never_changed",
    "request_key": "ALTER TABLE phb.request_key ENABLE ALWAYS TRIGGER never_changed",
    "register": "ALTER TABLE phb.register ENABLE ALWAYS TRIGGER never_changed",
}

POSTING_EDITED = """
UPDATE phb.posting SET amount = amount + $3, balance_after = balance_after + $3
WHERE book_id = $1 AND number = $2
  AND account_id = (SELECT min(p.account_id) FROM phb.posting p WHERE p.book_id = $1 AND p.number = $2)
"""
"""One posting of entry $2 says $3 pence more; with a negative $3 it is put back."""

KEY_FREED = """
DELETE FROM phb.request_key WHERE book_id = $1 AND number = $2 RETURNING key, number, entries, tree_size, prints
"""
KEY_PUT_BACK = """
INSERT INTO phb.request_key (book_id, key, number, entries, tree_size, prints) VALUES ($1, $2, $3, $4, $5, $6)
"""

DECISION_EDITED = """
UPDATE phb.register SET attributes = attributes || jsonb_build_object('outcome', $3::text)
WHERE book_id = $1 AND number = $2
"""
"""Decision $2 says the outcome $3."""
