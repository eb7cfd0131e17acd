"""A wheelchair of which the person pays a part: planned, paid towards, ordered, invoiced, and what was not used given back."""

from typing import Any

import pytest

from api.app import Application
from tests import kit
from tests.api.asking import DAY
from tests.api.test_own_bank import own_file
from tests.api.test_people_and_plans import BOOK, LINE, PLAN, Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_versions import balance, noticed, planned, proven, signed

CHAIR = LINE | {
    "services": ["wheelchair"], "title": "A better chair", "amount": "2400.00", "to": "2026-03-31", "owner": "nhs",
    "years": [{"year": "2025-26", "amount": "2400.00"}],
    "term_end": "2030-03-31", "shares": [{"fund": "nhs", "weight": 5}, {"fund": "own", "weight": 1}],
}  # fmt: skip


async def test_a_wheelchair_is_paid_for_by_two(app: Application, office: Office, book: kit.Book) -> None:
    """The fund gives its part when the plan is signed, the person theirs when it comes, up to what was agreed; the invoice takes
    from both, and none of the person's part is anybody else's (events 45 and 46)."""
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26"], "kind": "contribution"})
    for code in ("bank/main", "in_transit/main"):
        opened = {"accounts": [{"account": code, "class": "bank"}]}
        assert (await office.client.post(f"{BOOK}/accounts", opened)).status_code == 201
    person, path, [line] = await planned(office, [CHAIR])
    await office.payee()
    [found] = (await office.get(path)).json()["versions"]
    assert (found["lines"][0]["owner"], found["lines"][0]["term_end"]) == ("nhs", "2030-03-31")
    own = f"share/{line}/own/2025-26"
    assert await balance(office, f"share/{line}/nhs/2025-26/available") == "2000.00"
    assert await balance(office, f"{own}/available") == "0.00"
    order: dict[str, Any] = {"line": line, "service": "wheelchair", "amount": "600.00", "currency": "GBP",
                             "effective_on": DAY, "payee": "A1"}  # fmt: skip
    assert await office.no("ann", f"/budgets/{person}/spends", order) == (422, "not_enough_available")
    given = {"line": line, "amount": "400.00", "currency": "GBP", "effective_on": DAY, "bank": "main"}
    there = f"/budgets/{person}/contributions"
    tried = await office.post("fay", f"{there}?dry_run=true", given)
    assert (tried.status_code, await balance(office, f"{own}/available")) == (200, "0.00")
    taken = await office.done("fay", there, given)
    assert (taken["decision"], taken["entries"][0]["event"]) == (None, 45)
    assert await balance(office, f"contribution/{line}") == "-400.00"
    for who, to, body, expected in (
        ("fay", there, given | {"amount": "0.01"}, (422, "contribution_above_agreed")),
        ("fay", there, given | {"line": "NONE"}, (404, "line_unknown")),
        ("fay", there, given | {"effective_on": "2026-04-01"}, (422, "line_without_contribution")),
        ("fay", there, given | {"currency": "EUR"}, (400, "currency_not_of_book")),
        ("ann", there, given, (403, "permission_missing")),
    ):
        assert await office.no(who, to, body) == expected, body
    placed = await office.done("ann", f"/budgets/{person}/spends", order)
    assert placed["outcome"] == "allow"
    assert await office.no("gil", f"{there}/return", given | {"amount": "300.01"}) == (422, "not_enough_available")
    invoice = {
        "line": line, "service": "wheelchair", "payee": "A1", "reference": "W-1", "amount": "600.00", "currency": "GBP",
        "hold": placed["hold"], "final": True,
    }  # fmt: skip
    entered = await office.done("ann", f"/budgets/{person}/invoices", invoice)
    number = entered["entries"][0]["number"]
    await office.done("fay", f"/budgets/{person}/invoices/{number}/accept", {"effective_on": DAY})
    assert (await balance(office, f"expense/{line}/own/2025-26"), await balance(office, f"contribution/{line}")) == (
        "100.00", "-300.00",
    )  # fmt: skip
    assert await office.no("fay", f"{there}/return", given | {"amount": "300.00"}) == (422, "second_person_needed")
    await office.done("gil", f"{there}/return", given | {"amount": "300.00"})
    assert (await balance(office, f"{own}/available"), await balance(office, "bank/main")) == ("0.00", "100.00")
    await proven(app, book)


async def banked(office: Office) -> None:
    for code in ("bank/main", "in_transit/main"):
        opened = {"accounts": [{"account": code, "class": "bank"}]}
        assert (await office.client.post(f"{BOOK}/accounts", opened)).status_code == 201


async def test_what_was_carried_on_is_given_back_in_the_next_year(
    app: Application, office: Office, book: kit.Book
) -> None:
    """What a year that is over has left of a contribution goes back out of the next, also where the line is over: first what came
    in then, and the rest leaves the source of the year in which it came. More than is left does not go back."""
    years = ["2025-26", "2026-27"]
    await office.done("fay", "/funds", {"fund": "own", "years": years, "kind": "contribution"})
    await banked(office)
    person, _, [going, over] = await planned(office, [CHAIR | {"to": "2026-06-30"}, CHAIR])
    there = f"/budgets/{person}/contributions"
    for line, amount, on in ((going, "300.00", DAY), (over, "50.00", DAY), (going, "20.00", "2026-04-02")):
        await office.done(
            "fay", there, {"line": line, "amount": amount, "currency": "GBP", "effective_on": on, "bank": "main"}
        )
    for fund in ("nhs", "council"):
        await office.done("fay", f"/funds/{fund}/carry-rule", {"rule": "committed", "first_day": "2025-04-01"})
    proposal = (await office.done("fay", "/years/2025-26/end/proposals", {}))["entries"][0]["number"]
    await office.done("gil", "/years/2025-26/end/confirm", {"proposal": proposal})
    for line in (going, over):
        await office.done("gil", "/years/2025-26/end/lines", {"line": line})
    assert await balance(office, f"share/{going}/own/2026-27/available") == "320.00"
    back = {"line": going, "amount": "310.00", "currency": "GBP", "effective_on": "2026-04-20", "bank": "main"}
    await office.done("gil", f"{there}/return", back)
    assert await balance(office, "fund/own/2026-27/source") == "0.00"
    assert await balance(office, "fund/own/2025-26/source") == "-60.00"
    assert await balance(office, "fund/own/2026-27/carried") == "-60.00"
    assert await office.no("gil", f"{there}/return", back | {"amount": "10.01"}) == (422, "not_enough_available")
    await office.done("gil", f"{there}/return", back | {"amount": "10.00"})
    await office.done("gil", f"{there}/return", back | {"line": over, "amount": "50.00"})
    for code in (
        "fund/own/2025-26/source",
        "fund/own/2025-26/carried",
        "fund/own/2026-27/carried",
        f"contribution/{over}",
    ):
        assert await balance(office, code) == "0.00", code
    await proven(app, book)


TERM = CHAIR | {
    "years": [],
    "shares": [{"fund": "chairs", "weight": 5}, {"fund": "own", "weight": 1}],
    "to": "2030-03-31",
}
"""A chair of five years, whose money is of no financial year."""


async def termed(office: Office, line: dict[str, Any]) -> tuple[str, str]:
    """A person with such a line, given its money and the £400 that it takes from them: the person and the line."""
    await office.done("fay", "/funds", {"fund": "own", "years": ["term"], "kind": "contribution"})
    await office.done("fay", "/funds", {"fund": "chairs", "years": ["term"]})
    grant = {"year": "term", "amount": "2000.00", "currency": "GBP", "effective_on": DAY}
    await office.done("fay", "/funds/chairs/grants", grant)
    await banked(office)
    person, path, [name] = await planned(office, [line], to="2030-03-31")
    [found] = (await office.get(path)).json()["versions"]
    assert found["lines"][0]["years"] == [{"year": "term", "amount": "2400.00"}]
    await office.payee()
    given = {"line": name, "amount": "400.00", "currency": "GBP", "effective_on": DAY, "bank": "main"}
    await office.done("fay", f"/budgets/{person}/contributions", given)
    listed = (await office.get(f"/budgets/{person}/contributions")).json()["contributions"]
    assert listed == [{
        "line": name, "state": "agreed", "fund": "own", "agreed": "400.00", "received": "400.00", "held": "0.00",
        "spent": "0.00", "available": "400.00", "term_end": "2030-03-31",
    }]  # fmt: skip
    return person, name


@pytest.mark.parametrize("held", ["notional", "third_party"])
async def test_a_wheelchairs_money_is_of_its_term(app: Application, office: Office, book: kit.Book, held: str) -> None:
    """It is ordered in one financial year and repaired in another out of the same shares, also over 31 March, and what is left of
    the contribution goes back later; where a third party supplies it, its invoice comes to the commissioner too."""
    owner = "nhs" if held == "notional" else "person"
    person, line = await termed(office, TERM | {"management": held, "owner": owner})
    order: dict[str, Any] = {"line": line, "service": "wheelchair", "currency": "GBP", "payee": "A1"}
    for place, (amount, on, care) in enumerate((
        ("900.00", DAY, {}), ("600.00", "2026-03-31", {"care_from": "2026-03-30", "care_to": "2026-04-02"}),
        ("300.00", "2026-10-01", {}),
    )):  # fmt: skip
        asked = order | {"amount": amount, "effective_on": on} | care
        placed = await office.done("ann", f"/budgets/{person}/spends", asked)
        assert placed["outcome"] == "allow", placed
        invoice = {name: asked[name] for name in ("line", "service", "payee", "amount", "currency", *care)}
        invoice |= {"reference": f"W-{place}", "hold": placed["hold"], "final": True}
        number = (await office.done("ann", f"/budgets/{person}/invoices", invoice))["entries"][0]["number"]
        await office.done("fay", f"/budgets/{person}/invoices/{number}/accept", {"effective_on": on})
    own = f"share/{line}/own/term"
    assert [await balance(office, f"{own}/{state}") for state in ("spent", "available")] == ["300.00", "100.00"]
    assert await balance(office, f"share/{line}/chairs/term/available") == "500.00"
    shown = (await office.get(f"/budgets/{person}?on=2026-10-01")).json()["total"]
    assert (shown["can_use_now"], shown["left_to_spend"], shown["left_in_other_years"]) == ("600.00", "600.00", "0.00")
    refused = {"line": line, "service": "wheelchair", "amount": "100.00", "currency": "GBP", "effective_on": DAY}
    assert await office.no("ann", f"/budgets/{person}/instalments", refused) == (422, "line_not_paid_out")
    back = {"line": line, "amount": "100.00", "currency": "GBP", "effective_on": "2026-11-01", "bank": "main"}
    await office.done("gil", f"/budgets/{person}/contributions/return", back)
    assert await balance(office, "fund/own/term/source") == "-300.00"
    await proven(app, book)


async def test_only_a_thing_that_has_to_serve_is_of_a_term(office: Office) -> None:
    """Not a direct payment, nor a line without the day until which it serves, nor one that is of years as well; and a third party
    is not paid ahead of what the person adds to."""
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26", "term"], "kind": "contribution"})
    await office.money()
    person = await office.person()
    of_term = {"years": [{"year": "term", "amount": "2400.00"}], "shares": [{"fund": "nhs"}]}
    both = [{"year": "term", "amount": "2000.00"}, {"year": "2025-26", "amount": "400.00"}]
    for changes, expected in (
        (of_term, (422, "fund_year_not_open")),
        (of_term | {"term_end": None}, (400, "years_malformed")),
        (of_term | {"years": both}, (422, "years_outside_line")),
        (of_term | {"management": "one_off"}, (400, "years_malformed")),
        ({"management": "third_party", "instalment": "100.00"}, (400, "instalment_not_used")),
        ({"management": "one_off"}, (400, "contribution_not_advanced")),
    ):
        body = PLAN | {"lines": [CHAIR | changes]}
        assert await office.no("ann", f"/budgets/{person}/plans", body) == expected, changes


async def _beyond(office: Office, amount: str = "600.00") -> tuple[str, str, int, int]:
    """A chair towards which nothing was paid in, invoiced all the same: the person, the line, the decision, once approved, and the
    acceptance."""
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26", "2026-27"], "kind": "contribution"})
    await banked(office)
    person, _, [line] = await planned(office, [CHAIR])
    await office.payee()
    invoice = {
        "line": line,
        "service": "wheelchair",
        "payee": "A1",
        "reference": "W-1",
        "amount": amount,
        "currency": "GBP",
    }
    number = (await office.done("ann", f"/budgets/{person}/invoices", invoice))["entries"][0]["number"]
    made = await office.done("fay", f"/budgets/{person}/invoices/{number}/accept", {"effective_on": DAY})
    decision = made["decision"]["number"]
    if made["decision"]["outcome"] == "refer":
        await office.done("ben", f"/budgets/{person}/decisions/{decision}/approve", {"effective_on": DAY})
    for fund in ("nhs", "council"):
        await office.done("fay", f"/funds/{fund}/carry-rule", {"rule": "committed", "first_day": "2025-04-01"})
    accepted = next(each["number"] for each in made["entries"] if each["kind"] == "evidence")
    return person, line, decision, accepted


async def _year_ends(office: Office, line: str) -> None:
    proposal = (await office.done("fay", "/years/2025-26/end/proposals", {}))["entries"][0]["number"]
    await office.done("gil", "/years/2025-26/end/confirm", {"proposal": proposal})
    await office.done("gil", "/years/2025-26/end/lines", {"line": line})


async def test_what_a_contributor_owes_is_met_by_what_they_pay_and_else_by_the_funds(
    app: Application, office: Office, book: kit.Book
) -> None:  # fmt: skip
    """£100 of an invoice of £600 are the person's, who has paid nothing in: the year cannot end. They pay £60, in April, though the
    line is over; the fund bears the £40 that do not come, told by another than accepted the invoice, and no more. What is credited
    of the invoice later comes back as it was borne then: 54/6 of £60."""
    person, line, decision, accepted = await _beyond(office)
    own, nhs = f"share/{line}/own/2025-26", f"share/{line}/nhs/2025-26"
    assert await balance(office, f"{own}/unfunded") == "-100.00"
    assert await office.no("fay", "/years/2025-26/end/proposals", {}) == (422, "unfunded_left")
    there, april = f"/budgets/{person}/contributions", {"currency": "GBP", "effective_on": "2026-04-20"}
    given = {"line": line, "bank": "main", **april}
    assert await office.no("gil", there, given | {"amount": "100.01"}) == (422, "line_without_contribution")
    made = await office.done("gil", there, given | {"amount": "60.00"})
    assert [each["event"] for each in made["entries"]] == [45, 0, 27]
    assert [await balance(office, f"{own}/{state}") for state in ("unfunded", "available", "spent")] == [
        "-40.00", "0.00", "100.00",
    ]  # fmt: skip
    assert await office.no("fay", f"{there}/return", given | {"amount": "0.01", "effective_on": DAY}) == (
        422, "not_enough_available",
    )  # fmt: skip
    await proven(app, book)
    body = {"decision": decision, "amount": "40.00", **april}
    path = f"/budgets/{person}/unfunded"
    assert await office.no("fay", path, body) == (422, "second_person_needed")
    assert await office.no("ann", path, body) == (403, "permission_missing")
    assert await office.no("gil", path, body | {"amount": "40.01"}) == (422, "unfunded_exceeded")
    await office.done("gil", path, body)
    assert await office.no("gil", path, body) == (422, "unfunded_exceeded")
    assert [await balance(office, f"{each}/spent") for each in (own, nhs)] == ["60.00", "540.00"]
    assert [await balance(office, code) for code in (f"{own}/unfunded", f"partner/own.{line}/unbilled")] == [
        "0.00",
        "0.00",
    ]
    await proven(app, book)
    note = {"invoice": accepted, "payee": "A1", "reference": "CN-1", "amount": "60.00", "currency": "GBP"}
    entered = (await office.done("ann", f"/budgets/{person}/credits", note))["entries"][0]["number"]
    await office.done("fay", f"/budgets/{person}/credits/{entered}/accept", {"effective_on": DAY})
    assert [await balance(office, f"{own}/{state}") for state in ("spent", "available")] == ["54.00", "6.00"]
    assert (await balance(office, f"{nhs}/spent"), await balance(office, f"contribution/{line}")) == ("486.00", "-6.00")
    await _year_ends(office, line)
    assert await balance(office, f"share/{line}/own/2026-27/available") == "6.00"
    await proven(app, book)


async def test_money_paid_in_meets_what_is_owed_before_any_of_it_goes_back(
    app: Application, office: Office, book: kit.Book
) -> None:  # fmt: skip
    """£99.99 are owed when the £400 come that were agreed: £300.01 are left, which can be given back, and not a penny more."""
    person, line, *_ = await _beyond(office, "599.94")
    there = f"/budgets/{person}/contributions"
    given = {"line": line, "currency": "GBP", "effective_on": DAY, "bank": "main"}
    await office.done("fay", there, given | {"amount": "400.00"})
    own = f"share/{line}/own/2025-26"
    assert [await balance(office, f"{own}/{state}") for state in ("unfunded", "available", "spent")] == [
        "0.00", "300.01", "99.99",
    ]  # fmt: skip
    assert await office.no("fay", there, given | {"amount": "0.01"}) == (422, "contribution_above_agreed")
    assert await office.no("gil", f"{there}/return", given | {"amount": "300.02"}) == (422, "not_enough_available")
    await office.done("gil", f"{there}/return", given | {"amount": "300.01"})
    await _year_ends(office, line)
    await proven(app, book)


async def test_money_above_what_was_agreed_stands_at_the_bank_until_it_has_a_place(
    app: Application, office: Office, book: kit.Book
) -> None:  # fmt: skip
    """£450 come in where £400 were agreed. The line of our bank is taken all the same, and the reconciliation and the check of the
    close name it as money in without an entry, which is nobody's to spend. A plan for more makes all of it a contribution, and the
    entry explains the line."""
    await office.done("fay", "/funds", {"fund": "own", "years": ["2025-26"], "kind": "contribution"})
    await banked(office)
    person, path, [line] = await planned(office, [CHAIR])
    there = f"/budgets/{person}/contributions"
    given = {"line": line, "amount": "450.00", "currency": "GBP", "effective_on": DAY, "bank": "main"}
    await office.done("fay", "/banks/main/statements", own_file("02/06/2025,BGC,TOWARDS A CHAIR,,450.00,450.00,B-1"))
    assert await office.no("fay", there, given) == (422, "contribution_above_agreed")
    [receipt] = (await office.get("/banks/main/lines")).json()["lines"]
    found = (await office.get("/banks/main/reconciliation")).json()
    assert (found["ledger"], found["open_in"], found["gap"]) == ("0.00", "450.00", "0.00")
    matters = (await office.client.get(f"{BOOK}/periods/2025-06/close")).json()["matters"]
    [named] = [each for each in matters if each["name"] == "own_bank_unmatched"]
    assert (named["count"], named["amount"], named["blocks"]) == (1, "450.00", True)
    years = [{"year": "2025-26", "amount": "2700.00"}]
    more = (
        PLAN
        | await noticed(office, person)
        | {"lines": [CHAIR | {"line": line, "amount": "2700.00", "years": years}], "notice_days": 28}
    )
    await office.done("ann", f"{path}/versions", more)
    await signed(office, path)
    taken = await office.done("fay", there, given)
    matched = {"kind": "entry", "of": [taken["entries"][0]["number"]], "effective_on": DAY}
    await office.done("gil", f"/banks/main/lines/{receipt['number']}/match", matched)
    found = (await office.get("/banks/main/reconciliation")).json()
    assert (found["ledger"], found["matched"], found["open_in"], found["not_on_statement"]) == (
        "450.00", "450.00", "0.00", "0.00",
    )  # fmt: skip
    assert await balance(office, f"contribution/{line}") == "-450.00"
    await proven(app, book)
