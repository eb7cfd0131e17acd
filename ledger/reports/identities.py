"""The identities of a book by name, each with what it says, how much was checked, and the first thing that breaks it.

A trial balance of zero proves little where nothing else can be posted; these say that authority and money agree, that holds,
invoices and imports agree with their records, and that what is stored is what was posted (accounting.md section 5). They are
computed from the tables as they stand; that the tables are those of the log is verification's to say.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ledger.book.snapshot import snapshot
from ledger.budgets.bank_rolling import bank_formulas_hold
from ledger.budgets.identities import IDENTITIES
from ledger.core.model import ACTUAL
from ledger.core.model import Identity as Linear
from ledger.reports import store, store_banks, store_closing, store_moves, store_owed, store_owing
from ledger.reports.owing import OF_DEMAND
from ledger.reports.schedule_periods import periods_are_met

Connection = Any
GIVING = [2, 3, 18, 20, 21, 22, 27, 31, 35, 36, 37, 41, 45, 55]
"""Events that give authority to a share or take it away; the others only move it from state to state."""
INVOICING = [6, 7, 25, 26, 28, 29, 49, 52]
OWING = [6, 7, 8, 16, 25, 26, 28, 29, 33, 34, 49, 52, 55]
"""Events by which what is owed on documents rises and falls: accepted, taken over, credited, paid, returned, taken on; each with
its reversal."""
OPEN = [
    "invoice_accepted",
    "invoice_credited",
    "payment_returned",
    "invoice_disputed",
    "dispute_ended",
    "reimbursement_accepted",
]
"""Last words on a document of which money is still owed."""
BILLING, TAKEN_ON = "44", "55"
HOLDING = [11, 12, 13, 14, 17, 18, 19, 20, 22, 23, 32, 33, 40, 42, 50, 51, 55]
"""Events that may move our money in a holder's account."""
PAYING = [8, 9, 11, 20, 22, 33, 42, 51]
"""Events that may move what is on its way from a bank."""
IMPORTED, ASSIGNED, REVERSED = "53", "54", "38"
NOT_YET = ("R14",)
"""What does not exist yet: journals of the general ledger."""


class Identity(msgspec.Struct, frozen=True):
    """One identity of a book: what it says, how many things were looked at, and the first that breaks it, or None."""

    name: str
    says: str
    checked: int
    ok: bool
    first: str | None


_Query = tuple[str, tuple[Any, ...]]
_Count = Callable[[Any, int], Awaitable[tuple[int, str | None]]]
"""An identity whose sums the database cannot make by itself: how much was checked, and the first that breaks it."""


def _linear(identity: Linear) -> tuple[_Query, ...]:
    """On all balances and on the legs of every entry."""
    classes = [term.klass for term in identity.terms]
    given = (identity.tag, classes, [term.coefficient for term in identity.terms])
    return (store.TERMS_BALANCE, given), (store.TERMS_OF_EACH, given)


_SAYS = {
    "L3": "for each share: care recognised in money is authority spent, but for estimates",
    "L4": "for each person: money paid out ahead is authority advanced",
    "L5": "for each person: money owed back is authority being recovered",
    "L6": "for each share: losses are lost authority",
    "L7": "for each partner's or contributor's share: its cost is recharged to the penny",
    "L8": "for each contribution: what was paid in and not applied is what is left of it",
}
_CHECKS: tuple[tuple[str, str, tuple[_Query | _Count, ...]], ...] = (
    ("L1", "money adds up to nothing", ((store.GROUPS_BALANCE, (ACTUAL,)), (store.GROUPS_OF_EACH, (ACTUAL,)))),
    ("L2", "the authority of each fund and year adds up to nothing",
     ((store.GROUPS_BALANCE, ("budget",)), (store.GROUPS_OF_EACH, ("budget",)))),
    *((each.name, _SAYS[each.name], _linear(each)) for each in IDENTITIES),
    ("R1", "what is held is what remains of the holds, and each hold is used, given back or remains",
     ((store.HELD_IS_WHAT_REMAINS, ()), (store.HOLDS_ADD_UP, ()))),
    ("R2", "what a share has, in all its states, is what plans gave it and nothing else",
     ((store.SHARES_HAVE_WHAT_WAS_GIVEN, (GIVING,)), (store.ALLOCATIONS_NAME_A_PLAN, ()))),
    ("R3", "what a payee is owed is accepted invoices less credits and payments with what came back, each once and taken back once",
     ((store.PAYABLE_IS_WHAT_IS_OWED, (INVOICING,)), (store.INVOICES_ARE_SETTLED_ONCE, (INVOICING,)),
      (store_owed.DOCUMENTS_SAY_WHAT_IS_OWED, (OWING, OPEN)), (store_owed.NO_MORE_COMES_BACK_THAN_THERE_WAS, ()))),
    ("R4", "of each period of a schedule what was paid, offset or cut is what was due, once", (periods_are_met,)),
    ("R5", "a demand is repaid, offset, waived, written off, withdrawn or outstanding, and no more is offset than was determined",
     ((store_owing.PEOPLE_OWE_WHAT_IS_OUTSTANDING, (OF_DEMAND,)), (store_owing.DEMANDS_ARE_NOT_OVERPAID, (OF_DEMAND,)),
      (store_owing.SURPLUSES_ARE_NOT_OVERDRAWN, ()))),
    ("R6", "what a holder's account has of our money is what was paid in less what left it, and makes its bank's balance",
     ((store_banks.HOLDER_ACCOUNTS_ROLL, (HOLDING,)), (store_banks.STATEMENTS_ADD_UP, ("statement/", "evidence")),
      bank_formulas_hold)),
    ("R7", "what partners are charged is unbilled, billed or received, and what is billed is their open bills",
     ((store_owed.CHARGES_ARE_BILLED_OR_NOT, (BILLING, TAKEN_ON)), (store_owed.BILLED_IS_OPEN_BILLS, ()))),
    ("R8", "each loss is in the losses register with class, authority and an approver within the limit, to the penny",
     ((store_owing.LOST_IS_WHAT_THE_REGISTER_SAYS, ()), (store_owing.LOSSES_HAVE_THEIR_ROW, ()),
      (store_owing.LOSSES_ARE_WITHIN_THEIR_LIMIT, ()))),
    ("R9", "what a fund carries comes to nothing over its years, and a closed year keeps nothing that is not final",
     ((store_closing.CARRIED_CANCELS, ()), (store_closing.CLOSED_YEARS_ARE_EMPTY, ()))),
    ("R10", "what is in transit is payments not cleared, statements of our banks add up, and estimates are taken back on day one",
     ((store_banks.IN_TRANSIT_IS_UNDER_WAY, (PAYING,)), (store_banks.STATEMENTS_ADD_UP, ("own_statement/", "run")),
      (store_banks.CLEARED_IS_WHAT_WAS_RELEASED, ()), (store_closing.ACCRUALS_END_ON_DAY_ONE, ()),
      (store_closing.ACCRUALS_END_WITH_THE_YEAR, ()))),
    ("R11", "what another commissioner owes is the moves to them that are not settled", ((store_moves.OWED_BY_COMMISSIONERS, ()),)),
    ("R12", "each imported row stands with its payee or its line, and once on the bank",
     ((store.IMPORTS_ADD_UP, (IMPORTED, ASSIGNED)),)),
    ("R13", "reversals undo, and stored balances, days and running balances are their postings",
     ((store.REVERSALS_UNDO, (REVERSED,)), (store.BALANCES_ARE_THEIR_POSTINGS, ()),
      (store.DAYS_ARE_THEIR_POSTINGS, ()), (store.RUNNING_BALANCES_RUN, ()))),
)  # fmt: skip
HERE = tuple(name for name, _, _ in _CHECKS)
"""The names of those that are checked."""


async def check_identities(
    connection: Connection, book_id: int, progress: Callable[[int, int], None] | None = None
) -> tuple[Identity, ...]:
    """Every identity that exists here, of one moment. Role phb_reader. `progress` is called with (done, in all)."""
    found = []
    async with snapshot(connection):
        for done, (name, says, queries) in enumerate(_CHECKS, 1):
            counts = [await _counted(connection, book_id, query) for query in queries]
            first = next((first for _, first in counts if first is not None), None)
            found.append(Identity(name, says, sum(checked for checked, _ in counts), first is None, first))
            if progress is not None:
                progress(done, len(_CHECKS))
    return tuple(found)


async def take_turn(connection: Connection, book_id: int) -> bool:
    """Whether this connection is now the one that checks the book by night; until it is closed nobody else is."""
    return bool(await connection.fetchval(store.TRY_TURN, book_id))


async def _counted(connection: Connection, book_id: int, query: _Query | _Count) -> tuple[int, str | None]:
    if callable(query):
        return await query(connection, book_id)
    text, given = query
    row = await connection.fetchrow(text, book_id, *given)
    return row["checked"], row["first"]
