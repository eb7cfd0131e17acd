"""The identities by name: they hold in a book in order, and each is broken by what it is there to find."""

import asyncio
from typing import Any

import asyncpg
import pytest

from ledger.reports.identities import HERE, NOT_YET, Identity, check_identities
from tests.reports.conftest import Loaded

OF_CLASS = """
    UPDATE phb.balance SET balance = balance + 1, debit = debit + 1 WHERE (book_id, account_id) =
    (SELECT book_id, account_id FROM phb.account WHERE class = '{}' AND code LIKE '{}' ORDER BY code LIMIT 1)"""
TWO_ENTRIES = """
    WITH two AS (SELECT p.book_id, p.account_id, min(p.number) AS one, max(p.number) AS other FROM phb.posting p
                 JOIN phb.account a USING (book_id, account_id) WHERE a.class = '{}' GROUP BY 1, 2
                 HAVING count(*) > 1 AND bool_and(abs(p.amount) > 1) LIMIT 1)
    UPDATE phb.posting p SET amount = p.amount + CASE WHEN p.number = two.one THEN 1 ELSE -1 END FROM two
    WHERE p.book_id = two.book_id AND p.account_id = two.account_id AND p.number IN (two.one, two.other)"""
"""A penny from one entry to another on the same account: every balance stays as it was."""

ELSEWHERE = {"R11"}
"""Nobody of the demo moves to another commissioner: the tests of moves look at it."""

ESTIMATE = """
    INSERT INTO phb.posting SELECT a.book_id, a.account_id, 1000000000 + n, 2 * n - 1, 0, d::date
    FROM (SELECT * FROM phb.account WHERE class = 'accrual' LIMIT 1) AS a, (VALUES (0, '{}'), (1, '{}')) AS x (n, d)"""
"""A penny of an estimate, and the same back on another day."""

GUARDED = ("period", "posting", "register", "balance", "delta", "hold_pair")
REGISTERED = """
    INSERT INTO phb.register (book_id, number, kind, subject, act, person_ref, attributes)
    SELECT book_id, size + 1, '{}', '{}', '{}', 'PX', '{}' FROM phb.head"""
"""A row that no entry has: what is there to find, in a book where nobody owes anything."""
OWED = '{"amount": "1", "debtor": "X"}'
LOSS = '{"amount": "1", "limit": "1", "authority": "sfi", "loss": "bad_debt", "line": "X"}'

MOVED_AWAY = """
    UPDATE phb.register SET kind = 'notice', act = 'moved_out', attributes = attributes || '{"book": "X", "amount": "1"}'
    WHERE number = (SELECT min(number) FROM phb.register WHERE person_ref IS NOT NULL)"""
"""A move that somebody wrote into the register, with nothing owed for it."""


PLANTS = {
    "a bank balance": ("L1", OF_CLASS.format("bank", "bank/main")),
    "a penny between entries of a bank": ("L1", TWO_ENTRIES.format("bank")),
    "what a fund has not given": ("L2", OF_CLASS.format("unallocated", "%")),
    "a penny between entries of a share": ("L2", TWO_ENTRIES.format("available")),
    "what care has cost": ("L3", OF_CLASS.format("expense", "%")),
    "a penny between costs": ("L3", TWO_ENTRIES.format("expense")),
    "money at a holder's": ("L4", OF_CLASS.format("advance", "%")),
    "authority being recovered": ("L5", OF_CLASS.format("recovering", "%")),
    "lost authority": ("L6", OF_CLASS.format("lost", "%")),
    "what a partner is charged": ("L7", OF_CLASS.format("recharge", "%")),
    "what a person has paid in": ("L8", OF_CLASS.format("contribution", "%")),
    "what is held": ("R1", OF_CLASS.format("held", "%")),
    "what a hold was for": ("R1", "UPDATE phb.hold_pair SET placed = placed + 1"),
    "what a hold keeps": ("R1", "UPDATE phb.hold_pair SET remaining = 1 WHERE remaining = 0"),
    "what a share has left": ("R2", OF_CLASS.format("available", "%")),
    "a plan that is not there": ("R2", "DELETE FROM phb.register WHERE kind = 'plan_version' AND act = 'signed'"),
    "what a payee is owed": ("R3", OF_CLASS.format("payable", "payable/AGENCY%")),
    "the amount of an invoice": (
        "R3",
        "UPDATE phb.register SET attributes = attributes || '{\"amount\": \"1\"}' WHERE act = 'invoice_accepted'",
    ),
    "what a fund carries on": ("R9", OF_CLASS.format("carried", "%")),
    "a year closed with money in it": (
        "R9",
        "INSERT INTO phb.period SELECT book_id, '2025-26', '2025-04-01', '2026-03-31', true, 'x', 1 FROM phb.book",
    ),
    "an estimate that stays": ("R10", ESTIMATE.format("2025-06-30", "2025-07-02")),
    "an estimate that a year ends with": ("R10", ESTIMATE.format("2026-03-31", "2026-04-01")),
    "a demand that nothing was posted for": ("R5", REGISTERED.format("notice", "demand/X", "demanded", OWED)),
    "a repayment of no demand": ("R5", REGISTERED.format("notice", "demand/X", "repaid", OWED)),
    "an offset of a surplus that nobody determined": ("R5", REGISTERED.format("review", "surplus/X", "offset", OWED)),
    "a loss that is in no register": ("R8", OF_CLASS.format("loss", "%")),
    "a row of the losses register without a loss": (
        "R8", REGISTERED.format("review", "loss/X", "loss_recorded", LOSS),
    ),
    "a payment that nothing says": ("R3", "UPDATE phb.register SET act = 'invoice_accepted' WHERE act = 'invoice_paid'"),
    "a credit of more than its invoice": (
        "R3",
        """INSERT INTO phb.register (book_id, number, kind, subject, act, person_ref, day, attributes)
           SELECT book_id, number + 1000000, kind, 'credit/x', 'credit_accepted', person_ref, day,
                  attributes || jsonb_build_object('of', number::text, 'amount', ((attributes ->> 'amount')::bigint + 1)::text)
           FROM phb.register WHERE act = 'invoice_accepted' ORDER BY number LIMIT 1""",
    ),
    "a question and a credit of the same care": (
        "R3",
        """INSERT INTO phb.register (book_id, number, kind, subject, act, person_ref, day, attributes)
           SELECT r.book_id, r.number + 1000000 * s.place, 'evidence', s.act || '/x', s.act, r.person_ref, r.day,
                  r.attributes || jsonb_build_object('of', r.number::text, 'amount', r.attributes ->> 'amount')
           FROM (SELECT * FROM phb.register WHERE act = 'evidence_accepted' ORDER BY number LIMIT 1) AS r,
                (VALUES (1, 'questioned'), (2, 'refund_taken')) AS s (place, act)""",
    ),
    "what a partner owes unbilled": ("R7", OF_CLASS.format("partner/unbilled", "partner/%")),
    "what a partner was billed": ("R7", OF_CLASS.format("partner/billed", "partner/%")),
    "a bill that was never posted": (
        "R7",
        """INSERT INTO phb.register (book_id, number, kind, subject, act, attributes)
           SELECT r.book_id, r.number + 1000000, 'bill', 'bill/x', 'raised', jsonb_build_object(
                  'partner', r.attributes ->> 'partner', 'amount', '500', 'paid', '100', 'credited', '0')
           FROM phb.register r WHERE r.kind = 'fund' AND r.attributes ? 'partner' ORDER BY r.number LIMIT 1""",
    ),
    "money without evidence": ("R6", OF_CLASS.format("unidentified", "%")),
    "what is on its way": ("R10", OF_CLASS.format("in_transit", "%")),
    "what another commissioner owes": ("R11", MOVED_AWAY),
    "an imported row": ("R12", OF_CLASS.format("unassigned", "%")),
    "the bank of an import": ("R12", OF_CLASS.format("bank", "bank/payments")),
    "a posting": ("R13", "UPDATE phb.posting SET amount = amount + 1 WHERE amount > 1"),
    "a running balance": ("R13", "UPDATE phb.posting SET balance_after = balance_after + 1"),
    "a day's sum": ("R13", "UPDATE phb.delta SET debit = debit + 1"),
    "a day that nothing was posted on": (
        "R13",
        "INSERT INTO phb.delta SELECT book_id, account_id, '2001-01-01', 1, 0 FROM phb.account LIMIT 1",
    ),
    "what a reversal undid": (
        "R13",
        "UPDATE phb.posting SET amount = amount * 2 WHERE number IN (SELECT undone_by FROM phb.undone)",
    ),
}  # fmt: skip


def found_after(demo: Loaded, change: str | None) -> dict[str, Identity]:
    """The identities as the reader finds them after a change by the owner of the server, who then takes it back."""

    async def work() -> dict[str, Identity]:
        connection: Any = await asyncpg.connect(demo.dsn)
        try:
            async with connection.transaction():
                book_id = await connection.fetchval("SELECT book_id FROM phb.book WHERE code = 'DEMO'")
                if change is not None:
                    for table in GUARDED:
                        await connection.execute(f"ALTER TABLE phb.{table} DISABLE TRIGGER ALL")
                    assert (await connection.execute(change)).split()[-1] != "0", "the change changes nothing"
                await connection.execute("SELECT set_config('phb.book_id', $1, true)", str(book_id))
                await connection.execute("SET LOCAL ROLE phb_reader")
                found = await check_identities(connection, book_id)
                await connection.execute("RESET ROLE")
                raise Back(found)
        except Back as back:
            return {each.name: each for each in back.found}
        finally:
            await connection.close()

    return asyncio.run(work())


class Back(Exception):
    """Takes what was planted back, and brings what was found."""

    def __init__(self, found: tuple[Identity, ...]) -> None:
        self.found = found


def test_all_hold_in_a_book_in_order_and_each_has_looked_at_something(demo: Loaded) -> None:
    """Every identity whose objects exist is there by name, holds, and looked at more than nothing; the others are named as not
    yet, and never as true."""
    found = found_after(demo, None)
    assert tuple(found) == HERE
    assert not set(found) & set(NOT_YET)
    assert [each for each in found.values() if not each.ok or each.first is not None] == []
    assert {name for name, each in found.items() if each.checked == 0} <= ELSEWHERE


@pytest.mark.parametrize("change", PLANTS)
def test_what_was_changed_is_named(demo: Loaded, change: str) -> None:
    """A change by somebody with every right breaks the identity that is there for it, and the first place is told."""
    name, statement = PLANTS[change]
    broken = found_after(demo, statement)[name]
    assert not broken.ok
    assert broken.first
