"""Money is paid once and taken back once, whichever way somebody takes; tried, and verified."""

from datetime import date
from typing import Any

from ledger.budgets.payment_files import Payment, file_recorded
from tests import kit
from tests.api.lives import D
from tests.api.test_bank_feeds import file_of
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import ADVANCE, DISPUTED, GBP, ON, RECLAIM, UNIDENTIFIED, Owed, code, right
from tests.api.test_recovery import owed as owed  # The fixture.

PAID_IN = b"""Date,Type,Description,Paid out,Paid in,Balance,Transaction ID
02/06/2025,BACS,NHS,,"2,000.00","2,000.00",T-1
"""


async def test_an_instalment_that_has_left_is_not_undone_and_not_paid_again(lives: Tried, book: kit.Book) -> None:
    """Undone before it was in a file, an instalment is due again. After that, or once a bank has it, it can only come back, and
    what was kept for it is not paid a second time."""
    first = await lives.instalment("2000.00")
    await lives.done(f"entries/{first}/reverse", ON, "finance:ron", D)
    number = await lives.instalment("1500.00")
    paid = [Payment(number, "H1", 150_000, date(2025, 6, 2))]
    await lives.do(file_recorded("main", "F1", form="csv", after=0, through=number, payments=paid, content=b"x"))
    sent = await lives.send(f"entries/{number}/reverse", ON, "finance:ron", D)
    assert code(sent) == (422, "instalment_on_its_way")
    matched = await lives.instalment("2000.00")
    assert matched > number
    await lives.done("holder-accounts/H1/statements", file_of(content=PAID_IN), "finance", D)
    lines = (await lives.get(f"/budgets/{D.person}/bank-lines", "finance")).json()["lines"]
    await lives.done(
        f"bank-lines/{lines[0]['number']}/match", {"kind": "instalment", "of": matched, **ON}, "finance", D
    )
    assert code(await lives.send(f"entries/{matched}/reverse", ON, "finance:ron", D)) == (422, "instalment_on_its_way")
    assert await lives.balance(ADVANCE) == "3500.00"
    await right(lives, book)


async def _accepted(lives: Tried, amount: str = "100.00") -> int:
    """A claim of Dora's that was accepted: its acceptance, which its money follows."""
    accepted = await lives.accept(await lives.claim(amount), "officer:olga", "claims", D)
    return next(each["number"] for each in accepted["entries"] if each["kind"] == "evidence")


def _refund(of: int, amount: str) -> dict[str, Any]:
    return {"of": of, "reference": f"RF-{amount}", "amount": amount, "bank": None, **GBP, **ON}


async def test_what_is_questioned_or_demanded_of_care_is_not_taken_back_again(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:  # fmt: skip
    """£60 of £100 is questioned, and £40 demanded: nothing is left for a refund, and the acceptance is not undone. Explained and
    withdrawn, all of it can be undone."""
    number = await _accepted(lives)
    asked = (await owed.done("questions", {"of": number, "amount": "60.00", **GBP, **ON}))["entries"][0]["number"]
    assert await owed.no("refunds", _refund(number, "40.01"), "finance:pat") == (422, "credit_exceeds_invoice")
    demand = await owed.demanded("40.00", source="spent", of=number)
    assert await owed.no("refunds", _refund(number, "0.01"), "finance:pat") == (422, "credit_exceeds_invoice")
    back = f"entries/{number + 1}/reverse"
    assert await owed.no(back, ON, "finance:ron") == (422, "taken_back_already")
    await owed.done(f"questions/{asked}/explain", {"amount": "60.00", **GBP, **ON}, "officer:oscar")
    assert await owed.no(back, ON, "finance:ron") == (422, "taken_back_already")
    await owed.done(f"demands/{demand}/withdrawals", {"amount": "40.00", **GBP, **ON}, "officer:olga")
    await owed.done(back, ON, "finance:ron")
    assert [await owed.state(name) for name in ("spent", "advanced", "recovering")] == ["0.00", "2000.00", "0.00"]
    assert await owed.balances(ADVANCE, DISPUTED, RECLAIM) == ["2000.00", "0.00", "0.00"]
    await right(lives, book)


async def test_what_was_refunded_is_neither_questioned_nor_demanded(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """£30 of £100 came back into the account: £70 can be questioned or demanded and no more."""
    number = await _accepted(lives)
    await owed.done("refunds", _refund(number, "30.00"), "finance:pat")
    question = {"of": number, "amount": "70.01", **GBP, **ON}
    assert await owed.no("questions", question) == (422, "source_exceeded")
    found = await owed.demand("70.01", await owed.notice("70.01"), source="spent", of=number)
    assert [each["rule"] for each in found["decision"]["findings"]] == ["icb_policy.owing_more_than_there"]
    await owed.demanded("70.00", source="spent", of=number)
    assert await owed.balances(ADVANCE, RECLAIM) == ["1930.00", "70.00"]
    assert await owed.state("spent") == "0.00"
    await right(lives, book)


async def test_undoing_a_bank_line_takes_its_own_money(owed: Owed, lives: Tried, book: kit.Book) -> None:
    """Two lines of £100. The first, questioned or explained, is not undone: it would take what the second stands for. Nor is it
    said to be evidence that was accepted before."""
    one, _ = await owed.bank_line("100.00", "A"), await owed.bank_line("100.00", "B")
    asked = (await owed.done("questions", {"of": one, "amount": "100.00", **GBP, **ON}))["entries"][0]["number"]
    before = await _accepted(lives)
    back = f"entries/{one + 1}/reverse"
    assert await owed.no(back, ON, "finance:ron") == (422, "taken_back_already")
    match = {"kind": "evidence", "of": before, **ON}
    assert await owed.no(f"bank-lines/{one}/match", match) == (422, "taken_back_already")
    await owed.done(f"questions/{asked}/explain", {"amount": "100.00", **GBP, **ON}, "officer:olga")
    claim = await lives.claim("60.00", bank_line=one)
    await lives.accept(claim, "officer:olga", "claims", D)
    assert await owed.no(back, ON, "finance:ron") == (422, "taken_back_already")
    assert await owed.balances(UNIDENTIFIED, DISPUTED) == ["140.00", "0.00"]
    await right(lives, book)
