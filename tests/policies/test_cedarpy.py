"""What cedarpy promises, as far as the engine leans on it: a version that breaks one of these is not taken.

Each is asked of the library alone, with rules of its own, so that a failure says which promise is gone and not which verdict.
"""

import json
import pickle
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cedarpy
import pytest

from policies.bundle import Bundle
from policies.engine import failures_of
from policies.narrowing import policies_of

SCHEMA_TEXT = """
entity Gate;
entity Kind enum ["care", "excluded"];
entity Sheet { pence: Long, signed: Bool, kind: Kind, maybe?: Long };
action spend, instalment appliesTo { principal: Gate, resource: Sheet, context: {} };
"""
SCHEMA = cedarpy.Schema.from_str(SCHEMA_TEXT)
REQUEST: dict[str, Any] = {
    "principal": {"type": "Gate", "id": "phb"}, "action": {"type": "Action", "id": "spend"},
    "resource": {"type": "Sheet", "id": "sheet"},
}  # fmt: skip
FACTS: Mapping[str, Any] = {"pence": 75_50, "signed": True, "kind": {"type": "Kind", "id": "care"}}
PERMIT = "permit (principal, action, resource);\n"
MOST, LEAST = 2**63 - 1, -(2**63)


def forbid(condition: str) -> str:
    """A rule against whatever makes this true."""
    return f"forbid (principal, action, resource) when {{ {condition} }};\n"


def facts(**changes: Any) -> str:
    """The gate and a sheet as JSON, with these facts instead."""
    sheet = {"uid": REQUEST["resource"], "attrs": {**FACTS, **changes}, "parents": []}
    return json.dumps([{"uid": REQUEST["principal"], "attrs": {}, "parents": []}, sheet])


def asked(rules: str, given: str | None = None, act: str = "spend") -> cedarpy.AuthzResult:
    """The answer about these rules and facts, all parsed beforehand as the engine does."""
    entities = cedarpy.Entities.from_json_str(given or facts(), SCHEMA)
    request = {**REQUEST, "action": {"type": "Action", "id": act}}
    return cedarpy.is_authorized(request, cedarpy.PolicySet.from_str(rules), entities, SCHEMA)


def test_a_forbid_is_stronger_than_any_permit_and_without_a_permit_nothing_is_allowed() -> None:
    """The one permit allows what no rule forbids, and no number of permits outdoes one forbid."""
    assert asked(PERMIT).decision is cedarpy.Decision.Allow
    assert asked(PERMIT * 3 + forbid("resource.signed")).decision is cedarpy.Decision.Deny
    assert asked(PERMIT + forbid("!resource.signed")).decision is cedarpy.Decision.Allow
    nothing = asked("")
    assert (nothing.decision, nothing.diagnostics.reasons) == (cedarpy.Decision.Deny, [])


def test_reasons_are_all_that_forbid_by_their_places_and_in_no_order() -> None:
    """Every forbid that holds is named and no permit with it; policies are named by their places in the text. The order is
    nobody's promise, so the engine sorts."""
    answer = asked(PERMIT + forbid("resource.signed") + forbid("!resource.signed") + forbid("resource.pence > 0"))
    assert set(answer.diagnostics.reasons) == {"policy1", "policy3"}
    assert asked(PERMIT).diagnostics.reasons == ["policy0"]


def test_a_name_leads_to_the_annotation_of_the_rule_and_the_same_twice() -> None:
    """What the engine maps by, the names of the parsed set, is what an answer says; ids of annotations change no name."""
    text = '@id("permit")\n' + PERMIT + '@id("plan.second")\n' + forbid("resource.signed")
    parsed = cedarpy.PolicySet.from_str(text).to_pst().static_policies
    ids = {name: policy.annotations["id"] for name, policy in parsed.items()}
    assert ids == {"policy0": "permit", "policy1": "plan.second"}
    answer = asked(text)
    assert [ids[name] for name in answer.diagnostics.reasons] == ["plan.second"]
    assert list(answer.diagnostics.id_annotations_by_reason.values()) == ["plan.second"]
    assert asked(text).diagnostics.reasons == answer.diagnostics.reasons


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ("resource.pence * 9223372036854775807 > 1", "overflow"),
        ("resource.pence + 9223372036854775807 > 1", "overflow"),
        ("0 - 9223372036854775807 - resource.pence < 1", "overflow"),
        ('Sheet::"other".signed', "entity_absent"),
        ("resource.not_there", "rule_failed"),
        ("resource.maybe > 1", "rule_failed"),
        ("resource.pence > resource.signed", "rule_failed"),
    ],
)
def test_a_rule_that_fails_is_skipped_and_told(condition: str, kind: str) -> None:
    """A forbid that cannot be evaluated allows, and is reported beside the clean answer in words that the engine knows apart."""
    answer = asked(PERMIT + forbid(condition))
    assert (answer.decision, answer.diagnostics.reasons) == (cedarpy.Decision.Allow, ["policy0"])
    [error] = answer.diagnostics.errors
    assert "policy1" in error
    assert failures_of(answer.diagnostics.errors) == [kind]


def test_a_failure_takes_nothing_from_what_other_rules_say() -> None:
    """It is told beside their reasons, and a rule that is decided before it reaches the failure does not fail."""
    answer = asked(PERMIT + forbid("resource.not_there") + forbid("resource.signed"))
    assert (answer.decision, answer.diagnostics.reasons) == (cedarpy.Decision.Deny, ["policy2"])
    assert len(answer.diagnostics.errors) == 1
    assert asked(PERMIT + forbid("!resource.signed && resource.not_there")).diagnostics.errors == []


@pytest.mark.parametrize("pence", [0, -1, MOST, LEAST, 10**15 - 1])
def test_a_long_is_exact_to_its_ends(pence: int) -> None:
    """Pence come in and are compared as whole numbers of 64 bits, and not as floats: a penny at the very end counts."""
    answer = asked(PERMIT + forbid(f"resource.pence == {pence}"), facts(pence=pence))
    assert answer.decision is cedarpy.Decision.Deny
    if pence > LEAST:
        assert asked(PERMIT + forbid(f"resource.pence < {pence}"), facts(pence=pence - 1)).diagnostics.reasons == [
            "policy1"
        ]


@pytest.mark.parametrize(
    "changes",
    [
        {"pence": MOST + 1}, {"pence": LEAST - 1}, {"pence": 75.5}, {"pence": 75.0}, {"pence": "7550"}, {"pence": None},
        {"pence": True}, {"pence": {"__extn": {"fn": "decimal", "arg": "75.50"}}}, {"signed": 1}, {"signed": "true"},
        {"kind": "care"}, {"kind": {"type": "Kind", "id": "other"}}, {"kind": {"type": "Sheet", "id": "care"}},
        {"more": 1}, {"maybe": "1"},
    ],
)  # fmt: skip
def test_facts_that_are_not_the_schemas_are_not_read(changes: dict[str, Any]) -> None:
    """A number with a fraction, a decimal, a text, a code of no list, a fact too many: a ValueError and no entity."""
    with pytest.raises(ValueError, match=r"entity|attribute"):
        cedarpy.Entities.from_json_str(facts(**changes), SCHEMA)


def test_a_fact_that_is_missing_is_not_read_and_one_that_may_be_is() -> None:
    """Every fact of the schema is there or nothing is."""
    for name in FACTS:
        rows = json.loads(facts())
        del rows[1]["attrs"][name]
        with pytest.raises(ValueError, match="entity"):
            cedarpy.Entities.from_json_str(json.dumps(rows), SCHEMA)
    assert asked(PERMIT, facts(maybe=1)).decision is cedarpy.Decision.Allow


def test_without_the_schema_a_code_of_no_list_would_be_read() -> None:
    """Which is why facts are never read without it."""
    assert cedarpy.Entities.from_json_str(facts(kind={"type": "Kind", "id": "other"})) is not None


def test_an_act_that_the_schema_does_not_know_gets_no_decision() -> None:
    """It is neither allowed nor denied, and says why."""
    answer = asked(PERMIT, act="fly")
    assert answer.decision is cedarpy.Decision.NoDecision
    assert answer.diagnostics.reasons == []
    assert "not declared" in answer.diagnostics.errors[0]


def test_a_sheet_that_is_not_there_fails_each_rule_that_looks_at_it() -> None:
    """Of an absent entity the permit still allows: only the errors tell."""
    nobody = json.dumps(json.loads(facts())[:1])
    answer = asked(PERMIT + forbid("resource.signed") + forbid("!resource.signed"), nobody)
    assert answer.decision is cedarpy.Decision.Allow
    assert failures_of(answer.diagnostics.errors) == ["entity_absent"]
    assert len(answer.diagnostics.errors) == 2


@pytest.mark.parametrize(
    "condition",
    ["resource.not_there", "resource.maybe > 1", "resource.pence", "resource.pence > resource.signed", "resource.kind == 1",
     'resource.kind == Kind::"other"', "resource.pence == 75.5", 'Nothing::"x" == principal'],
)  # fmt: skip
def test_validation_is_strict(condition: str) -> None:
    """A fact of no schema, one that may be absent and is not asked for first, types that never meet, a code of no list; what
    cannot be parsed at all is told of no rule."""
    found = cedarpy.validate_policies(PERMIT + forbid(condition), SCHEMA)
    assert not found.validation_passed
    assert {each.policy_id for each in found.errors} <= {"policy1", ""}


def test_validation_passes_what_is_right_and_annotations_are_no_matter_to_it() -> None:
    """It says nothing of a misspelt annotation, nor of an empty set: the lint does."""
    for rules in (PERMIT + forbid("resource has maybe && resource.maybe > 1"), '@efect("deny")\n' + PERMIT, ""):
        found = cedarpy.validate_policies(rules, SCHEMA)
        assert (found.validation_passed, found.errors) == (True, [])


def test_text_that_is_no_rule_is_a_value_error() -> None:
    """Of rules, schema and parsed rules alike."""
    for read in (cedarpy.PolicySet.from_str, cedarpy.Schema.from_str, cedarpy.policies_to_pst):
        with pytest.raises(ValueError):  # noqa: PT011
            read("forbid (principal")


def test_rules_put_together_from_parsed_ones_keep_their_names_and_answer_the_same() -> None:
    """What the engine asks of each act: some of the rules, under the names that they have among all."""
    text = PERMIT + forbid("resource.pence > 1") + forbid("resource.signed")
    parsed = cedarpy.PolicySet.from_str(text).to_pst().static_policies
    some = policies_of({name: parsed[name] for name in ("policy0", "policy2")})
    entities = cedarpy.Entities.from_json_str(facts(), SCHEMA)
    assert cedarpy.is_authorized(REQUEST, some, entities, SCHEMA).diagnostics.reasons == ["policy2"]
    assert len(some) == 2


def test_handles_are_stateless(bundle: Bundle) -> None:
    """The same parsed rules, schema and facts are asked again and again, and by several threads at once, with one answer."""
    rules = cedarpy.PolicySet.from_str(PERMIT + forbid("resource.pence > 100"))
    small, large = (cedarpy.Entities.from_json_str(facts(pence=pence), SCHEMA) for pence in (1, 1000))

    def decide(place: int) -> cedarpy.Decision:
        return cedarpy.is_authorized(REQUEST, rules, large if place % 2 else small, SCHEMA).decision

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(decide, range(400)))
    assert found == [cedarpy.Decision.Deny if place % 2 else cedarpy.Decision.Allow for place in range(400)]
    assert len(bundle.by_act["spend"].policies) < len(bundle.policies)


def test_a_batch_answers_each_by_itself_and_in_order() -> None:
    """As many answers as questions, each that of the question alone; an unknown act spoils no other."""
    requests = [{**REQUEST, "action": {"type": "Action", "id": act}} for act in ("spend", "fly", "instalment")]
    rules = PERMIT + 'forbid (principal, action == Action::"instalment", resource);'
    answers = cedarpy.is_authorized_batch(requests, rules, facts(), SCHEMA)
    assert [each.decision.name for each in answers] == ["Allow", "NoDecision", "Deny"]
    assert cedarpy.is_authorized_batch([], rules, facts(), SCHEMA) == []


def test_text_and_parsed_handles_answer_the_same() -> None:
    """Whoever does a decision again has the texts alone."""
    rules = PERMIT + forbid("resource.signed")
    of_text = cedarpy.is_authorized(
        {"principal": 'Gate::"phb"', "action": 'Action::"spend"', "resource": 'Sheet::"sheet"'},
        rules,
        facts(),
        SCHEMA_TEXT,
    )
    assert (of_text.decision, of_text.diagnostics.reasons) == (
        asked(rules).decision, asked(rules).diagnostics.reasons
    )  # fmt: skip


def test_handles_stay_in_their_process() -> None:
    """They cannot be sent to another one: each process reads the bundle for itself."""
    for handle in (SCHEMA, cedarpy.PolicySet.from_str(PERMIT), cedarpy.Entities.from_json_str(facts(), SCHEMA)):
        with pytest.raises(TypeError):
            pickle.dumps(handle)


def test_what_is_no_rules_at_all_raises_and_answers_nothing() -> None:
    """An argument of another type is an exception, which the engine makes a no."""
    with pytest.raises(Exception):  # noqa: B017, PT011
        cedarpy.is_authorized(REQUEST, None, facts(), SCHEMA)  # type: ignore[arg-type]
