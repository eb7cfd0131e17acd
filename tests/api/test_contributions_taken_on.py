"""What a person gave towards a line before the take-on (event 55): received and spent, and from then on as if it had come here."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.budgets import acts
from ledger.budgets.caseload_import import Secrets
from ledger.budgets.chart import fund_accounts
from tests import kit
from tests.api.lives import START, YEAR
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_year_end import END, NEXT, _confirmed, _ruled
from tests.budgets.caseloads import Sheets, one
from tests.budgets.taking_on import TakingOn

LATER = "2025-10-02"


def chair(received: str = "300.00", spent: str = "100.00") -> Sheets:
    """One person who pays a sixth of a better chair, with an open order for it."""
    sheets = one()
    own = {"fund": "own", "kind": "contribution", "year": YEAR, "granted": "0.00"}
    sheets |= {"funds": [own], "payees": [], "accounts": [], "invoices": []}
    line = {"line": "W1", "plan": "P1", "title": "A better chair", "services": "wheelchair", "management": "notional",
            "amount": "2400.00", "start": "2025-04-01", "end": "2026-03-31", "funds": "nhs:5 own:1"}  # fmt: skip
    sheets["lines"] = [line]
    row = {"line": "W1", "year": YEAR}
    sheets["openings"] = [
        {**row, "fund": "nhs", "allocated": "2000.00", "spent": "500.00"},
        {**row, "fund": "own", "allocated": received, "spent": spent},
    ]
    sheets["orders"] = [{**row, "order": "O1", "line": "W1", "service": "wheelchair", "payee": "A1", "amount": "60.00"}]
    return sheets


@pytest.fixture
async def taking(lives: Tried, book: kit.Book, tmp_path: Path) -> TakingOn:
    """The book of the lives, with money for one more person."""
    await lives.do(acts.fund_granted(fund="nhs", year=YEAR, amount=5_000_000, effective_on=START))
    keys = lives.app.desk.books.keys
    return TakingOn(book, tmp_path, Secrets(keys.requests, keys.lookup, lambda: os.urandom(16)))


async def _taken(lives: Tried, taking: TakingOn, sheets: Sheets) -> tuple[str, str]:
    """The person and the line, once they are taken on."""
    report = await taking.run(sheets)
    assert report.troubles == []
    person = report.people[0].ref
    return person, (await lives.get(f"/budgets/{person}")).json()["lines"][0]["line"]


async def _holds(taking: TakingOn) -> None:
    """Verification, warrants included, and every identity."""
    verdict, broken = await taking.verified()
    assert (verdict.ok, verdict.why, broken) == (True, None, [])


async def test_a_contribution_comes_in_with_its_money_and_is_used_as_any_other(lives: Tried, taking: TakingOn) -> None:
    """By hand: received 300 of the 400 agreed, 100 of it spent, 10 kept by the order; then an order is invoiced from both, what is
    not used goes back by another than brought it, and at the year's end the rest goes on."""
    before = await taking.kept()
    tried = await taking.run(chair(), is_trial=True)
    assert (tried.troubles, await taking.kept()) == ([], before)
    person, line = await _taken(lives, taking, chair())
    own = f"share/{line}/own/{YEAR}"
    for code, expected in (
        (f"{own}/available", "190.00"), (f"{own}/held", "10.00"), (f"{own}/spent", "100.00"), (f"{own}/unfunded", "0.00"),
        (f"contribution/{line}", "-200.00"), (f"expense/{line}/own/{YEAR}", "100.00"), (f"recharge/{line}/own/{YEAR}", "-100.00"),
        (f"fund/own/{YEAR}/source", "-300.00"), (f"fund/own/{YEAR}/unallocated", "0.00"), ("opening/oldsys", "-300.00"),
        (f"partner/own.{line}/unbilled", "0.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    await _holds(taking)
    found = (await lives.get(f"/budgets/{person}/lineage")).json()["origins"]
    assert ("own", {"allocated": "300.00", "available": "190.00", "held": "10.00", "spent": "100.00"}) in [
        (each["fund"], each["amounts"]) for each in found
    ]
    budget = f"/budgets/{person}"
    [given] = (await lives.get(f"{budget}/contributions")).json()["contributions"]
    assert (given["agreed"], given["received"], given["spent"]) == ("400.00", "300.00", "100.00")
    order = next(each for each in found if each["what"] == "order")
    bill = {
        "line": line, "payee": "A1", "reference": "W-1", "service": "wheelchair", "amount": "60.00", "currency": "GBP",
        "hold": order["entry"] + 1, "final": True,
    }  # fmt: skip
    entered = (await lives.done(f"{budget}/invoices", bill))["entries"][0]["number"]
    await lives.done(f"{budget}/invoices/{entered}/accept", {"effective_on": LATER}, "finance:jane")
    assert (await lives.balance(f"{own}/spent"), await lives.balance(f"contribution/{line}")) == ("110.00", "-190.00")
    there = f"{budget}/contributions"
    back: dict[str, Any] = {"line": line, "amount": "150.00", "currency": "GBP", "effective_on": LATER, "bank": "main"}
    too_much = await lives.send(f"{there}/return", back | {"amount": "190.01"}, "finance")
    assert (too_much.status_code, too_much.json()["code"]) == (422, "not_enough_available")
    above = await lives.send(there, back | {"amount": "100.01"}, "finance")
    assert (above.status_code, above.json()["code"]) == (422, "contribution_above_agreed")
    await lives.done(f"{there}/return", back, "finance")
    assert (await lives.balance(f"{own}/available"), await lives.balance(f"fund/own/{YEAR}/source")) == (
        "40.00",
        "-150.00",
    )
    await _holds(taking)
    await _ruled(lives)
    await lives.do(fund_accounts("own", NEXT, "contribution"))
    await _confirmed(lives)
    await lives.done(f"{END}/lines", {"line": line}, "finance:pat")
    assert await lives.balance(f"share/{line}/own/2026-27/available") == "40.00"
    assert await lives.balance(f"contribution/{line}") == "-40.00"
    await lives.done(f"{there}/return", back | {"amount": "40.00", "effective_on": "2026-04-20"}, "finance")
    assert await lives.balance(f"contribution/{line}") == "0.00"
    await _holds(taking)


async def test_what_was_spent_beyond_what_came_is_owed_and_met_by_what_comes(lives: Tried, taking: TakingOn) -> None:
    """50 more was spent than the person had given: recorded beyond authority and as owed, and met first when they pay."""
    sheets = chair("100.00", "150.00")
    sheets["orders"] = []
    person, line = await _taken(lives, taking, sheets)
    own = f"share/{line}/own/{YEAR}"
    for code, expected in (
        (f"{own}/unfunded", "-50.00"), (f"{own}/available", "0.00"), (f"partner/own.{line}/unbilled", "50.00"),
        (f"contribution/{line}", "0.00"), ("opening/oldsys", "-550.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    await _holds(taking)
    paid = {"line": line, "amount": "80.00", "currency": "GBP", "effective_on": LATER, "bank": "main"}
    await lives.done(f"/budgets/{person}/contributions", paid, "finance")
    for code, expected in (
        (f"{own}/unfunded", "0.00"),
        (f"{own}/available", "30.00"),
        (f"partner/own.{line}/unbilled", "0.00"),
    ):
        assert await lives.balance(code) == expected, code
    await _holds(taking)


def own(**cells: str) -> Callable[[Sheets], None]:
    """Other cells in the row of what the person gave."""
    return lambda sheets: sheets["openings"][1].update(cells)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (own(allocated="400.01"), ("openings", 3, "allocated", "contribution_above_agreed")),
        (own(contingency="1.00"), ("openings", 3, "contingency", "contribution_not_taken_on")),
        (own(recovering="1.00"), ("openings", 3, "recovering", "contribution_not_taken_on")),
        (own(partner_owes="1.00"), ("openings", 3, "partner_owes", "partner_malformed")),
        (lambda sheets: sheets["funds"][0].update(granted="1.00"), ("funds", 2, "granted", "contribution_not_granted")),
        (lambda sheets: sheets["openings"].pop(), ("orders", 2, "amount", "not_enough_available")),
        (lambda sheets: sheets["lines"][0].update(management="direct_payment", account="B1"),
         ("lines", 2, "funds", "contribution_not_advanced")),
    ],
)  # fmt: skip
async def test_what_a_contribution_cannot_be_is_told_by_its_line(
    lives: Tried, taking: TakingOn, change: Any, told: tuple[str, int, str, str]
) -> None:
    """More than the plan agreed, money kept aside, owed back or granted, an order before it came, a direct payment; and nothing is
    posted."""
    sheets, before = chair(), await taking.kept()
    sheets["accounts"] = one()["accounts"]
    change(sheets)
    report = await taking.run(sheets)
    assert told in {(each.sheet, each.line, each.column, each.code) for each in report.troubles}
    assert await taking.kept() == before
