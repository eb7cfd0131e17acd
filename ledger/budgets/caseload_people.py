"""A caseload person by person, in the words of the book: plans, lines, opening figures, open orders and unpaid invoices.

References of the book are keyed hashes of the codes that the files use: the same person has the same reference however often the
files are read, and nobody can tell the code from it."""

import hmac
from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

import msgspec

from ledger.budgets.caseload_checks import Known
from ledger.budgets.caseload_rows import (
    AccountRow,
    BankLineRow,
    Caseload,
    InvoiceRow,
    LineRow,
    OpeningRow,
    OrderRow,
    PersonRow,
    PlanRow,
    RowSaid,
)
from ledger.budgets.caseload_tables import Trouble
from ledger.budgets.chart import account
from ledger.budgets.funds import Fund
from ledger.budgets.people import opaque_ref
from ledger.budgets.plans import Line, LineShare, PlanVersion, share_of
from ledger.budgets.reading import years_of
from ledger.budgets.shares import Share, split_of_left
from ledger.budgets.splits import agreed_contribution
from ledger.budgets.take_on import TOTALS, Opening
from ledger.core.model import Malformed
from ledger.money import CannotApportion

Said = TypeVar("Said", bound=RowSaid)
PERSON = "person"
"""Who owes what is being recovered, where it is the person and no payee."""


class Refs(msgspec.Struct, frozen=True):
    """Makes the book's references from the files' codes."""

    secret: bytes
    book: str
    source: str

    def of(self, first: str, code: str) -> str:
        """The reference of this kind (its first sign: P, H, V or L) for a code of the source."""
        said = "|".join(("take_on", self.book, self.source, first, code))
        return opaque_ref(first, hmac.new(self.secret, said.encode(), sha256).digest()[:16])


class Figure(msgspec.Struct, frozen=True):
    """An opening figure with the row that it stands on."""

    opening: Opening
    row: int


class OrderTaken(msgspec.Struct, frozen=True):
    """An open order with the shares that bear it, as they stand when it is placed."""

    row: OrderRow
    line: str
    shares: tuple[Share, ...]


class InvoiceTaken(msgspec.Struct, frozen=True):
    """An unpaid invoice with the reference of its line."""

    row: InvoiceRow
    line: str


class BankLineTaken(msgspec.Struct, frozen=True):
    """Money that left an account and is not explained, with the reference of the account."""

    row: BankLineRow
    holder_account: str


class PlanTaken(msgspec.Struct, frozen=True):
    """A plan with its lines, each with its row."""

    row: PlanRow
    plan: PlanVersion
    lines: tuple[tuple[LineRow, Line], ...]


class PersonTaken(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one person."""

    row: PersonRow
    person: str
    accounts: tuple[tuple[AccountRow, str], ...]
    plans: tuple[PlanTaken, ...]
    figures: tuple[Figure, ...]
    orders: tuple[OrderTaken, ...]
    invoices: tuple[InvoiceTaken, ...]
    bank_lines: tuple[BankLineTaken, ...] = ()

    def totals(self) -> dict[str, int]:
        """Pence by state (TOTALS) of all lines together."""
        found = dict.fromkeys(TOTALS, 0)
        for each in self.figures:
            for state, pence in figures_of(each.opening).items():
                found[state] += pence
        found["owed"] = sum(each.row.amount for each in self.invoices)
        return found

    @property
    def lines(self) -> tuple[tuple[LineRow, Line], ...]:
        """The lines of all plans."""
        return tuple(line for plan in self.plans for line in plan.lines)


def figures_of(opening: Opening) -> dict[str, int]:
    """What an opening figure says of each state; `available` is what is left after the open orders."""
    return {
        "allocated": opening.allocated, "available": opening.available - opening.held, "held": opening.held,
        "advanced": opening.advanced, "spent": opening.spent, "recovering": opening.recovering,
        "unfunded": opening.unfunded,
    }  # fmt: skip


def people_of(caseload: Caseload, known: Known, refs: Refs) -> tuple[list[PersonTaken], list[Trouble]]:
    """Everybody of a caseload, and what does not come together: a line that is none, figures that do not add up. Rows that name
    what is not there are passed over; they have been told (`ledger.budgets.caseload_checks`)."""
    made = _Assembly(caseload, known, refs)
    return [made.person(row) for row in caseload.people], made.troubles


class _Assembly:
    def __init__(self, caseload: Caseload, known: Known, refs: Refs) -> None:
        self.troubles: list[Trouble] = []
        self.refs = refs
        self.funds: dict[str, Fund] = known.funds_with(caseload)
        self.years = known.years_with(caseload)
        self.accounts = _by(caseload.accounts, lambda row: row.person)
        self.plans = _by(caseload.plans, lambda row: row.person)
        self.lines = _by(caseload.lines, lambda row: row.plan)
        self.openings = _by(caseload.openings, lambda row: row.line)
        self.orders = _by(caseload.orders, lambda row: row.line)
        self.invoices = _by(caseload.invoices, lambda row: row.line)
        self.bank_lines = _by(caseload.bank_lines, lambda row: row.account)

    def wrong(self, sheet: str, row: RowSaid, column: str, code: str, reason: str) -> None:
        """One fault."""
        self.troubles.append(Trouble(sheet, row.row, column, code, reason))

    def person(self, row: PersonRow) -> PersonTaken:
        """One person whole."""
        person = self.refs.of("P", row.person)
        accounts = tuple((each, self.refs.of("H", each.account)) for each in self.accounts[row.person])
        plans = tuple(plan for each in self.plans[row.person] if (plan := self._plan(each, person)) is not None)
        figures: list[Figure] = []
        orders: list[OrderTaken] = []
        invoices: list[InvoiceTaken] = []
        for said, line in (each for plan in plans for each in plan.lines):
            found, placed = self._money(said, line)
            figures += found
            orders += placed
            owed = [InvoiceTaken(each, line.line) for each in self.invoices[said.line]]
            if sum(each.row.amount for each in owed) > sum(each.opening.spent for each in found) and (
                found or not self.openings[said.line]
            ):
                self.wrong("invoices", owed[-1].row, "amount", "owed_over_spent",
                           "What is owed for a line is more than what was spent on it.")  # fmt: skip
            invoices += owed
        gone = tuple(taken for each, ref in accounts for taken in self._gone(each, ref, figures))
        return PersonTaken(row=row, person=person, accounts=accounts, plans=plans, figures=tuple(figures),
                           orders=tuple(orders), invoices=tuple(invoices), bank_lines=gone)  # fmt: skip

    def _gone(self, row: AccountRow, holder_account: str, figures: list[Figure]) -> list[BankLineTaken]:
        """What left an account and is not explained: of what is advanced there, and no more."""
        rows = self.bank_lines[row.account]
        advanced = sum(
            each.opening.advanced for each in figures if (each.opening.place or "").endswith(f"/{holder_account}")
        )
        if sum(each.amount for each in rows) > advanced:
            self.wrong("bank_lines", rows[-1], "amount", "unexplained_over_advanced",
                       "More has left the account without an explanation than is advanced to it.")  # fmt: skip
        return [BankLineTaken(each, holder_account) for each in rows]

    def _plan(self, row: PlanRow, person: str) -> PlanTaken | None:
        try:
            plan = PlanVersion(
                plan=self.refs.of("V", row.plan), person=person, version=1, start=row.start, end=row.end,
                coordinator=row.coordinator, agreement=row.agreement,
            )  # fmt: skip
        except Malformed:
            return None
        lines = [(each, line) for each in self.lines[row.plan] if (line := self._line(each, plan)) is not None]
        return PlanTaken(row, plan, tuple(lines))

    def _line(self, row: LineRow, plan: PlanVersion) -> Line | None:
        if any(fund not in self.funds for fund, _ in row.funds):
            return None
        try:
            return Line(
                line=self.refs.of("L", row.line), person=plan.person, plan=plan.plan, version=1, services=row.services,
                management=row.management, amount=row.amount, start=row.start, end=row.end,
                shares=tuple(LineShare(fund, self.funds[fund].kind, weight) for fund, weight in row.funds),
                payees=row.payees, instalment=row.instalment, flexibility=row.flexibility,
                contingency=sum(each.contingency for each in self.openings[row.line]) or None,
                contingency_year=max((each.year for each in self.openings[row.line] if each.contingency), default=None),
                holder_account=None if row.account is None else self.refs.of("H", row.account),
            )  # fmt: skip
        except Malformed as no:
            column = _COLUMN_OF.get(no.field, no.field)
            self.wrong(
                "lines", row, column, no.code, "The line cannot be so (docs/take-on.md says what goes together)."
            )
            return None

    def _money(self, row: LineRow, line: Line) -> tuple[list[Figure], list[OrderTaken]]:
        """What a line has, year by year; its orders take their part of it."""
        figures: list[Figure] = []
        orders: list[OrderTaken] = []
        rows = [each for each in self.openings[row.line] if each.fund in {share.fund for share in line.shares}]
        for year in sorted({each.year for each in rows} | {each.year for each in self.orders[row.line]}):
            of_year = [each for each in rows if each.year == year]
            found = [figure for each in of_year if (figure := self._figure(each, row, line)) is not None]
            if len(found) < len(of_year):
                continue
            held, placed = self._orders(row, line, year, found)
            found = [
                Figure(msgspec.structs.replace(each.opening, held=held.get(each.opening.share.fund, 0)), each.row)
                for each in found
            ]
            self._check_states(of_year, found)
            figures += found
            orders += placed
        if rows and sum(each.allocated for each in rows) > row.amount:
            self.wrong("openings", rows[-1], "allocated", "allocated_over_amount",
                       "The line was allocated more than the amount that its plan says.")  # fmt: skip
        for share in (each for each in line.shares if each.kind == "contribution"):
            own = [each for each in rows if each.fund == share.fund]
            if sum(each.allocated for each in own) > agreed_contribution(line, share.fund):
                self.wrong("openings", own[-1], "allocated", "contribution_above_agreed",
                           "More was received than the person's part of the line: the rest goes back to them.")  # fmt: skip
        return figures, orders

    def _figure(self, said: OpeningRow, row: LineRow, line: Line) -> Figure | None:
        fund = next(share for share in line.shares if share.fund == said.fund)
        if said.year not in years_of(line):
            self.wrong("openings", said, "year", "year_not_of_line", "The line has no day in this year.")
            return None
        share = share_of(line, fund, said.year, partner=self.funds[said.fund].partner)
        try:
            return Figure(
                Opening(
                    share=share, allocated=said.allocated, spent=said.spent, advanced=said.advanced,
                    recovering=said.recovering, partner_owes=said.partner_owes, place=self._place(said, line),
                    debtor=_debtor(said, line), contingency=said.contingency,
                ),
                said.row,
            )  # fmt: skip
        except Malformed as no:
            self.wrong(
                "openings", said, _COLUMN_OF.get(no.field, no.field), no.code, _WHY.get(no.code, "This cannot be so.")
            )
            return None

    def _place(self, said: OpeningRow, line: Line) -> str | None:
        """Where what is advanced stands: in the holder's account, or with the third party, who is the line's one payee."""
        if not said.advanced:
            return None
        if line.holder_account is not None:
            return account("advance", person=line.person, holder_account=line.holder_account).code
        if line.management == "third_party" and len(line.payees) == 1:
            return account("tp_advance", third_party=line.payees[0], person=line.person).code
        return None

    def _orders(
        self, row: LineRow, line: Line, year: str, figures: list[Figure]
    ) -> tuple[dict[str, int], list[OrderTaken]]:
        """What the orders of a year keep by fund, and the orders, each with the shares as it finds them."""
        left = {each.opening.share.fund: each.opening.available for each in figures}
        held: dict[str, int] = defaultdict(int)
        placed: list[OrderTaken] = []
        for order in (each for each in self.orders[row.line] if each.year == year):
            if line.management != "notional":
                self.wrong(
                    "orders", order, "line", "line_paid_out", "Money of this line is paid out, and no order keeps it."
                )
                continue
            shares = tuple(
                msgspec.structs.replace(
                    share_of(line, share, year, partner=self.funds[share.fund].partner), available=left.get(share.fund, 0)
                )
                for share in line.shares
            )  # fmt: skip
            try:
                parts = split_of_left(order.amount, shares, [share.available for share in shares])
            except CannotApportion:
                parts = (order.amount,) * len(shares)
            if any(part > share.available for part, share in zip(parts, shares, strict=True)):
                self.wrong(
                    "orders", order, "amount", "not_enough_available", "The line has not so much left in this year."
                )
                continue
            for share, part in zip(shares, parts, strict=True):
                left[share.fund] = share.available - part
                held[share.fund] += part
            placed.append(OrderTaken(order, line.line, shares))
        return held, placed

    def _check_states(self, rows: list[OpeningRow], figures: list[Figure]) -> None:
        """What the files say of `held` and `available` is what comes out."""
        for row, each in zip(rows, figures, strict=True):
            found = figures_of(each.opening)
            if row.available is not None and row.available != found["available"]:
                self.wrong("openings", row, "available", "available_differs",
                           "Allocated less all the other states and open orders is another amount.")  # fmt: skip
        stated = [row.held for row in rows if row.held is not None]
        if rows and len(stated) == len(rows) and sum(stated) != sum(each.opening.held for each in figures):
            self.wrong("openings", rows[-1], "held", "held_differs",
                       "The open orders of this line in this year come to another amount.")  # fmt: skip


def _debtor(said: OpeningRow, line: Line) -> str | None:
    """Who owes what is being recovered: the person, or the payee that is named."""
    if not said.recovering:
        return None
    if said.debtor in (None, PERSON):
        return account("receivable/reclaim", debtor=line.person, person=line.person).code
    return account("receivable/provider", payee=said.debtor or "", person=line.person).code


def _by(rows: Sequence[Said], key: Callable[[Said], str]) -> defaultdict[str, list[Said]]:
    found: defaultdict[str, list[Said]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


_COLUMN_OF = {
    "share": "funds", "service": "services", "holder_account": "account", "payee": "payees", "to": "end", "place": "advanced",
    "debtor": "recovering",
}  # fmt: skip
"""The column of a field that a noun of the book objects to."""
_WHY = {
    "amount_zero": "A row of nothing is none.",
    "amount_too_large": "A partner cannot owe more than was spent, nor more be kept for emergencies than is left.",
    "contribution_not_taken_on": "What a person gives is received and spent, and nothing else: not paid out ahead, kept aside or "
    "owed back.",
    "partner_malformed": "Only a partner's share is owed by a partner.",
    "place_missing": "Money is paid out to the holder's account of a direct payment, or to the one payee of a third party's line.",
}
