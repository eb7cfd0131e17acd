"""What the watch of a month promises besides what it finds: nothing of who a person is, nothing twice, nothing in the way."""

import asyncio
import re
import threading
from pathlib import Path

import pytest

from ledger.budgets.owing import offset_recorded
from ledger.budgets.people import GROUPS
from ledger.budgets.standing import read_standing
from ledger.reports import store_patterns
from ledger.reports.patterns import read_found
from policies.bundle import Bundle
from policies.decisions import content_of
from policies.engine import Engine, Verdict
from policies.facts import FactSheet
from policies.facts_watch import PATTERNS, SAFEGUARDING, SAMPLING, Watch
from policies.gate import Decided
from policies.settling import NotSettled
from policies.thresholds import Thresholds
from policies.watching import MOST_AT_ONCE, Keeping, watch_month, watch_through
from tests import kit
from tests.policies.files import rewritten
from tests.policies.scene import DAY, Scene, outcome_of, sender
from tests.policies.test_publishing import Book
from tests.policies.watched import MADE_UP, Watched, mark

PROTECTED = (
    "age", "birth", "sex", "gender", "ethnic", "race", "religio", "faith", "belief", "disab", "marri", "pregnan", "orientation",
    "depriv", "sub_icb", "identity", "detail",
)  # fmt: skip


def test_every_rule_of_a_month_is_in_the_table_and_none_else(bundle) -> None:
    """D1 to D15, each with its rules; safeguarding first for D14, and D15 draws a sample only."""
    assert {rule.id for rule in bundle.rules.values() if rule.kind == "Watch"} == set(PATTERNS)
    assert {pattern for pattern, _ in PATTERNS.values()} == {f"D{number}" for number in range(1, 16)}
    assert {PATTERNS[rule][0] for rule in SAFEGUARDING} == {"D14"}
    assert {PATTERNS[rule][0] for rule in SAMPLING} == {"D15"}
    assert all(rule.effect == "review" for rule in bundle.rules.values() if rule.kind == "Watch")
    (first,) = [rule for rule in bundle.rules.values() if rule.id == "pattern.rise_without_care"]
    assert first.remedy.startswith("First find out whether the person is safe")


def test_no_protected_characteristic_is_an_input() -> None:
    """No fact is named for one, and the SQL reads neither identities nor the details in which groups are kept."""
    for name in Watch.__struct_fields__:
        assert not any(name.startswith(each) or f"_{each}" in name for each in PROTECTED), name
    for sql in (store_patterns.MONEY, store_patterns.TIES, store_patterns.HOURS):
        words = set(re.findall(r"[a-z_]+", sql))
        assert not words & {"identity", "detail", "content", *GROUPS}
        assert "groups_changed" not in words


def test_nothing_ships_with_a_threshold(bundle) -> None:
    """No limit of the bundle is a pattern's, and thresholds that nobody set are off, one and all."""
    named = {name for book in bundle.limits.values() for name in book}
    assert not named & set(Thresholds.__struct_fields__)
    assert all(limit == 0 for limit in Thresholds().of_sheet().values())
    assert all(not Thresholds().is_on(fact) for _, fact in PATTERNS.values())


async def _one_of_interest(scene: Scene, many: int = 1) -> Watched:
    watched = Watched(scene)
    await watched.begin()
    for place in range(many):
        lived = await watched.person()
        lived.noted(bank=mark(f"own {place}"))
        lived.paid(DAY, 1_000_00)
        lived.claimed(DAY, 10_10)
        lived.went(DAY, 150_00, to_bank=mark(f"own {place}"))
    await watched.settle()
    return watched


async def test_a_finding_moves_nothing_of_the_person(scene: Scene) -> None:
    """Neither their version, so that no spend meets it, nor any reading of their budget; its facts can be decided again."""
    watched = await _one_of_interest(scene)
    async with scene.reading() as connection:
        [person] = await _people(scene)
        before = (await read_standing(connection, scene.book.book_id, person)).version
    assert await watched.found() == {person: {"own_account"}}
    async with scene.reading() as connection:
        after = await read_standing(connection, scene.book.book_id, person)
        [found] = await read_found(connection, scene.book.book_id, after=0, limit=10)
    assert (after.version, b"watch" in bytes(after.said), after.orders) == (before, False, [])
    sheet = Watch.from_bytes(content_of(found.content or b"").facts.encode())
    assert [each.rule for each in scene.engine.decide(sheet).reviews] == ["pattern.own_account"]
    assert (sheet.own_account_pence, sheet.limit_own_account_pence) == (150_00, MADE_UP.own_account_pence)


async def test_a_pattern_that_is_off_keeps_no_fact(scene: Scene) -> None:
    """Where only one has a threshold, the sheet says nothing of what the others would have counted."""
    watched = Watched(scene)
    await watched.begin(Thresholds(own_account_pence=1))
    lived = await watched.person()
    lived.noted(bank=mark("own"))
    lived.paid(DAY, 1_000_00)
    lived.went(DAY, 150_00, to_bank=mark("own"), way="cash")
    assert await watched.found() == {lived.person: {"own_account"}}
    async with scene.reading() as connection:
        [found] = await read_found(connection, scene.book.book_id, after=0, limit=10)
    sheet = Watch.from_bytes(content_of(found.content or b"").facts.encode())
    said = {name for name in Watch.__struct_fields__ if name != "act" and getattr(sheet, name)}
    assert said == {"own_account_pence", "limit_own_account_pence"}


async def test_twice_at_once_a_month_is_watched_once(scene: Scene) -> None:
    """Two who watch the same month at the same time keep each finding once; and what one request does not hold is left for the
    next."""
    await _one_of_interest(scene, MOST_AT_ONCE + 2)
    gate = scene.gate()
    first = await watch_month(gate, sender(), 60.0, month="2025-06")
    assert [first.outcome.entries[0].attribute(name) for name in ("found", "left")] == [str(MOST_AT_ONCE), "2"]
    both = await asyncio.gather(
        *(watch_month(scene.gate(), sender(), 60.0, month="2025-06") for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in both) == ["Decided", "NotSettled"]
    async with scene.reading() as connection:
        found = await read_found(connection, scene.book.book_id, after=0, limit=100)
    assert len({each.person for each in found}) == len(found) == MOST_AT_ONCE + 2
    key = sender()
    with pytest.raises(NotSettled, match="month_watched_already"):
        await watch_month(gate, key, 60.0, month="2025-06")
    with pytest.raises(NotSettled, match="patterns_too_early"):
        await watch_month(gate, key, 60.0, month=scene.today().isoformat()[:7])


async def test_the_same_request_again_has_the_same_answer(scene: Scene) -> None:
    """Under one key a month is watched once and answered twice."""
    watched = await _one_of_interest(scene)
    key = sender()
    made = [await watch_month(scene.gate(), key, 60.0, month="2025-06") for _ in range(2)]
    assert made[0].outcome.number == made[1].outcome.number
    assert made[1].outcome.replayed
    assert outcome_of(made[0]) == ""
    assert watched.items == []


class Where(Engine):
    """An engine that notes in which threads it is asked."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.threads: set[int] = set()

    def judged(self, sheet: FactSheet) -> Verdict:
        """As any engine."""
        self.threads.add(threading.get_ident())
        return super().judged(sheet)


async def test_a_book_is_looked_at_beside_the_requests_that_people_wait_for(scene: Scene) -> None:
    """The rules are asked about everybody in another thread than that of the requests, and nothing is locked while they are: a
    finding that somebody else keeps meanwhile is not kept twice."""
    await _one_of_interest(scene)
    engine = Where(scene.engine.bundle)
    gate, turns = scene.gate(engine=engine), 0

    async def keep(keeping: Keeping) -> Decided:
        nonlocal turns
        turns += 1
        if turns == 1:
            await watch_month(scene.gate(), sender(), 60.0, month="2025-06")
        return await keeping(gate, sender(), 60.0)

    with pytest.raises(NotSettled, match="month_watched_already"):
        await watch_through(gate, sender(), keep, month="2025-06")
    assert turns == 1
    assert engine.threads
    assert threading.get_ident() not in engine.threads
    async with scene.reading() as connection:
        assert len(await read_found(connection, scene.book.book_id, after=0, limit=10)) == 1


async def test_rules_on_trial_look_at_a_month_beside_those_in_force(scene: Scene, tmp_path: Path) -> None:
    """A drafted pattern that is slacker than the one in force: the run says of how many people it would not have asked for a look,
    and what is found is what the rules in force find."""
    strict = "resource.own_account_pence >= resource.limit_own_account_pence"
    drafted = Bundle.load(rewritten(tmp_path, "rules/patterns.cedar", strict, "resource.own_account_pence > 99999999"))
    await _one_of_interest(scene, 2)
    publisher = Book(scene)
    await publisher.draft(drafted)
    await publisher.begin_trial(drafted)
    run, *kept = (await watch_month(scene.gate(), sender(), 60.0, month="2025-06")).outcome.entries
    assert (run.attribute("tried"), run.attribute("bundle")) == (drafted.hash, scene.engine.bundle.hash)
    counts = [run.attribute(f"tried_{name}") for name in ("raised", "dropped", "cannot_say")]
    assert (counts, len(kept)) == (["0", "2", "0"], 2)


async def test_a_surplus_that_was_offset_stops_no_watch(scene: Scene) -> None:
    """What was due of an instalment is pence and no day: the month is looked at all the same."""
    watched = await _one_of_interest(scene)
    [person] = await _people(scene)
    await scene.do(offset_recorded(surplus="surplus/1", person=person, line="N1", amount=1_00, due=1_107_00, because=1))
    assert await watched.found() == {person: {"own_account"}}


async def _people(scene: Scene) -> list[str]:
    rows = await kit.rows(scene.book.dsn, "SELECT DISTINCT person_ref FROM phb.register WHERE person_ref IS NOT NULL")
    return [row["person_ref"] for row in rows]
