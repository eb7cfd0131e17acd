"""What people of the demo want and what then happens, one dated struct for each kind of event.

Whether a wish comes true is for the gate to say: what follows on an order that was denied is passed over.
`name` is what later events call an order by, `of` the order they are about. Amounts are pence.
"""

from datetime import date

import msgspec

from ledger.budgets.schedule import Schedule


class Happening(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something in a person's year, on its accounting day."""

    on: date


class Ask(Happening, frozen=True, kw_only=True):
    """May this be bought? An answer that a later order may rely on."""

    name: str
    line: str
    service: str
    payee: str | None
    amount: int


class Order(Happening, frozen=True, kw_only=True):
    """Care ordered on a line that the commissioner pays. `relies_on` names an earlier ask."""

    name: str
    line: str
    service: str
    payee: str
    amount: int
    care_from: date
    care_to: date
    relies_on: str | None = None


class Decide(Happening, frozen=True, kw_only=True):
    """What an officer says, if the order or instalment was referred."""

    of: str
    approves: bool
    reason: str | None = None


class Invoice(Happening, frozen=True, kw_only=True):
    """An invoice for an order, in part or final, for less or more than is held."""

    of: str
    reference: str
    amount: int
    final: bool


class Reverse(Happening, frozen=True, kw_only=True):
    """The last invoice of an order was entered wrong and is undone."""

    of: str


class LateInvoice(Happening, frozen=True, kw_only=True):
    """An invoice for care that nobody had ordered here."""

    reference: str
    line: str
    service: str
    payee: str
    amount: int


class Release(Happening, frozen=True, kw_only=True):
    """An order is not wanted any more, all that remains of it or an amount; `lapsed` when its time has passed."""

    of: str
    amount: int | None = None
    lapsed: bool = False


class Scheduled(Happening, frozen=True, kw_only=True):
    """The payments of a line are agreed."""

    schedule: Schedule


class Instalment(Happening, frozen=True, kw_only=True):
    """A payment of the plan's schedule is asked for, by the first day of its period."""

    name: str
    line: str
    amount: int
    period: date


class PayOut(Happening, frozen=True, kw_only=True):
    """The money of an instalment goes to the holder's account."""

    of: str


class Evidence(Happening, frozen=True, kw_only=True):
    """What a holder has bought, claimed by them and accepted by an officer."""

    reference: str
    line: str
    service: str
    payee: str
    amount: int


class BankLine(Happening, frozen=True, kw_only=True):
    """Money that left a holder's account, not explained yet."""

    name: str
    line: str
    amount: int


class Explained(Happening, frozen=True, kw_only=True):
    """The evidence for an earlier bank line, accepted."""

    of: str
    service: str


class Noted(Happening, frozen=True, kw_only=True):
    """An event in the person's record: `consent_withdrawn`, `died`."""

    act: str


class SentBack(Happening, frozen=True, kw_only=True):
    """The bank sends an instalment back; the account is looked at again and approved anew."""

    of: str


class Statement(Happening, frozen=True, kw_only=True):
    """What a third party tells of a month: care of `line` and its own fee of `fee_line`, if the instalment `of` was paid."""

    of: str
    reference: str
    line: str
    fee_line: str
    service: str
    third_party: str
    care: int
    fee: int


class CreditNote(Happening, frozen=True, kw_only=True):
    """The provider takes a part of its invoice for an order back."""

    of: str
    reference: str
    amount: int


class LaidOut(Happening, frozen=True, kw_only=True):
    """What the holder or a carer paid for from their own pocket, claimed and accepted."""

    reference: str
    line: str
    service: str
    amount: int


class Questioned(Happening, frozen=True, kw_only=True):
    """An officer questions what was accepted on a receipt, so much of it."""

    name: str
    of: str
    amount: int


class Answered(Happening, frozen=True, kw_only=True):
    """Another officer finds so much of what was questioned explained, and the rest of it, if any, is waived."""

    of: str
    line: str
    amount: int
    waived: int = 0


class CheckAsked(Happening, frozen=True, kw_only=True):
    """The person asks for the enquiries about a provider, and after some days it is approved."""

    payee: str


class ReviewCalled(Happening, frozen=True, kw_only=True):
    """A review is asked for before its time."""

    reason: str


class Reviewed(Happening, frozen=True, kw_only=True):
    """A review is held."""

    outcome: str


class Raised(Happening, frozen=True, kw_only=True):
    """A later version of the plan gives a line more, from that day on."""

    line: str
    more: int


class Surplus(Happening, frozen=True, kw_only=True):
    """An officer determines what of a holder's balance is too much, and takes `amount` of it."""

    name: str
    line: str
    balance: int
    liabilities: int
    contingency: int
    amount: int


class Offset(Happening, frozen=True, kw_only=True):
    """An instalment is paid less what was determined to be a surplus."""

    of: str
    surplus: str
    amount: int


class Demand(Happening, frozen=True, kw_only=True):
    """What was determined is required back: noticed, considered, and demanded."""

    name: str
    surplus: str
    line: str
    amount: int


class LookAgain(Happening, frozen=True, kw_only=True):
    """The person asks for a demand to be looked at again; somebody else does, and it stands, but for what is taken back of it."""

    of: str
    taken_back: int = 0


class Repaid(Happening, frozen=True, kw_only=True):
    """A part of a demand comes in."""

    of: str
    amount: int


class GivenUp(Happening, frozen=True, kw_only=True):
    """What is left of a demand is waived."""

    of: str
    amount: int


class Stopped(Happening, frozen=True, kw_only=True):
    """A direct payment stops by notice: whoever works for the person is owed `owed` for theirs, and asks for `paid` of it."""

    line: str
    ends_on: date
    payee: str
    service: str
    owed: int
    paid: int


Wish = (
    Ask | Order | Decide | Invoice | Reverse | LateInvoice | Release | Scheduled | Instalment | PayOut | Evidence
    | BankLine | Explained | Noted | SentBack | Statement | CreditNote | LaidOut | Reviewed | Raised | Surplus | Offset
    | Demand | LookAgain | Repaid | GivenUp | Stopped | Questioned | Answered | CheckAsked | ReviewCalled
)  # fmt: skip
