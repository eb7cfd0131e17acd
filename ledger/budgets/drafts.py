"""Drafts: a plan version as it waits for its signature, and everything that a signature does, in one group.

The lines of a draft stand in its detail, to which the entry commits: what is signed is what was drafted, byte for byte.
Before the signature no line is in the register, so a draft changes nothing for spending.
"""

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from ledger.budgets.acts import allocated, allocation_changed, authority_given_back
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line, PlanVersion, line_recorded, plan_recorded, share_of, share_opened, words_detail
from ledger.budgets.reading import years_of
from ledger.budgets.shares import Share
from ledger.budgets.wording import detail_of
from ledger.core.model import Detail, Malformed
from ledger.core.requests import AnyRequest


class DraftLine(msgspec.Struct, frozen=True):
    """A line with the person's words for it, how its amount was worked out, and pence by financial year where that was said."""

    line: Line
    title: str
    description: str
    years: tuple[tuple[str, int], ...] = ()
    working: str = ""

    def by_year(self) -> tuple[tuple[str, int], ...]:
        """Pence of each year: as said, or else all of it in the year in which the line begins."""
        return self.years or tuple(self.line.by_year().items())

    def agreed(self) -> Line:
        """The line as its agreement states it."""
        return msgspec.structs.replace(self.line, years=self.years) if self.years else self.line


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


class Standing(msgspec.Struct, frozen=True):
    """What a signature meets: the lines of the plan that are agreed so far, and what the person's accounts hold."""

    lines: Mapping[str, Line] = {}
    balances: Mapping[str, int] = {}


NOTHING = Standing()


def signing(
    plan: PlanVersion, draft: Draft, *, drafted: int, funds: Mapping[str, Fund], effective_on: date,
    salt: Callable[[], bytes], place: int = -1, now: Standing = NOTHING,
) -> tuple[AnyRequest, ...]:  # fmt: skip
    """The group of a signature: the version signed and its lines agreed.

    A new line gets a share opened for each fund and each year that it touches, and event 2 for each amount. A line that goes on is
    agreed again, and event 3 posts the difference by year on the day of signing, with the days of care from which the version
    counts. A line that is left out ends, and what is available of it goes back to its funds (event 35). Nothing is edited.

    `drafted` is the entry of the draft; `place` how the rest of the group names the signed version; `salt` gives 16 random bytes
    for each detail. Refusals: account_unknown (a year of a fund is not open), not_enough_available."""
    made: list[AnyRequest] = [plan_recorded("signed", plan, because=drafted)]
    for each in draft.lines:
        words = words_detail(salt(), title=each.title, description=each.description, working=each.working)
        made.append(line_recorded("agreed", each.agreed(), because=place, detail=words))
        before = now.lines.get(each.line.line)
        opened = set(years_of(before)) if before is not None else set()
        made += [
            request
            for year in years_of(each.line) if year not in opened
            for share in _shares(each.line, year, funds) for request in share_opened(share, because=place)
        ]  # fmt: skip
        if before is None:
            made += [
                allocated(
                    amount=pence, shares=_shares(each.line, year, funds), because=place, effective_on=effective_on
                )
                for year, pence in each.by_year()
            ]
        else:
            made += _changed(each, before, plan, funds, now, place, effective_on)
    kept = {each.line.line for each in draft.lines}
    for name, line in now.lines.items():
        if name not in kept:
            # The reference of the entry that ends the line: the k-th of the group, the signed version being at `place`.
            ended = place - len(made)
            made.append(line_recorded("ended", line, because=place))
            shares = [share for year in years_of(line) for share in _shares(line, year, funds, now.balances)]
            back = authority_given_back(shares=shares, because=ended, effective_on=effective_on)
            made += [back] if back is not None else []
    return tuple(made)


def _changed(
    each: DraftLine, before: Line, plan: PlanVersion, funds: Mapping[str, Fund], now: Standing, place: int, effective_on: date
) -> list[AnyRequest]:  # fmt: skip
    was, will = before.by_year(), dict(each.by_year())
    differences = {year: will.get(year, 0) - was.get(year, 0) for year in sorted({*was, *will})}
    changes = [(pence, _shares(each.line, year, funds, now.balances)) for year, pence in differences.items() if pence]
    if not changes:
        return []
    care_from = max(plan.start, each.line.start)
    return [allocation_changed(
        changes=changes, line=each.line.line, because=place, effective_on=effective_on, care_from=care_from,
        care_to=max(care_from, each.line.end),
    )]  # fmt: skip


def _shares(
    line: Line, year: str, funds: Mapping[str, Fund], balances: Mapping[str, int] | None = None
) -> tuple[Share, ...]:  # fmt: skip
    return tuple(
        share_of(line, share, year, partner=funds[share.fund].partner, balances=balances) for share in line.shares
    )
