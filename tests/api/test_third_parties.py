"""A third party holds a person's money: paid by instalments, told by statements, one balance for each client."""

from typing import Any

import msgspec
import pytest

from ledger.budgets import acts, plans
from tests.api.lives import BOB, DAY, NED, START, YEAR, N
from tests.api.test_cut_off import adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_returns import BACK, ON
from tests.api.test_spending import code
from tests.api.test_year_end import END, _confirmed, _ruled

T = msgspec.structs.replace(
    N, line="T", management="third_party", amount=400_000, instalment=100_000, payees=("B2",),
    shares=(plans.LineShare("nhs", "ring_fenced", 1),),
)  # fmt: skip
"""Care of Ned's that the third party B2 holds the money for."""
FEE = msgspec.structs.replace(T, line="F", amount=40_000, instalment=10_000)
"""What B2 takes for that."""
HELD = f"tp_advance/B2/{NED}"


async def held_by_b2(lives: Tried, *lines: plans.Line) -> None:
    """The lines agreed and given their money."""
    plan = plans.PlanVersion(plan="PN", person=NED, version=1, start=START, end=N.end, coordinator="C1", agreement=True)
    made = [plans.share_of(line, line.shares[0], YEAR) for line in lines]
    await lives.do(
        plans.plan_recorded("signed", plan), *(plans.line_recorded("agreed", line, because=-1) for line in lines),
        *(each for share in made for each in plans.share_opened(share)),
        *(acts.allocated(amount=line.amount, shares=[share], effective_on=START, because=-1)
          for line, share in zip(lines, made, strict=True)),
        asked=BOB,
    )  # fmt: skip


async def instalment(lives: Tried, line: plans.Line, amount: str) -> int:
    """Asked for and released; the number of its payment, which an opening may come before."""
    asked = await lives.done(
        "instalments", {"line": line.line, "service": "home_care", "amount": amount, "currency": "GBP", **ON}
    )
    assert asked["outcome"] == "allow", asked
    path = f"instalments/{asked['number']}/release"
    released = await lives.done(path, {**ON, "bank": "main"}, "finance")
    return next(entry["number"] for entry in released["entries"] if entry["event"] == 9)


def statement(amount: str, reference: str = "S-1", **more: Any) -> dict[str, Any]:
    """The body of a statement of B2 about Ned."""
    return {"line": "T", "third_party": "B2", "service": "home_care", "reference": reference, "amount": amount, "currency": "GBP",
            **more}  # fmt: skip


async def test_a_third_partys_money_is_advanced_until_its_statement_is_accepted(lives: Tried) -> None:
    """Care and fee are paid ahead of two lines into one balance; the statement, accepted by another than entered it, is care."""
    await held_by_b2(lives, T, FEE)
    await instalment(lives, T, "1000.00")
    await instalment(lives, FEE, "100.00")
    assert (await lives.balance(HELD), (await lives.money(T))["advanced"]) == ("1100.00", "1000.00")
    body = statement("950.00", fee="50.00", fee_line="F")
    number = (await lives.done("statements", body))["entries"][0]["number"]
    assert code(await lives.send("statements", {**body, "reference": "s-1"})) == (409, "statement_known")
    path = f"statements/{number}/accept"
    assert code(await lives.send(path, ON, "officer")) == (422, "second_person_needed")
    accepted = await lives.done(path, ON, "officer:olga")
    assert [entry["event"] for entry in accepted["entries"]] == [0, 10]
    assert code(await lives.send(path, ON, "officer:olga")) == (409, "statement_settled")
    assert ((await lives.money(T))["spent"], (await lives.money(FEE))["spent"]) == ("900.00", "50.00")
    read = await lives.get("/third-parties/B2", "auditor")
    assert read.json()["clients"] == [{"person": NED, "balance": "150.00"}]
    assert (await lives.get("/third-parties/B2", "commissioner")).status_code == 403


async def test_a_statement_of_more_than_was_paid_ahead_is_owed_to_the_third_party(lives: Tried) -> None:
    """£1,000 for care and £100 for the fee were paid ahead. £1,100 and £120 are told of: what there is is used, the rest is owed as
    an invoice is, once, and paid by another than entered or accepted the statement; beyond the line's money it is unfunded."""
    await held_by_b2(lives, T, FEE)
    await instalment(lives, T, "1000.00")
    await instalment(lives, FEE, "100.00")
    number = (await lives.done("statements", statement("1220.00", fee="120.00", fee_line="F")))["entries"][0]["number"]
    accepted = await lives.done(f"statements/{number}/accept", ON, "officer:olga")
    assert [entry["event"] for entry in accepted["entries"]] == [0, 10, 0, 7, 0, 7]
    assert (await lives.balance(HELD), await lives.balance("payable/B2")) == ("0.00", "-120.00")
    assert ((await lives.money(T))["spent"], (await lives.money(FEE))["spent"]) == ("1100.00", "120.00")
    await instalment(lives, FEE, "100.00")
    fee = (await lives.done("statements", statement("60.00", "S-0", fee="50.00", fee_line="F")))["entries"][0]["number"]
    accepted = await lives.done(f"statements/{fee}/accept", ON, "officer:olga")
    assert [entry["event"] for entry in accepted["entries"]] == [0, 10, 0, 7]
    assert ((await lives.money(T))["spent"], (await lives.money(FEE))["spent"]) == ("1110.00", "170.00")
    more = (await lives.done("statements", statement("5000.00", "S-2")))["entries"][0]["number"]
    accepted = await lives.done(f"statements/{more}/accept", ON, "officer:olga")
    assert [entry["event"] for entry in accepted["entries"]] == [0, 0, 7]
    assert accepted["decision"]["outcome"] == "refer"
    money = await lives.money(T)
    assert (money["spent"], money["available"], money["unfunded"]) == ("6110.00", "0.00", "2110.00")
    invoice = next(entry["number"] for entry in accepted["entries"][1:] if entry["kind"] == "evidence")
    paid = {"payee": "B2", "bank": "main", "invoices": [invoice], **ON}
    for who in ("finance:olga", "finance:officer"):
        assert code(await lives.send("/payments", paid, who)) == (422, "second_person_needed")
    await lives.done("/payments", paid, "finance:zoe")
    same = await lives.send("invoices", {**statement("5000.00", "S-2"), "payee": "B2", "third_party": None})
    assert same.status_code in (400, 409)
    await adds_up(lives)


async def test_a_third_party_is_named_by_the_plan_and_approved_before_it_is_paid(lives: Tried) -> None:
    """Without one payee, or without approval, nothing goes out; an instalment that came back is due again, and they are approved
    anew."""
    await held_by_b2(
        lives,
        T,
        msgspec.structs.replace(T, line="U", amount=100_000, payees=()),
        msgspec.structs.replace(T, line="V", amount=100_000, payees=("NEW",)),
    )
    for line, expected in (("U", "third_party_missing"), ("V", "third_party_not_approved")):
        asked = await lives.done(
            "instalments", {"line": line, "service": "home_care", "amount": "1000.00", "currency": "GBP", **ON}
        )
        released = await lives.send(f"instalments/{asked['number']}/release", {**ON, "bank": "main"}, "finance")
        assert code(released) == (422, expected)
    number = await instalment(lives, T, "1000.00")
    assert code(await lives.send("claims", {"line": "T", "service": "home_care", "amount": "1.00", "currency": "GBP",
                                            "spent_on": DAY})) == (422, "line_not_paid_out")  # fmt: skip
    back = await lives.done(f"instalments/{number}/return", BACK, "finance:fay")
    assert [entry["kind"] for entry in back["entries"]] == ["run", "payee", "transaction"]
    assert (await lives.balance(HELD), (await lives.money(T))["available"]) == ("0.00", "4000.00")
    again = await lives.done(
        "instalments", {"line": "T", "service": "home_care", "amount": "1000.00", "currency": "GBP", **ON}
    )
    released = await lives.send(f"instalments/{again['number']}/release", {**ON, "bank": "main"}, "finance")
    assert code(released) == (422, "third_party_not_approved")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"third_party": "A1"}, (422, "third_party_missing")),
        ({"line": "N"}, (422, "line_not_paid_out")),
        ({"line": "Z"}, (404, "line_unknown")),
        ({"fee": "10.00"}, (422, "fee_line_unfit")),
        ({"fee": "10.00", "fee_line": "T"}, (422, "fee_line_unfit")),
        ({"fee": "950.00", "fee_line": "F"}, (422, "fee_line_unfit")),
    ],
)
async def test_a_statement_that_does_not_fit_is_not_entered(
    lives: Tried, changes: dict[str, Any], expected: tuple[int, str]
) -> None:  # fmt: skip
    """Of another third party, of a line that none holds, or with a fee that has no line of its own."""
    await held_by_b2(lives, T, FEE)
    assert code(await lives.send("statements", {**statement("950.00"), **changes})) == expected


async def test_a_credit_of_a_statement_is_with_the_third_party_again(lives: Tried) -> None:
    """£100 of £1,000 told of were not had: credited, or refunded to the third party, they are theirs to spend for the person again,
    and no more than was told of comes back. A statement that something came back of is not reversed."""
    await held_by_b2(lives, T)
    await instalment(lives, T, "1000.00")
    number = (await lives.done("statements", statement("1000.00")))["entries"][0]["number"]
    accepted = await lives.done(f"statements/{number}/accept", ON, "officer:olga")
    told, moved = accepted["entries"][0]["number"], accepted["entries"][-1]["number"]
    note = {"invoice": told, "payee": "B2", "reference": "CN-1", "amount": "100.00", "currency": "GBP"}
    entered = (await lives.done("credits", note))["entries"][0]["number"]
    made = await lives.done(f"credits/{entered}/accept", ON, "finance:fay")
    assert made["entries"][-1]["event"] == 34
    refund = {"of": told, "reference": "R-1", "amount": "50.00", "currency": "GBP", **ON}
    assert (await lives.done("refunds", refund, "finance:flo"))["entries"][-1]["event"] == 32
    money = await lives.money(T)
    assert (await lives.balance(HELD), money["spent"], money["advanced"]) == ("150.00", "850.00", "150.00")
    over = {**note, "reference": "CN-2", "amount": "850.01"}
    assert code(await lives.send("credits", over)) == (422, "credit_exceeds_invoice")
    assert code(await lives.send(f"entries/{moved}/reverse", ON, "finance:ron")) == (422, "invoice_credited")
    await adds_up(lives)


async def test_what_a_statement_told_beyond_the_lines_money_can_be_borne_and_the_year_ends(lives: Tried) -> None:
    """£5,000 of care and £500 of fee, of lines of £4,000 and £400: a fund bears £1,000 and £100 by the invoice of either, told by
    another than accepted the statement, and once. Then the lines' year ends."""
    await held_by_b2(lives, T, FEE)
    number = (await lives.done("statements", statement("5500.00", fee="500.00", fee_line="F")))["entries"][0]["number"]
    accepted = await lives.done(f"statements/{number}/accept", ON, "officer:olga")
    told, care, fee = (entry["number"] for entry in accepted["entries"] if entry["kind"] == "evidence")
    await _ruled(lives)
    blocked = await lives.send(f"{END}/proposals", {}, "finance:fay")
    assert code(blocked) == (422, "unfunded_left")
    body = {"decision": care, "amount": "1000.00", "currency": "GBP", **ON}
    assert code(await lives.send("unfunded", body, "finance:olga")) == (422, "second_person_needed")
    assert code(await lives.send("unfunded", body, "officer:ann")) == (403, "permission_missing")
    assert code(await lives.send("unfunded", {**body, "decision": told}, "finance:pat")) == (404, "decision_not_found")
    assert code(await lives.send("unfunded", {**body, "amount": "1000.01"}, "finance:pat")) == (
        422,
        "unfunded_exceeded",
    )
    await lives.done("unfunded", body, "finance:pat")
    assert code(await lives.send("unfunded", body, "finance:pat")) == (422, "unfunded_exceeded")
    await lives.done("unfunded", {**body, "decision": fee, "amount": "100.00"}, "finance:pat")
    assert [(await lives.money(line))["unfunded"] for line in (T, FEE)] == ["0.00", "0.00"]
    await _confirmed(lives)
    await adds_up(lives)
