"""Credit notes, refunds and what a fund covers, over HTTP: told by one, taken by another, and no more than there was."""

from typing import Any

from tests.api.lives import DAY, NED, D, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_returns import ON, accepted, paid
from tests.api.test_spending import code

OWED_BACK = f"receivable/provider/A1/{NED}"


def note(invoice: int, reference: str, amount: str, **more: Any) -> dict[str, Any]:
    """The body of a credit note of A1."""
    return {"invoice": invoice, "payee": "A1", "reference": reference, "amount": amount, "currency": "GBP", **more}


async def credited(lives: Lives, invoice: int, reference: str, amount: str) -> int:
    """A credit note entered and accepted; the number of its acceptance."""
    entered = await lives.done("credits", note(invoice, reference, amount))
    number = entered["entries"][0]["number"]
    made = await lives.done(f"credits/{number}/accept", ON, "finance:fay")
    assert made["entries"][0]["kind"] == "evidence"
    return made["entries"][0]["number"]


async def test_a_credit_note_of_an_unpaid_invoice_lowers_what_is_paid(lives: Tried) -> None:
    """Authority is there again in the split of the invoice, the council is charged less, and the payment is of the rest."""
    invoice = await accepted(lives, "C-1", "100.01")
    entered = (await lives.done("credits", note(invoice, "CN-1", "50.00")))["entries"][0]["number"]
    path = f"credits/{entered}/accept"
    assert code(await lives.send(path, ON, "officer:officer"))[0] == 403
    assert code(await lives.send("credits", note(invoice, "cn-1 ", "1.00"))) == (409, "credit_known")
    await lives.done(path, ON, "finance:fay")
    assert code(await lives.send(path, ON, "finance:fay")) == (409, "credit_settled")
    money = await lives.money()
    assert (money["spent"], money["available"]) == ("50.01", "10349.99")
    assert (await lives.balance("payable/A1"), await lives.balance("partner/council/unbilled")) == ("-50.01", "20.00")
    assert code(await lives.send("credits", note(invoice, "CN-2", "50.02"))) == (422, "credit_exceeds_invoice")
    statement = (await lives.get(f"/budgets/{NED}/statement?first_day={DAY}&last_day={DAY}")).json()["lines"]
    posted = {line["event"]: line["number"] for line in statement}
    assert code(await lives.send(f"entries/{posted[7]}/reverse", ON, "finance:ron")) == (422, "invoice_credited")
    assert code(await lives.send(f"entries/{posted[34]}/reverse", ON, "finance:ron")) == (422, "credit_not_reversed")
    await paid(lives, invoice)
    assert (await lives.balance("payable/A1"), await lives.balance("in_transit/main")) == ("0.00", "-50.01")


async def test_a_credit_note_of_a_paid_invoice_is_owed_until_it_is_taken_or_paid_back(lives: Tried) -> None:
    """What the provider owes has an account of its own, opened when first needed; a part is taken from the next invoice, and the
    rest comes back to the bank; then nothing is left of it."""
    first, second = await accepted(lives, "C-2", "700.00"), await accepted(lives, "C-3", "30.00")
    await paid(lives, first)
    credit = await credited(lives, first, "CN-3", "50.01")
    assert (await lives.balance(OWED_BACK), (await lives.money())["recovering"]) == ("50.01", "50.01")
    take = f"credits/{credit}/take"
    assert code(await lives.send(take, {**ON, "invoice": second}, "finance:fay")) == (422, "second_person_needed")
    assert code(await lives.send(take, {**ON, "invoice": second, "amount": "30.01"}, "finance:pat")) == (
        422, "credit_exceeds_invoice",
    )  # fmt: skip
    await lives.done(take, {**ON, "invoice": second}, "finance:pat")
    assert (await lives.balance(OWED_BACK), await lives.balance("payable/A1")) == ("20.01", "0.00")
    given = {"payee": "A1", "bank": "main", "invoices": [second], **ON}
    assert code(await lives.send("/payments", given, "finance:pat")) == (409, "invoice_settled")
    back = {**ON, "bank": "main"}
    assert code(await lives.send(f"credits/{credit}/repaid", {**back, "amount": "20.02"}, "finance:pat")) == (
        409, "credit_settled",
    )  # fmt: skip
    await lives.done(f"credits/{credit}/repaid", back, "finance:pat")
    assert code(await lives.send(f"credits/{credit}/repaid", back, "finance:pat")) == (409, "credit_settled")
    money = await lives.money()
    assert (await lives.balance(OWED_BACK), money["recovering"], money["spent"]) == ("0.00", "0.00", "679.99")
    assert await lives.balance("bank/main") == "20.01"
    await credited(lives, first, "CN-4", "0.01")
    assert await lives.balance(OWED_BACK) == "0.01"


async def test_a_declined_credit_note_can_be_entered_again(lives: Tried) -> None:
    """It posted nothing, and its reference is free."""
    invoice = await accepted(lives, "C-4", "10.00")
    for _ in range(2):
        number = (await lives.done("credits", note(invoice, "CN-5", "5.00")))["entries"][0]["number"]
        await lives.done(f"credits/{number}/decline", {"reason": "not_ours", "words": "Not ours."}, "finance:fay")
    assert (await lives.money())["spent"] == "10.00"
    assert code(await lives.send("credits", note(invoice, "CN-6", "1.00", payee="B2"))) == (422, "payee_differs")
    assert code(await lives.send("credits", note(1, "CN-6", "1.00"))) == (404, "invoice_not_found")
    assert code(await lives.send("credits/1/accept", ON, "finance:fay")) == (404, "credit_not_found")


async def test_money_that_comes_back_without_a_credit_note_is_a_refund(lives: Tried) -> None:
    """Of a paid invoice to our bank; of what a holder bought, into the holder's account; each once, and no more than there was."""
    invoice = await accepted(lives, "C-5", "100.00")
    body = {"of": invoice, "reference": "RF-1", "amount": "25.00", "currency": "GBP", "bank": "main", **ON}
    assert code(await lives.send("refunds", body, "finance:pat")) == (422, "invoice_not_paid")
    await paid(lives, invoice)
    assert code(await lives.send("refunds", {**body, "bank": None}, "finance:pat")) == (400, "bank_missing")
    await lives.done("refunds", body, "finance:pat")
    assert code(await lives.send("refunds", body, "finance:pat")) == (409, "refund_known")
    assert code(await lives.send("refunds", {**body, "reference": "RF-2", "amount": "75.01"}, "finance:pat")) == (
        422, "credit_exceeds_invoice",
    )  # fmt: skip
    assert ((await lives.money())["spent"], await lives.balance("bank/main")) == ("75.00", "25.00")
    await lives.instalment("500.00")
    evidence = await lives.accept(await lives.claim("120.00"), "officer", "claims", D)
    number = next(entry["number"] for entry in evidence["entries"] if entry["kind"] == "evidence")
    await lives.done("refunds", {**body, "of": number, "amount": "20.00", "bank": None}, "finance:pat", D)
    money = await lives.money(D)
    assert (money["spent"], money["advanced"], await lives.balance(f"advance/{D.person}/H1")) == (
        "100.00",
        "400.00",
        "400.00",
    )
    undone = await lives.send(f"entries/{number + 1}/reverse", ON, "finance:ron", D)
    assert code(undone) == (422, "invoice_credited")


async def test_a_fund_covers_what_went_beyond_a_line_once_somebody_has_approved_it(lives: Tried) -> None:
    """An invoice beyond the line's money is a fact. Its referral approved, the funds bear it, up to what was decided."""
    made = await lives.accept(await lives.invoice("C-6", "10500.00"))
    assert (await lives.money())["unfunded"] == "100.00"
    decision = made["decision"]["number"]
    body = {"decision": decision, "amount": "100.00", "currency": "GBP", **ON}
    assert code(await lives.send("unfunded", body, "finance:pat")) == (422, "fact_not_approved")
    await lives.done(f"decisions/{decision}/approve", ON, "officer:olga")
    assert code(await lives.send("unfunded", {**body, "amount": "100.01"}, "finance:pat")) == (422, "unfunded_exceeded")
    assert code(await lives.send("unfunded", body, "finance:fay")) == (422, "second_person_needed")
    before = await lives.balance("fund/council/2025-26/unallocated")
    await lives.done("unfunded", body, "finance:pat")
    money = await lives.money()
    assert (money["unfunded"], money["allocated"]) == ("0.00", "10500.00")
    assert float(before) - float(await lives.balance("fund/council/2025-26/unallocated")) == 40.0
    assert code(await lives.send("unfunded", body, "finance:pat")) == (422, "unfunded_exceeded")
    assert code(await lives.send("unfunded", {**body, "decision": 1}, "finance:pat")) == (404, "decision_not_found")
