"""Money moved between the lines of a budget over HTTP: tried, done, asked again, and who may not."""

from typing import Any

from ledger.budgets import acts, plans
from tests.api.lives import BOB, DAY, NED, START, YEAR, N
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.


async def _flexible(lives: Tried) -> None:
    """Ned's line N and a line M of his, in one group."""
    import msgspec

    first = msgspec.structs.replace(N, flexibility="care")
    line = msgspec.structs.replace(first, line="M", amount=100_000)
    made = [
        plans.share_of(line, share, YEAR, partner="council" if share.kind == "partner" else None)
        for share in line.shares
    ]
    plan = plans.PlanVersion(plan="PN", person=NED, version=1, start=START, end=N.end, coordinator="C1", agreement=True)
    await lives.do(
        plans.plan_recorded("signed", plan), plans.line_recorded("agreed", first, because=-1),
        plans.line_recorded("agreed", line, because=-1), *(each for share in made for each in plans.share_opened(share)),
        acts.allocated(amount=line.amount, shares=made, effective_on=START, because=-1), asked=BOB,
    )  # fmt: skip


def body(amount: str = "50.00", **more: Any) -> dict[str, Any]:
    """A wish to move money from N to M."""
    return {"line": "N", "to": "M", "amount": amount, "currency": "GBP", "effective_on": DAY, **more}


async def test_money_moves_between_lines_and_no_money_without_a_reason(lives: Tried) -> None:
    """Allowed it moves; more than is left is denied with what is left; the refused and the malformed say their code."""
    await _flexible(lives)
    done = await lives.done("virements", body())
    assert (done["act"], done["outcome"], done["stated"], done["line"]) == ("virement", "allow", {"to_line": "M"}, "N")
    assert ((await lives.money())["left_to_spend"], done["amount"]) == ("10350.00", "50.00")
    denied = await lives.done("virements", body("10350.01"))
    assert (denied["outcome"], denied["findings"][0]["message"]) == (
        "deny", "£10,350.01 is more than the £10,350 that is left in this part of the budget."
    )  # fmt: skip
    for sent, who, expected in (
        (body(to="N"), "officer", (400, "lines_same")),
        (body(to="D"), "officer", (404, "line_unknown")),
        (body(currency="EUR"), "officer", (400, "currency_not_of_book")),
        (body(approved=1), "officer", (422, "approval_unfit")),
        (body(), "holder:holder-N", (403, "permission_missing")),
        (body(), "finance", (403, "permission_missing")),
    ):
        answer = await lives.send("virements", sent, who)
        assert (answer.status_code, answer.json()["code"]) == expected
