"""Invoices from their receipt to their payment: disputed, paid by one route, and counted by how soon they were paid."""

from tests.api.lives import DAY
from tests.api.test_credits import credited
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_returns import ON, accepted, paid, plainly
from tests.api.test_spending import code

WHY = {"reason": "hours_differ", "words": "Two visits less."}


async def test_a_disputed_invoice_is_owed_and_not_paid_until_the_dispute_ends(lives: Tried) -> None:
    """Its days for payment stand still meanwhile: paid 62 days after it came, of which 40 were disputed, it is within 30."""
    number = await accepted(lives, "P-1", "100.00", received_on="2025-04-01")
    path = f"invoices/{number}"
    await lives.done(f"{path}/dispute", {**WHY, "effective_on": "2025-04-11"}, "finance:fay")
    assert code(await lives.send(f"{path}/dispute", {**WHY, **ON}, "finance:fay")) == (422, "invoice_disputed")
    given = {"payee": "A1", "bank": "main", "invoices": [number], **ON}
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "invoice_disputed")
    assert await lives.balance("payable/A1") == "-100.00"
    await lives.done(f"{path}/dispute-ended", {**WHY, "effective_on": "2025-05-21"}, "finance:fay")
    assert code(await lives.send(f"{path}/dispute-ended", {**WHY, **ON}, "finance:fay")) == (
        409,
        "invoice_not_disputed",
    )
    await paid(lives, number)
    read = (await lives.get(f"/payment-practice?first_day={DAY}&last_day={DAY}", "commissioner")).json()
    assert (read["invoices"], read["invoices_within_30_days"], read["percent_by_value"]) == (1, 1, "100.0")


async def test_a_credit_note_ends_no_dispute(lives: Tried) -> None:
    """Less is owed, and it is disputed as before: its days stand still from the first word of the dispute to its end, and it can
    not be reversed from under the credit."""
    number = await accepted(lives, "P-9", "100.00", received_on="2025-04-01")
    path = f"invoices/{number}"
    await lives.done(f"{path}/dispute", {**WHY, "effective_on": "2025-04-11"}, "finance:fay")
    await credited(lives, number, "CN-9", "1.00")
    given = {"payee": "A1", "bank": "main", "invoices": [number], **ON}
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "invoice_disputed")
    assert code(await lives.send(f"{path}/dispute", {**WHY, **ON}, "finance:fay")) == (422, "invoice_disputed")
    assert code(await lives.send(f"entries/{number + 1}/reverse", ON, "finance:ron")) == (422, "invoice_credited")
    await lives.done(f"{path}/dispute-ended", {**WHY, "effective_on": "2025-05-21"}, "finance:fay")
    await paid(lives, number)
    assert (await lives.balance("payable/A1"), await lives.balance("in_transit/main")) == ("0.00", "-99.00")
    read = (await lives.get(f"/payment-practice?first_day={DAY}&last_day={DAY}", "commissioner")).json()
    assert (read["invoices"], read["invoices_within_30_days"], read["amount"]) == (1, 1, "99.00")


async def test_an_invoice_that_a_credit_was_taken_from_is_not_reversed_for_being_disputed(lives: Tried) -> None:
    """What the provider owed has been taken from it, whatever was said of it since."""
    first, second = await accepted(lives, "P-10", "70.00"), await accepted(lives, "P-11", "30.00")
    await paid(lives, first)
    credit = await credited(lives, first, "CN-10", "20.00")
    await lives.done(f"credits/{credit}/take", {**ON, "invoice": second}, "finance:pat")
    await lives.done(f"invoices/{second}/dispute", {**WHY, **ON}, "finance:fay")
    assert code(await lives.send(f"entries/{second + 1}/reverse", ON, "finance:ron")) == (422, "invoice_credited")


async def test_what_is_paid_within_thirty_days_is_counted_by_number_and_value(lives: Tried) -> None:
    """Thirty days to the day are within; the thirty-first is late. It runs from when the invoice was in order, and one that nobody
    dated is counted apart."""
    for reference, amount, more in (
        ("P-2", "100.00", {"received_on": "2025-05-03"}), ("P-3", "300.00", {"received_on": "2025-05-02"}),
        ("P-4", "100.00", {"received_on": "2025-01-02", "valid_on": "2025-06-01", "due_on": "2025-07-01"}), ("P-5", "7.00", {}),
    ):  # fmt: skip
        await paid(lives, await accepted(lives, reference, amount, **more))
    read = (await lives.get(f"/payment-practice?first_day={DAY}&last_day={DAY}", "finance")).json()
    assert {name: read[name] for name in ("invoices", "invoices_within_30_days", "percent_by_number", "undated")} == {
        "invoices": 3, "invoices_within_30_days": 2, "percent_by_number": "66.6", "undated": 1,
    }  # fmt: skip
    assert (read["amount"], read["amount_within_30_days"], read["percent_by_value"]) == ("500.00", "200.00", "40.0")
    none = (await lives.get("/payment-practice?first_day=2025-04-01&last_day=2025-04-02", "finance")).json()
    assert (none["invoices"], none["percent_by_number"]) == (0, None)
    backwards = await lives.get("/payment-practice?first_day=2025-04-02&last_day=2025-04-01", "finance")
    assert code(backwards) == (400, "dates_malformed")


async def test_a_payee_is_paid_by_one_route(lives: Tried) -> None:
    """What the general ledger pays is not paid from here; back here, it waits for another person's approval."""
    number = await accepted(lives, "P-6", "10.00")
    changed = await plainly(lives, "/payees/A1/route", "officer", {"route": "general_ledger"})
    assert changed.status_code == 201
    assert code(await plainly(lives, "/payees/A1/route", "officer", {"route": "general_ledger"})) == (
        409,
        "route_unchanged",
    )
    given = {"payee": "A1", "bank": "main", "invoices": [number], **ON}
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "paid_by_general_ledger")
    assert (await plainly(lives, "/payees/A1/route", "officer", {"route": "ours"})).status_code == 201
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "payee_unverified")
    assert (await plainly(lives, "/payees/A1/approve", "officer:olga")).status_code == 201
    await lives.done("/payments", given, "finance:pat")
    assert (await lives.get("/payees/A1")).json()["route"] == "ours"
