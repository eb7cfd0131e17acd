"""The end of a year: what each fund's rule carries into the next year, and what lapses (accounting.md events 35 to 37).

The rule is a dated setting of the fund. `all`: everything goes on. `committed`: money paid out ahead, money being recovered and
what orders keep go on, the rest lapses. `none`: nothing is carried, so what is out already is the first call on the next year's
money. A person's own contribution is theirs and always goes on. No money account moves. Amounts are pence above zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Unpack

import msgspec

from ledger.budgets import store_closing
from ledger.budgets.acts import LEFT, line_of_shares, taken_from_hold
from ledger.budgets.chart import account
from ledger.budgets.facts import invoice_settled_directly, invoice_settles_hold
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.reading import said_of
from ledger.budgets.shares import TERM, Share, consumed, split
from ledger.budgets.wording import Value, among, attributes
from ledger.core.calendar import is_year, period_days, year_of
from ledger.core.model import Malformed, check_period, check_size
from ledger.core.requests import Correct, Kept, OpenAccounts, PlaceHold, Post, Record, Replacement, SettleHold

Connection = Any
CARRY_RULES = ("all", "committed", "none")
OUT_ALREADY = ("advanced", "recovering")
FINAL = ("spent", "lost")


def year_named(text: str, field: str = "year") -> str:
    """A financial year `2025-26`, or Malformed(period_malformed)."""
    if not is_year(check_period(text, field)):
        raise Malformed("period_malformed", field)
    return text


def fund_year_named(text: str, field: str = "year") -> str:
    """A year that a fund has accounts of: a financial year, or TERM. Malformed(period_malformed)."""
    return text if text == TERM else year_named(text, field)


def year_after(year: str) -> str:
    """The next financial year."""
    return year_of(period_days(year)[1] + timedelta(days=1))


def carry_rule_recorded(fund: str, rule: str, first_day: date) -> Record:
    """What becomes of a fund's money at the end of years from a day on: one of CARRY_RULES. Subject `carry/{fund}`."""
    given = attributes(among(rule, CARRY_RULES, "rule"), from_=first_day)
    return Record(kind="setting", subject=f"carry/{fund}", attributes=given)


def year_end_recorded(
    act: str, year: str, *, line: str | None = None, fund: str | None = None, because: int = 0, **values: Value
) -> Record:  # fmt: skip
    """The end of a year `proposed` and `confirmed`, and then `line_ended` or `fund_ended`, each with what moved. Subject
    `year_end/{year}`, with the line or the fund where it is about one."""
    place = "" if line is None and fund is None else f"/line/{line}" if line is not None else f"/fund/{fund}"
    given = attributes(act, year=year, line=line, fund=fund, **values)
    return Record(kind="setting", subject=f"year_end/{year}{place}", because=because, attributes=given)


class Ending(msgspec.Struct, frozen=True):
    """One share at the end of its year: the share of the next year that takes over, its fund's rule, and what of `available` is
    kept for orders that go on (their holds are given back before and placed anew)."""

    share: Share
    following: Share
    rule: str
    ordered: int = 0

    @property
    def carries(self) -> str:
        """The rule, which is the fund's but for a person's own money."""
        return "all" if self.share.kind == "contribution" else self.rule

    def goes_on(self) -> dict[str, int]:
        """Pence that the next year has, by state."""
        found = {state: getattr(self.share, state) for state in OUT_ALREADY}
        if self.carries == "all":
            found |= {state: getattr(self.share, state) for state in LEFT}
        else:
            found["available"] = self.ordered
        return {state: pence for state, pence in found.items() if pence}

    def lapses(self) -> dict[str, int]:
        """Pence that are gone with the year, by state."""
        goes_on = self.goes_on()
        found = {state: getattr(self.share, state) - goes_on.get(state, 0) for state in LEFT}
        return {state: pence for state, pence in found.items() if pence}


def line_ended(endings: Sequence[Ending], **stated: Unpack[Stated]) -> tuple[Post, ...]:
    """The end of a line's year, one request for each event that has something to move, on the year's last day.

    Event 35: Dr lapsed / Cr available, contingency. Event 36: Dr carried(y) / Cr x(y); Dr x(y+1) / Cr carried(y+1). Event 37, where
    the fund lets money lapse: Dr lapsed(y) / Cr x(y); Dr x(y+1) / Cr unallocated(y+1). Refusals: not_enough_available (the next
    year of the fund has not so much left; the balances moved since they were read), account_unknown (a year is not open). Source:
    accounting.md events 35 to 37, R9."""
    lapsed, carried, first_call = Movement(), Movement(), Movement()
    for each in endings:
        share, following = each.share, each.following
        for state, pence in each.lapses().items():
            lapsed.pay(pence, debit=share.code("lapsed"), credit=share.code(state))
        for state, pence in each.goes_on().items():
            if each.carries == "none":
                first_call.pay(pence, debit=share.code("lapsed"), credit=share.code(state))
                first_call.pay(pence, debit=following.code(state), credit=following.code("unallocated"))
            else:
                carried.pay(pence, debit=share.code("carried"), credit=share.code(state))
                carried.pay(pence, debit=following.code(state), credit=following.code("carried"))
    given = about(line_of_shares([each.share for each in endings]), stated)
    made = ((35, lapsed), (36, carried), (37, first_call))
    return tuple(Post(event=event, legs=moved.legs, **given) for event, moved in made if moved.legs)


def order_carried(
    parts: Sequence[tuple[Share, int]], *, purpose: str, expires_us: int | None, **stated: Unpack[Stated]
) -> PlaceHold:  # fmt: skip
    """Event 5 for an order that goes on: Dr held / Cr available of the next year, each share what its order kept. Refusals:
    not_enough_available of the next year, hold_expiry_past. Source: accounting.md events 5, 36 and 37."""
    pairs = tuple(Kept(share.code("held"), share.code("available"), part) for share, part in parts if part)
    return PlaceHold(event=5, pairs=pairs, purpose=purpose, expires_us=expires_us,
                     **about(line_of_shares([share for share, _ in parts]), stated))  # fmt: skip


def fund_ended(*, fund: str, year: str, unallocated: int, rule: str, **stated: Unpack[Stated]) -> Post:
    """What no line was given: event 36 where the fund's rule is `all`, Dr carried(y) / Cr unallocated(y), Dr unallocated(y+1) / Cr
    carried(y+1); else event 35, Dr lapsed / Cr unallocated. Subject `fund/{fund}`. Refusals:
    account_unknown (the next year of the fund is not open). Source: accounting.md events 35 and 36, R9."""
    check_size(unallocated, "unallocated")
    moved = Movement()
    left = account("unallocated", fund=fund, year=year).code
    if rule == "all":
        following = year_after(year)
        moved.pay(unallocated, debit=account("carried", fund=fund, year=year).code, credit=left)
        moved.pay(unallocated, debit=account("unallocated", fund=fund, year=following).code,
                  credit=account("carried", fund=fund, year=following).code)  # fmt: skip
    else:
        moved.pay(unallocated, debit=account("lapsed", fund=fund, year=year).code, credit=left)
    return Post(event=36 if rule == "all" else 35, legs=moved.legs, **about(f"fund/{fund}", stated))


class LineLeft(msgspec.Struct, frozen=True):
    """What a line still has of a year in one fund, by state, in pence."""

    line: str
    person: str
    fund: str
    states: dict[str, int]

    def carried(self, rule: str) -> int:
        """What goes on by a rule."""
        out = sum(self.states.get(state, 0) for state in (*OUT_ALREADY, "held"))
        return out + (sum(self.states.get(state, 0) for state in LEFT) if rule == "all" else 0)

    def lapsed(self, rule: str) -> int:
        """What is gone by a rule."""
        return 0 if rule == "all" else sum(self.states.get(state, 0) for state in LEFT)


class FundLeft(msgspec.Struct, frozen=True):
    """What a fund has of a year that no line was given, its kind, and its rule (None where nobody has set one)."""

    fund: str
    kind: str
    unallocated: int
    rule: str | None


class OpenOrder(msgspec.Struct, frozen=True):
    """An order of a line that is open at the end of a year: what it keeps of each fund."""

    hold: int
    purpose: str
    expires_us: int | None
    kept: dict[str, int]


def subject_of_end(year: str, line: str) -> str:
    """What the end of a line's year stands under."""
    return f"year_end/{year}/line/{line}"


def ends_of(balances: Iterable[str]) -> set[str]:
    """What the end of every year of every line stands under that some accounts are of."""
    places = [code.split("/") for code in balances if code.startswith("share/")]
    return {subject_of_end(place[3], place[1]) for place in places}


async def has_ended(connection: Connection, book_id: int, line: str, year: str) -> bool:
    """Whether a line's year has ended, or the whole year is closed: nothing is posted into its share any more."""
    said = await said_of(connection, book_id, subject_of_end(year, line))
    closed: bool = await connection.fetchval(store_closing.IS_CLOSED, book_id, year)
    return closed or any(row.act == "line_ended" for row in said)


def care_uninvoiced(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], payee: str, **stated: Unpack[Stated]
) -> SettleHold:  # fmt: skip
    """Event 48, care had by the year's end and not invoiced: a settlement at estimate that is not taken back. Dr spent / Cr held,
    beyond the hold Cr available, lacking that Cr unfunded; Dr expense / Cr uninvoiced; J. What the hold keeps beyond it goes
    back to available. `because` is the accepted estimate. Refusals: hold_unknown, hold_closed, account_unknown; none for money.
    Source: accounting.md event 48, IAS 37 (accruals)."""
    parts, takes, over = taken_from_hold(amount, shares, remaining)
    moved = Movement(fact=True)
    owed = moved.shift(shares, over, to="spent", out_of="available")
    for share, part, beyond in zip(shares, parts, over, strict=True):
        moved.add(share.code("spent"), part - beyond)
    moved.care(shares, parts, credit=account("uninvoiced", payee=payee).code, owed=owed)
    return SettleHold(event=48, hold=hold, takes=takes, legs=moved.legs, final=True, fact=True,
                      **about(line_of_shares(shares), stated))  # fmt: skip


def care_uninvoiced_directly(*, amount: int, shares: Sequence[Share], payee: str, **stated: Unpack[Stated]) -> Post:
    """Event 48 without an order: Dr spent / Cr available, lacking that Cr unfunded; Dr expense / Cr uninvoiced; J. `because` is the
    accepted estimate. Refusals: account_unknown; none for money. Source: accounting.md event 48, IAS 37 (accruals)."""
    parts = split(amount, shares)
    moved = Movement(fact=True)
    owed = moved.shift(shares, parts, to="spent", out_of="available")
    moved.care(shares, parts, credit=account("uninvoiced", payee=payee).code, owed=owed)
    return Post(event=48, legs=moved.legs, fact=True, **about(line_of_shares(shares), stated))


def uninvoiced_opened(payee: str) -> OpenAccounts:
    """Opens what a payee's care of a year's end is owed on until its invoice comes; once."""
    return OpenAccounts(accounts=(account("uninvoiced", payee=payee),), tags=(("payee", payee),))


def uninvoiced_invoiced(
    *, amount: int, estimated: int, shares: Sequence[Share], payee: str, **stated: Unpack[Stated]
) -> tuple[Post, ...]:  # fmt: skip
    """Event 49, the invoice for what was settled at estimate: Dr uninvoiced / Cr payable, and the difference is a cost of the next
    year, of which `shares` are. Higher, a fact of its own: Dr spent / Cr available, lacking that Cr unfunded; Dr expense / Cr
    payable.
    Lower: Dr available / Cr spent; Dr uninvoiced / Cr expense. J. `because` is the accepted invoice. Refusals: ceiling_reached when
    less was estimated; none for money. Source: accounting.md event 49, IAS 8 (a change of estimate is of the year it is made
    in)."""
    check_size(amount, "amount")
    check_size(estimated, "estimated")
    payable, given = account("payable", payee=payee).code, about(line_of_shares(shares), stated)
    uninvoiced, less, more = (
        account("uninvoiced", payee=payee).code,
        max(0, estimated - amount),
        max(0, amount - estimated),
    )
    moved = Movement()
    moved.pay(estimated - less, debit=uninvoiced, credit=payable)
    if less:
        parts = [-part for part in split(less, shares)]
        moved.shift(shares, parts, to="spent", out_of="available")
        moved.care(shares, parts, credit=uninvoiced)
    made = [Post(event=49, legs=moved.legs, **given)]
    if more:
        beyond = Movement(fact=True)
        above = split(more, shares)
        owed = beyond.shift(shares, above, to="spent", out_of="available")
        beyond.care(shares, above, credit=payable, owed=owed)
        made.append(Post(event=49, legs=beyond.legs, fact=True, **given))
    return tuple(made)


def care_bought(*, amount: int, shares: Sequence[Share], holder_account: str, **stated: Unpack[Stated]) -> Post:
    """Event 50, care that a direct payment bought by the year's end and whose evidence is to come: Dr spent / Cr advanced by what
    of each instalment is left; Dr expense / Cr estimated_use; J. `because` is the accepted estimate. CannotApportion when the line
    was not paid so much. Refusals: not_enough_available, account_unknown. Source: accounting.md event 50."""
    parts = consumed(amount, shares)
    moved = Movement()
    moved.shift(shares, parts, to="spent", out_of="advanced")
    moved.care(shares, parts, credit=shares[0].code("estimated_use", holder_account=holder_account))
    return Post(event=50, legs=moved.legs, **about(line_of_shares(shares), stated))


def evidence_arrived(*, amount: int, person: str, holder_account: str, **stated: Unpack[Stated]) -> Post:
    """Event 50, the evidence of what was recognised at estimate: Dr estimated_use / Cr advance; no budget leg, for the care is
    spent already. Refusals: ceiling_reached when less was estimated, not_enough_available when the account has not so much. Source:
    SI 2013/1617 reg 11(7), 12; accounting.md event 50."""
    check_size(amount, "amount")
    names = {"person": person, "holder_account": holder_account}
    moved = Movement()
    moved.pay(amount, debit=account("estimated_use", **names).code, credit=account("advance", **names).code)
    return Post(event=50, legs=moved.legs, **about(f"holder_account/{holder_account}", stated))


def invoice_crossing(
    *, amount: int, following_amount: int, shares: Sequence[Share], following: Sequence[Share], payee: str,
    **stated: Unpack[Stated],
) -> tuple[Post, Post]:  # fmt: skip
    """Event 52 without an order, an invoice for care on both sides of 31 March: `following_amount` of `amount` is the next year's
    (`prepaid`), and this year's part is a fact, as `invoice_settled_directly`. Refusals: not_enough_available of the next year.
    Source: accounting.md event 52."""
    check_size(following_amount, "following_amount")
    now = invoice_settled_directly(amount=amount - following_amount, shares=shares, payee=payee, **stated)
    return (
        msgspec.structs.replace(now, event=52),
        prepaid(amount=following_amount, shares=following, payee=payee, **about(line_of_shares(shares), stated)),
    )


def invoice_crossing_hold(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], payee: str, final: bool,
    **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Event 52 of an order: what of the invoice is this year's uses it, as `invoice_settles_hold`. `prepaid` is the other part.
    Refusals: hold_unknown, hold_closed, hold_exceeded. Source: accounting.md event 52."""
    settled = invoice_settles_hold(
        hold=hold, remaining=remaining, amount=amount, shares=shares, payee=payee, final=final, **stated
    )
    return msgspec.structs.replace(settled, event=52)


def prepaid(*, amount: int, shares: Sequence[Share], payee: str, **stated: Unpack[Stated]) -> Post:
    """Event 52, the next year's part of an invoice: Dr advanced(y+1) / Cr available(y+1); Dr prepayment(y+1) / Cr payable.
    Refusals: not_enough_available, for paying ahead is an act; account_unknown, where the line has no share of that year. Source:
    accounting.md event 52, L4."""
    parts, payable = split(amount, shares), account("payable", payee=payee).code
    moved = Movement()
    moved.shift(shares, parts, to="advanced", out_of="available")
    for share, part in zip(shares, parts, strict=True):
        moved.pay(part, debit=share.code("prepayment"), credit=payable)
    return Post(event=52, legs=moved.legs, **about(line_of_shares(shares), stated))


def prepayment_released(*, parts: Sequence[tuple[Share, int]], **stated: Unpack[Stated]) -> Post:
    """Event 52 on 1 April: what each share prepaid is its care now. Dr spent / Cr advanced; Dr expense / Cr prepayment; J.
    Refusals: not_enough_available (it was released before), year_closed. Source: accounting.md event 52, L4."""
    moved = Movement()
    for share, part in parts:
        moved.shift([share], [part], to="spent", out_of="advanced")
        moved.care([share], [part], credit=share.code("prepayment"))
    return Post(event=52, legs=moved.legs, **about(line_of_shares([share for share, _ in parts]), stated))


def correction(
    *, entry: int, legs: Mapping[str, int], year: str, line: str, into: str | None = None, **stated: Unpack[Stated]
) -> Correct:  # fmt: skip
    """Event 39, a movement of a closed year undone in a later one (`into`, or else the next): its legs negated on the accounts of
    that year, and what was held, kept as contingency or recorded beyond authority on its `available`. `legs` are those of the entry
    (account code → pence).
    Refusals: year_open, not_reversible, already_reversed, not_enough_available, account_unknown. Source: accounting.md event 39,
    IAS 8 (errors)."""
    following, pairs = into or year_after(year), []
    for code in legs:
        parts = code.split("/")
        if year not in parts:
            continue
        instead = [following if part == year else part for part in parts]
        if parts[0] == "share" and parts[-1] in ("held", "contingency", "unfunded"):
            instead[-1] = "available"
        if "/".join(instead) != code:
            # What is of a term and no year goes back where it was.
            pairs.append(Replacement(code, "/".join(instead)))
    return Correct(entry=entry, replacements=tuple(pairs), **about(f"line/{line}", stated))
