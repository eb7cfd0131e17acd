"""Two clients of one book against a model written apart from it: whatever they do, both tell the same story.

The model below is dictionaries and the rules of accounting.md in its own words; it imports nothing of what decides
and applies in `ledger.core`. PHB_MACHINE_EXAMPLES=300 looks longer than a test run can.
"""

import asyncio
import json
import os
from datetime import date
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
from ledger.core.model import AccountSpec, Asked, AtLeast, Guard, Item, Leg
from ledger.core.refusals import REFUSALS
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Kept,
    OpenAccounts,
    PlaceHold,
    Post,
    ReleaseHold,
    Reverse,
    SettleHold,
    Take,
)
from tests import kit
from tests.core.test_refusals import CASES
from tests.world import budget

HOUR = 3_600_000_000
DAYS = (date(2025, 6, 2), date(2025, 7, 2))
FREE = ("a", "p")
CODES = ("a", "b", "c", "p", "av", "una", "held", "none")
GUARDS: dict[str, tuple[int | None, int | None]] = {
    "a": (None, None), "b": (0, None), "c": (None, 0), "p": (None, None), "av": (0, None), "held": (0, None),
    "una": (None, None), "unf": (None, 0),
}  # fmt: skip
MET: set[str] = set()
"""The refusals that the clients of this run have met."""

SHIFTED_CLOCK = """
CREATE TABLE public.shift AS SELECT 0::bigint AS us;
GRANT SELECT ON public.shift TO PUBLIC;
CREATE OR REPLACE FUNCTION phb.clock_us() RETURNS bigint LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + (SELECT us FROM public.shift) $$;
"""
STANDING = """
SELECT (SELECT json_object_agg(a.code, b.balance) FROM phb.balance b JOIN phb.account a USING (book_id, account_id)
        WHERE book_id = $1)::text AS balances,
       (SELECT json_object_agg(a.code, a.status) FROM phb.account a WHERE book_id = $1)::text AS statuses,
       (SELECT size FROM phb.head WHERE book_id = $1) AS size,
       (SELECT count(*) FROM phb.entry WHERE book_id = $1) AS entries,
       (SELECT coalesce(max(number), 0) FROM phb.entry WHERE book_id = $1) AS last,
       (SELECT count(*) FROM (SELECT p.number FROM phb.posting p JOIN phb.account a USING (book_id, account_id)
        WHERE book_id = $1 GROUP BY p.number, a.balance_group HAVING sum(p.amount) <> 0) z) AS unequal,
       (SELECT coalesce(json_object_agg(h.number || ':' || h.closed, p.remaining), '{}')
        FROM phb.hold h JOIN phb.hold_pair p USING (book_id, number) WHERE book_id = $1)::text AS holds,
       (SELECT coalesce(json_agg(period ORDER BY period), '[]') FROM phb.period WHERE book_id = $1 AND closed)::text
           AS closed
"""


class Model:
    """What a book should say, in dictionaries."""

    def __init__(self) -> None:
        self.balance = dict.fromkeys(GUARDS, 0)
        self.status = dict.fromkeys(GUARDS, "open")
        self.holds: dict[int, dict[str, Any]] = {}
        self.moved: dict[int, dict[str, Any]] = {}
        self.closed: dict[str, str] = {}
        self.person = 0
        self.size = 0

    def copy(self) -> "Model":
        """As it is now, to go back to."""
        other = Model()
        other.balance, other.status, other.closed = dict(self.balance), dict(self.status), dict(self.closed)
        other.holds = {n: dict(hold) for n, hold in self.holds.items()}
        other.moved = {n: dict(entry) for n, entry in self.moved.items()}
        other.person, other.size = self.person, self.size
        return other

    def accounts(self, legs: dict[str, int], fact: bool) -> str | None:
        """What the accounts of a movement say before anything else."""
        for state, code in (("closed", "account_closed"), ("frozen", "account_frozen")):
            if not (fact and state == "frozen") and any(self.status[leg] == state for leg in legs):
                return code
        return None

    def money(self, legs: dict[str, int]) -> str | None:
        """Floors before ceilings."""
        for code, pence in legs.items():
            floor = GUARDS.get(code, (None, None))[0]
            if pence < 0 and floor is not None and self.balance[code] + pence < floor:
                return "not_enough_available"
        for code, pence in legs.items():
            ceiling = GUARDS.get(code, (None, None))[1]
            if pence > 0 and ceiling is not None and self.balance[code] + pence > ceiling:
                return "ceiling_reached"
        return None

    def month(self, day: date) -> str | None:
        """Whether the day's month is closed."""
        return "period_closed" if day.isoformat()[:7] in self.closed else None

    def record(self, kind: str, day: date, legs: dict[str, int], **more: Any) -> None:
        """One more entry that moves money."""
        self.size += 1
        for code, pence in legs.items():
            self.balance[code] += pence
        if "p" in legs:
            self.person = self.size
        self.moved[self.size] = {"kind": kind, "day": day, "legs": legs, "undone": False, "hold": 0, **more}

    def post(self, legs: dict[str, int], day: date, fact: bool) -> str | None:
        """A movement between any accounts; `av` sends what it lacks to `unf` when the movement is a fact."""
        if any(code not in self.balance for code in legs):
            return "account_unknown"
        if no := self.accounts({**legs, "unf": 0} if fact else legs, fact):
            return no
        if "held" in legs:
            return "holding_account"
        if no := self.month(day):
            return no
        budget_legs = {code: pence for code, pence in legs.items() if code in ("av", "una", "unf")}
        if sum(legs.values()) or sum(budget_legs.values()):
            return "unbalanced"
        if fact:
            legs = self.borne(legs)
        if no := self.money(legs):
            return no
        self.record("transaction", day, legs)
        return None

    def borne(self, legs: dict[str, int]) -> dict[str, int]:
        """Legs with what `av` cannot bear on `unf`."""
        lacking = max(0, -legs.get("av", 0) - self.balance["av"])
        routed = {**legs, "av": legs.get("av", 0) + lacking, "unf": -lacking}
        return {code: pence for code, pence in routed.items() if pence}

    def place(self, pence: int, expires: int | None) -> str | None:
        """`av` to `held`."""
        legs = {"held": pence, "av": -pence}
        if no := self.accounts(legs, False) or self.month(DAYS[0]) or self.money(legs):
            return no
        self.record("hold_placed", DAYS[0], legs, hold=self.size + 1)
        self.holds[self.size] = {"placed": pence, "left": pence, "expires": expires, "closed": False}
        return None

    def known_hold(self, number: int) -> str | None:
        """Whether there is such an open hold."""
        if number not in self.holds:
            return "hold_unknown"
        return "hold_closed" if self.holds[number]["closed"] else None

    def settle(self, number: int, taken: int, more: int, final: bool) -> str | None:
        """Takes from the hold and `more` from `av`, all of it to `una`; what is left goes back when final."""
        if no := self.known_hold(number):
            return no
        hold = self.holds[number]
        rest = max(0, hold["left"] - taken) if final else 0
        legs = {"una": taken + more, "held": -taken - rest, "av": rest - more}
        legs = {code: pence for code, pence in legs.items() if pence}
        checked = {**legs, "unf": 0} if more else legs
        if no := self.accounts(checked, True) or self.month(DAYS[0]):
            return no
        if taken > hold["left"]:
            return "hold_exceeded"
        if legs.get("av", 0) < 0:
            legs = self.borne(legs)
        self.record("hold_settled", DAYS[0], legs, hold=number)
        hold["left"] -= taken + rest
        hold["closed"] = final or hold["left"] == 0
        return None

    def release(self, number: int, part: int | None) -> str | None:
        """`held` back to `av`."""
        if no := self.known_hold(number):
            return no
        hold = self.holds[number]
        pence = hold["left"] if part is None else part
        legs = {"held": -pence, "av": pence}
        if no := self.accounts(legs, False) or self.month(DAYS[0]):
            return no
        if pence > hold["left"]:
            return "hold_exceeded"
        self.record("hold_released", DAYS[0], legs, hold=number)
        hold["left"] -= pence
        hold["closed"] = hold["left"] == 0
        return None

    def expire(self, now_us: int) -> int:
        """All due holds; how many."""
        due = [n for n, hold in self.holds.items() if not hold["closed"] and (hold["expires"] or now_us + 1) <= now_us]
        can = self.status["av"] != "closed" and self.status["held"] != "closed"
        for number in due if can else []:
            left = self.holds[number]["left"]
            self.record("hold_expired", DAYS[0], {"held": -left, "av": left}, hold=number)
            self.holds[number].update(left=0, closed=True)
        return len(due) if can else 0

    def reverse(self, number: int) -> str | None:
        """Everything negated, once."""
        if not 1 <= number <= self.size:
            return "entry_unknown"
        entry = self.moved.get(number)
        if entry is None or entry["kind"] in ("hold_expired", "reversal"):
            return "not_reversible"
        if entry["undone"]:
            return "already_reversed"
        hold = self.holds.get(entry["hold"])
        placing = entry["kind"] == "hold_placed"
        if placing and hold is not None and hold["closed"]:
            return "hold_closed"
        legs = {code: -pence for code, pence in entry["legs"].items()}
        if no := self.accounts(legs, False) or self.month(DAYS[1]):
            return no
        if placing and hold is not None and hold["left"] < hold["placed"]:
            return "hold_exceeded"
        if no := self.money(legs):
            return no
        self.record("reversal", DAYS[1], legs)
        entry["undone"] = True
        if hold is not None:
            hold["left"] += legs.get("held", 0)
            hold["closed"] = placing
        return None

    def change(self, code: str, to: str) -> str | None:
        """Freeze, unfreeze, close."""
        if code not in self.status:
            return "account_unknown"
        now = self.status[code]
        if now == "closed":
            return "account_closed"
        if to == "frozen" and now == "frozen":
            return "account_frozen"
        if to == "unfrozen" and now != "frozen":
            return "account_not_frozen"
        if to == "closed" and self.balance[code]:
            return "account_not_empty"
        self.size += 1
        self.status[code] = "open" if to == "unfrozen" else to
        return None

    def period(self, month: str, to: str, actor: str) -> str | None:
        """Close, or reopen by somebody else."""
        if to == "reopened" and self.closed.get(month) == actor:
            return "second_person_needed"
        if (month in self.closed) == (to == "closed"):
            return "period_state"
        self.size += 1
        if to == "closed":
            self.closed[month] = actor
        else:
            del self.closed[month]
        return None

    def open(self, code: str) -> str | None:
        """One more account without guards."""
        if code in self.balance:
            return "account_exists"
        self.size += 1
        self.balance[code], self.status[code] = 0, "open"
        return None


Asking = tuple[Any, Any]
"""A request, and what it does to the model: a function of the model that answers with the code of its refusal."""


def posts() -> st.SearchStrategy[Asking]:
    """Movements of every kind, some of them senseless."""

    def made(one: str, two: str, pence: int, off: int, day: date, fact: bool) -> Asking:
        if one == two:
            two = "a" if one != "a" else "p"
        if fact:
            one, two = "una", "av"
        legs = {one: pence + off, two: -pence}
        sent = (Leg(one, pence + off), Leg(two, -pence, "unf" if fact else None))
        return Post(effective_on=day, legs=sent, fact=fact), lambda model: model.post(legs, day, fact)

    pence, off = st.integers(1, 50), st.sampled_from((0, 0, 0, 0, 0, 1))
    common = st.sampled_from((*CODES, "una", "av", "a"))
    return st.builds(made, common, common, pence, off, st.sampled_from(DAYS), st.booleans())


def others(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Asking]:
    """Holds, reversals, accounts."""
    pence = st.integers(1, 40)

    def settlement(number: int, taken: int, more: int, final: bool) -> Asking:
        legs = [Leg("una", taken + more)] + [Leg("av", -more, "unf")] * (more > 0)
        sent = SettleHold(
            effective_on=DAYS[0], hold=number, takes=(Take("held", taken),), legs=tuple(legs), final=final
        )
        return sent, lambda model: model.settle(number, taken, more, final)

    def release(number: int, part: int | None) -> Asking:
        takes = () if part is None else (Take("held", part),)
        sent = ReleaseHold(effective_on=DAYS[0], hold=number, takes=takes)
        return sent, lambda model: model.release(number, part)

    def fill(amount: int) -> Asking:
        legs = {"av": amount, "una": -amount}
        sent = Post(effective_on=DAYS[0], legs=tuple(Leg(*leg) for leg in legs.items()))
        return sent, lambda model: model.post(legs, DAYS[0], False)

    def change(code: str, to: str) -> Asking:
        return ChangeAccount(account=code, to=to), lambda model: model.change(code, to)

    return st.one_of(
        st.builds(settlement, numbers, pence, st.sampled_from((0, 0, 7, 60)), st.booleans()),
        st.builds(release, numbers, st.none() | pence),
        st.builds(fill, st.integers(10, 80)),
        st.builds(
            lambda n: (Reverse(entry=n, effective_on=DAYS[1]), lambda model: model.reverse(n)), st.integers(1, 40)
        ),
        st.builds(
            change, st.sampled_from(("b", "c", "av", "una", "x1")),
            st.sampled_from(("frozen", "unfrozen", "unfrozen", "closed")),
        ),
        st.builds(
            lambda code: (OpenAccounts(accounts=(AccountSpec(code, "bank"),)), lambda model: model.open(code)),
            st.sampled_from(("x1", "x2", "a")),
        ),
    )  # fmt: skip


class Clients(RuleBasedStateMachine):
    """Two writers of one book, and the model of what they should find."""

    runner: asyncio.Runner
    dsn: str
    shift_us = 0
    books = 0

    def run(self, awaitable: Any) -> Any:
        """Wait for something of the real book."""
        return self.runner.run(awaitable)

    @initialize()
    def begin(self) -> None:
        """A new book with its accounts, and two clients of it."""
        Clients.books += 1
        self.model = Model()
        self.keys: list[tuple[Item, Any]] = []
        self.writers: list[Writer] = []
        self.connection = self.run(asyncpg.connect(self.dsn))
        Clients.shift_us = 0
        self.run(self.connection.execute("UPDATE public.shift SET us = 0"))
        self.book = self.run(kit.open_book(self.dsn, f"M{Clients.books}"))
        for _ in range(2):
            writer = kit.writer_of(self.book, clock_us=self.now_us)
            self.run(writer.start())
            self.writers.append(writer)
        specs = [AccountSpec(code, "bank", floor=GUARDS[code][0], ceiling=GUARDS[code][1]) for code in ("a", "b", "c")]
        for code in ("av", "una", "unf", "held"):
            specs.append(
                budget(code, "held" if code == "held" else code, floor=GUARDS[code][0], ceiling=GUARDS[code][1])
            )
        self.run(self.writers[0].submit(kit.item(OpenAccounts(accounts=tuple(specs)))))
        person = OpenAccounts(accounts=(AccountSpec("p", "bank"),), tags=(("person", "P1"),))
        self.run(self.writers[1].submit(kit.item(person)))
        self.model.size = 3

    def teardown(self) -> None:
        """Both clients stop."""
        for writer in getattr(self, "writers", []):
            self.run(writer.stop())
        if hasattr(self, "connection"):
            self.run(self.connection.close())

    def now_us(self) -> int:
        """The process clock, moved as the database's is."""
        return kit.clock_us() + Clients.shift_us

    def ask(self, client: int, askings: list[Asking], actor: str = "tester", **more: Any) -> None:
        """Send a group and compare: all of it happened, or its first refusal is the answer and an entry."""
        item = kit.item(*(request for request, _ in askings), asked=Asked("test", actor), **more)
        before, expected, position = self.model.copy(), None, 0
        for position, (_, happens) in enumerate(askings, 1):  # noqa: B007 - the refusal says which it was
            expected = happens(self.model)
            if expected is not None:
                self.model = before
                break
        outcome = self.run(self.writers[client].submit(item))
        told = None if outcome.refusal is None else outcome.refusal.code
        assert told == expected, (told, expected, item)
        if expected is not None:
            MET.add(expected)
            self.model.size += 1
            assert [entry.kind for entry in outcome.entries] == ["refusal"]
            assert outcome.entries[0].attribute("item") == str(position)
        assert outcome.entries[-1].number == self.model.size
        self.keys.append((item, outcome))

    @rule(client=st.integers(0, 1), asking=posts())
    def post(self, client: int, asking: Asking) -> None:
        """An act or a fact."""
        self.ask(client, [asking])

    @rule(client=st.integers(0, 1), pence=st.integers(1, 60), hours=st.none() | st.integers(1, 30))
    def place(self, client: int, pence: int, hours: int | None) -> None:
        """A hold, with or without an end."""
        expires = None if hours is None else self.now_us() + hours * HOUR
        request = PlaceHold(effective_on=DAYS[0], pairs=(Kept("held", "av", pence),), expires_us=expires)
        self.ask(client, [(request, lambda model: model.place(pence, expires))])

    @rule(client=st.integers(0, 1), data=st.data())
    def other(self, client: int, data: Any) -> None:
        """Whatever else one can ask of a book, mostly about what is there."""
        numbers = st.sampled_from([*self.model.holds, *self.model.holds, 1])
        self.ask(client, [data.draw(others(numbers))])

    @rule(client=st.integers(0, 1), data=st.data(), size=st.integers(2, 4))
    def group(self, client: int, data: Any, size: int) -> None:
        """Several requests, all or nothing."""
        numbers = st.sampled_from([*self.model.holds, 1])
        self.ask(client, [data.draw(posts() | others(numbers)) for _ in range(size)])

    @rule(
        client=st.integers(0, 1), month=st.sampled_from(("2025-06", "2025-07")), actor=st.sampled_from(("ann", "bob")),
        to=st.sampled_from(("closed", "reopened", "reopened")),
    )  # fmt: skip
    def month(self, client: int, month: str, to: str, actor: str) -> None:
        """Close a month, reopen it by two people."""
        request = ChangePeriod(period=month, to=to)
        self.ask(client, [(request, lambda model: model.period(month, to, actor))], actor=actor)

    @rule(client=st.integers(0, 1), stale=st.booleans())
    def guarded(self, client: int, stale: bool) -> None:
        """A version of the person that is right, or one that something has happened since: then nothing is left."""
        version = self.model.person + 1 if stale else self.model.person
        request = Post(effective_on=DAYS[0], legs=(Leg("p", 1), Leg("a", -1)))
        if not stale:
            asking = (request, lambda model: model.post({"p": 1, "a": -1}, DAYS[0], False))
            self.ask(client, [asking], guards=(Guard("person/P1", version),))
            return
        item = kit.item(request, guards=(Guard("person/P1", version),))
        outcome = self.run(self.writers[client].submit(item))
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.entries) == ("guard_stale", ())
        MET.add("guard_stale")

    @rule(client=st.integers(0, 1), over=st.integers(0, 1))
    def predicate(self, client: int, over: int) -> None:
        """At least what is there is asked for, or a penny more."""
        amount = self.model.balance["av"] + over

        def happens(model: Model) -> str | None:
            no = model.post({"a": 1, "p": -1}, DAYS[0], False)
            return no or ("below_required" if over else None)

        request = Post(effective_on=DAYS[0], legs=(Leg("a", 1), Leg("p", -1)))
        self.ask(client, [(request, happens)], at_least=(AtLeast("av", amount),))

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
        if self.model.month(DAYS[0]):
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
            self.ask(
                client, [(kit.post("una", "av", 1), lambda model: model.post({"una": 1, "av": -1}, DAYS[0], False))]
            )
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
        assert json.loads(row["balances"]) == self.model.balance
        assert json.loads(row["statuses"]) == self.model.status
        assert (row["size"], row["entries"], row["last"], row["unequal"]) == (self.model.size,) * 3 + (0,)
        holds = {f"{n}:{str(h['closed']).lower()}": h["left"] for n, h in self.model.holds.items()}
        assert json.loads(row["holds"]) == holds
        assert json.loads(row["closed"]) == sorted(self.model.closed)


async def _database(server: Embedded, template: str, name: str) -> str:
    admin = await asyncpg.connect(server.uri("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    await admin.close()
    connection = await asyncpg.connect(server.uri(name))
    await connection.execute(SHIFTED_CLOCK)
    await connection.close()
    return server.uri(name)


def test_two_clients_and_a_model_tell_the_same_story(server: Embedded, template: str) -> None:
    """Any sequence of requests, from two clients, through expiries, reversals, closed months and repeated keys, leaves
    the book that the model leaves; and every recorded refusal was met here or stands in the table of refusals."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
    examples = int(os.environ.get("PHB_MACHINE_EXAMPLES", "20"))
    with asyncio.Runner() as runner:
        Clients.runner = runner
        Clients.dsn = runner.run(_database(server, template, f"machine_{worker}_{os.getpid()}"))
        # Without the shrinking of what fails, which takes minutes on a real database.
        how = settings(
            max_examples=examples, stateful_step_count=25, deadline=None, derandomize=examples <= 20,
            suppress_health_check=list(HealthCheck), print_blob=True, phases=(Phase.explicit, Phase.generate),
        )  # fmt: skip
        run_state_machine_as_test(Clients, settings=how)
    often = {"account_unknown", "unbalanced", "not_enough_available", "hold_unknown", "period_state"}
    assert often <= MET
    assert {code for code, kind in REFUSALS.items() if kind.recorded} <= MET | set(CASES)
