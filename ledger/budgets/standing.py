"""How one person's budget stands, a payee, and the rules of a book: what a verdict is made of, each with the version that says
whether it still stands.

A version is the number of the last entry about its subject. Whatever is decided on these is guarded by their versions, so it does
not matter when each was read, and what was read once can be used again: the writer says whether anything has changed. Every read
takes a connection of role phb_reader with the book set. Amounts are signed pence, debit positive.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from ledger.budgets import store_facts
from ledger.core.canon import Entry

Connection = Any
WINDOW_DAYS = 29
"""How many days before a day its rules look back (answers.md 13)."""


class Said(msgspec.Struct, frozen=True, array_like=True):
    """One row of the register: which entry, what kind, about what, what happened to it, on which accounting day."""

    number: int
    kind: str
    subject: str
    act: str
    day: date | None
    attributes: dict[str, str]


STANDS_BY_DAY = (
    "consent_given", "consent_withdrawn", "capacity_found", "capacity_lost", "excluded_by_schedule", "schedule_lifted",
)  # fmt: skip
"""Events of a person of which the one of the latest day says what stands, of one day the later entry."""


def by_their_days(said: Sequence[Said]) -> list[Said]:
    """Rows in the order of their entries, but those of STANDS_BY_DAY last, by their own days; one without a day is from ever."""
    dated = [row for row in said if row.kind == "person" and row.act in STANDS_BY_DAY]
    others = [row for row in said if row.kind != "person" or row.act not in STANDS_BY_DAY]
    return [*others, *sorted(dated, key=lambda row: row.attributes.get("on", ""))]


class EarlierOrder(msgspec.Struct, frozen=True, array_like=True):
    """One decision that placed a hold, and the pence that it still keeps."""

    day: date
    service: str | None
    kept: int


class EarlierEvidence(msgspec.Struct, frozen=True, array_like=True):
    """One invoice or claim that was accepted, and whose money was not reversed."""

    day: date
    service: str | None
    amount: int


class Conditioned(msgspec.Struct, frozen=True, array_like=True):
    """An approval with conditions that was given: its attributes, and whether the evidence that it asked for has come."""

    given: dict[str, str]
    met: bool


class Standing(msgspec.Struct, frozen=True):
    """One person's budget: what is registered (as text for `setup_of`, so that the same text is folded once), what the person's
    accounts hold, orders and evidence of accounting days since `since`, and when the first of its holds is due."""

    version: int
    said: msgspec.Raw
    balances: dict[str, int]
    orders: list[EarlierOrder]
    accepted: list[EarlierEvidence]
    next_due_us: int | None
    since: date = date.min
    groups: list[str] = []
    """What is known of the person for reports, oldest first, as text for `born_of`; what was erased is not there."""
    conditions: list[Conditioned] = []
    """Approvals that were given with conditions, oldest first."""

    def reaches(self, day: date) -> bool:
        """Whether the rules can look back from this day."""
        return self.since <= first_day_of_window(day)

    def used_30_days(self, service: str, day: date) -> int:
        """What orders of one service still keep, and what was accepted for it, in those thirty days with this one among them that
        have the most: in whichever order the days are entered, no thirty days have more than one that was looked at."""
        used = [(each.day, each.kept) for each in self.orders if each.service == service]
        used += [(each.day, each.amount) for each in self.accepted if each.service == service]
        # The fullest window ends on the day itself or on one of something later.
        ends = {day, *(on for on, _ in used if day < on and first_day_of_window(on) <= day)}
        return max(sum(pence for on, pence in used if first_day_of_window(last) <= on <= last) for last in ends)

    def after(self, entries: Sequence[Entry], expires_us: int | None) -> "Standing | None":
        """The same budget after a decision, and the hold of its money if there is one, which expires at `expires_us`: those that
        were recorded on this version. None when the entries are others. This one is used up: its balances and orders go
        over to the new one, and are changed there."""
        kinds = [entry.kind for entry in entries]
        if kinds not in (["decision"], ["decision", "hold_placed"]):
            return None
        decision, given = entries[0], dict(entries[0].attributes)
        assert decision.effective_on is not None
        kept = 0
        for code, pence in entries[-1].legs:
            self.balances[code] = self.balances.get(code, 0) + pence
            kept += max(0, pence)
        if "hold_placed" in kinds:
            self.orders.append(EarlierOrder(decision.effective_on, given.get("service"), kept))
        due = [at for at in (self.next_due_us, expires_us) if at is not None]
        return msgspec.structs.replace(self, version=entries[-1].number, next_due_us=min(due, default=None))


class PayeeStanding(msgspec.Struct, frozen=True):
    """A payee: its register rows, as text for `payee_state`."""

    version: int
    said: msgspec.Raw


NOBODY = PayeeStanding(0, msgspec.Raw(b"[]"))
"""Where no payee is named."""


SoftPeriods = dict[str, tuple[int, str]]
"""Month → the entry that last closed or opened it softly, and which of the two."""


class Rules(msgspec.Struct, frozen=True):
    """What holds for every budget of a book: which rules were put in force and which are on trial, its funds (as text for
    `funds_of`), their versions, and which months finance has closed softly (`ledger.budgets.soft_closes`)."""

    activations: list[Said]
    funds: msgspec.Raw
    fund_versions: dict[str, int]
    periods: SoftPeriods = {}

    def in_force(self, day: date) -> str | None:
        """The hash of the bundle in force on a day; None before the first."""
        said = in_force_on(self.activations, day)
        return None if said is None else said.attributes.get("hash")

    @property
    def bundle_version(self) -> int:
        """The last entry about which rules are in force or on trial; 0 where there is none."""
        return self.activations[-1].number if self.activations else 0

    def on_trial(self, day: date) -> str | None:
        """The hash of the bundle that is evaluated on a day beside the one in force."""
        return on_trial(self.activations, day)


def on_trial(activations: Sequence[Said], day: date) -> str | None:
    """The hash of the bundle on trial on a day, by all that is registered, oldest first: of the last trial begun, unless it has
    ended, or the bundle has come into force since: whatever took its place later, it is on trial no more."""
    last = next((said for said in reversed(activations) if said.act in ("begun", "ended")), None)
    if last is None or last.act == "ended":
        return None
    wanted, begun = last.attributes.get("hash"), last.attributes.get("from", "")
    since = [
        said for said in _begun_by(activations, day)
        if said.attributes.get("hash") == wanted
        and (said.number > last.number or said.attributes.get("from", "") > begun)
    ]  # fmt: skip
    return None if since else wanted


def in_force_on(activations: Sequence[Said], day: date) -> Said | None:
    """The activation that counts on a day, of all that are registered, oldest first: the one from the latest day up to it, of two
    from one day the later. One that was withdrawn counts never; one that states no day counts from the first."""
    begun = _begun_by(activations, day)
    return max(begun, key=lambda said: (said.attributes.get("from", ""), said.number), default=None)


def _begun_by(activations: Sequence[Said], day: date) -> list[Said]:
    """The activations whose day has come, without those withdrawn."""
    withdrawn = {said.attributes.get("of") for said in activations if said.act == "withdrawn"}
    return [
        said for said in activations
        if said.act == "activated" and str(said.number) not in withdrawn
        and said.attributes.get("from", "") <= day.isoformat()
    ]  # fmt: skip


class Facts(msgspec.Struct, frozen=True):
    """What a verdict needs, and what its order is made of. `ask` is the answer or approval relied on, or the decision behind the
    order of an invoice, and `used` what stands under it so far, in pence: 0 also where what relied on it came to nothing.
    `is_known` says that the request's key has its answer already, `remembered` that something of this was not read now. `periods`
    are those of the person's schedules (as text for `ledger.budgets.scheduled`), read for instalments only."""

    standing: Standing
    payee: PayeeStanding
    rules: Rules
    ask: Said | None = None
    used: int = 0
    is_known: bool = False
    remembered: bool = False
    periods: bytes | None = None


_read_standing = msgspec.json.Decoder(Standing).decode
_read_payee = msgspec.json.Decoder(PayeeStanding).decode
_read_said = msgspec.json.Decoder(Said).decode
_read_rules = msgspec.json.Decoder(Rules).decode


def first_day_of_window(day: date) -> date:
    """The first of the thirty days that end with this one."""
    return day - timedelta(days=WINDOW_DAYS) if day > date.min + timedelta(days=WINDOW_DAYS) else date.min


async def read_standing(connection: Connection, book_id: int, person: str, since: date = date.max) -> Standing:
    """A person's budget as it is now, with decisions and evidence of accounting days since one, or without."""
    row = await connection.fetchrow(store_facts.FACTS, book_id, person, since, None, False, None, None)
    return standing_from(row["standing"], since)


async def read_payee(connection: Connection, book_id: int, payee: str) -> PayeeStanding:
    """A payee as it is now; of an unknown one, version 0 and no rows."""
    row = await connection.fetchrow(store_facts.FACTS, book_id, None, date.max, None, False, payee, None)
    return _read_payee(row["payee"])


async def read_rules(connection: Connection, book_id: int) -> Rules:
    """What holds for every budget of a book now."""
    row = await connection.fetchrow(store_facts.FACTS, book_id, None, date.max, None, True, None, None)
    return _read_rules(row["rules"])


async def read_facts(
    connection: Connection, book_id: int, person: str, since: date, key: bytes, *, rules: Rules | None, payee: PayeeStanding | None,
    payee_named: str | None, relies_on: int,
) -> Facts:  # fmt: skip
    """What a verdict needs, of one moment and in one statement; `rules` and `payee` are read where they are None, the payee by its
    name. Of an unknown payee it is version 0 and no rows; an entry that is relied on is there whatever it is."""
    row = await connection.fetchrow(
        store_facts.FACTS,
        book_id,
        person,
        since,
        key,
        rules is None,
        payee_named if payee is None else None,
        relies_on or None,
    )
    return Facts(
        standing_from(row["standing"], since), _read_payee(row["payee"]) if payee is None else payee,
        _read_rules(row["rules"]) if rules is None else rules,
        None if row["ask"] is None else _read_said(row["ask"]), is_known=row["is_known"],
    )  # fmt: skip


def rules_from(text: str) -> Rules:
    """What holds for every budget of a book, as it was read."""
    return _read_rules(text)


def line_said(said: msgspec.Raw, line: str) -> list[Said]:
    """Everything said of a line itself, oldest first, from a person's register rows as `Standing` has them."""
    rows: list[Said] = msgspec.json.decode(said, type=list[Said])
    return [row for row in rows if row.kind == "line" and row.subject == f"line/{line}"]


def pause_of(line: Sequence[Said]) -> int | None:
    """The entry with which the last pause of a line began, by all that was said of it; None where there was none. Directly after
    another entry of the line a pause of before goes on: a version was signed meanwhile, or the line is open again."""
    begun = [
        row.number
        for before, row in pairwise((None, *line))
        if row is not None and row.act == "suspended" and (before is None or row.number != before.number + 1)
    ]
    return begun[-1] if begun else None


def cut_by(said: msgspec.Raw) -> list[int]:
    """The decisions that signed a version of a plan on a written notice, from the same rows."""
    rows: list[Said] = msgspec.json.decode(said, type=list[Said])
    return [
        row.number - 1
        for row in rows
        if (row.kind, row.act) == ("plan_version", "signed") and "notice" in row.attributes
    ]


def standing_from(text: str | msgspec.Raw, since: date) -> Standing:
    """A budget as it was read, with what its rules can look back to."""
    return msgspec.structs.replace(_read_standing(text), since=since)
