"""What a holder laid out is claimed, accepted by another, owed until a day, and paid into their account once."""

from tests.api.lives import DAY, D
from tests.api.test_cut_off import adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_returns import ON
from tests.api.test_spending import code

HOLDER = "holder:holder-D"


def laid_out(amount: str, **more: str) -> dict[str, str]:
    """The body of a claim of Dora's."""
    return {
        "line": "D",
        "service": "home_care",
        "amount": amount,
        "currency": "GBP",
        "spent_on": DAY,
        "holder_account": "H1",
        **more,
    }


async def claimed(lives: Tried, amount: str) -> int:
    """Claimed by the holder; the number of the claim."""
    return (await lives.done("reimbursements", laid_out(amount), HOLDER, D))["entries"][0]["number"]


async def test_what_a_holder_laid_out_is_paid_back_once_by_a_day(lives: Tried) -> None:
    """Accepted by another it is care of the line and owed to the account, due within the book's own 28 days, counted, and paid by a
    third person."""
    number = await claimed(lives, "75.50")
    path = f"reimbursements/{number}/accept"
    assert code(await lives.send(path, ON, HOLDER, D))[0] == 403
    accepted = await lives.done(path, ON, "officer", D)
    assert (accepted["decision"]["act"], [entry["event"] for entry in accepted["entries"]]) == (
        "reimbursement",
        [0, 16],
    )
    assert accepted["decision"]["outcome"] == "allow"
    due = accepted["entries"][0]
    assert due["attributes"]["due_on"] == "2025-06-30"
    assert code(await lives.send(path, ON, "officer", D)) == (409, "reimbursement_settled")
    assert ((await lives.money(D))["spent"], await lives.balance("payable/H1")) == ("75.50", "-75.50")
    given = {"payee": "H1", "bank": "main", "invoices": [due["number"]], **ON}
    assert code(await lives.send("/payments", given, "officer"))[0] == 403
    run = await lives.done("/payments", given, "finance:pat")
    assert (await lives.balance("payable/H1"), await lives.balance("in_transit/main")) == ("0.00", "-75.50")
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "invoice_paid")
    back = await lives.done(
        f"/payments/{run['entries'][0]['number']}/return", {**ON, "reason": "closed"}, "finance:fay"
    )
    assert [entry["kind"] for entry in back["entries"]] == ["run", "evidence", "holder_account", "transaction"]
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "holder_account_not_approved")


async def test_what_our_money_in_the_account_could_pay_is_not_paid_back(lives: Tried) -> None:
    """While money paid out is in the account, what was bought is explained from it; a declined claim posts nothing."""
    await lives.instalment("100.00")
    number = await claimed(lives, "20.00")
    assert code(await lives.send(f"reimbursements/{number}/accept", ON, "officer", D)) == (422, "money_in_account")
    await lives.done(
        f"reimbursements/{number}/decline",
        {"reason": "claim_it_as_evidence", "words": "Money of ours is there."},
        "officer",
        D,
    )
    assert (await lives.money(D))["spent"] == "0.00"
    unknown = await lives.send("reimbursements", laid_out("1.00", holder_account="H9"), HOLDER, D)
    assert code(unknown) == (404, "holder_account_unknown") or code(unknown)[1] == "holder_account_unknown"
    stranger = await lives.send("reimbursements", laid_out("1.00"), "holder:holder-N", D)
    assert code(stranger) == (404, "person_unknown")


async def test_what_comes_back_of_what_was_laid_out_is_owed_less_or_owed_back(lives: Tried) -> None:
    """A shop gives £10 of £75.50 back before the holder is paid, and £5 after: the first is not paid out, the second is owed by
    them until it comes back to us."""
    number = await claimed(lives, "75.50")
    accepted = (await lives.done(f"reimbursements/{number}/accept", ON, "officer", D))["entries"][0]["number"]

    async def credited(reference: str, amount: str) -> int:
        note = {"invoice": accepted, "payee": "H1", "reference": reference, "amount": amount, "currency": "GBP"}
        entered = (await lives.done("credits", note, line=D))["entries"][0]["number"]
        made = await lives.done(f"credits/{entered}/accept", ON, "finance:fay", D)
        return made["entries"][0]["number"]

    await credited("CN-1", "10.00")
    assert ((await lives.money(D))["spent"], await lives.balance("payable/H1")) == ("65.50", "-65.50")
    await lives.done("/payments", {"payee": "H1", "bank": "main", "invoices": [accepted], **ON}, "finance:pat")
    later = await credited("CN-2", "5.00")
    assert await lives.balance(f"receivable/provider/H1/{D.person}") == "5.00"
    await lives.done(f"credits/{later}/repaid", {**ON, "bank": "main"}, "finance:pat", D)
    assert ((await lives.money(D))["spent"], await lives.balance("bank/main")) == ("60.50", "5.00")
    await adds_up(lives)
