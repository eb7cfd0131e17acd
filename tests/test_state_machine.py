"""Two clients of one book against a model written apart from it: whatever they do, both tell the same story.

The model is in tests/machine/model.py, what the clients can ask in tests/machine/askings.py. PHB_MACHINE_EXAMPLES=300
looks longer than a test run can.
"""

import asyncio
import json
import os
from typing import Any

import asyncpg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from api.embedded import Embedded
from ledger.book.submission import KeyReused
from ledger.book.writer import Writer
from ledger.core.batch import Outcome
from ledger.core.model import AccountSpec, Asked, AtLeast, Guard, Identity, Item, Leg, Term
from ledger.core.refusals import REFUSALS
from ledger.core.requests import OpenAccounts, Post
from tests import kit
from tests.machine.askings import (
    ACTOR,
    COMPLETE,
    INSTEAD,
    Asking,
    anything,
    changing,
    correcting,
    facts,
    moving,
    placing,
    releasing,
    reversing,
    senseless,
    shutting,
)
from tests.machine.model import DAYS, GUARDS, IN_A_LINE, LAST_YEAR, NEARLY, NEXT_YEAR, Model
from tests.world import budget

HOUR = 3_600_000_000
RULE = Identity("L3", "share", (Term("expense", 1), Term("spent", -1)))
MET: set[str] = set()
"""The refusals that the clients of this run have met, each foretold by the model."""
MANY = 8

SHIFTED_CLOCK = """
CREATE TABLE public.shift AS SELECT 0::bigint AS us;
GRANT SELECT ON public.shift TO PUBLIC;
CREATE OR REPLACE FUNCTION phb.clock_us() RETURNS bigint LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + (SELECT us FROM public.shift) $$;
"""
NEAR_THE_LIMIT = """
UPDATE phb.balance SET balance = $2, debit = $2
WHERE book_id = $1 AND account_id = (SELECT account_id FROM phb.account WHERE book_id = $1 AND code = 'top')
"""
STANDING = """
SELECT (SELECT json_object_agg(a.code, json_build_array(b.debit, b.credit, b.balance))
        FROM phb.balance b JOIN phb.account a USING (book_id, account_id) WHERE book_id = $1)::text AS balances,
       (SELECT json_object_agg(a.code, a.status) FROM phb.account a WHERE book_id = $1)::text AS statuses,
       (SELECT size FROM phb.head WHERE book_id = $1) AS size,
       (SELECT count(*) FROM phb.entry WHERE book_id = $1) AS entries,
       (SELECT coalesce(max(number), 0) FROM phb.entry WHERE book_id = $1) AS last,
       (SELECT count(*) FROM (SELECT p.number FROM phb.posting p JOIN phb.account a USING (book_id, account_id)
        WHERE book_id = $1 GROUP BY p.number, a.balance_group HAVING sum(p.amount) <> 0) z) AS unequal,
       (SELECT coalesce(json_object_agg(h.number || ':' || h.closed, p.remaining), '{}')
        FROM phb.hold h JOIN phb.hold_pair p USING (book_id, number) WHERE book_id = $1)::text AS holds,
       (SELECT coalesce(json_agg(period ORDER BY period), '[]') FROM phb.period WHERE book_id = $1 AND closed)::text
           AS closed,
       (SELECT coalesce(json_agg(number ORDER BY number), '[]') FROM phb.undone WHERE book_id = $1)::text AS undone,
       (SELECT coalesce(json_agg(number ORDER BY number), '[]') FROM phb.erased WHERE book_id = $1)::text AS erased
"""


def specs() -> list[OpenAccounts]:
    """The accounts of the model, in the entries that open them."""

    def money(code: str, klass: str = "bank") -> AccountSpec:
        floor, ceiling = GUARDS.get(code, (None, None))
        return AccountSpec(code, klass, floor=floor, ceiling=ceiling)

    def kept(code: str, group: str = "nhs/2025-26") -> AccountSpec:
        floor, ceiling = GUARDS.get(code, (None, None))
        return budget(code, code.removesuffix("2"), group, floor=floor, ceiling=ceiling)

    plain = [money(code) for code in ("a", "b", "c", "s", "top", "shut", "ice")]
    plain += [kept(code) for code in ("av", "una", "unf", "held")]
    plain += [kept(code, "nhs/2026-27") for code in NEXT_YEAR if code != "spent2"]
    share = (money("exp", "expense"), kept("spent"), kept("spent2", "nhs/2026-27"))
    return [
        OpenAccounts(accounts=tuple(plain)),
        OpenAccounts(accounts=share, tags=(("share", "S"),)),
        OpenAccounts(accounts=tuple(money(code) for code in IN_A_LINE), tags=(("line", "D"),)),
        OpenAccounts(accounts=(money("p"),), tags=(("person", "P1"),)),
    ]


class Clients(RuleBasedStateMachine):
    """Two writers of one book, and the model of what they should find."""

    runner: asyncio.Runner
    dsn: str
    published: Writer
    shift_us = 0
    books = 0

    def run(self, awaitable: Any) -> Any:
        """Wait for something of the real book."""
        return self.runner.run(awaitable)

    @initialize()
    def begin(self) -> None:
        """A new book with its accounts, and two clients of it; last year has a movement in each layer."""
        Clients.books += 1
        self.model = Model()
        self.keys: list[tuple[Item, Any]] = []
        self.writers: list[Writer] = []
        self.connection = self.run(asyncpg.connect(self.dsn))
        Clients.shift_us = 0
        self.run(self.connection.execute("UPDATE public.shift SET us = 0"))
        self.book = self.run(kit.open_book(self.dsn, f"M{Clients.books}", first_month="2024-04"))
        for _ in range(2):
            writer = kit.writer_of(self.book, clock_us=self.now_us, identities=(RULE,))
            self.run(writer.start())
            self.writers.append(writer)
        self.run(self.writers[0].submit(kit.item(*specs()[:-1])))
        self.run(self.connection.execute(NEAR_THE_LIMIT, self.book.book_id, NEARLY))
        self.run(self.writers[1].submit(kit.item(specs()[-1])))
        self.model.size = 1 + len(specs())
        self.ask(1, [changing("shut", "closed"), changing("ice", "frozen")])
        self.ask(
            0,
            [
                moving({"av": 90, "una": -90}, LAST_YEAR),
                moving({"b": 9, "p": -9}, LAST_YEAR),
                moving({"a": 1, "s": -1}, DAYS[1]),
            ],
        )

    def teardown(self) -> None:
        """Both clients stop."""
        for writer in getattr(self, "writers", []):
            self.run(writer.stop())
        if hasattr(self, "connection"):
            self.run(self.connection.close())

    def now_us(self) -> int:
        """The process clock, moved as the database's is."""
        return kit.clock_us() + Clients.shift_us

    def foretold(self, askings: list[Asking]) -> tuple[str | None, int]:
        """What the model says to a group: nothing, or the refusal that is its answer, and of which request."""
        before = self.model.copy() if len(askings) > 1 else self.model
        for position, (_, happens) in enumerate(askings, 1):
            if (no := happens(self.model)) is not None:
                self.model = before
                self.model.size += 1
                return no, position
        return None, 0

    def compare(self, item: Item, outcome: Outcome, foretold: tuple[str | None, int], size: int) -> None:
        """All of the group happened, or its first refusal is the answer and an entry."""
        told = None if outcome.refusal is None else outcome.refusal.code
        assert told == foretold[0], (told, foretold, item)
        if told is not None:
            MET.add(told)
            assert [entry.kind for entry in outcome.entries] == ["refusal"]
            assert outcome.entries[0].attribute("item") == str(foretold[1])
        assert outcome.entries[-1].number == size
        self.keys.append((item, outcome))

    def ask(self, client: int, askings: list[Asking], actor: str = ACTOR, **more: Any) -> None:
        """Send a group and compare."""
        item = kit.item(*(request for request, _ in askings), asked=Asked("test", actor), **more)
        foretold = self.foretold(askings)
        self.compare(item, self.run(self.writers[client].submit(item)), foretold, self.model.size)

    def ask_at_once(self, client: int, askings: list[Asking], bulk: bool) -> None:
        """Send each by itself, without waiting for the answers: they are those of one after another."""
        items = [kit.item(request) for request, _ in askings]
        expected = [(self.foretold([asking]), self.model.size) for asking in askings]
        writer = self.writers[client]

        async def all_of_them() -> Any:
            if bulk:
                return await writer.submit_many(items)
            return await asyncio.gather(*(writer.submit(item) for item in items))

        for item, outcome, (foretold, size) in zip(items, self.run(all_of_them()), expected, strict=True):
            assert isinstance(outcome, Outcome), outcome
            self.compare(item, outcome, foretold, size)

    @rule(client=st.integers(0, 1), data=st.data(), bulk=st.booleans())
    def several(self, client: int, data: Any, bulk: bool) -> None:
        """Strangers who ask at the same time: the batch is its items one by one."""
        size = data.draw(st.integers(2, MANY))
        self.ask_at_once(client, [data.draw(anything(self.model)) for _ in range(size)], bulk)

    @rule(client=st.integers(0, 1), data=st.data())
    def group(self, client: int, data: Any) -> None:
        """One request, or several all or nothing."""
        size = data.draw(st.integers(1, 4))
        self.ask(client, [data.draw(anything(self.model)) for _ in range(size)])

    @rule(client=st.integers(0, 1), data=st.data(), bulk=st.booleans())
    def hurry(self, client: int, data: Any, bulk: bool) -> None:
        """A hold that is left and one that is over; then everything that cannot be, in any order, and a fact among it."""
        self.ask_at_once(client, [moving({"av": 20, "una": -20}), placing(5, None), placing(6, None)], bulk)
        self.ask(client, [releasing(max(self.model.holds, default=1))])
        asked = [*senseless(self.model), data.draw(facts())]
        self.ask_at_once(client, data.draw(st.permutations(asked)), bulk)
        self.on_old_knowledge(client)
        self.too_much_required(client)
        self.into_published()

    @rule(client=st.integers(0, 1), pence=st.integers(1, 60), hours=st.none() | st.integers(1, 30))
    def place(self, client: int, pence: int, hours: int | None) -> None:
        """A hold, with or without an end."""
        self.ask(client, [placing(pence, None if hours is None else self.now_us() + hours * HOUR)])

    @rule(
        client=st.integers(0, 1), actor=st.sampled_from(("ann", "bob")),
        period=st.sampled_from(("2025-06", "2025-07", "2025-02", "2024-25", "2024-25")),
        to=st.sampled_from(("closed", "reopened", "reopened")),
    )  # fmt: skip
    def period(self, client: int, period: str, to: str, actor: str) -> None:
        """Close a month or a year, reopen it by two people."""
        self.ask(client, [shutting(period, to, actor)], actor=actor)

    @rule(client=st.integers(0, 1), data=st.data(), again=st.booleans(), complete=st.booleans())
    def correct(self, client: int, data: Any, again: bool, complete: bool) -> None:
        """A movement of the year that is closed now, if it was not, undone in the open one, and not in its own."""
        old = {number: entry for number, entry in self.model.moved.items() if entry["day"] == LAST_YEAR}
        left = [number for number, entry in old.items() if not entry["undone"]]
        number = data.draw(st.sampled_from([*left, *left, *old]))
        instead = COMPLETE if complete else data.draw(st.sampled_from(INSTEAD))
        if "2024-25" not in self.model.closed:
            self.ask(client, [shutting("2024-25", "closed", "ann")], actor="ann")
        self.ask_at_once(client, [reversing(number), correcting(number, {"av": "av2"})], bulk=again)
        for _ in range(1 + again):
            self.ask(client, [correcting(number, instead)])

    @rule(client=st.integers(0, 1))
    def guarded(self, client: int) -> None:
        """Decided on the version of the person that is right."""
        self.ask(client, [moving({"p": 1, "a": -1})], guards=(Guard("person/P1", self.model.person),))

    def on_old_knowledge(self, client: int) -> None:
        """Something has happened to the person since it was decided: then nothing is left."""
        stale = (Guard("person/P1", self.model.person + 1),)
        outcome = self.run(self.writers[client].submit(kit.item(moving({"p": 1, "a": -1})[0], guards=stale)))
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.entries) == ("guard_stale", ())
        MET.add("guard_stale")
        # Finance is barred from accounts of lines before anything else is asked, and nothing is kept of that either.
        barred = kit.item(moving({IN_A_LINE[0]: 1, "a": -1})[0], guards=stale, lines_barred=True)
        outcome = self.run(self.writers[client].submit(barred))
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.entries) == ("line_account_refused", ())
        MET.add("line_account_refused")
        other = kit.item(moving({"p": 1, "a": -1})[0], guards=stale, ways={"p": "a payment"})
        outcome = self.run(self.writers[client].submit(other))
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.entries) == ("event_account_refused", ())
        MET.add("event_account_refused")

    @rule(client=st.integers(0, 1))
    def required(self, client: int) -> None:
        """At least what is there is asked for."""
        self.ask(client, [moving({"a": 1, "p": -1})], at_least=(AtLeast("av", self.model.balance("av")),))

    def too_much_required(self, client: int) -> None:
        """A penny more than what is there is asked for."""
        request, happens = moving({"a": 1, "p": -1})
        asking = (request, lambda model: happens(model.copy()) or "below_required")
        self.ask(client, [asking], at_least=(AtLeast("av", self.model.balance("av") + 1),))

    def into_published(self) -> None:
        """A book of published payments takes the import and refuses what somebody enters."""
        for source, expected in (("entered", "open_data_only"), ("imported", None)):
            item = kit.item(kit.post("a", "b", 1), asked=Asked("test", ACTOR, source=source))
            outcome = self.run(Clients.published.submit(item))
            told = None if outcome.refusal is None else outcome.refusal.code
            assert told == expected
            MET.update(() if told is None else (told,))

    @precondition(lambda self: bool(self.keys))
    @rule(client=st.integers(0, 1), pick=st.integers(0, 1000), same=st.booleans())
    def repeat(self, client: int, pick: int, same: bool) -> None:
        """The same key again: the first answer to the same request, KeyReused to another, and nothing happens."""
        item, first = self.keys[pick % len(self.keys)]
        sent = (
            item
            if same
            else kit.item(Post(effective_on=DAYS[0], legs=(Leg("a", 1), Leg("p", -1))), key=item.key, prints=b"q" * 24)
        )
        try:
            again = self.run(self.writers[client].submit(sent))
        except KeyReused:
            assert not same
            return
        assert same
        assert (again.replayed, again.entries, again.refusal) == (True, first.entries, first.refusal)

    @rule(pence=st.lists(st.integers(1, 9), min_size=2, max_size=6))
    def at_once(self, pence: list[int]) -> None:
        """Both clients at the same time: everybody gets a number of their own."""
        if self.model.day(DAYS[0]):
            return

        async def both() -> list[Any]:
            items = [kit.item(kit.post("a", "p", amount)) for amount in pence]
            return await asyncio.gather(*(self.writers[i % 2].submit(item) for i, item in enumerate(items)))

        outcomes = self.run(both())
        assert all(outcome.refusal is None for outcome in outcomes)
        first = self.model.size + 1
        assert sorted(outcome.number for outcome in outcomes) == list(range(first, first + len(pence)))
        for number, amount in sorted(zip((outcome.number for outcome in outcomes), pence, strict=True)):
            assert number == self.model.size + 1
            self.model.record("transaction", DAYS[0], {"a": amount, "p": -amount})

    @rule(client=st.integers(0, 1), hours=st.integers(1, 20), touch=st.booleans())
    def time_passes(self, client: int, hours: int, touch: bool) -> None:
        """Hours later what is due expires: at the next touch of its account, or when the book is swept."""
        Clients.shift_us += hours * HOUR
        self.run(self.connection.execute("UPDATE public.shift SET us = $1", Clients.shift_us))
        if touch:
            self.model.expire(self.now_us())
            self.ask(client, [moving({"una": 1, "av": -1})])
        else:
            expected = self.model.expire(self.now_us())
            assert self.run(self._sweep()) == expected

    async def _sweep(self) -> int:
        # A third process does it, as `phb sweep` would.
        writer = kit.writer_of(self.book, clock_us=self.now_us)
        await writer.start()
        try:
            return await writer.sweep()
        finally:
            await writer.stop()

    @invariant()
    def they_agree(self) -> None:
        """Balances, holds, months, statuses; each group sums to nothing; numbers have no gap; the head is the last."""
        if not hasattr(self, "book"):
            return
        row = self.run(self.connection.fetchrow(STANDING, self.book.book_id))
        model = self.model
        found = {code: tuple(sides) for code, sides in json.loads(row["balances"]).items()}
        assert found == {code: (model.debit[code], model.credit[code], model.balance(code)) for code in model.status}
        assert json.loads(row["statuses"]) == self.model.status
        assert (row["size"], row["entries"], row["last"], row["unequal"]) == (self.model.size,) * 3 + (0,)
        holds = {f"{n}:{str(h['closed']).lower()}": h["left"] for n, h in self.model.holds.items()}
        assert json.loads(row["holds"]) == holds
        assert json.loads(row["closed"]) == sorted(self.model.closed)
        assert json.loads(row["undone"]) == [number for number, entry in model.moved.items() if entry["undone"]]
        assert json.loads(row["erased"]) == [number for number, erased in model.details.items() if erased]


async def _database(server: Embedded, template: str, name: str) -> str:
    admin = await asyncpg.connect(server.uri("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    await admin.close()
    connection = await asyncpg.connect(server.uri(name))
    await connection.execute(SHIFTED_CLOCK)
    await connection.close()
    return server.uri(name)


async def _published(dsn: str) -> Writer:
    book = await kit.open_book(dsn, "OPEN", nature="open_data")
    writer = kit.writer_of(book)
    await writer.start()
    await kit.open_accounts(writer, "a", "b")
    return writer


def test_two_clients_and_a_model_tell_the_same_story(server: Embedded, template: str) -> None:
    """Any sequence of requests, from two clients, alone, in groups and in batches, through expiries, reversals,
    corrections, closed months and years and repeated keys, leaves the book that the model leaves; and between them
    the clients have met every refusal there is."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
    examples = int(os.environ.get("PHB_MACHINE_EXAMPLES", "10"))
    with asyncio.Runner() as runner:
        Clients.runner = runner
        Clients.dsn = runner.run(_database(server, template, f"machine_{worker}_{os.getpid()}"))
        # In a database of its own, because time goes back in the other at the start of each example.
        Clients.published = runner.run(
            _published(runner.run(_database(server, template, f"open_{worker}_{os.getpid()}")))
        )
        # Without the shrinking of what fails, which takes minutes on a real database.
        how = settings(
            max_examples=examples, stateful_step_count=25, deadline=None, derandomize=examples <= 10,
            suppress_health_check=list(HealthCheck), print_blob=True, phases=(Phase.explicit, Phase.generate),
        )  # fmt: skip
        try:
            run_state_machine_as_test(Clients, settings=how)
        finally:
            runner.run(Clients.published.stop())
    assert set(REFUSALS) - MET == set()
