"""Rules that the first words of which do not hold are not asked, and no answer is another for it."""

import random
from typing import Any

import cedarpy
import msgspec
import pytest

from bench.sheets import GOOD
from policies import narrowing
from policies.bundle import Bundle
from policies.engine import Engine, entities_of
from policies.narrowing import Narrowed, plain_of
from policies.sheet_kinds import SHEET_KINDS
from tests.policies.test_oracle import DRAWN

PERMIT = "permit (principal, action, resource);\n"
OVERFLOW = "9223372036854775807 + resource.amount_pence > 0"


def narrowed(*conditions: str) -> Narrowed:
    """A permit and one forbid for each condition."""
    rules = "".join(f"forbid (principal, action, resource) {each};\n" for each in conditions)
    return Narrowed(cedarpy.PolicySet.from_str(PERMIT + rules).to_pst().static_policies)


def plain(condition: str) -> list[Any]:
    """The first conditions of a rule as they are understood."""
    (policy,) = (
        cedarpy.PolicySet.from_str(f"forbid (principal, action, resource) {condition};")
        .to_pst()
        .static_policies.values()
    )
    return [(fact, set(values)) for fact, values in plain_of(policy)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("when { resource.account_changed }", [("account_changed", {True})]),
        ("when { !resource.plan_signed }", [("plan_signed", {False})]),
        ('when { resource.service == Service::"massage" }', [("service", {"massage"})]),
        (
            'when { [Service::"massage", Service::"meals"].contains(resource.service) && resource.receipts_lost }',
            [("service", {"massage", "meals"}), ("receipts_lost", {True})],
        ),
        (
            "when { resource.receipts_lost } when { !resource.plan_signed }",
            [("receipts_lost", {True}), ("plan_signed", {False})],
        ),
        ("when { resource.amount_pence > 1 && resource.receipts_lost }", []),
        (
            "when { resource.receipts_lost && resource.amount_pence > 1 && resource.plan_signed }",
            [("receipts_lost", {True})],
        ),
        ("when { resource.receipts_lost || resource.plan_signed }", []),
        ("when { !(resource.receipts_lost && resource.plan_signed) }", []),
        ("when { if resource.receipts_lost then true else false }", []),
        ("unless { resource.receipts_lost }", []),
        ("unless { resource.receipts_lost } when { resource.plan_signed }", []),
        ('when { resource.service != Service::"massage" }', []),
        ('when { resource.service == Management::"one_off" }', []),
        ('when { [resource.service].contains(Service::"massage") }', []),
        ('when { [Service::"massage", resource.service].contains(resource.service) }', []),
        ("when { principal.receipts_lost }", []),
        ("", []),
    ],
)
def test_only_the_first_plain_conditions_of_a_rule_count(condition: str, expected: list[Any]) -> None:
    """A flag, no flag, a code, one of some codes; nothing that comes after anything else, and nothing of an `or` or `unless`."""
    assert plain(condition) == expected


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_cedar_says_of_the_rules_left_what_it_says_of_all(bundle: Bundle, kind: str) -> None:
    """Reasons, errors and decision, over sheets that are drawn."""
    lot = random.Random(20261127)
    care = [service.code for service in bundle.services.values() if service.kind == "care"]
    for _ in range(400):
        sheet: Any = DRAWN[kind](lot, care)
        narrow = bundle.by_act[sheet.act].of(sheet)
        request = {
            "principal": 'Gate::"phb"', "action": f'Action::"{sheet.act}"', "resource": f'{type(sheet).__name__}::"sheet"',
        }  # fmt: skip
        entities = cedarpy.Entities.from_json_str(entities_of(sheet), bundle.schema)
        few, every = (
            cedarpy.is_authorized(request, rules, entities, bundle.schema) for rules in (narrow, bundle.policies)
        )
        assert (few.decision, few.diagnostics.errors) == (every.decision, every.diagnostics.errors)
        assert set(few.diagnostics.reasons) == set(every.diagnostics.reasons)


def test_of_an_ordinary_purchase_most_rules_are_not_asked(bundle: Bundle) -> None:
    """Those that look at amounts are, and the permit is."""
    asked = bundle.by_act["spend"].of(GOOD)
    names = {bundle.rules[name].id for name in asked.to_pst().static_policies if name in bundle.rules}
    assert {"icb_policy.not_enough_left", "icb_policy.over_single_limit", "approval.over_cap"} <= names
    assert bundle.permit in asked.to_pst().static_policies
    assert 3 * len(asked) < len(bundle.by_act["spend"].policies)


def test_a_rule_that_fails_before_its_flag_is_asked_and_denies(bundle: Bundle) -> None:
    """A failure is a no. Behind a flag that does not hold Cedar meets none either."""
    for condition, findings in (
        (f"when {{ {OVERFLOW} && resource.receipts_lost }}", ["engine.overflow"]),
        (f"when {{ resource.receipts_lost && {OVERFLOW} }}", []),
    ):
        rules = narrowed(condition)
        for by_act in ({"spend": rules}, {}):
            broken = msgspec.structs.replace(bundle, by_act=by_act, policies=rules.policies, rules={}, permit="policy0")
            assert [each.rule for each in Engine(broken).decide(GOOD).findings] == findings


def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets of ever other flags do not fill the memory, and are answered as before."""
    monkeypatch.setattr(narrowing, "MOST_KEPT", 3)
    rules = narrowed(
        "when { resource.receipts_lost }", "when { resource.claimed_before }", "when { resource.review_overdue }"
    )
    for number in [*range(8), *range(8)]:
        flags = [bool(number & bit) for bit in (1, 2, 4)]
        sheet = msgspec.structs.replace(GOOD, receipts_lost=flags[0], claimed_before=flags[1], review_overdue=flags[2])
        assert len(rules.of(sheet)) == 1 + sum(flags)
        assert len(rules._kept) <= 3
