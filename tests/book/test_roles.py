"""What each role may change, as the catalogue says it: the list of the design and not a right more."""

import asyncpg
import pytest

from api.embedded import Embedded

ROLES = ("writer", "projector", "operator", "registrar", "reader", "holder_reader", "eraser", "access_writer")
WRITES = {
    ("writer", "payee", "INSERT"), ("projector", "month_total", "INSERT"), ("projector", "month_total", "UPDATE"),
    ("projector", "cursor", "INSERT"), ("projector", "cursor", "UPDATE"), ("eraser", "detail", "DELETE"),
    ("registrar", "identity", "INSERT"), ("registrar", "identity", "UPDATE"), ("eraser", "identity", "DELETE"),
    ("eraser", "payee", "UPDATE"), ("access_writer", "access", "INSERT"),
}  # fmt: skip
"""Whatever else is written is written inside append_batch. A right here is one that a stolen login has."""
ANYBODY = {"current_book", "current_person"}
SEEING = {"clock_us", "server_identity", "size_at"}
APPENDING = {"append_batch", "lock_head"}
RUNS = {
    "writer": ANYBODY | SEEING | APPENDING | {"create_book"},
    # An erasure is an entry, and it is written with the rights of the one who then deletes.
    "eraser": ANYBODY | SEEING | APPENDING,
    "reader": ANYBODY | SEEING, "projector": ANYBODY | SEEING, "operator": ANYBODY | SEEING,
}  # fmt: skip
CHANGES = """
SELECT r.role, c.relname AS table, v.verb
FROM unnest($1::text[]) AS r(role), pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
     unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN']) AS v(verb)
WHERE n.nspname = 'phb' AND c.relkind IN ('r', 'p', 'v', 'm')
  AND (has_table_privilege('phb_' || r.role, c.oid, v.verb)
       OR v.verb IN ('INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege('phb_' || r.role, c.oid, v.verb))
"""
FUNCTIONS = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'phb' AND has_function_privilege('phb_' || $1, p.oid, 'EXECUTE')
"""
POWERS = """
SELECT rolname FROM pg_roles
WHERE rolname LIKE 'phb\\_%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
"""
BARE = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'phb' AND c.relkind = 'r' AND NOT c.relrowsecurity
"""
LOOSE = """
SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'phb' AND p.prosecdef AND NOT coalesce(p.proconfig::text LIKE '%search_path%', false)
"""


async def rows(dsn: str, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Rows of the catalogue."""
    connection = await asyncpg.connect(dsn)
    found = [tuple(row) for row in await connection.fetch(sql, *values)]
    await connection.close()
    return found


async def test_a_role_may_change_what_the_design_lists_and_nothing_else(dsn: str) -> None:
    """Every table, every role, every way to change it, by the table and by single columns."""
    assert set(await rows(dsn, CHANGES, list(ROLES))) == WRITES


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_runs_the_functions_it_needs(dsn: str, role: str) -> None:
    """Only writer and eraser may append, only the writer opens a book; nobody calls what append_batch is made of."""
    assert {name for (name,) in await rows(dsn, FUNCTIONS, role)} == RUNS.get(role, ANYBODY)


async def test_no_role_of_ours_has_a_power_of_the_server(dsn: str, server: Embedded) -> None:
    """No superuser, no way around row-level security, no making of roles or databases, no replication."""
    assert await rows(dsn, POWERS) == []


async def test_every_table_of_a_book_has_row_level_security(dsn: str) -> None:
    """All but the list of books and the version of the tables, which hold nothing of a book."""
    assert {name for (name,) in await rows(dsn, BARE)} == {"book", "schema_version"}


async def test_every_function_with_the_owners_rights_pins_where_names_are_looked_up(dsn: str) -> None:
    """Otherwise a table of the caller's own making could stand in for ours."""
    assert await rows(dsn, LOOSE) == []
