"""A take-on over HTTP: where its figures are written, who agrees and who signs, and from when the book is complete."""

import os
from pathlib import Path
from typing import Any

import pytest

from ledger.budgets import acts
from ledger.budgets.caseload_import import Secrets
from tests import kit
from tests.api.lives import NED, START, YEAR
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.budgets.caseloads import Sheets, one
from tests.budgets.taking_on import CutOff, TakingOn

SIGN: dict[str, Any] = {}


def agreed(**more: Any) -> dict[str, Any]:
    """What the other side says."""
    return {"party": "OLD-ICB", **more}


def brought() -> Sheets:
    """The one person, for a book that has the funds and payees already."""
    sheets = one()
    sheets["funds"], sheets["payees"] = [], []
    return sheets


@pytest.fixture
async def taking(lives: Tried, book: kit.Book, tmp_path: Path) -> TakingOn:
    """The book of the lives, with money for one more person."""
    for fund in ("nhs", "council"):
        await lives.do(acts.fund_granted(fund=fund, year=YEAR, amount=5_000_000, effective_on=START))
    keys = lives.app.desk.books.keys
    return TakingOn(book, tmp_path, Secrets(keys.requests, keys.lookup, lambda: os.urandom(16)))


async def _state(lives: Tried) -> tuple[str, bool]:
    [found] = (await lives.get("/coverage", "commissioner")).json()["take_ons"]
    return found["state"], found["provisional"]


async def test_a_book_that_took_nothing_on_is_complete_from_its_first_day(lives: Tried) -> None:
    """And nobody's figures come from elsewhere."""
    found = (await lives.get("/coverage", "commissioner")).json()
    assert (found["complete_from"], found["provisional"], found["take_ons"]) == ("2025-04-01", False, [])
    assert found["says"] == "Complete from 1 April 2025."


async def test_a_take_on_is_agreed_to_and_signed_by_four_people(lives: Tried, taking: TakingOn) -> None:
    """Imported, agreed, signed and countersigned by different people each; until then its balances are provisional, and that is
    shown."""
    report = await taking.run(brought())
    assert report.troubles == []
    found = (await lives.get("/coverage", "finance")).json()
    assert found["says"] == (
        "Complete from 1 October 2025; earlier from migrated totals, take-on T-2025. Opening balances are provisional until they "
        "are signed."
    )
    [take_on] = found["take_ons"]
    assert (take_on["state"], take_on["people"], take_on["totals"]["spent"]) == ("posted", 1, "10400.00")
    assert [each["act"] for each in take_on["entries"]] == ["rehearsed", "posted"]
    path = "/take-ons/T-2025"
    early = await lives.send(f"{path}/sign", SIGN, "finance:jane")
    assert (early.status_code, early.json()["code"]) == (422, "take_on_not_agreed")
    done = await lives.done(f"{path}/agree", agreed(), "finance:other-side")
    assert (done["kind"], done["subject"]) == ("setting", "take_on/T-2025")
    for who, expected in (
        ("finance:other-side", (422, "second_person_needed")), ("holder:holder-N", (403, "permission_missing")),
        ("commissioner", (403, "permission_missing")),
    ):  # fmt: skip
        answer = await lives.send(f"{path}/sign", SIGN, who)
        assert (answer.status_code, answer.json()["code"]) == expected
    await lives.done(f"{path}/sign", SIGN, "finance:jane")
    assert await _state(lives) == ("signed", True)
    again = await lives.send(f"{path}/sign", SIGN, "finance:jane")
    assert again.json()["code"] == "second_person_needed"
    ref = report.people[0].ref
    assert (await lives.get(f"/budgets/{ref}")).json()["provisional"] == "T-2025"
    assert (await lives.get(f"/budgets/{NED}")).json()["provisional"] is None
    await lives.done(f"{path}/sign", SIGN, "officer:carol")
    assert (await lives.get(f"/budgets/{ref}")).json()["provisional"] is None
    assert await _state(lives) == ("countersigned", False)
    for act, code in (("sign", "take_on_signed"), ("agree", "take_on_agreed")):
        answer = await lives.send(f"{path}/{act}", agreed() if code == "take_on_agreed" else SIGN, "finance:max")
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    missing = await lives.send("/take-ons/T-9/sign", SIGN, "finance:max")
    assert (missing.status_code, missing.json()["code"]) == (404, "take_on_not_found")


async def test_who_agrees_names_every_difference(lives: Tried, taking: TakingOn) -> None:
    """Nobody agrees to what they have not seen."""
    sheets = brought()
    sheets["control"] = [{"measure": "spent", "expected": "10400.01"}]
    await taking.run(sheets)
    for named in ([], ["spent:all:-2"], ["spent:all:-1", "people:all:1"]):
        answer = await lives.send("/take-ons/T-2025/agree", agreed(differences=named), "finance:other")
        assert (answer.status_code, answer.json()["code"]) == (422, "differences_not_named")
    await lives.done("/take-ons/T-2025/agree", agreed(differences=["spent:all:-1"], words="A penny."), "finance:other")


async def test_nobody_agrees_before_all_is_posted_and_nobody_is_added_afterwards(
    lives: Tried, taking: TakingOn
) -> None:
    """An import that was cut off is finished first; then the take-on takes nobody else."""
    with pytest.raises(CutOff):
        await taking.run(brought(), cut_after=1)
    answer = await lives.send("/take-ons/T-2025/agree", agreed(), "finance:other")
    assert (answer.status_code, answer.json()["code"]) == (422, "take_on_not_posted")
    await taking.run(brought())
    await lives.done("/take-ons/T-2025/agree", agreed(), "finance:other")
    sheets = brought()
    sheets["people"].append({"person": "C2", "name": "Ben Invented"})
    report = await taking.run(sheets)
    assert [each.code for each in report.troubles] == ["take_on_agreed"]


async def test_every_opening_figure_says_where_it_is_written(lives: Tried, taking: TakingOn) -> None:
    """By system, file, sheet and row, for staff; for a budget that began here there is nothing to say."""
    report = await taking.run(brought())
    person = report.people[0].ref
    found = (await lives.get(f"/budgets/{person}/lineage", "auditor")).json()
    assert [(each["what"], each["sheet"], each["row"], each["fund"]) for each in found["origins"]] == [
        ("opening", "openings", 2, "nhs"), ("opening", "openings", 3, "council"), ("opening", "openings", 4, "nhs"),
        ("order", "orders", 2, None), ("invoice", "invoices", 2, None),
    ]  # fmt: skip
    first = found["origins"][0]
    assert first["amounts"] == {"allocated": "6240.00", "available": "5179.99", "held": "60.01", "spent": "1000.00"}
    assert (first["source"], first["take_on"], found["provisional"]) == ("oldsys", "T-2025", True)
    assert first["file"] == next(each.sha256 for each in report.files if each.sheet == "openings")
    [entry] = await kit.rows(lives.dsn, "SELECT act FROM phb.register WHERE number = $1", first["entry"])
    assert entry["act"] == "opening_stated"
    assert (await lives.get(f"/budgets/{NED}/lineage", "finance")).json()["origins"] == []
    for who, status in (("holder:holder-N", 403), ("commissioner", 403)):
        assert (await lives.get(f"/budgets/{NED}/lineage", who)).status_code == status


async def test_money_taken_on_is_used_by_the_usual_ways(lives: Tried, taking: TakingOn) -> None:
    """The budget reads as any other, its order is invoiced, and its unpaid invoice is paid once by another."""
    report = await taking.run(brought())
    person = report.people[0].ref
    assert (await lives.get(f"/budgets/{person}")).status_code == 200
    invoice = next(
        each for each in (await lives.get(f"/budgets/{person}/lineage")).json()["origins"] if each["what"] == "invoice"
    )
    order = next(
        each for each in (await lives.get(f"/budgets/{person}/lineage")).json()["origins"] if each["what"] == "order"
    )
    sent = {"payee": "A1", "bank": "main", "invoices": [invoice["entry"]], "effective_on": "2025-10-02"}
    await lives.done("/payments", sent, "finance:jane")
    again = await lives.send("/payments", sent, "finance:jane")
    assert (again.status_code, again.json()["code"]) == (422, "invoice_paid")
    path = f"/budgets/{person}/invoices"
    bill = {
        "line": order["line"], "payee": "A1", "reference": "inv 1", "service": "home_care", "amount": "100.01", "currency": "GBP",
        "hold": order["entry"] + 1,
    }  # fmt: skip
    entered = (await lives.done(path, bill, "officer"))["entries"][0]["number"]
    accepted = await lives.done(f"{path}/{entered}/accept", {"effective_on": "2025-10-02"}, "finance:jane")
    assert [each["kind"] for each in accepted["entries"]] == ["evidence", "hold_settled"]
    known = await lives.send(path, {**bill, "reference": "INV-1"}, "officer")
    assert (known.status_code, known.json()["code"]) == (409, "invoice_known")
    verdict, broken = await taking.verified()
    assert (verdict.ok, broken) == (True, [])


SUMMARIES = (
    ("/periods/2025-10/close", "finance"), ("/costs?first_day=2025-04-01&last_day=2026-03-31", "finance"),
    ("/years/2025-26/outturn", "commissioner"), ("/payment-practice?first_day=2025-04-01&last_day=2026-03-31", "finance"),
    ("/autonomy?from=2025-04-01&to=2026-03-31", "auditor"),
)  # fmt: skip


async def test_every_summary_says_from_when_its_figures_are_the_books_own(lives: Tried, taking: TakingOn) -> None:
    """Before a take-on from the book's first day; after it from the day on which the book is complete, provisional until it is
    signed. A certificate and a past entry say what was known then, and a statement what its person's figures come from."""
    ours = {"complete_from": "2025-04-01", "provisional": False, "take_ons": [], "says": "Complete from 1 April 2025."}
    ned = f"/budgets/{NED}/statement?first_day=2025-04-01&last_day=2026-03-31"
    for path, who in (*SUMMARIES, (ned, "officer")):
        answer = await lives.get(path, who)
        assert answer.json()["coverage"] == ours, (path, answer.text)
    before = (await lives.get(SUMMARIES[-1][0], "auditor")).json()
    assert (await lives.client.post("/v1/books/TEST/periods/close", {"period": "2025-04"})).status_code == 201
    person = (await taking.run(brought())).people[0].ref
    assert (await lives.client.post("/v1/books/TEST/periods/close", {"period": "2025-05"})).status_code == 201
    theirs = {
        "complete_from": "2025-10-01", "provisional": True, "take_ons": ["T-2025"],
        "says": "Complete from 1 October 2025; earlier from migrated totals, take-on T-2025. Opening balances are provisional "
                "until they are signed.",
    }  # fmt: skip
    for path, who in (*SUMMARIES, ("/periods/2025-05/certificate", "finance"), (ned.replace(NED, person), "officer")):
        answer = await lives.get(path, who)
        assert answer.json()["coverage"] == theirs, (path, answer.text)
    for path, who in (
        ("/periods/2025-04/certificate", "finance"), (ned, "officer"),
        (f"{SUMMARIES[-1][0]}&known_at={before['through_entry']}", "auditor"),
    ):  # fmt: skip
        assert (await lives.get(path, who)).json()["coverage"] == ours, path
