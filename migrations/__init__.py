"""The database's side of the ledger: tables, the append function, roles and triggers, as reviewed SQL."""
