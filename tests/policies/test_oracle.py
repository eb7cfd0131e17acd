"""Cedar and plain Python agree on what is allowed, on thousands of sheets of each kind, objection by objection."""

import random
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from policies.bundle import Bundle
from policies.engine import Engine
from policies.facts import FactSheet
from policies.sheet_kinds import SHEET_KINDS
from tests.policies import oracle
from tests.policies.sheets import drawn
from tests.policies.sheets_changes import drawn_change
from tests.policies.sheets_closing import drawn_carrying, drawn_reopening, drawn_viewing
from tests.policies.sheets_deposits import drawn_deposit
from tests.policies.sheets_ending import drawn_ending
from tests.policies.sheets_evidence import drawn_judging
from tests.policies.sheets_holding import drawn_holding
from tests.policies.sheets_owing import drawn_owing
from tests.policies.sheets_payees import drawn_approving
from tests.policies.sheets_plans import drawn_signing
from tests.policies.sheets_requests import drawn_request
from tests.policies.sheets_watch import drawn_watch

SHEETS = 5_000
Draw = Callable[[random.Random, list[str]], FactSheet]
DRAWN: dict[str, Draw] = {
    "Sheet": drawn,
    "Change": lambda lot, _: drawn_change(lot),
    "Signing": lambda lot, _: drawn_signing(lot),
    "Owing": lambda lot, _: drawn_owing(lot),
    "Ending": lambda lot, _: drawn_ending(lot),
    "Deposit": lambda lot, _: drawn_deposit(lot),
    "Judging": lambda lot, _: drawn_judging(lot),
    "Approving": lambda lot, _: drawn_approving(lot),
    "Reopening": lambda lot, _: drawn_reopening(lot),
    "Carrying": lambda lot, _: drawn_carrying(lot),
    "Viewing": lambda lot, _: drawn_viewing(lot),
    "Holding": lambda lot, _: drawn_holding(lot),
    "Request": lambda lot, _: drawn_request(lot),
    "Watch": lambda lot, _: drawn_watch(lot),
}
OUTCOMES = {
    "Sheet": ("allow", "refer", "deny"),
    "Change": ("allow", "refer", "deny"),
    "Signing": ("allow", "refer", "deny"),
    "Owing": ("allow", "refer", "deny"),
    "Ending": ("allow", "refer", "deny"),
    "Deposit": ("allow", "refer"),
    "Judging": ("allow", "refer", "deny"),
    "Approving": ("allow", "refer", "deny"),
    "Reopening": ("allow", "refer", "deny"),
    "Carrying": ("allow", "refer", "deny"),
    "Viewing": ("allow", "deny"),
    "Holding": ("allow", "refer", "deny"),
    "Request": ("allow", "refer", "deny"),
    "Watch": ("allow",),
}


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_five_thousand_random_sheets_get_the_verdict_of_plain_python(bundle: Bundle, engine: Engine, kind: str) -> None:
    """Same outcome and same objections; every rule of the kind objects often enough, and alone somewhere, to be compared."""
    lot = random.Random(20261125)
    care = [service.code for service in bundle.services.values() if service.kind == "care"]
    outcomes: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    decisive: set[str] = set()
    for _ in range(SHEETS):
        sheet = DRAWN[kind](lot, care)
        verdict, expected = engine.decide(sheet), oracle.objections(sheet)
        found = {finding.rule for finding in (*verdict.findings, *verdict.reviews)}
        assert found == set(expected), sheet
        assert verdict.outcome == oracle.outcome(sheet), sheet
        assert {finding.rule for finding in verdict.reviews} == {r for r, e in expected.items() if e == "review"}
        outcomes[verdict.outcome] += 1
        fired.update(found)
        if len(found) == 1:
            decisive |= found
    rules = {rule.id for rule in bundle.rules.values() if rule.kind == kind}
    assert set(fired) == rules == decisive
    assert min(fired.values()) >= 10, fired.most_common()[-3:]
    assert min(outcomes[each] for each in OUTCOMES[kind]) >= 100, outcomes


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_what_the_rules_of_an_act_say_is_what_all_rules_say(bundle: Bundle, engine: Engine, kind: str) -> None:
    """Rules whose scope is another act's are left out of the question and change no verdict; and each rule is asked of some act."""
    lot = random.Random(20261126)
    care = [service.code for service in bundle.services.values() if service.kind == "care"]
    whole = Engine(msgspec.structs.replace(bundle, by_act={}))
    for _ in range(300):
        sheet = DRAWN[kind](lot, care)
        assert engine.decide(sheet) == whole.decide(sheet), sheet
    asked = {name for narrowed in bundle.by_act.values() for name in narrowed.policies.to_pst().static_policies}
    assert asked == {*bundle.rules, bundle.permit}
