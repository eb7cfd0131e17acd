"""The operators' commands: prove, export, erase, back up, bring back, recover, stop."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.cli.running import phb

HEADER = "ICB,Payment Date,Supplier,Amount\n"


def payments(tmp_path: Path, rows: int, name: str = "payments.csv") -> Path:
    """A published file with so many rows, each of another supplier."""
    path = tmp_path / name
    path.write_text(
        HEADER + "".join(f"X,2024-05-{1 + n % 28:02d},SUPPLIER {name} {n},{n + 1}.00\n" for n in range(rows))
    )
    return path


def test_a_book_is_proved_exported_and_checked_without_a_database(data: Path, tmp_path: Path) -> None:
    """Import, checkpoint, receipt, export, verify the export with the kept key; a changed line is named by number."""
    phb(data, "import", "payments", payments(tmp_path, 5), "--book", "PROOF", "--create-book")
    code, signed = phb(data, "checkpoint", "--book", "PROOF")
    assert code == 0
    code, receipt = phb(data, "receipt", 3, "--book", "PROOF")
    assert (code, receipt["number"], receipt["checkpoint"]) == (0, 3, signed["note"])
    out = tmp_path / "export"
    code, exported = phb(data, "export", "entries", "--book", "PROOF", "--out", out)
    assert (code, exported["entries"], exported["details"]) == (0, signed["size"], 5)
    assert phb(data, "export", "entries", "--book", "PROOF", "--out", out)[1]["code"] == "directory_not_empty"
    keys = data / "notes" / "verifiers.txt"
    code, verdict = phb(data, "verify", "--export", out, "--verifiers", keys)
    assert (code, verdict["ok"], verdict["entries"]) == (0, True, signed["size"])
    lines = (out / "entries.txt").read_text()
    (out / "entries.txt").write_text(lines.replace("|-300|", "|-301|", 1).replace("|-300\n", "|-301\n", 1))
    code, verdict = phb(data, "verify", "--export", out, "--verifiers", keys)
    number = 1 + next(i for i, line in enumerate(lines.splitlines()) if line.endswith("|-300"))
    assert (code, verdict["ok"], verdict["first_wrong"]) == (1, False, number)


def test_a_row_changed_as_superuser_is_named(data: Path, tmp_path: Path) -> None:
    """Whoever has the server can disable a trigger and edit; verify then names the entry, with exit code 1."""
    phb(data, "import", "payments", payments(tmp_path, 3), "--book", "EDITED", "--create-book")
    sql = (
        "ALTER TABLE phb.posting DISABLE TRIGGER never_changed; "
        "UPDATE phb.posting p SET amount = amount + 1, balance_after = balance_after + 1 FROM phb.book b "
        "WHERE b.book_id = p.book_id AND b.code = 'EDITED' AND p.number = (SELECT max(number) FROM phb.posting x "
        "WHERE x.book_id = p.book_id)"
    )
    script = (
        "import asyncio, asyncpg, pathlib, sys\n"
        "from api.embedded import start\n"
        "async def main():\n"
        "    c = await asyncpg.connect(start(pathlib.Path(sys.argv[1])).uri())\n"
        "    await c.execute(sys.argv[2])\n"
        '    print(await c.fetchval("SELECT max(size) FROM phb.head h JOIN phb.book b USING (book_id) '
        "WHERE b.code = 'EDITED'\"))\n"
        "    await c.close()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(data / "pg"), sql], capture_output=True, text=True, check=True
    )
    code, verdict = phb(data, "verify", "--book", "EDITED")
    assert (code, verdict["ok"], verdict["first_wrong"]) == (1, False, int(done.stdout))


def test_an_erasure_needs_two_people_and_leaves_the_book_provable(data: Path, tmp_path: Path) -> None:
    """The supplier's name goes, the entry that says so stays, verify passes, and a second erasure finds nothing."""
    phb(data, "import", "payments", payments(tmp_path, 2), "--book", "ERASE", "--create-book")
    arguments = ("erase", 3, "--book", "ERASE", "--ground", "uk-gdpr-17")
    assert phb(data, *arguments)[0] == 2
    nobody = (
        "erase",
        "--person",
        "P" + "B" * 15,
        "--book",
        "ERASE",
        "--ground",
        "uk-gdpr-17",
        "--second",
        "somebody-else",
    )
    assert phb(data, *nobody)[1]["code"] == "entries_malformed"
    assert phb(data, *arguments, "--second", "os:root", actor="os:root")[1]["code"] == "second_person_needed"
    code, done = phb(data, *arguments, "--second", "somebody-else")
    assert (code, done["ok"]) == (0, True)
    assert phb(data, "verify", "--book", "ERASE")[1]["checks"]["eraseds"] == 1
    assert phb(data, *arguments, "--second", "somebody-else")[1]["code"] == "nothing_to_erase"


def test_a_restored_backup_is_verified_read_only_and_recovered_by_two(data: Path, tmp_path: Path) -> None:
    """A backup is brought back; the payment made after it is lost; the book refuses to fork until two people recover it,
    and then the same file posts what was lost. Without the old keys nothing is imported at all."""
    early, late = payments(tmp_path, 4), payments(tmp_path, 1, "late.csv")
    phb(data, "import", "payments", early, "--book", "BACK", "--create-book")
    code, done = phb(data, "backup", "--out", tmp_path / "backup")
    assert code == 0
    phb(data, "import", "payments", late, "--book", "BACK")
    phb(data, "checkpoint", "--book", "BACK")
    again = tmp_path / "r"
    code, restored = phb(again, "restore", tmp_path / "backup", "--verify")
    # Another test has edited a book of this server, which the verification of the backup finds again.
    assert code == (0 if restored["ok"] else 1)
    assert restored["books"]["BACK"]["ok"] is True
    assert restored["books"]["BACK"]["entries"] == done["books"]["BACK"]
    assert phb(again, "import", "payments", late, "--book", "BACK")[1]["code"] == "key_missing"
    shutil.copytree(data / "keys", again / "keys", dirs_exist_ok=True)
    shutil.copytree(data / "notes", again / "notes", dirs_exist_ok=True)
    code, answer = phb(again, "import", "payments", late, "--book", "BACK")
    assert (code, answer["code"]) == (5, "fork_suspected")
    assert phb(again, "recover", "--book", "BACK", "--ground", "restored")[0] == 2
    assert phb(again, "checkpoint", "--book", "BACK")[1]["code"] == "fork_suspected"
    recover = ("recover", "--book", "BACK", "--ground", "restored", "--second", "somebody-else", "--key", "recover-1")
    code, recovered = phb(again, *recover)
    assert (code, recovered["ok"], recovered["key"]) == (0, True, "recover-1")
    newest = max((again / "notes" / "BACK").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert newest.read_text().splitlines()[1] == str(recovered["entry"])
    newest.rename(tmp_path / "lost")
    assert phb(again, "import", "payments", late, "--book", "BACK")[1]["code"] == "fork_suspected"
    # The same key again completes what a crash had left undone: the first note of the new origin.
    assert phb(again, *recover)[1] == recovered | {"replayed": True}
    assert newest.exists()
    code, report = phb(again, "import", "payments", late, "--book", "BACK")
    assert (code, report["posted"]) == (0, 1)
    code, report = phb(again, "import", "payments", early, "--book", "BACK")
    assert (code, report["replayed"]) == (0, 4)
    assert phb(again, "verify", "--book", "BACK")[1]["ok"] is True
    phb(again, "stop")


def test_a_live_book_is_not_kept_on_the_embedded_server(data: Path, tmp_path: Path) -> None:
    """`phb stop` without a server, an unknown book, an unknown entry: each has its code and sentence."""
    assert phb(tmp_path / "nothing", "stop")[1] == {"stopped": False}
    assert phb(data, "verify", "--book", "NOSUCH")[1]["code"] == "book_unknown"
    phb(data, "import", "payments", payments(tmp_path, 1), "--book", "SMALL", "--create-book")
    assert phb(data, "receipt", 999, "--book", "SMALL")[1]["code"] == "entry_unknown"
    assert phb(data, "period", "close", "2024-13", "--book", "SMALL")[1]["code"] == "period_malformed"


def test_roles_are_printed_for_managed_servers(data: Path) -> None:
    """`phb migrate --print-roles` prints SQL for the three logins and all roles, without a password in it."""
    code, answer = phb(data, "migrate", "--print-roles")
    assert code == 0
    for name in ("phb_serve", "phb_owner", "phb_erase", "phb_writer", "phb_holder_reader", "phb_access_writer"):
        assert name in answer["sql"]
    assert json.dumps(answer).lower().count("password '") == 0
