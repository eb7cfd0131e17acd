"""The rule book says what is, what was, and what will be; of what changed both sides, and of a pattern never what it counts."""

from datetime import date
from pathlib import Path

from ledger.budgets.standing import Said
from policies.bundle import Bundle
from policies.publishing import Life
from policies.rulebook import RuleBook, rulebook
from tests.policies.files import copied

OLD, DAY, LATER = date(2013, 8, 1), date(2026, 5, 1), date(2999, 1, 1)


def book_of(before: Bundle, after: Bundle, begins: date) -> RuleBook:
    """The rule book of a day, of a book in which the later bundle begins on one."""
    rows = [
        Said(number, "bundle", "bundle/active", "activated", None, {"act": "activated", "hash": each.hash, "from": str(day)})
        for number, each, day in ((1, before, OLD), (2, after, begins))
    ]  # fmt: skip
    return rulebook("TEST", DAY, Life(tuple(rows)), {before.hash: before, after.hash: after})


def test_a_books_own_value_from_a_later_day_is_told_beside_the_default_until_then(
    bundle: Bundle, tmp_path: Path
) -> None:
    """The default's holds until the day; from then on its own, whatever the default becomes later."""
    folder = copied(tmp_path)
    (folder / "limits" / "TEST.json").write_text('{"single_pence": [{"from": "2999-01-01", "value": 5000}]}')
    default = folder / "limits" / "default.json"
    old = '"single_pence": [{"from": "2013-08-01", "value": 100000}'
    later = ', {"from": "2998-01-01", "value": 90000}, {"from": "2999-06-01", "value": 80000}'
    default.write_text(default.read_text().replace(old, old + later))
    found = {each.limit: each for each in book_of(bundle, Bundle.load(folder), DAY).limits}["single_pence"]
    assert (found.is_own, found.value, found.begins) == (False, "£1,000", OLD)
    assert found.others == [(date(2998, 1, 1), "£900"), (LATER, "£50")]


def test_what_changed_is_told_before_and_after_and_of_a_pattern_not_when_it_looks(
    bundle: Bundle, tmp_path: Path
) -> None:
    """A person decides → no: whoever reads the rule book sees it, and what the condition was and is; also of what is to come."""
    folder = copied(tmp_path)
    rules, patterns = folder / "rules" / "icb_policy.cedar", folder / "rules" / "patterns.cedar"
    single = "resource.amount_pence > resource.limit_single_pence"
    effect = '@id("icb_policy.over_single_limit")\n@effect("{}")'
    rules.write_text(
        rules.read_text()
        .replace(single, single.replace(">", ">="))
        .replace(effect.format("refer"), effect.format("deny"))
    )
    text = patterns.read_text()
    place = text.index(" > ")
    patterns.write_text(text[:place] + " >= " + text[place + 3 :])
    changed = Bundle.load(folder)
    assert book_of(bundle, changed, DAY).coming == []
    now = book_of(bundle, changed, DAY).changed
    [coming] = book_of(bundle, changed, LATER).coming
    assert now is not None
    assert coming.changed is not None
    assert (coming.bundle, coming.begins) == (changed.hash, LATER)
    for told, then in ((now.rules, "now"), (coming.changed.rules, "then")):
        single_told, pattern = told
        assert f"What it does: “a person decides” before, “no, unless put right” {then}." in single_told
        assert "resource.amount_pence > resource.limit_single_pence" in single_told
        assert "resource.amount_pence >= resource.limit_single_pence" in single_told
        assert pattern.endswith(f"When it objects: otherwise {then}.")
        assert "resource." not in pattern
