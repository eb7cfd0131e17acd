"""Whatever goes wrong in deciding is a no: every way that Cedar, the facts or the bundle can fail."""

from pathlib import Path
from typing import Any

import cedarpy
import msgspec
import pytest
from structlog.testing import capture_logs

from policies.bundle import HERE, Bundle
from policies.engine import ENGINE, TROUBLES, Engine, entities_of
from policies.facts import Sheet, SheetUnfit
from tests.policies.broken import KINDS, OVERFLOW, broken
from tests.policies.files import rewritten
from tests.policies.sheets import GOOD, sheet

UNFIT: list[dict[str, Any]] = [
    {"amount_pence": 0},
    {"amount_pence": -1},
    {"amount_pence": 10**15},
    {"amount_pence": 75.5},
    {"amount_pence": True},
    {"amount_pence": None},
    {"left_pence": -(10**15)},
    {"left_pence": 2**63},
    {"left_pence": 2**80},
    {"service_30_days_pence": -1},
    {"person_alive": 1},
    {"person_alive": None},
    {"act": "gift"},
    {"management": "cash"},
    {"payee_state": "friend"},
    {"service_kind": "other"},
    {"service": "Home care"},
    {"service": 'x", "money_gone": "'},
    {"service": "x\n"},
    {"service": "\ud800"},
    {"act": "evidence", "money_gone": False},
]


def only(verdict: Any) -> str:
    """The id of the one finding of a denial."""
    assert verdict.outcome == "deny"
    (finding,) = verdict.findings
    assert finding.effect == "deny"
    return str(finding.rule)


@pytest.mark.parametrize("changes", UNFIT)
def test_facts_out_of_bounds_are_denied_and_not_believed(engine: Engine, changes: dict[str, Any]) -> None:
    """A value too large, of another type or of no list is a no, even where the sheet says that the money has gone."""
    unfit = msgspec.structs.replace(GOOD, **changes)
    assert only(engine.decide(unfit)) == "engine.sheet_unfit"
    gone = msgspec.structs.replace(GOOD, **{"money_gone": True, **changes})
    if changes.get("act") != "evidence":
        assert only(engine.decide(gone)) == "engine.sheet_unfit"


def test_an_unknown_service_is_denied(engine: Engine) -> None:
    """A code that is well formed and not in the list of the bundle."""
    assert only(engine.decide(sheet(service="sky_diving", service_kind="care"))) == "engine.service_unknown"


def test_a_service_of_another_kind_is_denied(engine: Engine) -> None:
    """Nobody can pass gambling as care by the kind alone."""
    assert only(engine.decide(sheet(service="gambling", service_kind="care"))) == "engine.kind_differs"


def test_a_rule_that_fails_to_evaluate_denies(tmp_path: Path) -> None:
    """Cedar skips a forbid that overflows, and would allow."""
    folder = rewritten(tmp_path, "rules/plan.cedar", "!resource.plan_signed", OVERFLOW)
    verdict = Engine(Bundle.load(folder)).decide(sheet())
    assert only(verdict) == "engine.overflow"


def test_a_rule_that_fails_does_not_hide_what_others_say(tmp_path: Path) -> None:
    """The objections of the rest are listed beside it."""
    folder = rewritten(tmp_path, "rules/plan.cedar", "!resource.plan_signed", OVERFLOW)
    verdict = Engine(Bundle.load(folder)).decide(sheet(payee_state="pending"))
    assert [each.rule for each in verdict.findings] == ["engine.overflow", "icb_policy.payee_pending"]


def test_a_request_that_cedar_cannot_read_denies(bundle: Bundle) -> None:
    """With another schema the sheet is no entity that Cedar knows, or the act no action: it makes no decision."""
    known = (HERE / "rules" / "phb.cedarschema").read_text()
    unlike = "entity Gate; entity Sheet; action spend appliesTo {principal: Gate, resource: Sheet};"
    for text, code in ((unlike, "facts_unread"), (known.replace("action spend,", "action buy,"), "no_decision")):
        other = msgspec.structs.replace(bundle, schema=cedarpy.Schema.from_str(text))
        assert only(Engine(other).decide(sheet())) == f"engine.{code}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_failure_to_decide_denies_under_its_own_id_and_is_counted_once(bundle: Bundle, kind: str) -> None:
    """What is asked for is denied, with money that has gone it waits for somebody, and both are counted."""
    engine = Engine(broken(bundle, kind))
    assert only(engine.decide(sheet())) == f"engine.{kind}"
    assert engine.troubles == {kind: 1}
    assert engine.decide(sheet(money_gone=True)).outcome == "refer"
    assert engine.troubles == {kind: 2}
    assert kind in TROUBLES


def test_an_exception_out_of_cedar_denies(bundle: Bundle) -> None:
    """What is not a policy set makes the call itself fail."""
    without: Any = msgspec.structs.replace(bundle, by_act={}, policies=None)
    assert only(Engine(without).decide(sheet())) == "engine.exception"


def test_a_reason_that_the_bundle_does_not_know_denies(bundle: Bundle) -> None:
    """The policies and the rules of a bundle that is not of one piece."""
    (name,) = [name for name, rule in bundle.rules.items() if rule.id == "plan.not_signed"]
    rules = {key: rule for key, rule in bundle.rules.items() if key != name}
    engine = Engine(msgspec.structs.replace(bundle, rules=rules))
    assert only(engine.decide(sheet(plan_signed=False))) == "engine.rule_unknown"


def test_a_set_without_rules_denies(bundle: Bundle) -> None:
    """An empty set is false to Python and denies without a reason in Cedar; neither passes for an answer."""
    empty = msgspec.structs.replace(bundle, by_act={}, policies=cedarpy.PolicySet.from_str(""))
    assert only(Engine(empty).decide(sheet())) == "engine.unclear"


@pytest.mark.parametrize(
    ("decision", "reasons", "errors", "found"),
    [
        ("Allow", [], [], "engine.unclear"),
        ("Allow", ["permit", "pattern"], [], "engine.unclear"),
        ("Deny", [], [], "engine.unclear"),
        ("Deny", ["permit"], [], "engine.unclear"),
        ("Deny", ["permit", "pattern"], [], "engine.unclear"),
        ("Allow", ["permit"], ["while evaluating policy3: integer overflow"], "engine.overflow"),
        ("NoDecision", [], ["unable to parse"], "engine.no_decision"),
        ("NoDecision", [], [], "engine.no_decision"),
        ("Deny", ["policy999"], [], "engine.rule_unknown"),
    ],
)
def test_an_answer_that_is_not_clean_is_a_no(
    bundle: Bundle, decision: str, reasons: list[str], errors: list[str], found: str
) -> None:
    """Every shape in which Cedar can say something other than a plain allow or deny."""
    (pattern,) = [name for name, rule in bundle.rules.items() if rule.id == "pattern.cash"]
    names = {"permit": bundle.permit, "pattern": pattern}
    diagnostics = {"reason": [names.get(each, each) for each in reasons], "errors": errors}
    answer = cedarpy.AuthzResult({"decision": decision, "diagnostics": diagnostics})
    said = {rule.id: rule.effect for rule in Engine(bundle).read(answer)}
    assert said.get(found) == "deny"


def test_trouble_with_money_that_has_gone_waits_for_a_person(bundle: Bundle) -> None:
    """A fact is never refused; a failure to decide it is looked at, and is not an allow."""
    without: Any = msgspec.structs.replace(bundle, by_act={}, policies=None)
    verdict = Engine(without).decide(sheet(money_gone=True))
    assert (verdict.outcome, [each.rule for each in verdict.findings]) == ("refer", ["engine.exception"])
    assert "nothing that you have to do" in verdict.findings[0].remedy


def test_trouble_is_logged_by_its_code_alone(bundle: Bundle) -> None:
    """Neither facts nor what Cedar said reach the log."""
    without: Any = msgspec.structs.replace(bundle, by_act={}, policies=None)
    with capture_logs() as logs:
        Engine(without).decide(sheet())
    (line,) = logs
    assert line == {
        "event": "policy_trouble", "code": "exception", "bundle": bundle.hash, "engine": ENGINE, "log_level": "error",
    }  # fmt: skip


def test_a_verdict_names_its_bundle_and_its_engine(engine: Engine, bundle: Bundle) -> None:
    """So that the same can be decided again."""
    verdict = engine.decide(sheet())
    assert (verdict.bundle, verdict.engine) == (bundle.hash, "phb1/cedarpy-4.12.2")


def test_the_facts_of_a_decision_are_the_same_bytes_for_ever() -> None:
    """Sorted names, no spaces, codes and numbers; the bytes are what the log commits to."""
    raw = GOOD.to_bytes()
    assert raw.startswith(
        b'{"account_changed":false,"act":"spend","agreed_instalment_pence":7550,"agreement_signed":true,'
    )
    assert raw.endswith(b'"service_left_out_here":false,"tier_review_due":false}')
    assert Sheet.from_bytes(raw) == GOOD
    assert len(Sheet.__struct_fields__) <= 58


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw.replace(b",", b", "),
        lambda raw: raw + b"\n",
        lambda raw: raw.replace(b'"act"', b'"name":"x","act"'),
        lambda raw: raw.replace(b'"act":"spend",', b'"act":"spend","act":"spend",'),
        lambda raw: raw.replace(b'"act":"spend",', b""),
        lambda raw: raw.replace(b"7550", b"75.5"),
        lambda raw: raw.replace(b"true", b"null"),
        lambda raw: raw[:-1],
        lambda raw: b"\xff" + raw,
        lambda raw: b"",
    ],
)
def test_bytes_that_are_not_canonical_are_no_facts(spoil: Any) -> None:
    """One sheet has one spelling, or two commitments could speak of the same facts."""
    with pytest.raises(SheetUnfit):
        Sheet.from_bytes(spoil(GOOD.to_bytes()))


def test_anyone_can_ask_cedar_again_from_the_kept_facts(bundle: Bundle, engine: Engine) -> None:
    """From the bytes and the published files alone, with policies and schema as text, the same rules object."""
    asked = sheet(plan_signed=False, payee_state="pending", amount_pence=1_000_01)
    folder = Path(__file__).resolve().parents[2] / "policies" / "rules"
    text = "\n".join(path.read_text() for path in folder.glob("*.cedar"))
    request = {"principal": 'Gate::"phb"', "action": 'Action::"spend"', "resource": 'Sheet::"sheet"'}
    schema = (folder / "phb.cedarschema").read_text()
    answer = cedarpy.is_authorized(request, text, entities_of(Sheet.from_bytes(asked.to_bytes())), schema)
    verdict = engine.decide(asked)
    ours = {each.rule for each in (*verdict.findings, *verdict.reviews)}
    assert set(answer.diagnostics.id_annotations_by_reason.values()) == ours
