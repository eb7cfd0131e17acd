"""Made-up caseloads: seeded, so that the same seed gives the same files; nobody in them exists."""

import csv
import random
from pathlib import Path

from ledger.budgets.caseload_tables import SHEETS

Sheets = dict[str, list[dict[str, str]]]
OPENS_ON, YEAR = "2025-10-01", "2025-26"
START, END = "2025-04-01", "2026-03-31"
SERVICES = ("home_care", "exercise", "courses", "wheelchair")
FIRST, LAST = ("Ada", "Ben", "Cleo", "Dev", "Esme", "Finn"), ("Made-Up", "Fictional", "Invented", "Pretend")


def nhs_number(seed: int) -> str:
    """A number with a right check digit, out of the range 999 that is issued to nobody."""
    while True:
        digits = f"999{seed:06d}"
        check = 11 - sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11
        if check != 10:
            return digits + str(check % 11)
        seed += 500_000


def money(pence: int) -> str:
    """Pence as a file has them."""
    return f"{pence // 100}.{pence % 100:02d}"


def base() -> Sheets:
    """A caseload of nobody: its take-on, two funds, two payees."""
    return {
        "take_on": [{"take_on": "T-2025", "source": "oldsys", "opens_on": OPENS_ON, "complete_from": OPENS_ON}],
        "funds": [
            {"fund": "nhs", "kind": "ring_fenced", "year": YEAR, "granted": "9000000.00"},
            {"fund": "council", "kind": "partner", "partner": "borough", "year": YEAR, "granted": "9000000.00"},
        ],
        "payees": [
            {"payee": "A1", "name": "Made-Up Care Ltd", "regulated": "yes", "cqc": "yes"},
            {"payee": "B2", "name": "Invented Support CIC", "regulated": "no"},
        ],
        **{sheet: [] for sheet in ("people", "accounts", "plans", "lines", "openings", "orders", "invoices", "control")},
    }  # fmt: skip


def one() -> Sheets:
    """One person with one notional line, an order and an unpaid invoice, and a direct payment."""
    sheets = base()
    sheets["people"] = [
        {"person": "C1", "name": "Ada Made-Up", "nhs_number": nhs_number(1), "consent_on": "2025-04-01"}
    ]
    sheets["plans"] = [{"plan": "P1", "person": "C1", "start": "2025-04-01", "end": "2026-03-31", "agreement": "yes"}]
    sheets["accounts"] = [
        {"account": "B1", "person": "C1", "sort_code": "000000", "account_number": "00012345", "account_name": "A M"}
    ]
    line = {"plan": "P1", "title": "Help", "services": "home_care", "start": "2025-04-01", "end": "2026-03-31"}
    sheets["lines"] = [
        {**line, "line": "N1", "management": "notional", "amount": "10,400.00", "funds": "nhs:60 council:40"},
        {**line, "line": "D1", "management": "direct_payment", "amount": "26000", "funds": "nhs", "account": "B1"},
    ]
    year = {"year": "2025-26"}
    sheets["openings"] = [
        {**year, "line": "N1", "fund": "nhs", "allocated": "6240.00", "spent": "1000.00", "held": "60.01",
         "available": "5179.99"},
        {**year, "line": "N1", "fund": "council", "allocated": "4160.00", "spent": "400.00", "held": "40.00",
         "available": "3720.00", "partner_owes": "150.00"},
        {**year, "line": "D1", "fund": "nhs", "allocated": "26000.00", "spent": "9000.00", "advanced": "1500.00",
         "recovering": "250.00"},
    ]  # fmt: skip
    sheets["orders"] = [
        {**year, "order": "O1", "line": "N1", "service": "home_care", "payee": "A1", "amount": "100.01"}
    ]
    sheets["invoices"] = [
        {"line": "N1", "payee": "A1", "reference": "INV-1", "service": "home_care", "amount": "333.33"}
    ]
    return sheets


def made_up(seed: int, people: int) -> Sheets:
    """A caseload of so many people, each with one to three lines of every kind, with orders, invoices and money owed back."""
    lots, sheets = random.Random(seed), base()
    for place in range(people):
        person = f"C{seed}-{place:04d}"
        name = f"{lots.choice(FIRST)} {lots.choice(LAST)}"
        row = {
            "person": person,
            "name": name,
            "consent_on": START,
            "sex": lots.choice(("female", "male")),
            "right": "chc",
        }
        if lots.random() < 0.9:
            row["nhs_number"] = nhs_number(seed * 1000 + place)
        sheets["people"].append(row)
        sheets["plans"].append({
            "plan": f"{person}-P", "person": person, "start": START, "end": END, "coordinator": "CO1", "agreement": "yes",
            "title": "Plan",
        })  # fmt: skip
        for number in range(lots.choice((1, 1, 2, 3))):
            _line(lots, sheets, person, f"{person}-L{number}")
    _control(sheets)
    return sheets


def _line(lots: random.Random, sheets: Sheets, person: str, line: str) -> None:
    kind = lots.choice(("notional", "direct_payment", "third_party", "one_off"))
    joint = kind == "notional" and lots.random() < 0.4
    row = {
        "line": line, "plan": f"{person}-P", "title": "Help at home", "services": "home_care exercise", "management": kind,
        "start": START, "end": END, "funds": "nhs:60 council:40" if joint else "nhs",
    }  # fmt: skip
    if kind in ("direct_payment", "one_off"):
        if not any(each["person"] == person for each in sheets["accounts"]):
            sheets["accounts"].append({
                "account": f"{person}-A", "person": person, "sort_code": "00-00-00", "account_number": "00012345",
                "account_name": "Holder",
            })  # fmt: skip
        row["account"] = f"{person}-A"
    if kind == "third_party":
        row["payees"] = "B2"
    amount = 0
    for fund in ("nhs", "council") if joint else ("nhs",):
        amount += _opening(lots, sheets, row, fund)
    if kind == "notional" and not joint:
        _owed(lots, sheets, line)
    sheets["lines"].append({**row, "amount": money(amount + lots.randrange(10_000))})


def _opening(lots: random.Random, sheets: Sheets, row: dict[str, str], fund: str) -> int:
    allocated = lots.randrange(100_000, 3_000_000)
    spent = allocated + 12_345 if lots.random() < 0.1 else lots.randrange(allocated)
    left = max(0, allocated - spent)
    advanced = lots.randrange(left // 2 + 1) if row["management"] != "notional" else 0
    recovering = lots.randrange(left // 4 + 1) if lots.random() < 0.2 else 0
    said = {
        "line": row["line"], "fund": fund, "year": YEAR, "allocated": money(allocated), "spent": money(spent),
        "advanced": money(advanced), "recovering": money(recovering),
    }  # fmt: skip
    if recovering and row["management"] == "notional":
        said["debtor"] = "A1"
    if fund == "council":
        said["partner_owes"] = money(lots.randrange(spent + 1))
    sheets["openings"].append(said)
    return allocated


def _owed(lots: random.Random, sheets: Sheets, line: str) -> None:
    """Open orders out of what is left, and an unpaid invoice out of what was spent."""
    said = next(each for each in sheets["openings"] if each["line"] == line)
    pence = {name: int(said[name].replace(".", "")) for name in ("allocated", "spent", "recovering")}
    left = pence["allocated"] - pence["spent"] - pence["recovering"]
    for number in range(lots.choice((0, 1, 2))):
        amount = max(0, left) // 3
        if amount:
            sheets["orders"].append({
                "order": f"{line}-O{number}", "line": line, "service": "home_care", "payee": "A1", "amount": money(amount),
                "year": YEAR,
            })  # fmt: skip
    if pence["spent"] > 100 and lots.random() < 0.5:
        sheets["invoices"].append({
            "line": line, "payee": "A1", "reference": f"INV {line}", "service": "home_care",
            "amount": money(1 + lots.randrange(pence["spent"])), "document_on": "2025-09-20",
        })  # fmt: skip


def _control(sheets: Sheets) -> None:
    spent = sum(int(each["spent"].replace(".", "")) for each in sheets["openings"])
    sheets["control"] = [
        {"measure": "people", "expected": str(len(sheets["people"]))}, {"measure": "spent", "expected": money(spent)},
    ]  # fmt: skip


def write(folder: Path, sheets: Sheets) -> Path:
    """The caseload as a directory of CSV files; sheets without rows are left out unless they have to be there."""
    folder.mkdir(parents=True, exist_ok=True)
    for sheet, rows in sheets.items():
        if not rows and sheet not in ("people", "plans", "lines", "openings"):
            continue
        known = SHEETS[sheet]
        with (folder / f"{sheet}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, (*known.needed, *known.may), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder
