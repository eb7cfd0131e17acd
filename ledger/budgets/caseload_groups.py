"""What a caseload submits: one group for the take-on, each fund-year, each payee and each person, so that nothing is half there.

A person's group is whole or absent: who they are to the book, their accounts, plans and lines, and event 55 of every figure,
behind each the statement of where it is written."""

from collections.abc import Callable
from datetime import date

import msgspec

from ledger.budgets.acts import fund_granted
from ledger.budgets.caseload_people import BankLineTaken, PersonTaken, PlanTaken
from ledger.budgets.caseload_rows import FundRow, PayeeRow, TakeOnRow
from ledger.budgets.chart import account, fund_accounts, person_account
from ledger.budgets.claims import Evidence, bank_line_subject, invoice_subject
from ledger.budgets.drafts import Draft, DraftLine
from ledger.budgets.funds import Fund, contribution_opened, fund_opened, partner_opened
from ledger.budgets.payees import Payee, payable_opened, payee_recorded
from ledger.budgets.people import (
    Group,
    bank_detail,
    groups_detail,
    holder_account_recorded,
    person_recorded,
)
from ledger.budgets.plans import line_recorded, plan_detail, plan_recorded, share_of, share_opened
from ledger.budgets.reading import years_of
from ledger.budgets.take_on import (
    Lineage,
    bank_line_taken_on,
    budget_taken_on,
    demand_taken_on,
    invoice_taken_on,
    opening_stated,
    order_taken_on,
)
from ledger.budgets.wording import detail_of
from ledger.core.calendar import day_ends_us
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest, OpenAccounts

HOLD_DAYS_US = 90 * 24 * 3600 * 1_000_000


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """What every group of one take-on needs: its row, the hashes of the files by sheet, the number of its entry, chances, the
    keyed hash of an invoice's reference, the councils behind funds, and the time now."""

    row: TakeOnRow
    files: dict[str, str]
    number: int
    salt: Callable[[], bytes]
    reference_hash: Callable[[str, str], str]
    partners: dict[str, str | None]
    now_us: int

    def lineage(self, sheet: str, row: int) -> Lineage:
        """Where a row stands."""
        return Lineage(take_on=self.row.take_on, source=self.row.source, file=self.files[sheet], sheet=sheet, row=row)


class Requests(list[AnyRequest]):
    """Requests in the order in which they happen."""

    def add(self, *requests: AnyRequest) -> int:
        """Add some; the place of the first of them, counted from 1."""
        self.extend(requests)
        return len(self) - len(requests) + 1


def fund_group(row: FundRow, *, is_new: bool, is_new_partner: bool, opens_on: date) -> tuple[AnyRequest, ...]:
    """A fund, if it is new, a year of it, and what was granted for that (event 1)."""
    fund = Fund(fund=row.fund, kind=row.kind, partner=row.partner)
    made: list[AnyRequest] = (
        list(fund_opened(fund, (row.year,))) if is_new else [fund_accounts(row.fund, row.year, row.kind)]
    )
    if row.partner is not None and is_new_partner:
        made.append(partner_opened(row.partner))
    if row.granted:
        made.append(fund_granted(fund=row.fund, year=row.year, amount=row.granted, effective_on=opens_on))
    return tuple(made)


def payee_group(row: PayeeRow, making: Making) -> tuple[AnyRequest, ...]:
    """A payee registered and approved, as it was in the earlier system, and where it is owed."""
    payee = Payee(payee=row.payee, regulated=row.regulated, cqc=row.cqc, direct_employee=row.direct_employee)
    registered = payee_recorded(
        "registered", payee, because=making.number, detail=detail_of(making.salt(), {"name": row.name})
    )
    return registered, payee_recorded("approved", payee, because=-1), payable_opened(row.payee)


def person_group(taken: PersonTaken, making: Making) -> tuple[AnyRequest, ...]:
    """Everything of a person who is new to the book."""
    made, person = Requests(), taken.person
    since = making.row.opens_on
    groups = [Group(name, value, since) for name, value in taken.row.groups]
    first = made.add(
        person_recorded("registered", person=person, because=making.number, detail=groups_detail(making.salt(), groups))
    )
    if taken.row.consent_on is not None:
        made.add(person_recorded("consent_given", person=person, on=taken.row.consent_on, because=-first))
    for row, holder_account in taken.accounts:
        detail = bank_detail(making.salt(), sort_code=row.sort_code, account_number=row.account_number,
                             account_name=row.account_name)  # fmt: skip
        registered = made.add(*holder_account_recorded(
            "registered", holder_account=holder_account, person=person, because=-first, detail=detail
        ))  # fmt: skip
        made.add(
            *holder_account_recorded("approved", holder_account=holder_account, person=person, because=-registered)
        )
    for plan in taken.plans:
        _add_plan(made, plan, making, first)
    for opened in _places(taken):
        made.add(opened)
    _add_money(made, taken, making)
    return tuple(made)


def _add_plan(made: Requests, plan: PlanTaken, making: Making, because: int) -> None:
    """A plan drafted and signed, and its lines agreed, with an open share for each fund and year."""
    drafts = tuple(DraftLine(line, row.title, "") for row, line in plan.lines)
    draft = Draft(plan.row.title, "", drafts)
    drafted = made.add(plan_recorded("drafted", plan.plan, because=-because, detail=draft.detail(making.salt())))
    signed = made.add(plan_recorded("signed", plan.plan, because=-drafted))
    for row, line in plan.lines:
        words = plan_detail(making.salt(), title=row.title)
        agreed = made.add(line_recorded("agreed", line, because=-signed, detail=words))
        for year in years_of(line):
            for share in line.bearers:
                held = share_of(line, share, year, partner=making.partners.get(share.fund))
                made.add(*share_opened(held, because=-agreed))
        for share in (each for each in line.bearers if each.kind == "contribution"):
            made.add(*contribution_opened(share_of(line, share, years_of(line)[0])))


def _places(taken: PersonTaken) -> list[OpenAccounts]:
    """Accounts of this person for money with third parties and for what is owed back, each opened once."""
    found: dict[str, OpenAccounts] = {}
    for each in taken.figures:
        place, debtor = each.opening.place, each.opening.debtor
        if place is not None and place.startswith("tp_advance/"):
            third_party = place.split("/")[1]
            found[place] = person_account("tp_advance", person=taken.person, third_party=third_party)
        if debtor is not None:
            klass = "/".join(debtor.split("/")[:2])
            names = {"debtor" if klass.endswith("reclaim") else "payee": debtor.split("/")[2]}
            found[debtor] = person_account(klass, person=taken.person, **names)
    return list(found.values())


def _add_money(made: Requests, taken: PersonTaken, making: Making) -> None:
    """Event 55, figure by figure, then the orders, then what is owed."""
    source, day = making.row.source, making.row.opens_on
    accounts = {line.line: line.holder_account for _, line in taken.lines}
    for figure in taken.figures:
        said = made.add(opening_stated(figure.opening, making.lineage("openings", figure.row), because=making.number))
        demanded = demand_taken_on(
            figure.opening, holder_account=accounts.get(figure.opening.share.line), because=-said
        )
        if demanded is not None:
            made.add(demanded)
        made.add(budget_taken_on(figure.opening, source=source, effective_on=day, because=-said))
    for order in taken.orders:
        row = order.row
        expires = day_ends_us(row.expires_on) if row.expires_on is not None else making.now_us + HOLD_DAYS_US
        decision, hold = order_taken_on(
            amount=row.amount, shares=order.shares, service=row.service, payee=row.payee,
            lineage=making.lineage("orders", row.row), effective_on=day, because=making.number, care_from=row.care_from,
            care_to=row.care_to, expires_us=expires,
        )  # fmt: skip
        place = made.add(decision)
        made.add(msgspec.structs.replace(hold, because=-place))
    for invoice in taken.invoices:
        said_by = invoice.row
        evidence = Evidence(
            subject=invoice_subject(said_by.payee, making.reference_hash(said_by.payee, said_by.reference)),
            person=taken.person, amount=said_by.amount, line=invoice.line, payee=said_by.payee, service=said_by.service,
            document_on=said_by.document_on, received_on=said_by.received_on,
        )  # fmt: skip
        made.add(*invoice_taken_on(
            evidence, making.lineage("invoices", said_by.row), source=source, effective_on=day, because=making.number,
            position=len(made) + 1, detail=detail_of(making.salt(), {"reference": said_by.reference}),
        ))  # fmt: skip
    for gone in taken.bank_lines:
        evidence = Evidence(
            subject=_bank_line(gone, making), person=taken.person, amount=gone.row.amount, holder_account=gone.holder_account,
            document_on=gone.row.on, feed="bank_feed",
        )  # fmt: skip
        made.add(*bank_line_taken_on(
            evidence, making.lineage("bank_lines", gone.row.row), effective_on=day, because=making.number,
            position=len(made) + 1, detail=detail_of(making.salt(), {"reference": gone.row.reference}),
        ))  # fmt: skip


def _bank_line(gone: BankLineTaken, making: Making) -> str:
    """As it would be known if it were entered by hand, so that it is there once."""
    return bank_line_subject(gone.holder_account, making.reference_hash(gone.holder_account, gone.row.reference))


def guards_of(taken: PersonTaken, making: Making) -> tuple[Guard, ...]:
    """What must not have been recorded before: the person, each invoice, and each line of a bank."""
    subjects = [f"person/{taken.person}"]
    subjects += [
        invoice_subject(each.row.payee, making.reference_hash(each.row.payee, each.row.reference))
        for each in taken.invoices
    ]
    subjects += [_bank_line(each, making) for each in taken.bank_lines]
    return tuple(Guard(each, 0) for each in subjects)


def opening_account(source: str) -> OpenAccounts:
    """Where balances of the earlier system come from; once for each system."""
    return OpenAccounts(accounts=(account("opening", source=source),))
