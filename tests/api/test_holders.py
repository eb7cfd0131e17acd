"""What a holder may do: as far as a delegation goes, as long as it lasts, and no further for another role in the token."""

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


@pytest.mark.parametrize(("scope", "may"), [("see", ()), ("ask", ("asks",)), ("spend", ("asks", "spends"))])
async def test_a_delegation_allows_what_it_says(lives: Lives, scope: str, may: tuple[str, ...]) -> None:
    """To see is to see, to ask is to see and ask, to spend is all of it."""
    given = {"holder": "carer", "scope": scope, "from": "2025-04-01"}
    await lives.done(f"/people/{NED}/delegations", given)
    assert (await lives.get(f"/budgets/{NED}", "holder:carer")).status_code == 200
    for path in ("asks", "spends"):
        answer = await lives.send(path, WISH, "holder:carer")
        if path in may:
            assert answer.status_code == 201, path
        else:
            assert code(answer) == (403, "delegation_too_narrow"), path


async def test_a_delegation_that_is_over_repeats_nothing(lives: Lives) -> None:
    """Who may not any more is not told again what they were told while they might."""
    given = {"holder": "carer", "scope": "spend", "from": "2025-04-01"}
    made = await lives.done(f"/people/{NED}/delegations", given)
    first = await lives.send("spends", WISH, "holder:carer", key="mine")
    assert (await lives.send("spends", WISH, "holder:carer", key="mine")).text == first.text
    delegation = made["subject"].partition("/")[2]
    await lives.done(f"/people/{NED}/delegations/{delegation}/revoke", {})
    assert code(await lives.send("spends", WISH, "holder:carer", key="mine")) == (404, "person_unknown")
