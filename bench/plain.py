"""The reference: a classic double-entry in plain PostgreSQL, one function call and one commit for each
transfer.

It has what such ledgers have: random identifiers, row locks in order, a running balance and a version on
each entry. It has no
log, no hashes, no idempotency beyond its primary key, no periods, guards or refusals. pgbench drives it,
so no Python slows it.
"""

import asyncio
import re
import secrets
import time
from typing import Any

from api.embedded import TOOLS
from bench.ground import Ground
from bench.invariants import plain_problems
from bench.rows import Case, Measured, Row, Sample

SCHEMA = """
CREATE SCHEMA plain;
CREATE TABLE plain.account (
    account_id integer PRIMARY KEY, balance bigint NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE plain.transfer (
    transfer_id uuid PRIMARY KEY, debit_id integer NOT NULL REFERENCES plain.account,
    credit_id integer NOT NULL REFERENCES plain.account CHECK (credit_id <> debit_id),
    amount bigint NOT NULL CHECK (amount > 0), effective_on date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE plain.entry (
    account_id integer NOT NULL REFERENCES plain.account, version bigint NOT NULL,
    transfer_id uuid NOT NULL REFERENCES plain.transfer, amount bigint NOT NULL, balance_after bigint NOT
    NULL,
    PRIMARY KEY (account_id, version)
);
CREATE FUNCTION plain.post(
    p_id uuid, p_debit integer, p_credit integer, p_amount bigint, p_day date
) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM plain.account WHERE account_id IN (p_debit, p_credit)
        ORDER BY account_id FOR NO KEY UPDATE;
    INSERT INTO plain.transfer (transfer_id, debit_id, credit_id, amount, effective_on)
        VALUES (p_id, p_debit, p_credit, p_amount, p_day);
    WITH moved AS (
        UPDATE plain.account SET balance = balance + p_amount, version = version + 1
        WHERE account_id = p_debit RETURNING account_id, version, balance
    )
    INSERT INTO plain.entry SELECT account_id, version, p_id, p_amount, balance FROM moved;
    WITH moved AS (
        UPDATE plain.account SET balance = balance - p_amount, version = version + 1
        WHERE account_id = p_credit RETURNING account_id, version, balance
    )
    INSERT INTO plain.entry SELECT account_id, version, p_id, -p_amount, balance FROM moved;
    RETURN p_id;
END
$$;
"""
ACCOUNTS = "INSERT INTO plain.account (account_id) SELECT generate_series(1, $1::integer)"
UNIFORM = r"""
\set a random(1, :accounts)
\set b 1 + (:a - 1 + random(1, :accounts - 1)) % :accounts
\set pence random(100, 99999)
\set days random(0, 29)
SELECT plain.post(gen_random_uuid(), :a, :b, :pence, current_date - :days::integer);
"""
HOT = UNIFORM.replace(r"\set a random(1, :accounts)", r"\set a 1")
WAL_EACH = 4_000
_TPS = re.compile(r"^tps = ([0-9.]+) \(without initial connection time\)$", re.MULTILINE)


async def _pgbench(ground: Ground, database: str, script: str, clients: int, *until: str) -> tuple[float, list[float]]:
    """Transfers a second, and each one's wait in seconds."""
    name = f"plain-{secrets.token_hex(4)}"
    file = ground.directory / f"{name}.sql"
    file.write_text(script, encoding="ascii")
    process = await asyncio.create_subprocess_exec(
        str(TOOLS / "pgbench"),
        "--no-vacuum",
        "--protocol=prepared",
        f"--client={clients}",
        f"--jobs={min(2, clients)}",
        f"--define=accounts={ground.plan.accounts}",
        f"--file={file}",
        "--log",
        f"--log-prefix={ground.directory / name}",
        *until,
        "-h",
        ground.embedded.socket_directory,
        "-U",
        "postgres",
        database,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
    found = _TPS.search(said)
    if process.returncode or found is None:
        raise RuntimeError(said[-2000:])
    waits = []
    for log in ground.directory.glob(f"{name}.*"):
        if log != file:
            waits += [int(line.split(" ", 3)[2]) / 1e6 for line in log.read_text(encoding="ascii").splitlines()]
        log.unlink()
    return float(found[1]), waits


async def _prepared(ground: Ground) -> str:
    name = await ground.new_database("template1")
    async with ground.admin(name) as admin:
        await admin.execute(SCHEMA)
        await admin.execute(ACCOUNTS, ground.plan.accounts)
    return name


def _rate(name: str, work: str, clients: int, script: str) -> Case:
    async def run(ground: Ground) -> Measured:
        database = await _prepared(ground)
        seconds = max(1, round(ground.plan.seconds))
        try:
            rate, waits = await _pgbench(ground, database, script, clients, f"--time={seconds}")
            problems = await plain_problems(ground.embedded.uri(database))
        finally:
            await ground.drop(database)
        return Measured({name: Sample(rate, waits)}, problems)

    return Case((Row(name, work, "/s", note="reference: no log, hashes or refusals; driven by pgbench"),), run)


async def _wal(ground: Ground) -> Measured:
    database = await _prepared(ground)
    each = WAL_EACH // (20 if ground.plan.quick else 1)
    try:
        async with ground.admin(database) as admin:
            await admin.execute("CHECKPOINT")
            before = await admin.fetchval("SELECT pg_current_wal_lsn()")
            await _pgbench(ground, database, UNIFORM, 8, f"--transactions={each}")
            written = await admin.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::bigint", before)
        problems = await plain_problems(ground.embedded.uri(database))
    finally:
        await ground.drop(database)
    return Measured({"plain.wal": Sample(written / (8 * each))}, problems)


async def _machine(ground: Ground) -> Measured:
    async with ground.admin() as admin:
        await admin.execute("CREATE TABLE IF NOT EXISTS bench_commit (number bigint, word text)")
        insert = await admin.prepare("INSERT INTO bench_commit VALUES ($1, 'one row and its commit') RETURNING 1")
        trip = await admin.prepare("SELECT 1")
        commits = await _timed(insert, (1,), ground.plan.reads)
        trips = await _timed(trip, (), ground.plan.reads)
    return Measured(
        {
            "machine.commit": Sample(_middle(commits), commits),
            "machine.round-trip": Sample(_middle(trips), trips),
        }
    )


async def _timed(statement: Any, values: tuple[int, ...], times: int) -> list[float]:
    waits = []
    for number in range(times + 20):
        began = time.perf_counter()
        await statement.fetchval(*values)
        if number >= 20:
            waits.append(time.perf_counter() - began)
    return waits


def _middle(waits: list[float]) -> float:
    return sorted(waits)[len(waits) // 2] * 1000


CASES = (
    Case(
        (
            Row(
                "machine.commit",
                "insert one row and commit it, one connection",
                "ms",
                note="fsync bounds one client",
            ),
            Row("machine.round-trip", "SELECT 1, one connection", "ms", note="so does the way there and back"),
        ),
        _machine,
    ),
    _rate("plain.1", "plain PostgreSQL, 1 client", 1, UNIFORM),
    _rate("plain.8", "plain PostgreSQL, 8 clients", 8, UNIFORM),
    _rate("plain.64", "plain PostgreSQL, 64 clients", 64, UNIFORM),
    _rate("plain.hot", "plain PostgreSQL, 64 clients, one hot account", 64, HOT),
    Case(
        (
            Row(
                "plain.wal",
                "plain PostgreSQL, WAL for a transfer",
                "bytes",
                note="after a checkpoint, full pages included",
            ),
        ),
        _wal,
    ),
)
