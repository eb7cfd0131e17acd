"""What the rows of a caseload say of each other and of the book: names that are there, once, and fit together."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import date

import msgspec

from ledger.budgets.caseload_rows import UNREAD, Caseload, LineRow, PlanRow, RowSaid
from ledger.budgets.caseload_tables import Trouble
from ledger.budgets.funds import Fund
from ledger.text import plain_reference


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known already, outside the files: the book's funds, the fund-years that are open (`nhs/2026-27`), its payees and
    how each stands, the services that there are, the book's first day, and today."""

    funds: Mapping[str, Fund]
    years: frozenset[str]
    payees: Mapping[str, str]
    services: frozenset[str]
    first_day: date
    today: date

    def funds_with(self, caseload: Caseload) -> dict[str, Fund]:
        """The funds of the book, and those that the caseload brings."""
        brought = {row.fund: Fund(fund=row.fund, kind=row.kind, partner=row.partner) for row in caseload.funds}
        return {**brought, **self.funds}

    def years_with(self, caseload: Caseload) -> frozenset[str]:
        """The fund-years of the book, and those that the caseload brings."""
        return self.years | {f"{row.fund}/{row.year}" for row in caseload.funds}


class Checks:
    """Faults being gathered, each at its row."""

    def __init__(self, caseload: Caseload, known: Known) -> None:
        self.caseload = caseload
        self.known = known
        self.troubles: list[Trouble] = []
        self.people = {row.person: row for row in caseload.people}
        self.plans = {row.plan: row for row in caseload.plans}
        self.lines = {row.line: row for row in caseload.lines}
        self.accounts = {row.account: row for row in caseload.accounts}
        self.funds = known.funds_with(caseload)
        self.years = known.years_with(caseload)

    def wrong(self, sheet: str, row: RowSaid, column: str, code: str, reason: str) -> None:
        """One fault."""
        self.troubles.append(Trouble(sheet, row.row, column, code, reason))

    def names(self, sheet: str, row: RowSaid, column: str, named: str, there: Mapping[str, object], where: str) -> bool:
        """Whether what a row names is there; a row of it that could not be read has been told already."""
        if named in there:
            return True
        if not {(where, named), (where, UNREAD)} & self.caseload.broken:
            self.wrong(sheet, row, column, "name_unknown", f"There is no such row in the sheet {where}.")
        return False

    def once(self, sheet: str, column: str, keyed: Iterable[tuple[RowSaid, Hashable]]) -> None:
        """Each key is there once; empty ones are not asked."""
        seen: set[Hashable] = set()
        for row, key in keyed:
            if key in seen:
                self.wrong(sheet, row, column, "name_repeated", "A row above says the same; each is there once.")
            if key is not None:
                seen.add(key)

    def references(self, sheet: str, said: Iterable[tuple[RowSaid, str, str]]) -> None:
        """Each reference of one issuer is there once, and something of it can be seen; an empty cell has been told already."""
        named = [(row, issuer, reference, plain_reference(reference)) for row, issuer, reference in said]
        for row, _, reference, plain in named:
            if reference and not plain:
                self.wrong(sheet, row, "reference", "text_malformed", "Nothing of this reference can be seen.")
        self.once(sheet, "reference", ((row, (issuer, plain)) for row, issuer, _, plain in named))


def check_caseload(caseload: Caseload, known: Known) -> list[Trouble]:
    """Every fault between the rows."""
    checks = Checks(caseload, known)
    _check_take_on(checks)
    _check_once(checks)
    _check_funds_and_payees(checks)
    _check_people(checks)
    for line in caseload.lines:
        _check_line(checks, line)
    _check_money(checks)
    return checks.troubles


def _check_take_on(checks: Checks) -> None:
    row, known = checks.caseload.take_on, checks.known
    if row is None:
        return
    if row.opens_on > known.today:
        checks.wrong(
            "take_on", row, "opens_on", "effective_in_future", "Balances cannot open on a day that has not come."
        )
    if row.opens_on < known.first_day:
        checks.wrong("take_on", row, "opens_on", "before_first_month", "The book does not go back so far.")
    if row.complete_from < row.opens_on:
        checks.wrong("take_on", row, "complete_from", "complete_before_opening",
                     "Before the day on which balances open there are totals only.")  # fmt: skip


def _check_once(checks: Checks) -> None:
    rows = checks.caseload
    checks.once("funds", "fund", ((row, (row.fund, row.year)) for row in rows.funds))
    checks.once("payees", "payee", ((row, row.payee) for row in rows.payees))
    checks.once("people", "person", ((row, row.person) for row in rows.people))
    checks.once("people", "nhs_number", ((row, row.nhs_number) for row in rows.people))
    checks.once("accounts", "account", ((row, row.account) for row in rows.accounts))
    checks.once("plans", "plan", ((row, row.plan) for row in rows.plans))
    checks.once("lines", "line", ((row, row.line) for row in rows.lines))
    checks.once("openings", "line", ((row, (row.line, row.fund, row.year)) for row in rows.openings))
    checks.once("orders", "order", ((row, row.order) for row in rows.orders))
    checks.references("invoices", [(row, row.payee, row.reference) for row in rows.invoices])
    checks.references("bank_lines", [(row, row.account, row.reference) for row in rows.bank_lines])


def _check_funds_and_payees(checks: Checks) -> None:
    kinds: dict[str, tuple[str, str | None]] = {}
    for row in checks.caseload.funds:
        fund = checks.known.funds.get(row.fund)
        said = kinds.setdefault(row.fund, (row.kind, row.partner) if fund is None else (fund.kind, fund.partner))
        if said != (row.kind, row.partner):
            checks.wrong(
                "funds", row, "kind", "fund_differs", "The book, or a row above, has this fund with another kind."
            )
        if row.kind == "contribution" and row.granted:
            checks.wrong("funds", row, "granted", "contribution_not_granted",
                         "What people give is no grant: it is received for their lines, in the sheet openings.")  # fmt: skip
    for payee in checks.caseload.payees:
        if checks.known.payees.get(payee.payee, "approved") != "approved":
            checks.wrong(
                "payees", payee, "payee", "payee_not_approved", "The book has this payee, and not as approved."
            )


def _check_people(checks: Checks) -> None:
    rows = checks.caseload
    for person in rows.people:
        if person.consent_on is not None and person.consent_on > checks.known.today:
            checks.wrong("people", person, "consent_on", "dates_malformed", "Consent is of a day that has come.")
    for account in rows.accounts:
        checks.names("accounts", account, "person", account.person, checks.people, "people")
    for plan in rows.plans:
        checks.names("plans", plan, "person", plan.person, checks.people, "people")
        if plan.end is not None and plan.end < plan.start:
            checks.wrong("plans", plan, "end", "dates_malformed", "The plan ends before it begins.")


def _check_line(checks: Checks, line: LineRow) -> None:
    if line.end < line.start:
        checks.wrong("lines", line, "end", "dates_malformed", "The line ends before it begins.")
    if checks.names("lines", line, "plan", line.plan, checks.plans, "plans"):
        _check_within(checks, line, checks.plans[line.plan])
    for service in line.services:
        if service not in checks.known.services:
            checks.wrong(
                "lines", line, "services", "service_unknown", "This is not a service of the list (docs/rules.md)."
            )
    for fund, _ in line.funds:
        checks.names("lines", line, "funds", fund, checks.funds, "funds")
    for payee in line.payees:
        _check_payee(checks, "lines", line, "payees", payee)


def _check_within(checks: Checks, line: LineRow, plan: PlanRow) -> None:
    if line.start < plan.start or (plan.end is not None and line.end > plan.end):
        checks.wrong("lines", line, "start", "line_outside_plan", "The line's days lie outside its plan's.")
    if line.account is None or not checks.names("lines", line, "account", line.account, checks.accounts, "accounts"):
        return
    if checks.accounts[line.account].person != plan.person:
        checks.wrong("lines", line, "account", "account_differs", "The account is another person's.")


def _check_payee(checks: Checks, sheet: str, row: RowSaid, column: str, payee: str) -> None:
    there = {each.payee: each for each in checks.caseload.payees}
    stands = checks.known.payees.get(payee)
    if payee not in there and stands is not None and stands != "approved":
        checks.wrong(sheet, row, column, "payee_not_approved", "The book has this payee, and not as approved.")
    elif stands is None:
        checks.names(sheet, row, column, payee, there, "payees")


def _check_money(checks: Checks) -> None:
    """Openings, orders and invoices name a line, a fund and a year of it, and a payee; what they come to is for
    `ledger.budgets.caseload_people`."""
    rows = checks.caseload
    for opening in rows.openings:
        if not checks.names("openings", opening, "line", opening.line, checks.lines, "lines"):
            continue
        if opening.fund not in {fund for fund, _ in checks.lines[opening.line].funds}:
            checks.wrong("openings", opening, "fund", "fund_not_of_line", "The line is not borne by this fund.")
        elif opening.fund in checks.funds and f"{opening.fund}/{opening.year}" not in checks.years:
            checks.wrong("openings", opening, "year", "fund_year_not_open", "The book has no such year of this fund.")
        if opening.debtor not in (None, "person"):
            _check_payee(checks, "openings", opening, "debtor", opening.debtor or "")
    for sheet, of_sheet in (("orders", rows.orders), ("invoices", rows.invoices)):
        for row in of_sheet:
            _check_payee(checks, sheet, row, "payee", row.payee)
            if not checks.names(sheet, row, "line", row.line, checks.lines, "lines"):
                continue
            if row.service not in checks.lines[row.line].services:
                checks.wrong(sheet, row, "service", "service_not_of_line", "The line is not for this service.")
    for each in rows.bank_lines:
        checks.names("bank_lines", each, "account", each.account, checks.accounts, "accounts")
        if rows.take_on is not None and each.on > rows.take_on.opens_on:
            checks.wrong("bank_lines", each, "on", "bank_line_after_opening",
                         "What left the account after the balances open comes with a statement of its bank.")  # fmt: skip
    for order in rows.orders:
        dates = (order.care_from, order.care_to)
        if (dates[0] is None) is not (dates[1] is None) or (dates[0] and dates[1] and dates[1] < dates[0]):
            checks.wrong(
                "orders", order, "care_to", "dates_malformed", "Care has a first and a last day, in this order."
            )
        if order.expires_on is not None and order.expires_on < checks.known.today:
            checks.wrong("orders", order, "expires_on", "hold_expiry_past", "The order has expired already.")
