"""The rules and the engine that asks them, with no database."""
