"""The scene of the attacks: a small book with everything worth attacking, in a database that a plain login
owns."""

import asyncio
import itertools
import json
import os
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import asyncpg

from api.embedded import Embedded
from ledger.book import store
from ledger.book.append import Sealed
from ledger.book.books import open_book
from ledger.book.database import connect
from ledger.book.loading import load_for, read_state
from ledger.core.batch import Batch
from ledger.core.model import AccountSpec, Detail
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Erase,
    Kept,
    OpenBook,
    PlaceHold,
    Record,
    ReleaseHold,
    Reverse,
    Take,
)
from migrations.logins import ensure_logins
from migrations.run import upgrade
from tests import kit

DAY = date(2025, 6, 2)
GROUP, NEXT_GROUP = "nhs/2025-26", "nhs/2026-27"
_numbers = itertools.count()

# Who attacks: the login, and the role that it takes on with SET ROLE at the start of its session.
WHO: dict[str, tuple[str, str | None]] = {
    "serving login": ("phb_serve", None),
    "writer": ("phb_serve", "phb_writer"),
    "projector": ("phb_serve", "phb_projector"),
    "operator": ("phb_serve", "phb_operator"),
    "registrar": ("phb_serve", "phb_registrar"),
    "reader": ("phb_serve", "phb_reader"),
    "holder_reader": ("phb_serve", "phb_holder_reader"),
    "access_writer": ("phb_serve", "phb_access_writer"),
    "eraser": ("phb_erase", "phb_eraser"),
    "owner": ("phb_owner", None),
    "superuser": ("postgres", None),
}

ARGUMENTS = (
    "book size root process new_root frontier lines leg_entry leg_account leg_amount leg_day key "
    "key_entry key_count key_prints subtree_level subtree_index subtree_root detail_entry "
    "detail_salt detail_content hold_entry hold_purpose hold_expires pair_entry pair_holding "
    "pair_origin pair_amount move_hold move_holding move_amount closed_hold closed_state undo_target "
    "undo_entry subject subject_entry acts "
).split()
Arguments = dict[str, Any]


class Scene:
    """A database with the scene in it; `facts` are the ids of accounts and the numbers of entries that
    attacks name."""

    def __init__(self, server: Embedded, database: str, facts: dict[str, Any]) -> None:
        self.server = server
        self.database = database
        self.facts = facts
        self.before: dict[str, tuple[int, str]] = {}

    async def open(self) -> None:
        """Look at everything as it is before anybody attacks."""
        self.watch = await self.enter("superuser")
        tables = await self.watch.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'phb' ORDER BY 1")
        parts = [
            f"SELECT '{name}' AS t, count(*) AS n, md5(string_agg(x::text, '|' ORDER BY x::text)) AS h "
            f"FROM phb.{name} AS x"
            for (name,) in tables
        ]
        self.looking = await self.watch.prepare(" UNION ALL ".join(parts))
        self.reading = await connect(self.server.uri(self.database, "phb_serve"), "phb_writer", self.facts["book"], {})
        self.before = await self.state()

    async def close(self) -> None:
        """Drop the copy."""
        await self.watch.close()
        await self.reading.close()
        await _statement(self.server, f"DROP DATABASE {self.database} WITH (FORCE)")

    async def enter(self, who: str, **settings: str) -> asyncpg.Connection:
        """A session of one attacker on book TEST."""
        login, role = WHO[who]
        given = {"phb.book_id": str(self.facts["book"]), **settings}
        if role is not None:
            given["role"] = role
        given = {name: value for name, value in given.items() if value}
        return await asyncpg.connect(self.server.uri(self.database, login), server_settings=given)

    async def state(self) -> dict[str, tuple[int, str]]:
        """A fingerprint of each table of the schema, as the superuser sees it."""
        return {row["t"]: (row["n"], row["h"]) for row in await self.looking.fetch()}


class Call(NamedTuple):
    """A call of append_batch, right in every respect but for what `change` does to its arguments."""

    requests: Callable[[dict[str, Any]], list[Any]]
    change: Callable[[Arguments, dict[str, Any]], object] = lambda _a, _f: None


async def prepared(scene: Scene, call: Call) -> Arguments:
    """The arguments that the real core makes for these requests, each an item of its own with a key."""
    state, head = await read_state(scene.reading, scene.facts["book"], ())
    batch = Batch(state, kit.nonce)
    for request in call.requests(scene.facts):
        item = kit.item(request)
        await load_for(scene.reading, state, [item], head["clock_us"])
        batch.add(item, head["clock_us"])
    book, size, root, *rest = Sealed(batch, head["root"]).arguments
    return dict(zip(ARGUMENTS, (book, size, root, kit.clock_us(), *rest), strict=True))


async def send(scene: Scene, connection: asyncpg.Connection, call: Call) -> Any:
    """Prepare, doctor, send. Raises what the database raises."""
    arguments = await prepared(scene, call)
    call.change(arguments, scene.facts)
    return await connection.fetchrow(store.APPEND, *arguments.values())


def field(arguments: Arguments, number: int, value: str, line: int = 0) -> None:
    """Put another value into one field of a line, numbered as in docs/format.md section 2."""
    parts = arguments["lines"][line].split("|")
    parts[number - 1] = value
    arguments["lines"][line] = "|".join(parts)


def act(arguments: Arguments, **changes: Any) -> None:
    """Change the first administrative act."""
    acts = json.loads(arguments["acts"])
    acts[0].update(changes)
    arguments["acts"] = json.dumps(acts)


def post(debit: str = "bank/a", credit: str = "bank/b", pence: int = 100, **more: Any) -> Any:
    """A post of the scene's day."""
    return kit.post(debit, credit, pence, DAY, **more)


def build(server: Embedded, name: str) -> dict[str, Any]:
    """Make the template database of the scene: owned and migrated by phb_owner, which is no superuser."""
    asyncio.run(ensure_logins(server.uri("postgres")))
    asyncio.run(_statement(server, f"CREATE DATABASE {name} OWNER phb_owner"))
    upgrade(server.uri(name, "phb_owner"))
    return asyncio.run(_play(server, name))


async def _statement(server: Embedded, sql: str) -> None:
    admin = await asyncpg.connect(server.uri("postgres"))
    try:
        await admin.execute(sql)
    finally:
        await admin.close()


async def copy_of(server: Embedded, template: str, facts: dict[str, Any]) -> Scene:
    """A fresh copy of the scene."""
    name = f"attack_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}_{next(_numbers)}"
    await _statement(server, f"CREATE DATABASE {name} OWNER phb_owner TEMPLATE {template} STRATEGY FILE_COPY")
    scene = Scene(server, name, facts)
    await scene.open()
    return scene


async def _play(server: Embedded, name: str) -> dict[str, Any]:
    """What happened in the book before the attacker came, written by the real writer under the serving
    login."""
    dsn = server.uri(name, "phb_serve")
    for code in ("TEST", "OTHER"):
        request = OpenBook(currency="GBP", first_month="2025-04", nature="synthetic", origin=f"phb-ledger/{code}/test")
        await open_book(dsn, code, request, kit.ASKED, clock_us=kit.clock_us, nonce=kit.nonce)
    admin = await asyncpg.connect(server.uri(name))
    facts: dict[str, Any] = dict(
        zip(
            ("book", "other"),
            [row[0] for row in await admin.fetch("SELECT book_id FROM phb.book ORDER BY 1")],
            strict=True,
        )
    )
    other = kit.writer_of(kit.Book(dsn, facts["other"], "OTHER"))
    await other.start()
    await kit.open_accounts(other, *(f"other/{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
    await other.submit(kit.item(post("other/a", "other/b")))
    await other.stop()
    writer = kit.writer_of(kit.Book(dsn, facts["book"], "TEST"))
    await writer.start()

    async def write(fact: str, request: Any, **more: Any) -> None:
        outcome = await writer.submit(kit.item(request, **more))
        assert outcome.refusal is None, (fact, outcome.refusal)
        facts[fact] = outcome.number

    def budget(code: str, klass: str, group: str = GROUP) -> AccountSpec:
        floor = 0 if klass == "available" else None
        return AccountSpec(code, klass, "budget", group, "use", "credit", floor, None)

    await kit.open_accounts(
        writer, "bank/a", "bank/b", "empty/x", AccountSpec("guarded/x", "purse", floor=0),
        AccountSpec("full/x", "purse", ceiling=50),
        budget("fund/a", "fund"), budget("fund/b", "fund"), budget("next/a", "fund", NEXT_GROUP),
        budget("next/b", "fund", NEXT_GROUP), budget("own/a", "available"),
        budget("held/a", "held"), "closed/x",
    )  # fmt: skip
    for person in ("p1", "p2"):
        await kit.open_accounts(writer, f"purse/{person}", tags=(("person", person),))
        said = (("act", "sent"), ("person", person))
        await write(f"said_{person}", Record(kind="notice", subject=f"notice/{person}", attributes=said))
    await write("paid_p1", post("purse/p1", "bank/b"))
    await write("paid_p2", post("purse/p2", "bank/b"))
    await write("april", kit.post("bank/a", "bank/b", 4, date(2025, 4, 7)))
    await write("funded", post("own/a", "fund/a", 10_000))
    facts["key"] = os.urandom(16)
    await write("post", post(), key=facts["key"])
    await write("reversed", post())
    await write("reversal", Reverse(entry=facts["reversed"], effective_on=DAY))
    facts["salt"], facts["content"] = b"s" * 16, b"a name"
    await write("detailed", post(detail=Detail(facts["salt"], facts["content"])))
    await write("forgotten", post(detail=Detail(b"t" * 16, b"another name")))
    await write("hold", PlaceHold(pairs=(Kept("held/a", "own/a", 500),), effective_on=DAY))
    await write("part", ReleaseHold(hold=facts["hold"], takes=(Take("held/a", 100),), effective_on=DAY))
    await write("gone_hold", PlaceHold(pairs=(Kept("held/a", "own/a", 300),), effective_on=DAY))
    await write("gone", ReleaseHold(hold=facts["gone_hold"], effective_on=DAY))
    await write("closing", ChangeAccount(account="closed/x", to="closed"))
    await write("month", ChangePeriod(period="2025-04", to="closed"))
    await write("erasure", Erase(entries=(facts["forgotten"],), second="someone-else", ground="request"))
    await writer.stop()
    watcher = await connect(dsn, "phb_access_writer", facts["book"])
    await watcher.execute(
        "INSERT INTO phb.access (book_id, client, actor, act, request_id) VALUES ($1, 'c', 'a', 'x', 'r')",
        facts["book"],
    )
    await watcher.close()
    registrar = await connect(dsn, "phb_registrar", facts["book"])
    for person in ("p1", "p2"):
        await registrar.execute(
            "INSERT INTO phb.identity (book_id, person_ref, lookup, content) VALUES ($1, $2, $3, 'who it is')",
            facts["book"], person, person.encode(),
        )  # fmt: skip
    await registrar.close()
    eraser = await connect(server.uri(name, "phb_erase"), "phb_eraser", facts["book"])
    await eraser.execute(store.DELETE_DETAILS, facts["book"], [facts["forgotten"]])
    await eraser.close()
    for row in await admin.fetch("SELECT code, account_id FROM phb.account"):
        facts[row["code"].replace("/", "_")] = row["account_id"]
    facts["size"] = await admin.fetchval("SELECT size FROM phb.head WHERE book_id = $1", facts["book"])
    await admin.close()
    # The numbers of what an attacker may append first and second.
    facts["new"], facts["newer"] = facts["size"] + 1, facts["size"] + 2
    return facts
