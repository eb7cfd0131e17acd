"""The database says no: every attack on history and running state, who tries it, and what stops it.

Each row is tried by a plain login on a fresh copy of a small book (attack_scene.py). What stops it is
asserted exactly, and that not one row of any table is different afterwards. What only evidence can stop
stands apart, at the end: verify names it.
"""

# ruff: noqa: E501 - each row of a table stays together

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import asyncpg
import pytest

from api.embedded import Embedded
from ledger.book.checkpoint import make_checkpoint, publish
from ledger.book.verify import verify_book
from ledger.core.canon import key_text
from ledger.core.merkle import EMPTY_FRONTIER, append_many
from ledger.core.model import AccountSpec
from ledger.core.note import verifier_of
from ledger.core.requests import ChangeAccount, ChangePeriod, Erase, OpenAccounts
from tests import kit
from tests.book import attack_scene
from tests.book.attack_calls import (
    APPENDING,
    detailed,
    hold,
    line,
    many,
    one,
    opening,
    put,
    refusal,
    release,
    reverse,
    two,
)
from tests.book.attack_scene import Call, Scene, post

DENIED = "42501"
HISTORY = ("entry", "posting", "request_key", "subtree", "undone", "erased", "register")
UPDATED = {"book": "first_day = first_day"}
STATE = ("book", "head", "account", "balance", "delta", "hold", "hold_pair", "period", "subject_version")


class Attack(NamedTuple):
    """One attack. `stopped_by` is an SQLSTATE, or `moved` (append_batch answers that the head is another), or
    `sees nothing` (row-level security leaves no row)."""

    name: str
    who: str
    how: str | Call
    stopped_by: str
    settings: Mapping[str, str] = MappingProxyType({})


def _refused_writes() -> list[Attack]:
    """Plain SQL on every table of history and running state, as the roles that come nearest."""
    rows = []
    for table in (*HISTORY, *STATE, "detail", "access"):
        for verb, sql in (
            ("insert into", f"INSERT INTO phb.{table} OVERRIDING SYSTEM VALUE SELECT * FROM phb.{table}"),
            ("update", f"UPDATE phb.{table} SET {UPDATED.get(table, 'book_id = book_id')}"),
            ("delete from", f"DELETE FROM phb.{table}"),
            ("truncate", f"TRUNCATE phb.{table}"),
        ):
            rows.append(Attack(f"{verb} {table}", "writer", sql, DENIED))
    for who in (
        "projector",
        "operator",
        "registrar",
        "reader",
        "holder_reader",
        "access_writer",
        "eraser",
        "serving login",
    ):
        person = {"phb.person_ref": "p1"} if who == "holder_reader" else {}
        for name, sql in (
            ("update a balance", "UPDATE phb.balance SET balance = 0"),
            ("insert an entry", "INSERT INTO phb.entry SELECT * FROM phb.entry"),
            ("delete a posting", "DELETE FROM phb.posting"),
        ):
            rows.append(Attack(name, who, sql, DENIED, person))
        if who != "eraser":
            rows.append(Attack("append", who, Call(lambda f: [post()]), DENIED))
    return rows


def _owner() -> list[Attack]:
    """The owner has every privilege; the triggers make the owner stop and think."""
    rows = []
    for table in (*HISTORY, "detail", "access"):
        rows.append(Attack(f"update {table}", "owner", f"UPDATE phb.{table} SET book_id = book_id", "PH020"))
    for table in (*HISTORY, *STATE, "access"):
        if table != "book":
            rows.append(Attack(f"delete from {table}", "owner", f"DELETE FROM phb.{table}", "PH020"))
    rows.append(Attack("delete from book", "owner", "DELETE FROM phb.book WHERE code = 'OTHER'", "PH020"))
    rows.append(Attack("delete a detail nobody erased", "owner", "DELETE FROM phb.detail", "PH021"))
    for table in (*HISTORY, *STATE, "detail", "access"):
        rows.append(Attack(f"truncate {table}", "owner", f"TRUNCATE phb.{table} CASCADE", "PH020"))
    rows += [
        Attack("update history by way of replication", "owner", "SET session_replication_role = replica", DENIED),
        Attack(
            "replication role as superuser", "superuser",
            "SET session_replication_role = replica; UPDATE phb.entry SET body = body", "PH020",
        ),
        Attack("delete as superuser", "superuser", "DELETE FROM phb.entry", "PH020"),
        Attack("merge into postings", "owner",
               "MERGE INTO phb.posting p USING phb.head h ON p.book_id = h.book_id WHEN MATCHED THEN DELETE", "PH020"),
        Attack("a balance its debits and credits do not give", "owner", "UPDATE phb.balance SET balance = balance + 1", "23514"),
        Attack("more left of a hold than was placed", "owner", "UPDATE phb.hold_pair SET remaining = placed + 1", "23514"),
        Attack("a posting of nothing", "owner",
               "INSERT INTO phb.posting VALUES ({book}, {bank_a}, {size}, 0, 0, '2025-06-02')", "23514"),
        Attack("an entry number twice", "owner",
               "INSERT INTO phb.entry SELECT * FROM phb.entry WHERE book_id = {book} AND number = {post}", "23505"),
    ]  # fmt: skip
    return rows


_SHADOW = (
    "CREATE TEMP TABLE {table} AS SELECT * FROM phb.{table} WHERE false; "
    "SET search_path = pg_temp, phb, pg_catalog; SELECT phb.create_book('SHADOW', 'GBP', 'nonsense', '2025-04-01', 'o')"
)
SESSION = [
    Attack("become the owner", "writer", "SET ROLE phb_owner", DENIED),
    Attack("become the eraser", "writer", "SET ROLE phb_eraser", DENIED),
    Attack("become the superuser", "writer", "SET ROLE postgres", DENIED),
    Attack("become another session", "writer", "SET SESSION AUTHORIZATION phb_owner", DENIED),
    Attack("grant myself", "writer", "GRANT phb_eraser TO phb_serve", DENIED),
    Attack("grant myself a right", "serving login", "GRANT INSERT ON phb.entry TO phb_serve", DENIED),
    Attack("the eraser becomes the writer", "eraser", "SET ROLE phb_writer", DENIED),
    Attack("disable a trigger", "writer", "ALTER TABLE phb.entry DISABLE TRIGGER never_changed", DENIED),
    Attack("drop a trigger", "writer", "DROP TRIGGER never_changed ON phb.entry", DENIED),
    Attack("switch triggers off", "writer", "SET session_replication_role = replica", DENIED),
    Attack("switch row-level security off", "writer", "SET row_security = off; SELECT * FROM phb.entry", DENIED),
    Attack("drop a policy", "writer", "DROP POLICY one_book ON phb.entry", DENIED),
    Attack("replace the append function", "writer",
           "CREATE OR REPLACE FUNCTION phb.clock_us() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'", DENIED),
    Attack("alter the append function", "writer", "ALTER FUNCTION phb.append_batch SECURITY INVOKER", DENIED),
    Attack("call what append_batch calls", "writer",
           "SELECT phb.apply_acts({book}, 0, '{{}}', '[]', false)", DENIED),
    Attack("create in the schema", "writer", "CREATE TABLE phb.mine (x integer)", DENIED),
    Attack("create in public", "writer", "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'", DENIED),
    Attack("drop the schema", "writer", "DROP SCHEMA phb CASCADE", DENIED),
    Attack("drop a table", "writer", "DROP TABLE phb.posting", DENIED),
    Attack("add a column", "writer", "ALTER TABLE phb.posting ADD COLUMN x integer", DENIED),
    Attack("lock a table against everybody", "writer", "BEGIN; LOCK TABLE phb.entry IN ACCESS EXCLUSIVE MODE", DENIED),
    Attack("copy rows in", "writer", "COPY phb.entry FROM PROGRAM 'true'", DENIED),
    Attack("read a file of the server", "writer", "SELECT pg_read_file('postgresql.conf')", DENIED),
    Attack("put the version back", "writer", "UPDATE phb.schema_version SET version_num = '0000'", DENIED),
    Attack("a shadow table under the definer's function", "writer", _SHADOW.replace("{table}", "book"), "23514"),
]  # fmt: skip
SESSION += [
    Attack("a reserved custom setting", "writer", "SELECT set_config('role', 'phb_owner', false)", DENIED),
]
READING = [
    Attack("read without a book", "reader", "SELECT * FROM phb.entry", "PH010", {"phb.book_id": ""}),
    Attack("read without a book as writer", "writer", "SELECT * FROM phb.posting", "PH010", {"phb.book_id": ""}),
    Attack("read as a holder without a person", "holder_reader", "SELECT * FROM phb.account", "PH011"),
    Attack("read another book", "reader", "SELECT * FROM phb.entry WHERE book_id = {other}", "sees nothing"),
    Attack("read another book's balances", "writer", "SELECT * FROM phb.balance WHERE book_id = {other}", "sees nothing"),
    Attack("read another person's account", "holder_reader", "SELECT * FROM phb.account WHERE code = 'purse/p2'",
           "sees nothing", {"phb.person_ref": "p1"}),
    Attack("read another person's postings", "holder_reader",
           "SELECT * FROM phb.posting WHERE account_id = {purse_p2}", "sees nothing", {"phb.person_ref": "p1"}),
    Attack("read another person's balance", "holder_reader",
           "SELECT * FROM phb.balance WHERE account_id <> {purse_p1}", "sees nothing", {"phb.person_ref": "p1"}),
    Attack("read another person's days", "holder_reader",
           "SELECT * FROM phb.delta WHERE account_id <> {purse_p1}", "sees nothing", {"phb.person_ref": "p1"}),
    Attack("the other legs of the holder's own entries", "holder_reader",
           "SELECT * FROM phb.posting WHERE number = {paid_p1} AND account_id <> {purse_p1}", "sees nothing",
           {"phb.person_ref": "p1"}),
    Attack("read the log as a holder", "holder_reader", "SELECT * FROM phb.entry", DENIED, {"phb.person_ref": "p1"}),
    Attack("read details as a holder", "holder_reader", "SELECT * FROM phb.detail", DENIED, {"phb.person_ref": "p1"}),
    Attack("read names' lookups as a reader", "reader", "SELECT lookup FROM phb.payee", DENIED),
    Attack("read who read", "access_writer", "SELECT * FROM phb.access", DENIED),
    Attack("read who read as its own insert", "access_writer",
           "INSERT INTO phb.access (book_id, client, actor, act, request_id) VALUES ({book}, 'c', 'a', 'x', 'r') "
           "RETURNING access_id", DENIED),
    Attack("read the log as access writer", "access_writer", "SELECT * FROM phb.entry", DENIED),
    Attack("an access record of another book", "access_writer",
           "INSERT INTO phb.access (book_id, client, actor, act, request_id) VALUES ({other}, 'c', 'a', 'x', 'r')", DENIED),
    Attack("an access record of another time", "access_writer",
           "INSERT INTO phb.access (book_id, at, client, actor, act, request_id) "
           "VALUES ({book}, '2020-01-01', 'c', 'a', 'x', 'r')", DENIED),
    Attack("details as registrar", "registrar", "SELECT * FROM phb.detail", DENIED),
    Attack("totals of another's making", "writer", "UPDATE phb.month_total SET debit = 0", DENIED),
    Attack("a payee of another book", "writer",
           "INSERT INTO phb.payee (book_id, payee_ref, number) VALUES ({other}, 'p', 1)", DENIED),
]  # fmt: skip
EVERYBODY = ("serving login", "writer", "projector", "operator", "reader", "holder_reader", "access_writer", "eraser")
PERSON = {"phb.person_ref": "p1"}
IDENTITY = [
    *(Attack(f"{name} who somebody is", who, sql, DENIED, PERSON if who == "holder_reader" else {})
      for who in EVERYBODY for name, sql in (
          ("read", "SELECT content FROM phb.identity"), ("look up", "SELECT lookup FROM phb.identity"),
          ("say", "INSERT INTO phb.identity VALUES ({book}, 'p3', NULL, 'x')"),
          ("change", "UPDATE phb.identity SET content = 'x'"))),
    *(Attack("delete who somebody is", who, "DELETE FROM phb.identity", DENIED, PERSON if who == "holder_reader" else {})
      for who in (*EVERYBODY[:-1], "registrar")),
    Attack("give a person another reference", "registrar", "UPDATE phb.identity SET person_ref = 'p3'", DENIED),
    Attack("one NHS number for two people", "registrar", "UPDATE phb.identity SET lookup = 'p1'", "23505"),
    Attack("a person of another book", "registrar", "INSERT INTO phb.identity VALUES ({other}, 'p3', NULL, 'x')", DENIED),
    Attack("read people of another book", "registrar", "SELECT * FROM phb.identity WHERE book_id = {other}", "sees nothing"),
    Attack("forget people of another book", "eraser",
           "DELETE FROM phb.identity WHERE book_id = {other} RETURNING person_ref", "sees nothing"),
]  # fmt: skip
REGISTER = [
    *(Attack("read the register", who, "SELECT * FROM phb.register", DENIED)
      for who in ("serving login", "projector", "operator", "registrar", "access_writer")),
    *(Attack(f"{name} the register", who, sql, DENIED, PERSON if who == "holder_reader" else {})
      for who in (*EVERYBODY, "registrar") if who != "writer" for name, sql in (
          ("add to", "INSERT INTO phb.register SELECT * FROM phb.register"), ("edit", "UPDATE phb.register SET act = 'x'"),
          ("cut", "DELETE FROM phb.register"))),
    Attack("read what was said of another person", "holder_reader",
           "SELECT * FROM phb.register WHERE person_ref IS DISTINCT FROM 'p1'", "sees nothing", PERSON),
    Attack("read the register as a holder without a person", "holder_reader", "SELECT * FROM phb.register", "PH011"),
    Attack("read another book's register", "reader", "SELECT * FROM phb.register WHERE book_id = {other}", "sees nothing"),
    Attack("make rows of the register", "reader", "SELECT * FROM phb.register_row('x')", DENIED),
]  # fmt: skip
ERASING = [
    Attack("erase what no entry erases", "eraser", "DELETE FROM phb.detail WHERE number = {detailed}", "PH021"),
    Attack("exchange a detail", "eraser", "UPDATE phb.detail SET content = 'x'", DENIED),
    Attack("put a detail back", "eraser",
           "INSERT INTO phb.detail VALUES ({book}, {forgotten}, 'tttttttttttttttt', 'another name')", DENIED),
    Attack("say that it was erased", "eraser", "INSERT INTO phb.erased VALUES ({book}, {detailed}, {size})", DENIED),
    Attack("erase a line", "eraser", "DELETE FROM phb.entry WHERE number = {detailed}", DENIED),
    Attack("erase in another book", "eraser", "DELETE FROM phb.detail WHERE book_id = {other} RETURNING number", "sees nothing"),
]  # fmt: skip


ATTACKS = [
    *_refused_writes(), *_owner(), *SESSION, *READING, *IDENTITY, *REGISTER, *ERASING,
    *(Attack(name, "writer", call, stopped_by) for name, call, stopped_by in APPENDING),
    Attack("a balanced pair for an old transaction", "writer",
           "INSERT INTO phb.posting VALUES ({book}, {bank_a}, {april}, 5, 5, '2025-04-07'), "
           "({book}, {bank_b}, {april}, -5, -5, '2025-04-07')", DENIED),
    Attack("an entry at a far number", "writer",
           "INSERT INTO phb.entry VALUES ({book}, 9000, 1, 'transaction', NULL, 'x', 'x')", DENIED),
    Attack("rewind the head", "writer", "UPDATE phb.head SET size = size - 1", DENIED),
    Attack("free a key", "writer", "DELETE FROM phb.request_key WHERE number = {post}", DENIED),
    Attack("forget a reversal", "writer", "DELETE FROM phb.undone", DENIED),
    Attack("reopen a hold", "writer", "UPDATE phb.hold SET closed = false", DENIED),
    Attack("reopen a month", "writer", "UPDATE phb.period SET closed = false", DENIED),
    Attack("lift a floor", "writer", "UPDATE phb.account SET floor = NULL", DENIED),
    Attack("a book of another nature", "writer", "SELECT phb.create_book('X1', 'GBP', 'real', '2025-04-01', 'o')", "23514"),
    Attack("a book's code again", "writer", "SELECT phb.create_book('TEST', 'GBP', 'live', '2025-04-01', 'o')", "23505"),
]  # fmt: skip


class Stage:
    """The template of the scene, and one copy of it that all refused attacks share: they leave it as it
    was."""

    def __init__(self, server: Embedded, template: str, facts: dict[str, Any]) -> None:
        self.made = (server, template, facts)
        self.shared: Scene | None = None
        self.changed = False

    async def clean(self) -> Scene:
        """The shared copy; another one if an attack got through and changed it."""
        if self.shared is not None and self.changed:
            await self.shared.close()
            self.shared = None
        self.changed = False
        self.shared = self.shared or await attack_scene.copy_of(*self.made)
        return self.shared


_STAGES = itertools.count()


@pytest.fixture(scope="module")
async def stage(server: Embedded, template: str) -> AsyncIterator[Stage]:
    """Made once for each worker, and anew when it takes over the rest of this file later; its connections stay open from test to
    test."""
    worker = f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}_{next(_STAGES)}"
    name = f"attack_template_{worker}"
    made = Stage(server, name, await asyncio.to_thread(attack_scene.build, server, name))
    yield made
    if made.shared is not None:
        await made.shared.close()


@pytest.fixture
async def scene(stage: Stage) -> AsyncIterator[Scene]:
    """A fresh copy of the scene, for tests that change it."""
    made = await attack_scene.copy_of(*stage.made)
    yield made
    await made.close()


async def attempt(scene: Scene, attack: Attack) -> str:
    """Try it, and say what stopped it, in the words of the table; `nothing` if nothing did."""
    connection = await scene.enter(attack.who, **attack.settings)
    try:
        if isinstance(attack.how, Call):
            row = await attack_scene.send(scene, connection, attack.how)
            return "moved" if row["moved"] else "nothing"
        sql = attack.how.format_map(scene.facts)
        if attack.stopped_by == "sees nothing":
            return "nothing" if await connection.fetch(sql) else "sees nothing"
        await connection.execute(sql)
    except asyncpg.PostgresError as no:
        return str(no.sqlstate)
    finally:
        await connection.close()
    return "nothing"


def named(attacks: list[Attack]) -> list[Any]:
    """The attacks with their names as test names."""
    return [pytest.param(attack, id=f"{attack.who}: {attack.name}") for attack in attacks]


@pytest.mark.parametrize("attack", named(ATTACKS))
async def test_the_database_says_no(stage: Stage, attack: Attack) -> None:
    """The attack ends as its row of the table says, and every table is as it was, row for row."""
    scene = await stage.clean()
    stopped_by = await attempt(scene, attack)
    after = await scene.state()
    stage.changed = after != scene.before
    assert stopped_by == attack.stopped_by
    assert after == scene.before


@pytest.mark.parametrize("requests", [one, two, hold, release, reverse, opening, detailed, refusal, many])
async def test_the_same_calls_untouched_are_accepted(scene: Scene, requests: Any) -> None:
    """The calls that the attacks doctor are right before they are doctored: only the doctoring is refused."""
    size = scene.facts["size"]
    assert await attempt(scene, Attack("none", "writer", Call(requests), "")) == "nothing"
    reader = await scene.enter("reader")
    assert await reader.fetchval("SELECT size FROM phb.head") > size
    await reader.close()


async def test_administration_and_money_in_one_batch_are_taken_in_their_order(scene: Scene) -> None:
    """An account emptied and closed, a month posted to and closed, an account opened and used: in one append
    each."""
    for requests in (
        [post("empty/x"), post("bank/a", "empty/x"), ChangeAccount(account="empty/x", to="closed")],
        [kit.post("bank/a", "bank/b", 5, date(2025, 7, 1)), ChangePeriod(period="2025-07", to="closed")],
        [OpenAccounts(accounts=(AccountSpec("new/x", "bank"),)), post("new/x")],
    ):
        assert await attempt(scene, Attack("none", "writer", Call(lambda _f, r=requests: r), "")) == "nothing"


async def test_a_holder_sees_what_is_theirs(scene: Scene) -> None:
    """Row-level security is not simply shut: the holder's own account, balance and postings are there."""
    connection = await scene.enter("holder_reader", **{"phb.person_ref": "p1"})
    assert [row["code"] for row in await connection.fetch("SELECT code FROM phb.account")] == ["purse/p1"]
    assert await connection.fetchval("SELECT balance FROM phb.balance") == 100
    assert await connection.fetchval("SELECT count(*) FROM phb.posting") == 1
    assert [row["subject"] for row in await connection.fetch("SELECT subject FROM phb.register")] == ["notice/p1"]
    await connection.close()


async def test_what_was_erased_by_an_entry_can_be_deleted(scene: Scene) -> None:
    """The eraser is not simply shut out: after the erasure entry the content goes."""
    call = Call(lambda f: [Erase(entries=(f["detailed"],), second="someone-else", ground="request")])
    assert await attempt(scene, Attack("none", "writer", call, "")) == "nothing"
    eraser = await scene.enter("eraser")
    done = await eraser.execute("DELETE FROM phb.detail WHERE number = $1", scene.facts["detailed"])
    assert done == "DELETE 1"
    await eraser.close()


async def test_the_setting_of_the_book_is_a_net_and_not_a_wall(scene: Scene) -> None:
    """NOT stopped, and known (threat model): who can run SQL of their own can set another book and read it.
    The setting catches forgotten predicates; against injection stands the ban on built SQL."""
    connection = await scene.enter("reader")
    await connection.execute("SELECT set_config('phb.book_id', $1::integer::text, false)", scene.facts["other"])
    assert await connection.fetchval("SELECT count(*) FROM phb.entry") > 0
    await connection.close()


async def test_a_second_writer_waits_for_the_first_and_then_is_told_that_the_head_moved(scene: Scene) -> None:
    """Two processes with the same right to write cannot both append at one size."""
    first, second = await scene.enter("writer"), await scene.enter("writer")
    calls = [await attack_scene.prepared(scene, Call(one)) for _ in range(2)]
    transaction = first.transaction()
    await transaction.start()
    ahead = await first.fetchrow(attack_scene.store.APPEND, *calls[0].values())
    waiting = asyncio.ensure_future(second.fetchrow(attack_scene.store.APPEND, *calls[1].values()))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await transaction.commit()
    assert (ahead["moved"], (await waiting)["moved"]) == (False, True)
    for connection in (first, second):
        await connection.close()


def test_there_are_enough_rows_and_no_two_are_the_same() -> None:
    """The table is as long as was asked for, and each row is another attack."""
    assert len(ATTACKS) >= 40
    assert len({(attack.who, attack.name) for attack in ATTACKS}) == len(ATTACKS)
    assert set(attack_scene.WHO) == {attack.who for attack in ATTACKS}


class Lie(NamedTuple):
    """What no right and no trigger can stop. Evidence does: `first_wrong` is the entry that verify names (a
    number or the name of a fact; None where the fault is in no single entry), and `what` is its code."""

    name: str
    who: str
    how: str | Call
    first_wrong: str | int | None
    what: str


def _off(table: str, trigger: str, sql: str) -> str:
    return (
        f"ALTER TABLE phb.{table} DISABLE TRIGGER {trigger}; {sql}; "
        f"ALTER TABLE phb.{table} ENABLE ALWAYS TRIGGER {trigger}"
    )


EVIDENCE = [
    Lie("owner edits a line", "owner", _off("entry", "never_changed",
        "UPDATE phb.entry SET body = replace(body, '|100', '|900') WHERE book_id = {book} AND number = {post}"), "post", "unbalanced"),
    Lie("owner edits a line and its leaf", "owner", _off("entry", "never_changed",
        "UPDATE phb.entry SET body = replace(body, '|tester|', '|nobody|'), leaf = sha256('\\x00'::bytea || convert_to("
        "replace(body, '|tester|', '|nobody|'), 'UTF8')) WHERE book_id = {book} AND number = {post}"), None, "head_wrong"),
    Lie("owner edits a time", "owner", _off("entry", "never_changed",
        "UPDATE phb.entry SET recorded_us = recorded_us + 1 WHERE book_id = {book} AND number = {post}"), "post", "entry_row_wrong"),
    Lie("owner deletes an entry", "owner", _off("entry", "never_changed",
        "DELETE FROM phb.entry WHERE book_id = {book} AND number = {post}"), "post", "number_wrong"),
    Lie("owner edits a posting", "owner", _off("posting", "never_changed",
        "UPDATE phb.posting SET amount = amount * 2 WHERE book_id = {book} AND number = {post}"), "post", "posting_wrong"),
    Lie("owner adds a balanced pair to an old transaction", "owner",
        "INSERT INTO phb.posting VALUES ({book}, {empty_x}, {post}, 5, 5, '2025-06-02'), "
        "({book}, {guarded_x}, {post}, -5, -5, '2025-06-02')", "post", "posting_wrong"),
    Lie("owner inserts an entry at a far number", "owner",
        "INSERT INTO phb.entry SELECT book_id, 9000, recorded_us, kind, effective_on, body, leaf FROM phb.entry "
        "WHERE book_id = {book} AND number = {post}", 9000, "entry_surplus"),
    Lie("owner frees a key by moving it", "owner", _off("request_key", "never_changed",
        "UPDATE phb.request_key SET number = {paid_p1} WHERE book_id = {book} AND number = {post}"), "paid_p1", "key_repeated"),
    Lie("owner frees a key by deleting it", "owner", _off("request_key", "never_changed",
        "DELETE FROM phb.request_key WHERE book_id = {book} AND number = {post}"), "post", "key_missing"),
    Lie("owner lets another request have a key", "owner", _off("request_key", "never_changed",
        "UPDATE phb.request_key SET prints = 'other fields' WHERE book_id = {book} AND number = {post}"), "post", "key_wrong"),
    Lie("owner puts another key in a key's place", "owner", _off("request_key", "never_changed",
        "UPDATE phb.request_key SET key = '0123456789abcdef' WHERE book_id = {book} AND number = {post}"), "post", "key_wrong"),
    Lie("owner adds a key", "owner",
        "INSERT INTO phb.request_key VALUES ({book}, '0123456789abcdef', {post}, 1, {size}, 'x')", "post", "key_repeated"),
    Lie("owner forgets a reversal", "owner", _off("undone", "never_changed",
        "DELETE FROM phb.undone WHERE book_id = {book} AND number = {reversed}"), "reversed", "undone_missing"),
    Lie("owner says an erasure that no line lists", "owner",
        "INSERT INTO phb.erased VALUES ({book}, {detailed}, {erasure})", "detailed", "erased_surplus"),
    Lie("owner lets a detail go without an erasure", "owner", _off("detail", "erased_first",
        "DELETE FROM phb.detail WHERE book_id = {book} AND number = {detailed}"), "detailed", "detail_missing"),
    Lie("owner exchanges a detail", "owner", _off("detail", "never_changed",
        "UPDATE phb.detail SET content = 'other' WHERE book_id = {book} AND number = {detailed}"), "detailed", "detail_wrong"),
    Lie("owner puts an erased detail back", "owner",
        "INSERT INTO phb.detail VALUES ({book}, {forgotten}, 'tttttttttttttttt', 'another name')", "forgotten", "detail_after_erasure"),
    Lie("superuser edits a balance", "superuser",
        "UPDATE phb.balance SET balance = balance + 1, debit = debit + 1 WHERE book_id = {book} AND account_id = {bank_a}",
        "forgotten", "balance_wrong"),
    Lie("superuser moves money between days", "superuser",
        "UPDATE phb.delta SET day = day + 1 WHERE book_id = {book} AND account_id = {purse_p1}", "paid_p1", "delta_surplus"),
    Lie("superuser lifts a floor", "superuser",
        "UPDATE phb.account SET floor = NULL WHERE book_id = {book} AND account_id = {guarded_x}", 2, "account_wrong"),
    Lie("superuser opens a closed account", "superuser",
        "UPDATE phb.account SET status = 'open' WHERE book_id = {book} AND account_id = {closed_x}", 2, "account_wrong"),
    Lie("superuser gives an account to another person", "superuser",
        "UPDATE phb.account SET person_ref = 'p2' WHERE book_id = {book} AND account_id = {purse_p1}", 3, "account_wrong"),
    Lie("superuser reopens a month", "superuser", "UPDATE phb.period SET closed = false WHERE book_id = {book}", "month", "period_wrong"),
    Lie("superuser moves the first month", "superuser",
        "UPDATE phb.book SET first_day = '2020-04-01' WHERE book_id = {book}", None, "book_wrong"),
    Lie("superuser keeps less under a hold", "superuser",
        "UPDATE phb.hold_pair SET remaining = remaining - 1 WHERE book_id = {book} AND number = {hold}", "hold", "hold_pair_wrong"),
    Lie("superuser lets a hold expire earlier", "superuser",
        "UPDATE phb.hold SET expires_us = 1 WHERE book_id = {book} AND number = {hold}", "hold", "hold_wrong"),
    Lie("superuser ages a subject", "superuser",
        "UPDATE phb.subject_version SET number = 1 WHERE book_id = {book} AND subject = 'person/p1'", "paid_p1", "subject_version_wrong"),
    Lie("superuser rewrites the root", "superuser", "UPDATE phb.head SET root = sha256('x') WHERE book_id = {book}", None, "head_wrong"),
    Lie("superuser rewinds the head", "superuser", "UPDATE phb.head SET size = size - 1 WHERE book_id = {book}", "forgotten", "erased_surplus"),
    Lie("superuser changes the origin", "superuser", "UPDATE phb.head SET origin = 'mine' WHERE book_id = {book}", None, "head_wrong"),
    Lie("writer: legs that are not the line's", "writer", Call(one, put(leg_amount=[5000, -5000])), "new", "posting_wrong"),
    Lie("writer: a line that moves nothing", "writer", Call(one, put(leg_entry=[], leg_account=[], leg_amount=[], leg_day=[])),
        "new", "posting_wrong"),
    Lie("writer: a wrong root", "writer", Call(one, put(new_root=b"x" * 32)), None, "head_wrong"),
    Lie("writer: a wrong frontier", "writer", Call(one, put(frontier=lambda v, _f: v[:-32] + b"x" * 32)), None, "head_wrong"),
    Lie("writer: a wrong subtree", "writer", Call(many, put(subtree_root=[b"x" * 32])), None, "subtree_wrong"),
    Lie("writer: a kind that is none", "writer", Call(refusal, lambda a, f: attack_scene.field(a, 5, "gift", 1)), "newer", "line_malformed"),
    Lie("writer: a field outside the alphabet", "writer", Call(one, line(13, "<script>")), "new", "line_malformed"),
    Lie("writer: a day in the future", "writer", Call(one, lambda a, f: (
        attack_scene.field(a, 7, "2199-01-01"), a.update(leg_day=[date(2199, 1, 1)] * 2))), "new", "day_in_future"),
    Lie("writer: a reversal that is not written down", "writer", Call(reverse, put(undo_target=[], undo_entry=[])), "post", "undone_missing"),
    Lie("writer: a subject that did not move", "writer", Call(one, put(subject=["person/p1"], subject_entry=[1])), "paid_p1", "subject_version_wrong"),
    Lie("writer: a key that claims the next request's entry", "writer", Call(two, lambda a, f: (
        put(key_count=[2, 1])(a, f), attack_scene.field(a, 19, key_text(a["key"][0], 2, a["key_prints"][0])))), "new", "key_wrong"),
]  # fmt: skip


async def test_verify_finds_nothing_wrong_before_anybody_attacks(stage: Stage) -> None:
    """The verdicts below are on the lies and not on the scene."""
    scene = await stage.clean()
    reader = await scene.enter("reader")
    found = await verify_book(reader, scene.facts["book"], verifiers=())
    await reader.close()
    assert (found.ok, found.what, found.why) == (True, None, None)


@pytest.mark.parametrize("lie", [pytest.param(lie, id=lie.name) for lie in EVIDENCE])
async def test_verify_names_what_only_evidence_can_stop(stage: Stage, lie: Lie) -> None:
    """The lie gets through, and the next verification says so, names the first wrong entry and what is wrong
    with it.

    All in one transaction that is taken back, so that the lies can share a copy."""
    scene = await stage.clean()
    connection = await scene.enter(lie.who)
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        if isinstance(lie.how, Call):
            assert not (await attack_scene.send(scene, connection, lie.how))["moved"]
            await connection.execute("SET ROLE phb_reader")
        else:
            await connection.execute(lie.how.format_map(scene.facts))
        found = await verify_book(connection, scene.facts["book"], verifiers=())
    finally:
        await transaction.rollback()
        await connection.close()
    first = lie.first_wrong if not isinstance(lie.first_wrong, str) else scene.facts[lie.first_wrong]
    assert (found.ok, found.first_wrong, found.what) == (False, first, lie.what)


async def test_a_whole_new_history_is_told_only_by_the_notes_outside(scene: Scene, tmp_path: Path) -> None:
    """A superuser who edits a line and then makes leaf, root and frontier anew leaves a book that agrees with
    itself. The checkpoint published before, outside the database, is what gives it away: that is why notes
    are kept outside."""
    key = bytes(range(32))
    reader = await scene.enter("reader")
    publish(tmp_path, "TEST", await make_checkpoint(reader, scene.facts["book"], "test", key))
    await scene.watch.execute(
        _off(
            "entry", "never_changed",
            "UPDATE phb.entry SET body = replace(body, '|tester|', '|nobody|') WHERE book_id = {book} AND number = {post}; "
            "UPDATE phb.entry SET leaf = sha256('\\x00'::bytea || convert_to(body, 'UTF8')) WHERE book_id = {book}",
        ).format_map(scene.facts)
    )  # fmt: skip
    rows = await scene.watch.fetch("SELECT leaf FROM phb.entry WHERE book_id = $1 ORDER BY number", scene.facts["book"])
    frontier, _ = append_many(EMPTY_FRONTIER, [row["leaf"] for row in rows])
    await scene.watch.execute(
        "UPDATE phb.head SET root = $2, frontier = $3 WHERE book_id = $1",
        scene.facts["book"], frontier.root(), frontier.to_bytes(),
    )  # fmt: skip
    known = (verifier_of("test", key),)
    alone = await verify_book(reader, scene.facts["book"], verifiers=known)
    with_notes = await verify_book(reader, scene.facts["book"], verifiers=known, notes_directory=tmp_path)
    await reader.close()
    assert alone.ok
    assert (with_notes.ok, with_notes.what) == (False, "note_broken")


async def test_the_registrar_keeps_who_people_are_and_the_eraser_forgets_them(scene: Scene) -> None:
    """What the two may do is not simply shut: one reads and amends, the other deletes without reading what it deletes."""
    registrar = await scene.enter("registrar")
    assert await registrar.fetchval("SELECT content FROM phb.identity WHERE lookup = 'p1'") == b"who it is"
    await registrar.execute("UPDATE phb.identity SET content = 'amended' WHERE person_ref = 'p1'")
    await registrar.close()
    eraser = await scene.enter("eraser")
    await eraser.execute("DELETE FROM phb.identity WHERE person_ref = 'p1'")
    assert [row[0] for row in await eraser.fetch("SELECT person_ref FROM phb.identity")] == ["p2"]
    await eraser.close()
