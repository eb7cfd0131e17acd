"""What relying on an earlier answer means: which answer is one to this question, until when it is good, and what it lifts.

Somebody was told that they may, by the rules or by a person, and acts on it in time and within it. What a person would look at was
answered then: how large it is, how much came before, which service it is and whether the payee is approved yet. What is a no, of
the law, the plan, the payee or the money, is asked anew.
"""

from datetime import date
from typing import Any

from ledger.budgets.standing import Facts, Said

NEVER = "0001-01-01"
"""The day until which an answer that was not a yes can be relied on."""
APPROVAL = "approval"
"""The act of an officer's answer to a referral."""


def is_answer_to(ask: Said | None, *, line: str, service: str, payee: str | None) -> bool:
    """Whether an earlier decision answered this question: one about another line, service or payee says nothing here. An approval
    of the line and service does, whoever is to be paid: that is for its conditions to say."""
    if ask is None:
        return False
    said = ask.attributes
    if ask.act == APPROVAL:
        return (said["outcome"], said.get("line"), said.get("service")) == ("allow", line, service)
    asked = (said.get("act"), said.get("line"), said.get("service"), said.get("payee"))
    return asked == ("ask", line, service, payee)


def of_act(leant_on: Said | None, *, is_approval: bool) -> Said | None:
    """What is relied on, where it is an approval, or where it is another answer."""
    return leant_on if leant_on is not None and (leant_on.act == APPROVAL) is is_approval else None


def relied_on(
    facts: Facts, *, payee: str | None, amount: int, day: date, relies: bool, own_limit: int | None = None
) -> dict[str, Any]:  # fmt: skip
    """The facts of what is relied on, for `amount` pence that were ordered on `day`, or bought on it. Only a yes
    to a question says until when it is good: an answer of the rules, or an officer's to a question that was referred. It is good
    from the day that it was asked about, for what was spent by then is of that day; and what an officer may not order alone
    (`own_limit` pence) they may on the yes of a person only: the rules did not look at their grade."""
    ask, said = of_act(facts.ask, is_approval=False), facts.ask.attributes if facts.ask is not None else {}
    in_date = day <= date.fromisoformat(said.get("relied_until", NEVER))
    has_begun = facts.ask is None or facts.ask.day is None or facts.ask.day <= day
    is_theirs = own_limit is None or amount <= own_limit or of_act(facts.ask, is_approval=True) is not None
    return {
        "relies_on_ask": ask is not None,
        "ask_in_date": ask is None or in_date,
        "ask_amount_pence": int(said["amount"]) if ask is not None and "relied_until" in said else 0,
        "relied_within": relies and in_date and has_begun and is_theirs and said.get("payee") == payee
        and amount <= int(said["amount"]) and not facts.used,
    }  # fmt: skip
