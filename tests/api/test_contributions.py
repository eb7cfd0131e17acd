"""A wheelchair of which the person pays a part: planned, paid towards, ordered, invoiced, and what was not used given back."""

from typing import Any

from api.app import Application
from tests import kit
from tests.api.asking import DAY
from tests.api.test_people_and_plans import BOOK, LINE, Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_versions import balance, planned, proven

CHAIR = LINE | {
    "services": ["wheelchair"], "title": "A better chair", "amount": "2400.00", "to": "2026-03-31", "owner": "nhs",
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
    assert await office.no("fay", f"{there}/return", given | {"amount": "300.01"}) == (422, "not_enough_available")
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
    await office.done("gil", f"{there}/return", given | {"amount": "300.00"})
    assert (await balance(office, f"{own}/available"), await balance(office, "bank/main")) == ("0.00", "100.00")
    await proven(app, book)
