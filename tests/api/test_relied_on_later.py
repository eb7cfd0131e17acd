"""What was bought on an answer is claimed with its number: looked at as an order is, by the day that it was bought."""

from typing import Any

import pytest

from api.open_books import today
from tests.api.lives import DAY, D, Lives, N, bill, ordered
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_spending import code
from tests.api.test_year_end import END, _confirmed, _ruled
from tests.api.test_years import _line
from tests.api.test_years import tina as tina  # The fixture.

ON, HOLDER, SINGLE = {"effective_on": "2025-07-10"}, "holder:holder-D", "icb_policy.over_single_limit"


async def answered(lives: Lives, amount: str, **more: Any) -> int:
    """A question of Dora's that an officer approved; the number of the approval, good until 30 June."""
    asked = await lives.done("asks", ordered(amount, line="D", payee="A1", **more), HOLDER, D)
    assert asked["outcome"] == "refer"
    approved = await lives.done(f"decisions/{asked['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    return int(approved["number"])


def bought(amount: str, **more: Any) -> dict[str, Any]:
    """The body of a claim of Dora's."""
    return {"line": "D", "service": "home_care", "amount": amount, "currency": "GBP", "spent_on": DAY, **more}


async def accepted(lives: Lives, kind: str, body: dict[str, Any]) -> list[str]:
    """Claimed, and accepted by another; the rules that it is looked at for."""
    number = (await lives.done(kind, body, HOLDER, D))["entries"][0]["number"]
    done = await lives.done(f"{kind}/{number}/accept", ON, "officer", D)
    assert done["entries"][-1]["kind"] == "transaction"
    if "relies_on" in body:
        assert done["decision"]["relies_on"] == body["relies_on"]
    return [each["rule"] for each in done["decision"]["findings"] if not each["rule"].endswith("30_day_limit")]


@pytest.mark.parametrize(("kind", "more"), [("claims", {"payee": "A1"}), ("reimbursements", {"holder_account": "H1"})])
async def test_what_was_bought_on_a_yes_in_time_and_within_it_is_not_asked_again(
    lives: Lives, kind: str, more: dict[str, Any]
) -> None:
    """Once, whichever day it is accepted on: another that relies on it, a penny more and a day later are looked at, and so is what
    relies on nothing."""
    if kind == "claims":
        for amount in ("2000.00", "2000.00", "2000.00", "2000.00"):
            await lives.instalment(amount)
    yes = await answered(lives, "1200.00")
    assert await accepted(lives, kind, bought("1200.00", **more)) == [SINGLE]
    late = bought("1200.00", relies_on=yes, **more) | {"spent_on": "2025-07-01"}
    assert await accepted(lives, kind, late) == [SINGLE]
    yes = await answered(lives, "1200.00")
    beyond = await accepted(lives, kind, bought("1200.01", relies_on=yes, **more))
    assert beyond == [SINGLE]
    yes = await answered(lives, "1200.00")
    in_time = bought("1200.00", relies_on=yes, **more) | {"spent_on": "2025-06-30"}
    assert await accepted(lives, kind, in_time) == []
    assert await accepted(lives, kind, bought("1150.00", relies_on=yes, **more)) == [SINGLE]


@pytest.mark.parametrize(("kind", "more"), [("claims", {"payee": "A1"}), ("reimbursements", {"holder_account": "H1"})])
async def test_what_was_reversed_gives_the_yes_back_once(lives: Lives, kind: str, more: dict[str, Any]) -> None:
    """Accepted by mistake and reversed by another it has used nothing up: what comes next relies on the yes, and the one after is
    looked at."""
    if kind == "claims":
        for _ in range(4):
            await lives.instalment("2000.00")
    yes = await answered(lives, "1200.00")
    number = (await lives.done(kind, bought("1200.00", relies_on=yes, **more), HOLDER, D))["entries"][0]["number"]
    posted = (await lives.done(f"{kind}/{number}/accept", ON, "officer", D))["entries"][-1]["number"]
    await lives.done(f"entries/{posted}/reverse", ON, "finance:fred", D)
    assert await accepted(lives, kind, bought("1190.00", relies_on=yes, **more)) == []
    assert await accepted(lives, kind, bought("1180.00", relies_on=yes, **more)) == [SINGLE]


@pytest.mark.parametrize("invoiced", [True, False])
async def test_an_order_that_a_year_has_carried_relies_on_its_yes_still(tina: Tried, invoiced: bool) -> None:
    """What went on is given back: it is not brought back once another order relies on the yes. One of which £200 were invoiced in
    the old year has used it: no other is the first to rely on it, and the rest is brought back."""
    line, now = _line("K"), {"effective_on": today().isoformat()}
    asked = await tina.done("asks", ordered("1500.00", line="K", **now), line=line)
    yes = (await tina.done(f"decisions/{asked['number']}/approve", now, "officer:olga", line))["number"]
    march = {"effective_on": "2026-03-20", "care_from": "2026-03-20", "care_to": "2026-03-31"}
    order = await tina.done("spends", ordered("1500.00", line="K", relies_on=yes, **march), line=line)
    assert order["outcome"] == "allow"
    if invoiced:
        sent = bill("Y-1", "200.00", line="K", hold=order["hold"])
        number = (await tina.done("invoices", sent, line=line))["entries"][0]["number"]
        await tina.done(f"invoices/{number}/accept", {"effective_on": "2026-03-20"}, "finance:fay", line)
    await _ruled(tina, "all", "all", year=False)
    await _confirmed(tina)
    hold = (await tina.done(f"{END}/lines", {"line": "K"}, "finance:pat"))["entries"][-1]["number"]
    released = (await tina.done(f"holds/{hold}/release", now, line=line))["number"]
    if not invoiced:
        other = ordered("1500.00", line="K", relies_on=yes, **now)
        assert (await tina.done("spends", other, line=line))["outcome"] == "allow"
    back = await tina.send(f"entries/{released}/reverse", now, "finance:ron", line)
    assert (back.status_code, back.json().get("code")) == ((201, None) if invoiced else (422, "answer_used"))


async def test_an_answer_that_is_none_to_this_is_not_one_to_rely_on(lives: Lives) -> None:
    """Another payee of a claim, another service or line, what was bought before it was answered, and no answer at all."""
    yes = await answered(lives, "1200.00")
    asked = (await lives.done("asks", ordered("5.00", line="D"), HOLDER, D))["number"]
    other = (await lives.done("asks", ordered("5.00"), "holder:holder-N", N))["number"]
    for kind, more in (
        ("claims", {"relies_on": asked, "payee": "B2"}), ("claims", {"relies_on": asked}),
        ("claims", {"relies_on": yes, "service": "exercise"}), ("claims", {"relies_on": other, "payee": "A1"}),
        ("claims", {"relies_on": yes, "payee": "A1", "spent_on": "2025-06-01"}), ("claims", {"relies_on": 1}),
        ("reimbursements", {"relies_on": other, "holder_account": "H1"}),
        ("reimbursements", {"relies_on": yes, "holder_account": "H1", "spent_on": "2025-06-01"}),
    ):  # fmt: skip
        no = await lives.send(kind, {**bought("5.00"), **more}, HOLDER, D)
        assert code(no) == (404, "ask_unknown"), (kind, more)
