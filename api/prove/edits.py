"""Promise: whoever edits the database behind the service's back is found out, and told which entry."""

import asyncpg

from api.prove.book import POUND
from api.prove.child import insist, outcome_of
from api.prove.shown import Shown
from api.prove.stage import Connection, Stage, words_of
from ledger.book import store_edits

REFUSED = "PH020"
"""What the guards of history answer, even to the owner of the tables."""


class _Superuser:
    """Somebody with the server's own superuser, who can switch a guard off."""

    def __init__(self, connection: Connection, book_id: int) -> None:
        self.connection = connection
        self.book_id = book_id

    async def run(self, table: str, statement: str, *values: object) -> list[asyncpg.Record]:
        """One statement on a guarded table, with its guard off meanwhile."""
        async with self.connection.transaction():
            await self.connection.execute(store_edits.GUARD_OFF[table])
            rows: list[asyncpg.Record] = await self.connection.fetch(statement, *values)
            await self.connection.execute(store_edits.GUARD_ON[table])
        return rows


async def show_edits(stage: Stage) -> Shown:
    """A posting's amount, a request's key and a decision are edited as superuser, named by verify, and put back."""
    shown = Shown("Nobody edits the book unseen, not even with the database's own superuser.")
    connection = await asyncpg.connect(stage.server.uri())
    try:
        somebody = _Superuser(connection, stage.opened.row.book_id)
        # Sent again, the first request of the load says which entry its decision is; the hold is the next one.
        spent = (await insist(stage.opened, *stage.scene.load(0))).outcome.number
        await _guarded(shown, somebody, spent + 1)
        await _posting(stage, shown, somebody, spent + 1)
        await _key(stage, shown, somebody, spent)
        await _denial(stage, shown, somebody)
    finally:
        await connection.close()
    verdict = await stage.verify()
    shown.step("All three had been put back as they were.", words_of(verdict) + ".", kept=verdict.ok)
    shown.counts = {"edits": 3, "entries": verdict.entries}
    return shown


async def _named(stage: Stage, shown: Shown, did: str, number: int) -> None:
    """The step in which verify has to name the entry."""
    verdict = await stage.verify()
    shown.step(did, words_of(verdict) + ".", kept=not verdict.ok and verdict.first_wrong == number)


async def _guarded(shown: Shown, somebody: _Superuser, number: int) -> None:
    try:
        await somebody.connection.execute(store_edits.POSTING_EDITED, somebody.book_id, number, POUND)
        found, kept = "it was let through.", False
    except asyncpg.PostgresError as no:
        found, kept = f"refused: {no.args[0]}.", no.sqlstate == REFUSED
    shown.step(f"As superuser, £1.00 was added to a posting of entry {number}.", found, kept=kept)


async def _posting(stage: Stage, shown: Shown, somebody: _Superuser, number: int) -> None:
    await somebody.run("posting", store_edits.POSTING_EDITED, somebody.book_id, number, POUND)
    did = f"The guard of the table was switched off and the same £1.00 added to the posting of entry {number}."
    await _named(stage, shown, did, number)
    await somebody.run("posting", store_edits.POSTING_EDITED, somebody.book_id, number, -POUND)


async def _key(stage: Stage, shown: Shown, somebody: _Superuser, number: int) -> None:
    [row] = await somebody.run("request_key", store_edits.KEY_FREED, somebody.book_id, number)
    did = f"The key of the request behind entry {number} was deleted, so that the request could be done a second time."
    await _named(stage, shown, did, number)
    await somebody.run("request_key", store_edits.KEY_PUT_BACK, somebody.book_id, *row.values())


async def _denial(stage: Stage, shown: Shown, somebody: _Superuser) -> None:
    raced = [await insist(stage.opened, *stage.scene.spend("race", 0, POUND, 0, name)) for name in "AB"]
    number = next(each.outcome.number for each in raced if outcome_of(each) == "deny")
    await somebody.run("register", store_edits.DECISION_EDITED, somebody.book_id, number, "allow")
    await _named(stage, shown, f"The denial of entry {number} was made an allowance in the register.", number)
    await somebody.run("register", store_edits.DECISION_EDITED, somebody.book_id, number, "deny")
