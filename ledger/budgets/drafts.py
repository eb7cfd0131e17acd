"""Drafts: a plan version as it waits for its signature, and everything that a signature does, in one group.

The lines of a draft stand in its detail, to which the entry commits: what is signed is what was drafted, byte for byte.
Before the signature no line is in the register, so a draft changes nothing for spending.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from ledger.budgets.acts import (
    allocated,
    allocation_changed,
    authority_given_back,
    contingency_drawn,
    contingency_set_aside,
    hold_released,
)
from ledger.budgets.endings import shares_but, with_released
from ledger.budgets.funds import Fund, contribution_opened
from ledger.budgets.plans import (
    Line,
    PlanVersion,
    line_recorded,
    plan_detail,
    plan_recorded,
    share_of,
    share_opened,
)
from ledger.budgets.reading import Order, shares_of, years_of
from ledger.budgets.shares import Share, split
from ledger.budgets.splits import by_fund
from ledger.budgets.wording import detail_of
from ledger.core.model import Detail, Malformed
from ledger.core.requests import AnyRequest, Post


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

    def agreed(self, day: date | None = None) -> Line:
        """The line as its agreement of a day states it: also of which year that is what is kept for emergencies."""
        year = self.line.year_on(_within(self.line, day)) if self.line.contingency and day is not None else None
        return msgspec.structs.replace(self.line, years=self.years or self.line.years, contingency_year=year)


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
    """What a signature meets: the lines of the plan that are agreed so far, what the person's accounts hold, and which lines
    pause. Of a line that is left out, the `orders` that end with it, and the pence that liabilities which nobody has answered
    are `waiting` for."""

    lines: Mapping[str, Line] = {}
    balances: Mapping[str, int] = {}
    suspended: frozenset[str] = frozenset()
    orders: Mapping[str, Sequence[Order]] = {}
    waiting: Mapping[str, int] = {}


NOTHING = Standing()


def signing(
    plan: PlanVersion, draft: Draft, *, drafted: int, funds: Mapping[str, Fund], effective_on: date,
    salt: Callable[[], bytes], place: int = -1, now: Standing = NOTHING,
) -> tuple[AnyRequest, ...]:  # fmt: skip
    """The group of a signature: the version signed and its lines agreed.

    A new line gets a share opened for each fund and each year that it touches, and event 2 for each amount. A line that goes on is
    agreed again, and event 3 posts the difference by year (of each fund, where it is split otherwise) on the day of signing, with
    the days of care from which the version counts. A line that is left out ends: what its orders keep goes back (event 30), and
    what is available of it then to its funds, of all years (event 35). Nothing is edited.

    What a line keeps for emergencies is set aside, or changed by the difference, with that (event 4), of the year of the day of
    signing, or in which the line begins or ends: then it may be needed. The difference is to what was agreed in the same year, of
    which what was drawn is used. In another year it is agreed anew: so much is kept of that year as the version says, of which
    what was carried into it (event 36) is a part; what other years keep still goes back to what is available of them, and goes on
    or lapses with that (35 to 37).

    `drafted` is the entry of the draft; `place` how the rest of the group names the signed version; `salt` gives 16 random bytes
    for each detail. Refusals: account_unknown (a year of a fund is not open), not_enough_available."""
    made: list[AnyRequest] = [plan_recorded("signed", plan, because=drafted)]
    for each in draft.lines:
        words = plan_detail(salt(), title=each.title, description=each.description, working=each.working)
        agreed = place - len(made)
        line = each.agreed(effective_on)
        made.append(line_recorded("agreed", line, because=place, detail=words))
        if each.line.line in now.suspended:
            # What pauses is agreed as it goes on, and pauses until it is resumed.
            made.append(line_recorded("suspended", line, because=place))
        before = now.lines.get(each.line.line)
        made += _opened(each.line, before, funds, place)
        more, moved = _kept_before(line, before, funds, now.balances, agreed, effective_on)
        if before is None:
            for year, pence in each.by_year():
                moved += [
                    allocated(amount=given, shares=funded, because=place, effective_on=effective_on)
                    for given, funded in _given(each.line, year, pence, funds)
                ]
        else:
            freed = msgspec.structs.replace(now, balances=_after(now.balances, moved))
            moved += _changed(each, before, plan, funds, freed, place, effective_on)
        if more > 0:
            moved += _kept(line, more, funds, _after(now.balances, moved), agreed, effective_on)
        made += moved
    kept = {each.line.line for each in draft.lines}
    for name, line in now.lines.items():
        if name not in kept:
            made += _ended(line, funds, now, place, len(made), effective_on)
    return tuple(made)


def _after(balances: Mapping[str, int], posts: Sequence[Post]) -> dict[str, int]:
    """Balances with what is posted before."""
    found = dict(balances)
    for leg in (leg for post in posts for leg in post.legs):
        found[leg.account] = found.get(leg.account, 0) + leg.amount
    return found


def _within(line: Line, day: date) -> date:
    return min(max(day, line.start), line.end)


def _kept_before(
    line: Line, before: Line | None, funds: Mapping[str, Fund], balances: Mapping[str, int], agreed: int, effective_on: date
) -> tuple[int, list[Post]]:  # fmt: skip
    """How much more a version keeps for emergencies than there is of the one before, and what comes back of that one."""
    year, was = line.year_on(_within(line, effective_on)), 0 if before is None else before.contingency or 0
    if before is None or not was or before.contingency_year == year:
        more, moved = (line.contingency or 0) - was, []
    else:
        of_year = {other: _shares_keeping(before, other, funds, balances) for other in years_of(before)}
        more = (line.contingency or 0) - min(was, sum(share.contingency for share in of_year.pop(year, ())))
        moved = [
            contingency_drawn(amount=min(was, kept), shares=shares, because=agreed, effective_on=effective_on)
            for shares in of_year.values() if (kept := sum(share.contingency for share in shares))
        ]  # fmt: skip
    return more, [*moved, *(_kept(line, more, funds, balances, agreed, effective_on) if more < 0 else ())]


def _shares_keeping(
    line: Line, year: str, funds: Mapping[str, Fund], balances: Mapping[str, int], day: date | None = None
) -> tuple[Share, ...]:  # fmt: skip
    """The shares that keep something for emergencies: a contribution is what the person gave for this line, and is not kept from
    them (L8)."""
    return tuple(share for share in shares_of(line, year, funds, balances, day) if share.kind != "contribution")


def _kept(
    line: Line, pence: int, funds: Mapping[str, Fund], balances: Mapping[str, int], agreed: int, effective_on: date
) -> list[Post]:  # fmt: skip
    """Event 4: so much more is kept for emergencies, or less of what is there still: what was drawn is used. `agreed` is how the
    group names the agreement of the line."""
    day = _within(line, effective_on)
    shares = _shares_keeping(line, line.year_on(day), funds, balances, day)
    if pence > 0:
        return [contingency_set_aside(amount=pence, shares=shares, because=agreed, effective_on=effective_on)]
    amount = min(-pence, sum(share.contingency for share in shares))
    return (
        [contingency_drawn(amount=amount, shares=shares, because=agreed, effective_on=effective_on)] if amount else []
    )


def _ended(
    line: Line, funds: Mapping[str, Fund], now: Standing, place: int, before: int, effective_on: date
) -> list[AnyRequest]:  # fmt: skip
    """What ends a line that a version leaves out, after so many others of the group."""
    orders = now.orders.get(line.line, ())
    made: list[AnyRequest] = [
        hold_released(hold=order.hold, shares=order.shares, effective_on=effective_on, because=order.decision)
        for order in orders
    ]
    # The reference of the entry that ends the line: the k-th of the group, the signed version being at `place`.
    ended = place - before - len(made)
    made.append(line_recorded("ended", line, because=place))
    left = shares_but(now.waiting.get(line.line, 0), line, funds, with_released(now.balances, orders), effective_on)
    back = authority_given_back(shares=left, because=ended, effective_on=effective_on)
    return made if back is None else [*made, back]


def _opened(line: Line, before: Line | None, funds: Mapping[str, Fund], place: int) -> list[AnyRequest]:
    """The accounts of each fund and year that the line has not had before."""
    opened = (
        {(share.fund, year) for share in before.bearers for year in years_of(before)} if before is not None else set()
    )
    made: list[AnyRequest] = [
        request
        for year in years_of(line) for share in _shares(line, year, funds) if (share.fund, year) not in opened
        for request in share_opened(share, because=place)
    ]  # fmt: skip
    if before is None or not any(share.kind == "contribution" for share in before.shares):
        own = [share for share in _shares(line, years_of(line)[0], funds) if share.kind == "contribution"]
        made += [request for share in own for request in contribution_opened(share)]
    return made


def _given(
    line: Line, year: str, pence: int, funds: Mapping[str, Fund]
) -> Sequence[tuple[int, tuple[Share, ...]]]:  # fmt: skip
    """What the funds give of a year's amount: by one split, or where that depends on the day, each fund its own part."""
    shares = _shares(line, year, funds)
    together = without_contribution(pence, shares)
    if not line.is_split_by_day:
        return [together]
    parts = by_fund(line, year, pence)
    return [
        (parts[share.fund], (_whole(share),)) for share in shares if share.kind != "contribution" and parts[share.fund]
    ]


def _whole(share: Share) -> Share:
    """A share that bears all of what is its own part already."""
    return msgspec.structs.replace(share, weight=1)


def _differences(
    each: DraftLine, before: Line, funds: Mapping[str, Fund], now: Standing
) -> list[tuple[int, tuple[Share, ...]]]:  # fmt: skip
    """What each fund gives more or less in each year, where the split is another or depends on the day."""
    was, will = before.by_year(), dict(each.by_year())
    found: list[tuple[int, tuple[Share, ...]]] = []
    for year in sorted({*was, *will}):
        old, new = by_fund(before, year, was.get(year, 0)), by_fund(each.line, year, will.get(year, 0))
        shares = {
            share.fund: share for line in (before, each.line) for share in _shares(line, year, funds, now.balances)
        }
        found += [
            (new.get(fund, 0) - old.get(fund, 0), (_whole(share),)) for fund, share in shares.items()
            if share.kind != "contribution" and new.get(fund, 0) != old.get(fund, 0)
        ]  # fmt: skip
    return found


def _changed(
    each: DraftLine, before: Line, plan: PlanVersion, funds: Mapping[str, Fund], now: Standing, place: int, effective_on: date
) -> list[Post]:  # fmt: skip
    if before.shares != each.line.shares or each.line.is_split_by_day:
        return _posted(each, _differences(each, before, funds, now), plan, place, effective_on)
    was, will = before.by_year(), dict(each.by_year())
    differences = {year: will.get(year, 0) - was.get(year, 0) for year in sorted({*was, *will})}
    changes = [
        change for year, pence in differences.items() if pence
        if (change := without_contribution(pence, _shares(each.line, year, funds, now.balances)))[0]
    ]  # fmt: skip
    return _posted(each, changes, plan, place, effective_on)


def _posted(
    each: DraftLine, changes: Sequence[tuple[int, Sequence[Share]]], plan: PlanVersion, place: int, effective_on: date
) -> list[Post]:  # fmt: skip
    if not changes:
        return []
    care_from = max(plan.start, each.line.start)
    return [allocation_changed(
        changes=changes, line=each.line.line, because=place, effective_on=effective_on, care_from=care_from,
        care_to=max(care_from, each.line.end),
    )]  # fmt: skip


def without_contribution(pence: int, shares: tuple[Share, ...]) -> tuple[int, tuple[Share, ...]]:
    """What of signed pence the funds give, and their shares: a person's own part comes when it is received (event 45).
    Malformed(contribution_not_allocated) for a line that nobody else bears."""
    funded = tuple(share for share in shares if share.kind != "contribution")
    if not funded:
        raise Malformed("contribution_not_allocated", "shares")
    if len(funded) == len(shares):
        return pence, shares
    parts = split(abs(pence), shares)
    given = sum(part for part, share in zip(parts, shares, strict=True) if share.kind != "contribution")
    return given if pence > 0 else -given, funded


def _shares(
    line: Line, year: str, funds: Mapping[str, Fund], balances: Mapping[str, int] | None = None
) -> tuple[Share, ...]:  # fmt: skip
    return tuple(
        share_of(line, share, year, partner=funds[share.fund].partner, balances=balances) for share in line.bearers
    )
