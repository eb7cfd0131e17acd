"""A data directory for the command line, with its server up."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from api.app import create_app
from api.embedded import stop
from api.in_process import settings_here
from api.issuer import open_issuer
from api.place import find_place, open_place
from tests.api.asking import Client
from tests.api.lives import Lives
from tests.api.test_changes import flexible
from tests.cli.running import phb

Answer = TypeVar("Answer")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory; its server stays up between commands, as it would under `phb serve`."""
    directory = tmp_path_factory.mktemp("d")
    keeper = subprocess.Popen(
        [sys.executable, "-c", "import sys,pathlib; from api.embedded import start; "
         f"start(pathlib.Path({str(directory / 'pg')!r})); print('up', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert keeper.stdout is not None
    keeper.stdout.readline()
    yield directory
    keeper.communicate(b"", timeout=60)
    stop(directory / "pg", "immediate")


@pytest.fixture(scope="module")
def lived(data: Path) -> Path:
    """A data directory with the lives of Dora and Ned in the book TEST, and a line M of Ned's in one group with N."""
    live(data, "TEST")
    return data


def live(data: Path, code: str) -> None:
    """Opens a book with these lives."""
    opened = ("book", "open", code, "--nature", "synthetic", "--first-month", "2025-04")
    assert phb(data, *opened)[0] == 0

    async def begin(lives: Lives) -> None:
        await lives.begin()
        await flexible(lives)

    during(data, begin, code)


def during(data: Path, work: Callable[[Lives], Awaitable[Answer]], code: str = "TEST") -> Answer:
    """What happens in a book before a command is run, through the service in this process: its answer."""
    return asyncio.run(_during(data, work, code))


async def _during(data: Path, work: Callable[[Lives], Awaitable[Answer]], code: str) -> Answer:
    place = await open_place(find_place(data))
    app = create_app(settings_here(place, {}))
    await app.desk.books.start()
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as inner:
            return await work(Lives(app, Client(inner, open_issuer(place.keys_dir)), code))
    finally:
        await app.desk.books.stop()
