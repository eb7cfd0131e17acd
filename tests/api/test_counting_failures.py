"""A failure to decide is counted once for each answer that is recorded, and for nothing else."""

from typing import Any

import pytest

from ledger.budgets import people
from policies.bundle import Bundle
from tests.api.lives import DAY, NED, START, D, N, bill, ordered
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.policies.broken import broken

SUSPEND = {"effective_on": DAY, "reasons": "It is looked at.", "alternative": "commissioned"}


class Failing:
    """The service while its rules decide nothing, and how often it says so."""

    def __init__(self, lives: Tried, bundle: Bundle) -> None:
        self.lives, self.engine, self.bundle = lives, lives.app.desk.books.engine, bundle

    async def counted(self, path: str, sent: Any, who: str, line: Any, *, key: str | None = None) -> tuple[int, int]:
        """The status of a request, and how many failures were counted for it."""
        before = self.engine.troubles.total()
        self.engine.bundle = broken(self.bundle, "overflow")
        try:
            # As it is, without the rehearsal of it that the other tests make.
            named = {} if key is None else {"key": key}
            found = await super(Tried, self.lives).send(path, sent, who, line, **named)
        finally:
            self.engine.bundle = self.bundle
        return found.status_code, self.engine.troubles.total() - before

    async def seen(self, who: str) -> tuple[int, int]:
        """The same of a look at a record."""
        before = self.engine.troubles.total()
        self.engine.bundle = broken(self.bundle, "overflow")
        try:
            found = await self.lives.get(f"/budgets/{NED}?on={DAY}", who)
        finally:
            self.engine.bundle = self.bundle
        return found.status_code, self.engine.troubles.total() - before


@pytest.fixture
def failing(lives: Tried) -> Failing:
    """The lives of the other tests."""
    return Failing(lives, lives.app.desk.books.engine.bundle)


async def test_what_is_decided_is_counted_once(failing: Failing) -> None:
    """Of a purchase, and of an act on a line: with its decision, never for a dry run or where its key has the answer already."""
    for path, sent, who, line in (
        ("spends", ordered("10.00"), "holder:holder-N", N), ("lines/D/suspend", SUSPEND, "officer", D),
    ):  # fmt: skip
        assert await failing.counted(f"{path}?dry_run=true", sent, who, line) == (200, 0)
        assert await failing.counted(path, sent, who, line, key=f"once-{line.line}") == (201, 1)
        assert await failing.counted(path, sent, who, line, key=f"once-{line.line}") == (201, 0)


async def test_an_approval_that_was_not_given_is_not_counted(failing: Failing) -> None:
    """What could not be judged again is no approval, and no decision is recorded."""
    asked = await failing.lives.done("spends", ordered("2000.00"), "holder:holder-N", N)
    path = f"decisions/{asked['number']}/approve"
    assert await failing.counted(path, {"effective_on": DAY}, "officer:olga", N) == (422, 0)


async def test_a_look_that_is_denied_is_counted_when_the_denial_is_kept(failing: Failing) -> None:
    """Once for each person, viewer and day, as the decision is kept, whether they read or write."""
    granted = people.Delegation(delegation="KIN", person=NED, holder="kin", scope="holder", start=START)
    await failing.lives.do(people.delegation_recorded("granted", granted))
    assert await failing.counted("invoices?dry_run=true", bill("Q-1", "10.00"), "officer:kin", N) == (403, 0)
    assert await failing.seen("officer:kin") == (403, 1)
    assert await failing.seen("officer:kin") == (403, 0)
    assert await failing.counted("invoices", bill("Q-1", "10.00"), "officer:kin", N) == (403, 0)
