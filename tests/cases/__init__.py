"""The decision cases: each under its number, asked of the public gate."""
