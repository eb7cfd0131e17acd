"""Who and what the demo is made of besides its people: funds, payees, and the staff who do the work.

Different staff make, approve and release, as in life: whoever asks for `staff("finance", n)` and `staff("finance", n + 1)`
gets two people.
"""

from datetime import date

import msgspec

from ledger.budgets.funds import Fund
from ledger.budgets.payees import Payee
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Asked
from policies.wording import Role

FUNDS = (
    Fund(fund="nhs"),
    Fund(fund="chc", kind="demand_led"),
    Fund(fund="council", kind="partner", partner="council"),
    Fund(fund="own", kind="contribution"),
)
BANK = "main"
SOURCE = "nhse"
TERMS_DAYS = 14
"""Days after its acceptance within which an invoice is paid."""
MANY = {"officer": 6, "finance": 4, "registrar": 2, "treasury": 2, "clinician": 5}
"""How many there are of each."""

AGENCIES = tuple(f"AGENCY{number:02d}" for number in range(1, 21))
ASSISTANTS = tuple(f"PA{number:02d}" for number in range(1, 25))
SHOPS = tuple(f"SHOP{number:02d}" for number in range(1, 11))
PENDING = ("AGENCY51", "AGENCY52")
CHECKED = ("AGENCY53", "AGENCY54")
"""About whom somebody asks for the enquiries, and who are approved after them."""
UNREGISTERED = "AGENCY61"
BARRED = "AGENCY71"
UNKNOWN = "AGENCY99"
"""Nobody has registered this one."""


class Standing(msgspec.Struct, frozen=True):
    """A payee, its made-up name, and how far it got: registered, approved or barred."""

    payee: Payee
    name: str
    stands: str


def payees() -> tuple[Standing, ...]:
    """Everybody who may or may not be paid."""
    found = [Standing(Payee(payee=ref, regulated=True, cqc=True), f"Made-up Home Care {place}", "approved")
             for place, ref in enumerate(AGENCIES, 1)]  # fmt: skip
    found += [Standing(Payee(payee=ref, regulated=True, cqc=False, direct_employee=True), f"Made-up assistant {place}",
                       "approved") for place, ref in enumerate(ASSISTANTS, 1)]  # fmt: skip
    found += [Standing(Payee(payee=ref, regulated=False), f"Made-up shop {place}", "approved")
              for place, ref in enumerate(SHOPS, 1)]  # fmt: skip
    found += [Standing(Payee(payee=ref, regulated=True, cqc=True), f"Made-up newcomer {place}", "registered")
              for place, ref in enumerate((*PENDING, *CHECKED), 1)]  # fmt: skip
    found.append(
        Standing(Payee(payee=UNREGISTERED, regulated=True, cqc=False), "Made-up unregistered care", "approved")
    )
    found.append(Standing(Payee(payee=BARRED, regulated=True, cqc=True), "Made-up barred care", "barred"))
    return tuple(found)


def staff(role: str, turn: int) -> Asked:
    """One of the staff of a role, by turns."""
    return Asked("phb-office", f"demo.{role}.{turn % MANY[role] + 1}", None, "officer")


CONTACTS: dict[Role, tuple[str, str]] = {
    "named_contact": ("Made-up budget team", "01632 960001, weekdays 9am to 5pm"),
    "advocate": ("Made-up Voices", "01632 960002"),
    "complaints": ("Made-up PALS", "01632 960003, or pals@example.org"),
}
"""Whom people of the demo can ask; nobody has these numbers (Ofcom's for drama)."""

MACHINE = Asked("phb-demo", "demo.clock", None, "machine")


class Span(msgspec.Struct, frozen=True):
    """The demo's time: twelve months up to a day, and the financial years that they touch."""

    as_of: date
    first: date

    @property
    def years(self) -> tuple[str, ...]:
        """One or two financial years, in order."""
        return tuple(dict.fromkeys((year_of(self.first), year_of(self.as_of))))

    @property
    def last(self) -> date:
        """The last day of the last of the years: no plan of the demo goes beyond it."""
        return period_days(self.years[-1])[1]

    @property
    def first_month(self) -> str:
        """The first month of the book."""
        return f"{self.years[0][:4]}-04"


def span_to(as_of: date) -> Span:
    """The twelve months that end on a day."""
    before = as_of.toordinal() - 364
    return Span(as_of, date.fromordinal(before))
