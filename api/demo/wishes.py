"""What people of the demo want and what then happens, one dated struct for each kind of event.

Whether a wish comes true is for the gate to say: what follows on an order that was denied is passed over.
`name` is what later events call an order by, `of` the order they are about. Amounts are pence.
"""

from datetime import date

import msgspec


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


class Instalment(Happening, frozen=True, kw_only=True):
    """A payment of the plan's schedule is asked for."""

    name: str
    line: str
    amount: int


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


Wish = (
    Ask | Order | Decide | Invoice | Reverse | LateInvoice | Release | Instalment | PayOut | Evidence
    | BankLine | Explained | Noted
)  # fmt: skip
