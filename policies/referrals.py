"""What an officer decides of a referral: the money that was kept for it becomes an order, or goes back.

Once for each referral, by somebody else than asked for it or made what it is about; both are checked in the book itself, so two
officers who decide at once get one decision.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ledger.book.lookups import HoldRead, HoldUnknown, read_hold
from ledger.book.statements import read_entry
from ledger.budgets import delegated
from ledger.budgets.acts import hold_released, kept_by_year
from ledger.budgets.plans import Line, PlanVersion
from ledger.budgets.reading import funds_of, parts_of, said_of, setup_of, shares_of, version_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Said, read_rules, read_standing
from ledger.budgets.wording import among, is_said
from ledger.core.calendar import year_of
from ledger.core.model import Detail, Guard, Malformed
from ledger.core.requests import AnyRequest
from ledger.money import MAX_PENCE
from policies.changing import in_force
from policies.conditions import Condition, stated
from policies.consenting import confirmed_since_asked
from policies.decisions import content_of, resolution_record
from policies.delegated import given_up, own_limit
from policies.found_owing import makers_of
from policies.gate import Gate
from policies.judged_again import objected_since
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
LIMITED_AS = {"sign_plan": "allocate"}
"""An act of a decision → the name of the delegated limit for it, where that is another."""
PURPOSES = {"spend": "order", "instalment": "instalment"}
DECLINED_FOR = (
    "not_in_plan", "not_enough_money", "met_otherwise", "evidence_missing", "payee_unsuitable", "unsafe", "unlawful", "asked_twice",
    "another",
)  # fmt: skip
"""Why a referral is declined, in codes that can be counted; the words beside it say it to the person."""


class NotReferred(ValueError):
    """The decision waits for nobody: it was a resolution, an allow or a deny."""

    code = "not_referred"


class ReferralDecided(ValueError):
    """Somebody has approved or declined it already."""

    code = "referral_decided"


class ReferralOvertaken(ValueError):
    """The line or its plan has ended or pauses, or the person has died or lost what a payment needs, since this was asked for."""

    code = "referral_overtaken"


async def resolve(
    connection: Connection, gate: Gate, referral: Said, *, actor: str, allows: bool, effective_on: date, today: date,
    reason: str | None, detail: Detail | None, conditions: Sequence[Condition] = (),
) -> Resolution:  # fmt: skip
    """What has to be submitted to approve or decline a referral, as things are now. NotReferred, ReferralDecided,
    NotThere, Malformed, ConditionUnfit; Malformed(decline_unreasoned) for a no without its reason in a code and in words;
    ReferralOvertaken for a yes to what has become impossible since, which can still be declined; NotSettled(over_own_limit) where
    `actor` may not give up so much by themselves. A decision after its day says by how many.

    Money moves on `effective_on`, within the financial year that was asked for. A hold that
    has lapsed meanwhile is placed anew when it is approved; the ledger refuses it when the money has gone. An order is
    split by what each share has, so it is guarded by the person's version: `guard_stale` when money moved in between."""
    given, book_id = referral.attributes, gate.book_id
    if referral.kind != "decision" or given.get("outcome") != "refer":
        raise NotReferred
    day = referral.day
    assert day is not None
    if year_of(effective_on) != year_of(day):
        raise Malformed("dates_malformed", "effective_on")
    terms = stated(conditions, given, today, no_receipt=gate.limits_on(day).no_receipt_pence)
    cap = next((each.amount for each in conditions if each.kind == "amount_cap"), None)
    guards = [Guard(f"decision/{referral.number}", 0)]
    if await version_of(connection, book_id, guards[0].subject):
        raise ReferralDecided
    if not allows:
        _check_reasoned(reason, detail)
    held: tuple[AnyRequest, ...] = ()
    placed: tuple[AnyRequest, ...] = ()
    relied_until = None
    purpose = PURPOSES.get(given.get("act", ""))
    if purpose is not None:
        version, shares, hold = await _money_of(connection, book_id, referral, day)
        guards.append(Guard(f"person/{given['person']}", version))
        if allows:
            await _check_still_possible(connection, gate, referral, day, effective_on)
        if hold is not None and not hold.closed:
            held = (hold_released(hold=hold.number, shares=shares, effective_on=effective_on,
                                  because=referral.number),)  # fmt: skip
        if allows:
            asked = (await read_entry(connection, book_id, referral.number)).entry
            last = max(asked.care_to or effective_on, today)
            parts = parts_of(given) or ((shares[0].year, cap or int(given["amount"])),)
            placed = (
                kept_by_year(
                    parts=[(pence, [share for share in shares if share.year == year]) for year, pence in parts],
                    purpose=purpose, expires_us=gate.held_until_us(last, effective_on), effective_on=effective_on,
                    care_from=asked.care_from, care_to=asked.care_to, because=-(len(held) + 1),
                ),
            )  # fmt: skip
    elif allows and given.get("act") == "ask":
        relied_until = await _good_until(connection, gate, referral, day, effective_on, conditions)
    amount = cap or int(given["amount"])
    limit, rests_on = (
        await _own_limit(connection, gate, referral, actor, effective_on, amount) if allows else (None, ())
    )
    guards += rests_on
    record = resolution_record(referral.number, given, allows=allows, effective_on=day, reason=reason, detail=detail,
                               holds=bool(placed), limit=limit, late_days=late_by(given, today), conditions=terms,
                               amount=cap, relied_until=relied_until)  # fmt: skip
    return Resolution((*held, record, *placed), tuple(guards), await makers_of(connection, book_id, referral.number))


async def _good_until(
    connection: Connection, gate: Gate, referral: Said, day: date, effective_on: date, conditions: Sequence[Condition]
) -> date:  # fmt: skip
    """The last day on which a yes to a question is good. No money waits for it, but what has become impossible is not said yes to:
    ReferralOvertaken."""
    line, plan = await _check_still_possible(connection, gate, referral, day, effective_on)
    use_by = next((each.day for each in conditions if each.kind == "use_by"), None)
    return gate.relied_until(effective_on, line, plan, use_by)


async def _own_limit(
    connection: Connection, gate: Gate, referral: Said, actor: str, effective_on: date, amount: int
) -> tuple[int | None, tuple[Guard, ...]]:  # fmt: skip
    """What `actor` may approve by themselves of this, of which it is `amount` pence, and what that rests on; None where nothing
    limits it.
    NotSettled(over_own_limit)."""
    given = referral.attributes
    limited = LIMITED_AS.get(given["act"], given["act"])
    if limited not in delegated.ACTS:
        return None, ()
    limit, rests_on = await own_limit(connection, gate, actor, limited, effective_on, is_second=True)
    of = (await read_entry(connection, gate.book_id, referral.number)).entry.because
    # Of a plan it is for what was given besides as well, in other plans.
    amount = max(amount, int(given.get("whole", 0)))
    if amount + await given_up(connection, gate.book_id, of, limited) > limit:
        raise NotSettled("over_own_limit")
    return None if limit == MAX_PENCE else limit, rests_on


def _check_reasoned(reason: str | None, detail: Detail | None) -> None:
    """A no says why: a code of DECLINED_FOR, and words for the person. Malformed(decline_unreasoned, code_unknown)."""
    if reason is None:
        raise Malformed("decline_unreasoned", "reason")
    among(reason, DECLINED_FOR, "reason")
    if detail is None or not is_said(content_of(detail.content).words):
        raise Malformed("decline_unreasoned", "words")


def late_by(given: Mapping[str, str], today: date) -> int:
    """Days by which a referral is decided after the day that it named; 0 in time, and for one that named none."""
    decide_by = given.get("decide_by")
    return 0 if decide_by is None else max(0, (today - date.fromisoformat(decide_by)).days)


async def _check_still_possible(
    connection: Connection, gate: Gate, referral: Said, day: date, effective_on: date
) -> tuple[Line, PlanVersion | None]:  # fmt: skip
    """The line, and its plan on the day of the yes. ReferralOvertaken: what the rules deny outright is denied to an approval too,
    and so is what they object to since: whoever approves answers what was found, and was not asked about the rest. A death bars
    every payment to a holder, and of care that the commissioner orders what nobody knew of when it was asked for."""
    given, book_id = referral.attributes, gate.book_id
    standing = await read_standing(connection, book_id, given["person"])
    setup = setup_of(standing.said)
    if given["line"] not in setup.lines:
        raise NotThere("line_unknown")
    line, act = setup.lines[given["line"]]
    if act not in ("agreed", "resumed") or not in_force(setup, line, day):
        raise ReferralOvertaken
    to_holder = line.management in ("direct_payment", "one_off")
    if to_holder and (setup.excluded or not setup.consent):
        raise ReferralOvertaken
    said = await said_of(connection, book_id, f"person/{given['person']}")
    if to_holder and not confirmed_since_asked(standing, setup, effective_on, referral, said):
        raise ReferralOvertaken
    if await objected_since(connection, gate, referral, day):
        raise ReferralOvertaken
    of_yes = setup.plan_on(line, effective_on)
    found = line, None if of_yes is None else of_yes[0]
    if setup.died_on is None:
        return found
    care_to = (await read_entry(connection, book_id, referral.number)).entry.care_to
    known = any(row.act == "died" and row.number < referral.number for row in said)
    if to_holder or (not known and (care_to is None or care_to > setup.died_on)):
        raise ReferralOvertaken
    return found


async def _money_of(
    connection: Connection, book_id: int, referral: Said, day: date
) -> tuple[int, tuple[Share, ...], HoldRead | None]:
    """The person's version, the shares of the line with what they have once the referral's hold is given back, and that hold."""
    given = referral.attributes
    standing = await read_standing(connection, book_id, given["person"])
    lines = setup_of(standing.said).lines
    if given["line"] not in lines:
        raise NotThere("line_unknown")
    balances = dict(standing.balances)
    try:
        hold = await read_hold(connection, book_id, referral.number + 1) if given.get("hold") == "yes" else None
    except HoldUnknown:
        hold = None
    for pair in hold.pairs if hold is not None else ():
        balances[pair.origin] = balances.get(pair.origin, 0) + pair.remaining
    funds = funds_of((await read_rules(connection, book_id)).funds)
    years = [year for year, _ in parts_of(given)] or [year_of(day)]
    shares = tuple(share for year in years for share in shares_of(lines[given["line"]][0], year, funds, balances, day))
    return standing.version, shares, hold
