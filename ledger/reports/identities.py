"""The identities of a book by name, each with what it says, how much was checked, and the first thing that breaks it.

A trial balance of zero proves little where nothing else can be posted; these say that authority and money agree, that holds,
invoices and imports agree with their records, and that what is stored is what was posted (accounting.md section 5). They are
computed from the tables as they stand; that the tables are those of the log is verification's to say.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from ledger.book.snapshot import snapshot
from ledger.budgets.identities import IDENTITIES
from ledger.core.model import ACTUAL
from ledger.core.model import Identity as Linear
from ledger.reports import store, store_moves

Connection = Any
GIVING = [2, 3, 18, 20, 21, 22, 27, 31, 35, 36, 37, 41, 45, 55]
"""Events that give authority to a share or take it away; the others only move it from state to state."""
INVOICING = [6, 7, 25, 26, 28, 29]
IMPORTED, ASSIGNED, REVERSED = "53", "54", "38"
NOT_YET = ("R4", "R5", "R6", "R7", "R8", "R9", "R10", "R14")
"""Those whose objects do not exist yet: schedules, demands, holder accounts' formulas, bills, losses, year ends, runs and
journals."""


class Identity(msgspec.Struct, frozen=True):
    """One identity of a book: what it says, how many things were looked at, and the first that breaks it, or None."""

    name: str
    says: str
    checked: int
    ok: bool
    first: str | None


_Query = tuple[str, tuple[Any, ...]]


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
_CHECKS: tuple[tuple[str, str, tuple[_Query, ...]], ...] = (
    ("L1", "money adds up to nothing", ((store.GROUPS_BALANCE, (ACTUAL,)), (store.GROUPS_OF_EACH, (ACTUAL,)))),
    ("L2", "the authority of each fund and year adds up to nothing",
     ((store.GROUPS_BALANCE, ("budget",)), (store.GROUPS_OF_EACH, ("budget",)))),
    *((each.name, _SAYS[each.name], _linear(each)) for each in IDENTITIES),
    ("R1", "what is held is what remains of the holds, and each hold is used, given back or remains",
     ((store.HELD_IS_WHAT_REMAINS, ()), (store.HOLDS_ADD_UP, ()))),
    ("R2", "what a share has, in all its states, is what plans gave it and nothing else",
     ((store.SHARES_HAVE_WHAT_WAS_GIVEN, (GIVING,)), (store.ALLOCATIONS_NAME_A_PLAN, ()))),
    ("R3", "what a payee is owed is accepted invoices less payments, each invoice once",
     ((store.PAYABLE_IS_WHAT_IS_OWED, (INVOICING,)), (store.INVOICES_ARE_SETTLED_ONCE, (INVOICING,)))),
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
            rows = [await connection.fetchrow(query, book_id, *given) for query, given in queries]
            first = next((row["first"] for row in rows if row["first"] is not None), None)
            found.append(Identity(name, says, sum(row["checked"] for row in rows), first is None, first))
            if progress is not None:
                progress(done, len(_CHECKS))
    return tuple(found)
