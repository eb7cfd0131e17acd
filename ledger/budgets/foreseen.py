"""What an act on a budget asks of the book, read before it asks: its budget and rules in one statement, what it is about in one.

The readers of an act follow a chain (a demand, its notice, what was considered of it, what it takes back), and asked the database
at each link. They still do; what was foreseen is answered from memory (`ledger.budgets.remembered`), and what was not is asked. So
a wrong foresight costs a statement and never an answer. All of it is of one snapshot, which the caller has begun.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import msgspec

from ledger.book.projector import CURSOR
from ledger.book.snapshot import end_of
from ledger.budgets import store_facts, store_foreseen
from ledger.budgets.concerned import About, read_concerned
from ledger.budgets.delegated import ACTS, grade_subject
from ledger.budgets.remembered import Remembered
from ledger.budgets.standing import Standing

Connection = Any
AFTER = 7
"""Entries that are read behind each that is named: the accounts that its money opens, that money, and what shows that it is all."""
BANK_LINES, ROLLED, PERIODS = "bank_lines", "rolled", "periods"
"""What else can be read with it: every line of the person's bank accounts, what these are rolled on from, and how every month and
year of the book stands."""


class Foreseen(Remembered):
    """A connection within a snapshot, which answers what it knows already without a statement."""

    def __init__(self, connection: Connection, *known: Any) -> None:
        super().__init__(*known)
        self._connection = connection
        self._asked: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetch(self, sql: str, *values: Any) -> Any:
        """The rows of a statement; nothing is asked twice in one moment."""
        found = self._answer(sql, values)
        if found is not None:
            return found
        asked = (sql, repr(values))
        if asked not in self._asked:
            self._asked[asked] = await self._connection.fetch(sql, *values)
        return self._asked[asked]

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        """Its first row, or None."""
        found = await self.fetch(sql, *values)
        return found[0] if found else None

    async def fetchval(self, sql: str, *values: Any) -> Any:
        """The first value of that, or None."""
        found = await self.fetch(sql, *values)
        return next(iter(found[0].values())) if found else None

    async def foresee(self, about: About) -> None:
        """Read what an act is about, unless it has been read."""
        about = msgspec.structs.replace(
            about, entries=frozenset(number for number in about.entries if not self._has_reached(number)),
            subjects=about.subjects - self._by_subject.keys(),
        )  # fmt: skip
        if about.is_within(self._about):
            return
        [(line, ended)], [begins], [bank] = (
            about.ended or [(None, None)],
            about.statements or [None],
            about.banks or [None],
        )
        text = await self._connection.fetchval(
            store_foreseen.CONCERNED, self._book_id, self._person, list(about.entries), list(about.subjects), list(about.kinds),
            list(ACTS), list(about.accounts), [end_of(each) for each in about.accounts], about.orders, AFTER, list(about.acts),
            CURSOR, list(about.details), list(about.parts), line, ended,
            list(about.credited), begins, None if begins is None else end_of(begins), bank,
        )  # fmt: skip
        self.take(about, read_concerned(text))


async def foreseen(
    connection: Connection, book_id: int, person: str, key: bytes, since: date = date.max, entries: Collection[int] = ()
) -> Foreseen:  # fmt: skip
    """Whether a request's key is known, the rules in force and a person's budget, which all acts ask for: one statement. `person`
    is empty for an act that is about nobody's budget; of one that names `entries`, it is the budgets of all whom those are about.
    Of what was decided and accepted it has what is of days since `since`."""
    if entries:
        given = (sorted({each for each in entries if 0 < each < 2**63}), since, key)
        facts = await connection.fetchrow(store_facts.FACTS_OF_ENTRIES, book_id, *given)
        return Foreseen(connection, book_id, facts, read_budgets(facts["standings"]), key, since)
    facts = await connection.fetchrow(store_facts.FACTS, book_id, person or None, since, key, True, None, None)
    return Foreseen(connection, book_id, facts, {person: facts["standing"]} if person else {}, key, since)


read_budgets = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def budgets_read(connection: Connection) -> tuple[Standing, ...]:
    """The budgets that were read with the request, which an act that names no person may find itself to be about."""
    return tuple(connection.standings.values()) if isinstance(connection, Foreseen) else ()


async def foresee(
    connection: Connection, *, entries: Iterable[int | None] = (), subjects: Iterable[str] = (), kinds: Iterable[str] = (),
    acts: Iterable[str] = (), accounts: Iterable[str] = (), orders: bool = False, limits_of: str = "",
    details: Iterable[int] = (), parts: Iterable[str] = (), ended: tuple[str, int] | None = None, credited: Iterable[str] = (),
    statements: str = "", bank: str = "",
) -> None:  # fmt: skip
    """Read at once what an act will ask for: see About; `limits_of` is whoever's grade says what they may do alone. One statement
    at most, for a connection that remembers; any other is asked as the act goes along."""
    if isinstance(connection, Foreseen):
        await connection.foresee(About(
            entries=frozenset(number for number in entries if number), kinds=frozenset(kinds), acts=frozenset(acts),
            subjects=frozenset((*subjects, *((grade_subject(limits_of),) if limits_of else ()))),
            accounts=frozenset(accounts), orders=orders, details=frozenset(details), parts=frozenset(parts),
            ended=frozenset((ended,) if ended is not None else ()), credited=frozenset(credited),
            statements=frozenset((statements,) if statements else ()), banks=frozenset((bank,) if bank else ()),
        ))  # fmt: skip
