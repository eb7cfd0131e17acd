"""What clients may send, field by field, and how it becomes a request of the core.

The structs refuse unknown fields; amounts are text with exactly two decimal places. A code that holds an NHS
number is refused here, because it would stand in a permanent entry for ever.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from api.problems import Problem
from api.strict import check_impersonal
from ledger.budgets.chart import OPENED_BY_EVENTS
from ledger.core import model, requests
from ledger.money import NotAnAmount, parse_amount

_POUNDS = r"(0|[1-9][0-9]{0,12})\.[0-9]{2}$"
_NOT_FINITE = re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE)
_CODE = r"^(?!-$)[A-Za-z0-9._:/+-]{1,256}$"
_ACCOUNT = r"^[A-Za-z0-9][A-Za-z0-9._/+-]{0,119}$"

Amount = Annotated[
    str,
    Meta(
        description="Pounds and pence as text, debit positive.",
        examples=["75.50", "-1234.56"],
        extra_json_schema={"pattern": r"^(?!-?0\.00$)-?" + _POUNDS},
    ),
]
Size = Annotated[
    str,
    Meta(
        description="Pounds and pence as text, above zero.",
        examples=["75.50"],
        extra_json_schema={"pattern": r"^(?!0\.00$)" + _POUNDS},
    ),
]
Limit = Annotated[
    str,
    Meta(
        description="Signed pounds and pence as text.",
        examples=["0.00"],
        extra_json_schema={"pattern": r"^(?!-0\.00$)-?" + _POUNDS},
    ),
]
AccountCode = Annotated[
    str,
    Meta(description="An account's code.", examples=["bank/main"], extra_json_schema={"pattern": _ACCOUNT}),
]
Code = Annotated[str, Meta(description="A code; never a name or an NHS number.", extra_json_schema={"pattern": _CODE})]
EntryNumber = Annotated[int, Meta(ge=1, le=10**15, description="The number of an entry.")]
Event = Annotated[int, Meta(ge=0, le=999, description="The accounting event, 0 if none.")]
Currency = Annotated[str, Meta(description="ISO 4217.", examples=["GBP"], extra_json_schema={"pattern": "^[A-Z]{3}$"})]
Because = Annotated[int, Meta(ge=0, le=10**15, description="The number of the entry behind this one, 0 if none.")]
Day = Annotated[date, Meta(description="The accounting day in Europe/London; it alone decides the period.")]
PeriodName = Annotated[
    str,
    Meta(
        description="A month 2026-03 or a financial year 2025-26.",
        extra_json_schema={"pattern": r"^(20[0-9]{2})-[0-9]{2}$"},
    ),
]


class LegIn(Struct, frozen=True, forbid_unknown_fields=True):
    """One leg: a signed amount on one account. `shortfall` names, on a fact, where missing authority is
    recorded."""

    account: AccountCode
    amount: Amount
    shortfall: AccountCode | None = None


class Moved(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every movement of money may state."""

    effective_on: Day
    event: Event = 0
    care_from: date | None = None
    care_to: date | None = None
    because: Because = 0
    subject: Code | None = None


class TransactionIn(Moved, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A journal of finance: legs that sum to zero in each balance group, all of them or none."""

    currency: Currency
    legs: Annotated[list[LegIn], Meta(min_length=2, max_length=200)]
    fact: bool = False
    up_to: AccountCode | None = None


class BatchIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Several journals. With `atomic` all of them post or none does (at most 50); without, each has its own
    result."""

    transactions: Annotated[list[TransactionIn], Meta(min_length=1, max_length=500)]
    atomic: bool = False


class ReversalIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Undoes one movement whole, once, on a day not before its own."""

    effective_on: Day
    because: Because = 0


class PairIn(Struct, frozen=True, forbid_unknown_fields=True):
    """One fund's part of a hold: `amount` moves from the origin to the holding account."""

    holding: AccountCode
    origin: AccountCode
    amount: Size


class HoldIn(Moved, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keeps money to one side until it is settled, released, or expires."""

    currency: Currency
    pairs: Annotated[list[PairIn], Meta(min_length=1, max_length=100)]
    purpose: Code = "order"
    expires_at: datetime | None = None


class TakeIn(Struct, frozen=True, forbid_unknown_fields=True):
    """How much is taken from what a hold keeps on one account."""

    holding: AccountCode
    amount: Size


class SettlementIn(Moved, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Uses a hold, in part or finally."""

    takes: Annotated[list[TakeIn], Meta(min_length=1, max_length=100)]
    legs: Annotated[list[LegIn], Meta(min_length=1, max_length=200)]
    final: bool = False
    fact: bool = True


class ReleaseIn(Moved, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gives back what a hold keeps: all of it, or the amounts named."""

    takes: Annotated[list[TakeIn], Meta(max_length=100)] = []


class AccountIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place money can be. `floor` and `ceiling` are signed; without them there is no guard."""

    account: AccountCode
    class_: AccountCode = msgspec.field(name="class")
    layer: Literal["budget", "actual"] = "actual"
    group: AccountCode = "actual"
    type: Literal["source", "use", "asset", "liability", "equity", "income", "expense", "suspense"] = "asset"
    normal: Literal["debit", "credit"] = "debit"
    floor: Limit | None = None
    ceiling: Limit | None = None


class BookIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A new book, of made-up or of real people. One of published payments is opened by their import."""

    book: Annotated[
        str,
        Meta(description="The book's code.", examples=["QSL"], extra_json_schema={"pattern": "^[A-Z][A-Z0-9]{1,15}$"}),
    ]
    nature: Literal["synthetic", "live"]
    first_month: Annotated[
        str,
        Meta(
            description="The first month that takes postings.",
            examples=["2025-04"],
            extra_json_schema={"pattern": r"^20[0-9]{2}-(0[1-9]|1[0-2])$"},
        ),
    ]
    currency: Currency = "GBP"


class AccountsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Opens accounts in one entry. Accounts of budget lines are opened with the plan, not here."""

    accounts: Annotated[list[AccountIn], Meta(min_length=1, max_length=99)]


class AccountChangeIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Freezes, unfreezes or closes one account; `reason` is a code."""

    account: AccountCode
    reason: Code | None = None


class PeriodChangeIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Closes or reopens a month or a financial year; `reason` is a code."""

    period: PeriodName
    reason: Code | None = None


class PeriodReopenIn(PeriodChangeIn, frozen=True, forbid_unknown_fields=True):
    """The same for a period that is reopened. `approved` is the number of the decision that referred the same before, once another
    person has approved it."""

    approved: EntryNumber | None = None


class CheckpointIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for a checkpoint of everything recorded so far."""


def amount_of(text: str, field: str, *, is_size: bool = False) -> int:
    """Signed pence of an amount on the wire; with `is_size` it must be above zero."""
    try:
        pence = parse_amount(text, signed=not is_size)
    except NotAnAmount as no:
        code = "amount_not_a_number" if _NOT_FINITE.fullmatch(text) else no.code
        raise Problem(code, field=field) from None
    if is_size and pence == 0:
        raise Problem("amount_zero", field=field)
    return pence


def code_of(text: str, field: str) -> str:
    """A code that holds no NHS number."""
    check_impersonal(text, field)
    return text


def _optional(text: str | None, field: str) -> str | None:
    return None if text is None else code_of(text, field)


def _legs(legs: list[LegIn], *, fact: bool) -> tuple[model.Leg, ...]:
    if not fact and any(leg.shortfall is not None for leg in legs):
        raise Problem("shortfall_of_act", field="legs")
    return tuple(
        model.Leg(code_of(leg.account, "legs"), amount_of(leg.amount, "legs"), _optional(leg.shortfall, "legs"))
        for leg in legs
    )


def _moved(sent: Moved) -> dict[str, Any]:
    return {
        "effective_on": sent.effective_on, "event": sent.event, "care_from": sent.care_from, "care_to": sent.care_to,
        "because": sent.because, "subject": _optional(sent.subject, "subject"),
    }  # fmt: skip


def post_of(sent: TransactionIn) -> requests.Post:
    """The core's request. Raises Problem or Malformed."""
    return requests.Post(
        legs=_legs(sent.legs, fact=sent.fact), fact=sent.fact, up_to=sent.up_to, currency=sent.currency,
        effective_on=sent.effective_on, event=sent.event, care_from=sent.care_from, care_to=sent.care_to, because=sent.because,
        subject=_optional(sent.subject, "subject"),
    )  # fmt: skip


def reversal_of(sent: ReversalIn, number: int) -> requests.Reverse:
    """The core's request."""
    return requests.Reverse(entry=number, effective_on=sent.effective_on, because=sent.because)


def hold_of(sent: HoldIn) -> requests.PlaceHold:
    """The core's request. Raises Problem or Malformed."""
    pairs = tuple(
        requests.Kept(
            code_of(p.holding, "pairs"),
            code_of(p.origin, "pairs"),
            amount_of(p.amount, "pairs", is_size=True),
        )
        for p in sent.pairs
    )
    expires_us = None if sent.expires_at is None else microseconds_of(sent.expires_at, "expires_at")
    return requests.PlaceHold(
        pairs=pairs, purpose=code_of(sent.purpose, "purpose"), expires_us=expires_us, **_moved(sent)
    )


def _takes(takes: list[TakeIn]) -> tuple[requests.Take, ...]:
    return tuple(requests.Take(code_of(t.holding, "takes"), amount_of(t.amount, "takes", is_size=True)) for t in takes)


def settlement_of(sent: SettlementIn, hold: int) -> requests.SettleHold:
    """The core's request. Raises Problem or Malformed."""
    return requests.SettleHold(
        hold=hold,
        takes=_takes(sent.takes),
        legs=_legs(sent.legs, fact=sent.fact),
        final=sent.final,
        fact=sent.fact,
        **_moved(sent),
    )


def release_of(sent: ReleaseIn, hold: int) -> requests.ReleaseHold:
    """The core's request. Raises Problem or Malformed."""
    return requests.ReleaseHold(hold=hold, takes=_takes(sent.takes), **_moved(sent))


def opening_of(sent: AccountsIn) -> requests.OpenAccounts:
    """The core's request. Raises Problem or Malformed."""
    for each in sent.accounts:
        family, border, _ = each.account.partition("/")
        if border and family in OPENED_BY_EVENTS:
            raise Problem("account_code_reserved", field="accounts")
    return requests.OpenAccounts(
        accounts=tuple(
            model.AccountSpec(
                code_of(each.account, "accounts"), code_of(each.class_, "accounts"), each.layer,
                code_of(each.group, "accounts"), each.type, each.normal,
                None if each.floor is None else amount_of(each.floor, "floor"),
                None if each.ceiling is None else amount_of(each.ceiling, "ceiling"),
            )
            for each in sent.accounts
        )
    )  # fmt: skip


def account_change_of(sent: AccountChangeIn, to: str) -> requests.ChangeAccount:
    """The core's request. Raises Problem or Malformed."""
    return requests.ChangeAccount(
        account=code_of(sent.account, "account"), to=to, reason=_optional(sent.reason, "reason")
    )


def period_change_of(sent: PeriodChangeIn, to: str) -> requests.ChangePeriod:
    """The core's request. Raises Problem or Malformed."""
    return requests.ChangePeriod(period=sent.period, to=to, reason=_optional(sent.reason, "reason"))


def microseconds_of(moment: datetime, field: str) -> int:
    """A time with its zone as microseconds since 1970 UTC."""
    if moment.tzinfo is None:
        raise Problem("field_malformed", field=field)
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + moment.microsecond
