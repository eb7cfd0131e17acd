"""The worked example of accounting.md section 7 once more, every line of it made by the events of this room."""

from datetime import date
from typing import Any

from ledger.book.writer import Writer
from ledger.budgets import acts, claims, facts, recovery
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.movement import Movement
from ledger.budgets.plans import PlanVersion, plan_recorded, with_balances
from ledger.budgets.shares import Share, split
from ledger.core.requests import Post, Record
from ledger.money import parse_amount
from tests import kit
from tests.worked_example import YEAR, code_of, expected_after, instalment_paid, openings

AT: dict[str, Any] = {"effective_on": date(2025, 6, 2)}
SO: dict[str, Any] = {**AT, "because": -1}
BALANCES = "SELECT a.code, a.balance_group, b.balance FROM phb.balance b JOIN phb.account a USING (book_id, account_id)"
REMAINING = """
    SELECT a.code, p.remaining FROM phb.hold_pair p
    JOIN phb.account a ON (a.book_id, a.account_id) = (p.book_id, p.holding_id) WHERE p.number = $1"""
D_LINE = Share(line="D", fund="nhs", year=YEAR, person="P1")
NURSE = Share(line="N", fund="nhs", year=YEAR, person="P2", weight=60)
COUNCIL = Share(line="N", fund="council", year=YEAR, person="P2", weight=40, kind="partner", partner="council")
BANK, ACCOUNT = "bank/main", "P1-bank"


def accepted(act: str, number: int, person: str, amount: str) -> Record:
    """The acceptance that stands behind a fact."""
    subject = claims.invoice_subject("A1", f"{number:032x}")
    found = claims.Evidence(subject=subject, person=person, amount=parse_amount(amount))
    return claims.evidence_recorded(act, found, effective_on=date(2025, 6, 2))


class Life:
    """The book of the example: what is submitted, and the balances that the next event is made from."""

    def __init__(self, writer: Writer, dsn: str) -> None:
        self.writer, self.dsn = writer, dsn
        self.balances: dict[str, int] = {}

    async def done(self, number: str, *requests: Any) -> int:
        """Submit one group, which must be allowed, and hold every balance against the page."""
        outcome = await self.writer.submit(kit.item(*requests))
        assert outcome.refusal is None, (number, outcome.refusal)
        rows = await kit.rows(self.dsn, BALANCES)
        self.balances = {row["code"]: row["balance"] for row in rows}
        if number in (expected := expected_after()):
            assert {code: self.balances[code] for code in expected[number]} == expected[number], f"after line {number}"
        for group in {row["balance_group"] for row in rows}:
            assert sum(row["balance"] for row in rows if row["balance_group"] == group) == 0
        return outcome.entries[-1].number

    def now(self, *shares: Share) -> list[Share]:
        """The shares with their balances as they stand."""
        return [with_balances(share, self.balances) for share in shares]


async def lines_1_to_8(life: Life) -> None:
    """Grants, allocations, an instalment, an order settled in part and for more, evidence and a payment."""
    await life.done("1", acts.fund_granted(fund="nhs", year=YEAR, amount=parse_amount("40000.00"), **AT),
                    acts.fund_granted(fund="council", year=YEAR, amount=parse_amount("5000.00"), **AT))  # fmt: skip
    plan = PlanVersion(plan="PL", person="P1", version=1, start=date(2025, 4, 1), agreement=True)
    await life.done("2", plan_recorded("signed", plan),
                    acts.allocated(amount=parse_amount("26000.00"), shares=[D_LINE], **SO),
                    acts.allocated(amount=parse_amount("10400.00"), shares=[NURSE, COUNCIL], **SO))  # fmt: skip
    ordered = plan_recorded("resumed", plan)
    await life.done("3", ordered, instalment_paid(amount=parse_amount("2000.00"), shares=[D_LINE],
                                                       holder_account=ACCOUNT, through=BANK, **SO))  # fmt: skip
    hold = await life.done("4", ordered, acts.order_placed(amount=100001, shares=[NURSE, COUNCIL], **SO))
    advance = life.balances[code_of("advance.D")]
    await life.done("5", accepted("evidence_accepted", 5, "P1", "1234.56"),
                    *facts.spend_evidenced(amount=123456, shares=life.now(D_LINE), holder_account=ACCOUNT,
                                           in_account=advance, **SO),
                    *facts.bank_line_taken(amount=15000, person="P1", holder_account=ACCOUNT,
                                           in_account=advance - 123456, **SO))  # fmt: skip
    for number, amount, final in (("6", "333.33", False), ("7", "700.00", True)):
        rows = await kit.rows(life.dsn, REMAINING, hold)
        await life.done(number, accepted("invoice_accepted", int(number), "P2", amount),
                        facts.invoice_settles_hold(
                            hold=hold, remaining={row["code"]: row["remaining"] for row in rows}, final=final,
                            amount=parse_amount(amount), shares=life.now(NURSE, COUNCIL), payee="A1", **SO,
                        ))  # fmt: skip
    closed = await kit.rows(life.dsn, "SELECT closed FROM phb.hold WHERE number = $1", hold)
    assert [row["closed"] for row in closed] == [True]
    await life.done("8", acts.payment_released(amount=parse_amount("1033.33"), payee="A1", through=BANK, **AT))


async def lines_9_to_12(life: Life) -> None:
    """A credit note, whose event is not built yet, by the same building blocks; an offset, a demand, a repayment and a waiver."""
    shares = life.now(NURSE, COUNCIL)
    credit = split(5001, shares)
    moved = Movement()
    moved.shift(shares, credit, to="recovering", out_of="spent")
    moved.care(shares, [-part for part in credit], credit=code_of("provider.N"))
    await life.done("9", accepted("invoice_accepted", 9, "P2", "50.01"), Post(event=34, legs=moved.legs, **SO))
    await life.done("10", accepted("evidence_accepted", 10, "P1", "400.00"),
                    recovery.surplus_offset(amount=40000, due=200000, shares=life.now(D_LINE), holder_account=ACCOUNT,
                                            through=BANK, **SO))  # fmt: skip
    await life.done("11 explained", accepted("evidence_accepted", 11, "P1", "90.00"),
                    facts.bank_line_accepted(amount=9000, shares=life.now(D_LINE), holder_account=ACCOUNT, **SO))  # fmt: skip
    await life.done("11", accepted("evidence_accepted", 12, "P1", "60.00"),
                    recovery.repayment_demanded(amount=6000, shares=life.now(D_LINE), source="unidentified",
                                                holder_account=ACCOUNT, debtor="P1", **SO))  # fmt: skip
    await life.done("12 repaid", accepted("evidence_accepted", 13, "P1", "40.00"),
                    recovery.repaid(amount=4000, shares=life.now(D_LINE), debtor="P1", bank="main", **SO))  # fmt: skip
    await life.done("12", accepted("evidence_accepted", 14, "P1", "20.00"),
                    recovery.demand_lost(amount=2000, shares=life.now(D_LINE), debtor="P1", loss="claim_waived", **SO))  # fmt: skip


async def test_the_worked_example_by_its_events(make_writer: Any, book: kit.Book) -> None:
    """Lines 1 to 12 made by the functions of this room, decided as entered by people: after each, every balance is that of the
    page's tables."""
    life = Life(await make_writer(identities=IDENTITIES), book.dsn)
    for opening in openings():
        await life.done("opening", opening)
    await lines_1_to_8(life)
    await lines_9_to_12(life)
