"""The log, the one write path, the roles: see migrations/sql/0001_*.sql."""

from pathlib import Path

from alembic import op

from migrations.kept import HistoryIsKept

revision = "0001"
down_revision = None

_SQL = Path(__file__).resolve().parents[1] / "sql"


def upgrade() -> None:
    """Make everything from empty, or nothing."""
    bind = op.get_bind()
    # The adapter begins its transaction at its first statement, and would not notice those that are run past
    # it.
    bind.exec_driver_sql("SELECT 1")
    connection = bind.connection.dbapi_connection
    for part in ("roles", "tables", "register", "append", "guards"):
        text = (_SQL / f"0001_{part}.sql").read_text(encoding="utf-8")
        connection.run_async(lambda raw, text=text: raw.execute(text))


def downgrade() -> None:
    """History is never edited, and so is not dropped by a migration."""
    raise HistoryIsKept
