"""The cut-off of a year over HTTP: what was had by 31 March without an invoice or evidence, and what comes for it later."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.budgets import acts, people, plans
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from policies import prepaying
from tests.api.lives import D, N, bill
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_year_end import _confirmed, _ruled

YEAR = {"year": "2025-26", "currency": "GBP"}
LATE = {"effective_on": "2026-04-20"}


async def adds_up(lives: Tried) -> None:
    """Every identity holds and the book verifies, warrants included."""
    found = (await lives.get("/identities", "finance")).json()
    assert [each for each in found["identities"] if not each["ok"]] == []
    book_id = (await lives.app.desk.books.row("TEST")).book_id
    connection = await connect(lives.dsn, "phb_reader", book_id, READING)
    try:
        verified = await verify_book(connection, book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,))
    finally:
        await connection.close()
    assert (verified.ok, verified.why) == (True, None)


async def _no(lives: Tried, path: str, sent: dict[str, Any], who: str, line: Any = None) -> tuple[int, str]:
    answer = await lives.send(path, sent, who, *([] if line is None else [line]))
    return answer.status_code, answer.json()["code"]


async def _uninvoiced(lives: Tried, amount: str, **more: Any) -> int:
    """An estimate of Ned's care entered by Fay and accepted by Pat; the number of its acceptance."""
    sent = {"line": "N", "payee": "A1", "service": "home_care", "amount": amount, **YEAR, **more}
    entered = (await lives.done("uninvoiced", sent, "finance:fay"))["entries"][0]["number"]
    return (await lives.done(f"uninvoiced/{entered}/accept", {}, "finance:pat"))["entries"][0]["number"]


@pytest.mark.parametrize(
    ("invoiced", "spent", "available"),
    [("110.00", "6.00", "-6.00"), ("90.00", "-6.00", "6.00"), ("100.00", "0.00", "0.00")],
)
async def test_the_invoice_of_an_estimate_costs_the_next_year_what_it_differs_by(
    lives: Tried, invoiced: str, spent: str, available: str
) -> None:  # fmt: skip
    """£80 of an order of £100 and £20 without one are owed as uninvoiced on 31 March; the invoices come in April, £10 more, £10
    less, or as estimated. The order is over, and what it kept beyond the estimate went back."""
    order = await lives.spend("100.00", care_from="2026-03-20", care_to="2026-03-31", effective_on="2026-03-20")
    estimate = await _uninvoiced(lives, "80.00", hold=order["hold"], care_from="2026-03-20", care_to="2026-03-31")
    other = await _uninvoiced(lives, "100.00")
    assert await lives.balance("uninvoiced/A1") == "-180.00"
    assert (await lives.balance("share/N/nhs/2025-26/held"), await lives.balance("share/N/nhs/2025-26/spent")) == (
        "0.00",
        "108.00",
    )
    await _ruled(lives, "all", "all")
    first = await lives.invoice("E-1", "30.00", estimate=estimate)
    await lives.done(f"invoices/{first}/accept", LATE, "finance:fay")
    rest = await lives.invoice("E-2", "50.00", estimate=estimate, final=True)
    await lives.done(f"invoices/{rest}/accept", LATE, "finance:fay")
    number = await lives.invoice("E-3", invoiced, estimate=other, final=True)
    assert await _no(lives, f"invoices/{number}/accept", {"effective_on": "2026-03-31"}, "finance:fay") == (
        422,
        "estimate_of_this_year",
    )
    assert await _no(lives, f"invoices/{number}/accept", LATE, "officer") in (
        (403, "permission_missing"),
        (422, "second_person_needed"),
    )
    made = await lives.done(f"invoices/{number}/accept", LATE, "finance:fay")
    assert {each["event"] for each in made["entries"] if each["kind"] == "transaction"} == {49}
    assert await lives.balance("uninvoiced/A1") == "0.00"
    owed = {"110.00": "-190.00", "90.00": "-170.00", "100.00": "-180.00"}[invoiced]
    assert await lives.balance("payable/A1") == owed
    if invoiced != "100.00":
        beyond = "share/N/nhs/2026-27/" + ("unfunded" if invoiced == "110.00" else "available")
        assert (await lives.balance("share/N/nhs/2026-27/spent"), await lives.balance(beyond)) == (spent, available)
        reverse = f"entries/{made['entries'][-1]['number']}/reverse"
        assert await _no(lives, reverse, LATE, "finance:ron") == (422, "cut_off_not_reversed")
    late = await lives.invoice("E-4", "1.00", estimate=other)
    assert await _no(lives, f"invoices/{late}/accept", LATE, "finance:fay") == (422, "estimate_used")
    await adds_up(lives)


async def test_an_estimate_is_accepted_by_another_person_once(lives: Tried) -> None:
    """Not by who entered it, not twice, not for a year that goes on, and not by an officer; declined it posts nothing; reversed
    while its year is open it is gone, unless an invoice has come for it."""
    sent = {"line": "N", "payee": "A1", "service": "home_care", "amount": "10.00", **YEAR}
    entered = (await lives.done("uninvoiced", sent, "finance:fay"))["entries"][0]["number"]
    accept = f"uninvoiced/{entered}/accept"
    assert await _no(lives, accept, {}, "finance:fay") == (422, "second_person_needed")
    assert await _no(lives, accept, {}, "officer") == (403, "permission_missing")
    assert await _no(lives, f"care-bought/{entered}/accept", {}, "finance:pat") == (404, "estimate_not_found")
    made = await lives.done(accept, {}, "finance:pat")
    assert await _no(lives, accept, {}, "finance:pat") == (409, "estimate_settled")
    for other, code in (
        ({"year": "2098-99"}, "year_not_over"), ({"year": "2024-25"}, "estimate_not_of_year"),
        ({"payee": "NEW"}, "payee_not_approved"),
        ({"care_to": "2026-04-01"}, "estimate_not_of_year"), ({"hold": 3}, "hold_not_found"), ({"line": "Z"}, "line_unknown"),
    ):  # fmt: skip
        assert (await _no(lives, "uninvoiced", sent | other, "finance:fay"))[1] == code
    await lives.done(f"entries/{made['entries'][-1]['number']}/reverse", {"effective_on": "2026-03-31"}, "finance:ron")
    assert await lives.balance("uninvoiced/A1") == "0.00"
    answer = await lives.send("invoices", bill("G-1", "10.00", estimate=made["entries"][0]["number"]), "officer")
    refused = await _no(lives, f"invoices/{answer.json()['entries'][0]['number']}/accept", LATE, "finance:fay")
    assert refused == (404, "estimate_not_found")
    again = (await lives.done("uninvoiced", sent, "finance:fay"))["entries"][0]["number"]
    await lives.done(f"uninvoiced/{again}/decline", {"reason": "not_had"}, "finance:pat")
    assert await _no(lives, f"uninvoiced/{again}/accept", {}, "finance:pat") == (409, "estimate_settled")
    await adds_up(lives)


async def test_care_that_was_bought_is_spent_once_whenever_its_evidence_comes(lives: Tried) -> None:
    """Of £2,000 paid out £300 are estimated as care of the year; evidence of £120 and £180 of it arrives in April and is not spent
    again; a penny more is a claim by itself."""
    await lives.instalment("2000.00")
    sent = {"line": "D", "service": "home_care", "amount": "300.00", **YEAR}
    entered = (await lives.done("care-bought", sent, "officer:olga", D))["entries"][0]["number"]
    assert await _no(lives, f"care-bought/{entered}/accept", {}, "officer:olga", D) == (403, "permission_missing")
    made = await lives.done(f"care-bought/{entered}/accept", {}, "finance:pat", D)
    estimate = made["entries"][0]["number"]
    for code, expected in (("spent", "300.00"), ("advanced", "1700.00")):
        assert await lives.balance(f"share/D/nhs/2025-26/{code}") == expected
    used = f"estimated_use/{D.person}/H1"
    assert await lives.balance(used) == "-300.00"
    for amount, left in (("120.00", "-180.00"), ("180.00", "0.00")):
        number = await lives.claim(amount, estimate=estimate)
        answer = await lives.done(f"claims/{number}/accept", LATE, "officer", D)
        assert (answer["entries"][-1]["event"], await lives.balance(used)) == (50, left)
    assert await lives.balance("share/D/nhs/2025-26/spent") == "300.00"
    over = await lives.claim("0.01", estimate=estimate)
    assert await _no(lives, f"claims/{over}/accept", LATE, "officer", D) == (422, "estimate_exceeded")
    reverse = f"entries/{made['entries'][-1]['number']}/reverse"
    assert await _no(lives, reverse, LATE, "finance:ron", D) == (422, "estimate_used")
    assert await _no(lives, "care-bought", sent | {"line": "N"}, "officer") == (422, "line_not_paid_out")
    await adds_up(lives)


async def _closed(lives: Tried) -> None:
    """The year ended by its rules, and closed."""
    await _confirmed(lives)
    for line in ("D", "N"):
        await lives.done("/years/2025-26/end/lines", {"line": line}, "finance:pat")
    for fund in ("nhs", "council"):
        await lives.done("/years/2025-26/end/funds", {"fund": fund}, "finance:pat")
    await lives.done("/periods/close", {"period": "2025-26"}, "finance:fay")


async def test_care_of_a_closed_year_is_put_right_in_the_next(lives: Tried) -> None:
    """An invoice of £100 against its order that proves wrong after the close: by finance, with a reason, by another than
    accepted it, once, and only when the year is closed. The old year stays; the next one has the money
    back, and the invoice is not paid."""
    order = await lives.spend("100.00", care_from="2026-03-20", care_to="2026-03-31", effective_on="2026-03-20")
    await lives.instalment("2000.00")
    number = await lives.invoice("C-1", "100.00", hold=order["hold"])
    made = await lives.done(f"invoices/{number}/accept", {"effective_on": "2026-03-31"}, "finance:fay")
    entry = made["entries"][-1]["number"]
    correct, sent = f"entries/{entry}/correct", LATE | {"reason": "not_had"}
    await _ruled(lives)
    assert await _no(lives, correct, sent, "finance:ron") == (422, "year_open")
    await _closed(lives)
    assert await _no(lives, f"entries/{entry}/reverse", LATE, "finance:ron") == (422, "year_closed")
    assert await _no(lives, correct, sent, "finance:fay") == (422, "second_person_needed")
    assert await _no(lives, correct, sent, "officer") == (403, "permission_missing")
    assert (await _no(lives, correct, LATE, "finance:ron"))[0] == 400
    fixed = await lives.done(correct, sent, "finance:ron")
    assert [(each["kind"], each["event"]) for each in fixed["entries"]] == [
        ("evidence", 0), ("evidence", 0), ("share_opened", 0), ("share_opened", 0), ("transaction", 39),
    ]  # fmt: skip
    for code, expected in (
        ("share/N/nhs/2025-26/spent", "60.00"), ("share/N/nhs/2026-27/spent", "-60.00"), ("payable/A1", "0.00"),
        ("share/N/nhs/2026-27/available", "60.00"), ("share/N/council/2026-27/available", "40.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    assert (await _no(lives, correct, sent, "finance:ron"))[1] == "already_reversed"
    paid = {"payee": "A1", "bank": "main", "invoices": [made["entries"][0]["number"]], **LATE}
    assert (await lives.send("/payments", paid, "finance:zoe")).status_code >= 400
    await adds_up(lives)


async def test_an_invoice_across_31_march_is_of_both_years(lives: Tried) -> None:
    """£100 for 27 March to 5 April, five days on each side: £50 are spent, £50 paid ahead out of the next year, and its care from
    1 April on. Without money there it is refused, for paying ahead is an act."""
    days = {"care_from": "2026-03-27", "care_to": "2026-04-05"}
    order = await lives.spend("100.00", care_from="2026-03-27", care_to="2026-03-31", effective_on="2026-03-27")
    await _ruled(lives)
    shares = await _next_year(lives)
    number = await lives.invoice("X-1", "100.00", hold=order["hold"], final=True, **days)
    accept, sent = f"invoices/{number}/accept", {"effective_on": "2026-03-31"}
    assert (await _no(lives, accept, sent, "finance:fay"))[1] == "not_enough_available"
    await _given(lives, shares)
    made = await lives.done(accept, sent, "finance:fay")
    assert [(each["kind"], each["event"]) for each in made["entries"]] == [
        ("evidence", 0),
        ("hold_settled", 52),
        ("transaction", 52),
    ]
    for code, expected in (
        ("share/N/nhs/2025-26/spent", "30.00"), ("share/N/nhs/2026-27/advanced", "30.00"),
        ("prepayment/N/council/2026-27", "20.00"), ("share/N/nhs/2025-26/held", "0.00"), ("payable/A1", "-100.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    release = "/years/2026-27/prepayments/release"
    assert await _no(lives, release, {}, "officer") == (403, "permission_missing")
    assert await _no(lives, "/years/2098-99/prepayments/release", {}, "finance") == (422, "year_not_begun")
    await lives.done(release, {}, "finance")
    assert await _no(lives, release, {}, "finance") == (409, "prepayments_none")
    for code, expected in (
        ("share/N/nhs/2026-27/spent", "30.00"), ("share/N/nhs/2026-27/advanced", "0.00"), ("prepayment/N/council/2026-27", "0.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    await adds_up(lives)


async def _given(lives: Tried, shares: list[Any], pence: int = 60_00) -> None:
    """Ned's line agreed anew for more, of the next year."""
    more = msgspec.structs.replace(N, amount=N.amount + pence, end=date(2027, 3, 31))
    await lives.do(
        plans.line_recorded("agreed", more),
        acts.allocated(amount=pence, shares=shares, effective_on=date(2026, 4, 1), because=-1),
    )


async def test_an_invoice_across_31_march_without_an_order_is_of_both_years_too(lives: Tried) -> None:
    """£100 for ten days around 31 March without an order: the rules are asked about all of it, £50 are this year's, and £50 are
    paid ahead where the next year has them."""
    days = {"care_from": "2026-03-27", "care_to": "2026-04-05"}
    await _ruled(lives)
    shares = await _next_year(lives)
    number = await lives.invoice("Y-1", "100.00", **days)
    accept, sent = f"invoices/{number}/accept", {"effective_on": "2026-03-31"}
    assert (await _no(lives, accept, sent, "finance:fay"))[1] == "not_enough_available"
    await _given(lives, shares)
    made = await lives.done(accept, sent, "finance:fay")
    assert [(each["kind"], each["event"]) for each in made["entries"]] == [
        ("evidence", 0),
        ("transaction", 52),
        ("transaction", 52),
    ]
    for code, expected in (
        ("share/N/nhs/2025-26/spent", "30.00"), ("share/N/nhs/2026-27/advanced", "30.00"), ("payable/A1", "-100.00"),
    ):  # fmt: skip
        assert await lives.balance(code) == expected, code
    await lives.done("/years/2026-27/prepayments/release", {}, "finance")
    await adds_up(lives)


async def test_an_invoice_across_31_march_beyond_its_order_or_after_a_death_is_decided(lives: Tried) -> None:
    """Of an order of £40 an invoice of £100 uses what there is, and £60 are decided. After a death the rules look at all of it,
    order or not."""
    days = {"care_from": "2026-03-27", "care_to": "2026-04-05"}
    orders = [
        await lives.spend(
            amount, care_from="2026-03-27", care_to="2026-03-31", effective_on="2026-03-27"
        ) for amount in ("40.00", "100.00")
    ]  # fmt: skip
    await _ruled(lives)
    await _given(lives, await _next_year(lives), 120_00)
    first = await lives.invoice("Z-1", "100.00", hold=orders[0]["hold"], **days)
    made = await lives.done(f"invoices/{first}/accept", {"effective_on": "2026-03-31"}, "finance:fay")
    assert (made["decision"]["amount"], made["decision"]["outcome"]) == ("60.00", "refer")
    assert await lives.balance("share/N/nhs/2025-26/held") == "60.00"
    await lives.do(people.person_recorded("died", person=N.person, on=date(2026, 3, 20)))
    second = await lives.invoice("Z-2", "100.00", hold=orders[1]["hold"], **days)
    made = await lives.done(f"invoices/{second}/accept", {"effective_on": "2026-03-31"}, "finance:fay")
    assert (made["decision"]["amount"], made["decision"]["outcome"]) == ("100.00", "refer")
    assert {each["event"] for each in made["entries"]} == {0, 52}
    assert await lives.balance("share/N/nhs/2025-26/held") == "0.00"
    await adds_up(lives)


async def _next_year(lives: Tried) -> list[Any]:
    """Ned's shares of 2026-27, opened, and his line agreed until its end."""
    shares = [
        plans.share_of(N, share, "2026-27", partner="council" if share.kind == "partner" else None)
        for share in N.shares
    ]
    await lives.do(*(opening for share in shares for opening in plans.share_opened(share)))
    await lives.do(plans.line_recorded("agreed", msgspec.structs.replace(N, end=date(2027, 3, 31))))
    return shares


async def test_everything_paid_ahead_is_released_at_once_however_many_lines_it_is(
    lives: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A group takes one line here, and two lines are released by one request; sent again under its key, it says the same and does
    nothing more."""
    monkeypatch.setattr(prepaying, "LINES_AT_ONCE", 1)
    await _ruled(lives)
    await _given(lives, await _next_year(lives), 50_00)
    other = msgspec.structs.replace(N, line="M", end=date(2027, 3, 31))
    shares = [plans.share_of(other, share, "2026-27", partner="council" if share.kind == "partner" else None)
              for share in N.shares]  # fmt: skip
    now = [plans.share_of(other, share, "2025-26", partner="council" if share.kind == "partner" else None)
           for share in N.shares]  # fmt: skip
    await lives.do(plans.line_recorded("agreed", other), *(each for share in (*now, *shares) for each in plans.share_opened(share)),
                   acts.allocated(amount=50_00, shares=now, effective_on=date(2025, 4, 1), because=-1),
                   acts.allocated(amount=50_00, shares=shares, effective_on=date(2026, 4, 1), because=-1))  # fmt: skip
    days = {"care_from": "2026-03-27", "care_to": "2026-04-05"}
    for place, line in enumerate(("N", "M")):
        number = await lives.invoice(f"W-{place}", "100.00", line=line, **days)
        await lives.done(f"invoices/{number}/accept", {"effective_on": "2026-03-31"}, "finance:fay")
    release = "/years/2026-27/prepayments/release"
    made = await lives.send(release, {}, "finance", key="released")
    assert made.status_code == 201, made.text
    assert [await lives.balance(f"prepayment/{line}/nhs/2026-27") for line in ("N", "M")] == ["0.00", "0.00"]
    again = await lives.client.post(f"/v1/books/TEST{release}", {}, headers=lives.headers("finance"), key="released")
    assert (again.status_code, again.text) == (made.status_code, made.text)
    await adds_up(lives)
