"""Money is paid once and taken back once, whichever way somebody takes; tried, and verified."""

from datetime import date

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
