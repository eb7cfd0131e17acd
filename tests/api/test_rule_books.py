"""Rules over HTTP: drafted, tried, put in force by another person, taken back, and read by everybody."""

import base64
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api import replays
from ledger.budgets import plans
from policies import publishing
from policies.bundle import Bundle, BundleUnfit, files_of, hash_of
from policies.measured import NOT_SEARCHED
from tests import kit
from tests.api.asking import Client
from tests.api.lives import Lives
from tests.api.test_autonomy import _person_of
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_recovery import GBP, ON
from tests.policies.files import copied, rewritten

LIMIT, LOW = (
    '"single_pence": [{"from": "2013-08-01", "value": 100000}]',
    '"single_pence": [{"from": "2013-08-01", "value": 5000}]',
)
UNKNOWN = "0" * 64


@pytest.fixture
def strict(tmp_path: Path) -> Bundle:
    """Other rules than the published ones: a purchase of more than £50 is referred."""
    return Bundle.load(rewritten(tmp_path, "limits/default.json", LIMIT, LOW))


def sent(bundle: Bundle) -> dict[str, Any]:
    """A bundle as it is sent."""
    return {"hash": bundle.hash, "files": {name: base64.b64encode(raw).decode() for name, raw in bundle.files.items()}}


async def states(lives: Lives) -> dict[str, str]:
    """How each bundle stands."""
    answer = await lives.get("/rules/bundles", "officer")
    return {each["hash"]: each["state"] for each in answer.json()["bundles"]}


async def test_rules_are_drafted_tried_and_put_in_force_by_two_people(lives: Tried, strict: Bundle) -> None:
    """The whole life over HTTP, each step tried first: what a spend above £50 gets changes when the rules do, and not before."""
    own = lives.app.desk.books.engine.bundle
    await lives.spend("60.00")
    for path in ("shadow", "activate", "retire"):
        answer = await lives.send(f"/rules/{path}", {"hash": strict.hash}, "officer:ann")
        assert (answer.status_code, answer.json()["code"]) == (422, "bundle_not_drafted"), path
    drafted = await lives.done("/rules/drafts", sent(strict), "officer:ann")
    assert drafted["attributes"]["act"] == "drafted"
    assert (await states(lives)) == {own.hash: "active", strict.hash: "draft"}
    kept = (await lives.get(f"/rules/bundles/{strict.hash}", "auditor")).json()
    assert kept == sent(strict)
    await lives.done("/rules/shadow", {"hash": strict.hash}, "officer:ann")
    assert (await lives.spend("70.00"))["outcome"] == "allow"
    trial = (await lives.get("/rules/trial", "auditor")).json()
    assert (trial["hash"], trial["goes_on"], trial["differences"]["treated"]["amount"]) == (strict.hash, True, "70.00")
    assert [rule["rule"] for rule in trial["differences"]["rules"]] == ["icb_policy.over_single_limit"]
    same = await lives.send("/rules/activate", {"hash": strict.hash}, "officer:ann")
    assert (same.status_code, same.json()["code"]) == (422, "second_person_needed")
    await lives.done("/rules/activate", {"hash": strict.hash}, "officer:ben")
    assert (await states(lives)) == {own.hash: "retired", strict.hash: "active"}
    referred = await lives.spend("60.00")
    assert (referred["outcome"], referred["bundle"]) == ("refer", strict.hash)
    again = await lives.send("/rules/activate", {"hash": strict.hash}, "officer:ben")
    assert (again.status_code, again.json()["code"]) == (422, "bundle_in_force")


async def test_the_past_is_decided_again_under_drafted_rules(
    lives: Tried, strict: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Who would have been treated otherwise, by which rule, and what another limit would spare; what is answered is what a replay
    finds, and nothing is written. Single decisions are for who may see people, and that they asked is written down."""
    await lives.spend("40.00")
    await lives.spend("60.00")
    await lives.spend("70.00")
    await lives.done("/rules/drafts", sent(strict), "officer:ann")
    asked = f"/rules/replay?bundle={strict.hash}&from=2025-01-01"
    before = await lives.kept()
    found = (await lives.get(f"{asked}&limit=single_pence&values=65.00,30.00,50.00", "auditor")).json()
    assert await lives.kept() == before
    differences = found["differences"]
    assert differences["treated"] == {"decisions": 2, "people": 1, "amount": "130.00"}
    assert [rule["rule"] for rule in differences["rules"]] == ["icb_policy.over_single_limit"]
    tried = {one["value"]: (one["spared"]["decisions"], one["added"]["decisions"]) for one in found["limits"]}
    assert tried == {"£65": (1, 0), "£30": (0, 1), "£50": (0, 0)}
    assert [one["value"] for one in found["limits"] if one["is_own"]] == ["£50"]
    assert found["counts"]["exact"] == differences["compared"]["decisions"] == 3
    assert {one["limit"]: one["why"] for one in found["not_searched"]} == NOT_SEARCHED
    no = await lives.get(f"{asked}&limit=surplus_weeks", "auditor")
    assert (no.status_code, no.json()["facts"]) == (400, {"why": NOT_SEARCHED["surplus_weeks"]})
    assert (await lives.get(asked, "auditor")).json()["not_searched"] == []
    assert "each" not in differences
    no = await lives.get(f"{asked}&each=true", "commissioner")
    assert (no.status_code, no.json()["code"]) == (403, "permission_missing")
    each = (await lives.get(f"{asked}&each=true", "auditor")).json()["differences"]["each"]
    assert [one["amount"] for one in each] == ["60.00", "70.00"]
    rows = await kit.rows(lives.dsn, "SELECT act, actor FROM phb.access WHERE act = 'replay_decisions'")
    assert len(rows) == 1
    later = (await lives.get(f"{asked}&to=2025-01-31", "auditor")).json()
    assert later["differences"]["compared"]["decisions"] == 0
    for more, status, code in (
        ("&limit=nothing", 400, "parameter_malformed"), ("&values=1.00", 400, "parameter_malformed"),
        ("&limit=single_pence&values=x", 400, "parameter_malformed"), ("&to=2024-12-31", 400, "dates_malformed"),
    ):  # fmt: skip
        no = await lives.get(asked + more, "auditor")
        assert (no.status_code, no.json()["code"]) == (status, code), more
    unknown = await lives.get(f"/rules/replay?bundle={UNKNOWN}&from=2025-01-01", "auditor")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "bundle_missing")
    monkeypatch.setattr(replays, "MOST_DECISIONS", 2)
    no = await lives.get(asked, "auditor")
    assert (no.status_code, no.json()["code"], no.json()["facts"]) == (422, "replay_too_long", {"most": "2"})


async def test_who_may_not_see_people_replays_months_at_coarse_limits(lives: Tried) -> None:
    """A day and a penny would single out one purchase; who may see people asks what they like."""
    limit = "from=2025-06-01&limit=single_pence"
    for asked, field in (
        ("from=2025-06-02", "from"), ("from=2025-06-01&to=2025-06-29", "to"), ("from=2025-06-01&to=2025-06-30", None),
        ("from=2025-06-01&to=9999-12-31", None), (limit, None), (f"{limit}&values=60.00,870.00,1200.00", None),
        (f"{limit}&values=60.00,65.00", "values"), (f"{limit}&values=70.01", "values"), (f"{limit}&values=1210.00", "values"),
        ("from=2025-06-01&limit=stop_notice_days&values=27", None),
        ("from=2025-06-01&limit=stop_notice_days&values=101", "values"),
    ):  # fmt: skip
        path = f"/rules/replay?bundle={lives.app.desk.books.engine.bundle.hash}&{asked}"
        answer = await lives.get(path, "commissioner")
        assert (answer.status_code, answer.json().get("field")) == (400 if field else 200, field), asked
        assert (await lives.get(path, "auditor")).status_code == 200


async def test_who_may_not_see_people_reads_the_same_of_one_as_of_nobody(lives: Tried, strict: Bundle) -> None:
    """Whether the only purchase of a month is above a limit or below is not told, nor by which rule it would be looked at."""
    await lives.spend("60.00")
    await lives.done("/rules/drafts", sent(strict), "officer:ann")
    for bundle in (strict, lives.app.desk.books.engine.bundle):
        asked = f"/rules/replay?bundle={bundle.hash}&limit=single_pence&values=50.00,60.00,70.00&from="
        months = ("2025-06-01", "2026-01-01")
        of_one, of_nobody = [(await lives.get(asked + month, "commissioner")).json() for month in months]
        assert of_one["differences"] == of_nobody["differences"]
        assert of_one["limits"] == of_nobody["limits"]


async def test_who_may_not_see_people_is_not_told_of_few(lives: Tried, strict: Bundle) -> None:
    """What a trial and a replay found of four people says no number to a commissioner and names no rule, as of nobody, and of five
    it is rounded, totals too; who may see people has every number."""
    plain = Lives(lives.app, lives.client)
    plain.writer = lives.writer
    lines = [await _person_of(plain, place, None) for place in range(5)]
    await plain.done("/rules/drafts", sent(strict), "officer:ann")
    await plain.done("/rules/shadow", {"hash": strict.hash}, "officer:ann")

    async def order(line: plans.Line, amount: str) -> None:
        body = {"line": line.line, "service": "home_care", "amount": amount, "payee": "A1", **GBP, **ON}
        await plain.done("spends", body, "officer", line)

    async def told(who: str) -> list[tuple[Any, ...]]:
        asked = ("/rules/trial", f"/rules/replay?bundle={strict.hash}&from=2025-01-01&limit=single_pence&values=60.00")
        trial, replay = [(await lives.get(path, who)).json() for path in asked]
        assert trial["differences"] == replay["differences"]
        found = trial["differences"]
        assert {rule["rule"] for rule in found["rules"]} <= {"icb_policy.over_single_limit"}
        assert replay["counts"]["exact"] == (found["compared"]["decisions"] or 5)
        tallies = [found["compared"], found["treated"], *(each["tally"] for each in found["transitions"])]
        tallies += [rule[way] for rule in found["rules"] for way in ("raised", "dropped")]
        return [tuple(each.values()) for each in (*tallies, replay["limits"][0]["spared"])]

    for line in lines[:4]:
        await order(line, "51.00")
    few, nobody = (None, None, None, "too few to say"), (0, 0, "0.00")
    assert await told("commissioner") == [few, few, few]
    assert await told("auditor") == [(4, 4, "204.00")] * 4 + [nobody, (4, 4, "204.00")]
    await order(lines[4], "51.00")
    await order(lines[4], "20.00")
    assert await told("auditor") == [(6, 5, "275.00"), *[(5, 5, "255.00")] * 3, nobody, (5, 5, "255.00")]
    assert await told("commissioner") == [(5, 5, "300.00"), *[(5, 5, "300.00")] * 3, few, (5, 5, "300.00")]


async def test_a_rule_that_cannot_be_evaluated_denies_and_raises_a_metric(lives: Tried, tmp_path: Path) -> None:
    """A number that overflows in rules which are in force: what is asked for is denied, and the alert's counter, which was there
    with 0 before, has the request itself, and not the try."""
    overflow = "resource.amount_pence * 9223372036854775807 > 1"
    broken = Bundle.load(rewritten(tmp_path, "rules/plan.cedar", "!resource.plan_signed", overflow))
    await lives.done("/rules/drafts", sent(broken), "officer:ann")
    await lives.done("/rules/activate", {"hash": broken.hash}, "officer:ben")
    count = 'phb_policy_trouble_total{code="overflow"} '
    before = (await lives.client.get("/metrics", role="operator")).text
    assert count in before
    denied = await lives.spend("60.00")
    assert (denied["outcome"], [each["rule"] for each in denied["findings"]]) == ("deny", ["engine.overflow"])
    after = (await lives.client.get("/metrics", role="operator")).text
    first, then = (float(text.partition(count)[2].split("\n")[0]) for text in (before, after))
    assert then - first == 1


async def test_a_trial_that_cannot_decide_alarms_nobody(lives: Tried, tmp_path: Path) -> None:
    """Its failures are counted apart, and not those of the try; the metric that people are alarmed by stays as it was, and so does
    the decision."""
    overflow = "resource.amount_pence * 9223372036854775807 > 1"
    broken = Bundle.load(rewritten(tmp_path, "rules/plan.cedar", "!resource.plan_signed", overflow))
    await lives.done("/rules/drafts", sent(broken), "officer:ann")
    await lives.done("/rules/shadow", {"hash": broken.hash}, "officer:ann")

    async def counts() -> tuple[float, float]:
        text = (await lives.client.get("/metrics", role="operator")).text
        names = ("phb_policy_trouble_total", "phb_policy_trial_trouble_total")
        first, second = (float(text.partition(f'{name}{{code="overflow"}} ')[2].split("\n")[0]) for name in names)
        return first, second

    before = await counts()
    assert (await lives.spend("60.00"))["outcome"] == "allow"
    after = await counts()
    assert (after[0] - before[0], after[1] - before[1]) == (0, 1)


async def test_the_files_of_rules_for_other_facts_are_still_read(lives: Tried, tmp_path: Path) -> None:
    """Kept by an earlier version of the service: the bytes are served, though they can be no bundle here."""
    folder = copied(tmp_path)
    schema = folder / "rules" / "phb.cedarschema"
    schema.write_text(
        schema.read_text().replace("  person_alive: Bool,\n", "  person_alive: Bool,\n  forgotten_fact: Bool,\n", 1)
    )
    files = files_of(folder)
    with pytest.raises(BundleUnfit):
        Bundle.of_files(files)
    old = msgspec.structs.replace(Bundle.load(), hash=hash_of(files), files=files)
    row = await lives.app.desk.books.row("TEST")
    async with lives.app.desk.books.reading(row) as connection:
        drafted = await publishing.draft(connection, row.book_id, old, os.urandom(16))
    await lives.do(*drafted.requests)
    got = await lives.get(f"/rules/bundles/{old.hash}", "auditor")
    assert (got.status_code, got.json()) == (200, sent(old))


async def test_what_is_no_bundle_is_not_drafted(lives: Tried, strict: Bundle) -> None:
    """Files that are no rules, of another hash, not in base64, or that would be written elsewhere; a day that has passed; and for
    those who may not nothing at all."""
    whole = sent(strict)
    broken = {**whole["files"], "services.json": base64.b64encode(b"{}").decode()}
    outside = {**whole["files"], "rules/../../x.cedar": whole["files"]["rules/plan.cedar"]}
    for body, code in (
        ({**whole, "hash": UNKNOWN}, "bundle_differs"),
        ({**whole, "files": broken}, "bundle_unfit"),
        ({**whole, "files": outside}, "bundle_unfit"),
        ({**whole, "files": {"services.json": "%"}}, "bundle_unfit"),
        ({**whole, "files": {}}, "bundle_unfit"),
    ):
        answer = await lives.send("/rules/drafts", body, "officer:ann")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert code != "bundle_unfit" or answer.json()["facts"]["reason.01"]
    assert (await lives.send("/rules/drafts", whole, "auditor")).status_code == 403
    await lives.done("/rules/drafts", whole, "officer:ann")
    past = await lives.send("/rules/activate", {"hash": strict.hash, "from": "2025-01-01"}, "officer:ben")
    assert (past.status_code, past.json()["code"]) == (422, "day_has_passed")
    assert (await lives.get("/rules/trial", "officer")).json()["code"] == "no_trial"
    for hash_ in (UNKNOWN, "active", "%00"):
        assert (await lives.get(f"/rules/bundles/{hash_}", "officer")).json()["code"] == "bundle_missing"
    await lives.done("/rules/retire", {"hash": strict.hash}, "officer:ann")
    assert (await states(lives))[strict.hash] == "retired"


async def test_the_rule_book_is_for_everybody_and_says_what_changed(
    lives: Tried, client: Client, tmp_path: Path, strict: Bundle
) -> None:  # fmt: skip
    """With no token: rules, limits with days, services, and what is otherwise than before; nothing of what a pattern counts."""
    path = "/v1/books/TEST/rulebook"
    first = await client.inner.get(path)
    assert (first.status_code, first.json()["from"], first.json()["changed"]) == (200, None, None)
    assert first.headers["cache-control"] == "public, max-age=300"
    same = await client.inner.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304
    limits = {each["limit"]: each for each in first.json()["limits"]}
    assert (limits["single_pence"]["value"], limits["single_pence"]["from"], limits["single_pence"]["own"]) == (
        "£1,000", "2013-08-01", False,
    )  # fmt: skip
    assert "28_days" not in first.text
    await lives.done("/rules/drafts", sent(strict), "officer:ann")
    await lives.done("/rules/activate", {"hash": strict.hash}, "officer:ben")
    now = (await client.inner.get(path)).json()
    assert (now["bundle"], now["before"]) == (strict.hash, lives.app.desk.books.engine.bundle.hash)
    assert now["changed"]["rules"] == []
    [changed] = now["changed"]["limits"]
    assert changed.endswith("£1,000 from 2013-08-01 before, £50 from 2013-08-01 now")
    assert {each["service"] for each in now["services"]} == set(strict.services)
    assert (await client.inner.get("/v1/books/NONE/rulebook")).json()["code"] == "book_unknown"


async def test_what_is_scheduled_is_told_with_its_day_and_what_it_will_change(
    lives: Tried, client: Client, strict: Bundle
) -> None:  # fmt: skip
    """A bundle on trial that is to be in force from a day says the day in the list; the rule book names it, the day and what will
    change; when the trial ends alone the day stays."""
    own, path = lives.app.desk.books.engine.bundle, "/v1/books/TEST/rulebook"
    assert (await client.inner.get(path)).json()["coming"] == []
    await lives.done("/rules/drafts", sent(strict), "officer:ann")
    no = await lives.send("/rules/shadow/end", {"hash": strict.hash}, "officer:ann")
    assert (no.status_code, no.json()["code"]) == (422, "bundle_not_on_trial")
    await lives.done("/rules/shadow", {"hash": strict.hash}, "officer:ann")
    await lives.done("/rules/activate", {"hash": strict.hash, "from": "2999-01-01"}, "officer:ben")

    async def listed() -> tuple[str, str | None]:
        [found] = [
            one
            for one in (await lives.get("/rules/bundles", "officer")).json()["bundles"]
            if one["hash"] == strict.hash
        ]
        return found["state"], found["from"]

    assert await listed() == ("shadow", "2999-01-01")
    book = (await client.inner.get(path)).json()
    [coming] = book["coming"]
    assert (book["bundle"], book["changed"], coming["bundle"], coming["from"]) == (
        own.hash,
        None,
        strict.hash,
        "2999-01-01",
    )
    assert coming["changed"]["limits"][0].endswith("£1,000 from 2013-08-01 before, £50 from 2013-08-01 then")
    assert (await lives.send("/rules/shadow/end", {"hash": strict.hash}, "auditor")).status_code == 403
    ended = await lives.done("/rules/shadow/end", {"hash": strict.hash}, "officer:ann")
    assert ended["attributes"]["act"] == "ended"
    assert await listed() == ("scheduled", "2999-01-01")
    assert not (await lives.get("/rules/trial", "auditor")).json()["goes_on"]


async def test_a_book_without_rules_has_no_rule_book(client: Client) -> None:
    """It says so."""
    answer = await client.inner.get("/v1/books/TEST/rulebook")
    assert (answer.status_code, answer.json()["code"]) == (404, "rules_not_in_force")
