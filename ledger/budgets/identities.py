"""The linear identities of accounting.md section 5 as data: L3 to L8 hold on the legs of every transaction.

Each is keyed by a tag of its accounts (`ledger.budgets.chart` sets them) and needs no reads, so the core checks them
before an entry exists. L1 and L2 are not here: they are the balance groups, `actual` and one for each fund-year.
"""

from ledger.core.model import Identity, Term


def _identity(name: str, tag: str, *terms: str) -> Identity:
    """Terms as the page writes them: `+expense`, `-spent`."""
    return Identity(name, tag, tuple(Term(term[1:], -1 if term[0] == "-" else 1) for term in terms))


L3 = _identity("L3", "share", "+expense", "+accrual", "-spent")
"""Per share: what the money layer calls care is what the budget layer calls spent, but for estimates."""

L4 = _identity(
    "L4", "person", "+advance", "+tp_advance", "+estimated_use", "+unidentified", "+disputed", "+prepayment",
    "-advanced",
)  # fmt: skip
"""Per person: money paid out ahead is somewhere, and its authority is `advanced`."""

L5 = _identity("L5", "person", "+receivable/reclaim", "+receivable/provider", "+receivable/commissioner", "-recovering")
"""Per person: what is owed back is what is being recovered."""

L6 = _identity("L6", "share", "+loss", "-lost")
"""Per share: losses are lost authority."""

L7 = _identity("L7", "recharged_share", "+expense", "+recharge")
"""Per partner or contribution share: its cost is recharged to the penny. Where an agreement shares losses, a dated
variant of this identity adds `loss`."""

L8 = _identity("L8", "contribution_line", "+contribution", "+available", "+held")
"""Per contribution line: what a person has paid in and is not yet applied is what is left to spend of it."""

IDENTITIES = (L3, L4, L5, L6, L7, L8)
