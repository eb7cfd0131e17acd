"""The engine: one sheet of facts against one bundle gives one verdict, and any doubt about it is a no.

Cedar skips a policy that fails to evaluate, and a forbid that is skipped allows. So whatever Cedar reports beside
a clean answer is itself a finding that denies, under an id that begins with `engine.`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal

import cedarpy
import msgspec
import structlog

from ledger.money import PENCE_PER_POUND
from policies.bundle import Bundle
from policies.facts import CODES, NOT_FOR_RULES, FactSheet, Sheet
from policies.lint import EFFECTS, Rule, may_be_named

ENGINE = f"phb1/cedarpy-{version('cedarpy')}"
"""What made a verdict; another version of either part gets another name."""

Outcome = Literal["allow", "refer", "deny"]

TROUBLES = (
    "sheet_unfit", "service_unknown", "kind_differs", "facts_unread", "exception", "no_decision", "rule_failed", "overflow",
    "entity_absent", "rule_unknown", "unclear",
)  # fmt: skip
"""Every kind of failure to decide, by its code: each is a finding `engine.{code}`, and each is counted."""

_TROUBLE = "engine."
_GATE = {"type": "Gate", "id": "phb"}
_SHEET_ID = "sheet"

log = structlog.get_logger()


class Finding(msgspec.Struct, frozen=True):
    """The objection of one rule, in plain words. `effect` is what it does here: a deny is a refer when the money
    has gone."""

    rule: str
    effect: str
    authority: str
    source: str
    message: str
    remedy: str


class Verdict(msgspec.Struct, frozen=True):
    """What the policy says of one sheet. `findings` are the objections, most severe first and then by id;
    `reviews` never change the outcome and are for staff."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    reviews: tuple[Finding, ...]
    bundle: str
    engine: str

    def for_holder(self) -> "Verdict":
        """The same without the reviews: nobody is accused by a pattern."""
        return msgspec.structs.replace(self, reviews=())


def trouble(code: str) -> Rule:
    """A failure to decide, as a rule that denies. `code` says which kind; what Cedar said is not passed on."""
    return Rule(
        id=f"{_TROUBLE}{code}",
        effect="deny",
        authority="engine",
        source="This service: what cannot be decided is refused",
        message="We could not check this request against the rules, so it has not been approved.",
        remedy="This is our fault and not yours. Try again later; the budget team can decide it meanwhile.",
    )


class Engine:
    """Decides sheets under one bundle. Keeps nothing between verdicts but how often it failed to decide, by kind, in `troubles`,
    which the engines in force of one process share; each is logged as `event`, which is None where nobody is denied by it."""

    def __init__(
        self, bundle: Bundle, troubles: Counter[str] | None = None, *, event: str | None = "policy_trouble"
    ) -> None:  # fmt: skip
        self.bundle = bundle
        self.troubles: Counter[str] = Counter() if troubles is None else troubles
        self._event = event

    def decide(self, sheet: FactSheet) -> Verdict:
        """The verdict on these facts, as `judged`, and what was no verdict is counted."""
        verdict = self.judged(sheet)
        self.note(each.rule for each in verdict.findings)
        return verdict

    def note(self, rules: Iterable[str]) -> None:
        """Count, and log, the failures to decide among the rules that objected: of a decision that is recorded, once, however often
        it was looked at before, and not where a known key has its first answer again."""
        for code in (rule.removeprefix(_TROUBLE) for rule in rules if rule.startswith(_TROUBLE)):
            self.troubles[code] += 1
            if self._event is not None:
                log.error(self._event, code=code, bundle=self.bundle.hash, engine=ENGINE)

    def judged(self, sheet: FactSheet) -> Verdict:
        """The verdict on these facts. Never raises for the facts' or the rules' sake: what goes wrong is a finding.

        The ids of trouble: `sheet_unfit`, `service_unknown`, `kind_differs` (from the bundle's), and from Cedar
        `facts_unread` (one is missing or of another type than the schema's), `exception`, `no_decision` (an act that the schema
        does not know), `overflow`, `entity_absent`, `rule_failed`, `rule_unknown`, `unclear`.
        """
        try:
            type(sheet).from_bytes(sheet.to_bytes())
        except Exception:
            # Facts that are out of bounds are not believed about the money either.
            return self._verdict([trouble("sheet_unfit")], {}, money_gone=False)
        wrong = self._service_wrong(sheet) if isinstance(sheet, Sheet) else None
        against = self._asked(sheet) if wrong is None else [trouble(wrong)]
        words = Words(msgspec.structs.asdict(sheet), self.bundle) if against else {}
        return self._verdict(against, words, money_gone=sheet.is_of_money_gone)

    def _service_wrong(self, sheet: Sheet) -> str | None:
        service = self.bundle.services.get(sheet.service)
        if service is None:
            return "service_unknown"
        return "kind_differs" if service.kind != sheet.service_kind else None

    def _asked(self, sheet: FactSheet) -> list[Rule]:
        """The rules that object, from one request to Cedar, or the trouble there was."""
        act = {"type": "Action", "id": sheet.act}  # type: ignore[attr-defined]
        request = {"principal": _GATE, "action": act, "resource": _uid_of(sheet)}
        try:
            # Read by themselves: given as text with the question, Cedar takes a quarter longer for both.
            entities = self._entities(sheet)
            if entities is None:
                return [trouble("facts_unread")]
            narrowed = self.bundle.by_act.get(act["id"])
            policies = self.bundle.policies if narrowed is None else narrowed.of(sheet)
            answer = cedarpy.is_authorized(request, policies, entities, self.bundle.schema)
            return self.read(answer)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:
            # A panic of the Rust side derives from BaseException, and is a no like any other failure.
            return [trouble("exception")]

    def _entities(self, sheet: FactSheet) -> Any:
        """The facts as Cedar has them; None when they are not those of the schema."""
        try:
            return cedarpy.Entities.from_json_str(entities_of(sheet), self.bundle.schema)
        except ValueError:
            return None

    def read(self, answer: cedarpy.AuthzResult) -> list[Rule]:
        """The rules that object in an answer of Cedar, unsorted; trouble when it is anything but clean."""
        reasons = set(answer.diagnostics.reasons)
        found = [self.bundle.rules[name] for name in reasons & self.bundle.rules.keys()]
        if answer.decision is not cedarpy.Decision.NoDecision and answer.diagnostics.errors:
            found += [trouble(code) for code in failures_of(answer.diagnostics.errors)]
        if reasons - self.bundle.rules.keys() - {self.bundle.permit}:
            found.append(trouble("rule_unknown"))
        if answer.decision is cedarpy.Decision.NoDecision:
            found.append(trouble("no_decision"))
        elif not self._is_clear(answer.decision, reasons):
            found.append(trouble("unclear"))
        return found

    def _is_clear(self, decision: cedarpy.Decision, reasons: set[str]) -> bool:
        """An allow names the permit alone, and a deny names what forbids: a deny without reasons means that the
        permit did not hold."""
        if decision is cedarpy.Decision.Allow:
            return reasons == {self.bundle.permit}
        return bool(reasons) and self.bundle.permit not in reasons

    def _verdict(self, against: list[Rule], words: dict[str, str], *, money_gone: bool) -> Verdict:
        """Sort, fill in and weigh the objections.

        This is the one place where money that has gone turns a deny into a refer: what has been paid cannot be
        refused any more, only looked at (reg 15; a fact is recorded, never denied). It holds for trouble of the
        engine's as for a rule.
        """
        findings = []
        for rule in against:
            effect = "refer" if money_gone and rule.effect == "deny" else rule.effect
            findings.append(
                Finding(
                    rule=rule.id,
                    effect=effect,
                    authority=rule.authority,
                    source=rule.source,
                    message=rule.message.format_map(words),
                    remedy=rule.remedy_as(effect).format_map(words),
                )
            )
        findings.sort(key=lambda finding: (EFFECTS.index(finding.effect), finding.rule))
        objections = tuple(finding for finding in findings if finding.effect != "review")
        outcome: Outcome = "allow"
        if objections:
            outcome = "deny" if objections[0].effect == "deny" else "refer"
        reviews = tuple(finding for finding in findings if finding.effect == "review")
        return Verdict(outcome, objections, reviews, self.bundle.hash, ENGINE)


def failures_of(errors: Sequence[str]) -> list[str]:
    """Which kinds of failure rules met, each once. Cedar has sentences for them and no codes: one that is not known here is
    `rule_failed`, and denies like any other."""
    found = set()
    for each in errors:
        if "integer overflow" in each:
            found.add("overflow")
        else:
            found.add("entity_absent" if each.endswith("does not exist") else "rule_failed")
    return sorted(found)


def _uid_of(sheet: FactSheet) -> dict[str, str]:
    return {"type": type(sheet).__name__, "id": _SHEET_ID}


class Words(dict[str, str]):
    """What each placeholder says, of facts by their names: the one place where the numbers of a sentence are written. A word is
    made when a sentence asks for it: of sixty facts a message names one or two."""

    def __init__(self, facts: Mapping[str, Any], bundle: Bundle) -> None:
        super().__init__()
        self._facts, self._bundle = facts, bundle

    def __missing__(self, name: str) -> str:
        """KeyError for a name that is no fact, or of which no sentence may speak."""
        if not may_be_named(name):
            raise KeyError(name)
        value = self._facts[name]
        if name == "service":
            service = self._bundle.services.get(value)
            return service.name if service else ""
        return pounds(value) if name.endswith("_pence") else str(value)


def entities_of(sheet: FactSheet) -> str:
    """The JSON that Cedar gets: the gate, and the sheet as one entity whose codes are entities of their types.

    Whoever evaluates a decision again, with Cedar and without this code, makes this from the facts that are kept.
    """
    facts = msgspec.to_builtins(sheet)
    attributes = {
        name: {"type": CODES[name][0], "id": value} if name in CODES else value
        for name, value in facts.items()
        if name not in NOT_FOR_RULES
    }
    entities = [{"uid": _GATE, "attrs": {}, "parents": []}, {"uid": _uid_of(sheet), "attrs": attributes, "parents": []}]
    return msgspec.json.encode(entities).decode()


def pounds(pence: int) -> str:
    """An amount as a sentence says it: £75, £75.50, £1,000, −£5."""
    whole, rest = divmod(abs(pence), PENCE_PER_POUND)
    return f"{'−' if pence < 0 else ''}£{whole:,}" + (f".{rest:02}" if rest else "")
