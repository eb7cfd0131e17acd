"""The sheet of facts about one person's budget in one month: what the patterns look at, when the month is over.

No fact is about who the person is: no age, sex, ethnicity, health, faith or place is among them, nor anything that stands for one.
They are sums and counts of what was paid, said and recorded, worked out in SQL. Each comes with the threshold from which on it is
looked at, which is local data; 0 means that this commissioner has set none, and then the fact is 0 too and the pattern is off.
"""

from typing import Final, Literal

from policies.facts import Count, FactSheet, Pence

WatchAct = Literal["watch"]


class Watch(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one person's month. `limit_…` is the threshold of the fact of that name: from so much on, somebody looks.

    A quarter is the month with the two before it, a year the month with the eleven before it."""

    act: WatchAct
    """Nobody asks for anything: what has happened is looked at."""

    own_account_pence: Pence
    """Paid in the month to a bank account of the person, or of whoever acts for them."""
    limit_own_account_pence: Pence
    bank_shared_people: Count
    """Others for whom another payee was paid in the year into the bank account of a payee of the month."""
    limit_bank_shared_people: Count
    day_hours: Count
    """Begun hours that one assistant was paid for, for everybody, on their longest day of the month."""
    limit_day_hours: Count
    week_hours: Count
    """The same in a week that ended in the month."""
    limit_week_hours: Count
    two_employers_days: Count
    """Days on which an assistant was paid by this budget and by another, for many hours together."""
    limit_two_employers_days: Count
    hospital_days: Count
    """Days on which an assistant was paid while the person was in hospital."""
    limit_hospital_days: Count
    assistant_away_days: Count
    """Days on which an assistant was paid who was recorded as absent or employed elsewhere."""
    limit_assistant_away_days: Count
    round_repeats: Count
    """How often one round amount was paid to one payee in the month."""
    limit_round_repeats: Count
    paid_again: Count
    """How often in the month a payee was paid an amount that it had been paid so shortly before."""
    limit_paid_again: Count
    sequential_invoices: Count
    """Invoices of the year whose number follows that of another to the same person, where one of them is of the month."""
    limit_sequential_invoices: Count
    documents_again: Count
    """Files of the month that were given for something else before, by anybody."""
    limit_documents_again: Count
    documents_alike: Count
    """Pictures of the month that look as another one does and are not the same file."""
    limit_documents_alike: Count
    cash_percent: Count
    """Drawn as cash in the quarter, of what was paid into the account in it."""
    limit_cash_percent: Count
    linked_payees: Count
    """Payees first paid in the month whose address or telephone is that of the person or of whoever acts for them."""
    limit_linked_payees: Count
    late_spend_percent: Count
    """Spent in the 28 days before a review or the year's end, of what is usual in so many days."""
    limit_late_spend_percent: Count
    wages_unreported_pence: Pence
    """Wages of the quarter, where nothing went to payroll or tax in it; else 0."""
    limit_wages_unreported_pence: Pence
    unplanned_fall_pence: Pence
    """What left the account in the month, where nobody says that care was bought in it; else 0."""
    limit_unplanned_fall_pence: Pence
    unknown_credit_pence: Pence
    """Received in the year, and not explained."""
    limit_unknown_credit_pence: Pence
    paid_after_change_pence: Pence
    """Paid in the month so soon after the bank account of whoever is paid had changed."""
    limit_paid_after_change_pence: Pence
    paid_after_end_pence: Pence
    """Paid in the month for days after the person's death, or after they ceased to be eligible."""
    limit_paid_after_end_pence: Pence
    rise_pence: Pence
    """By how much what the holder keeps rose in the quarter."""
    limit_rise_pence: Pence
    care_percent: Count
    """Care said to have been bought in the quarter, of what was paid for it."""
    limit_care_percent: Count
    """Up to so much is no care to speak of."""
    digits_distance: Count
    """How far the first digits of the year's amounts are from those of amounts that come about by themselves, in thousandths."""
    limit_digits_distance: Count
    peer_percent: Count
    """Spent on a service in the year, of the middle of all who have it."""
    limit_peer_percent: Count


PATTERNS: Final = {
    "pattern.own_account": ("D1", "own_account_pence"),
    "pattern.bank_shared": ("D2", "bank_shared_people"),
    "pattern.hours_in_day": ("D3", "day_hours"),
    "pattern.hours_in_week": ("D3", "week_hours"),
    "pattern.two_employers": ("D3", "two_employers_days"),
    "pattern.hospital_stay": ("D3", "hospital_days"),
    "pattern.assistant_away": ("D3", "assistant_away_days"),
    "pattern.round_amounts": ("D4", "round_repeats"),
    "pattern.same_again": ("D4", "paid_again"),
    "pattern.sequential_invoices": ("D4", "sequential_invoices"),
    "pattern.document_again": ("D5", "documents_again"),
    "pattern.document_alike": ("D5", "documents_alike"),
    "pattern.cash": ("D6", "cash_percent"),
    "pattern.linked_payee": ("D7", "linked_payees"),
    "pattern.late_spend": ("D8", "late_spend_percent"),
    "pattern.wages_unreported": ("D9", "wages_unreported_pence"),
    "pattern.unplanned_fall": ("D10", "unplanned_fall_pence"),
    "pattern.unknown_credit": ("D11", "unknown_credit_pence"),
    "pattern.paid_after_change": ("D12", "paid_after_change_pence"),
    "pattern.paid_after_end": ("D13", "paid_after_end_pence"),
    "pattern.rise_without_care": ("D14", "rise_pence"),
    "pattern.sample_digits": ("D15", "digits_distance"),
    "pattern.sample_peers": ("D15", "peer_percent"),
}
"""A rule of this kind → which of the patterns it is, and the fact that it measures against its threshold."""
SAFEGUARDING: Final = frozenset(("pattern.rise_without_care",))
"""Where whoever looks asks first whether the person is safe and has care."""
SAMPLING: Final = frozenset(("pattern.sample_digits", "pattern.sample_peers"))
"""What only draws a sample to look at: it says nothing about anybody."""
