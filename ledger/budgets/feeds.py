"""Takes payments from a feed into suspense, each row once (accounting.md event 53).

A feed is any iterable of rows: a published file today, bank and card lines next. A row is recognised by its natural key: the feed,
its canonical fields, and its place among equal rows of one delivery. Natural keys record successes only, so a row
refused because its month is closed posts when the month is open and the feed is read again.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Literal

import msgspec

from ledger.book.keys import name_lookup, natural_key
from ledger.book.sink import Sink, outcomes_of
from ledger.budgets.wording import attributes
from ledger.core.batch import Outcome
from ledger.core.model import AccountSpec, Asked, Detail, Item, Leg
from ledger.core.requests import OpenAccounts, Post, Record

SLICE = 1000
IN_FLIGHT = 3
EVENT = 53
MOST_PROBLEMS = 1000
MIXED = "Of equal rows, each says which it is (occurrence), or none does; a row before this one did otherwise."


class FeedRow(msgspec.Struct, frozen=True):
    """One payment of a feed: signed pence, positive for a payment, negative for a credit or recovery. `occurrence` says which of
    equal rows of the whole file it is, from 1, where only a part of that file is sent; else they are counted as they come."""

    line: int
    day: date
    payee: str
    pence: int
    occurrence: int | None = None


class Problem(msgspec.Struct, frozen=True):
    """A row that was not posted: where it stands, a stable code, and a sentence."""

    line: int
    code: str
    reason: str


class ImportReport(msgspec.Struct):
    """What an import did. `rows` = posted + replayed + refused + withheld; `total_pence` sums the well-formed rows, posted
    now or not. Withheld are the good rows of an atomic import that posted nothing because another was refused."""

    rows: int = 0
    posted: int = 0
    replayed: int = 0
    refused: int = 0
    withheld: int = 0
    total_pence: int = 0
    new_payees: int = 0
    partial: bool = False
    problems: list[Problem] = []
    problems_omitted: int = 0
    shorter_days: list[tuple[str, int, int]] = []

    def object_to(self, problem: Problem) -> None:
        """Count a row that was not posted, and keep the first thousand reasons."""
        self.refused += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.problems_omitted += 1


def delivery_recorded(act: Literal["payments_sent", "caseload_sent"], *, name: str, rows: int) -> Record:
    """That somebody sent so many rows of a feed or a take-on, by its `name`; posts nothing, and has the key that they were sent
    under. What becomes of each row is known by the row's own key. Subject `sent/{name}`."""
    return Record(kind="run", subject=f"sent/{name}", attributes=attributes(act, rows=rows))


class Feed(msgspec.Struct, frozen=True):
    """Which feed, for which book, and the secrets and chances that its rows need."""

    book: str
    name: str
    asked: Asked
    request_secret: bytes
    lookup_secret: bytes
    token: Callable[[], str]
    salt: Callable[[], bytes]
    delivery: str | None = None

    @property
    def bank(self) -> str:
        """The account of our own bank that this feed is the other side of."""
        return f"bank/{self.name}"

    def account_of(self, payee_ref: str) -> str:
        """The suspense account of one payee."""
        return f"unassigned/{self.name}/{payee_ref}"


Keyed = tuple[FeedRow, bytes]


class Importer:
    """Imports one delivery of a feed. Streams: a few slices of a thousand rows are held, and for each distinct row one
    small number, to know its place among equals."""

    def __init__(
        self, feed: Feed, sink: Sink, *, progress: Callable[[int], None] | None = None, stop_at_refusal: bool = False,
        each: Callable[[int, str], None] | None = None,
    ) -> None:  # fmt: skip
        self.feed = feed
        self.sink = sink
        self.report = ImportReport()
        self.progress = progress
        self.each = each
        """Is told of the line of every row that is in the book now: `posted`, or `known` before."""
        self._stop_at_refusal = stop_at_refusal
        # By the key of the first of its equals, how many of a row have been seen.
        self._seen: dict[bytes, int] = {}
        # The same of rows that say themselves which of their equals they are.
        self._named_equals: set[bytes] = set()
        self._days: Counter[str] = Counter()
        self._payees: dict[str, str] = {}
        self._is_first = False

    async def run(self, rows: Iterable[FeedRow | Problem]) -> ImportReport:
        """Post every row that can be posted and has not been before; report the others by line and reason."""
        await self._open_bank()
        pending: list[asyncio.Task[None]] = []
        try:
            for some in _slices(rows):
                prepared = await self._prepare(some)
                if len(pending) >= IN_FLIGHT:
                    await pending.pop(0)
                    if self._stop_at_refusal and self.report.refused:
                        self.report.partial = True
                        break
                pending.append(asyncio.create_task(self._post(*prepared)))
        finally:
            for task in pending:
                await task
        if self._stop_at_refusal and self.report.refused:
            self.report.partial = True
        # What nobody had imported before this import has no day with more rows than it.
        if self.feed.delivery is None and not self.report.partial and not self._is_first:
            self.report.shorter_days = await self._shorter_days()
        # The file objects to a row before the book does, and people read a file from its top.
        self.report.problems.sort(key=lambda problem: problem.line)
        return self.report

    async def _open_bank(self) -> None:
        spec = AccountSpec(self.feed.bank, "bank")
        item = self._named("account", self.feed.bank, (OpenAccounts(accounts=(spec,)),))
        outcome = outcomes_of(await self.sink.submit_many([item]))[0]
        # In a book that never saw this feed no row can be known, so none need be looked up.
        self._is_first = not outcome.replayed and outcome.refusal is None

    def _named(self, what: str, name: str, requests: tuple[Record | OpenAccounts, ...]) -> Item:
        """An item that is done once however many imports ask for it."""
        key = natural_key(self.feed.request_secret, self.feed.book, what, (name,), 1)
        return Item(requests=requests, asked=self.feed.asked, key=key, prints=key, natural=True)

    async def _prepare(self, some: list[FeedRow | Problem]) -> tuple[dict[str, bytes], list[Keyed]]:
        """The payees of a slice that are new, and its rows that have not been posted yet, with their keys."""
        keyed: list[Keyed] = []
        report = self.report
        report.rows += len(some)
        for row in some:
            if isinstance(row, Problem):
                report.object_to(row)
                continue
            report.total_pence += row.pence
            day = row.day.isoformat()
            self._days[day] += 1
            key = self._key(row, day)
            if key is None:
                report.object_to(Problem(row.line, "occurrence_mixed", MIXED))
            else:
                keyed.append((row, key))
        new = await self._know_payees({row.payee for row, _ in keyed})
        if not self._is_first:
            known = await self.sink.known([key for _, key in keyed])
            report.replayed += len(known)
            self._tell("known", [row for row, key in keyed if key in known])
            keyed = [each for each in keyed if each[1] not in known]
        return new, keyed

    def _key(self, row: FeedRow, day: str) -> bytes | None:
        """None where some of its equals say which they are and others do not: one of two payments would be taken for the other."""
        fields = (self.feed.delivery or "", day, row.payee, str(row.pence))
        first = natural_key(self.feed.request_secret, self.feed.book, self.feed.name, fields, 1)
        if first in (self._seen if row.occurrence is not None else self._named_equals):
            return None
        if row.occurrence is not None:
            self._named_equals.add(first)
            return natural_key(self.feed.request_secret, self.feed.book, self.feed.name, fields, row.occurrence)
        self._seen[first] = ordinal = self._seen.get(first, 0) + 1
        if ordinal == 1:
            return first
        return natural_key(self.feed.request_secret, self.feed.book, self.feed.name, fields, ordinal)

    def _tell(self, state: str, rows: Iterable[FeedRow]) -> None:
        if self.each is not None:
            for row in rows:
                self.each(row.line, state)

    def _item(self, row: FeedRow, key: bytes) -> Item:
        account = self.feed.account_of(self._payees[row.payee])
        legs = (Leg(account, row.pence), Leg(self.feed.bank, -row.pence))
        # An extract says so on each of its rows, so that the whole of a day can be counted without it.
        subject = f"delivery/{self.feed.delivery}" if self.feed.delivery is not None else None
        request = Post(event=EVENT, effective_on=row.day, legs=legs, subject=subject)
        return Item(requests=(request,), asked=self.feed.asked, key=key, prints=key, natural=True)

    async def _know_payees(self, names: set[str]) -> dict[str, bytes]:
        """Every name gets its payee: a registered one, or a new one, which is answered with the hash it will be found by."""
        new = {name_lookup(self.feed.lookup_secret, self.feed.book, n): n for n in sorted(names - self._payees.keys())}
        if not new:
            return {}
        for lookup, ref in (await self.sink.payees(list(new))).items():
            self._payees[new.pop(lookup)] = ref
        self._payees.update((name, self.feed.token()) for name in new.values())
        return {name: lookup for lookup, name in new.items()}

    def _registration(self, name: str) -> Item:
        ref = self._payees[name]
        content = json.dumps({"name": name}, ensure_ascii=False, sort_keys=True).encode("utf-8")
        record = Record(kind="payee", subject=ref, attributes=(("act", "registered"),),
                        detail=Detail(self.feed.salt(), content))  # fmt: skip
        spec = AccountSpec(self.feed.account_of(ref), "unassigned", type="suspense")
        return self._named("payee", name, (record, OpenAccounts(accounts=(spec,), tags=(("payee", ref),))))

    async def _post(self, new: dict[str, bytes], keyed: list[Keyed]) -> None:
        """Register the new payees and post the rows in one go: waiting for the first would leave the database idle."""
        used = {row.payee: self._payees[row.payee] for row, _ in keyed}
        items = [self._registration(name) for name in new]
        items += [self._item(row, key) for row, key in keyed]
        outcomes = outcomes_of(await self.sink.submit_many(items))
        await self._registered(new, outcomes[: len(new)])
        again = []
        for (row, key), outcome in zip(keyed, outcomes[len(new) :], strict=True):
            if outcome.refusal is None:
                self.report.replayed += outcome.replayed
                self.report.posted += not outcome.replayed
                self._tell("known" if outcome.replayed else "posted", [row])
            elif outcome.refusal.code == "account_unknown" and self._payees[row.payee] != used[row.payee]:
                again.append((row, key))
            else:
                self.report.object_to(Problem(row.line, outcome.refusal.code, outcome.refusal.sentence))
        if again:
            await self._post({}, again)
        if self.progress is not None:
            self.progress(self.report.rows)

    async def _registered(self, new: dict[str, bytes], outcomes: list[Outcome]) -> None:
        """Keep who was registered. Another import may have been first: then the payee is the one that it registered."""
        found = []
        for (name, lookup), outcome in zip(new.items(), outcomes, strict=True):
            if outcome.refusal is None:
                self._payees[name] = outcome.entries[0].subject or ""
                self.report.new_payees += not outcome.replayed
                found.append((self._payees[name], lookup, outcome.number))
        if found:
            await self.sink.remember_payees(found)

    async def _shorter_days(self) -> list[tuple[str, int, int]]:
        """Days on which the book has more rows of this feed than the file: (day, in the file, in the book)."""
        in_book = await self.sink.day_counts(self.feed.bank)
        days = sorted(self._days.items())
        return [(day, count, in_book[day]) for day, count in days if in_book.get(day, 0) > count]


def _slices(rows: Iterable[FeedRow | Problem]) -> Iterator[list[FeedRow | Problem]]:
    iterator = iter(rows)
    while some := list(islice(iterator, SLICE)):
        yield some
