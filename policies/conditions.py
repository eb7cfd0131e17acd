"""What an approval may ask for: conditions of closed kinds, dated and in pence, which the rules look at when it is used.

They stand as codes in the decision itself, so that whoever reads the log reads what was approved; the officer's words about them
are an erasable detail. A cap, a payee and a last day bind what relies on the approval. That something is not bought again, and
evidence that does not come, are for a person to judge, and refuse nothing by themselves.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, Literal, get_args

import msgspec

from ledger.budgets.wording import is_said, numbered
from ledger.core.model import Malformed, check_size

Kind = Literal["amount_cap", "use_by", "payee_only", "no_repeat", "evidence_due"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
OF_PURCHASES: Final = frozenset(KINDS) - {"evidence_due"}
"""What only a purchase can be held to."""
PURCHASES: Final = ("ask", "spend")
"""An order, and the question whether something may be bought: of a line whose money is with its holder the only one there is. Its
yes holds what relies on it: other questions, an order, and what the holder says that they bought."""
ASKING_EVIDENCE: Final = frozenset((
    "ask", "spend", "instalment", "evidence", "invoice", "reimbursement", "assignment", "statement", "virement",
    "set_contingency_aside", "draw_contingency", "retain", "surplus",
))  # fmt: skip
"""Acts after which money of the line is still ordered or paid out: the rules look then whether the evidence has come. Of a stop, a
move or a demand nothing comes after, so that nobody would ever be held to it."""
FIELDS: Final[Mapping[Kind, str | None]] = {
    "amount_cap": "amount", "use_by": "day", "payee_only": None, "no_repeat": "days", "evidence_due": "day",
}  # fmt: skip
"""What each kind states besides itself."""
MOST_DAYS = 366


class ConditionUnfit(ValueError):
    """The condition does not fit what is approved: a cap above what was asked for, a day that has passed, a payee or a line
    where none was named, or a kind that is for purchases only."""

    code = "condition_unfit"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition as an officer puts it: `amount` pence at most, or a `day`, or a number of `days`, as its kind needs; `words`
    are for the person."""

    kind: Kind
    amount: int | None = None
    day: date | None = None
    days: int | None = None
    words: str = ""


class Terms(msgspec.Struct, frozen=True):
    """The conditions of one approval as its entry states them; None where there is none of a kind. `not_again` is the last day on
    which the same is not bought again."""

    amount_cap: int | None = None
    use_by: date | None = None
    payee_only: str | None = None
    not_again: date | None = None
    evidence_due: date | None = None


def stated(
    conditions: Sequence[Condition], given: Mapping[str, str], today: date, *, no_receipt: int = 0
) -> tuple[str, ...]:  # fmt: skip
    """The conditions on a yes to the referral of these attributes, as its decision states them, in the order of KINDS.
    Malformed(condition_malformed), ConditionUnfit: also for evidence of what needs no receipt, up to `no_receipt` pence."""
    if len({each.kind for each in conditions}) != len(conditions):
        raise Malformed("condition_malformed", "conditions")
    if any(each.kind == "evidence_due" for each in conditions) and int(given["amount"]) <= no_receipt:
        raise ConditionUnfit
    return tuple(
        f"{each.kind}:{_value(each, given, today)}"
        for each in sorted(conditions, key=lambda each: KINDS.index(each.kind))
    )


def _value(condition: Condition, given: Mapping[str, str], today: date) -> str:
    said = {name for name in ("amount", "day", "days") if getattr(condition, name) is not None}
    if said != {FIELDS[condition.kind]} - {None}:
        raise Malformed("condition_malformed", "conditions")
    if given["act"] not in (PURCHASES if condition.kind in OF_PURCHASES else ASKING_EVIDENCE):
        raise ConditionUnfit
    if condition.amount is not None:
        if check_size(condition.amount, "conditions") > int(given["amount"]):
            raise ConditionUnfit
        return str(condition.amount)
    if condition.day is not None:
        if condition.day < today or "line" not in given:
            raise ConditionUnfit
        return condition.day.isoformat()
    if condition.days is not None:
        if not 1 <= condition.days <= MOST_DAYS:
            raise Malformed("condition_malformed", "conditions")
        return (today + timedelta(days=condition.days)).isoformat()
    if "payee" not in given:
        raise ConditionUnfit
    return given["payee"]


def words_on(conditions: Sequence[Condition]) -> dict[str, str]:
    """What the officer wrote about each kind, where they wrote anything."""
    return {each.kind: each.words for each in conditions if is_said(each.words)}


def stated_in(given: Mapping[str, str]) -> dict[str, str]:
    """The conditions that a decision's attributes state, by their kinds and in their order: pence, a day or a payee, as text."""
    return {kind: value for kind, _, value in (text.partition(":") for text in numbered(given, "condition"))}


def terms_of(given: Mapping[str, str]) -> Terms:
    """The same as the rules look at them."""
    said = stated_in(given)
    days = {name: date.fromisoformat(said[name]) for name in ("use_by", "no_repeat", "evidence_due") if name in said}
    return Terms(
        int(said["amount_cap"]) if "amount_cap" in said else None, days.get("use_by"), said.get("payee_only"),
        days.get("no_repeat"), days.get("evidence_due"),
    )  # fmt: skip
