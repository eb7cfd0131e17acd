"""The building blocks of every event: movements between states of shares and of money, netted into legs.

Legs of one transaction on the same account are added up here, because the ledger takes no account twice; the gross
figures live on the hold, the invoice or the notice.
"""

from collections.abc import Sequence
from datetime import date
from typing import Required, TypedDict

from ledger.budgets.shares import Share
from ledger.core.model import Detail, Leg


class Stated(TypedDict, total=False):
    """What may be stated of any event. `because` is the number of the decision, the signed plan version or the accepted
    document behind it, or −k for the k-th request of the same group."""

    effective_on: Required[date]
    care_from: date | None
    care_to: date | None
    because: int
    subject: str | None
    detail: Detail | None


def about(subject: str, stated: Stated) -> Stated:
    """The statement with a subject, where it names none."""
    return {**stated, "subject": stated.get("subject") or subject}


class Movement:
    """Legs being gathered. In a fact each guarded leg names the account where a shortfall is recorded, since a fact is
    never refused for money (accounting.md, acts and facts)."""

    def __init__(self, *, fact: bool = False) -> None:
        self.fact = fact
        self._sums: dict[str, int] = {}
        self._shortfalls: dict[str, str] = {}

    def add(self, code: str, pence: int, shortfall: str | None = None) -> None:
        """Signed pence on one account, debit positive."""
        if pence:
            self._sums[code] = self._sums.get(code, 0) + pence
            if self.fact and shortfall is not None:
                self._shortfalls[code] = shortfall

    def pay(self, pence: int, *, debit: str, credit: str, shortfall: str | None = None) -> None:
        """Dr debit / Cr credit; a negative amount mirrors. The shortfall is the credited account's."""
        self.add(debit, pence)
        self.add(credit, -pence, shortfall)

    def shift(self, shares: Sequence[Share], parts: Sequence[int], *, to: str, out_of: str) -> tuple[int, ...]:
        """Dr state `to` / Cr state `out_of` in each share, by parts; a negative part mirrors.

        Returns for each share what a contributor still owes of it: what a fact takes beyond the money received (L8 ties a
        contribution share's `available` to that money) is recorded as `unfunded`, and as owed."""
        owed = []
        for share, part in zip(shares, parts, strict=True):
            beyond = self.fact and share.kind == "contribution" and out_of == "available" and part > share.available
            unfunded = share.code("unfunded")
            self.add(share.code(to), part)
            if beyond:
                self.add(unfunded, -part)
            else:
                self.add(share.code(out_of), -part, unfunded)
            owed.append(part if beyond else 0)
        return tuple(owed)

    def care(
        self, shares: Sequence[Share], parts: Sequence[int], *, credit: str, shortfall: str | None = None,
        owed: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        """Dr expense of each share / Cr `credit`, and rule J: a partner's part is also Dr unbilled / Cr recharge, a
        contributor's part Dr contribution / Cr recharge. Negative parts mirror."""
        for share, part, due in zip(shares, parts, owed or [0] * len(parts), strict=True):
            self.pay(part, debit=share.code("expense"), credit=credit, shortfall=shortfall)
            if share.kind == "partner":
                self.pay(part, debit=share.code("partner/unbilled"), credit=share.code("recharge"))
            elif share.kind == "contribution":
                # The shortfall account may not be a leg itself, and what is owed already stands on the first.
                instead = share.code("partner/billed" if due else "partner/unbilled")
                self.add(share.code("recharge"), -part)
                self.add(share.code("contribution"), part - due, instead)
                self.add(share.code("partner/unbilled"), due)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The netted legs, in the order of their first mention; what cancels out is left out."""
        return tuple(Leg(code, pence, self._shortfalls.get(code)) for code, pence in self._sums.items() if pence)
