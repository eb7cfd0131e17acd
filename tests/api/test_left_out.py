"""A line that a later version leaves out: what it leaves behind, in every year, is nothing that could be spent or paid."""

from typing import Any

import pytest

from api.app import Application
from tests import kit
from tests.api.asking import DAY
from tests.api.lives import DORA, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import AFTER, LAST, in_order, owed, stopped
from tests.api.test_people_and_plans import DIRECT, PLAN, SIGNED, Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_versions import SIMPLE, balance, noticed, planned, proven, signed

TWO_YEARS = SIMPLE | {"to": "2026-06-30", "amount": "3000.00",
                      "years": [{"year": "2025-26", "amount": "2500.00"}, {"year": "2026-27", "amount": "500.00"}]}  # fmt: skip


async def test_a_line_that_is_left_out_keeps_only_what_was_ordered_of_care_before(
    app: Application, office: Office, book: kit.Book
) -> None:
    """Money of two years, an order of care by now, one of later care, and a request that waits: all goes back to the funds of both
    years but for the first, which its invoice meets; what that leaves over goes back too, and then nothing is there."""
    person, path, [going, left] = await planned(office, [SIMPLE, TWO_YEARS])
    await office.payee()
    ask = {"line": left, "service": "home_care", "currency": "GBP", "effective_on": DAY, "payee": "A1"}
    days = {"care_from": "2025-05-01", "care_to": "2025-05-31"}
    later = {"care_from": "2025-07-01", "care_to": "2025-07-31"}
    orders = [
        await office.done("ann", f"/budgets/{person}/spends", ask | {"amount": amount, **more})
        for amount, more in (("300.00", days), ("200.00", later), ("1000.01", later))
    ]
    assert [each["outcome"] for each in orders] == ["allow", "allow", "refer"]
    await office.done(
        "ann", f"{path}/versions", PLAN | {"lines": [SIMPLE | {"line": going}], **await noticed(office, person)}
    )
    done = await signed(office, path)
    gone = [(each["kind"], each["event"]) for each in done["entries"] if each["event"] or each["kind"] == "line"]
    assert gone == [("line", 0), ("hold_released", 30), ("hold_released", 30), ("line", 0), ("transaction", 35)]
    for year, held in (("2025-26", "300.00"), ("2026-27", "0.00")):
        states = [await balance(office, f"share/{left}/nhs/{year}/{state}") for state in ("available", "held")]
        assert states == ["0.00", held], year
    bill = {"line": left, "payee": "A1", "reference": "M-1", "service": "home_care", "amount": "280.00", "currency": "GBP",
            "hold": orders[0]["hold"], "final": True, **days}  # fmt: skip
    number = (await office.done("ann", f"/budgets/{person}/invoices", bill))["entries"][0]["number"]
    await office.done("fay", f"/budgets/{person}/invoices/{number}/accept", {"effective_on": DAY})
    assert await balance(office, f"share/{left}/nhs/2025-26/available") == "20.00"
    remainder = f"/budgets/{person}/lines/{left}/stop/remainder"
    await office.done("ann", remainder, {"effective_on": DAY})
    assert await office.no("ann", remainder, {"effective_on": DAY}) == (422, "nothing_left")
    spent = [await balance(office, f"share/{left}/nhs/2025-26/{state}") for state in ("available", "held", "spent")]
    assert spent == ["0.00", "0.00", "280.00"]
    assert [await balance(office, f"fund/nhs/{year}/unallocated") for year in ("2025-26", "2026-27")] == [
        "18720.00", "20000.00",
    ]  # fmt: skip
    await proven(app, book)


@pytest.mark.parametrize("liability", [None, "300.00"])
async def test_a_direct_payment_that_is_left_out_pays_nothing_afterwards(
    lives: Tried, book: kit.Book, liability: str | None
) -> None:
    """Once the notice of its stop has run out a version may leave it out: what is kept for an instalment goes back with all that
    the line has, but for what a stated liability asks for, and the instalment is not paid."""
    office = Office(lives.client)
    kept = await lives.done("instalments", {"line": "D", "service": "home_care", "amount": "100.00", "currency": "GBP",
                                            "effective_on": DAY}, line=D)  # fmt: skip
    await lives.done(f"decisions/{kept['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    await stopped(lives)
    number = None if liability is None else await owed(lives, liability)
    path = f"/budgets/{DORA}/plans/PD"
    care = SIMPLE | {"title": "Care at home", "amount": "100.00", "from": "2025-06-30"}
    version = PLAN | DIRECT | {"from": "2025-06-30", "to": "2026-03-31", "lines": [care]}
    await office.done("ann", f"{path}/versions", version)
    done = await office.done("ben", f"{path}/sign", {"effective_on": LAST, **SIGNED})
    while done["decision"]["outcome"] == "refer":
        referred = done["decision"]["number"]
        await office.done("cat", f"/budgets/{DORA}/decisions/{referred}/approve", {"effective_on": LAST})
        done = await office.done("ben", f"{path}/sign", {"effective_on": LAST, "approved": referred, **SIGNED})
    assert done["decision"]["outcome"] == "allow", done["decision"]["findings"]
    left = {state: await lives.balance(f"share/D/nhs/2025-26/{state}") for state in ("available", "held", "advanced")}
    assert left == {"available": liability or "0.00", "held": "0.00", "advanced": "0.00"}
    paid = await lives.send(
        f"instalments/{kept['number']}/release", {"effective_on": LAST, "bank": "main"}, "finance", D
    )
    assert paid.json()["code"] == "instalment_settled"
    asked: dict[str, Any] = {
        "line": "D",
        "service": "home_care",
        "amount": "1.00",
        "currency": "GBP",
        "effective_on": AFTER,
    }
    again = await lives.done("instalments", asked, line=D)
    assert "plan.line_not_active" in {each["rule"] for each in again["findings"]}
    if number is not None:
        await lives.done(f"liabilities/{number}/accept", {"effective_on": LAST}, "finance:fay", D)
        assert await lives.balance("share/D/nhs/2025-26/unfunded") == "0.00"
    await in_order(lives, book)
