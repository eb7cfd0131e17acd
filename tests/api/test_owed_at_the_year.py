"""Care that was estimated at a year's end and evidenced afterwards: questioned, demanded, repaid and given up like any other."""

from typing import Any

import pytest

from tests import kit
from tests.api.lives import DORA, D
from tests.api.test_after_the_year import APRIL, NEW, OLD, ended
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import ADVANCE, DISPUTED, GBP, RECLAIM, Owed, right
from tests.api.test_recovery import owed as owed  # The fixture.
from tests.api.test_year_end import _ruled

MARCH = {"effective_on": "2026-03-31"}


async def _estimated(lives: Tried, owed: Owed, amount: str, evidenced: str, on: dict[str, Any] = APRIL) -> int:
    """Care of so much was recognised as bought by 31 March, and evidence came for so much of it; the number of its acceptance."""
    sent = {"line": "D", "service": "home_care", "amount": amount, "year": "2025-26", **GBP}
    entered = (await owed.done("care-bought", sent, "officer:olga"))["entries"][0]["number"]
    estimate = (await owed.done(f"care-bought/{entered}/accept", {}, "finance:pat"))["entries"][0]["number"]
    claim = await lives.claim(evidenced, estimate=estimate)
    made = await owed.done(f"claims/{claim}/accept", on, "officer")
    return next(each["number"] for each in made["entries"] if each["kind"] == "evidence")


async def _are(lives: Tried, form: str, **expected: str) -> None:
    for state, pence in expected.items():
        assert await lives.balance(form.format("D", state)) == pence, state


@pytest.mark.parametrize("how", ["year open", "year ended", "year closed"])
async def test_evidence_of_estimated_care_is_questioned_demanded_and_repaid(
    owed: Owed, lives: Tried, book: kit.Book, how: str
) -> None:  # fmt: skip
    """Of £300 at estimate £120 are evidenced in April: £50 of them are questioned, £20 of that are explained and £30 demanded; £40
    are demanded without a question. All of it is of the year that the evidence came in: the year that is over keeps its cost. More
    than the evidence is neither questioned nor demanded nor refunded."""
    number = await _estimated(lives, owed, "300.00", "120.00")
    if how == "year open":
        await _ruled(lives)
    else:
        await ended(lives, "D", "N", closed=how == "year closed")
    asked = {"of": number, **GBP, **APRIL}
    assert await owed.no("questions", {**asked, "amount": "120.01"}) == (422, "source_exceeded")
    question = (await owed.done("questions", {**asked, "amount": "50.00"}))["entries"]
    question_number = next(each["number"] for each in question if each["kind"] == "evidence")
    await _are(lives, NEW, spent="-50.00")
    assert await owed.balances(DISPUTED) == ["50.00"]
    await right(lives, book)
    await owed.done(f"questions/{question_number}/explain", {"amount": "20.00", **GBP, **APRIL}, "officer:olga")
    first = await owed.demanded("30.00", source="disputed", of=question_number, **APRIL)
    assert await owed.balances(DISPUTED, RECLAIM) == ["0.00", "30.00"]
    over = await owed.demand("90.01", await owed.notice("90.01"), source="spent", of=number, **APRIL)
    assert over["decision"]["outcome"] == "deny"
    second = await owed.demanded("40.00", source="spent", of=number, **APRIL)
    # Money that is questioned is in the account's `advanced`, of which a demand takes the oldest year that is open first.
    old, new = ("30.00", "40.00") if how == "year open" else ("0.00", "70.00")
    await _are(lives, OLD, spent="300.00", recovering=old)
    await _are(lives, NEW, spent="-70.00", recovering=new)
    await right(lives, book)
    refund = {"of": number, "reference": "RF-1", "amount": "50.01", "bank": None, **GBP, **APRIL}
    assert await owed.no("refunds", refund, "finance:pat") == (422, "credit_exceeds_invoice")
    await owed.done(f"demands/{first}/repayments", {"amount": "30.00", "bank": "main", **GBP, **APRIL}, "finance")
    await owed.done(f"demands/{second}/repayments", {"amount": "25.00", "bank": "main", **GBP, **APRIL}, "finance")
    await owed.done(f"demands/{second}/withdrawals", {"amount": "15.00", **GBP, **APRIL}, "officer:olga")
    await _are(lives, NEW, spent="-55.00", recovering="0.00")
    await owed.done("refunds", {**refund, "amount": "50.00"}, "finance:pat")
    assert await owed.no("questions", {**asked, "amount": "15.01"}) == (422, "source_exceeded")
    await owed.done("questions", {**asked, "amount": "15.00"})
    await right(lives, book)


async def test_evidence_of_the_year_itself_is_questioned_in_it(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """It came on 31 March, before its year ended: the cost of that year is lower, and what is questioned can be waived."""
    number = await _estimated(lives, owed, "300.00", "300.00", MARCH)
    question = (await owed.done("questions", {"of": number, "amount": "300.00", **GBP, **MARCH}))["entries"][0]
    await _are(lives, OLD, spent="0.00", advanced="2000.00")
    waived = {"line": "D", "amount": "300.00", "authority": "reg15.7", **GBP, **MARCH}
    made = await owed.done(f"questions/{question['number']}/waivers", waived, "officer:olga")
    assert made["decision"]["outcome"] == "allow"
    await _are(lives, OLD, lost="300.00", advanced="1700.00")
    assert await owed.balances(ADVANCE, DISPUTED, f"estimated_use/{DORA}/H1") == ["1700.00", "0.00", "0.00"]
    await right(lives, book)


async def test_two_evidences_of_one_estimate_are_each_questioned_for_what_they_are(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:  # fmt: skip
    """£120 and £180 of £300; all of the second, and then of the first."""
    first = await _estimated(lives, owed, "300.00", "120.00")
    [row] = await kit.rows(
        lives.dsn, "SELECT max(number) AS number FROM phb.register WHERE act = 'care_bought_accepted'"
    )
    claim = await lives.claim("180.00", estimate=row["number"])
    made = await lives.done(f"claims/{claim}/accept", APRIL, "officer", D)
    second = next(each["number"] for each in made["entries"] if each["kind"] == "evidence")
    await _ruled(lives)
    for of, amount in ((second, "180.00"), (first, "120.00")):
        await owed.done("questions", {"of": of, "amount": amount, **GBP, **APRIL})
        assert await owed.no("questions", {"of": of, "amount": "0.01", **GBP, **APRIL}) == (422, "source_exceeded")
    await _are(lives, NEW, spent="-300.00", advanced="300.00")
    await right(lives, book)
