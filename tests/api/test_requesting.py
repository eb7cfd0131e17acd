"""A budget that is asked for is written down, and a right to one is refused only on the ground that the law knows."""

from typing import Any

from tests.api.lives import DAY, DORA, D
from tests.api.test_dry_runs import Tried
from tests.api.test_holding import rules

REQUESTS = f"/people/{DORA}/requests"
ASKED = {"on": DAY, "right": "chc", "effective_on": DAY}
REFUSED = {"on": DAY, "ground": "not_appropriate", "reasons": "Because of the risk.", "effective_on": DAY}


async def asked(lives: Tried, **more: Any) -> str:
    """A request of Dora's that was written down."""
    made = await lives.done(REQUESTS, {**ASKED, **more}, line=D)
    assert made["outcome"] == "allow"
    return made["stated"]["request"]


async def test_a_right_is_not_refused_because_nobody_arranged_for_it(lives: Tried) -> None:
    """That there are no direct payments here, or no money, is no ground (SI 2012/2996 reg 32B), and reasons are in writing."""
    request = await asked(lives, management="direct_payment")
    path = f"{REQUESTS}/{request}/refuse"
    for ground in ("not_arranged", "no_money"):
        sent = {**REFUSED, "ground": ground, "other_way_offered": True}
        assert rules(await lives.done(path, sent, line=D)) == ("deny", ["statute.refusal_ground"])
    silent = {**REFUSED, "reasons": " ", "other_way_offered": True}
    assert rules(await lives.done(path, silent, line=D)) == ("deny", ["statute.refusal_reasons"])
    assert rules(await lives.done(path, REFUSED, line=D)) == ("refer", ["statute.refusal_other_ways"])
    [seen] = (await lives.get(REQUESTS)).json()["requests"]
    assert (seen["request"], seen["ground"]) == (request, None)
    assert rules(await lives.done(path, {**REFUSED, "other_way_offered": True}, line=D)) == ("allow", [])
    assert (await lives.get(REQUESTS)).json()["requests"][0]["ground"] == "not_appropriate"
    assert (await lives.send(path, REFUSED, line=D)).json()["code"] == "request_refused"


async def test_of_refused_direct_payments_one_in_six_months_is_looked_at_again(lives: Tried) -> None:
    """Reg 7(13), to the day; a decision that wrote a request down refuses nothing."""
    refusals = []
    for _ in range(2):
        path = f"{REQUESTS}/{await asked(lives, management='direct_payment')}/refuse"
        refusals.append((await lives.done(path, {**REFUSED, "other_way_offered": True}, line=D))["number"])
    for of, received_on, expected in (
        (refusals[0], "2025-06-02", "allow"), (refusals[1], "2025-12-01", "deny"), (refusals[1], "2025-12-02", "allow"),
    ):  # fmt: skip
        body = {"about": "refusal", "of": of, "received_on": received_on}
        assert (await lives.done("reconsiderations", body, line=D))["decision"]["outcome"] == expected
    body["of"] = (await lives.done(REQUESTS, ASKED, line=D))["number"]
    assert (await lives.send("reconsiderations", body, line=D)).json()["code"] == "reconsidered_not_found"


async def test_a_direct_payment_that_an_officer_declined_is_a_refusal_like_any_other(lives: Tried) -> None:
    """Reg 7(10) and (13): what its explanation says is what is counted, together with refusals by the form."""
    path = f"{REQUESTS}/{await asked(lives, management='direct_payment')}/refuse"
    refused = (await lives.done(path, {**REFUSED, "other_way_offered": True}, line=D))["number"]
    declined = []
    for _ in range(2):
        sent = {**ASKED, "right": "none", "management": "direct_payment"}
        referred = (await lives.done(REQUESTS, sent, line=D))["number"]
        no = {"effective_on": DAY, "reason": "another", "words": "Not in this way."}
        declined.append((await lives.done(f"decisions/{referred}/decline", no, "officer:olga", D))["number"])
    for of, received_on, expected in (
        (declined[0], "2025-06-02", ("allow", [])),
        (declined[1], "2025-12-01", ("deny", ["statute.reconsidered_before"])),
        (refused, "2025-12-01", ("deny", ["statute.reconsidered_before"])),
        (declined[1], "2025-12-02", ("allow", [])),
    ):  # fmt: skip
        told = (await lives.get(f"/budgets/{DORA}/decisions/{of}/explanation")).json()["ask_again"]
        assert "once in six months" in told[0]["says"]
        body = {"about": "refusal", "of": of, "received_on": received_on}
        assert rules((await lives.done("reconsiderations", body, line=D))["decision"]) == expected


async def test_a_request_without_a_right_waits_for_a_person(lives: Tried) -> None:
    """It may be offered all the same; a request that is not there cannot be refused."""
    referred = await lives.done(REQUESTS, {**ASKED, "right": "none"}, line=D)
    assert rules(referred) == ("refer", ["icb_policy.request_without_right"])
    assert (await lives.get(REQUESTS)).json()["requests"] == []
    await lives.done(f"decisions/{referred['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    again = await lives.done(REQUESTS, {**ASKED, "right": "none", "approved": referred["number"]}, line=D)
    assert (again["outcome"], again["stated"]) == ("allow", referred["stated"])
    [written] = (await lives.get(REQUESTS)).json()["requests"]
    assert written["request"] == referred["stated"]["request"]
    assert (await lives.send(f"{REQUESTS}/RNONE/refuse", REFUSED, line=D)).json()["code"] == "request_not_found"
