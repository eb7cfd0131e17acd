"""Imported payments find their line over HTTP: up to what stands unassigned, tried, done, asked again, taken back, and who may
not."""

import asyncio
from typing import Any

from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.budgets.chart import account
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from ledger.core.model import Asked, Leg
from ledger.core.requests import OpenAccounts, Post
from ledger.reports.identities import check_identities
from tests import kit
from tests.api.lives import DAY, START, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.

FEED, PAYEE = "payments", "A1"
IMPORTED = Asked("phb", "loader", None, "machine", "imported")


async def _imported(lives: Lives, *pence: int) -> None:
    """Payments to the provider A1 as a published file tells them."""
    bank, stands = account("bank", account=FEED), account("unassigned", source=FEED, payee=PAYEE)
    await lives.do(OpenAccounts(accounts=(bank,)))
    await lives.do(OpenAccounts(accounts=(stands,), tags=(("payee", PAYEE),)))
    for each in pence:
        legs = (Leg(stands.code, each), Leg(bank.code, -each))
        await lives.do(Post(event=53, effective_on=START, legs=legs), asked=IMPORTED)


def body(amount: str = "100.00", **more: Any) -> dict[str, Any]:
    """A payment to A1 that was for Ned's line N."""
    return {
        "line": "N", "source": FEED, "payee": PAYEE, "service": "home_care", "amount": amount, "currency": "GBP",
        "effective_on": DAY, **more,
    }  # fmt: skip


async def _in_order(book: kit.Book) -> None:
    """Verification and every identity, R12 among them."""
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        found = await verify_book(connection, book.book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,))
        assert found.ok, found
        assert [each for each in await check_identities(connection, book.book_id) if not each.ok] == []
    finally:
        await connection.close()


async def _stands(book: kit.Book) -> int:
    sql = (
        "SELECT b.balance FROM phb.account a JOIN phb.balance b USING (book_id, account_id) "
        f"WHERE a.code = 'unassigned/{FEED}/{PAYEE}'"
    )
    return int((await kit.rows(book.dsn, sql))[0]["balance"])


async def test_a_payment_is_assigned_up_to_what_stands_unassigned(lives: Tried, book: kit.Book) -> None:
    """It is spent on the line and gone from suspense; a penny more than what is left is refused, and R12 stays true."""
    await _imported(lives, 120_00, 30_00)
    done = await lives.done("assignments", body("140.00"), "finance")
    assert done["decision"]["act"] == "assignment"
    assert [entry["kind"] for entry in done["entries"]] == ["evidence", "transaction"]
    assert await _stands(book) == 10_00
    answer = await lives.send("assignments", body("10.01"), "finance")
    assert (answer.status_code, answer.json()["code"]) == (422, "more_than_unassigned")
    await lives.done("assignments", body("10.00"), "finance")
    assert (await lives.money())["left_to_spend"] == "10250.00"
    await _in_order(book)


async def test_an_assignment_uses_its_order_and_what_goes_beyond_is_decided(lives: Tried, book: kit.Book) -> None:
    """Within the order nothing is decided anew; beyond it the rules are asked, and it is posted whatever they find."""
    await _imported(lives, 500_00)
    hold = (await lives.spend("100.00"))["hold"]
    within = await lives.done("assignments", body("60.00", hold=hold), "finance")
    assert within["decision"] is None
    beyond = await lives.done("assignments", body("70.00", hold=hold, final=True), "finance")
    assert (beyond["decision"]["amount"], beyond["decision"]["act"]) == ("30.00", "assignment")
    assert await _stands(book) == 370_00
    await _in_order(book)


async def test_more_than_the_line_has_is_recorded_and_not_refused(lives: Tried, book: kit.Book) -> None:
    """The money has gone: what authority does not cover is unfunded, and a person looks at it."""
    await _imported(lives, 11_000_00)
    done = await lives.done("assignments", body("10400.01"), "finance")
    assert done["decision"]["outcome"] == "refer"
    await _in_order(book)


async def test_an_assignment_that_is_taken_back_stands_unassigned_again(lives: Tried, book: kit.Book) -> None:
    """Another person reverses it; R12 counts what was undone."""
    await _imported(lives, 50_00)
    done = await lives.done("assignments", body("50.00"), "finance:jane")
    number = done["entries"][-1]["number"]
    answer = await lives.send(f"entries/{number}/reverse", {"effective_on": DAY}, "finance:john")
    assert answer.status_code == 201, answer.text
    assert await _stands(book) == 50_00
    await lives.done("assignments", body("50.00"), "finance:jane")
    await _in_order(book)


async def test_two_at_once_do_not_assign_the_same_payment_twice(app, client, book: kit.Book) -> None:
    """Both ask for all of it: one is done, the other is told that less stands there."""
    lives = Lives(app, client)
    await lives.begin()
    await _imported(lives, 80_00)
    both = await asyncio.gather(*(lives.send("assignments", body("80.00"), "finance") for _ in range(2)))
    assert sorted(each.status_code for each in both) == [201, 422]
    assert await _stands(book) == 0
    await _in_order(book)


async def test_the_same_request_again_has_the_same_answer_and_another_body_none(lives: Tried) -> None:
    """Once for each key."""
    await _imported(lives, 80_00)
    first = await lives.send("assignments", body(), "finance", key="once")
    assert (first.status_code, first.json()["code"]) == (422, "more_than_unassigned")
    again = [await Lives.send(lives, "assignments", body("50.00"), "finance", key="twice") for _ in range(2)]
    assert again[0].json() == again[1].json()
    other = await Lives.send(lives, "assignments", body("51.00"), "finance", key="twice")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_every_no_has_its_code(lives: Tried) -> None:
    """What cannot be assigned, and who may not."""
    await _imported(lives, 80_00)
    hold = (await lives.spend("10.00"))["hold"]
    for sent, who, expected in (
        (body(), "officer", (403, "permission_missing")),
        (body(), "holder:holder-N", (403, "permission_missing")),
        (body("1.00", payee="B2"), "finance", (404, "payment_not_imported")),
        (body("1.00", source="other"), "finance", (404, "payment_not_imported")),
        (body("1.00", line="D"), "finance", (404, "line_unknown")),
        (body("1.00", currency="EUR"), "finance", (400, "currency_not_of_book")),
        (body("0.00"), "finance", (400, "amount_zero")),
        (body("1.00", service="nothing"), "finance", (422, "service_unknown")),
        (body("1.00", hold=hold + 1), "finance", (404, "hold_not_found")),
    ):
        answer = await lives.send("assignments", sent, who)
        assert (answer.status_code, answer.json()["code"]) == expected, answer.text
