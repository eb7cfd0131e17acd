"""The sheet of facts about a signature: what a rule may look at before a version of a plan counts and its money is given."""

from typing import Literal

from policies.facts import Asked, Count, Days, FactSheet, Pence


class Signing(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one version that is to be signed, on the accounting day of the signature.

    A direct payment means a line that is a direct payment or a one-off payment. What the plan says is what its draft says."""

    act: Literal["sign_plan"]

    direct_payment: bool
    """A line of the version is a direct payment."""
    schedule_allows: bool
    """The person is not known to be one whom the Schedule excludes from direct payments (reg 3(3)(c))."""
    consent_given: bool
    """Consent to the direct payment is on record, of the person or whoever may consent for them, and none is to be given anew since
    a sixteenth birthday or since capacity was lost or regained (reg 3 to 5)."""
    agreement_signed: bool
    """The direct-payment agreement is signed by both sides, on a day not after this one."""
    holder_signed: bool
    """The person or their representative has signed, not after this day."""
    commissioner_signed: bool

    has_needs_and_outcomes: bool
    has_amounts_and_intervals: bool
    """Every regular direct payment says what each instalment is and how often it comes."""
    has_coordinator: bool
    needs_monitored: bool
    """Somebody monitors each need that the plan names."""
    has_review: bool
    review_in_time: bool
    """Within three months of the first day of a plan's first version with direct payments, within twelve of a later one's; true
    where no day is named, which is a fact of its own."""
    has_notice_period: bool
    risks_agreed: bool
    """Whoever is paid was told of the significant risks by this day, and the plan says where the procedure agreed for them is."""
    connected_necessary: bool
    """Of each connected person whom the plan lets be paid it is recorded why that is necessary."""

    amount_pence: Asked
    """All lines of the version together."""
    below_zero_pence: Pence
    """By how much this would take demand-led funds below zero (accounting model, fund kinds); 0 where it takes none there."""
    limit_pence: Pence
    """What whoever signs may allocate alone, on the day, less what one person alone has given the same person besides in a year of
    the version's lines."""
    cost_pence: Pence
    """What the plan says that the care it needs costs; 0 where it does not say."""
    enough_confirmed: bool
    """Somebody confirmed that the lines are enough for it."""
    short_pence: Pence
    """By how much direct payments, each line for itself, have less than its own care costs as the plan says (reg 13(1)); what other
    lines have more makes up for nothing."""
    uncosted_lines: Count
    """Direct payments of a plan with other lines of which it does not say what their own care costs."""
    unpaid_pence: Pence
    """What the instalments of direct payments leave of the amounts of their lines, beyond what starts things off, what is kept for
    emergencies and what rounding takes; 0 where all is paid out, or amount or interval is not said."""

    cuts_direct_payment: bool
    """A direct payment of the version before is cut, paid at a lower rate, or ended (reg 13(5))."""
    cut_notice_named: bool
    """The draft names a notice of a cut that was sent or delivered by this day, with its reasons, and neither came back nor was
    withdrawn."""
    stops_unnotified: Count
    """Direct payments that the version leaves out before their last day, without notice of a stop that has run out by then."""
    cut_pence: Pence
    """By how much lines of the version before are cut, or would be by their end; in a year where they are paid at a lower rate."""
    notice_given_days: Days
    """From the day on which the notice counts to this day: that of its delivery, or else the one on which it was recorded that it
    was sent, or said in the draft; -1 where there was none, or later."""
    notice_needed_days: Count
    """What the version before says; 0 where it does not."""

    one_off_items: Count
    """The most services that one one-off payment of the version is for; 0 without one."""
    one_off_others: Count
    """Other direct payments to the person in the financial year of a one-off payment, the most of them."""

    charged_lines: Count
    """Lines that mix NHS money with a person's own contribution, and are for something else than a wheelchair."""
