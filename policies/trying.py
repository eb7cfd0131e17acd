"""What the bundle on trial would have said, beside what was said: from the decisions made since the trial began."""

from datetime import date
from typing import Any

import msgspec

from ledger.reports.decisions_kept import decisions_kept
from policies.beside import CANNOT_SAY
from policies.decisions import Content, content_of
from policies.differing import Answered, Comparison, Differences, answered
from policies.publishing import Life

Connection = Any


class NoTrial(LookupError):
    """No bundle is or was on trial in this book."""

    code = "no_trial"


class Trial(msgspec.Struct, frozen=True):
    """What a trial has found so far. `since` is the entry that began it; `erased` decisions have lost their facts, and for
    `cannot_say` the bundle on trial had no answer."""

    hash: str
    since: int
    goes_on: bool
    erased: int
    cannot_say: int
    differences: Differences


def verdict_of(content: Content) -> Answered:
    """What the rules said, whatever a person had approved before."""
    effects = {finding.effect for finding in content.findings}
    outcome = "deny" if "deny" in effects else "refer" if effects else "allow"
    return answered(outcome, (each.rule for each in content.findings), (each.rule for each in content.reviews))


async def read_trial(
    connection: Connection, book_id: int, life: Life, day: date, *, keeps_each: bool = False
) -> Trial:  # fmt: skip
    """The newest trial of a book, and whether it goes on on a day. NoTrial."""
    begun = next((each for each in reversed(life.activations) if each.act == "begun"), None)
    if begun is None:
        raise NoTrial
    hash_, erased, cannot_say, comparison = begun.attributes["hash"], 0, 0, Comparison(keeps_each=keeps_each)
    async for made in decisions_kept(connection, book_id, after=begun.number):
        if made.content is None:
            erased += made.is_erased
            continue
        content = content_of(made.content)
        tried = content.beside
        if tried is msgspec.UNSET or tried.bundle != hash_:
            continue
        if tried.outcome == CANNOT_SAY:
            cannot_say += 1
            continue
        after = answered(tried.outcome, tried.findings, tried.reviews)
        comparison.add(made.number, made.person, made.pence, verdict_of(content), after)
    return Trial(hash_, begun.number, life.on_trial(day) == hash_, erased, cannot_say, comparison.differences())
