"""Two runs of the tests on one machine leave each other alone."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from api.embedded import Embedded

ROOT = Path(__file__).parent.parent
ASKS = ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_DEBUG_TEMPROOT", "PYTEST_ADDOPTS")


def test_a_run_that_starts_beside_another_takes_no_rights_from_its_server(server: Embedded) -> None:
    """The folders above this run's data keep their modes, and the other run has a place of its own."""
    above = [folder for folder in server.directory.parents if folder.stat().st_uid == os.getuid()]
    before = {folder: stat.S_IMODE(folder.stat().st_mode) for folder in above}
    environment = {name: value for name, value in os.environ.items() if name not in ASKS}
    inside = "tests/test_runs_beside.py::test_a_folder_of_a_test_is_in_this_run_s_own_place"
    other = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:xdist", "-p", "no:cacheprovider", inside],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    places = [line.removeprefix("place: ") for line in other.stdout.splitlines() if line.startswith("place: ")]
    assert len(places) == 1
    assert Path(places[0]) not in server.directory.parents
    assert {folder: stat.S_IMODE(folder.stat().st_mode) for folder in above} == before


def test_a_folder_of_a_test_is_in_this_run_s_own_place(tmp_path: Path) -> None:
    """What pytest hands to a test lies under the place that the run was given."""
    place = Path(os.environ["PYTEST_DEBUG_TEMPROOT"])
    print(f"place: {place}")
    assert place in tmp_path.parents
