"""The ledger's rules as pure values and functions.

Nothing here does input or output, reads a clock or makes an identifier, so that the same requests on the same
state always give the same entries, and a test can ask about a whole year without a database.
"""
