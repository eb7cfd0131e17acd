"""Drafts: a plan version as it waits for its signature, and everything that a signature does, in one group.

The lines of a draft stand in its detail, to which the entry commits: what is signed is what was drafted, byte for byte.
Before the signature no line is in the register, so a draft changes nothing for spending.
"""

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from ledger.budgets.acts import allocated
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line, PlanVersion, line_recorded, plan_recorded, share_of, share_opened, words_detail
from ledger.budgets.reading import years_of
from ledger.budgets.wording import detail_of
from ledger.core.calendar import year_of
from ledger.core.model import Detail, Malformed
from ledger.core.requests import AnyRequest


class DraftLine(msgspec.Struct, frozen=True):
    """A line with the person's words for it, and pence by financial year where that was said."""

    line: Line
    title: str
    description: str
    years: tuple[tuple[str, int], ...] = ()

    def by_year(self) -> tuple[tuple[str, int], ...]:
        """Pence of each year: as said, or else all of it in the year in which the line begins."""
        return self.years or ((year_of(self.line.start), self.line.amount),)


class Draft(msgspec.Struct, frozen=True):
    """What stands in the detail of a drafted version."""

    title: str
    description: str
    lines: tuple[DraftLine, ...]

    def detail(self, salt: bytes) -> Detail:
        """As it is kept; `ledger.budgets.plans.words_of` reads its title and description too."""
        return detail_of(salt, msgspec.to_builtins(self))


def draft_of(content: bytes) -> Draft:
    """The draft of a detail, or Malformed(detail_malformed)."""
    try:
        return msgspec.json.decode(content, type=Draft)
    except msgspec.DecodeError:
        raise Malformed("detail_malformed", "detail") from None


def signing(
    plan: PlanVersion, draft: Draft, *, drafted: int, funds: Mapping[str, Fund], effective_on: date,
    salt: Callable[[], bytes],
) -> tuple[AnyRequest, ...]:  # fmt: skip
    """The group of a signature: the version signed, its lines agreed, a share opened for each fund and each year that a line
    touches, and event 2 for each amount. `drafted` is the entry of the draft; `salt` gives 16 random bytes for each detail.
    Refusals: account_unknown (a year of a fund is not open), not_enough_available."""
    made: list[AnyRequest] = [plan_recorded("signed", plan, because=drafted)]
    for each in draft.lines:
        line = each.line
        words = words_detail(salt(), title=each.title, description=each.description)
        made.append(line_recorded("agreed", line, because=-1, detail=words))
        shares = {
            year: tuple(
                share_of(line, share, year, partner=funds[share.fund].partner) for share in line.shares
            )
            for year in years_of(line)
        }  # fmt: skip
        made += [opened for year in shares for share in shares[year] for opened in share_opened(share, because=-1)]
        made += [
            allocated(amount=pence, shares=shares[year], because=-1, effective_on=effective_on)
            for year, pence in each.by_year()
        ]
    return tuple(made)
