"""Compares the tables that change with what the lines say they must hold, in one snapshot."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ledger.book import store_proof
from ledger.book.earlier import legs_of
from ledger.book.rederive import Replay
from ledger.book.replayed import total_of
from ledger.book.slices import copy_rows
from ledger.book.verdict import Wrong
from ledger.core.calendar import london_day, period_days
from ledger.core.merkle import Subtree

Connection = Any
REGISTER_STEP = 50_000
Row = tuple[Any, ...]
_AT_ONCE = 20_000


def differences(
    what: str,
    expected: dict[Any, Row],
    found: Iterable[tuple[Any, Row]],
    number_of: Callable[[Any], int | None],
) -> Iterator[Wrong]:
    """Every row that is missing, surplus or other than expected."""
    waiting = dict(expected)
    for key, row in found:
        due = waiting.pop(key, None)
        if due is None:
            yield Wrong(number_of(key), f"{what}_surplus", f"{what} {key} follows from no entry")
        elif row != due:
            yield Wrong(number_of(key), f"{what}_wrong", f"{what} {key} is not what the entries add up to")
    for key in waiting:
        yield Wrong(number_of(key), f"{what}_missing", f"{what} {key} is not there")


def _delta(row: str) -> tuple[tuple[int, str], Row]:
    account_id, day, debit, credit = row.split("\t")
    return (int(account_id), day), (int(debit), int(credit))


class Live:
    """The comparison of one book at one size. `wrongs` and `checks` fill as it goes."""

    def __init__(self, connection: Connection, book_id: int, replay: Replay, subtrees: Iterable[Subtree]) -> None:
        self.connection = connection
        self.book_id = book_id
        self.replay = replay
        self.subtrees = subtrees
        self.wrongs: list[Wrong] = []
        self.checks: dict[str, int] = {}
        self.ids = {account.id: account for account in replay.accounts.values()}

    async def compare(self) -> None:
        """All tables, inside the caller's snapshot."""
        self.replay.fold()
        await self._book()
        await self._head()
        await self._accounts()
        await self._balances()
        await self._deltas()
        await self._holds()
        await self._small()
        await self._subjects()
        await self._payees()
        await self._register()
        await self._tree()
        await self._months()
        self._identities()

    def _check(
        self, what: str, expected: dict[Any, Row], rows: Iterable[tuple[Any, Row]], number_of: Callable[[Any], int | None]
    ) -> None:  # fmt: skip
        self.checks[f"{what}s"] = len(expected)
        self.wrongs += differences(what, expected, rows, number_of)

    async def _rows(self, query: str) -> list[Any]:
        return list(await self.connection.fetch(query, self.book_id))

    def _last(self, account_id: int) -> int | None:
        account = self.ids.get(account_id)
        return None if account is None else account.last_number or account.opened_number

    async def _book(self) -> None:
        acts = self.replay.acts
        first_day = period_days(acts.first_month)[0].isoformat()
        expected = {"": (self.replay.code, acts.currency, acts.nature, first_day)}
        self._check("book", expected, [("", tuple(r)) for r in await self._rows(store_proof.BOOK_ROW)], lambda _: None)

    async def _head(self) -> None:
        replay = self.replay
        expected = {
            "size": (replay.number,), "root": (replay.frontier.root(),), "frontier": (replay.frontier.to_bytes(),),
            "last_us": (replay.last_us,), "origin": (replay.acts.origins[-1][1],),
            "next_account_id": (len(replay.accounts) + 1,),
        }  # fmt: skip
        head = (await self._rows(store_proof.HEAD_ROW))[0]
        self._check("head", expected, [(name, (head[name],)) for name in expected], lambda _: None)

    async def _accounts(self) -> None:
        expected: dict[Any, Row] = {}
        for each in self.ids.values():
            floor, ceiling = (None if part == "-" else int(part) for part in each.row[6:])
            expected[each.id] = (
                *each.row[:6], floor, ceiling, each.status, each.tags, each.tags.get("person"), each.opened_number
            )  # fmt: skip
        rows = [
            (row[0], (*tuple(row)[1:10], json.loads(row["tags"]), *tuple(row)[11:]))
            for row in await self._rows(store_proof.ACCOUNT_ROWS)
        ]
        opened = {each.id: each.opened_number for each in self.ids.values()}
        self._check("account", expected, rows, opened.get)

    async def _balances(self) -> None:
        expected: dict[Any, Row] = {
            each.id: (each.balance, *total_of(sum(each.months.values())), each.last_number)
            for each in self.ids.values()
        }
        rows = [(row[0], tuple(row)[1:]) for row in await self._rows(store_proof.BALANCE_ROWS)]
        self._check("balance", expected, rows, self._last)

    async def _deltas(self) -> None:
        # By far the most rows: as text and a part of the accounts at a time.
        self.checks["deltas"] = 0
        after, due = -1, list[str]()
        for each in self.ids.values():
            sums = ((day, *total_of(total)) for day, total in each.deltas.items())
            due += [f"{each.id}\t{day}\t{debit}\t{credit}" for day, debit, credit, _ in sums]
            if len(due) >= _AT_ONCE:
                await self._deltas_of(after, each.id, due)
                after, due = each.id, []
        await self._deltas_of(after, None, due)

    async def _deltas_of(self, after: int, last: int | None, due: list[str]) -> None:
        found = await copy_rows(self.connection, store_proof.DELTA_ROWS, self.book_id, after, last)
        self.checks["deltas"] += len(due)
        if len(found) != len(due) or set(found) != set(due):
            expected = dict(map(_delta, due))
            self.wrongs += differences("delta", expected, map(_delta, found), lambda key: self._last(key[0]))

    async def _holds(self) -> None:
        holds = self.replay.holds.all
        expected: dict[Any, Row] = {
            number: (hold.purpose, hold.subject, hold.expires_us, hold.closed) for number, hold in holds.items()
        }
        rows = [(row[0], tuple(row)[1:]) for row in await self._rows(store_proof.HOLD_ROWS)]
        self._check("hold", expected, rows, lambda number: number)
        accounts = self.replay.accounts
        pairs: dict[Any, Row] = {
            (number, accounts[holding].id): (accounts[str(origin)].id, placed, remaining)
            for number, hold in holds.items()
            for holding, (origin, placed, remaining) in hold.pairs.items()
        }
        rows = [((row[0], row[1]), tuple(row)[2:]) for row in await self._rows(store_proof.PAIR_ROWS)]
        self._check("hold_pair", pairs, rows, lambda key: key[0])

    async def _small(self) -> None:
        acts = self.replay.acts
        undone = {number: (by,) for number, by in self.replay.undone.items()}
        rows = [(row[0], (row[1],)) for row in await self._rows(store_proof.UNDONE_ROWS)]
        self._check("undone", undone, rows, lambda number: number)
        erased = {number: (by,) for number, by in acts.erased.items()}
        rows = [(row[0], (row[1],)) for row in await self._rows(store_proof.ERASED_ROWS)]
        self._check("erased", erased, rows, lambda number: number)
        periods: dict[Any, Row] = {}
        for period, (actor, number) in acts.periods.items():
            first, last = period_days(period)
            periods[period] = (first.isoformat(), last.isoformat(), period in acts.closed, actor, number)
        rows = [(row[0], tuple(row)[1:]) for row in await self._rows(store_proof.PERIOD_ROWS)]
        numbers = {period: number for period, (_, number) in acts.periods.items()}
        self._check("period", periods, rows, numbers.get)
        gone = sorted(acts.erased)
        for row in await self.connection.fetch(store_proof.DETAILS_PRESENT, self.book_id, gone):
            self.wrongs.append(Wrong(row[0], "detail_after_erasure", f"the detail of entry {row[0]} is still there"))

    async def _subjects(self) -> None:
        subjects = self.replay.all_subjects()
        expected: dict[Any, Row] = {subject: (number,) for subject, number in subjects.items()}
        rows = [(row[0], (row[1],)) for row in await self._rows(store_proof.SUBJECT_ROWS)]
        self._check("subject_version", expected, rows, subjects.get)

    async def _payees(self) -> None:
        size = self.replay.number
        rows = await self.connection.fetch(store_proof.PAYEE_ROWS, self.book_id, size)
        self.checks["payees"] = len(rows)
        for row in rows:
            if row["kind"] != "payee" or row["subject"] != row["payee_ref"]:
                why = f"payee {row['payee_ref']} points at an entry that is not about this payee"
                self.wrongs.append(Wrong(row["number"], "payee_wrong", why))

    async def _register(self) -> None:
        size = self.replay.number
        self.checks["registered"] = 0
        for first in range(1, size + 1, REGISTER_STEP):
            row = await self.connection.fetchrow(
                store_proof.REGISTER_DIFFERS, self.book_id, first, min(first + REGISTER_STEP - 1, size)
            )
            self.checks["registered"] += row["rows"]
            if row["number"] is not None:
                why = f"the register's row of entry {row['number']} is not what its line says"
                self.wrongs.append(Wrong(row["number"], "register_wrong", why))

    async def _tree(self) -> None:
        expected: dict[Any, Row] = {(each.level, each.index): (each.root,) for each in self.subtrees}
        rows = [((row[0], row[1]), (row[2],)) for row in await self._rows(store_proof.SUBTREES_ALL)]
        self._check("subtree", expected, rows, lambda _: None)

    async def _months(self) -> None:
        through = await self.connection.fetchval(store_proof.MONTH_CURSOR, self.book_id) or 0
        rows = [((row[0], row[1], row[2]), tuple(row)[3:]) for row in await self._rows(store_proof.MONTH_ROWS)]
        totals: dict[Any, list[int]] = {}
        if through:
            for each in self.ids.values():
                totals.update(((each.id, *months), list(total_of(total))) for months, total in each.months.items())
            await self._take_back(through, totals)
        expected: dict[Any, Row] = {key: tuple(cells) for key, cells in totals.items() if cells[2]}
        if through > self.replay.number:
            self.wrongs.append(Wrong(None, "cursor_wrong", f"the totals claim to go through entry {through}"))
        self._check("month_total", expected, rows, lambda key: self._last(key[0]))

    async def _take_back(self, through: int, totals: dict[Any, list[int]]) -> None:
        # The projector stays behind the book: what it has not seen yet is taken out of the totals again.
        accounts, size = self.replay.accounts, self.replay.number
        for after in range(through, size, 10_000):
            rows = await self.connection.fetch(store_proof.BODIES_FROM, self.book_id, after, min(after + 10_000, size))
            for row in rows:
                fields = row["body"].split("|")
                recorded = london_day(int(fields[3])).isoformat()[:7]
                for code, text in legs_of(row["body"]):
                    cells = totals[accounts[code].id, fields[6][:7], recorded]
                    cells[0 if int(text) > 0 else 1] -= abs(int(text))
                    cells[2] -= 1

    def _identities(self) -> None:
        sums: dict[tuple[str, str], int] = {}
        for account in self.ids.values():
            for name, of, coefficient in account.terms:
                sums[name, of] = sums.get((name, of), 0) + coefficient * account.balance
        self.checks["identities"] = len(sums)
        for (name, of), total in sums.items():
            if total:
                self.wrongs.append(
                    Wrong(None, "identity_broken", f"the rule {name} is broken for {of} by {total} pence")
                )
