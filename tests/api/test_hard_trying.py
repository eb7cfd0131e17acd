"""What somebody tries who has a token and bad intent, or good intent and little care: at once, ahead of time, disguised."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api.open_books import today
from tests import kit
from tests.api.lives import BOOK, DAY, DORA, NED, NO, D, Lives, N, bill, ordered
from tests.api.test_recovery import ADVANCE, GBP, ON, RECLAIM, Owed, right

HOLDER = "holder:holder-N"


async def at_once(lives: Lives, path: str, body: dict[str, Any], who: str, line: Any = N) -> list[int]:
    """The same wish of four people at one moment, each under a key of their own; the statuses in order."""
    sent = [lives.send(path, body, f"{who}{place}", line) for place in range(4)]
    return sorted(answer.status_code for answer in await asyncio.gather(*sent))


@pytest.mark.parametrize("disguise", ["inv 7", "INV\u200b7", "INV\u00ad7", "\uff29\uff2e\uff36\uff17", "INV\u20607"])
async def test_an_invoice_in_disguise_is_the_same_invoice(lives: Lives, disguise: str) -> None:
    """Blanks, capitals, signs that nobody sees, signs of another width: it was entered before."""
    await lives.invoice("INV7", "50.00")
    again = await lives.send("invoices", bill(disguise, "50.00"))
    assert (again.status_code, again.json()["code"]) == (409, "invoice_known")
    await lives.invoice("INV8", "50.00")


async def test_who_acts_for_somebody_is_no_second_person_beside_them(lives: Lives) -> None:
    """Neither does who acts for the asker say yes to them, nor the person for whom was asked; a third person does."""

    def acting(sub: str, acting_for: str | None = None) -> dict[str, str]:
        return {"Authorization": lives.client.token("officer", sub=sub, acting_for=acting_for)}

    for asker, decider in ((HOLDER, ("olga", "holder-N")), ("officer:ann", ("ann", "olga"))):
        number = (await lives.spend("1000.01", who=asker))["number"]
        path = f"{BOOK}/budgets/{NED}/decisions/{number}/approve"
        own = await lives.client.post(path, {"effective_on": DAY}, headers=acting(*decider))
        assert (own.status_code, own.json()["code"]) == (422, "second_person_needed"), asker
    asked = await lives.client.post(f"{BOOK}/budgets/{NED}/spends", ordered("1000.01"), headers=acting("ann", "ben"))
    path = f"{BOOK}/budgets/{NED}/decisions/{asked.json()['number']}/approve"
    for who, acts_for in (("ben", None), ("olga", "ben"), ("ann", None)):
        own = await lives.client.post(path, {"effective_on": DAY}, headers=acting(who, acts_for))
        assert (own.status_code, own.json()["code"]) == (422, "second_person_needed"), who
    assert (await lives.client.post(path, {"effective_on": DAY}, headers=acting("olga", "zoe"))).status_code == 201


async def test_what_happens_tomorrow_did_not_happen(lives: Lives) -> None:
    """A purchase, an outlay or a bank line of a day that has not come is no fact; today's is, and nothing is left of the no."""
    tomorrow, now = [(today() + timedelta(days=days)).isoformat() for days in (1, 0)]
    bought = {"line": "D", "service": "home_care", "amount": "5.00", **GBP}
    for path, who, field, body in (
        ("claims", "holder:holder-D", "spent_on", bought),
        ("reimbursements", "holder:holder-D", "spent_on", {**bought, "holder_account": "H1"}),
        ("bank-lines", "finance", "on", {"holder_account": "H1", "amount": "5.00", "reference": "T", "source": "bank_feed", **GBP}),
    ):  # fmt: skip
        early = await lives.send(path, {**body, field: tomorrow}, who, D)
        assert (early.status_code, early.json()["code"], early.json()["field"]) == (400, "dates_malformed", field)
        await lives.done(path, {**body, field: now}, who, D)


async def test_what_four_people_do_at_one_moment_is_done_once(lives: Lives, book: kit.Book) -> None:
    """Accepting, paying, releasing, demanding, repaying, waiving, crediting: one of four; the penny is where it should be."""
    number = await lives.invoice("I-1", "50.00")
    assert await at_once(lives, f"invoices/{number}/accept", ON, "finance:f") == [201, 409, 409, 409]
    assert await lives.balance("payable/A1") == "-50.00"
    accepted = (await lives.accept(await lives.invoice("I-2", "50.00")))["entries"][0]["number"]
    note = {"invoice": accepted, "payee": "A1", "reference": "CN", "amount": "30.00", **GBP}
    assert await at_once(lives, "credits", note, "officer:o") == [201, 409, 409, 409]
    paid = {"payee": "A1", "bank": "main", "invoices": [accepted], **ON}
    assert await at_once(lives, "/payments", paid, "finance:p") == [201, 422, 422, 422]
    assert await lives.balance("in_transit/main") == "-50.00"
    order = await lives.spend("20.00")
    assert await at_once(lives, f"holds/{order['hold']}/release", ON, "officer:o") == [201, 422, 422, 422]
    await lives.instalment("2000.00")
    owed = Owed(lives)  # type: ignore[arg-type]
    claim = await lives.claim("100.00")
    assert await at_once(lives, f"claims/{claim}/accept", ON, "officer:c", D) == [201, 409, 409, 409]
    demand = {"notice": await owed.notice("500.00"), "line": "D", "amount": "500.00", "source": "advance", **GBP, **ON}
    assert await at_once(lives, "demands", demand, "officer:o", D) == [201, 409, 409, 409]
    [debt] = (await lives.get(f"/recovery/receivables?on={DAY}", "finance")).json()["debts"]
    part = {"amount": "300.00", "bank": "main", **GBP, **ON}
    assert await at_once(lives, f"demands/{debt['number']}/repayments", part, "finance:r", D) == [201, 422, 422, 422]
    assert await owed.balances(ADVANCE, RECLAIM, "bank/main") == ["1400.00", "200.00", "300.00"]
    await right(lives, book)  # type: ignore[arg-type]


async def test_a_referral_that_is_approved_declined_and_given_up_at_once_has_one_end(lives: Lives) -> None:
    """Whichever comes first; the money is kept or free, and never both."""
    asked = await lives.spend("1000.01")
    path = f"decisions/{asked['number']}"
    answers = await asyncio.gather(
        lives.send(f"{path}/approve", ON, "officer:ann"), lives.send(f"{path}/decline", {**ON, **NO}, "officer:ben"),
        lives.send(f"holds/{asked['hold']}/release", ON, HOLDER),
    )  # fmt: skip
    assert sorted(each.status_code for each in answers)[0] == 201
    money = await lives.money()
    assert (money["held"], money["available"]) in (("1000.01", "9399.99"), ("0.00", "10400.00"))


async def test_a_cursor_of_one_list_opens_no_other(lives: Lives) -> None:
    """Of another person, another list, changed or made up: 400, and nothing is shown."""
    for amount in ("1.00", "2.00"):
        await lives.spend(amount)
    page = await lives.get(f"/budgets/{NED}/decisions?limit=1", HOLDER)
    after = page.links["next"]["url"].partition("after=")[2].partition("&")[0]
    span = "first_day=2025-04-01&last_day=2026-03-31"
    for path, who in (
        (f"/budgets/{DORA}/decisions?limit=1&after={after}", "holder:holder-D"), (f"/referrals?limit=1&after={after}", "officer"),
        (f"/budgets/{NED}/statement?{span}&after={after}", HOLDER), (f"/budgets/{NED}/decisions?limit=1&after=", HOLDER),
        (f"/budgets/{NED}/decisions?limit=1&after={after[:-2]}AA", HOLDER),
    ):  # fmt: skip
        no = await lives.get(path, who)
        assert (no.status_code, no.json()["code"]) == (400, "cursor_malformed"), path


async def test_what_is_another_persons_is_not_there_in_a_body_either(lives: Lives) -> None:
    """Lines, orders, answers, claims, accounts, decisions and plans of somebody else, named in an own budget."""
    order, claim = await lives.spend("20.00"), await lives.claim("5.00") if await lives.instalment("100.00") else 0
    bought = {"service": "home_care", "amount": "5.00", **GBP}
    relying = {**bought, "line": "D", "payee": "A1", "relies_on": order["number"], **ON}
    for path, body, who, line, expected in (
        ("spends", ordered(), "holder:holder-D", N, (404, "person_unknown")),
        ("spends", ordered(line="D"), HOLDER, N, (404, "line_unknown")),
        ("claims", {**bought, "line": "N", "spent_on": DAY}, "holder:holder-D", D, (404, "line_unknown")),
        ("spends", relying, "holder:holder-D", D, (404, "ask_unknown")),
        (f"holds/{order['hold']}/release", ON, "holder:holder-D", D, (404, "hold_not_found")),
        ("evidence", {"of": claim, "document": "receipt", "words": "Mine."}, HOLDER, N, (404, "evidence_not_found")),
        (f"decisions/{order['number']}/approve", ON, "officer:olga", D, (404, "decision_not_found")),
        (f"entries/{order['hold']}/reverse", ON, "finance", D, (404, "entry_not_found")),
    ):  # fmt: skip
        no = await lives.send(path, body, who, line)
        assert (no.status_code, no.json()["code"]) == expected, path
    stale = (await lives.get(f"/budgets/{DORA}/plans/PD")).headers["etag"]
    headers = {**lives.headers("officer:zoe"), "If-Match": stale}
    signed = await lives.client.post(f"{BOOK}/budgets/{NED}/plans/PN/sign", {**ON, "signatures": []}, headers=headers)
    assert (signed.status_code, signed.json()["code"]) == (412, "plan_changed")
