"""A limit for signing plans is for all that one person gives somebody, in however many plans or versions of a year."""

import asyncio
from typing import Any

import pytest

from tests.api.asking import DAY
from tests.api.test_people_and_plans import LINE, PLAN, Office
from tests.api.test_people_and_plans import office as office  # The fixture.
from tests.api.test_versions import noticed

GBP = {"currency": "GBP"}
YEAR = {"from": "2025-04-01", "to": "2026-03-31"}
ABOVE = ["icb_policy.allocated_above_limit"]


async def _begun(office: Office) -> str:
    """Money enough, and a person."""
    await office.money()
    for year in ("2025-26", "2026-27"):
        await office.done("fay", "/funds/nhs/grants", {"year": year, "amount": "90000.00", **GBP, "effective_on": DAY})
    return await office.person()


async def _drafted(office: Office, person: str, amount: str, of: dict[str, Any] | None = None, **more: Any) -> str:
    """A plan of one notional line, drafted by Ann; its path. `of` is what else is said of the line."""
    days = {**YEAR, **more}
    line = {**LINE, **days, "amount": amount, "shares": [{"fund": "nhs", "weight": 1}], **(of or {})}
    drafted = await office.done("ann", f"/budgets/{person}/plans", {**PLAN, **days, "lines": [line]})
    return f"/budgets/{person}/plans/{drafted['plan']['plan']}"


async def _signed(office: Office, path: str, who: str = "ben", **more: Any) -> tuple[str, list[str], int]:
    decision = (await office.done(who, f"{path}/sign", {"effective_on": DAY, **more}))["decision"]
    return decision["outcome"], [each["rule"] for each in decision["findings"]], decision["number"]


async def _limited(office: Office, amount: str, since: str = "2025-04-01") -> None:
    """What Cat's grade may give."""
    limit = {"grade": "band7", "act": "allocate", "amount": amount, "from": since, **GBP}
    await office.done("gil", "/limits", limit)
    await office.done("gil", "/grades", {"actor": "cat", "grade": "band7", "from": since})


async def _again(office: Office, path: str, amount: str, **more: Any) -> tuple[str, list[str], int]:
    """A later version of a plan, with another amount, drafted by Ann and signed by Ben."""
    [kept] = (await office.get(path)).json()["versions"][-1]["lines"]
    line = {**LINE, **YEAR, "line": kept["line"], "amount": amount, "shares": [{"fund": "nhs", "weight": 1}]}
    days = {**YEAR, "from": "2025-05-01"}
    await office.done("ann", f"{path}/versions", {**PLAN, **days, "lines": [line], "notice_days": 28, **more})
    return await _signed(office, path)


@pytest.mark.parametrize("days", [YEAR, {"from": "2025-10-01", "to": "2026-03-31"}])
async def test_two_plans_of_one_year_are_held_to_the_limit_together(office: Office, days: dict[str, str]) -> None:
    """£15,000 is what one person signs: a second plan of £15,000 waits for another, whoever signs it and whichever half of the year
    it is for, and so does one of a penny; once another has approved it, it is signed."""
    person = await _begun(office)
    half = {"to": "2025-09-30"} if days != YEAR else {}
    assert (await _signed(office, await _drafted(office, person, "15000.00", **half)))[0] == "allow"
    for who in ("ben", "cat"):
        second = await _drafted(office, person, "15000.00", **days)
        outcome, rules, number = await _signed(office, second, who)
        assert (outcome, rules) == ("refer", ABOVE)
    assert (await _signed(office, await _drafted(office, person, "0.01", **days)))[:2] == ("refer", ABOVE)
    approve = f"/budgets/{person}/decisions/{number}/approve"
    await office.done("ben", approve, {"effective_on": DAY})
    assert (await _signed(office, second, "cat", approved=number))[0] == "allow"


async def test_two_plans_signed_at_once_do_not_both_pass(office: Office) -> None:
    """Ben and Cat sign one of £10,000 each in the same moment: one of them is signed, and the other waits for somebody."""
    person = await _begun(office)
    paths = [await _drafted(office, person, "10000.00") for _ in range(2)]
    both = await asyncio.gather(*(_signed(office, path, who) for path, who in zip(paths, ("ben", "cat"), strict=True)))
    assert sorted((outcome, rules) for outcome, rules, _ in both) == [("allow", []), ("refer", ABOVE)]


async def test_a_second_persons_own_limit_is_for_all_of_it(office: Office) -> None:
    """A grade that may give £20,000 does not let £30,000 through in two halves; one that may give £30,000 does."""
    person = await _begun(office)
    await _limited(office, "20000.00")
    assert (await _signed(office, await _drafted(office, person, "15000.00")))[0] == "allow"
    path = await _drafted(office, person, "15000.00")
    _, _, number = await _signed(office, path)
    approve = f"/budgets/{person}/decisions/{number}/approve"
    assert await office.no("cat", approve, {"effective_on": DAY}) == (422, "over_own_limit")
    await _limited(office, "30000.00", "2025-05-01")
    await office.done("cat", approve, {"effective_on": DAY})
    assert (await _signed(office, path, approved=number))[0] == "allow"


async def test_what_another_year_another_person_or_a_second_look_has_is_no_part_of_it(office: Office) -> None:
    """The next year's £15,000, and those of somebody else, are signed alone; what two people have looked at counts no more."""
    person = await _begun(office)
    assert (await _signed(office, await _drafted(office, person, "15000.00")))[0] == "allow"
    later = await _drafted(office, person, "15000.00", **{"from": "2026-04-01", "to": "2027-03-31"})
    assert (await _signed(office, later))[0] == "allow"
    other = await office.person()
    large = await _drafted(office, other, "15000.01")
    _, _, number = await _signed(office, large)
    await office.done("cat", f"/budgets/{other}/decisions/{number}/approve", {"effective_on": DAY})
    assert (await _signed(office, large, approved=number))[0] == "allow"
    assert (await _signed(office, await _drafted(office, other, "15000.00")))[0] == "allow"


@pytest.mark.parametrize("limited", [True, False])
async def test_a_second_look_at_something_else_is_none_at_the_amount(office: Office, limited: bool) -> None:
    """A cut of a penny without notice is referred, and Cat approves it: nobody but Ben has looked at how much the plan gives, and
    another of £15,000 waits, whatever Cat may give."""
    person = await _begun(office)
    if limited:
        await _limited(office, "15000.00")
    path = await _drafted(office, person, "15000.00")
    assert (await _signed(office, path))[0] == "allow"
    outcome, rules, number = await _again(office, path, "14999.99")
    assert (outcome, ABOVE[0] in rules) == ("refer", False)
    await office.done("cat", f"/budgets/{person}/decisions/{number}/approve", {"effective_on": DAY})
    assert (await _signed(office, path, approved=number))[0] == "allow"
    assert (await _signed(office, await _drafted(office, person, "15000.00")))[:2] == ("refer", ABOVE)


async def test_whoever_approves_is_held_to_all_that_the_person_was_given(office: Office) -> None:
    """Cat may give £20,000: after one plan of that which she approved she approves no other of the year, and Ben alone may sign
    what is within his own limit."""
    person = await _begun(office)
    await _limited(office, "20000.00")
    paths = [await _drafted(office, person, "20000.00") for _ in range(2)]
    numbers = []
    for path in paths:
        outcome, rules, number = await _signed(office, path)
        assert (outcome, rules) == ("refer", ABOVE)
        await office.done("cat", f"/budgets/{person}/decisions/{number}/approve", {"effective_on": DAY})
        numbers.append(number)
    assert (await _signed(office, paths[0], approved=numbers[0]))[0] == "allow"
    sent = {"effective_on": DAY, "approved": numbers[1]}
    assert await office.no("ben", f"{paths[1]}/sign", sent) == (422, "approval_unfit")
    _, _, number = await _signed(office, paths[1])
    approve = f"/budgets/{person}/decisions/{number}/approve"
    assert await office.no("cat", approve, {"effective_on": DAY}) == (422, "over_own_limit")
    assert (await _signed(office, await _drafted(office, person, "15000.00")))[0] == "allow"


@pytest.mark.parametrize(("amount", "fits"), [("14000.00", True), ("15000.01", False)])
async def test_what_was_approved_for_more_is_signed_for_less(office: Office, amount: str, fits: bool) -> None:
    """Approved with £15,000 besides, it is signed when £14,000 are left of those, and not when they have become a penny more."""
    person = await _begun(office)
    first, second = [await _drafted(office, person, "15000.00") for _ in range(2)]
    assert (await _signed(office, first))[0] == "allow"
    _, _, number = await _signed(office, second)
    await office.done("cat", f"/budgets/{person}/decisions/{number}/approve", {"effective_on": DAY})
    outcome, _, other = await _again(office, first, amount, **await noticed(office, person))
    assert outcome == ("allow" if fits else "refer")
    if not fits:
        await office.done("cat", f"/budgets/{person}/decisions/{other}/approve", {"effective_on": DAY})
        assert (await _signed(office, first, approved=other))[0] == "allow"
    if fits:
        assert (await _signed(office, second, approved=number))[0] == "allow"
    else:
        sent = {"effective_on": DAY, "approved": number}
        assert await office.no("ben", f"{second}/sign", sent) == (422, "approval_unfit")


async def test_money_of_a_term_counts_in_every_year_of_a_plan(office: Office) -> None:
    """Beside £10,000 for a term of two years, a plan that gives a penny in the first of them and £14,999.99 in the second is more
    than one person gives in the second."""
    person = await _begun(office)
    await office.done("fay", "/funds", {"fund": "chairs", "years": ["term"]})
    await office.done("fay", "/funds/chairs/grants", {"year": "term", "amount": "90000.00", **GBP, "effective_on": DAY})
    days = {"from": "2025-04-01", "to": "2027-03-31"}
    term = {
        "services": ["wheelchair"],
        "shares": [{"fund": "chairs", "weight": 1}],
        "term_end": "2027-03-31",
        "owner": "nhs",
    }
    years = [{"year": "2025-26", "amount": "0.01"}, {"year": "2026-27", "amount": "14999.99"}]
    assert (await _signed(office, await _drafted(office, person, "10000.00", of=term, **days)))[0] == "allow"
    both = await _drafted(office, person, "15000.00", of={"years": years}, **days)
    assert (await _signed(office, both, "cat"))[:2] == ("refer", ABOVE)


@pytest.mark.parametrize("uses", [False, True])
async def test_a_version_that_replaces_what_was_used_counts_with_it(office: Office, uses: bool) -> None:
    """Of a line of £15,000 that is left out, £900 of care that was ordered stay, and another line of £15,000 in its place is more
    than one person gives; what went back to the fund unused is none of it."""
    person = await _begun(office)
    path = await _drafted(office, person, "15000.00")
    assert (await _signed(office, path))[0] == "allow"
    if uses:
        await office.payee()
        [line] = (await office.get(f"/budgets/{person}?on={DAY}")).json()["lines"]
        order = {"line": line["line"], "service": "home_care", "amount": "900.00", "payee": "A1", "effective_on": DAY,
                 "care_from": "2025-05-01", "care_to": "2025-05-31", **GBP}  # fmt: skip
        assert (await office.done("cat", f"/budgets/{person}/spends", order))["outcome"] == "allow"
    days = {**YEAR, "from": "2025-05-01"}
    line = {**LINE, **days, "amount": "15000.00", "shares": [{"fund": "nhs", "weight": 1}]}
    await office.done("ann", f"{path}/versions", {**PLAN, **days, "lines": [line]})
    assert (ABOVE[0] in (await _signed(office, path))[1]) is uses
