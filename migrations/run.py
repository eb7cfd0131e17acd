"""Brings a database to the newest version, as `phb migrate` and the tests do."""

from pathlib import Path

from alembic import command
from alembic.config import Config

HERE = Path(__file__).resolve().parent


def config_for(url: str) -> Config:
    """Alembic's settings for one database; the URL is that of the owner."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(url).replace("%", "%%"))
    return config


def sqlalchemy_url(url: str) -> str:
    """A libpq URL as SQLAlchemy's asyncpg dialect wants it."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1).replace("postgres://", "postgresql+asyncpg://", 1)


def upgrade(url: str) -> None:
    """Run all outstanding migrations."""
    command.upgrade(config_for(url), "head")


def check(url: str) -> None:
    """Raise when the tables declared in Python and those of the database differ."""
    command.check(config_for(url))
