"""Cedar and plain Python agree on what is allowed, on thousands of sheets, objection by objection."""

import random
from collections import Counter

from policies.bundle import Bundle
from policies.engine import Engine
from tests.policies import oracle
from tests.policies.sheets import drawn

SHEETS = 2_000


def test_two_thousand_random_sheets_get_the_verdict_of_plain_python(bundle: Bundle, engine: Engine) -> None:
    """Same outcome and same objections; every rule objects often enough, and alone somewhere, to be compared."""
    lot = random.Random(20261125)
    care = [service.code for service in bundle.services.values() if service.kind == "care"]
    outcomes: Counter[str] = Counter()
    fired: Counter[str] = Counter()
    decisive: set[str] = set()
    for _ in range(SHEETS):
        sheet = drawn(lot, care)
        verdict, expected = engine.decide(sheet), oracle.objections(sheet)
        found = {finding.rule for finding in (*verdict.findings, *verdict.reviews)}
        assert found == set(expected), sheet
        assert verdict.outcome == oracle.outcome(sheet), sheet
        assert {finding.rule for finding in verdict.reviews} == {r for r, e in expected.items() if e == "review"}
        outcomes[verdict.outcome] += 1
        fired.update(found)
        if len(found) == 1:
            decisive |= found
    rules = {rule.id for rule in bundle.rules.values()}
    assert set(fired) == rules == decisive
    assert min(fired.values()) >= 10, fired.most_common()[-3:]
    assert min(outcomes[each] for each in ("allow", "refer", "deny")) >= 100, outcomes
