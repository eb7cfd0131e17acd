"""Consent that has to be asked for again: at sixteen, and when a person has lost or regained capacity (SI 2013/1617 reg 4, 5).

Of a birthday only the month is known, so it counts from the first of that month: a payment that could be the first after it is
looked at. Nothing stops by itself.
"""

from datetime import date

import msgspec

from ledger.budgets.people import born_of, person_of
from ledger.budgets.reading import Setup
from ledger.budgets.standing import Said, Standing, by_their_days

CONSENTS_AT = 16
CAPACITY = ("capacity_found", "capacity_lost")
_read_said = msgspec.json.Decoder(list[Said]).decode


def consented_by(standing: Standing, day: date) -> bool:
    """Whether there was consent to the direct payment on a day of the past, by all that is known now."""
    return _stood_on(standing, day, "consent_given", "consent_withdrawn")


def excluded_on(standing: Standing, day: date) -> bool:
    """Whether the Schedule excluded the person from direct payments on a day of the past, by all that is known now."""
    return _stood_on(standing, day, "excluded_by_schedule", "schedule_lifted")


def _stood_on(standing: Standing, day: date, yes: str, no: str) -> bool:
    rows = [
        person_of(row.subject, row.attributes)
        for row in by_their_days(_read_said(standing.said))
        if row.kind == "person"
    ]
    acts = [act for _, act, on in rows if act in (yes, no) and (on is None or on <= day)]
    return bool(acts) and acts[-1] == yes


def sixteen_from(standing: Standing) -> date | None:
    """The first day of the month in which the person turns sixteen; None where the month of birth is not known."""
    born = born_of(tuple(standing.groups))
    return None if born is None else born.replace(year=born.year + CONSENTS_AT)


def confirmed_at_sixteen(standing: Standing, setup: Setup, day: date) -> bool:
    """Whether the person is not sixteen yet on a day, or consent was recorded since. Of whom the month of birth is not known nobody
    can say, and nothing is held."""
    since = sixteen_from(standing)
    return since is None or day < since or (setup.consented_on is not None and setup.consented_on >= since)


def confirmed_since_capacity(setup: Setup, day: date) -> bool:
    """Whether a person who has capacity again has consented since (reg 5); true where they do not have it, or nobody asked."""
    since = setup.capacity_found_on
    return since is None or day < since or (setup.consented_on is not None and setup.consented_on >= since)


def confirmed_since_loss(setup: Setup, day: date) -> bool:
    """Whether somebody who may has consented for a person since capacity was lost (reg 5): it is recorded since, a representative
    holds the money, or a nominee who was named since, and so agreed to go on (reg 5(7)). True of whoever has capacity."""
    since = setup.capacity_lost_on
    if since is None or day < since or (setup.consented_on is not None and setup.consented_on >= since):
        return True
    acting = [
        each for each in setup.delegations
        if each.scope == "holder" and each.start <= day and (each.end is None or day <= each.end)
    ]  # fmt: skip
    return any(each.role == "representative" or (each.role == "nominee" and each.start >= since) for each in acting)


def confirmed_since_asked(standing: Standing, setup: Setup, day: date, asked: Said, said: list[Said]) -> bool:
    """Whether nothing has to be confirmed on a day that the rules did not know of when they were asked: `asked` is their decision,
    `said` what was said of the person. What they knew of they have answered, and perhaps a person after them."""
    sixteen = sixteen_from(standing)
    if (
        sixteen is not None
        and (asked.day is None or asked.day < sixteen)
        and not confirmed_at_sixteen(standing, setup, day)
    ):
        return False
    last = max((row.number for row in said if row.act in CAPACITY), default=0)
    since = setup.capacity_lost_on or setup.capacity_found_on
    if since is None or (last < asked.number and asked.day is not None and since <= asked.day):
        return True
    # Said since, it bars from the moment it is known, whatever day the payment is given.
    day = max(day, since) if last > asked.number else day
    return confirmed_since_capacity(setup, day) and confirmed_since_loss(setup, day)
