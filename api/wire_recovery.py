"""What clients may send about money owed: questions, notices, surpluses, demands, offsets, losses and reconsiderations."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_budgets import Name, Words

Reason = Literal["plan_changed", "circumstances_changed", "accumulated", "off_plan", "offence", "died"]
Period = Annotated[
    str,
    Meta(
        description="The period of the plan's schedule that the instalment is for.",
        examples=["2025-06-02"],
        extra_json_schema={"pattern": r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$"},
    ),
]
NotNegative = Annotated[
    str,
    Meta(
        description="Pounds and pence as text, not below zero.",
        examples=["0.00", "75.50"],
        extra_json_schema={"pattern": r"^(0|[1-9][0-9]{0,12})\.[0-9]{2}$"},
    ),
]
Few = Annotated[list[Reason], Meta(max_length=6)]


class QuestionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Questions money that has gone. `of` is the entry of a bank line, or that by which evidence was accepted. A question takes
    nothing from anybody."""

    of: EntryNumber
    amount: Size
    currency: Currency
    effective_on: Day
    words: Words | None = None


class ExplanationIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of a question is explained."""

    amount: Size
    currency: Currency
    effective_on: Day
    words: Words | None = None


class NoticeIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A notice as it was written. For a repayment the law wants reasons, amount, the time to pay and who must pay; for a cut or a
    stop reasons, the period of notice and the day. `debtor` is a name of ours, such as the person's reference; `words` are the
    letter's."""

    about: Literal["repayment", "cut", "stop"]
    on: Day
    reasons: list[Code] = []
    amount: Size | None = None
    pay_by: date | None = None
    debtor: Name | None = None
    debtor_is: Literal["person", "representative", "nominee", "personal_representatives"] | None = None
    notice_days: Annotated[int, Meta(ge=0, le=3650)] | None = None
    takes_effect_on: date | None = None
    words: Words | None = None


class NoticeMovedIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of a notice, and when."""

    act: Literal["sent", "delivered", "returned", "withdrawn"]
    on: Day


class ConsiderationIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an officer considered before a repayment is required: the factors of reg 15 that apply, whether somebody has to be kept
    safe first, and the reasoning."""

    factors: Few
    safeguarding: Literal["none", "concern_met", "concern_open"]
    on: Day
    words: Words | None = None


class BalanceIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks whether a holder may keep what is in the account, less bills and wages still to be paid."""

    line: Name
    balance: NotNegative
    liabilities: NotNegative
    currency: Currency
    effective_on: Day


class CareCheckIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was found out about planned care that was not bought: none went unmet, it has been put right, or some still does."""

    found: Literal["none_unmet", "met_since", "unmet"]
    on: Day
    words: Words | None = None


class SurplusIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Determines what of a holder's balance is surplus: the balance of the account, bills and wages still to be paid, and the
    contingency that was agreed, if one was. `amount` is what is to be taken, if it is less than the most that may be. `approved`
    is the number of the decision that referred the same before, once another person has approved it."""

    line: Name
    balance: NotNegative
    liabilities: NotNegative
    contingency: NotNegative | None = None
    currency: Currency
    effective_on: Day
    amount: Size | None = None
    approved: EntryNumber | None = None


class DemandIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Requires a repayment by a notice. `source` is where the money is, and `of` its entry: the question for `disputed`, the bank
    line for `unidentified`, the acceptance for `spent`, nothing for `advance`, where `surplus` may name a determined one.
    `approved` is the number of the decision that referred the same before, once another person has approved it."""

    notice: EntryNumber
    line: Name
    amount: Size
    currency: Currency
    source: Literal["advance", "unidentified", "disputed", "spent"]
    effective_on: Day
    of: EntryNumber | None = None
    surplus: EntryNumber | None = None
    approved: EntryNumber | None = None


class RepaymentIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What has come in of a demand."""

    amount: Size
    currency: Currency
    bank: Name
    effective_on: Day


class HandBackIn(RepaymentIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money of a line that came back before anybody demanded it. `bank_line` is the entry of the line of the holder's bank by which
    it left, where that came first."""

    line: Name
    bank_line: EntryNumber | None = None


class WithdrawalIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Withdraws a demand, or a part of it."""

    amount: Size
    currency: Currency
    effective_on: Day
    reason: Code | None = None
    words: Words | None = None


class OffsetIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pays an instalment less an offset: of a determined `surplus`, or against a `demand`; one of the two. `reasonable` says why it
    is reasonable to take it from this person's payment (SI 2013/1617 reg 13(4)); without it another person decides."""

    amount: Size
    currency: Currency
    bank: Name
    effective_on: Day
    surplus: EntryNumber | None = None
    demand: EntryNumber | None = None
    period: Period | None = None
    reasonable: Words | None = None
    approved: EntryNumber | None = None


class WaiverIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Waives a demand or a part of it. `authority` is a code for whose power is used, such as `reg15.7`."""

    amount: Size
    currency: Currency
    authority: Code
    effective_on: Day
    approved: EntryNumber | None = None


class QuestionWaiverIn(WaiverIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Waives money that is questioned, on the line that it was paid for."""

    line: Name


class WriteOffIn(WaiverIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Writes a demand off as a loss of a class."""

    loss: Literal["bad_debt", "fraud", "fruitless", "ex_gratia"]


class CivilDebtIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Claims what is outstanding of a demand as a civil debt."""

    effective_on: Day
    approved: EntryNumber | None = None


class ReconsiderationIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody asks that a decision be looked at again: `of` is the demand, the notice of a cut or stop, or the decision, which
    allowed a demand, a stop, a pause (`suspend`) or a signed plan (what it left out), or that was a no."""

    about: Literal["demand", "cut", "stop", "suspend", "left_out", "refusal"]
    of: EntryNumber
    received_on: Day
    words: Words | None = None


class ReconsideredIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The answer: the decision is upheld, or changed; of a demand `withdrawn` is taken back with it. `words` are for the person,
    and only a demand that is taken back whole needs none."""

    outcome: Literal["upheld", "changed"]
    answered_on: Day
    withdrawn: Size | None = None
    words: Words | None = None


class CreditLossIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What finance expects to lose of receivables, by a reason that has an allowance account, or releases of it."""

    reason: Name
    year: Annotated[str, Meta(examples=["2025-26"], extra_json_schema={"pattern": r"^[0-9]{4}-[0-9]{2}$"})]
    amount: Size
    currency: Currency
    effective_on: Day
    released: bool = False
