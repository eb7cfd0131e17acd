"""What staff see of a person: judged each time, noted with what it is for, and denied where the record is not for them."""

import asyncio
from typing import Any

import pytest

from ledger.budgets.people import Delegation, delegation_recorded, restriction_recorded
from policies.viewing import LookAllowed, deny_view
from tests import kit
from tests.api.lives import DAY, DORA, NED, D, Lives, bill, ordered
from tests.api.test_holding import rules
from tests.api.test_spending import code
from tests.policies.conftest import bundle as bundle
from tests.policies.conftest import engine as engine
from tests.policies.conftest import scene as scene
from tests.policies.scene import START, Scene, outcome_of, sender

PATIENCE = 20.0
YEAR = "first_day=2025-04-01&last_day=2026-03-31"
FULL = {
    "read_identity": f"/people/{DORA}/identity", "read_statement": f"/budgets/{DORA}/statement?{YEAR}",
    "read_decisions": f"/budgets/{DORA}/decisions",
}  # fmt: skip
"""What shows a record in full, and as what it is noted."""
PLAIN = (f"/budgets/{DORA}", f"/people/{DORA}", f"/budgets/{DORA}/plans", f"/budgets/{DORA}/ending")
NAMED = {"act": "restricted", "on": DAY, "reason": "safeguarding", "staff": ["vera", "will"]}


def with_purpose(path: str, purpose: str) -> str:
    """The same read, saying what it is for."""
    return f"{path}{'&' if '?' in path else '?'}purpose={purpose}"


async def notes(book: kit.Book) -> list[tuple[Any, ...]]:
    """Who looked at what: actor, act, purpose, outcome and rule."""
    said = await kit.rows(book.dsn, "SELECT actor, act, purpose, outcome, rule FROM phb.access ORDER BY access_id")
    return [tuple(row) for row in said]


async def size(book: kit.Book) -> int:
    """How many entries the book has."""
    return int((await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0])


async def test_a_look_at_a_record_is_a_note_with_its_purpose_and_no_entry(lives: Lives, book: kit.Book) -> None:
    """Each read of the full record by staff, with what it is for where that is said; a holder's own is nobody's business."""
    before = await size(book)
    for act, path in FULL.items():
        seen = await lives.get(with_purpose(path, "audit"), "officer:vera")
        assert seen.status_code == (404 if act == "read_identity" else 200)
    await lives.get(FULL["read_decisions"], "officer:vera")
    await lives.get(FULL["read_decisions"], "holder:holder-D")
    await lives.get(PLAIN[0], "officer:vera")
    assert await notes(book) == [
        *(("vera", act, "audit", "allow", None) for act in FULL), ("vera", "read_decisions", None, "allow", None),
    ]  # fmt: skip
    assert await size(book) == before
    assert (await lives.get(with_purpose(FULL["read_decisions"], "curiosity"), "officer:vera")).status_code == 400


async def test_a_restricted_record_is_for_whom_it_names_and_for_a_purpose(lives: Lives) -> None:
    """Others of the office see neither the record nor the budget; its holder and everybody else's record are as before."""
    await lives.done(f"/people/{DORA}/restriction", NAMED, "officer:vera")
    for path in (*FULL.values(), *PLAIN):
        no = await lives.get(with_purpose(path, "care") if path in FULL.values() else path, "officer:olga")
        assert code(no) == (403, "view_denied"), path
        assert no.json()["facts"]["why"].startswith("This record is kept for a few people in the team")
        assert no.json()["facts"]["what_would_help"] == "Ask one of the people who look after this record."
    kept = (await lives.get(f"/budgets/{DORA}/decisions/{no.json()['facts']['decision']}", "officer:vera")).json()
    assert rules(kept) == ("deny", ["icb_policy.view_restricted"])
    for path in FULL.values():
        assert code(await lives.get(path, "officer:will")) == (403, "view_denied")
        seen = await lives.get(with_purpose(path, "safeguarding"), "officer:will")
        assert seen.status_code == (404 if path == FULL["read_identity"] else 200)
    for path in PLAIN:
        assert (await lives.get(path, "officer:will")).status_code == 200, path
    assert (await lives.get(PLAIN[0], "holder:holder-D")).status_code == 200
    assert (await lives.get(f"/budgets/{NED}", "officer:olga")).status_code == 200


async def test_a_restriction_is_changed_by_one_whom_it_names_and_lifted_by_another_than_said_it(lives: Lives) -> None:
    """Whoever is shut out does not open it again; nor does who closed it, alone."""
    path, lifted = f"/people/{DORA}/restriction", {"act": "restriction_lifted", "on": DAY}
    assert code(await lives.send(path, lifted, "officer:vera")) == (409, "not_restricted")
    for wrong in ({"staff": []}, {"staff": ["vera"]}, {"staff": ["vera", "vera"]}, {"reason": None}):
        assert code(await lives.send(path, NAMED | wrong, "officer:vera")) == (400, "restriction_malformed")
    await lives.done(path, NAMED, "officer:vera")
    assert code(await lives.send(path, lifted, "officer:olga")) == (403, "view_denied")
    assert code(await lives.send(path, lifted, "officer:vera")) == (422, "second_person_needed")
    await lives.done(path, lifted, "officer:will")
    assert (await lives.get(PLAIN[0], "officer:olga")).status_code == 200


async def test_no_record_is_closed_for_ever(lives: Lives) -> None:
    """A slip in the names: who said it and who is shut out open it together, or name others; neither of them alone, nor twice, nor
    whoever acts for the person. An auditor looks all the while, and the question is over with the restriction."""
    path, lifted = f"/people/{DORA}/restriction", {"act": "restriction_lifted", "on": DAY}
    asks, slip = {"act": "restriction_questioned", "on": DAY}, NAMED | {"staff": ["olga", "ogla"]}
    assert code(await lives.send(path, asks, "officer:bo")) == (409, "not_restricted")
    await lives.done(path, slip, "officer:olga")
    assert code(await lives.send(path, asks | {"staff": ["bo"]}, "officer:bo")) == (400, "restriction_malformed")
    assert code(await lives.send(path, asks, "officer:holder-D")) == (403, "view_denied")
    for asker, other, change in (("bo", "olga", NAMED), ("olga", "bo", slip), ("bo", "pam", lifted)):
        assert code(await lives.send(path, change, f"officer:{other}")) in (
            (403, "view_denied"), (422, "second_person_needed"),
        )  # fmt: skip
        await lives.done(path, asks, f"officer:{asker}")
        assert code(await lives.send(path, change, f"officer:{asker}")) == (422, "second_person_needed")
        for seen in (PLAIN[0], with_purpose(FULL["read_decisions"], "audit")):
            assert (await lives.get(seen, "auditor:al")).status_code == 200
        assert code(await lives.get(FULL["read_decisions"], "auditor:al")) == (403, "view_denied")
        assert code(await lives.get(PLAIN[0], "officer:pam")) == (403, "view_denied")
        await lives.done(path, change, f"officer:{other}")
    assert (await lives.get(PLAIN[0], "officer:pam")).status_code == 200


async def test_a_denied_look_is_one_decision_a_day_however_often_it_is_tried(lives: Lives, book: kit.Book) -> None:
    """For each viewer and reason; every attempt is noted."""
    await lives.do(
        restriction_recorded("restricted", person=DORA, on=D.start, reason="staff_connected", staff=("vera", "will"))
    )
    before = await size(book)
    answers = await asyncio.gather(*(lives.get(FULL["read_identity"], "officer:olga") for _ in range(4)))
    answers += [await lives.get(PLAIN[0], "officer:olga")]
    assert {code(each) for each in answers} == {(403, "view_denied")}
    assert len({each.json()["facts"]["decision"] for each in answers}) == 1
    assert await size(book) == before + 1
    assert [each[3:] for each in await notes(book)] == [("deny", "icb_policy.view_restricted")] * 5
    await lives.get(FULL["read_identity"], "officer:ann")
    await lives.get(FULL["read_identity"], "officer:vera")
    assert await size(book) == before + 3


async def test_no_denial_is_kept_of_what_is_allowed_by_then(scene: Scene) -> None:
    """Facts change between the look and the decision on it: then there is none, rather than one that says allow."""
    budget = await scene.budget()
    kin = Delegation(delegation="DG1", person=budget.person, holder="kin", scope="see", start=START)
    ask = {"person": budget.person, "actor": "kin", "purpose": None}
    before = await scene.size()
    with pytest.raises(LookAllowed):
        await deny_view(scene.gate(), sender(), PATIENCE, **ask)
    assert await scene.size() == before
    await scene.do(delegation_recorded("granted", kin))
    assert outcome_of(await deny_view(scene.gate(), sender(), PATIENCE, **ask)) == "deny"


async def test_staff_decide_nothing_for_somebody_whom_they_act_for(lives: Lives) -> None:
    """Who may spend for Ned approves no order of his, as staff; another does. Declining is deciding too."""
    number = (await lives.spend("1000.01"))["number"]
    kin = Delegation(delegation="DGK", person=NED, holder="kin", scope="spend", start=START)
    await lives.do(delegation_recorded("granted", kin))
    yes, no = {"effective_on": DAY}, {"effective_on": DAY, "reason": "another", "words": "No."}
    for path, sent in (("approve", yes), ("decline", no), ("approve?dry_run=true", yes)):
        denied = await lives.send(f"decisions/{number}/{path}", sent, "officer:kin")
        assert code(denied) == (403, "view_denied"), path
    await lives.done(f"decisions/{number}/approve", yes, "officer:olga")


async def test_who_is_shut_out_of_a_record_writes_nothing_about_it(lives: Lives) -> None:
    """Neither orders nor invoices nor what is known of the person, and no answer of theirs comes again; whom it names does, and so
    does the holder. What a bank says is written down whoever reads it."""
    number = (await lives.spend("1000.01"))["number"]
    before = {"headers": lives.headers("officer:olga") | {"Idempotency-Key": "once-and-again"}}
    place = f"/v1/books/{lives.code}/budgets/{NED}/asks"
    asked = await lives.client.post(place, ordered("5.00"), **before)
    assert asked.status_code == 201
    await lives.done(f"/people/{NED}/restriction", NAMED, "officer:vera")
    assert code(await lives.client.post(place, ordered("5.00"), **before)) == (403, "view_denied")
    event = {"act": "consent_given", "on": DAY}
    for path, sent in (
        ("spends", ordered("5.00")), ("asks", ordered("5.00")), ("invoices", bill("R1", "5.00")),
        (f"decisions/{number}/approve", {"effective_on": DAY}), (f"/people/{NED}/events", event),
    ):  # fmt: skip
        assert code(await lives.send(path, sent, "officer:olga")) == (403, "view_denied"), path
    for path, sent in (("spends", ordered("5.00")), ("invoices", bill("R1", "5.00")), (f"/people/{NED}/events", event)):
        await lives.done(path, sent, "officer:will")
    await lives.done(f"decisions/{number}/approve", {"effective_on": DAY}, "officer:will")
    assert (await lives.spend("6.00"))["outcome"] == "allow"
    returned = await lives.send("instalments/1/return", {"effective_on": DAY}, "finance:fay")
    assert returned.json()["code"] != "view_denied"


async def test_a_denied_look_during_a_dry_run_leaves_no_entry_and_says_why(lives: Lives, book: kit.Book) -> None:
    """What is only tried is told the same and kept nowhere in the book; that somebody tried is noted. No read can be a dry run."""
    await lives.done(f"/people/{DORA}/restriction", NAMED, "officer:vera")
    before = await size(book)
    for _ in range(2):
        no = await lives.send("spends?dry_run=true", ordered("5.00"), "officer:olga", D)
        assert (code(no), set(no.json()["facts"])) == ((403, "view_denied"), {"why", "what_would_help"})
    assert await size(book) == before
    assert [each[3] for each in await notes(book)] == ["deny"] * 2
    assert (
        await lives.get(with_purpose(FULL["read_decisions"], "care") + "&dry_run=true", "officer:olga")
    ).status_code == 400
