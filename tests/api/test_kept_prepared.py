"""What each act asks of the book is planned once for a connection, however long the statement is."""

from typing import Any

from ledger.budgets import store_foreseen
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import Owed
from tests.api.test_recovery import owed as owed  # The fixture.

PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"


async def test_the_facts_of_an_act_are_planned_once(owed: Owed) -> None:
    """Of three demands, each tried first, every connection that read what they are about still has the statement prepared, and runs
    one plan: planned each time it takes longer than all else that an act does."""
    books: Any = owed.lives.app.desk.books
    facts = (await books.open(await books.row("TEST"))).facts
    for amount in ("100.00", "60.00", "20.00"):
        await owed.demanded(amount)
    async with facts.acquire() as connection:
        [found] = await connection.fetch(PLANS, store_foreseen.CONCERNED)
    assert found["custom_plans"] == 0
    assert found["generic_plans"] >= 6, "a demand and its dry run, three times"
