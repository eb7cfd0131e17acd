"""What a gate remembers of budgets, payees and rules, so that a decision seldom has to read anything.

Nothing rests on it. Whatever was remembered is guarded by its version like what was read just now, and the writer, which knows
every version, refuses what was decided on an old one; then it is read. What a request itself adds to its budget is added here as
well, but only what the book has recorded.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from ledger.budgets.of_orders import used_under
from ledger.budgets.plans import Line
from ledger.budgets.standing import (
    NOBODY,
    Facts,
    PayeeStanding,
    Rules,
    Standing,
    first_day_of_window,
    read_facts,
)
from ledger.core.batch import Outcome
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest, PlaceHold
from policies.sheets import Wanted

Connection = Any
Kept = TypeVar("Kept")
ACTIVE_BUNDLE = "bundle/active"
"""The subject under which a book's log says which rules are in force, and which are evaluated beside them."""
MOST = 4096
"""Budgets and payees remembered; those that were asked for longest ago are forgotten first."""


class Memory:
    """Of one book and one process. A budget is taken out while it is being decided on, and so forgotten unless `learn` puts it
    back: only one request at a time may ask for a person."""

    def __init__(self, book_id: int) -> None:
        self._book_id = book_id
        self._standings: dict[str, Standing] = {}
        self._payees: dict[str, PayeeStanding] = {}
        self._rules: Rules | None = None

    def recall(self, wanted: Wanted, now_us: int) -> Facts | None:
        """The facts, when nothing of them has to be read. Whether the request's key is known then is for the writer to say."""
        standing = self._standings.pop(wanted.person, None)
        payee = NOBODY if wanted.payee is None else self._payees.get(wanted.payee)
        if standing is None or payee is None or self._rules is None or wanted.leans_on:
            return None
        if not standing.reaches(wanted.effective_on) or is_due(standing, now_us):
            return None
        return Facts(standing, payee, self._rules, remembered=True)

    async def read(self, connection: Connection, wanted: Wanted, key: bytes, *, afresh: bool) -> Facts:
        """The facts, in one statement, and another for what stands under an approval; the person's are as they are now, and
        `afresh`, all of them are."""
        rules = None if afresh else self._rules
        payee = NOBODY if wanted.payee is None else None if afresh else self._payees.get(wanted.payee)
        remembered = rules is not None or payee not in (None, NOBODY)
        found = await facts_of(connection, self._book_id, wanted, key, rules=rules, payee=payee)
        if rules is None:
            self._rules = found.rules
        if wanted.payee is not None and payee is None and found.payee.version:
            _keep(self._payees, wanted.payee, found.payee)
        return msgspec.structs.replace(found, remembered=remembered)

    def take(self, person: str, standing: Standing, rules: Rules, payees: Mapping[str, PayeeStanding]) -> None:
        """Remember what was read a moment ago, for a verdict that follows it."""
        known = self._standings.get(person)
        if known is None or known.version <= standing.version:
            _keep(self._standings, person, standing)
        self._rules = rules
        for payee, said in payees.items():
            _keep(self._payees, payee, said)

    def learn(self, wanted: Wanted, facts: Facts, outcome: Outcome, requests: Sequence[AnyRequest]) -> None:
        """Remember the budget as the outcome of a request decided on these facts has left it."""
        expires = [request.expires_us for request in requests if isinstance(request, PlaceHold)]
        standing = facts.standing.after(outcome.entries, expires[0] if expires else None)
        if standing is not None:
            _keep(self._standings, wanted.person, standing)

    def hear(self, versions: Mapping[str, int]) -> None:
        """What the book was told meanwhile: a budget that has moved on is read again, and not decided on in vain; and so are the
        rules."""
        for subject, version in versions.items():
            kind, _, person = subject.partition("/")
            if kind == "bundle":
                self._rules = None
            standing = self._standings.get(person) if kind == "person" else None
            if standing is not None and standing.version < version:
                del self._standings[person]

    def forget(self, *subjects: str) -> None:
        """These have changed, or may have: they are read again."""
        for subject in subjects:
            if subject.startswith(("bundle/", "fund/", "period/")):
                self._rules = None
            self._payees.pop(subject, None)


async def facts_of(
    connection: Connection, book_id: int, wanted: Wanted, key: bytes, *, rules: Rules | None = None,
    payee: PayeeStanding | None = None,
) -> Facts:  # fmt: skip
    """What a verdict needs, read but for what is given."""
    found = await read_facts(
        connection, book_id, wanted.person, first_day_of_window(wanted.effective_on), key, rules=rules,
        payee=NOBODY if wanted.payee is None else payee, payee_named=wanted.payee, relies_on=wanted.leans_on,
    )  # fmt: skip
    ask, used = found.ask, 0
    if ask is not None and (ask.kind, ask.attributes.get("person")) != ("decision", wanted.person):
        ask = None
    if ask is not None:
        # After the version which guards it: what moves in between is found stale.
        used = await used_under(connection, book_id, wanted.person, ask.number)
    return msgspec.structs.replace(found, ask=ask, used=used)


def guards_of(wanted: Wanted, facts: Facts, line: Line) -> tuple[Guard, ...]:
    """What a verdict and its order rest on, as it was: the person, the payee, the rules, the funds of the line."""
    guards = [Guard(f"person/{wanted.person}", facts.standing.version)]
    if wanted.payee is not None:
        guards.append(Guard(wanted.payee, facts.payee.version))
    guards.append(Guard(ACTIVE_BUNDLE, facts.rules.bundle_version))
    funds = {f"fund/{share.fund}" for share in line.shares}
    return (*guards, *(Guard(fund, facts.rules.fund_versions.get(fund, 0)) for fund in sorted(funds)))


def is_due(standing: Standing, now_us: int) -> bool:
    """Whether a hold's time has come and its expiry is not written yet."""
    return standing.next_due_us is not None and standing.next_due_us <= now_us


def _keep(kept: dict[str, Kept], name: str, value: Kept) -> None:
    kept.pop(name, None)
    while len(kept) >= MOST:
        del kept[next(iter(kept))]
    kept[name] = value
