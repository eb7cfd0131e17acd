"""Copies a whole database server and brings a copy back, with PostgreSQL's own tools.

A copy never holds keys or notes: they live beside the database, so that who takes the one has not the other. What is brought
back begins a new timeline, and its books stay read-only until two people recover them (engine: restore check).
"""

import json
import shutil
import subprocess
import time
from pathlib import Path

from api.embedded import TOOLS, own_files

MANIFEST = "phb-backup.json"


class BackupRefused(RuntimeError):
    """The copy cannot be made or brought back there; the message says why."""

    code = "backup_refused"


def take_backup(url: str, out: Path, books: dict[str, int]) -> None:
    """A checked base backup with the log it needs. `books` are the sizes of the books before it began."""
    if out.exists() and any(out.iterdir()):
        raise BackupRefused(f"{out} is not empty.")
    out.mkdir(parents=True, exist_ok=True)
    copy = out / "database"
    _tool("pg_basebackup", "-d", url, "-D", str(copy), "-X", "stream", "-c", "fast")
    _tool("pg_verifybackup", str(copy))
    made = {"made_at_us": time.time_ns() // 1000, "books": books}
    (out / MANIFEST).write_text(json.dumps(made) + "\n", encoding="ascii")


def _tool(name: str, *arguments: str) -> None:
    # PostgreSQL's own tools, by full path.
    command = [str(TOOLS / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=7200)  # noqa: S603
    if done.returncode:
        raise BackupRefused(f"{name} says: {done.stderr.strip()[-400:]}")


def _sockets(database: Path) -> list[str]:
    return [path.name for path in database.glob(".s.PGSQL.*")]


def bring_back(backup: Path, database: Path) -> dict[str, int]:
    """Lay a backup down as the data of a server that does not exist yet; the sizes its books had at least.

    The server will replay the log of the copy and begin a new timeline."""
    manifest = backup / MANIFEST
    if not manifest.exists():
        raise BackupRefused(f"{backup} is not a backup made by this program.")
    if database.exists() and any(database.iterdir()):
        raise BackupRefused(f"{database} is not empty: bring a backup back into a new data directory.")
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(backup / "database", database, dirs_exist_ok=True, symlinks=True)
    database.chmod(0o700)
    # What belonged to the running server: its process, its socket, its handles, its log.
    for leftover in ("postmaster.pid", "postmaster.opts", ".handle_pids.json", "log", *_sockets(database)):
        (database / leftover).unlink(missing_ok=True)
    (database / "recovery.signal").touch()
    with (database / "postgresql.auto.conf").open("a", encoding="utf-8") as conf:
        conf.write("restore_command = 'false'\nrecovery_target_timeline = 'current'\n")
    own_files(database)
    books: dict[str, int] = json.loads(manifest.read_text(encoding="ascii"))["books"]
    return books
