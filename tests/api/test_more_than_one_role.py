"""A token of a holder with further roles: those widen nothing but what they have a right to themselves."""

import pytest

from tests.api.lives import BOOK, DAY, NED, Lives
from tests.api.test_spending import code

WISH = {"line": "N", "service": "home_care", "amount": "10.00", "currency": "GBP", "effective_on": DAY, "payee": "A1"}
READS = ("", "/lines/N", "/decisions", "/decisions/1", f"/statement?first_day={DAY}&last_day={DAY}", "/plans")


@pytest.mark.parametrize("other", ["unheard_of", "commissioner", "operator"])
async def test_a_role_without_a_say_about_budgets_opens_none(lives: Lives, other: str) -> None:
    """Neither a role that we do not know nor one that sees no budgets makes a holder into staff: a stranger's budget is not
    there, and in their own they see no reviews."""
    order = await lives.spend("10.00", who="officer")
    await lives.spend("10.00", who="officer")
    stranger = {"Authorization": lives.client.token("holder", other, sub="holder-D")}
    for path in READS:
        answer = await lives.client.get(f"{BOOK}/budgets/{NED}{path}", headers=stranger)
        assert code(answer) == (404, "person_unknown"), path
    for path in ("spends", "asks"):
        answer = await lives.client.post(f"{BOOK}/budgets/{NED}/{path}", WISH, headers=stranger)
        assert code(answer) == (404, "person_unknown"), path
    released = await lives.client.post(
        f"{BOOK}/budgets/{NED}/holds/{order['hold']}/release", {"effective_on": DAY}, headers=stranger
    )
    assert code(released) == (404, "person_unknown")
    own = {"Authorization": lives.client.token("holder", other, sub="holder-N")}
    listed = (await lives.client.get(f"{BOOK}/budgets/{NED}/decisions", headers=own)).json()["decisions"]
    assert len(listed) == 2
    assert not any("reviews" in each for each in listed)


async def test_an_auditor_who_holds_a_budget_sees_all_and_spends_only_their_own(lives: Lives) -> None:
    """Seeing is the auditor's right, spending the holder's."""
    both = {"Authorization": lives.client.token("holder", "auditor", sub="holder-D")}
    await lives.spend("10.00")
    read = await lives.client.get(f"{BOOK}/budgets/{NED}/decisions", headers=both)
    assert "reviews" in read.json()["decisions"][0]
    assert code(await lives.client.post(f"{BOOK}/budgets/{NED}/spends", WISH, headers=both)) == (404, "person_unknown")
