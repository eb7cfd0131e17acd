"""Measures the ledger beside a plain PostgreSQL on the same machine in the same run, and checks the
books afterwards."""
