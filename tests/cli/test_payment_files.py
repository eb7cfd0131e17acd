"""A file of payments whose run is killed: it is whole or absent, made again byte for byte by its name, and pays nobody twice."""

import csv
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.lives import DAY, Lives
from tests.cli.conftest import during
from tests.cli.running import phb

COMMAND = """
import os, resource, signal, sys
from api.cli import main

def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

def cut() -> None:
    # The system ends whoever writes more than this into one file: in the middle of the file.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

MOMENTS = {"recorded": ("tempfile.mkstemp", kill), "half": ("tempfile.mkstemp", cut), "unnamed": ("os.link", kill),
           "named": ("os.remove", kill)}
event, act = MOMENTS[sys.argv.pop(1)]

def hook(name, given):
    if name == event and str(given[0]).endswith(".part"):
        act()

sys.addaudithook(hook)
main()
"""
"""The command, killed: once the ledger has the record, with half of the file written, with all of it unnamed, or just named."""


def paid(place: Path, reference: str, *amounts: str) -> list[int]:
    """Payments released to A1; the entries that post them."""

    async def work(lives: Lives) -> list[int]:
        made = []
        for number, amount in enumerate(amounts):
            entered = await lives.invoice(f"{reference}-{number}", amount)
            accepted = (await lives.accept(entered))["entries"][0]["number"]
            run = {"payee": "A1", "bank": "main", "invoices": [accepted], "effective_on": DAY}
            entries = (await lives.done("/payments", run, "finance:pat"))["entries"]
            made.append(next(each["number"] for each in entries if each["kind"] == "transaction"))
        return made

    return during(place, work)


@pytest.fixture(scope="module")
def payees(lived: Path) -> Path:
    """Where A1 is paid."""
    file = lived / "payees.csv"
    file.write_text("payee,name,sort_code,account_number\nA1,Rowan Care,20-00-01,12345678\n")
    return file


def command(place: Path, payees: Path, name: str, *more: object) -> list[str]:
    """The arguments that make a file."""
    given = (
        "payments",
        "file",
        "--book",
        "TEST",
        "--bank",
        "main",
        "--destinations",
        payees,
        "--out",
        place / name,
        *more,
    )
    return [*map(str, given)]


def rows_of(content: bytes) -> list[tuple[int, str]]:
    """The payments of a file of ours: entry and amount."""
    found = list(csv.reader(io.StringIO(content.decode())))
    return [(int(row[0]), row[-1]) for row in found[1:-1]]


@pytest.mark.parametrize("moment", ["recorded", "half", "unnamed", "named"])
def test_a_file_whose_run_is_killed_is_whole_or_absent_and_pays_nobody_twice(
    lived: Path, payees: Path, moment: str
) -> None:  # fmt: skip
    """Killed before it has its name there is none of that name, and its payments are in no other file; by its name it is made again
    as the ledger has it; and the next file pays what was released since, and nothing else."""
    mine = paid(lived, f"K-{moment}", "10.00", "20.01", "3.99")
    out = lived / f"{moment}.csv"
    given = command(lived, payees, out.name, "--data", lived)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PHB_", "DATABASE_URL"))}
    killed = subprocess.run([sys.executable, "-c", COMMAND, moment, *given], capture_output=True, env=environment)
    assert killed.returncode == -(signal.SIGXFSZ if moment == "half" else signal.SIGKILL), killed.stderr
    assert out.exists() == (moment == "named")
    half = [each.stat().st_size for each in lived.glob(f".{out.name}.*.part")]
    assert half == ([] if moment == "recorded" else [100] if moment == "half" else half)

    # As it was asked for first it is known, and written only when it is asked for by its name: whoever has it already is told.
    code, no = phb(lived, *command(lived, payees, out.name))
    assert (code, no["code"], moment in no["detail"], "file_known" in no["detail"]) == (
        2,
        "payments_unpayable",
        True,
        True,
    )
    code, no = phb(lived, *command(lived, payees, f"{moment}-2.csv"))
    assert (code, no["code"], "nothing_to_pay" in no["detail"]) == (2, "payments_unpayable", True)
    again = lived / (f"{moment}-again.csv" if moment == "named" else out.name)
    code, made = phb(lived, *command(lived, payees, again.name, "--again", moment))
    assert (code, made["payments"], made["amount"]) == (0, 3, "3400")
    assert rows_of(again.read_bytes()) == list(zip(mine, ("10.00", "20.01", "3.99"), strict=True))
    assert out.read_bytes() == again.read_bytes()
    assert phb(lived, *command(lived, payees, again.name, "--again", moment))[1]["code"] == "file_exists"

    later = paid(lived, f"L-{moment}", "7.00")
    code, made = phb(lived, *command(lived, payees, f"{moment}-3.csv"))
    assert (code, rows_of((lived / f"{moment}-3.csv").read_bytes())) == (0, [(later[0], "7.00")])


def test_a_file_for_bacs_is_written_as_the_standard_has_it(lived: Path, payees: Path) -> None:
    """Each credit with its code, account and pence, the contra of them all, and their totals; and it needs an originator."""
    mine = paid(lived, "B", "12.34", "0.66")
    bacs: tuple[Any, ...] = ("--format", "bacs18")
    assert subprocess.run([sys.executable, "-m", "api.cli", *command(lived, payees, "bacs.txt", *bacs)],
                          capture_output=True).returncode == 2  # fmt: skip
    originator = ("--originator", "600000,12345678,123456,NORTHSHIRE ICB")
    code, made = phb(lived, *command(lived, payees, "bacs.txt", *bacs, *originator))
    assert (code, made["payments"], made["amount"]) == (0, 2, "1300")
    lines = (lived / "bacs.txt").read_bytes().decode("ascii").split("\r\n")
    assert [line[:4] for line in lines if len(line) == 80] == ["VOL1", "HDR1", "HDR2", "UHL1", "EOF1", "EOF2", "UTL1"]
    records = [
        (line[:14], line[15:17], line[17:31], int(line[35:46]), *(line[at : at + 18].strip() for at in (46, 64, 82)))
        for line in lines
        if len(line) == 100
    ]
    ours, theirs = "60000012345678", "20000112345678"
    assert records == [
        (theirs, "99", ours, 12_34, "NORTHSHIRE ICB", str(mine[0]), "ROWAN CARE"),
        (theirs, "99", ours, 66, "NORTHSHIRE ICB", str(mine[1]), "ROWAN CARE"),
        (ours, "17", ours, 13_00, "NORTHSHIRE ICB", "CONTRA", "NORTHSHIRE ICB"),
    ]  # fmt: skip
    assert lines[-2].rstrip() == "UTL1" + "0000000001300" * 2 + "0000001" + "0000002"
    code, no = phb(lived, *command(lived, payees, "bacs-copy.txt", *bacs, "--originator", "600000,12345678,123456,OTHER", "--again",
                                   "bacs"))  # fmt: skip
    assert (code, no["code"], "file_differs" in no["detail"]) == (2, "payments_unpayable", True)
    assert not (lived / "bacs-copy.txt").exists()
