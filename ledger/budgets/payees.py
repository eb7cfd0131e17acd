"""Payees: who is paid, and what must be known of them before (reg 11(2): registration of who provides care)."""

from collections.abc import Mapping
from datetime import date

import msgspec

from ledger.budgets.chart import account
from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, answer_of, attributes, day_of, needed
from ledger.core.model import Detail
from ledger.core.requests import OpenAccounts, Record

ROUTES = ("ours", "general_ledger")
"""Who pays a payee: this ledger's payments, or the commissioner's general ledger; never both."""
ACTS = ("registered", "approved", "barred", "returned")
"""`returned`: a payment to them came back, so that they are approved anew before the next one."""
FOR_ONE = ("barred", "connected", "not_connected")
"""What is said of a payee for one person. `connected`: family on the list of reg 7(8), or a friend, who lives in the same household
(reg 8(5B), 11(3A)); family who live elsewhere are not."""


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """A payee by reference. None means that nobody has said. `regulated`: carries on a regulated activity; `cqc`: registered
    for it; `direct_employee`: employed by the holder, and so outside that registration; `profession`: registered with the body of
    their profession, where it calls for that, and `indemnity`: insured as fits the care (reg 11(2)(b), (c)). `registered_until` and
    `insured_until` are the last days for which the registration that they need and their insurance were shown. `person` stands only
    where something is said of a payee for one person; `route` is one of ROUTES, None as `ours`."""

    payee: str
    regulated: bool | None = None
    cqc: bool | None = None
    direct_employee: bool | None = None
    person: str | None = None
    route: str | None = None
    profession: bool | None = None
    indemnity: bool | None = None
    registered_until: date | None = None
    insured_until: date | None = None

    def lapsed_on(self, day: date) -> bool:
        """Whether what was shown of their registration or insurance does not reach to a day of care. Somebody whom the holder
        employs needs none for a regulated activity, but for a profession."""
        needs_none = self.direct_employee is True and self.profession is None
        until = (None if needs_none else self.registered_until, self.insured_until)
        return any(last is not None and last < day for last in until)


def payee_recorded(act: str, payee: Payee, *, because: int = 0, detail: Detail | None = None) -> Record:
    """A payee `registered`, `approved`, `barred` or `returned`, stated whole each time; the name is in the detail. The subject
    is the reference itself, as imports write it; for one person, with an act of FOR_ONE, it is `{payee}/{person}`, so that it
    stands beside the payee's own row. Malformed for another act, or an approval for one person."""
    among(act, ACTS if payee.person is None else FOR_ONE, "act")
    given = attributes(
        act,
        person=payee.person,
        regulated=payee.regulated,
        cqc=payee.cqc,
        direct_employee=payee.direct_employee,
        profession=payee.profession,
        indemnity=payee.indemnity,
        registered_until=payee.registered_until,
        insured_until=payee.insured_until,
        route=None if payee.route is None else among(payee.route, ROUTES, "route"),
    )
    subject = check_name(payee.payee, "payee")
    if payee.person is not None:
        subject += f"/{check_name(payee.person, 'person')}"
    return Record(kind="payee", subject=subject, because=because, detail=detail, attributes=given)


def payable_opened(payee: str) -> OpenAccounts:
    """Opens what is owed to a payee; once, with the first approval."""
    return OpenAccounts(accounts=(account("payable", payee=check_name(payee, "payee")),), tags=(("payee", payee),))


def payee_of(subject: str, given: Mapping[str, str]) -> tuple[Payee, str]:
    """The payee of a register row, and how it stands: one of ACTS, for one person of FOR_ONE."""
    found = Payee(
        payee=subject.partition("/")[0], regulated=answer_of(given, "regulated"), cqc=answer_of(given, "cqc"),
        direct_employee=answer_of(given, "direct_employee"), person=given.get("person"),
        route=given.get("route"), profession=answer_of(given, "profession"), indemnity=answer_of(given, "indemnity"),
        registered_until=day_of(given, "registered_until"), insured_until=day_of(given, "insured_until"),
    )  # fmt: skip
    return found, among(needed(given, "act"), ACTS if found.person is None else FOR_ONE, "act")
