"""One book in PostgreSQL: the only door through which money moves.

All SQL of the ledger lives in this room, because a second way in would be a second set of promises to keep.
"""
