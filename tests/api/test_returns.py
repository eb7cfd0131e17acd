"""Payments that came back over HTTP: owed or due again, and paid anew only to who has been verified anew."""

from typing import Any

from tests.api.lives import DAY, D, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_spending import code

ON = {"effective_on": DAY}
BACK = {**ON, "reason": "account_closed"}


async def paid(lives: Lives, *invoices: int, who: str = "finance:pat") -> int:
    """Accepted invoices of A1 paid; the number of the payment."""
    given = {"payee": "A1", "bank": "main", "invoices": list(invoices), **ON}
    return (await lives.done("/payments", given, who))["entries"][0]["number"]


async def plainly(lives: Tried, path: str, who: str, body: dict[str, Any] | None = None) -> Any:
    """A write of the register, whose tries do not say that they are."""
    return await super(Tried, lives).send(path, body or {}, who)


async def accepted(lives: Lives, reference: str, amount: str, **more: Any) -> int:
    """An invoice entered and accepted; the number of its acceptance."""
    made = await lives.accept(await lives.invoice(reference, amount, **more))
    return made["entries"][0]["number"]


async def test_a_payment_that_came_back_is_owed_again_and_paid_after_the_payee_is_approved_anew(lives: Tried) -> None:
    """Before the bank cleared it: nothing stays in transit, the invoices are owed, and the payee waits for a second person."""
    first, second = await accepted(lives, "R-1", "100.00"), await accepted(lives, "R-2", "50.50")
    run = await paid(lives, first, second)
    assert await lives.balance("in_transit/main") == "-150.50"
    returned = f"/payments/{run}/return"
    assert code(await lives.send(returned, BACK, "finance:pat")) == (422, "second_person_needed")
    done = await lives.done(returned, BACK, "finance:fay")
    assert [entry["kind"] for entry in done["entries"]] == ["run", "evidence", "evidence", "payee", "transaction"]
    assert (await lives.balance("in_transit/main"), await lives.balance("payable/A1")) == ("0.00", "-150.50")
    for path in (returned, f"/payments/{run}/clear"):
        assert code(await lives.send(path, BACK if path == returned else ON, "finance:fay")) == (
            409,
            "payment_returned",
        )
    given = {"payee": "A1", "bank": "main", "invoices": [first, second], **ON}
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "payee_unverified")
    order = await lives.spend("10.00")
    assert order["outcome"] != "allow"
    assert code(await plainly(lives, "/payees/A1/approve", "finance:fay")) == (422, "second_person_needed")
    assert (await plainly(lives, "/payees/A1/approve", "officer:olga")).status_code == 201
    again = await paid(lives, first, second)
    assert await lives.balance("payable/A1") == "0.00"
    await lives.done(f"/payments/{again}/clear", ON, "finance")
    assert await lives.balance("bank/main") == "-150.50"
    given["invoices"] = [first]
    assert code(await lives.send("/payments", given, "finance:pat")) == (422, "invoice_paid")


async def test_a_payment_that_came_back_after_the_bank_paid_is_on_the_bank_again(lives: Tried) -> None:
    """Cleared, then returned: the bank has the money again, and a second time it cannot come back."""
    run = await paid(lives, await accepted(lives, "R-3", "75.50"))
    await lives.done(f"/payments/{run}/clear", ON, "finance")
    await lives.done(f"/payments/{run}/return", BACK, "finance:fay")
    assert [await lives.balance(each) for each in ("bank/main", "in_transit/main", "payable/A1")] == [
        "0.00",
        "0.00",
        "-75.50",
    ]
    assert code(await lives.send("/payments/1/return", BACK, "finance:fay")) == (404, "payment_not_found")
    assert code(await lives.send(f"/payments/{run}/return", BACK, "officer"))[0] == 403


async def test_an_instalment_that_came_back_is_due_again(lives: Tried) -> None:
    """Before clearing and after it: the line has its money again, nothing is in the holder's account, and that account is approved
    anew before the next instalment."""
    for cleared in (False, True):
        number = await lives.instalment("2000.00")
        path = f"instalments/{number}"
        if cleared:
            await lives.done(f"{path}/clear", ON, "finance", D)
            assert code(await lives.send(f"{path}/clear", ON, "finance", D)) == (409, "payment_cleared")
        assert code(await lives.send(f"{path}/return", BACK, "finance", D)) == (422, "second_person_needed")
        done = await lives.done(f"{path}/return", BACK, "finance:fay", D)
        assert [entry["kind"] for entry in done["entries"]] == ["run", "holder_account", "transaction"]
        money = await lives.money(D)
        assert (money["available"], money["advanced"]) == ("26000.00", "0.00")
        assert [await lives.balance(each) for each in ("bank/main", "in_transit/main")] == ["0.00", "0.00"]
        assert code(await lives.send(f"{path}/return", BACK, "finance:fay", D)) == (409, "payment_returned")
        assert code(await lives.send(f"entries/{number}/reverse", ON, "finance:ron", D)) == (
            422,
            "instalment_on_its_way",
        )
        undone = await lives.send(f"entries/{done['entries'][2]['number']}/reverse", ON, "finance:ron", D)
        assert code(undone) == (422, "return_not_reversed")
        asked = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", **ON}
        assert (await lives.done("instalments", asked, line=D))["outcome"] != "allow"
        for who in ("officer:olga", "finance:ron"):
            assert (await lives.done(f"/people/{D.person}/holder-accounts/H1/approve", ON, who, D))[
                "outcome"
            ] == "allow"
    assert code(await lives.send("instalments/1/return", BACK, "finance:fay", D)) == (404, "payment_not_found")


async def test_what_was_explained_of_an_instalment_that_came_back_is_owed_to_the_holder(lives: Tried) -> None:
    """Care that was accepted stays care. The money for it never arrived, so the holder laid it out: that is owed to them, and only
    the rest is due again."""
    number = await lives.instalment("500.00")
    await lives.accept(await lives.claim("120.00"), "officer", "claims", D)
    line = {
        "holder_account": "H1",
        "amount": "30.00",
        "currency": "GBP",
        "on": DAY,
        "reference": "T",
        "source": "bank_feed",
    }
    await lives.done("bank-lines", line, "finance", D)
    await lives.done(f"instalments/{number}/return", BACK, "finance:fay", D)
    money = await lives.money(D)
    assert (money["available"], money["advanced"], money["spent"]) == ("25880.00", "0.00", "120.00")
    assert await lives.balance("payable/H1") == "-120.00"
    assert await lives.balance(f"estimated_use/{D.person}/H1") == "-30.00"


async def test_a_payee_who_was_paid_can_be_barred_and_approved_again(lives: Tried) -> None:
    """Payments are entries about the payee too; they are in nobody's way."""
    await paid(lives, await accepted(lives, "R-4", "1.00"))
    assert (await plainly(lives, "/payees/A1/bar", "officer")).status_code == 201
    assert (await plainly(lives, "/payees/A1/approve", "officer:olga")).status_code == 201
