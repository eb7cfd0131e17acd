"""Bank statements and files of payments at a terminal: once, whole, and by name; a file cut off half-way is not there."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from api.demo.run import load_demo
from api.place import find_place, open_place
from api.whole_file import write_whole
from ledger.core.calendar import london_day, month_of, months_before
from tests import kit
from tests.cli.running import phb

FILES = Path(__file__).parent.parent / "statements"
GUIDE = Path(__file__).parent.parent.parent / "docs" / "feeds.md"


async def _owner(data: Path) -> str:
    await load_demo(data, people=6)
    return (await open_place(find_place(data))).owner


@pytest.fixture(scope="module")
def demo(data: Path) -> str:
    """The book DEMO with a few people; its superuser."""
    import asyncio

    return asyncio.run(_owner(data))


async def _account(dsn: str) -> str:
    return (
        await kit.rows(
            dsn, "SELECT split_part(code, '/', 3) AS name FROM phb.account WHERE class = 'advance' ORDER BY code"
        )
    )[0]["name"]


async def test_a_statement_is_tried_taken_and_taken_once(demo: str, data: Path) -> None:
    """Tried it leaves nothing; taken it is there; again it says that nothing is new; broken it says where."""
    account = await _account(demo)
    command = ["import", "statement", FILES / "household.csv", "--account", account, "--format", "csv", "--mapping",
               FILES / "household.json", "--book", "DEMO"]  # fmt: skip
    size = await kit.rows(demo, "SELECT size FROM phb.head ORDER BY book_id")
    code, tried = phb(data, *command, "--dry-run")
    assert (code, tried["new"], tried["statement"], tried["dry_run"]) == (0, 4, 0, True)
    assert await kit.rows(demo, "SELECT size FROM phb.head ORDER BY book_id") == size
    code, taken = phb(data, *command)
    assert (code, taken["lines"], taken["new"], taken["closing"]) == (0, 4, 4, "1714.35")
    code, again = phb(data, *command)
    assert (code, again["new"], again["known"], again["posted_new"], again["statement"]) == (
        0,
        0,
        4,
        False,
        taken["statement"],
    )
    broken = data / "broken.sta"
    broken.write_bytes((FILES / "household.sta").read_bytes().replace(b"D15,00", b"X15,00"))
    code, no = phb(data, "import", "statement", broken, "--account", account, "--format", "mt940", "--provider", "hillbank",
                   "--book", "DEMO")  # fmt: skip
    assert (code, no["code"]) == (2, "statement_unreadable")
    assert "line 8" in no["detail"]
    code, no = phb(data, "import", "statement", FILES / "household.csv", "--account", "NOBODY", "--format", "csv", "--mapping",
                   FILES / "household.json", "--book", "DEMO")  # fmt: skip
    assert (code, no["code"]) == (2, "holder_account_unknown")


async def test_a_file_of_payments_is_made_once_and_can_be_made_again(demo: str, data: Path) -> None:
    """Every payment that was released, with control totals; another file has the later ones only; a payee whose account nobody
    gave is named; and the first can be written again, byte for byte."""
    payees = await kit.rows(
        demo,
        "SELECT DISTINCT split_part(code, '/', CASE class WHEN 'advance' THEN 3 ELSE 2 END) AS name FROM phb.account "
        "WHERE class IN ('payable', 'advance', 'tp_advance')",
    )
    places = data / "destinations.csv"
    rows = [f"{each['name']},Payee {place},20-00-{place % 100:02d},{place:08d}" for place, each in enumerate(payees)]
    places.write_text("\n".join(["payee,name,sort_code,account_number", *rows]))
    short = data / "short.csv"
    short.write_text("payee,name,sort_code,account_number\n")
    command = ["payments", "file", "--book", "DEMO", "--bank", "main", "--destinations"]
    code, no = phb(data, *command, short, "--out", data / "run-1.csv")
    assert (code, no["code"]) == (2, "payments_unpayable")
    assert not (data / "run-1.csv").exists()
    code, made = phb(data, *command, places, "--out", data / "run-1.csv")
    assert code == 0, made
    content = (data / "run-1.csv").read_bytes()
    lines = content.decode().split("\r\n")
    assert (len(lines) - 3, lines[-2].split(",")[:2]) == (made["payments"], ["TOTAL", str(made["payments"])])
    code, no = phb(data, *command, places, "--out", data / "run-1.csv")
    assert (code, no["code"]) == (2, "payments_unpayable")
    code, no = phb(data, *command, places, "--out", data / "run-2.csv")
    assert (code, no["code"], "nothing_to_pay" in no["detail"]) == (2, "payments_unpayable", True)
    code, again = phb(data, *command, places, "--out", data / "copy.csv", "--again", "run-1")
    assert (code, again["sha256"], (data / "copy.csv").read_bytes()) == (0, made["sha256"], content)


def test_a_file_that_is_cut_off_is_not_there(tmp_path: Path) -> None:
    """Killed with half of it written, there is no file of that name; whole it is there, and is not replaced."""
    path = tmp_path / "run.csv"
    half = (
        "import sys, time, pathlib; from api.whole_file import write_whole\n"
        "def pieces():\n"
        "    yield b'a' * 100_000\n"
        "    print('half', flush=True); time.sleep(60)\n"
        f"write_whole(pathlib.Path({str(path)!r}), pieces())"
    )
    writer = subprocess.Popen([sys.executable, "-c", half], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"half\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert not path.exists()
    write_whole(path, [b"whole"])
    with pytest.raises(FileExistsError):
        write_whole(path, [b"other"])
    assert path.read_bytes() == b"whole"
    assert [each.name for each in tmp_path.iterdir() if not each.name.endswith(".part")] == ["run.csv"]


def test_the_mapping_of_the_guide_reads_the_file_of_the_guide(tmp_path: Path) -> None:
    """The example of docs/feeds.md is read as it says."""
    from ledger.budgets.bank_csv import mapping_of, read_csv

    text = GUIDE.read_text()
    mapping, content = text.split("```json\n")[1].split("```")[0], text.split("```csv\n")[1].split("```")[0]
    assert json.loads(mapping)
    found = read_csv(content.encode(), mapping_of(mapping.encode()), currency="GBP")
    assert (len(found.lines), found.opening, found.closing) == (3, 150_25, 1_722_75)


async def test_a_line_of_our_bank_that_nothing_explains_blocks_the_close(demo: str, data: Path) -> None:
    """A statement of our own bank at a terminal: its open line is a matter of finance's that blocks, and the check ends with 1."""
    day = months_before(london_day(kit.clock_us()), 1).replace(day=2)
    file = data / "own.csv"
    head = (FILES / "household.csv").read_text().splitlines()[0]
    file.write_text(f"{head}\n{day:%d/%m/%Y},BGC,UNKNOWN,,25.00,25.00,OWN-1\n")
    check = ("close", month_of(day), "--check", "--book", "DEMO")
    code, before = phb(data, *check)
    matters = {each["name"]: each for each in before["matters"]}
    assert (code, matters["own_bank_unmatched"]["count"]) == (int(before["blocked"]), 0)
    code, taken = phb(data, "import", "statement", file, "--bank", "main", "--format", "csv", "--mapping",
                      FILES / "household.json", "--book", "DEMO")  # fmt: skip
    assert (code, taken["new"], taken["closing"]) == (0, 1, "25.00")
    code, after = phb(data, *check)
    [named] = [each for each in after["matters"] if each["name"] == "own_bank_unmatched"]
    assert (code, after["blocked"]) == (1, True)
    assert (named["count"], named["amount"], named["owner"], named["blocks"]) == (1, "25.00", "finance", True)
