"""Decisions decided again: who would have been treated otherwise, and what another limit would have spared."""

import os
from datetime import date
from pathlib import Path

import msgspec
import pytest

from ledger.book.erasure import erase_details
from ledger.budgets.delegated import grade_recorded, limit_recorded
from ledger.core.model import Item
from ledger.core.requests import Erase
from ledger.reports.decisions_kept import DecisionKept
from policies import publishing
from policies.bundle import Bundle, Limits
from policies.changing import move_contingency
from policies.comparing import _READ, MOST, changes, conditions_of, facts_named
from policies.engine import Engine
from policies.facts import FactSheet
from policies.facts_ending import Ending
from policies.facts_owing import Owing
from policies.facts_watch import Watch
from policies.measured import NOT_SEARCHED, SEARCHED, limits_on_sheet, measured, worked_out_otherwise
from policies.owing import HARMLESS
from policies.replay import WAYS, Again, Doubt, LimitTried, Replay, Replayed, TooMany, _Search, said_by, sheet_again
from policies.sheet_kinds import SHEET_KINDS
from tests import kit
from tests.policies.files import copied, rewritten
from tests.policies.scene import ALICE, BOB, DAY, START, Scene, outcome_of, sender
from tests.policies.sheets import sheet

PATIENCE = 30.0
LIMIT, LOW = (
    '"single_pence": [{"from": "2013-08-01", "value": 100000}]',
    '"single_pence": [{"from": "2013-08-01", "value": 5000}]',
)


@pytest.fixture
def strict(tmp_path: Path) -> Bundle:
    """Other rules than the published ones: a purchase of more than £50 is referred."""
    return Bundle.load(rewritten(tmp_path, "limits/default.json", LIMIT, LOW))


async def replayed(scene: Scene, bundle: Bundle, since: date = DAY, **more: object) -> Replayed:
    """The decisions of the scene's book under a bundle."""
    async with scene.reading() as connection:
        replay = Replay(connection, scene.book.book_id, scene.book.code, Engine(bundle), held=(scene.engine.bundle,))
        return await replay.run(since, **more)  # type: ignore[arg-type]


async def test_a_replay_says_who_would_have_been_treated_otherwise_and_what_a_limit_would_spare(
    scene: Scene, strict: Bundle
) -> None:  # fmt: skip
    """Under the same rules nothing differs. Under a limit of £50 two people are referred; £60 and £200 instead would have spared
    some of that; answers of officers, and facts that were erased, are counted and not compared."""
    gate, ann, bob = scene.gate(), await scene.budget(), await scene.budget()
    numbers = []
    for budget, pence in ((ann, 40_00), (ann, 55_00), (bob, 58_00), (bob, 150_00)):
        numbers.append((await gate.ask(budget.wants(pence), sender(), PATIENCE)).outcome.number)
    unknown = await gate.ask(ann.wants(70_00, payee="NOBODY"), sender(), PATIENCE)
    assert unknown.outcome.number
    same = await replayed(scene, scene.engine.bundle)
    assert (same.counts.exact, same.differences.compared.decisions, same.differences.transitions) == (5, 5, [])
    before = await scene.size()
    found = await replayed(scene, strict, values={"single_pence": [60_00, 200_00, 30_00]}, keeps_each=True)
    assert await scene.size() == before
    treated = found.differences.treated
    assert (treated.decisions, treated.people, treated.pence) == (3, 2, 263_00)
    moved = {(one.before, one.after): one.tally.decisions for one in found.differences.transitions}
    assert moved == {("allow", "refer"): 3, ("refer", "refer"): 1}
    [rule] = found.differences.rules
    assert (rule.rule, rule.raised.decisions, rule.raised.people) == ("icb_policy.over_single_limit", 4, 2)
    assert [each.number for each in found.differences.each] == [*numbers[1:], unknown.outcome.number]
    searched = {
        one.value: (one.instead_of, one.spared.decisions, one.spared.pence, one.added.decisions) for one in found.limits
    }
    assert searched == {60_00: (50_00, 2, 113_00, 0), 200_00: (50_00, 3, 263_00, 0), 30_00: (50_00, 0, 0, 1)}
    erase = Item(
        requests=(Erase(entries=(numbers[0],), second="bob", ground="request"),), asked=ALICE, key=os.urandom(16), prints=b"p" * 8
    )  # fmt: skip
    await erase_details(scene.book.dsn, scene.book.book_id, erase, clock_us=scene.clock, nonce=kit.nonce)
    with pytest.raises(TooMany):
        await replayed(scene, strict, most=4)
    less = await replayed(scene, strict, most=5)
    assert (less.counts.exact, less.counts.erased, less.differences.treated.decisions) == (4, 1, 3)
    assert (await replayed(scene, strict, date(2025, 7, 1))).differences.compared.decisions == 0
    assert (await replayed(scene, strict, date(2025, 1, 1), until=DAY)).differences == less.differences
    assert (await replayed(scene, strict, date(2025, 1, 1), until=date(2025, 1, 2), most=0)).counts.exact == 0


async def test_the_bundle_of_each_decision_is_read_from_the_book(scene: Scene, strict: Bundle) -> None:
    """Decisions made under a bundle that this process does not have are decided again from where the book keeps it."""
    async with scene.reading() as connection:
        drafted = await publishing.draft(connection, scene.book.book_id, strict, os.urandom(16))
    await scene.do(*drafted.requests)
    async with scene.reading() as connection:
        begun = await publishing.activate(connection, scene.book.book_id, strict.hash, scene.today(), scene.today())
    await scene.do(*begun.requests, asked=BOB, other_than=begun.other_than)
    budget = await scene.budget()
    await scene.gate().ask(budget.wants(60_00), sender(), PATIENCE)
    found = await replayed(scene, scene.engine.bundle)
    assert [(one.before, one.after) for one in found.differences.transitions] == [("refer", "allow")]


def test_facts_of_another_version_are_told_apart() -> None:
    """A fact that nobody knows any more makes an estimate; one that is missing, an act that is none and values out of bounds cannot
    be compared."""
    facts = msgspec.json.decode(sheet().to_bytes(), type=dict[str, object])

    def again(**more: object) -> tuple[object, bool]:
        return sheet_again(msgspec.json.encode({**facts, **more}).decode())

    assert again() == (sheet(), False)
    assert again(forgotten=True) == (sheet(), True)
    for changed, code in (
        ({"act": "fly"}, "act_unknown"), ({"amount_pence": -1}, "facts_unfit"), ({"amount_pence": "much"}, "facts_unfit"),
    ):  # fmt: skip
        with pytest.raises(Doubt) as doubt:
            again(**changed)
        assert doubt.value.code == code
    del facts["plan_signed"]
    with pytest.raises(Doubt) as doubt:
        again()
    assert doubt.value.code == "facts_missing"


def test_every_fact_that_is_a_limit_is_put_in_the_place_of_the_other_bundles(bundle: Bundle, strict: Bundle) -> None:
    """No limit on a sheet is forgotten when the sheet is read under another bundle. What was delegated to one person stays, and so
    do the thresholds of patterns, which are in no bundle."""
    kinds = [kind for kind in SHEET_KINDS.values() if kind is not Watch]
    names = {fact for kind in kinds for fact in kind.__struct_fields__ if fact.startswith("limit_")}
    found = {fact for kind in SHEET_KINDS.values() for fact, _ in limits_on_sheet(_any(kind))}
    assert names == found
    assert set(SEARCHED) <= set(Limits.__struct_fields__)
    assert measured(sheet(limit_single_pence=100_000), "TEST", DAY, bundle, strict).limit_single_pence == 50_00
    shipped = bundle.limits_on("TEST", DAY).waive_limit_pence
    for limit, expected in ((shipped, 7), (shipped + 1, shipped + 1)):
        owing = msgspec.structs.replace(_any(Owing), act="waive", limit_pence=limit)
        other = _with(bundle, "waive_limit_pence", 7)
        assert measured(owing, "TEST", DAY, bundle, other).limit_pence == expected
    assert not set(SEARCHED) & NOT_SEARCHED.keys()
    assert {*SEARCHED, *NOT_SEARCHED} == set(Limits.__struct_fields__)
    surplus = msgspec.structs.replace(_any(Owing), act="surplus")
    assert not worked_out_otherwise(surplus, "TEST", DAY, bundle, strict)
    assert worked_out_otherwise(surplus, "TEST", DAY, bundle, _with(bundle, "surplus_weeks", 3))
    assert worked_out_otherwise(surplus, "TEST", DAY, None, strict)


def searched(
    bundle: Bundle, kept: FactSheet, limit: str, *values: int, own: Bundle | None = None
) -> dict[int, LimitTried]:
    """What other values of a limit would have done to one decision of a sheet, kept under its own bundle."""
    engine, held = Engine(bundle), own or bundle
    again = measured(kept, "TEST", DAY, held, bundle)
    verdict = engine.decide(again)
    search = _Search(engine, "TEST", DAY, {limit: values})
    made = DecisionKept(1, DAY, "person", "", {"amount": "40000"}, "", None, None, is_erased=False)
    search.add(Again(made, said_by(verdict), again, False, kept, held), verdict)
    return {each.value: each for each in search.found()}


def ways(found: LimitTried) -> dict[str, int]:
    """The tallies of one value that are not zero, in decisions."""
    return {way: tally.decisions for way in WAYS if (tally := getattr(found, way)).decisions}


def test_what_was_delegated_is_no_limit_that_a_search_tries(bundle: Bundle) -> None:
    """A waiver by somebody with £5,000 is the same under any local limit; one at the local limit is not. Where less stands there
    than the local limit, it was delegated or is what a part had left: nobody can say, and another bundle makes an estimate."""
    shipped = bundle.limits_on("TEST", DAY).waive_limit_pence
    owing = msgspec.structs.replace(HARMLESS, act="waive", amount_pence=shipped, left_pence=shipped)
    more, same, less = (msgspec.structs.replace(owing, limit_pence=each) for each in (5_000_00, shipped, shipped - 1))
    assert Engine(bundle).decide(more).outcome == "allow"
    for kept, expected in ((more, {}), (same, {"added": 1}), (less, {"cannot_say": 1})):
        assert ways(searched(bundle, kept, "waive_limit_pence", shipped - 1)[shipped - 1]) == expected
    other = _with(bundle, "waive_limit_pence", shipped + 1)
    doubtful = [worked_out_otherwise(each, "TEST", DAY, bundle, other) for each in (more, same, less)]
    assert doubtful == [False, False, True]
    assert not worked_out_otherwise(less, "TEST", DAY, bundle, _with(bundle, "single_pence", 1))
    assert worked_out_otherwise(more, "TEST", DAY, None, other)


async def test_a_delegated_limit_that_is_the_local_one_is_told_from_it(scene: Scene) -> None:
    """Alice may order £1,000 and keep £5,000 aside by her grade, which is what is local too; of Bob nobody said anything. Another
    local limit changes what Bob does, and nothing of hers; a grade that was given since says nothing of before."""
    await scene.do(grade_recorded(actor="alice", grade="band6", start=START))
    for act, amount in (("spend", 1_000_00), ("set_contingency_aside", 5_000_00)):
        await scene.do(limit_recorded(grade="band6", act=act, amount=amount, start=START))
    gate = scene.gate()
    for who in (ALICE, BOB):
        budget = await scene.budget()
        ordered = budget.wants(1_100_00, own_limit=1_000_00 if who is ALICE else None)
        assert outcome_of(await gate.spend(ordered, sender(who), PATIENCE)) == "refer"
        aside = await move_contingency(
            gate, sender(who), PATIENCE, person=budget.person, line=budget.line.line, amount=4_500_00, draws=False,
            reason="emergency", effective_on=DAY,
        )  # fmt: skip
        assert outcome_of(aside) == "allow"
    await scene.do(grade_recorded(actor="bob", grade="band6", start=START))
    found = await replayed(
        scene, scene.engine.bundle, values={"single_pence": [1_200_00], "move_limit_pence": [4_000_00]}
    )
    assert [ways(each) for each in found.limits] == [{"spared": 1}, {"added": 1}]


def test_what_the_plan_agrees_is_longer_in_a_search_too(bundle: Bundle) -> None:
    """A stop with 27 days of notice where the plan agrees 28: no local value, not even 0, would have spared the look."""
    usual = bundle.limits_on("TEST", DAY).stop_notice_days
    stop = msgspec.structs.replace(
        _any(Ending), act="stop", must_stop=True, notice_may_be_short=True, ground_shown=True, reasons_given=True,
        care_goes_on=True, notice_days=27,
        agreed_notice_days=28, limit_notice_days=max(28, usual),
    )  # fmt: skip
    assert Engine(bundle).decide(stop).outcome == "refer"
    assert ways(searched(bundle, stop, "stop_notice_days", 0)[0]) == {}
    free = msgspec.structs.replace(stop, agreed_notice_days=0, limit_notice_days=usual)
    assert ways(searched(bundle, free, "stop_notice_days", 0)[0]) == {"spared": 1}


def test_reviews_and_noes_of_a_search_are_counted_as_what_they_are(bundle: Bundle) -> None:
    """Two reminders where three open a review: at two it is one more, and at three where two do one less. A no that would be a yes
    is no decision of a person."""
    own = bundle.limits_on("TEST", DAY).returns_reminded_count
    paid = msgspec.structs.replace(
        sheet(act="instalment", management="direct_payment"), returns_reminded=own - 1, limit_returns_reminded=own
    )
    found = searched(bundle, paid, "returns_reminded_count", own - 1, own + 1)
    assert (ways(found[own - 1]), ways(found[own + 1])) == ({"reviews_added": 1}, {})
    late = msgspec.structs.replace(paid, returns_reminded=own)
    assert ways(searched(bundle, late, "returns_reminded_count", own + 1)[own + 1]) == {"reviews_spared": 1}
    denies = {name: msgspec.structs.replace(each, effect="deny") if each.id == "icb_policy.over_single_limit" else each
              for name, each in bundle.rules.items()}  # fmt: skip
    strictest = msgspec.structs.replace(bundle, rules=denies)
    single = bundle.limits_on("TEST", DAY).single_pence
    bought = sheet(amount_pence=single, limit_single_pence=single)
    assert ways(searched(strictest, bought, "single_pence", single - 1)[single - 1]) == {"denied": 1}
    more = sheet(amount_pence=single + 1, limit_single_pence=single)
    assert ways(searched(strictest, more, "single_pence", single + 1)[single + 1]) == {"allowed": 1}
    assert ways(searched(bundle, more, "single_pence", single + 1)[single + 1]) == {"spared": 1}


def test_rules_are_read_once_for_all_who_ask_what_has_changed(bundle: Bundle, strict: Bundle) -> None:
    """The rule book is for everybody, and what Cedar reads of a bundle is kept by its hash, of so many bundles and no more."""
    assert conditions_of(bundle) is conditions_of(Bundle.load())
    assert conditions_of(bundle) is not conditions_of(strict)
    for place in range(MOST):
        conditions_of(msgspec.structs.replace(bundle, hash=f"{place:064x}"))
    again = conditions_of(bundle)
    assert again == conditions_of(msgspec.structs.replace(bundle, hash="f" * 64))
    assert len(_READ) == MOST


def test_two_bundles_are_compared_as_people_read_them(bundle: Bundle, tmp_path: Path) -> None:
    """A limit, a sentence, a condition, a rule that went; comments change the hash and nothing else."""
    folder = copied(tmp_path)
    rules = folder / "rules" / "icb_policy.cedar"
    rules.write_text("// A comment.\n" + rules.read_text())
    commented = Bundle.load(folder)
    assert commented.hash != bundle.hash
    assert changes(bundle, commented).is_none
    rules.write_text(
        rules.read_text()
        .replace("It is not clear which service this is", "Nobody can say which service this is")
        .replace(
            "resource.amount_pence > resource.limit_single_pence",
            "resource.amount_pence >= resource.limit_single_pence",
        )
        .replace(
            '@id("icb_policy.over_single_limit")\n@effect("refer")',
            '@id("icb_policy.over_single_limit")\n@effect("deny")',
        )
    )
    limits = folder / "limits" / "default.json"
    limits.write_text(limits.read_text().replace(LIMIT, LOW))
    found = changes(bundle, Bundle.load(folder))
    assert [(each.rule, each.change, [one.what for one in each.what]) for each in found.rules] == [
        ("icb_policy.over_single_limit", "changed", ["effect", "condition"]), ("icb_policy.service_unsure", "changed", ["message"]),
    ]  # fmt: skip
    effect, condition = found.rules[0].what
    assert (effect.before, effect.after) == ("refer", "deny")
    assert "{ (resource.amount_pence > resource.limit_single_pence) && " in condition.before
    assert "{ (resource.amount_pence >= resource.limit_single_pence) && " in condition.after
    [message] = found.rules[1].what
    assert (message.before[:12], message.after[:10]) == ("It is not cl", "Nobody can")
    gone = msgspec.structs.replace(
        bundle, rules={name: one for name, one in bundle.rules.items() if one.id != "plan.not_signed"}
    )
    for change, pair in (("removed", (bundle, gone)), ("added", (gone, bundle))):
        [only] = changes(*pair).rules
        texts = [each.before if change == "removed" else each.after for each in only.what]
        assert (only.rule, only.change, texts[0]) == ("plan.not_signed", change, "deny")
    [limit] = found.limits
    assert (limit.owner, limit.limit, limit.before[0].value, limit.after[0].value) == (
        "default",
        "single_pence",
        100_000,
        5_000,
    )
    assert (found.services_added, found.services_removed, found.services_changed, found.is_schema) == (
        [],
        [],
        [],
        False,
    )
    named = set(facts_named(conditions_of(bundle)["icb_policy.over_single_limit"]))
    assert named == {"amount_pence", "limit_single_pence", "relied_within"}


def _any(kind: type) -> object:
    """A sheet of a kind with nothing said on it."""
    values = {}
    for each in msgspec.structs.fields(kind):
        values[each.name] = False if each.type is bool else 0
    values["act"] = {"Sheet": "spend", "Owing": "waive"}.get(kind.__name__, "")
    return kind(**values)


def _with(bundle: Bundle, limit: str, value: int) -> Bundle:
    """The same rules with one other default limit."""
    own = bundle.limits["default"]
    changed = (msgspec.structs.replace(own[limit][0], value=value),)
    return msgspec.structs.replace(bundle, limits={"default": {**own, limit: changed}})
