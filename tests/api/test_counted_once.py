"""The same receipt is counted once, and what says the same again is looked at: claims, reimbursements and invoices of a person."""

import asyncio
from typing import Any

from tests.api.lives import DAY, D, Lives
from tests.api.test_evidence import HOLDER
from tests.api.test_evidence_files import PDF
from tests.api.test_holding import rules
from tests.api.test_spending import code

SAME = ("refer", ["icb_policy.claimed_before"])


async def _shown(lives: Lives, of: int, document: str = "receipt", who: str = HOLDER) -> None:
    sent = await lives.send(f"evidence/files?of={of}&document={document}", PDF, who, D)  # type: ignore[arg-type]
    assert sent.status_code == 201, sent.text


async def _accepted(lives: Lives, claim: int) -> Any:
    return await lives.accept(claim, "officer:olga", "claims", D)


async def test_what_says_the_same_again_is_looked_at_and_names_the_other(lives: Lives) -> None:
    """It is accepted, because two fares of one day are lawful, and another day, amount or payee is not the same; nor is what was
    declined."""
    await lives.instalment("2000.00")
    declined = await lives.claim("20.00")
    await lives.done(
        f"claims/{declined}/decline", {"reason": "duplicate", "words": "It is there already."}, "officer:olga", D
    )
    first = await lives.claim("20.00")
    assert rules((await _accepted(lives, first))["decision"]) == ("allow", [])
    for more in ({"amount": "20.01"}, {"spent_on": "2025-06-01"}):
        other = await _accepted(lives, await lives.claim(**{"amount": "20.00", **more}))
        assert rules(other["decision"]) == ("allow", []), more
    again = await _accepted(lives, await lives.claim("20.00"))
    assert rules(again["decision"]) == SAME
    said = next(each["attributes"] for each in again["entries"] if each["kind"] == "evidence")
    assert (said["act"], said["same_as"]) == ("evidence_accepted", str(first))
    assert (await lives.money(D))["spent"] == "80.01"


async def test_one_receipt_for_one_amount_is_counted_once(lives: Lives) -> None:
    """On another day too, and at once; for another amount somebody looks, and a bank statement may show several of the same. When
    the first is reversed the second is counted."""
    await lives.instalment("2000.00")
    claims = [await lives.claim("30.00", spent_on=day) for day in ("2025-06-01", DAY)]
    for each in claims:
        await _shown(lives, each)
    path, body = "claims/{}/accept", {"effective_on": DAY}
    both = await asyncio.gather(*(lives.send(path.format(each), body, "officer:olga", D) for each in claims))
    assert sorted(each.status_code for each in both) == [201, 409]
    left = next(number for number, each in zip(claims, both, strict=True) if each.status_code == 409)
    assert code(await lives.send(path.format(left), body, "officer:olga", D)) == (409, "receipt_counted")
    assert (await lives.money(D))["spent"] == "30.00"
    part = await lives.claim("12.00")
    await _shown(lives, part)
    assert rules((await _accepted(lives, part))["decision"]) == SAME
    done = next(each.json() for each in both if each.status_code == 201)
    [posted] = [each["number"] for each in done["entries"] if each["kind"] == "transaction"]
    await lives.done(f"entries/{posted}/reverse", {"effective_on": DAY}, "finance:fay", D)
    assert (await _accepted(lives, left))["entries"]
    wages = [await lives.claim("50.00", spent_on=day) for day in ("2025-06-01", DAY)]
    for each in wages:
        await _shown(lives, each, "bank_statement")
    assert [rules((await _accepted(lives, each))["decision"]) for each in wages] == [SAME, SAME]


async def test_a_receipt_that_was_claimed_is_not_reimbursed_nor_paid_as_an_invoice(lives: Lives) -> None:
    """Each way by which it would be counted again is refused, and nothing is owed for it."""
    await lives.instalment("2000.00")
    first = await lives.claim("40.00")
    await _shown(lives, first)
    await _accepted(lives, first)
    laid_out = {"line": "D", "service": "home_care", "amount": "40.00", "currency": "GBP", "spent_on": "2025-06-01",
                "holder_account": "H1"}  # fmt: skip
    again = (await lives.done("reimbursements", laid_out, HOLDER, D))["entries"][0]["number"]
    await _shown(lives, again)
    body = {"effective_on": DAY}
    assert code(await lives.send(f"reimbursements/{again}/accept", body, "officer:olga", D)) == (409, "receipt_counted")
    bill = {"payee": "A1", "reference": "R-40", "line": "D", "service": "home_care", "amount": "40.00", "currency": "GBP",
            "document_on": DAY, "received_on": DAY}  # fmt: skip
    sent = await lives.send("invoices", bill, "finance:jane", D)
    assert sent.status_code == 201, sent.text
    number = sent.json()["entries"][0]["number"]
    await _shown(lives, number, "invoice", "officer:olga")
    assert code(await lives.send(f"invoices/{number}/accept", body, "finance:fay", D)) == (409, "receipt_counted")
    assert (await lives.balance("payable/A1"), (await lives.money(D))["spent"]) == ("0.00", "40.00")
