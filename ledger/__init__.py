"""Where money is and how it moved: an append-only double-entry ledger that can prove itself.

This room knows no HTTP and no policy language, so that what it guarantees does not depend on who is asking.
"""
