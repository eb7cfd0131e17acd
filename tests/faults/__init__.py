"""Kills of process, session, answer and server, and what must be left standing after each."""
