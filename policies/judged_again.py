"""A referral judged once more when somebody approves it, by what is known by then.

What was found when it was asked for is what a person answers. Amounts and limits stay those of then, because its own hold and its
own place in the count would speak against it; who and what it is for is looked at anew.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final

import msgspec

from ledger.book.lookups import read_detail
from ledger.book.statements import read_entry
from ledger.budgets.standing import NOBODY, Facts, Said, read_payee, read_rules, read_standing
from ledger.budgets.wording import numbered
from policies.decisions import content_of
from policies.facts import Act, Sheet, SheetUnfit
from policies.gate import Gate
from policies.sheets import Wanted, fill

Connection = Any
OF_TODAY: Final = (
    "person_alive", "consent_given", "excluded_by_schedule", "agreement_signed", "has_coordinator", "plan_signed", "plan_in_force",
    "care_in_plan", "line_active", "service_kind", "service_in_line", "service_in_plan", "service_left_out_here", "payee_state",
    "payee_account_approved", "account_changed", "paid_to_child", "payee_connected", "payee_named_in_plan", "regulated_activity",
    "provider_registered", "directly_employed",
)  # fmt: skip
"""The facts that are read anew. Consent that has to be given again is asked for by the day of the payment, and so elsewhere."""


async def objected_since(connection: Connection, gate: Gate, referral: Said, day: date) -> tuple[str, ...]:
    """The rules that object to an order or instalment now and did not when it was referred, ascending; `day` is the accounting day
    that it was asked for."""
    given = referral.attributes
    content = await read_detail(connection, gate.book_id, referral.number)
    asked = None
    # Facts that were erased, or are of another version of the sheet, are all read anew from what the entry itself says.
    with suppress(SheetUnfit):
        asked = None if content is None else Sheet.from_bytes(content_of(content).facts.encode())
    entry = (await read_entry(connection, gate.book_id, referral.number)).entry
    payee = given.get("payee")
    facts = Facts(
        await read_standing(connection, gate.book_id, given["person"]),
        NOBODY if payee is None else await read_payee(connection, gate.book_id, payee),
        await read_rules(connection, gate.book_id),
    )  # fmt: skip
    wanted = Wanted(
        act=_act_of(given), person=given["person"], line=given["line"], service=given["service"], amount=int(given["amount"]),
        effective_on=day, payee=payee, care_from=entry.care_from, care_to=entry.care_to,
    )  # fmt: skip
    now = fill(wanted, facts, gate.engine.bundle, gate.book, gate.today()).sheet
    asked = asked or _apart_from_itself(now)
    sheet = msgspec.structs.replace(asked, **{name: getattr(now, name) for name in OF_TODAY})
    found = {each.rule for each in gate.engine.judged(sheet).findings}
    return tuple(sorted(found - set(numbered(given, "finding"))))


def _act_of(given: Mapping[str, str]) -> Act:
    """As what the rules judge it: a question is one about a purchase."""
    return "instalment" if given["act"] == "instalment" else "spend"


def _apart_from_itself(now: Sheet) -> Sheet:
    """The sheet of now without what the referral's own hold, count and period say against it; money gone is refused later."""
    return msgspec.structs.replace(
        now, left_pence=max(now.left_pence, now.amount_pence), service_30_days_pence=0, period_in_schedule=True,
        period_met_before=False, instalment_in_interval=True,
    )  # fmt: skip
