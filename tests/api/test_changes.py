"""Money moved between the lines of a budget over HTTP: tried, done, asked again, and who may not."""

from typing import Any

import msgspec

from ledger.budgets import acts, plans
from tests import kit
from tests.api.lives import BOB, DAY, DORA, NED, START, YEAR, D, N
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import in_order


async def flexible(lives: Tried) -> None:
    """Ned's line N and a line M of his, in one group."""
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
    await flexible(lives)
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


async def test_what_is_kept_for_emergencies_is_not_left_to_spend_until_it_is_drawn(lives: Tried) -> None:
    """Set aside and drawn by notice, each a decision with its reason; more than there is of either is denied."""
    kept = {"line": "N", "amount": "400.00", "currency": "GBP", "effective_on": DAY, "reason": "yearly"}
    done = await lives.done("contingency/set-aside", kept)
    assert (done["act"], done["outcome"], done["reason"]) == ("set_contingency_aside", "allow", "yearly")
    money = await lives.money()
    assert (money["left_to_spend"], money["contingency"]) == ("10000.00", "400.00")
    drawn = await lives.done("contingency/draw", kept | {"amount": "150.01", "reason": "hospital"})
    assert (drawn["act"], drawn["outcome"]) == ("draw_contingency", "allow")
    money = await lives.money()
    assert (money["left_to_spend"], money["contingency"]) == ("10150.01", "249.99")
    for path, amount, more in (
        ("contingency/draw", "250.00", []), ("contingency/set-aside", "10150.02", ["icb_policy.moved_above_limit"]),
    ):  # fmt: skip
        denied = await lives.done(path, kept | {"amount": amount})
        assert [each["rule"] for each in denied["findings"]] == ["icb_policy.change_not_enough_left", *more]
    early = await lives.done("contingency/draw", kept | {"amount": "1.00", "effective_on": "2025-03-31"})
    assert early["outcome"] == "deny"
    for sent, who, expected in (
        (kept | {"line": "D"}, "officer", (404, "line_unknown")),
        (kept | {"currency": "EUR"}, "officer", (400, "currency_not_of_book")),
        (kept, "holder:holder-N", (403, "permission_missing")),
    ):
        answer = await lives.send("contingency/draw", sent, who)
        assert (answer.status_code, answer.json()["code"]) == expected


async def test_cash_in_hand_moves_between_lines_that_are_paid_into_one_account(lives: Tried, book: kit.Book) -> None:
    """Event 31 of what was paid out: the other line has it to spend, the account has as much as before; more than is in hand, or
    what has not been paid out, is not there to be moved."""
    first = msgspec.structs.replace(D, flexibility="care")
    line = msgspec.structs.replace(first, line="E", amount=100_000)
    made = [plans.share_of(line, share, YEAR) for share in line.shares]
    plan = plans.PlanVersion(
        plan=D.plan, person=DORA, version=1, start=START, end=D.end, coordinator="C1", agreement=True
    )
    await lives.do(
        plans.plan_recorded("signed", plan), plans.line_recorded("agreed", first, because=-1),
        plans.line_recorded("agreed", line, because=-1), *(each for share in made for each in plans.share_opened(share)),
        acts.allocated(amount=line.amount, shares=made, effective_on=START, because=-1), asked=BOB,
    )  # fmt: skip
    await lives.instalment("2000.00")
    wish = body("200.00", line="D", to="E", in_hand=True)
    done = await lives.done("virements", wish, line=D)
    assert (done["outcome"], done["stated"]) == ("allow", {"in_hand": "yes", "to_line": "E"})
    assert [await lives.balance(f"share/{each}/nhs/{YEAR}/advanced") for each in "DE"] == ["1800.00", "200.00"]
    assert await lives.balance(f"advance/{DORA}/H1") == "2000.00"
    denied = await lives.done("virements", body("1800.01", line="D", to="E", in_hand=True), line=D)
    assert "icb_policy.change_not_enough_left" in [each["rule"] for each in denied["findings"]]
    await in_order(lives, book)


async def test_who_moves_money_moves_no_more_than_their_grade_may(lives: Tried) -> None:
    """Above it another person decides; then it moves."""
    await flexible(lives)
    limit = {"grade": "band5", "act": "virement", "amount": "49.99", "currency": "GBP", "from": "2025-04-01"}
    await lives.done("/limits", limit, "finance")
    await lives.done("/grades", {"actor": "officer", "grade": "band5", "from": "2025-04-01"}, "finance")
    asked = await lives.done("virements", body())
    assert [each["rule"] for each in asked["findings"]] == ["icb_policy.moved_above_limit"]
    await lives.done(f"decisions/{asked['number']}/approve", {"effective_on": DAY}, "officer:olga")
    assert (await lives.done("virements", body(approved=asked["number"])))["outcome"] == "allow"
