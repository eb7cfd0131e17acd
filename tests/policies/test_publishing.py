"""Rules come into force by what the book says: drafted by one, put in force by another, from a day; a trial changes nothing."""

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.book.erasure import erase_details
from ledger.budgets.standing import Said, in_force_on
from ledger.core.calendar import day_ends_us
from ledger.core.model import Item
from ledger.core.requests import Erase, Record
from policies import publishing
from policies.bundle import Bundle
from policies.decisions import content_of
from policies.engine import Engine
from policies.gate import BundleNotActive
from policies.resolution import Resolution
from policies.shelf import Shelf, files_in, kept_bundle, kept_form
from policies.trying import NoTrial, read_trial
from tests import kit
from tests.policies.files import rewritten
from tests.policies.scene import ALICE, BOB, DAY, Budget, Scene, findings_of, outcome_of, sender

PATIENCE = 30.0
LIMIT, LOW = (
    '"single_pence": [{"from": "2013-08-01", "value": 100000}]',
    '"single_pence": [{"from": "2013-08-01", "value": 5000}]',
)


@pytest.fixture
def strict(tmp_path: Path) -> Bundle:
    """Other rules than the published ones: a purchase of more than £50 is referred."""
    return Bundle.load(rewritten(tmp_path, "limits/default.json", LIMIT, LOW))


class Book:
    """A scene whose rules are changed as a service would."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.book_id = scene.book.book_id

    async def take(self, step: Any, *given: Any, by: Any = ALICE) -> str | None:
        """One step; the code of the ledger's refusal, if it refused."""
        async with self.scene.reading() as connection:
            found = await step(connection, self.book_id, *given)
        if by is BOB and step is not publishing.activate:
            raise AssertionError("only an activation is made by the other")
        item = {"guards": found.guards, "other_than": found.other_than}
        try:
            await self.scene.do(*found.requests, asked=by, **item)
        except AssertionError as no:
            return str(no)
        return None

    async def draft(self, bundle: Bundle) -> None:
        """Drafted by Alice."""
        assert await self.take(publishing.draft, bundle, os.urandom(16)) is None

    async def begin_trial(self, bundle: Bundle) -> None:
        """On trial from now on."""
        assert await self.take(publishing.begin_trial, bundle.hash, self.scene.today()) is None

    async def activate(self, bundle: Bundle, begins: date | None = None, by: Any = BOB) -> str | None:
        """In force, by Bob."""
        today = self.scene.today()
        return await self.take(publishing.activate, bundle.hash, begins or today, today, by=by)

    async def no(self, step: Any, *given: Any) -> str:
        """Why a step cannot be taken."""
        async with self.scene.reading() as connection:
            with pytest.raises(publishing.NotPublished) as no:
                await step(connection, self.book_id, *given)
        return no.value.code

    async def life(self) -> publishing.Life:
        """What the book says of its bundles."""
        async with self.scene.reading() as connection:
            return await publishing.read_life(connection, self.book_id)

    async def state(self, bundle: Bundle) -> str:
        """How a bundle stands today."""
        return (await self.life()).standing(bundle.hash, self.scene.today()).state


@pytest.fixture
def publisher(scene: Scene) -> Book:
    """The book of the scene."""
    return Book(scene)


async def said(scene: Scene, gate: Any, budget: Budget, pence: int = 60_00) -> tuple[str, str]:
    """The outcome of an ask for so many pence, and by which bundle."""
    decided = await gate.ask(budget.wants(pence), sender(), PATIENCE)
    return outcome_of(decided), decided.outcome.entries[0].attribute("bundle") or ""


async def test_a_draft_becomes_active_by_another_person_and_decides_from_its_day(
    scene: Scene, publisher: Book, strict: Bundle
) -> None:  # fmt: skip
    """The life of a bundle, in a gate that never had its files: drafted, not by the same person put in force, scheduled, in force
    when its day has come, and the old one retired; each decision names what decided it."""
    gate, budget, own = scene.gate(), await scene.budget(), scene.engine.bundle
    assert await publisher.no(publishing.activate, strict.hash, scene.today(), scene.today()) == "bundle_not_drafted"
    await publisher.draft(strict)
    assert await publisher.no(publishing.draft, strict, os.urandom(16)) == "bundle_drafted_already"
    assert await publisher.state(strict) == "draft"
    assert await said(scene, gate, budget) == ("allow", own.hash)
    today = scene.today()
    assert await publisher.no(publishing.activate, strict.hash, today - timedelta(days=1), today) == "day_has_passed"
    tomorrow = today + timedelta(days=1)
    assert "second_person_needed" in str(await publisher.activate(strict, tomorrow, by=ALICE))
    assert await publisher.activate(strict, tomorrow) is None
    assert (await publisher.state(strict), await publisher.state(own)) == ("scheduled", "active")
    assert await said(scene, gate, budget) == ("allow", own.hash)
    await scene.clock.set(day_ends_us(today) + 1_000_000)
    assert await said(scene, gate, budget) == ("refer", strict.hash)
    life = await publisher.life()
    assert life.terms() == [(None, own.hash), (tomorrow, strict.hash)]
    old = life.standing(own.hash, scene.today())
    assert (old.state, old.ended, await publisher.state(strict)) == ("retired", tomorrow, "active")
    assert await publisher.no(publishing.retire, strict.hash, tomorrow) == "bundle_in_force"


async def test_an_act_is_judged_by_the_rules_in_force_too(scene: Scene, publisher: Book, strict: Bundle) -> None:
    """A gate of another process, which has only the published files, goes by what the book keeps: for what needs no verdict as
    well."""
    await publisher.draft(strict)
    assert await publisher.activate(strict) is None
    gate, budget = scene.gate(), await scene.budget()
    await gate.carry_out(_nothing, sender(), PATIENCE)
    assert gate.engine.bundle.hash == strict.hash
    assert await said(scene, gate, budget) == ("refer", strict.hash)


async def _nothing(_: Any) -> Any:
    return Resolution((Record(kind="notice", subject="notice/1", attributes=(("act", "given"),)),), ())


async def test_a_bundle_on_trial_is_recorded_and_changes_nothing(scene: Scene, publisher: Book, strict: Bundle) -> None:
    """Before the trial nothing is kept of it; in it, each decision keeps what the other bundle would have said under its own
    limits; the report counts decisions, people and pounds; once it is retired nothing is evaluated beside any more."""
    gate, budget, other = scene.gate(), await scene.budget(), await scene.budget()
    async with scene.reading() as connection:
        with pytest.raises(NoTrial):
            await read_trial(connection, publisher.book_id, await publisher.life(), scene.today())
    first = await gate.ask(budget.wants(60_00), sender(), PATIENCE)
    assert b"beside" not in (first.detail or b"")
    await publisher.draft(strict)
    await publisher.begin_trial(strict)
    assert await publisher.no(publishing.begin_trial, strict.hash, scene.today()) == "bundle_on_trial"
    assert await publisher.state(strict) == "shadow"
    # The gate remembers that there was none, and nobody tells it: its guard does.
    for each, pence in ((budget, 60_00), (budget, 40_00), (other, 70_00)):
        decided = await gate.ask(each.wants(pence), sender(), PATIENCE)
        assert (outcome_of(decided), findings_of(decided)) == ("allow", [])
        tried = content_of(decided.detail or b"").beside
        expected = ("refer", ["icb_policy.over_single_limit"]) if pence > 50_00 else ("allow", [])
        assert (tried.bundle, tried.outcome, tried.findings) == (strict.hash, *expected)  # type: ignore[union-attr]
    async with scene.reading() as connection:
        found = await read_trial(connection, publisher.book_id, await publisher.life(), scene.today(), keeps_each=True)
    different = found.differences
    assert (different.compared.decisions, different.compared.people, different.treated.pence) == (3, 2, 130_00)
    [transition] = different.transitions
    assert (transition.before, transition.after, transition.tally.people) == ("allow", "refer", 2)
    [rule] = different.rules
    assert (rule.rule, rule.raised.decisions, rule.dropped.decisions) == ("icb_policy.over_single_limit", 2, 0)
    assert [each.before for each in different.each] == ["allow", "allow"]
    assert await publisher.take(publishing.retire, strict.hash, scene.today()) is None
    assert await publisher.state(strict) == "retired"
    last = await scene.gate().ask(budget.wants(60_00), sender(), PATIENCE)
    assert b"beside" not in (last.detail or b"")


async def test_what_has_come_into_force_is_on_trial_no_more(
    scene: Scene, publisher: Book, strict: Bundle, tmp_path: Path
) -> None:  # fmt: skip
    """Put in force today its trial ends in the same group, and from a later day when the day has come: once others take over it is
    retired, and evaluated beside nothing."""
    other = Bundle.load(rewritten(tmp_path / "other", "limits/default.json", LIMIT, LOW.replace("5000", "7000")))
    gate, budget, today = scene.gate(), await scene.budget(), scene.today()
    tomorrow = today + timedelta(days=1)
    for each in (strict, other):
        await publisher.draft(each)
        await publisher.begin_trial(each)
    await publisher.begin_trial(strict)
    assert await publisher.activate(strict) is None
    life = await publisher.life()
    assert [each.act for each in life.activations[-2:]] == ["activated", "ended"]
    assert (await publisher.state(strict), life.on_trial(today)) == ("active", None)
    await publisher.begin_trial(other)
    assert await publisher.activate(other, tomorrow) is None
    life = await publisher.life()
    standing = life.standing(other.hash, today)
    assert (standing.state, standing.begins, life.coming(today)) == ("shadow", tomorrow, [(tomorrow, other.hash)])
    assert (life.on_trial(today), life.on_trial(tomorrow)) == (other.hash, None)
    await scene.clock.set(day_ends_us(today) + 1_000_000)
    assert (await publisher.state(strict), await publisher.state(other)) == ("retired", "active")
    assert await publisher.activate(strict) is None
    assert await publisher.state(other) == "retired"
    decided = await gate.ask(budget.wants(60_00), sender(), PATIENCE)
    assert (outcome_of(decided), b"beside" in (decided.detail or b"")) == ("refer", False)
    async with scene.reading() as connection:
        assert not (await read_trial(connection, publisher.book_id, life, scene.today())).goes_on
    # It may be tried again, though it was in force once.
    await publisher.begin_trial(other)
    assert await publisher.state(other) == "shadow"


async def test_a_trial_is_ended_alone(scene: Scene, publisher: Book, strict: Bundle) -> None:
    """The draft stays, and so does the day from which it is to be in force; once it has ended there is none to end."""
    today, tomorrow = scene.today(), scene.today() + timedelta(days=1)
    assert await publisher.no(publishing.end_trial, strict.hash, today) == "bundle_not_on_trial"
    await publisher.draft(strict)
    assert await publisher.no(publishing.end_trial, strict.hash, today) == "bundle_not_on_trial"
    await publisher.begin_trial(strict)
    assert await publisher.activate(strict, tomorrow) is None
    assert await publisher.take(publishing.end_trial, strict.hash, today) is None
    standing = (await publisher.life()).standing(strict.hash, today)
    assert (standing.state, standing.begins) == ("scheduled", tomorrow)
    assert await publisher.no(publishing.end_trial, strict.hash, today) == "bundle_not_on_trial"
    decided = await scene.gate().ask((await scene.budget()).wants(60_00), sender(), PATIENCE)
    assert b"beside" not in (decided.detail or b"")
    await publisher.begin_trial(strict)
    assert await publisher.state(strict) == "shadow"


async def test_a_trial_that_fails_has_no_effect(
    scene: Scene, publisher: Book, strict: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Whatever goes wrong in the second evaluation, the first one stands."""
    await publisher.draft(strict)
    await publisher.begin_trial(strict)
    gate, budget, decide = scene.gate(), await scene.budget(), Engine.judged

    def fails(engine: Engine, sheet: Any) -> Any:
        if engine.bundle.hash == strict.hash:
            raise RuntimeError("on purpose")
        return decide(engine, sheet)

    monkeypatch.setattr(Engine, "judged", fails)
    decided = await gate.ask(budget.wants(60_00), sender(), PATIENCE)
    assert outcome_of(decided) == "allow"
    assert content_of(decided.detail or b"").beside.outcome == "cannot_say"  # type: ignore[union-attr]


async def test_a_trial_whose_files_are_gone_costs_nothing(scene: Scene, publisher: Book, strict: Bundle) -> None:
    """It is looked for once and not with every request, and the rules in force decide."""
    await publisher.draft(strict)
    await publisher.begin_trial(strict)
    number = (await publisher.life()).standing(strict.hash, scene.today()).drafted
    await erased(scene, number)
    reads = []

    def counted() -> Any:
        reads.append(1)
        return scene.reading()

    gate, budget = scene.gate(reading=counted), await scene.budget()
    assert await said(scene, gate, budget) == ("allow", scene.engine.bundle.hash)
    before = len(reads)
    assert await said(scene, gate, budget) == ("allow", scene.engine.bundle.hash)
    assert len(reads) == before


async def erased(scene: Scene, number: int) -> None:
    """The detail of an entry erased."""
    erase = Item(
        requests=(Erase(entries=(number,), second="bob", ground="mistake"),), asked=ALICE, key=os.urandom(16), prints=b"p" * 8
    )  # fmt: skip
    await erase_details(scene.book.dsn, scene.book.book_id, erase, clock_us=scene.clock, nonce=kit.nonce)


async def test_a_scheduled_activation_can_be_taken_back(scene: Scene, publisher: Book, strict: Bundle) -> None:
    """Retired before its day: the rules of now go on, and it can be drafted again."""
    tomorrow = scene.today() + timedelta(days=1)
    await publisher.draft(strict)
    assert await publisher.activate(strict, tomorrow) is None
    assert await publisher.take(publishing.retire, strict.hash, scene.today()) is None
    life = await publisher.life()
    assert life.in_force(tomorrow) == scene.engine.bundle.hash
    assert life.standing(strict.hash, tomorrow).state == "retired"
    assert await publisher.no(publishing.activate, strict.hash, tomorrow, scene.today()) == "bundle_not_drafted"
    await publisher.draft(strict)
    assert await publisher.state(strict) == "draft"


async def test_rules_whose_files_are_nowhere_decide_nothing(scene: Scene, publisher: Book, strict: Bundle) -> None:
    """The files of the rules in force erased: a process that has them goes on, and one that has not decides nothing."""
    await publisher.draft(strict)
    assert await publisher.activate(strict) is None
    gate, budget = scene.gate(), await scene.budget()
    assert await said(scene, gate, budget) == ("refer", strict.hash)
    number = (await publisher.life()).standing(strict.hash, scene.today()).drafted
    await erased(scene, number)
    assert await said(scene, gate, budget) == ("refer", strict.hash)
    with pytest.raises(BundleNotActive):
        await said(scene, scene.gate(), budget)
    assert (await scene.gate(engine=Engine(strict)).ask(budget.wants(60_00), sender(), PATIENCE)).outcome.number


async def test_what_a_book_keeps_is_the_bundle_that_was_drafted(scene: Scene, publisher: Book, strict: Bundle) -> None:
    """Byte for byte, under its hash; a shelf reads it once."""
    await publisher.draft(strict)
    shelf = Shelf(scene.engine)
    async with scene.reading() as connection:
        kept = await kept_bundle(connection, publisher.book_id, strict.hash)
        first = await shelf.find(connection, publisher.book_id, strict.hash)
        assert await shelf.find(connection, publisher.book_id, strict.hash) is first
        assert await shelf.find(connection, publisher.book_id, "0" * 64) is None
    assert (kept.hash, dict(kept.files)) == (strict.hash, dict(strict.files))
    assert Bundle.of_files(files_in(kept_form(strict))).hash == strict.hash
    rows = await kit.rows(
        scene.book.dsn, "SELECT octet_length(content) AS size FROM phb.detail ORDER BY 1 DESC LIMIT 1"
    )
    assert rows[0]["size"] < 200_000


def test_the_newest_day_that_has_come_decides() -> None:
    """Of activations the one from the latest day; of two from one day the later; one that was withdrawn never; one without a day
    from the first on."""

    def row(number: int, hash_: str, begins: str | None = None, **more: str) -> Said:
        given = {"act": "activated", "hash": hash_, **({"from": begins} if begins else {}), **more}
        return Said(number, "bundle", "bundle/active", given["act"], None, given)

    rows = [
        row(1, "a"), row(2, "b", "2025-06-01"), row(3, "c", "2026-01-01"), row(4, "d", "2025-06-01"),
        row(5, "e", "2025-07-01"), row(6, "e", act="withdrawn", of="5"),
    ]  # fmt: skip
    days = {"2025-05-31": "a", "2025-06-01": "d", "2025-08-01": "d", "2026-01-01": "c"}
    found = {day: in_force_on(rows, date.fromisoformat(day)) for day in days}
    assert {day: said.attributes["hash"] for day, said in found.items() if said} == days
    assert in_force_on([row(2, "b", "2025-06-01")], DAY - timedelta(days=30)) is None
