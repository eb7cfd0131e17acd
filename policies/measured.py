"""A sheet of facts as another bundle would have had it: what is measured is the same, and what it is measured against is not.

The limits are facts on the sheet, so that a decision can be done again from its sheet alone. Whoever asks what other rules would
have said has to put their limits, and what their list calls a service, in the place of those.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TypeVar

import msgspec

from policies.bundle import Bundle, Limits
from policies.facts import FactSheet, Sheet
from policies.facts_ending import Ending
from policies.sheet_kinds import SHEET_KINDS

Kind = TypeVar("Kind", bound=FactSheet)
PREFIX = "limit_"
NAMED_OTHERWISE: Mapping[str, str] = {
    "limit_30_days_pence": "service_30_days_pence",
    "limit_over_order_pence": "invoice_over_order_pence",
    "limit_over_rate_percent": "invoice_over_rate_percent",
    "limit_notice_days": "stop_notice_days",
    "limit_above_plan_percent": "virement_above_percent",
    "limit_returns_reminded": "returns_reminded_count",
}
"""A fact that is a limit → the limit's name, where it is not what stands after `limit_`."""
OF_ONE = "limit_pence"
"""The fact that is what one person may do alone, whatever it rests on."""
OF_ONE_PERSON = {
    "waive": "waive_limit_pence", "write_off": "write_off_limit_pence", "sign_plan": "allocate_limit_pence",
    **dict.fromkeys(("virement", "set_contingency_aside", "draw_contingency"), "move_limit_pence"),
    **dict.fromkeys(("surplus", "offset", "demand", "civil_debt"), "recover_limit_pence"),
}  # fmt: skip
"""The act of a sheet → the limit of one person for it, unless a smaller or larger one was delegated to them."""
OF_AN_ORDER = "single_pence"
"""The limit of one purchase, or what was delegated to the officer who orders where that is less."""
WORKED_OUT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "threshold_reached": (("surplus", "retain"), ("surplus_weeks",)),
    "left_pence": (("surplus",), ("contingency_weeks",)),
    "care_checked": (("surplus",), ("care_check_days",)),
    "ask_in_date": (("spend", "evidence"), ("answer_relied_days",)),
    "relied_within": (("spend", "evidence"), ("answer_relied_days",)),
    "evidence_illegible": (("evidence",), ("no_receipt_pence", "no_receipt_year_pence")),
    "tier_review_due": (
        ("instalment",),
        (
            "review_family_paid_days",
            "review_first_year_days",
            "review_large_days",
            "review_large_pence",
            "review_own_account_days",
            "review_reminded_days",
        ),
    ),
    "account_changed": (("instalment",), ("account_waiting_days",)),
    "receipts_lost": (
        ("evidence",),
        ("lost_receipts_percent", "lost_receipts_pence", "no_receipt_pence", "no_receipt_year_pence"),
    ),
}
"""A fact that was worked out from limits and is none → the acts that it is read for, and the limits: with others nobody can say
what it would have been."""


def _limit_of(fact: str) -> str | None:
    """The name of the limit that a fact is, by itself; None for other facts."""
    if not fact.startswith(PREFIX):
        return None
    name = NAMED_OTHERWISE.get(fact, fact.removeprefix(PREFIX))
    return name if name in Limits.__struct_fields__ else None


def limits_of_rule(kind: str, acts: Iterable[str], facts: Iterable[str]) -> tuple[str, ...]:
    """The local limits that a rule is measured against or rests on, sorted: by the kind of its sheet, its acts and the facts it
    looks at."""
    found: set[str] = set()
    for fact in facts:
        if fact == OF_ONE:
            found |= {name for act, name in OF_ONE_PERSON.items() if act in acts}
        name = _limit_of(fact)
        found |= {name} if name else set()
        if fact in WORKED_OUT:
            read_for, names = WORKED_OUT[fact]
            found |= set(names) if set(read_for) & set(acts) else set()
    return tuple(sorted(found))


SEARCHED = tuple(
    sorted(
        {name for kind in SHEET_KINDS.values() for name in map(_limit_of, kind.__struct_fields__) if name}
        | set(OF_ONE_PERSON.values())
    )
)
"""The limits that stand on sheets, and so can be tried at other values."""


_NOTHING_DECIDED = {
    "forecast_low_days": "it opens a review of a forecast, and no request is measured against it",
    "forecast_surplus_weeks": "it opens a review of a forecast, and no request is measured against it",
    "review_shortfall_days": "it is a time for what we do, and decides no request",
    "reconsideration_days": "it is a time for what we do, and decides no request",
    "reimbursed_within_days": "it is a time for what we do, and decides no request",
    "review_called_days": "it is a time for what we do, and decides no request",
    "provider_check_days": "it is a time for what we do, and decides no request",
    "decide_within_days": "it is a time for what we do, and decides no request",
    "look_within_days": "it is a time for what we do, and decides no request",
    "offset_stays_percent": "it says where money goes that was freed, and decides no request",
    "order_held_days": "it says how long money is kept, and what that leaves for later requests is not worked out again",
    "advance_lasts_days": "only reports count with it",
    "week_pay_cap_pence": "it is the law's, and goes into an amount before anybody asks for it",
}
NOT_SEARCHED: Mapping[str, str] = dict(
    sorted(
        {
            name: "a decision keeps what came of it (" + ", ".join(
                fact for fact, (_, names) in sorted(WORKED_OUT.items()) if name in names
            ) + "), and not the figures behind that"
            for _, limits in WORKED_OUT.values()
            for name in limits
        }.items() | _NOTHING_DECIDED.items()
    )
)  # fmt: skip
"""Every other limit → why it cannot be tried at other values."""


def limits_on_sheet(sheet: FactSheet) -> Iterator[tuple[str, str]]:
    """Each fact of a sheet that is a local limit, with the limit's name."""
    for fact in sheet.__struct_fields__:
        of_one = OF_ONE_PERSON.get(getattr(sheet, "act", "")) if fact == OF_ONE else None
        name = of_one or _limit_of(fact)
        if name is not None:
            yield fact, name


def measured(
    sheet: Kind, book: str, day: date, own: Bundle | None, other: Bundle, instead: Mapping[str, int] = MappingProxyType({}),
    delegated: int | None = None,
) -> Kind:  # fmt: skip
    """The facts of a sheet that was filled in under the bundle `own`, as under another one, for the same book and day; `instead`
    are other values of some of its limits.

    What was delegated to one person is no local limit and stays: `delegated` is what is known of that, in pence, and where nothing
    is, `own` tells which it is, unless the two were equal. LimitNotSet, and ServiceUnknown for a service that the other bundle
    does not have."""
    limits = msgspec.structs.replace(other.limits_on(book, day), **instead)
    before = own.limits_on(book, day) if own is not None else None
    facts: dict[str, object] = {}
    for fact, name in limits_on_sheet(sheet):
        value, was = getattr(sheet, fact), before and getattr(before, name)
        theirs = value if delegated is None and was is not None and value < was else delegated
        if isinstance(sheet, Sheet) and name == OF_AN_ORDER and theirs is not None:
            facts[fact] = min(theirs, getattr(limits, name))
        elif fact != OF_ONE or (value == was and delegated is None):
            facts[fact] = getattr(limits, name)
    if isinstance(sheet, Sheet):
        facts["service_kind"] = other.service_kind(sheet.service)
        facts["service_left_out_here"] = sheet.service in other.services_left_out(book, day)
    if isinstance(sheet, Ending):
        # What the plan agrees is longer for all bundles.
        facts["limit_notice_days"] = max(sheet.agreed_notice_days, limits.stop_notice_days)
    return msgspec.structs.replace(sheet, **facts)


def unsaid(
    sheet: FactSheet, book: str, day: date, own: Bundle | None, other: Bundle, instead: Mapping[str, int] = MappingProxyType({}),
    delegated: int | None = None,
) -> bool:  # fmt: skip
    """Whether nobody can say what one person could give up under the other bundle: where less stands on the sheet than the local
    limit, either so much was delegated to them, or the rest of it was given up before, in parts. More was delegated, and stays, as
    does what is known to be `delegated`."""
    name = OF_ONE_PERSON.get(getattr(sheet, "act", ""))
    if delegated is not None:
        return False
    if name is None or own is None:
        return name is not None
    before = getattr(own.limits_on(book, day), name)
    after = instead.get(name, getattr(other.limits_on(book, day), name))
    return bool(sheet.limit_pence < before != after)  # type: ignore[attr-defined]


def worked_out_otherwise(
    sheet: FactSheet, book: str, day: date, own: Bundle | None, other: Bundle, delegated: int | None = None
) -> bool:  # fmt: skip
    """Whether a fact of the sheet comes from a limit that the two bundles have otherwise; then the sheet is an estimate."""
    if unsaid(sheet, book, day, own, other, delegated=delegated):
        return True
    for fact, (acts, names) in WORKED_OUT.items():
        if fact not in sheet.__struct_fields__ or getattr(sheet, "act", "") not in acts:
            continue
        if own is None:
            return True
        before, after = own.limits_on(book, day), other.limits_on(book, day)
        if any(getattr(before, name) != getattr(after, name) for name in names):
            return True
    return False
