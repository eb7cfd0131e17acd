"""Credit notes and refunds of invoices whose cost is of two years or not behind their acceptance: of a year's end, across 31
March, and out of a provision. Each is borne as its invoice was, and no more comes back than it was for."""

from typing import Any

import pytest

from tests.api.lives import DORA, NED, D, bill
from tests.api.test_after_the_year import APRIL, NEW, OLD, ended
from tests.api.test_credits import OWED_BACK, note
from tests.api.test_cut_off import _given, _next_year, _uninvoiced, adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import GBP, ON, code
from tests.api.test_returns import paid
from tests.api.test_year_end import _ruled

MARCH = {"effective_on": "2026-03-31"}
AHEAD = "prepayment/N/{}/2026-27"


async def _credited(lives: Tried, invoice: int, reference: str, amount: str, **more: Any) -> int:
    """A credit note accepted in April; the number of its acceptance."""
    line = more.pop("line", None)
    given = () if line is None else (line,)
    body = note(invoice, reference, amount)
    number = (await lives.done("credits", body, "officer", *given))["entries"][0]["number"]
    made = await lives.done(f"credits/{number}/accept", {**APRIL, **more}, "finance:fay", *given)
    return next(each["number"] for each in made["entries"] if each["kind"] == "evidence")


async def _over(lives: Tried, invoice: int, amount: str, *line: Any) -> None:
    """So much is more than is left of an invoice."""
    answer = await lives.send("credits", note(invoice, "OVER", amount), "officer", *line)
    assert code(answer) == (422, "credit_exceeds_invoice")


async def _are(lives: Tried, **expected: str) -> None:
    """What each account has: `old_spent` of the health fund's share in the year that is over, `new_available` in the next."""
    for name, pence in expected.items():
        year, _, state = name.partition("_")
        assert await lives.balance({"old": OLD, "new": NEW}[year].format("N", state)) == pence, name


@pytest.mark.parametrize(("invoiced", "differs"), [("110.00", 6), ("90.00", -6), ("100.00", 0)])
async def test_a_credit_of_an_estimates_invoice_is_of_the_year_that_the_invoice_came_in(
    lives: Tried, invoiced: str, differs: int
) -> None:  # fmt: skip
    """£100 were recognised at estimate, 60/40; the invoice is £10 more, £10 less, or that. £30 of it are credited before it is
    paid and £20 after, of which £15 are taken from the next invoice and £5 paid back; a refund is £1. The old year keeps its cost,
    and the new one is lower by what came back."""
    estimate = await _uninvoiced(lives, "100.00")
    await _ruled(lives, "all", "all")
    entered = await lives.invoice("E-1", invoiced, estimate=estimate, final=True)
    made = await lives.done(f"invoices/{entered}/accept", APRIL, "finance:fay")
    invoice = next(each["number"] for each in made["entries"] if each["kind"] == "evidence")
    await _over(lives, invoice, str(float(invoiced) + 0.01))
    await _credited(lives, invoice, "CN-1", "30.00")
    await _are(lives, old_spent="60.00", new_spent=f"{differs - 18}.00")
    assert await lives.balance("payable/A1") == f"-{float(invoiced) - 30:.2f}"
    await paid(lives, invoice)
    await adds_up(lives)
    credit = await _credited(lives, invoice, "CN-2", "20.00")
    await _are(lives, old_spent="60.00", new_spent=f"{differs - 30}.00", new_recovering="12.00")
    assert await lives.balance(OWED_BACK) == "20.00"
    entered = await lives.invoice("E-2", "15.00", care_from="2026-03-01", care_to="2026-03-20")
    made = await lives.done(f"invoices/{entered}/accept", MARCH, "finance:fay")
    other = next(each["number"] for each in made["entries"] if each["kind"] == "evidence")
    await lives.done(f"credits/{credit}/take", {**APRIL, "invoice": other}, "finance:pat")
    await lives.done(f"credits/{credit}/repaid", {**APRIL, "bank": "main"}, "finance:pat")
    refund = {"of": invoice, "reference": "RF-1", "amount": "1.00", "bank": "main", **GBP, **APRIL}
    await lives.done("refunds", refund, "finance:pat")
    assert (await lives.balance(OWED_BACK), await lives.balance("payable/A1")) == ("0.00", "0.00")
    await _over(lives, invoice, f"{float(invoiced) - 50.99:.2f}")
    await adds_up(lives)
    await _credited(lives, invoice, "CN-3", f"{float(invoiced) - 51:.2f}")
    await _are(lives, new_spent="-60.00")
    await adds_up(lives)


async def test_two_invoices_of_one_estimate_are_credited_each_up_to_what_it_is_for(lives: Tried) -> None:
    """£40 and £60 of an estimate of £100: of the second all comes back, and of the first still all can."""
    estimate = await _uninvoiced(lives, "100.00")
    await _ruled(lives, "all", "all")
    found = []
    for reference, amount in (("E-1", "40.00"), ("E-2", "60.00")):
        entered = await lives.invoice(reference, amount, estimate=estimate)
        made = await lives.done(f"invoices/{entered}/accept", APRIL, "finance:fay")
        found.append(made["entries"][0]["number"])
    await _credited(lives, found[1], "CN-1", "60.00")
    await _over(lives, found[1], "0.01")
    await _credited(lives, found[0], "CN-2", "40.00")
    await _are(lives, old_spent="60.00", new_spent="-60.00", new_available="60.00")
    await adds_up(lives)


async def test_care_that_was_estimated_and_evidenced_can_be_refunded_to_the_holder(lives: Tried) -> None:
    """£300 were recognised as bought by 31 March, and evidence came for it; £20 of that come back into the account in April: the
    next year has them to spend, and the year that is over keeps its cost."""
    await lives.instalment("2000.00")
    sent = {"line": "D", "service": "home_care", "amount": "300.00", "year": "2025-26", "currency": "GBP"}
    entered = (await lives.done("care-bought", sent, "officer:olga", D))["entries"][0]["number"]
    estimate = (await lives.done(f"care-bought/{entered}/accept", {}, "finance:pat", D))["entries"][0]["number"]
    await _ruled(lives)
    claim = await lives.claim("120.00", estimate=estimate)
    made = await lives.done(f"claims/{claim}/accept", APRIL, "officer", D)
    accepted = next(each["number"] for each in made["entries"] if each["kind"] == "evidence")
    refund = {"of": accepted, "reference": "RF-1", "amount": "20.00", "bank": None, **GBP, **APRIL}
    await lives.done("refunds", refund, "finance:pat", D)
    over = await lives.send("refunds", {**refund, "reference": "RF-2", "amount": "100.01"}, "finance:pat", D)
    assert code(over) == (422, "credit_exceeds_invoice")
    assert await lives.balance(OLD.format("D", "spent")) == "300.00"
    assert [await lives.balance(NEW.format("D", state)) for state in ("spent", "advanced")] == ["-20.00", "20.00"]
    assert await lives.balance(f"advance/{DORA}/H1") == "1900.00"
    await adds_up(lives)


async def _crossing(lives: Tried, reference: str = "X-1") -> int:
    """£100 of Ned's for five days on either side of 31 March, accepted on it; the number of the acceptance."""
    days = {"care_from": "2026-03-27", "care_to": "2026-04-05"}
    number = await lives.invoice(reference, "100.00", **days)
    made = await lives.done(f"invoices/{number}/accept", MARCH, "finance:fay")
    return next(each["number"] for each in made["entries"] if each["kind"] == "evidence")


@pytest.fixture
async def crossing(lives: Tried) -> int:
    """Such an invoice, where the next year has the money for it."""
    await _ruled(lives)
    await _given(lives, await _next_year(lives))
    return await _crossing(lives)


async def test_a_credit_of_an_invoice_across_31_march_is_of_both_years(lives: Tried, crossing: int) -> None:
    """£20 before the new year's care begins: £10 come off the cost of the old year and £10 off what is paid ahead for the new one.
    1 April releases what is left of that; £20 more come off the cost of both."""
    await _credited(lives, crossing, "CN-1", "20.00", **MARCH)
    await _are(lives, old_spent="24.00", new_advanced="24.00", new_available="12.00", new_spent="0.00")
    assert [await lives.balance(AHEAD.format(fund)) for fund in ("nhs", "council")] == ["24.00", "16.00"]
    assert await lives.balance("payable/A1") == "-80.00"
    await adds_up(lives)
    await lives.done("/years/2026-27/prepayments/release", {}, "finance")
    await _are(lives, old_spent="24.00", new_advanced="0.00", new_spent="24.00")
    await _credited(lives, crossing, "CN-2", "20.00")
    await _are(lives, old_spent="18.00", new_spent="18.00")
    await _over(lives, crossing, "60.01")
    await _credited(lives, crossing, "CN-3", "60.00")
    await _are(lives, old_spent="0.00", new_spent="0.00", new_available="36.00")
    assert await lives.balance("payable/A1") == "0.00"
    await adds_up(lives)


async def test_a_credit_across_31_march_that_is_sent_twice_is_taken_once(lives: Tried, crossing: int) -> None:
    """Under one key it is answered as the first time, also once the new year's care has begun and its money is elsewhere; another
    body under the key, or another key for the same note, is turned away."""
    number = (await lives.done("credits", note(crossing, "CN-1", "20.00"), "officer"))["entries"][0]["number"]
    path = f"credits/{number}/accept"
    first = await lives.send(path, MARCH, "finance:fay", key="one-credit")
    await lives.done("/years/2026-27/prepayments/release", {}, "finance")
    place, headers = f"/v1/books/TEST/budgets/{NED}/{path}", lives.headers("finance:fay")
    again = await lives.client.post(place, MARCH, headers=headers, key="one-credit")
    assert (first.status_code, again.status_code, again.text) == (201, 201, first.text)
    for body, key, expected in (
        (APRIL, "one-credit", (422, "idempotency_key_reused")),
        (MARCH, "another", (409, "credit_settled")),
    ):
        assert code(await lives.client.post(place, body, headers=headers, key=key)) == expected
    await _are(lives, old_spent="24.00", new_advanced="0.00", new_spent="24.00", new_available="12.00")
    assert await lives.balance("payable/A1") == "-80.00"
    await adds_up(lives)


async def test_a_paid_invoice_across_31_march_is_owed_back_in_both_years(lives: Tried, crossing: int) -> None:
    """A penny, £19.99 and a refund of £10 of a paid one: the provider owes what was credited, half of it of either year, until it
    is taken from their next invoice or paid back; all of the rest can still come back."""
    await paid(lives, crossing)
    await _credited(lives, crossing, "CN-1", "0.01")
    credit = await _credited(lives, crossing, "CN-2", "19.99")
    assert await lives.balance(OWED_BACK) == "20.00"
    await _are(lives, old_recovering="6.01", new_recovering="5.99", new_advanced="24.01")
    await adds_up(lives)
    entered = await lives.invoice("X-2", "15.00", care_from="2026-03-01", care_to="2026-03-20")
    made = await lives.done(f"invoices/{entered}/accept", MARCH, "finance:fay")
    other = next(each["number"] for each in made["entries"] if each["kind"] == "evidence")
    await lives.done(f"credits/{credit}/take", {**APRIL, "invoice": other}, "finance:pat")
    await lives.done(f"credits/{credit}/repaid", {**APRIL, "bank": "main"}, "finance:pat")
    refund = {"of": crossing, "reference": "RF-1", "amount": "10.00", "bank": "main", **GBP, **APRIL}
    await lives.done("refunds", refund, "finance:pat")
    await _are(lives, old_spent="29.99", new_advanced="21.01")
    assert (await lives.balance(OWED_BACK), await lives.balance("bank/main")) == ("0.01", "14.99")
    await _over(lives, crossing, "70.01")
    await _credited(lives, crossing, "CN-3", "70.00")
    assert [await lives.balance(AHEAD.format(fund)) for fund in ("nhs", "council")] == ["0.00", "0.00"]
    await adds_up(lives)


@pytest.mark.parametrize("released", [False, True])
async def test_once_the_old_year_has_ended_the_new_one_bears_its_part_too(
    lives: Tried, crossing: int, released: bool
) -> None:  # fmt: skip
    """The year's end keeps the £50 as they are; £40 come back in April: the new year's cost is £20 lower for the old one's, and its
    own £20 come off what is paid ahead, or off its cost."""
    order = ("/years/2026-27/prepayments/release", {}, "finance")
    if released:
        await lives.done(*order)
    await _ended(lives)
    await _credited(lives, crossing, "CN-1", "40.00")
    new = (
        {"new_spent": "6.00", "new_advanced": "0.00"} if released else {"new_spent": "-12.00", "new_advanced": "18.00"}
    )
    await _are(lives, old_spent="30.00", **new)
    await _credited(lives, crossing, "CN-2", "60.00")
    await _over(lives, crossing, "0.01")
    await _are(lives, old_spent="30.00", new_spent="-30.00", new_advanced="0.00")
    assert await lives.balance("payable/A1") == "0.00"
    await adds_up(lives)


async def _ended(lives: Tried) -> None:
    proposal = (await lives.done("/years/2025-26/end/proposals", {}, "finance:fay"))["entries"][0]["number"]
    await lives.done("/years/2025-26/end/confirm", {"proposal": proposal}, "finance:pat")
    await lives.done("/years/2025-26/end/lines", {"line": "N"}, "finance:pat")


@pytest.mark.parametrize("closed", [False, True])
async def test_a_credit_of_an_invoice_out_of_a_provision_is_of_the_liabilitys_share(
    lives: Tried, closed: bool
) -> None:  # fmt: skip
    """£3,000 of redundancy were provided for, and an invoice of £1,000 is owed out of that. £100 of it are credited before it is
    paid and £200 after, in the year or after its close: off the cost of the liability, not into the provision, and no more than the
    invoice."""
    headers = {**lives.headers("officer"), "Idempotency-Key": "died"}
    died = {"act": "died", "on": "2025-05-30"}
    assert (await lives.client.post(f"/v1/books/TEST/people/{DORA}/events", died, headers=headers)).status_code == 201
    sent = {"line": "D", "class": "redundancy", "amount": "3000.00", "working": "Weeks of service.", **GBP}
    number = (await lives.done("liabilities", sent, line=D))["entries"][0]["number"]
    await lives.done(f"liabilities/{number}/accept", ON, "finance:fay", D)
    body = bill("P-1", "1000.00", line="D")
    entered = (await lives.done("invoices", body, "officer", D))["entries"][0]["number"]
    made = await lives.done(f"liabilities/{number}/invoices", {"invoice": entered, **ON}, "finance:fay", D)
    invoice = made["entries"][0]["number"]
    if closed:
        await ended(lives, "D", "N", closed=True)
    day, spent = (APRIL, NEW) if closed else (MARCH, OLD)
    await _credited(lives, invoice, "CN-1", "100.00", line=D, **day)
    assert await lives.balance("payable/A1") == "-900.00"
    await paid(lives, invoice) if not closed else await _paid_in_april(lives, invoice)
    await _credited(lives, invoice, "CN-2", "200.00", line=D, **day)
    assert await lives.balance(spent.format("D", "spent")) == ("-300.00" if closed else "2700.00")
    assert await lives.balance(spent.format("D", "recovering")) == "200.00"
    assert await lives.balance(f"receivable/provider/A1/{DORA}") == "200.00"
    assert await lives.balance(f"provision/redundancy/{DORA}") == "-2000.00"
    await _over(lives, invoice, "700.01", D)
    await adds_up(lives)


async def _paid_in_april(lives: Tried, invoice: int) -> None:
    await lives.done("/payments", {"payee": "A1", "bank": "main", "invoices": [invoice], **APRIL}, "finance:pat")
