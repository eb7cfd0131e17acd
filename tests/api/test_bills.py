"""Bills to the council over HTTP: up to its part of the cost, disputed, paid and credited, each once, and aged."""

from typing import Any

from ledger.reports.identities import check_identities
from tests.api.lives import DAY
from tests.api.test_credits import credited
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_returns import ON, accepted, paid
from tests.api.test_spending import code

BILLS = "/partners/council/bills"


def bill(number: str, amount: str, **more: Any) -> dict[str, Any]:
    """The body of a bill for May."""
    return {"bill": number, "from": "2025-05-01", "to": "2025-05-31", "amount": amount, "currency": "GBP", **ON, **more}


def part(amount: str, **more: Any) -> dict[str, Any]:
    """The body of a payment or a credit of a bill."""
    return {"amount": amount, "currency": "GBP", **ON, **more}


async def listed(lives: Tried, on: str = DAY) -> dict[str, Any]:
    """The council's bills on a day."""
    read = await lives.get(f"{BILLS}?on={on}", "commissioner")
    assert read.status_code == 200, read.text
    return read.json()


async def test_a_partner_is_billed_for_its_part_and_no_more(lives: Tried) -> None:
    """Forty per cent of the cost can be billed, once; a part is disputed and credited, the rest paid; then nothing is open."""
    await accepted(lives, "B-1", "1000.00")
    assert (await listed(lives))["billable"] == "400.00"
    assert code(await lives.send(BILLS, bill("0001", "400.01"), "finance")) == (422, "bill_exceeds_unbilled")
    await lives.done(BILLS, bill("0001", "300.00"), "finance")
    assert code(await lives.send(BILLS, bill("0001", "1.00"), "finance")) == (409, "bill_known")
    assert code(await lives.send(BILLS, bill("0002", "100.01"), "finance")) == (422, "bill_exceeds_unbilled")
    await lives.done(f"{BILLS}/0001/dispute", {"amount": "60.00", "reason": "not_agreed"}, "finance")
    [found] = (await listed(lives))["bills"]
    assert (found["state"], found["disputed"], found["open"]) == ("disputed", "60.00", "300.00")
    assert code(await lives.send(f"{BILLS}/0001/credit", part("60.00", reason="not_agreed"), "finance"))[0] == 422
    await lives.done(f"{BILLS}/0001/credit", part("60.00", reason="not_agreed"), "finance:fay")
    await lives.done(f"{BILLS}/0001/paid", part("200.00", bank="main"), "finance")
    assert code(await lives.send(f"{BILLS}/0001/paid", part("40.01", bank="main"), "finance")) == (422, "bill_exceeded")
    read = await listed(lives)
    assert (read["unbilled"], read["billed"], read["billable"]) == ("160.00", "40.00", "160.00")
    assert (read["bills"][0]["paid"], read["bills"][0]["credited"], read["bills"][0]["disputed"]) == (
        "200.00",
        "60.00",
        "0.00",
    )
    assert await lives.balance("bank/main") == "200.00"
    for path, body, expected in (
        (f"{BILLS}/0009/paid", part("1.00", bank="main"), (404, "bill_not_found")),
        ("/partners/nobody/bills", bill("0001", "1.00"), (404, "partner_not_found")),
        (f"{BILLS}/0001/dispute", {"amount": "0.00", "reason": "agreed"}, (409, "bill_settled")),
    ):
        assert code(await lives.send(path, body, "finance")) == expected
    assert code(await lives.send(BILLS, bill("0003", "1.00"), "officer"))[0] == 403


async def test_what_is_open_is_told_by_its_age(lives: Tried) -> None:
    """Thirty days to the day are in the first class, and a bill that is paid is in none."""
    await accepted(lives, "B-2", "1000.00")
    for number, on in (("1", "2025-05-03"), ("2", "2025-05-02"), ("3", "2025-04-02"), ("4", "2025-04-01")):
        await lives.done(BILLS, bill(number, "10.00", effective_on=on), "finance")
    assert (await listed(lives))["ageing"] == {"0-30": "10.00", "31-60": "10.00", "61-90": "20.00", "over-90": "0.00"}
    assert (await listed(lives, "2025-09-01"))["ageing"]["over-90"] == "40.00"
    await lives.done(f"{BILLS}/4/paid", part("10.00", bank="main"), "finance")
    assert (await listed(lives))["ageing"]["61-90"] == "10.00"


async def test_a_book_may_bill_on_what_is_paid_from_a_day_on(lives: Tried) -> None:
    """From that day an accepted invoice can be billed once it is paid, and credit notes count as before."""
    first = await accepted(lives, "B-3", "1000.00")
    await lives.done("/settings/partner-billing", {"basis": "paid", "from": DAY}, "finance")
    assert ((await listed(lives))["billable"], (await listed(lives, "2025-06-01"))["billable"]) == ("0.00", "400.00")
    await credited(lives, first, "CN-9", "500.00")
    await accepted(lives, "B-4", "100.00")
    assert (await listed(lives))["billable"] == "0.00"
    await paid(lives, first)
    read = await listed(lives)
    assert (read["basis"], read["billable"], read["unbilled"]) == ("paid", "200.00", "240.00")


async def test_what_is_owed_adds_up_after_credits_returns_and_bills(lives: Tried) -> None:
    """R3 and R7 hold in a book in which all of it happened."""
    first, second = await accepted(lives, "B-5", "500.01"), await accepted(lives, "B-6", "100.00")
    await paid(lives, first)
    credit = await credited(lives, first, "CN-7", "50.00")
    await credited(lives, second, "CN-8", "10.00")
    await lives.done(f"credits/{credit}/take", {**ON, "invoice": second}, "finance:pat")
    run = await paid(lives, second)
    await lives.done(f"/payments/{run}/return", {**ON, "reason": "account_closed"}, "finance:fay")
    await lives.done(BILLS, bill("0001", "100.00"), "finance")
    await lives.done(f"{BILLS}/0001/paid", part("40.00", bank="main"), "finance")
    await lives.accept(await lives.invoice("B-7", "30.00"))
    books = lives.app.desk.books
    row = await books.row("TEST")
    async with books.reading(row) as connection:
        found = {each.name: each for each in await check_identities(connection, row.book_id)}
    assert [each for each in found.values() if not each.ok] == []
    assert min(found["R3"].checked, found["R7"].checked) > 0
