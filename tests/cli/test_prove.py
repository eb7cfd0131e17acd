"""`phb prove`: the promises are shown on a book of their own, in few words and small numbers here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def prove(scratch: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does who has other books too, with its temporary files where we can look."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PHB_", "DATABASE_URL"))}
    environment |= {"TMPDIR": str(scratch), "DATABASE_URL": "postgresql://nobody@nowhere.invalid/live"}
    command = [sys.executable, "-m", "api.cli", "prove", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=550, cwd=scratch)


@pytest.fixture
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path, because the server's socket lies below it; open to the user that the server runs as."""
    directory = tmp_path_factory.mktemp("p")
    directory.chmod(0o755)
    return directory


def test_every_promise_is_shown_and_nothing_stays_behind(scratch: Path) -> None:
    """Races, a kill, a stop of the server, edits and an old copy: all kept, each with its numbers; no directory, no server and
    no `.phb` is left, and a database that the environment names is not asked anything."""
    done = prove(scratch, "--quick", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(done.stdout)
    assert facts["ok"] is True
    assert [(each["kept"], len(each["steps"])) for each in facts["promises"]] == [
        (True, 1), (True, 4), (True, 4), (True, 5), (True, 3),
    ]  # fmt: skip
    races, kills, stops, edits, fork = (each["counts"] for each in facts["promises"])
    assert races == {"races": 2, "wrong": 0}
    for load in (kills, stops):
        assert load["sent"] >= load["answered"] >= 20
        assert (load["lost"], load["doubled_pence"]) == (0, 0)
    assert edits["edits"] == 3
    assert fork["entries_in_copy"] < fork["entries_signed"]
    assert not [path.name for path in scratch.iterdir() if path.name.startswith(("phb-prove-", ".phb"))]


def test_a_broken_promise_is_said_to_be_broken() -> None:
    """One step that found something else than was promised breaks its promise and the whole run; no step shows nothing."""
    from api.prove.shown import Proof, Shown

    shown = Shown("Nothing is lost.")
    assert not shown.kept
    shown.step("It was tried.", "it held.", kept=True)
    assert Proof(1, [shown]).kept
    shown.step("It was tried again.", "something was lost.", kept=False)
    facts = Proof(1, [shown, Shown("Nothing is doubled.")]).facts()
    assert (facts["ok"], shown.kept) == (False, False)
