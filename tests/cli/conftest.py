"""A data directory for the command line, with its server up."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded import stop


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
