"""Stopping a direct payment: the notice, and the liabilities that the commissioner takes over with it (SI 2013/1617 reg 17).

What is owed to others for care under a direct payment becomes the commissioner's when it stops (reg 17(9)): notice pay, redundancy,
contracts. It is a fact, never refused for money, and is provided for once the decision has been communicated. Amounts are pence, by
the statutory rule (`ledger.budgets.employment`) or as an officer states them; the working is kept in an erasable detail.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Unpack

import msgspec

from ledger.budgets.acts import line_of_shares, taken_from_hold
from ledger.budgets.chart import account, person_account
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, check_name, split
from ledger.budgets.wording import (
    among,
    attributes,
    day_needed,
    needed,
    number_of,
    optional_number,
    subject_name,
    within,
)
from ledger.core.model import Detail, Malformed, check_size
from ledger.core.requests import OpenAccounts, Post, Record, SettleHold
from ledger.money import apportion

MUST = ("consent_withdrawn", "capacity_regained", "sixteen")
"""Grounds on which a direct payment must stop (reg 17(1), 4 and 5)."""
MAY = (
    "not_patient", "unsuitable_payee", "nominee_declined", "nomination_withdrawn", "off_plan", "fraud", "needs_not_met", "died",
)  # fmt: skip
"""Grounds on which it may (reg 17(2))."""
GROUNDS = (*MUST, *MAY)
ALTERNATIVES = ("commissioned", "notional", "third_party", "other_direct_payment", "not_needed")
"""How the person's care goes on; `not_needed` where there is nobody to care for any more."""
STOP_ACTS = ("stop_notified", "stop_made", "stop_withdrawn")
LIABILITY_ACTS = (
    "liability_stated", "liability_accepted", "liability_declined", "liability_paid", "liability_unused",
)  # fmt: skip
CLASSES = ("notice_pay", "redundancy", "contract")


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A direct payment that stops: which line, on what ground, the day of the written notice, the last day of the line, and how
    the care goes on. `notice` is the entry of that notice, where it was written down with what became of it. The reasons in words
    are in the detail."""

    line: str
    person: str
    ground: str
    notified_on: date
    ends_on: date
    alternative: str
    notice: int | None = None

    def __post_init__(self) -> None:
        check_name(self.line, "line")
        check_name(self.person, "person")
        among(self.ground, GROUNDS, "ground")
        among(self.alternative, ALTERNATIVES, "alternative")
        within(self.notified_on, self.ends_on)

    @property
    def subject(self) -> str:
        """What the stop of a line stands under, and whoever asks for it to be looked at again."""
        return f"stop/{self.line}"

    @property
    def must(self) -> bool:
        """Whether the law leaves no choice."""
        return self.ground in MUST


def stop_recorded(
    act: str, stop: Stop, *, because: int = 0, detail: Detail | None = None, liabilities: str | None = None
) -> Record:
    """A stop `stop_notified`, `stop_made` or `stop_withdrawn`, stated whole each time. Subject `stop/{line}`. `liabilities` says
    of one that is made whether any were `stated` or there are `none`."""
    given = attributes(
        among(act, STOP_ACTS, "act"), person=stop.person, line=stop.line, ground=stop.ground, notified_on=stop.notified_on,
        ends_on=stop.ends_on, alternative=stop.alternative, notice=stop.notice, liabilities=liabilities,
    )  # fmt: skip
    return Record(kind="notice", subject=stop.subject, because=because, detail=detail, attributes=given)


def stop_of(subject: str, given: Mapping[str, str]) -> tuple[Stop, str]:
    """The stop of a register row, and how it stands."""
    found = Stop(
        line=subject_name(subject, "stop"), person=needed(given, "person"), ground=needed(given, "ground"),
        notified_on=day_needed(given, "notified_on"), ends_on=day_needed(given, "ends_on"),
        alternative=needed(given, "alternative"), notice=optional_number(given, "notice"),
    )  # fmt: skip
    return found, among(needed(given, "act"), STOP_ACTS, "act")


class Liability(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed to somebody else for care under a line that stops: its class, and pence as stated."""

    liability: str
    person: str
    line: str
    klass: str
    amount: int

    def __post_init__(self) -> None:
        for field in ("liability", "person", "line"):
            check_name(getattr(self, field), field)
        among(self.klass, CLASSES, "class")
        check_size(self.amount, "amount")


def liability_recorded(
    act: str, liability: Liability, *, amount: int | None = None, invoice: int | None = None, effective_on: date | None = None,
    because: int = 0, reason: str | None = None, detail: Detail | None = None, computed: int | None = None,
) -> Record:  # fmt: skip
    """What became of a liability, subject `liability/{id}`. `amount` is what was paid of it or remained unused, in pence; else the
    whole. `invoice` is the entry of the acceptance it was paid by, `computed` what the statutory rule comes to, in pence."""
    given = attributes(
        among(act, LIABILITY_ACTS, "act"), person=liability.person, line=liability.line, class_=liability.klass,
        amount=liability.amount if amount is None else check_size(amount, "amount"), whole=liability.amount, invoice=invoice,
        reason=reason, computed=computed,
    )  # fmt: skip
    return Record(kind="evidence", subject=f"liability/{liability.liability}", effective_on=effective_on, because=because,
                  detail=detail, attributes=given)  # fmt: skip


def liability_of(subject: str, given: Mapping[str, str]) -> tuple[Liability, str]:
    """The liability of a register row, and what became of it last."""
    found = Liability(
        liability=subject_name(subject, "liability"), person=needed(given, "person"), line=needed(given, "line"),
        klass=needed(given, "class"), amount=number_of(given, "whole"),
    )  # fmt: skip
    return found, among(needed(given, "act"), LIABILITY_ACTS, "act")


def provision_opened(klass: str, person: str) -> OpenAccounts:
    """Opens what is provided for one class of a person's liabilities; once."""
    return person_account("provision", person=person, reason=among(klass, CLASSES, "class"))


def _provision(klass: str, person: str) -> str:
    return account("provision", reason=among(klass, CLASSES, "class"), person=person).code


def liability_taken_over(
    *, amount: int, shares: Sequence[Share], klass: str, payee: str | None = None, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 25 (reg 17(9)): Dr spent / Cr available, rest unfunded; Dr expense / Cr the person's provision of this class, or, of an
    invoice that is there already, Cr payable of its payee; J. Malformed(acceptance_missing) without the entry that accepted it.
    Refusals: account_unknown, and those of the day; none for money. Source: SI 2013/1617 reg 17(9), IAS 37 (provisions);
    accounting.md event 25."""
    if not stated.get("because"):
        raise Malformed("acceptance_missing", "because")
    parts = split(amount, shares)
    moved = Movement(fact=True)
    owed = moved.shift(shares, parts, to="spent", out_of="available")
    moved.care(shares, parts, credit=_owed_to(klass, shares, payee), owed=owed)
    return Post(event=25, legs=moved.legs, fact=True, **about(line_of_shares(shares), stated))


def liability_taken_from_hold(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], klass: str, payee: str | None = None,
    final: bool = True, **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Event 25 from an order that still keeps money for it: Dr spent / Cr held, beyond the hold Cr available, lacking that Cr
    unfunded; the money as in `liability_taken_over`. Refusals: hold_unknown, hold_closed, hold_exceeded. Source: SI 2013/1617 reg
    17(9), IAS 37 (provisions); accounting.md event 25."""
    if not stated.get("because"):
        raise Malformed("acceptance_missing", "because")
    parts, takes, over = taken_from_hold(amount, shares, remaining)
    moved = Movement(fact=True)
    owed = moved.shift(shares, over, to="spent", out_of="available")
    for share, part, beyond in zip(shares, parts, over, strict=True):
        moved.add(share.code("spent"), part - beyond)
    moved.care(shares, parts, credit=_owed_to(klass, shares, payee), owed=owed)
    return SettleHold(event=25, hold=hold, takes=takes, legs=moved.legs, final=final, fact=True,
                      **about(line_of_shares(shares), stated))  # fmt: skip


def _owed_to(klass: str, shares: Sequence[Share], payee: str | None) -> str:
    return _provision(klass, shares[0].person) if payee is None else account("payable", payee=payee).code


def liability_paid(*, amount: int, klass: str, person: str, payee: str, **stated: Unpack[Stated]) -> Post:
    """Event 26, paid: Dr provision / Cr payable of whoever sent the invoice, which is `because`. Subject `person/{person}`.
    Refusals: account_unknown; ceiling_reached when less is provided. Source: IAS 37 (use of provisions); accounting.md event 26."""
    check_size(amount, "amount")
    moved = Movement()
    moved.pay(amount, debit=_provision(klass, person), credit=account("payable", payee=payee).code)
    return Post(event=26, legs=moved.legs, **about(f"person/{person}", stated))


def liability_unused(
    *, amount: int, shares: Sequence[Share], borne: Sequence[int], klass: str, **stated: Unpack[Stated]
) -> Post:
    """Event 26, unused: Dr available / Cr spent; Dr provision / Cr expense; J mirrored. `borne` is what each share bore of it
    when it was taken over, in pence: each gets back of that. CannotApportion for more. Refusals: ceiling_reached when less is
    provided. Source: IAS 37 (changes in provisions); accounting.md event 26."""
    check_size(amount, "amount")
    parts = apportion(amount, list(borne), list(borne))
    moved, mirrored = Movement(), [-part for part in parts]
    moved.shift(shares, mirrored, to="spent", out_of="available")
    moved.care(shares, mirrored, credit=_provision(klass, shares[0].person))
    return Post(event=26, legs=moved.legs, **about(line_of_shares(shares), stated))
