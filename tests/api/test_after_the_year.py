"""What goes on over 31 March: debts, questions, credits and payments that a year's end has carried are finished in the next year,
and what comes late for a closed year is borne by the next. A closed year stays empty (R9)."""

from typing import Any

import pytest

from tests import kit
from tests.api.lives import DORA, D
from tests.api.test_credits import credited, note
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_moves import approved_out
from tests.api.test_recovery import ADVANCE, GBP, ON, RECLAIM, Owed, code, right
from tests.api.test_recovery import owed as owed  # The fixture.
from tests.api.test_returns import accepted, paid
from tests.api.test_year_end import END, _confirmed, _ruled

APRIL, MAY = {"effective_on": "2026-04-20"}, {"effective_on": "2026-05-20"}
OLD, NEW = "share/{}/nhs/2025-26/{}", "share/{}/nhs/2026-27/{}"


async def ended(lives: Tried, *lines: str, nhs: str = "committed", closed: bool = False) -> None:
    """The year ends for these lines, and is closed with its funds."""
    await _ruled(lives, nhs, "committed")
    await _confirmed(lives)
    for line in lines:
        await lives.done(f"{END}/lines", {"line": line}, "finance:pat")
    if closed:
        for fund in ("nhs", "council"):
            await lives.done(f"{END}/funds", {"fund": fund}, "finance:pat")
        await lives.done("/periods/close", {"period": "2025-26"}, "finance:fay")


async def evidenced(lives: Tried, amount: str, on: dict[str, Any] = ON) -> int:
    """A claim of Dora's that was accepted; its acceptance."""
    claim = await lives.claim(amount)
    done = await lives.done(f"claims/{claim}/accept", on, "officer:olga", D)
    return next(each["number"] for each in done["entries"] if each["kind"] == "evidence")


@pytest.mark.parametrize("rule", ["committed", "none"])
async def test_what_was_questioned_owed_or_on_its_way_is_finished_in_the_next_year(
    owed: Owed, lives: Tried, book: kit.Book, rule: str
) -> None:  # fmt: skip
    """A question of accepted care, a claim that nobody had accepted, and an instalment that the bank sends back: whether the fund
    carries or lets lapse, April finishes each where the year's end took it."""
    number = await evidenced(lives, "100.00")
    asked = (await owed.done("questions", {"of": number, "amount": "100.00", **GBP, **ON}))["entries"][0]["number"]
    late = await lives.instalment("500.00")
    await ended(lives, "D", nhs=rule)
    assert await lives.balance(NEW.format("D", "advanced")) == "2500.00"
    await owed.done(f"questions/{asked}/explain", {"amount": "60.00", **GBP, **APRIL}, "officer:olga")
    await evidenced(lives, "200.00", APRIL)
    assert await lives.balance(NEW.format("D", "spent")) == "260.00"
    back = {"reason": "account_closed", **APRIL}
    returned = await lives.done(f"instalments/{late}/return", back, "finance:zed", D)
    assert [each["kind"] for each in returned["entries"]] == ["run", "holder_account", "transaction"]
    assert [await lives.balance(NEW.format("D", state)) for state in ("available", "advanced")] == ["500.00", "1740.00"]
    assert await lives.balance(ADVANCE) == "1700.00"
    await right(lives, book)


async def test_a_credit_that_was_carried_is_repaid(lives: Tried, book: kit.Book) -> None:
    """£50.01 that a provider owes, of both funds, comes in in May, once."""
    first = await accepted(lives, "C-2", "700.00")
    await paid(lives, first)
    credit = await credited(lives, first, "CN-3", "50.01")
    await ended(lives, "N", nhs="all")
    assert await lives.balance(NEW.format("N", "recovering")) == "30.01"
    await lives.done(f"credits/{credit}/repaid", {**MAY, "bank": "main"}, "finance:pat")
    assert await lives.balance(NEW.format("N", "recovering")) == "0.00"
    assert (
        code(await lives.send(f"credits/{credit}/repaid", {**MAY, "bank": "main"}, "finance:pat"))[1]
        == "credit_settled"
    )
    await right(lives, book)


async def test_what_comes_late_for_a_closed_year_is_borne_by_the_next(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:  # fmt: skip
    """After the close: an invoice of March without an estimate, credit notes of a paid and of an unpaid invoice, a refund, a
    question and a demand of care that was accepted, and a liability that is not used. None is refused, and the closed year keeps
    nothing that is not final."""
    paid_one, unpaid = await accepted(lives, "C-2", "700.00"), await accepted(lives, "C-3", "200.00")
    await paid(lives, paid_one)
    number = await evidenced(lives, "100.00")
    died = {"act": "died", "on": "2025-05-30"}
    headers = {**lives.headers("officer"), "Idempotency-Key": "died"}
    assert (await lives.client.post(f"/v1/books/TEST/people/{DORA}/events", died, headers=headers)).status_code == 201
    sent = {"line": "D", "class": "redundancy", "amount": "3000.00", "working": "Weeks of service.", **GBP}
    liability = (await owed.done("liabilities", sent))["entries"][0]["number"]
    await owed.done(f"liabilities/{liability}/accept", ON, "finance:fay")
    await ended(lives, "D", "N", closed=True)
    late = await lives.invoice("L-1", "100.00", care_from="2026-03-01", care_to="2026-03-20")
    await lives.done(f"invoices/{late}/accept", MAY, "finance:fay")
    assert await lives.balance(NEW.format("N", "unfunded")) == "-60.00"
    for of, reference in ((paid_one, "CN-9"), (unpaid, "CN-10")):
        entered = (await lives.done("credits", note(of, reference, "30.00")))["entries"][0]["number"]
        await lives.done(f"credits/{entered}/accept", MAY, "finance:fay")
    over = (await lives.send("credits", note(unpaid, "CN-11", "170.01"))).json()
    assert over["code"] == "credit_exceeds_invoice"
    await owed.done(
        "refunds", {"of": number, "reference": "RF-1", "amount": "10.00", "bank": None, **GBP, **MAY}, "finance:pat"
    )
    asked = (await owed.done("questions", {"of": number, "amount": "40.00", **GBP, **MAY}))["entries"][0]["number"]
    notice = await owed.notice("50.00", debtor="ESTATE1", debtor_is="personal_representatives", reasons=["died"])
    demand = await owed.demand("50.00", notice, source="spent", of=number, **MAY)
    assert demand["decision"]["outcome"] == "allow"
    assert await owed.no("questions", {"of": number, "amount": "0.01", **GBP, **MAY}) == (422, "source_exceeded")
    await owed.done(f"questions/{asked}/explain", {"amount": "40.00", **GBP, **MAY}, "officer:olga")
    await owed.done(f"liabilities/{liability}/unused", MAY, "finance:pat")
    assert await lives.balance(OLD.format("D", "spent")) == "3100.00"
    assert await lives.balance(NEW.format("D", "spent")) == "-3060.00"
    await right(lives, book)


async def test_a_liability_beyond_a_line_can_be_borne_and_the_year_ends(lives: Tried, book: kit.Book) -> None:
    """£30,000 of a line of £26,000: the fund bears £4,000 by the acceptance, up to what was accepted, by another than accepted."""
    headers = {**lives.headers("officer"), "Idempotency-Key": "died"}
    died = {"act": "died", "on": "2025-05-30"}
    assert (await lives.client.post(f"/v1/books/TEST/people/{DORA}/events", died, headers=headers)).status_code == 201
    sent = {"line": "D", "class": "redundancy", "amount": "30000.00", "working": "Weeks of service.", **GBP}
    number = (await lives.done("liabilities", sent, line=D))["entries"][0]["number"]
    entries = (await lives.done(f"liabilities/{number}/accept", ON, "finance:fay", D))["entries"]
    accepted_in = next(each["number"] for each in entries if each["kind"] == "evidence")
    body = {"decision": accepted_in, "amount": "4000.00", **GBP, **ON}
    assert code(await lives.send("unfunded", body, "finance:fay", D)) == (422, "second_person_needed")
    assert code(await lives.send("unfunded", {**body, "decision": number}, "finance:pat", D))[1] == "decision_not_found"
    assert code(await lives.send("unfunded", {**body, "amount": "4000.01"}, "finance:pat", D))[1] == "unfunded_exceeded"
    await lives.done("unfunded", body, "finance:pat", D)
    assert (await lives.money(D))["unfunded"] == "0.00"
    await right(lives, book)
    await ended(lives)


async def test_an_estimate_and_its_invoice_beyond_a_line_can_be_borne(lives: Tried, book: kit.Book) -> None:
    """£10,500 of care that was not invoiced, of a line of £10,400."""
    sent = {
        "line": "N",
        "payee": "A1",
        "service": "home_care",
        "year": "2025-26",
        "amount": "10500.00",
        **GBP,
    }
    number = (await lives.done("uninvoiced", sent, "finance:fay"))["entries"][0]["number"]
    entries = (await lives.done(f"uninvoiced/{number}/accept", {}, "finance:pat"))["entries"]
    accepted_in = next(each["number"] for each in entries if each["kind"] == "evidence")
    body = {"decision": accepted_in, "amount": "100.00", **GBP, "effective_on": "2026-03-31"}
    await lives.done("unfunded", body, "finance:zed")
    await right(lives, book)


async def test_a_life_with_debts_and_a_move_goes_on_over_the_years_end(
    owed: Owed, lives: Tried, book: kit.Book
) -> None:  # fmt: skip
    """£300 demanded and £50 questioned of accepted care before Dora moves with £1,000, and what is questioned moves with her. The
    year ends and is closed. In May the new commissioner pays, and of the demand £200 come in, £60 are withdrawn, £40 waived."""
    number = await evidenced(lives, "120.00")
    await owed.done("questions", {"of": number, "amount": "50.00", **GBP, **ON})
    demand = await owed.demanded("300.00")
    sent = {"line": "D", "book": "OTHER", "amount": "1000.00", **GBP, **ON}
    move = next(each for each in (await approved_out(lives, sent))["entries"] if each["kind"] == "notice")["number"]
    await ended(lives, "D", "N", nhs="none", closed=True)
    assert await lives.balance(NEW.format("D", "recovering")) == "1350.00"
    await owed.done(f"moves/out/{move}/settle", {"bank": "main", **MAY}, "finance:pat")
    await owed.done(f"demands/{demand}/repayments", {"amount": "200.00", "bank": "main", **GBP, **MAY}, "finance")
    await owed.done(f"demands/{demand}/withdrawals", {"amount": "60.00", **GBP, **MAY}, "officer:olga")
    gone = {"amount": "40.00", "authority": "reg15.7", **GBP, **MAY}
    await owed.done(f"demands/{demand}/waivers", gone, "officer:olga")
    refund = {"of": number, "reference": "RF-9", "amount": "70.00", "bank": None, **GBP, **MAY}
    assert await owed.no("refunds", {**refund, "amount": "70.01"}, "finance:pat") == (422, "credit_exceeds_invoice")
    await owed.done("refunds", refund, "finance:pat")
    assert await owed.balances(RECLAIM, ADVANCE, f"receivable/commissioner/OTHER/{DORA}") == ["0.00", "710.00", "0.00"]
    assert [await lives.balance(NEW.format("D", state)) for state in ("recovering", "spent", "advanced", "lost")] == [
        "0.00", "-70.00", "710.00", "40.00",
    ]  # fmt: skip
    await right(lives, book)
