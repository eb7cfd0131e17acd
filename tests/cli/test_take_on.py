"""docs/take-on.md is run: its commands, as they stand there, on its example; and the same example as a workbook."""

import csv
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from ledger.budgets.caseload import caseload_of
from ledger.budgets.caseload_tables import SHEETS, NotACaseload, read_caseload
from tests.cli.running import phb, token

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "take-on.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "take-on-example"
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
AS = re.compile(r"^PHB_TOKEN=\$\(phb token --role finance --sub ([\w.]+)\) (.*)$")


def done(data: Path, command: str) -> dict[str, Any]:
    """One command of the page, which has to end well; its answer."""
    who = AS.match(command)
    _, *words = shlex.split(who[2] if who else command)
    words = [str(ROOT / word) if word.startswith("docs/") else word for word in words]
    code, answer = phb(data, *words, actor=who[1] if who else None)
    assert code == 0, (command, answer)
    return answer


def test_the_page_is_run(data: Path) -> None:
    """Rehearsed, imported, sent again, verified, agreed, signed and countersigned; figures say where they are written."""
    answers = [done(data, command) for command in COMMANDS]
    rehearsed, imported, again = answers[1:4]
    assert (rehearsed["troubles"], rehearsed["differences"], rehearsed["rehearsed"], rehearsed["posted"]) == (
        [],
        [],
        True,
        0,
    )
    assert (imported["posted"], imported["there"], imported["totals"]) == (3, 0, rehearsed["totals"])
    assert (again["posted"], again["there"], again["entry"]) == (0, 3, imported["entry"])
    assert answers[4]["ok"] is True
    assert answers[5]["provisional"] is True
    assert answers[-1]["says"] in PAGE
    assert [each["act"] for each in answers[-1]["take_ons"][0]["entries"]] == [
        "rehearsed", "posted", "agreed", "signed", "countersigned",
    ]  # fmt: skip
    code, found = phb(data, "lineage", imported["people"][2]["ref"], "--book", "BROOK")
    assert code == 0
    assert [(each["what"], each["sheet"], each["row"]) for each in found["origins"]] == [
        ("opening", "openings", 4), ("opening", "openings", 5), ("order", "orders", 2), ("invoice", "invoices", 2),
    ]  # fmt: skip
    assert found["provisional"] is False
    _, first = phb(data, "lineage", imported["people"][0]["ref"], "--book", "BROOK")
    last = first["origins"][-1]
    assert (last["what"], last["line"], last["sheet"], last["amounts"]) == (
        "bank_line", None, "bank_lines", {"unidentified": "64.20"},
    )  # fmt: skip
    code, identities = phb(data, "identities", "--book", "BROOK")
    assert code == 0, identities
    shown = subprocess.run(
        [sys.executable, "-m", "api.cli", "import", "caseload", str(EXAMPLE), "--book", "BROOK", "--rehearse", "--data", str(data)],
        capture_output=True, text=True, check=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PHB_")},
    ).stdout  # fmt: skip
    assert "troubles: none" in shown
    assert "Fictional" not in shown
    for words in (("close", "2025-10", "--check"), ("autonomy",)):
        told = subprocess.run(
            [sys.executable, "-m", "api.cli", *words, "--book", "BROOK", "--data", str(data)], capture_output=True, text=True,
            check=False, env={name: value for name, value in os.environ.items() if not name.startswith("PHB_")},
        ).stdout  # fmt: skip
        assert answers[-1]["says"] in " ".join(told.split()), told


def test_differences_stop_an_import_until_they_are_accepted(data: Path, tmp_path: Path) -> None:
    """And what is wrong with a file is told with code 1; a token without the right does nothing."""
    for file in EXAMPLE.glob("*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "control.csv").write_text("measure,expected\nspent,7650.01\n")
    assert phb(data, "book", "open", "DIFF", "--nature", "synthetic", "--first-month", "2025-04")[0] == 0
    code, found = phb(data, "import", "caseload", tmp_path, "--book", "DIFF")
    assert (code, found["posted"]) == (1, 0)
    assert found["differences"] == [
        {"measure": "spent", "fund": None, "expected": "7650.01", "found": "7650.00", "difference": "-0.01"}
    ]
    code, found = phb(data, "import", "caseload", tmp_path, "--book", "DIFF", "--with-differences")
    assert (code, found["posted"]) == (0, 3)
    agreeing = ("take-on", "agree", "T-2025-WAVE-1", "--book", "DIFF", "--party", "brookfield")
    code, no = phb(data, *agreeing, actor="olivia")
    assert (code, no["code"]) == (2, "differences_not_named")
    code, yes = phb(data, *agreeing, "--difference", "spent:all:-1", actor="olivia")
    assert (code, yes["ok"]) == (0, True)
    (tmp_path / "people.csv").write_text("person\nBR-001\n")
    code, wrong = phb(data, "import", "caseload", tmp_path, "--book", "DIFF")
    assert (code, wrong["ok"]) == (1, False)
    told = [(each["sheet"], each["line"], each["column"], each["code"]) for each in wrong["troubles"]]
    assert told == [("people", 1, "name", "column_missing")]
    assert token(data, "x")


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """A workbook as small as one can be: text and numbers in cells, as a spreadsheet program writes them."""
    names = list(sheets)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    places = list(enumerate(names, 1))
    with zipfile.ZipFile(path, "w") as file:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for n, _ in places
        )
        file.writestr(
            "[Content_Types].xml",
            f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            f"{overrides}</Types>",
        )
        file.writestr(
            "_rels/.rels",
            f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in places)
        file.writestr(
            "xl/workbook.xml", f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in places
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{head}<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        )
        for n, name in places:
            rows = "".join(
                f'<row r="{r}">' + "".join(_cell(r, c, cell) for c, cell in enumerate(row)) + "</row>"
                for r, row in enumerate(sheets[name], 1)
            )
            file.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'{head}<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
            )
    return path


def _cell(row: int, column: int, value: Any) -> str:
    place = f"{chr(65 + column)}{row}"
    if isinstance(value, float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""


def _example(numbers: tuple[str, ...]) -> dict[str, list[list[Any]]]:
    found: dict[str, list[list[Any]]] = {}
    for sheet in SHEETS:
        with (EXAMPLE / f"{sheet}.csv").open(newline="") as file:
            head, *rows = list(csv.reader(file))
        found[sheet] = [
            head,
            *(
                [float(cell) if name in numbers and cell else cell for name, cell in zip(head, row, strict=True)]
                for row in rows
            ),
        ]
    return found


def test_a_workbook_says_what_the_files_say(tmp_path: Path) -> None:
    """Row for row, with amounts and NHS numbers as the binary numbers that a spreadsheet keeps; its hash is the workbook's."""
    amounts = ("amount", "allocated", "spent", "advanced", "held", "available", "granted", "nhs_number", "recovering")
    file = workbook(tmp_path / "caseload.xlsx", _example(amounts))
    of_book, wrong = caseload_of(read_caseload([file]))
    of_files, _ = caseload_of(read_caseload([EXAMPLE]))
    assert wrong == []
    for sheet in SHEETS:
        assert getattr(of_book, sheet) == getattr(of_files, sheet), sheet
    assert len({each.sha256 for each in of_book.files.values()}) == 1


@pytest.mark.parametrize("what", ["a text", "a broken workbook", "a workbook and a file", "an empty directory"])
def test_what_is_no_caseload_is_said_to_be_none(tmp_path: Path, what: str) -> None:
    """Before anything is read of it."""
    file = tmp_path / ("people.txt" if what == "a text" else "caseload.xlsx")
    if what != "an empty directory":
        file.write_bytes(b"PK\x03\x04 broken")
    paths = [tmp_path] if what == "an empty directory" else [file]
    if what == "a workbook and a file":
        paths.append(EXAMPLE / "people.csv")
    with pytest.raises(NotACaseload):
        read_caseload(paths)
