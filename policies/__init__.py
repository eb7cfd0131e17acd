"""Whether money may move, why, and who must look.

The ledger says what is possible and this room says what is allowed, so that a rule can change without
touching the record: `Bundle.load()` reads the rules, `Engine(bundle).decide(sheet)` asks them.
"""
