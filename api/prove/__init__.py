"""Shows the promises of the ledger live, on a book made for that and thrown away: races, kills, edits, an old copy."""
