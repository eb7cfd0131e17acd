"""What is given back, decided or claimed for more than there is, or once too often, has a no of its own."""

import pytest

from tests.api.lives import DAY, NED, NO, D, Lives
from tests.api.test_spending import code

HOLDER = "holder:holder-N"


async def test_an_order_is_given_back_in_parts_once_and_not_beyond_what_it_keeps(lives: Lives) -> None:
    """A part, then the rest. Each repeated request has its first answer though the hold is closed by then; more than is kept is
    refused and leaves nothing; a closed hold is the ledger's no, whether all of it or a part is asked for."""
    order = await lives.spend("100.00")
    path, part = f"holds/{order['hold']}/release", {"effective_on": DAY, "amount": "40.00"}
    more = await lives.send(path, {"effective_on": DAY, "amount": "100.01"}, HOLDER)
    assert code(more) == (422, "amount_not_split")
    first = await lives.send(path, part, HOLDER, key="part")
    assert first.status_code == 201
    assert (await lives.money())["held"] == "60.00"
    assert (await lives.send(path, {"effective_on": DAY}, HOLDER)).status_code == 201
    again = await lives.send(path, part, HOLDER, key="part")
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    for body in (part, {"effective_on": DAY}):
        assert code(await lives.send(path, body, HOLDER)) == (422, "hold_closed")
    assert (await lives.money())["available"] == "10400.00"


async def test_a_stranger_gives_nothing_back_not_even_by_repeating(lives: Lives) -> None:
    """Another person's order looks as if it were not there, and nor is it given back by its number under one's own budget."""
    order = await lives.spend("100.00")
    path, body = f"holds/{order['hold']}/release", {"effective_on": DAY}
    assert code(await lives.send(path, body, "holder:holder-D")) == (404, "person_unknown")
    assert code(await lives.send(path, body, "holder:holder-D", D)) == (404, "hold_not_found")
    assert (await lives.money())["held"] == "100.00"


@pytest.mark.parametrize("later", ["approve", "decline"])
async def test_a_referral_that_is_decided_says_so(lives: Lives, later: str) -> None:
    """Repeated it has its first answer; a second decision, whichever it is, is told that there is one."""
    waiting = await lives.spend("1000.01")
    path, body = f"decisions/{waiting['number']}", {"effective_on": DAY}
    first = await lives.send(f"{path}/approve", body, key="yes")
    assert (first.status_code, first.json()["outcome"]) == (201, "allow")
    assert (await lives.send(f"{path}/approve", body, key="yes")).text == first.text
    assert code(await lives.send(f"{path}/{later}", body, "officer:olga")) == (409, "referral_decided")
    read = (await lives.get(f"/budgets/{NED}/decisions/{waiting['number']}")).json()
    assert read["resolved_by"] == first.json()["number"]


@pytest.mark.parametrize("how", ["approve", "decline"])
async def test_what_was_kept_for_a_referral_is_not_brought_back_once_it_is_decided(lives: Lives, how: str) -> None:
    """The answer gave back what waited: reversed, it would keep money for an order that nobody can decide. What the approval keeps
    is cancelled and brought back as any order."""
    waiting = await lives.spend("1600.00")
    answer = {"effective_on": DAY, **(NO if how == "decline" else {})}
    made = await lives.done(f"decisions/{waiting['number']}/{how}", answer, "officer:olga")
    held = (await lives.money())["held"]
    path = f"entries/{made['number'] - 1}/reverse"
    for _ in range(2):
        no = await lives.send(path, {"effective_on": DAY}, "finance:ron", key="back")
        assert (code(no), (await lives.money())["held"]) == ((422, "referral_not_reversed"), held)
    if how == "approve":
        released = (await lives.done(f"holds/{made['hold']}/release", {"effective_on": DAY}))["number"]
        await lives.done(f"entries/{released}/reverse", {"effective_on": DAY}, "finance:ron")
        assert (await lives.money())["held"] == held == "1600.00"


async def test_evidence_of_a_bank_line_for_more_than_was_paid_out_waits(lives: Lives) -> None:
    """The line of a second account says more than the budget line was advanced: nothing is posted and the claim stays open."""
    await lives.instalment("100.00")
    await lives.accept(await lives.claim("80.00"), "officer", "claims", D)
    line = await lives.done("bank-lines", {"holder_account": "H1", "amount": "50.00", "currency": "GBP", "on": DAY,
                                           "reference": "POS 1", "source": "card_feed"}, "finance", D)  # fmt: skip
    number = await lives.claim("50.00", bank_line=line["entries"][0]["number"])
    tried = await lives.send(f"claims/{number}/accept", {"effective_on": DAY}, "officer", D)
    assert code(tried) == (422, "amount_not_split")
    assert (await lives.money(D))["spent"] == "80.00"


async def test_nobody_cuts_a_budget_by_a_reversal(lives: Lives) -> None:
    """What gave a line its money is not undone, by nobody and in no dry run: a cut needs notice and a new version of the plan
    (reg 13(5)). It leaves nothing."""
    shown = (await lives.get(f"/budgets/{NED}/statement?first_day=2025-04-01&last_day={DAY}")).json()
    [number] = [each["number"] for each in shown["lines"] if each["event"] == 2]
    for query in ("", "?dry_run=true"):
        no = await lives.send(f"entries/{number}/reverse{query}", {"effective_on": DAY}, "finance:ron")
        assert code(no) == (422, "allocation_not_reversed")
        assert "new version of the plan" in no.json()["detail"]
    assert code(await lives.send(f"/transactions/{number}/reversals", {"effective_on": DAY}, "finance:ron"))[0] == 403
    after = (await lives.get(f"/budgets/{NED}/statement?first_day=2025-04-01&last_day={DAY}")).json()
    assert (after["through_entry"], after["lines"]) == (shown["through_entry"], shown["lines"])
