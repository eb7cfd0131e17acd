"""Reads of a person's budget: what its register says, folded, what its lines have, and what was decided about it.

Every read takes a connection of role phb_reader with the book set. Amounts are signed pence, debit positive.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from ledger.book.lookups import HoldUnknown, read_hold
from ledger.book.snapshot import snapshot
from ledger.budgets import store
from ledger.budgets.funds import Fund, fund_of
from ledger.budgets.payees import Payee, payee_of
from ledger.budgets.people import Delegation, delegation_of, holder_account_of, person_of, restriction_of
from ledger.budgets.plans import Line, PlanVersion, line_of, plan_of, share_of
from ledger.budgets.reviews import Reviewed, reviewed_after
from ledger.budgets.shares import TERM, Share
from ledger.budgets.splits import day_in
from ledger.budgets.standing import Said, by_their_days, read_rules, read_standing
from ledger.budgets.wording import number_of, numbered, optional_number
from ledger.core.calendar import year_of
from ledger.core.canon import Entry, parse

Connection = Any
FOLDED = 8192
FEW = 64
STATES = ("available", "contingency", "held", "advanced", "spent", "recovering", "lost", "unfunded")


_read_said = msgspec.json.Decoder(list[Said]).decode


async def said_of(connection: Connection, book_id: int, subject: str) -> list[Said]:
    """Everything registered about one subject, oldest first."""
    return [said_from(row) for row in await connection.fetch(store.SAID_OF_SUBJECT, book_id, subject)]


async def said_at(connection: Connection, book_id: int, number: int) -> Said | None:
    """The register's row of one entry, or None."""
    row = await connection.fetchrow(store.SAID_AT, book_id, number)
    return None if row is None else said_from(row)


async def said_of_person(connection: Connection, book_id: int, person: str, kinds: Sequence[str]) -> list[Said]:
    """Everything of these kinds registered about one person, oldest first."""
    return [said_from(row) for row in await connection.fetch(store.SAID_OF_PERSON, book_id, person, list(kinds))]


async def said_of_bundles(connection: Connection, book_id: int) -> list[Said]:
    """Everything registered about the rules of a book, oldest first."""
    return [said_from(row) for row in await connection.fetch(store.SAID_OF_BUNDLES, book_id)]


async def version_of(connection: Connection, book_id: int, subject: str) -> int:
    """The number of the last entry about a subject; 0 when there is none."""
    return await connection.fetchval(store.SUBJECT_VERSION, book_id, subject) or 0


async def touches_person(connection: Connection, book_id: int, person: str, number: int) -> bool:
    """Whether an entry moved money on an account of this person."""
    touches: bool = await connection.fetchval(store.TOUCHES_PERSON, book_id, person, number)
    return touches


def said_from(row: Any) -> Said:
    """A row of the register as it was read."""
    attributes = msgspec.json.decode(row["attributes"], type=dict[str, str])
    return Said(row["number"], row["kind"], row["subject"], row["act"], row["day"], attributes)


class Setup(msgspec.Struct, frozen=True):
    """How a person's budget is set up, folded from what was said of them: the newest word on each thing counts, of
    consent, capacity and the Schedule that of the latest day."""

    registered: bool
    died_on: date | None
    consent: bool
    excluded: bool
    plans: dict[str, list[tuple[PlanVersion, str]]]
    lines: dict[str, tuple[Line, str]]
    holder_accounts: dict[str, str]
    barred_payees: frozenset[str]
    delegations: tuple[Delegation, ...]
    consented_on: date | None = None
    capacity_found_on: date | None = None
    """None while the person lacks capacity, or where nobody ever asked."""
    has_capacity: bool = True
    """False from the day it was found lost until it is found again."""
    capacity_lost_on: date | None = None
    """None while the person has capacity."""
    usable_from: dict[str, date] = {}
    """Holder account → the first day on which money is paid into it without another look."""
    held_by: dict[str, str] = {}
    """Holder account → who can use it, one of `people.HELD_BY`, where somebody has said."""
    connected_payees: frozenset[str] = frozenset()
    """Payees who are family or friends of the person and live in the same household (reg 8(5B))."""
    reviewed: Reviewed = Reviewed()
    restricted_to: frozenset[str] | None = None
    """The staff whom the record is for; None of one that is open to the team."""

    def scopes_of(self, holder: str, day: date) -> frozenset[str]:
        """What a holder may do for this person on a day: the scopes of the delegations that name them."""
        return frozenset(
            each.scope for each in self.delegations
            if each.holder == holder and each.start <= day and (each.end is None or day <= each.end)
        )  # fmt: skip

    def plan_on(self, line: Line, day: date) -> tuple[PlanVersion, str] | None:
        """The newest version of a line's plan that covers the day and has been signed since it was drafted; else the newest."""
        versions = self.plans.get(line.plan, [])
        signed = [
            (plan, act) for plan, act in versions
            if act != "drafted" and plan.start <= day and (plan.end is None or day <= plan.end)
        ]  # fmt: skip
        return signed[-1] if signed else (versions[-1] if versions else None)


def setup_of(said: msgspec.Raw) -> Setup:
    """How a person's budget is set up, from the register rows of one person as `Facts` has them. Nobody changes it."""
    return _setup(bytes(said))


@lru_cache(maxsize=FOLDED)
def _setup(text: bytes) -> Setup:
    return folded(_read_said(text))


def folded(said: Sequence[Said]) -> Setup:
    """Fold the register rows of one person, in the order of their entries, but what stands of them by its own day."""
    registered, consent, excluded, died_on = False, False, False, None
    consented_on, capacity_found_on, capacity_lost_on, has_capacity = None, None, None, True
    plans: dict[str, list[tuple[PlanVersion, str]]] = {}
    lines: dict[str, tuple[Line, str]] = {}
    holder_accounts: dict[str, str] = {}
    usable_from: dict[str, date] = {}
    held_by: dict[str, str] = {}
    barred: set[str] = set()
    connected: dict[str, bool] = {}
    reviewed, restricted_to = Reviewed(), None
    delegations: dict[str, Delegation] = {}
    for row in by_their_days(said):
        if row.kind == "person":
            registered = True
            _, act, on = person_of(row.subject, row.attributes)
            if act == "died":
                died_on, reviewed = on, reviewed.promising_nothing()
            elif act in ("consent_given", "consent_withdrawn"):
                consent = act == "consent_given"
                consented_on = on if consent else None
            elif act in ("capacity_found", "capacity_lost"):
                has_capacity = act == "capacity_found"
                capacity_found_on, capacity_lost_on = (on, None) if has_capacity else (None, on)
            elif act in ("excluded_by_schedule", "schedule_lifted"):
                excluded = act == "excluded_by_schedule"
            elif act in ("restricted", "restriction_lifted"):
                restricted_to = restriction_of(row.attributes)
        elif row.kind == "plan_version":
            plan, act = plan_of(row.subject, row.attributes)
            kept = [each for each in plans.get(plan.plan, []) if each[0].version != plan.version]
            plans[plan.plan] = [*kept, (plan, act)]
            reviewed = reviewed_after(reviewed, row)
        elif row.kind == "line":
            line, act = line_of(row.subject, row.attributes)
            lines[line.line] = (line, act)
        elif row.kind == "holder_account":
            account = holder_account_of(row.subject, row.attributes)
            holder_accounts[account.holder_account] = account.act
            if account.usable_from is not None:
                usable_from[account.holder_account] = account.usable_from
            if account.held_by is not None:
                held_by[account.holder_account] = account.held_by
        elif row.kind == "payee" and row.act == "barred":
            barred.add(row.subject.partition("/")[0])
        elif row.kind == "payee":
            connected[row.subject.partition("/")[0]] = row.act == "connected"
        elif row.kind == "review":
            reviewed = reviewed_after(reviewed, row)
        elif row.kind == "delegation" and row.act == "granted":
            delegations[row.subject] = delegation_of(row.subject, row.attributes)
        elif row.kind == "delegation":
            delegations.pop(row.subject, None)
    return Setup(
        registered, died_on, consent, excluded, plans, lines, holder_accounts, frozenset(barred),
        tuple(delegations.values()), consented_on, capacity_found_on, has_capacity, capacity_lost_on, usable_from, held_by,
        frozenset(payee for payee, is_so in connected.items() if is_so), reviewed, restricted_to,
    )  # fmt: skip


def funds_of(funds: msgspec.Raw) -> dict[str, Fund]:
    """Every fund of the book by code. Nobody changes it."""
    return _funds(bytes(funds))


@lru_cache(maxsize=FEW)
def _funds(text: bytes) -> dict[str, Fund]:
    rows = _read_said(text)
    return {fund.fund: fund for fund in (fund_of(row.subject, row.attributes) for row in rows)}


def payee_state(payee: msgspec.Raw) -> tuple[Payee | None, str]:
    """A payee and how it stands: registered, approved, barred; or unknown."""
    return _payee(bytes(payee))


@lru_cache(maxsize=FOLDED)
def _payee(text: bytes) -> tuple[Payee | None, str]:
    rows = _read_said(text)
    if not rows:
        return None, "unknown"
    return payee_of(rows[-1].subject, rows[-1].attributes)


def shares_of(
    line: Line, year: str, funds: Mapping[str, Fund], balances: Mapping[str, int], day: date | None = None
) -> tuple[Share, ...]:  # fmt: skip
    """The shares of a line in one year, with what their accounts hold, by the split in force on a day: of care for a fact, of
    accounting for an act. Without one it is the split with which the line leaves the year. A fund that bears nothing that day has
    weight 0. A line of a term has the same shares in every year."""
    if line.is_of_term:
        year = TERM
    shares = tuple(
        share_of(
            line, share, year, partner=funds[share.fund].partner if share.fund in funds else None, balances=balances
        )
        for share in line.bearers
    )
    if not line.is_split_by_day:
        return shares
    weights = line.weights_on(day_in(line, year) if day is None else min(max(day, line.start), line.end))
    return tuple(msgspec.structs.replace(share, weight=weights[share.fund]) for share in shares)


def years_of(line: Line) -> list[str]:
    """The financial years that a line's dates touch, in order; of a line of a term that term alone."""
    if line.is_of_term:
        return [TERM]
    first, last = int(year_of(line.start)[:4]), int(year_of(line.end)[:4])
    return [f"{year:04d}-{(year + 1) % 100:02d}" for year in range(first, last + 1)]


class YearMoney(msgspec.Struct, frozen=True, kw_only=True):
    """What a line has in pence of one financial year, state by state; `unfunded` is what is owed beyond authority."""

    year: str
    available: int
    contingency: int
    held: int
    advanced: int
    spent: int
    recovering: int
    lost: int
    unfunded: int

    @property
    def allocated(self) -> int:
        """What all states come to: what the line was given, less what was given back (accounting.md R2)."""
        states = (self.available, self.contingency, self.held, self.advanced, self.spent, self.recovering, self.lost)
        return sum(states) - self.unfunded


class LineMoney(msgspec.Struct, frozen=True, kw_only=True):
    """What a line has in pence (answers.md 4), for a day of financial year `year`: money of another year cannot be used on it.

    `left_to_spend` = available of that year + what can be used of money paid out; `can_use_now` is what a holder can use on the
    day; `left_in_other_years` is available on other days only; `awaiting_evidence` has left the account and is not explained yet.
    The states are those of all years together, and `years` has them year by year."""

    year: str
    can_use_now: int
    left_to_spend: int
    left_in_other_years: int
    awaiting_evidence: int
    years: tuple[YearMoney, ...]

    def of(self, state: str) -> int:
        """A state of all years together."""
        return sum(getattr(each, state) for each in self.years)

    @property
    def allocated(self) -> int:
        """What all states of all years come to."""
        return self.of("allocated")


def money_of(line: Line, balances: Mapping[str, int], year: str) -> LineMoney:
    """What a line has, over all of its shares, for a day of this financial year, from balances of one moment."""
    found = years_from(balances, f"share/{line.line}/")
    if line.is_kept:
        return money_in(found, year, paid_out=0, usable=0, kept_in=found)
    advanced = sum(each.advanced for each in found)
    usable = max(0, min(advanced, cash_of(line, balances)))
    return money_in(found, year, paid_out=advanced, usable=usable, kept_in=())


def money_in(
    years: Sequence[YearMoney], year: str, *, paid_out: int, usable: int, kept_in: Sequence[YearMoney]
) -> LineMoney:  # fmt: skip
    """Money by years as it stands on a day of one of them. `usable` of what is `paid_out` is really in an account; `kept_in` are
    the years of the lines whose money the commissioner keeps, which the holder uses by ordering."""
    left = sum(each.available for each in years if each.year in (year, TERM))
    ordered = sum(each.available for each in kept_in if each.year in (year, TERM))
    return LineMoney(
        year=year, can_use_now=ordered + usable, left_to_spend=left + usable, awaiting_evidence=paid_out - usable,
        left_in_other_years=sum(each.available for each in years) - left, years=tuple(years),
    )  # fmt: skip


def years_from(balances: Mapping[str, int], *begins: str) -> tuple[YearMoney, ...]:
    """The states of all shares whose accounts begin so, by financial year in order."""
    found: dict[str, dict[str, int]] = {}
    for code, pence in balances.items():
        if code.startswith(begins):
            *_, year, state = code.split("/")
            if state in STATES:
                states = found.setdefault(year, dict.fromkeys(STATES, 0))
                states[state] += -pence if state == "unfunded" else pence
    return tuple(YearMoney(year=year, **states) for year, states in sorted(found.items()))


def cash_of(line: Line, balances: Mapping[str, int]) -> int:
    """Our money that is really in the person's accounts: what was paid out, less what was used by estimate."""
    return sum(
        pence for code, pence in balances.items()
        if code.startswith((f"advance/{line.person}/", f"estimated_use/{line.person}/", "tp_advance/"))
    )  # fmt: skip


class DecisionRead(msgspec.Struct, frozen=True):
    """One decision: its entry, the content of its detail (None when erased), its hold, and the entry that resolved it."""

    entry: Entry
    detail: bytes | None
    hold: int | None
    resolved_by: int | None


class DecisionPage(msgspec.Struct, frozen=True):
    """Decisions by number; `next_after` is what to pass as `after` for the next page, None on the last."""

    through_entry: int
    decisions: tuple[DecisionRead, ...]
    next_after: int | None


async def decisions_of(
    connection: Connection, book_id: int, person: str | None, *, after: int | None, limit: int
) -> DecisionPage:  # fmt: skip
    """The decisions about a person's budget (None: about nobody's) after an entry number, in order."""
    async with snapshot(connection):
        through = await connection.fetchval(store.SIZE, book_id)
        if person is None:
            rows = await connection.fetch(store.DECISIONS_OF_BOOK, book_id, after or 0, limit + 1)
        else:
            rows = await connection.fetch(store.DECISIONS, book_id, person, after or 0, limit + 1)
    found = tuple(
        DecisionRead(
            parse(row["body"]), row["content"], row["number"] + 1 if row["holds"] else None, row["resolved_by"]
        )
        for row in rows[:limit]
    )  # fmt: skip
    return DecisionPage(through, found, found[-1].entry.number if len(rows) > limit else None)


class Order(msgspec.Struct, frozen=True):
    """An order that keeps money: its hold, the decision behind it, the shares that bear it, and what the hold still keeps (account
    code → pence). `purpose` is one of `ledger.budgets.acts.PURPOSES`, `expires_us` when its time has come; `day` is that of the
    decision and `amount` the pence that it was for, and `rate` (pence a unit) and `quantity` (hundredths of units) are as ordered,
    where that was said."""

    hold: int
    decision: int
    line: Line
    payee: str | None
    service: str | None
    shares: tuple[Share, ...]
    remaining: dict[str, int]
    purpose: str
    expires_us: int | None
    closed: bool
    day: date
    amount: int
    rate: int | None = None
    quantity: int | None = None


def parts_of(given: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Pence by financial year that a decision states, where they are not of the year of its accounting day alone."""
    split = [text.partition(":") for text in numbered(given, "part")]
    return tuple((year, number_of({"part": pence}, "part")) for year, _, pence in split)


async def order_of(
    connection: Connection, book_id: int, person: str, hold: int, care_to: date | None = None
) -> Order | None:
    """The order behind a hold of this person; None when there is no such hold, or it is another person's. Its shares are split as
    on the last day of care, where that is said, else as on the day of the order."""
    said = await said_at(connection, book_id, hold - 1)
    if said is None or said.kind != "decision" or said.attributes.get("person") != person or said.day is None:
        return None
    try:
        found = await read_hold(connection, book_id, hold)
    except HoldUnknown:
        return None
    standing = await read_standing(connection, book_id, person)
    rules = await read_rules(connection, book_id)
    line, _ = setup_of(standing.said).lines[said.attributes["line"]]
    shares = tuple(
        share
        for year, _ in parts_of(said.attributes) or ((year_of(said.day), 0),)
        for share in shares_of(line, year, funds_of(rules.funds), standing.balances, care_to or said.day)
    )
    return Order(hold, said.number, line, said.attributes.get("payee"), said.attributes.get("service"), shares,
                 {pair.holding: pair.remaining for pair in found.pairs}, found.purpose, found.expires_us,
                 found.closed, said.day, number_of(said.attributes, "amount"),
                 optional_number(said.attributes, "rate"),
                 optional_number(said.attributes, "quantity"))  # fmt: skip
