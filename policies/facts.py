"""The sheet of facts: everything that a rule may look at, and nothing about who the person is.

Few and flat, because reading facts is most of what a verdict costs; codes and numbers only, because the bytes are
kept with the decision and committed in the book's log. What each fact means is the promise of whoever fills it in.
"""

from typing import Annotated, Final, Literal, Self

import msgspec

from ledger.money import MAX_PENCE

Act = Literal["spend", "instalment", "evidence"]
Management = Literal["notional", "third_party", "direct_payment", "one_off"]
Kind = Literal["care", "excluded", "unlawful", "unsure"]
PayeeState = Literal["approved", "pending", "lapsed", "unknown", "barred"]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,63}\Z")]
Pence = Annotated[int, msgspec.Meta(ge=0, le=MAX_PENCE)]
Asked = Annotated[int, msgspec.Meta(ge=1, le=MAX_PENCE)]
Balance = Annotated[int, msgspec.Meta(ge=-MAX_PENCE, le=MAX_PENCE)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Days = Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
"""A difference of days, negative where the later of the two comes first."""

CODES: Final = {
    "management": ("Management", Management),
    "payee_state": ("PayeeState", PayeeState),
    "service": ("Service", None),
    "service_kind": ("ServiceKind", Kind),
}
"""The facts that are codes: the schema's name for their list, and the list, which for services is the bundle's."""
NOT_FOR_RULES: Final = frozenset(("act", "money_gone"))
"""`act` is Cedar's action; of `money_gone` no rule may know (see the engine)."""


class SheetUnfit(ValueError):
    """Facts that are no sheet: a value out of its bounds or of another type, a field missing or unknown, bytes
    that are not the canonical ones, or evidence of money that has not gone. Says nothing of the values."""


class FactSheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sheets of all kinds of acts have in common. Each kind is an entity of its own in the schema, under the name of its
    class, and a rule says in its scope which kind it is about.

    Amounts are pence; bounds are checked by `from_bytes`, not when it is made. No field has a default: whoever fills in a sheet
    says of each fact what it is. Where a fact does not apply to the act, the harmless value is the one that no rule objects to.
    """

    @property
    def is_of_money_gone(self) -> bool:
        """Whether the money has left already, so that a deny can only be a refer."""
        return False

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted names, no spaces, ASCII. The same sheet gives the same bytes for ever."""
        return msgspec.json.encode(self, order="sorted")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The sheet of these bytes. SheetUnfit unless it is within all bounds and gives the same bytes again."""
        try:
            sheet = msgspec.json.decode(raw, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise SheetUnfit("the facts are no sheet, or a value is out of its bounds") from wrong
        if sheet.to_bytes() != raw:
            raise SheetUnfit("the facts are not in their canonical form")
        sheet.check_together()
        return sheet

    def check_together(self) -> None:
        """Facts that are no sheet although each is within its bounds. SheetUnfit."""


class Sheet(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one spend, instalment or piece of evidence."""

    act: Act
    """`spend` is a purchase that somebody asks for, `instalment` a payment of the plan's schedule into the
    holder's account, `evidence` what a direct payment has bought."""
    money_gone: bool
    """The money has left already. No rule may ask this; the engine turns a deny into a refer by it."""
    management: Management
    """How the budget line is held; `one_off` is the single direct payment of reg 10(6) to (8)."""

    person_alive: bool
    consent_given: bool
    """To the direct payment, by the person or by a representative who may (reg 3 to 5): now, or when money that has gone was
    spent."""
    excluded_by_schedule: bool
    """Now, or when money that has gone was spent: a yes or no, never the record behind it (reg 3(3)(c) and the Schedule)."""
    agreement_signed: bool
    has_coordinator: bool

    plan_signed: bool
    plan_in_force: bool
    """On `effective_on`."""
    care_in_plan: bool
    """The care dates all lie within the plan version's."""
    line_active: bool
    """The budget line is open on `effective_on`: started, not suspended, not ended."""
    service: Code
    service_kind: Kind
    """`Bundle.service_kind` of `service`; the engine refuses another."""
    service_in_line: bool
    """The budget line names the service; of a debt to be repaid, the service that it is for."""
    service_in_plan: bool
    """Some line of the plan does (reg 8(5)(i), 11(1)); of a debt, for no service that a direct payment may not buy."""
    service_left_out_here: bool
    """The commissioner's own list leaves this service out, on the day."""

    payee_state: PayeeState
    """Of the payee for this person on the day; `barred` goes before the others, and `pending` is also who needs registration while
    nobody has said whether they have it. `lapsed`: they were approved, and the registration or insurance that was shown does not
    reach to the last day of the care (reg 11(2))."""
    payee_account_approved: bool
    """The account an instalment goes to is on the approved register (reg 10(1))."""
    account_changed: bool
    """The account has taken the place of another, and its waiting days have not passed; read for instalments only."""
    paid_to_child: bool
    """The account is the person's own, and they are under 16 on the day (reg 3(1), 4); read for instalments only."""
    payee_connected: bool
    """Family or a friend of the person, living in the same household (reg 8(5B))."""
    payee_named_in_plan: bool
    """The plan says that this connected person may be paid, and why that is necessary (reg 8(5A), 11(3A))."""
    regulated_activity: bool
    """And somebody has said whether they are registered for it."""
    provider_registered: bool
    directly_employed: bool

    amount_pence: Asked
    left_pence: Balance
    """What the act may still take from the line: of what is available, or of what is advanced for evidence."""
    agreed_instalment_pence: Pence
    """What the line's plan says that the instalment is: what is still due of the period of its schedule, or else what each is; 0
    where it says nothing; read for instalments only."""
    period_in_schedule: bool
    """The period that an instalment names is one of the line's schedule; true where the line has no schedule."""
    period_met_before: bool
    """That period was paid, offset or cut in whole before, or an instalment of it is waiting (reg 8(4)(c): each once)."""
    instalment_in_interval: bool
    """A line without a schedule has had fewer instalments than intervals of its plan have begun; true where the plan says none."""
    limit_single_pence: Pence
    """Of an officer's own order what was delegated to them, where that is less."""
    service_30_days_pence: Pence
    """Held and spent on this service in those 30 days with `effective_on` among them that have the most, before this; releases and
    reversals not counted."""
    limit_30_days_pence: Pence
    over_order_pence: Pence
    """What an invoice asks for beyond the open order that it is for; 0 where there is none."""
    limit_over_order_pence: Pence
    over_rate_percent: Count
    """By how much an invoice's rate, or how many units it has, is above that of its order, whichever is more, begun percents
    counted; 0 where either says none."""
    limit_over_rate_percent: Count

    evidence_illegible: bool
    """What was given as evidence cannot be read, and nothing was said instead (reg 12); read for evidence only."""
    receipts_lost: bool
    """Of the spending accepted in the quarter, with this, so much has no document that can be read that somebody looks, by the
    local limits of the day; read for evidence only."""
    claimed_before: bool
    """What was accepted before says the same, or shows the same file; false for money that has not gone."""

    relies_on_ask: bool
    ask_in_date: bool
    ask_amount_pence: Pence
    """What the answer relied on allows; 0 when it was no yes, or it relies on none."""
    relied_within: bool
    """A purchase, asked for or made, relies on a yes to its question, of the rules or of an officer, in its time, to the same payee
    and for no less, and nothing else stands that does: what was given back, declined or reversed whole has used none up."""

    approval_used_pence: Pence
    """What this and all before it under the approval that it stands on come to; 0 where that has no cap, or it stands on none."""
    approval_cap_pence: Pence
    approval_other_payee: bool
    """Somebody else than the approval says is to be paid."""
    approval_past_day: bool
    """The last day on which the approval can be used has passed, by the day of the care where that is over."""
    approval_bought_again: bool
    """An approval of the same service on this line says that it is not bought again on this day."""
    approval_evidence_overdue: bool
    """Evidence that an approval on this line asked for was to come before this day, and nobody has seen it; false for money that
    has gone."""

    confirmed_at_sixteen: bool
    """Before the month of the sixteenth birthday, or the person's own consent is on record since its first day (reg 4)."""
    review_overdue: bool
    """The review that the commissioner owes the person was due before the day (reg 14(2)); read for instalments only."""
    tier_review_due: bool
    """The last review, or the beginning of the plan, is longer ago than the local limits say for what is known of this budget: its
    size, its first year, who is paid and holds it, returns that did not come; read for instalments only."""
    returns_reminded: Count
    """Reminders of a return since the last came in; read for instalments only."""
    limit_returns_reminded: Count
    """After so many of them somebody looks."""
    confirmed_since_capacity: bool
    """The person has not regained capacity, or their own consent is on record since; nor lost it, or whoever may act for them has
    consented since (reg 5)."""

    @property
    def is_of_money_gone(self) -> bool:
        """As the fact says."""
        return self.money_gone

    def check_together(self) -> None:
        """Evidence is of money that has gone."""
        if self.act == "evidence" and not self.money_gone:
            raise SheetUnfit("evidence is of money that has gone")
