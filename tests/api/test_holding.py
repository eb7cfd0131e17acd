"""Who holds a direct payment, and into which account it goes: what is named and approved, by whom, and what waits."""

from typing import Any

import pytest

from api.open_books import today
from api.permissions import Role
from ledger.budgets.reviews import review_held
from tests import kit
from tests.api.lives import BOOK, DAY, DORA, D
from tests.api.test_dry_runs import Tried

ON = {"effective_on": DAY}
BANK = {"sort_code": "200000", "account_number": "55779911", "account_name": "J Example"}
AGREED = {"agreed_on": DAY, "commissioner_agreed_on": DAY}
JUDGED = {"regarded": ["condition", "life", "value"], "words": "Known to her for years; the agency costs no less."}
TAKEN = {"judgement": JUDGED, "principal_on": DAY}
"""What is on record of whoever holds the money for another."""


def rules(decision: dict[str, Any]) -> tuple[str, list[str]]:
    """What it says, and which rules objected."""
    return decision["outcome"], [each["rule"] for each in decision["findings"]]


async def named(lives: Tried, role: str, **more: Any) -> tuple[str, list[str]]:
    """Somebody named to hold Dora's money."""
    taken = {} if role == "person" else TAKEN
    body = {"holder": f"{role}-1", "role": role, "from": DAY, **ON, **taken, **more}
    return rules(await lives.done(f"/people/{DORA}/holders", body, line=D))


async def born(lives: Tried, month: str) -> None:
    """Dora's month of birth is known."""
    group = {"name": "birth_month", "value": month, "from": DAY}
    await lives.done(f"/people/{DORA}/events", {"act": "groups_changed", "groups": [group]}, line=D)


async def test_a_nominee_agrees_and_is_agreed_to_and_asks_for_a_certificate_unless_exempt(lives: Tried) -> None:
    """Reg 6 and 7: each lack is said; family who are exempt need no certificate; who may, then holds the budget."""
    assert await named(lives, "nominee", nomination={}) == (
        "deny", ["statute.nominee_certificate", "statute.nominee_not_agreed", "statute.nominee_to_agree_to"],
    )  # fmt: skip
    exempt = {"agreed_on": DAY, "certificate_exempt": True}
    assert await named(lives, "nominee", nomination=exempt) == ("refer", ["statute.nominee_to_agree_to"])
    assert await named(lives, "nominee", nomination={**AGREED, "certificate_asked_on": DAY}) == ("allow", [])
    seen = await lives.client.get(f"{BOOK}/budgets/{DORA}", headers=lives.headers("holder:nominee-1"))
    assert seen.status_code == 200


async def test_a_representative_without_authority_waits_for_an_appointment_and_is_named_once_it_is_approved(
    lives: Tried,
) -> None:
    """Reg 5(3) and (4): the referral names nobody; approved by another it can be asked again, once."""
    body = {"holder": "neighbour", "role": "representative", "from": DAY, **ON, **TAKEN}
    referred = await lives.done(f"/people/{DORA}/holders", body, line=D)
    assert rules(referred) == ("refer", ["statute.representative_to_appoint"])
    await lives.done(f"decisions/{referred['number']}/approve", ON, "officer:olga", D)
    again = await lives.done(f"/people/{DORA}/holders", {**body, "approved": referred["number"]}, line=D)
    assert again["outcome"] == "allow"
    assert await named(lives, "representative", authority="deputy") == ("allow", [])


async def test_who_is_under_16_or_lacks_capacity_holds_no_money_themself(lives: Tried) -> None:
    """Reg 3 to 5: a representative may, and a nominee goes on where capacity is lost for a time."""
    await born(lives, "2010-01")
    assert await named(lives, "person") == ("deny", ["statute.holder_is_child"])
    assert await named(lives, "representative", authority="parental_responsibility") == ("allow", [])
    await born(lives, "1980-01")
    await lives.done(f"/people/{DORA}/events", {"act": "capacity_lost", "on": DAY}, line=D)
    assert await named(lives, "person") == ("deny", ["statute.holder_lacks_capacity"])
    exempt = {**AGREED, "certificate_exempt": True}
    assert await named(lives, "nominee", nomination=exempt) == ("refer", ["statute.nominee_without_capacity"])
    for_a_time = {**exempt, "lost_for_a_time_on": DAY}
    assert await named(lives, "nominee", nomination=for_a_time) == ("allow", [])


@pytest.mark.parametrize("answered", ["held_by_another", "reviewed"])
async def test_a_nomination_withdrawn_is_the_commissioners_to_answer(lives: Tried, answered: str) -> None:
    """Reg 6 and 17(2): nothing stops by itself. It is to be done until the budget is reviewed, or somebody else holds the money."""

    async def to_do() -> list[tuple[str, bool]]:
        found = (await lives.get(f"/budgets/{DORA}/ending")).json()["to_do"]
        return [(each["what"], each["done"]) for each in found]

    body = {"holder": "nominee-1", "role": "nominee", "from": DAY, **ON, **TAKEN}
    paper = {**AGREED, "certificate_exempt": True}
    made = await lives.done(f"/people/{DORA}/holders", {**body, "nomination": paper}, line=D)
    assert (rules(made), await to_do()) == (("allow", []), [])
    granted = (await lives.get(f"/people/{DORA}")).json()["delegations"]
    [delegation] = [each["delegation"] for each in granted if each["holder"] == "nominee-1"]
    await lives.done(f"/people/{DORA}/delegations/{delegation}/revoke", {}, line=D)
    assert await to_do() == [("nomination_withdrawn", False)]
    if answered == "reviewed":
        await lives.do(review_held(person=DORA, on=today(), outcome="unchanged"))
    else:
        assert await named(lives, "representative", authority="deputy") == ("allow", [])
    assert await to_do() == [("nomination_withdrawn", True)]


@pytest.mark.parametrize(("lacks", "expected"), [
    ({"judgement": None}, ["statute.holder_judgement"]), ({"principal_on": None}, ["statute.holder_principal"]),
    ({"judgement": {"regarded": ["condition", "value"], "words": "Cheaper."}}, ["statute.holder_judgement"]),
    ({"judgement": None, "principal_on": "2025-06-03"}, ["statute.holder_judgement", "statute.holder_principal"]),
])  # fmt: skip
async def test_who_holds_money_for_another_is_judged_on_record_and_makes_the_contracts(
    lives: Tried, lacks: dict[str, Any], expected: list[str]
) -> None:
    """Reg 3(2), 4 to 6: what is lacking, or of a later day, waits for another person; of the person themself nothing is asked."""
    assert await named(lives, "representative", authority="deputy", **lacks) == ("refer", expected)
    assert await named(lives, "person") == ("allow", [])
    wrong = {"holder": "p", "role": "person", "from": DAY, **ON, **TAKEN}
    no = await lives.send(f"/people/{DORA}/holders", wrong, line=D)
    assert (no.status_code, no.json()["code"]) == (400, "judgement_misplaced")


async def test_an_account_without_statements_is_not_approved(lives: Tried) -> None:
    """Reg 10(1)(a): as whoever registered it said; of one of which nobody said anything it is not asked."""
    for auditable, expected in (
        (False, ("deny", ["statute.account_not_auditable"])), (True, ("allow", [])), (None, ("allow", [])),
    ):  # fmt: skip
        sent = {**BANK, "auditable": auditable}
        made = await lives.done(f"/people/{DORA}/holder-accounts", sent, "officer:rita", D)
        path = f"/people/{DORA}/holder-accounts/{made['subject'].partition('/')[2]}/approve"
        assert rules(await lives.done(path, ON, "finance:fay", D)) == expected


@pytest.mark.parametrize(("lacks", "rule"), [
    ({"profession": False}, "statute.payee_profession"), ({"indemnity": False}, "statute.payee_indemnity"),
])  # fmt: skip
async def test_a_provider_of_no_profession_or_insurance_waits_for_another_person(
    lives: Tried, lacks: dict[str, bool], rule: str
) -> None:
    """Reg 11(2)(b) and (c): referred and not denied; said to be otherwise by now, they are approved."""
    payee = {"payee": "PHYSIO", "name": "A Physio", "regulated": False, **lacks}
    await lives.done("/payees", payee, "finance:rita")
    asked = await lives.done("/payees/PHYSIO/approve", {}, "officer:olga")
    assert rules(asked["decision"]) == ("refer", [rule])
    assert (await lives.get("/payees/PHYSIO")).json()["state"] == "registered"
    now = {"regulated": False, **dict.fromkeys(lacks, True)}
    await lives.done("/payees/PHYSIO/registration", now, "finance:rita")
    assert rules((await lives.done("/payees/PHYSIO/approve", {}, "officer:olga"))["decision"]) == ("allow", [])


async def registered(lives: Tried, held_by: str) -> str:
    """An account of Dora's, registered; the path to it."""
    made = await lives.done(f"/people/{DORA}/holder-accounts", {**BANK, "held_by": held_by}, "officer:rita", D)
    return f"/people/{DORA}/holder-accounts/{made['subject'].partition('/')[2]}"


async def test_no_account_of_a_carer_alone_or_of_a_child_is_approved(lives: Tried) -> None:
    """The first is local policy, the second the law; neither leaves an approval."""
    carer = await registered(lives, "carer")
    refused = await lives.done(f"{carer}/approve", ON, "finance:fay", D)
    assert rules(refused) == ("deny", ["icb_policy.account_of_carer_alone"])
    await born(lives, "2015-03")
    own = await registered(lives, "person")
    assert rules(await lives.done(f"{own}/approve", ON, "finance:fay", D)) == ("deny", ["statute.holder_is_child"])
    states = (await lives.get(f"/people/{DORA}")).json()["holder_accounts"]
    assert [each["state"] for each in states] == ["approved", "registered", "registered"]


async def test_an_account_is_approved_by_two_and_one_that_takes_anothers_place_waits(
    lives: Tried, book: kit.Book
) -> None:
    """Neither approver registered it, nor are they the same; until the second there is no payment into it, and it is usable some
    days after."""
    path = await registered(lives, "person")
    assert (await lives.done(f"{path}/approve", ON, "finance:fay", D))["stated"]["approval"] == "first"
    again = await lives.send(f"{path}/approve", ON, "finance:fay", D)
    assert again.json()["code"] == "second_person_needed"
    assert (await lives.done(f"{path}/approve", ON, "officer:olga", D))["stated"]["approval"] == "second"
    newest = "SELECT attributes ->> 'usable_from' AS day FROM phb.register WHERE kind = 'holder_account' ORDER BY number DESC"
    said = await kit.rows(book.dsn, newest)
    assert said[0]["day"] == "2025-06-05"


async def test_who_registered_an_account_never_approves_it_also_after_a_bar(lives: Tried) -> None:
    """Barred by somebody else, it is still the account that they registered."""
    path = await registered(lives, "person")
    await lives.done(f"{path}/bar", {}, "finance:fay", D)
    alone = await lives.send(f"{path}/approve", ON, "officer:rita", D)
    assert alone.json()["code"] == "second_person_needed"
    assert (await lives.done(f"{path}/approve", ON, "officer:olga", D))["stated"]["approval"] == "first"


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.OFFICER,)])
async def test_only_officers_name_a_holder(lives: Tried, role: Role) -> None:
    """Everybody else is told that they may not."""
    body = {"holder": "x", "role": "person", "from": DAY, **ON}
    answer = await lives.send(f"/people/{DORA}/holders", body, role.value, D)
    assert answer.status_code in (403, 404)
