"""The log, the one write path, the roles: see migrations/sql/0001_*.sql."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_SQL = Path(__file__).resolve().parents[1] / "sql"


def upgrade() -> None:
    """Make everything from empty."""
    connection = op.get_bind().connection.dbapi_connection
    for part in ("roles", "tables", "append", "guards"):
        text = (_SQL / f"0001_{part}.sql").read_text(encoding="utf-8")
        connection.run_async(lambda raw, text=text: raw.execute(text))


def downgrade() -> None:
    """History is never edited, and so is not dropped by a migration."""
    raise NotImplementedError
