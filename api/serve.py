"""Runs the service under granian. Each worker has its own pool and checkpointers; one of them writes each book."""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from api import logs
from api.app import create_app, described
from api.collecting import collect_less_often
from api.issuer import open_issuer
from api.keyfiles import load_keys
from api.port import check_free, when_ready
from api.settings import Settings, read_settings

GRACE_SECONDS = 15


def load(_: str = "") -> Any:
    """The application of one worker, after its environment."""
    logs.configure()
    collect_less_often()
    # Drawn before anybody asks: it takes seconds, in which a worker would answer nothing else.
    described()
    return create_app(read_settings(os.environ))


def serve(
    environment: Mapping[str, str] | None = None, ready: Callable[[Settings], None] = lambda settings: None
) -> None:
    """Serve until told to stop; `ready` is called once, when the service answers. Refuses to start when a setting or a key is
    missing, and names it, and when something listens on the port.

    Raises SettingMissing, SettingRefused, KeyMissing, PortTaken. Workers are processes of their own and read the same
    environment."""
    given = dict(os.environ if environment is None else environment)
    settings = read_settings(given)
    load_keys(settings.keys_dir)
    if settings.development_issuer:
        open_issuer(settings.keys_dir)
    check_free(settings.host, settings.port)
    # Where the workers of this service meet (ledger.book.relay); a single one has nobody to meet.
    run_dir = tempfile.mkdtemp(prefix="phb-") if settings.workers > 1 else None
    os.environ.update(given | {"PHB_RUN_DIR": run_dir or ""})
    logs.configure()
    when_ready(settings.host, settings.port, lambda: ready(settings))
    try:
        Granian(
            "api.serve", address=settings.host, port=settings.port, interface=Interfaces.ASGI, workers=settings.workers,
            loop=Loops.uvloop, log_access=False, log_level=LogLevels.warning, workers_kill_timeout=GRACE_SECONDS,
            respawn_failed_workers=True, websockets=False,
        ).serve(target_loader=load, wrap_loader=False)  # fmt: skip
    finally:
        if run_dir is not None:
            shutil.rmtree(run_dir, ignore_errors=True)


if __name__ == "__main__":
    serve()
