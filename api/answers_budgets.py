"""What clients get back about a person's budget: decisions with reasons, and what is left.

An answer to a write is made from its entries and what is left of their details, so a repetition has the same answer.
"""

from datetime import date

from msgspec import UNSET, Struct, UnsetType

from api.answers import EntryOut, ReceiptOut, receipt_of, time_of
from api.writing import Written, made_of
from ledger.core.canon import Entry
from ledger.money import format_amount
from policies.conditions import stated_in
from policies.decisions import Content, content_of, reference_of
from policies.engine import Finding


class FindingOut(Struct, frozen=True):
    """One objection of the rules, in plain words, with what would make it a yes."""

    rule: str
    effect: str
    authority: str
    source: str
    message: str
    remedy: str


class ConditionOut(Struct, frozen=True, kw_only=True):
    """A condition of an approval: `amount` of a cap, `payee` of the only one, or the `day`: the last to use it, the last on which
    the same is not bought again, or that by which evidence is due. `words` are the officer's, null when there are none."""

    kind: str
    amount: str | UnsetType = UNSET
    day: str | UnsetType = UNSET
    payee: str | UnsetType = UNSET
    words: str | None = None


class DecisionOut(Struct, frozen=True, kw_only=True):
    """A decision as it was recorded; one of a dry run has number 0 and no reference. `hold` is the number of the hold that keeps
    the money, null if none does. `reason` is the code with which a referral was declined, `conditions` are those
    with which one was approved; `stated` what an
    act says besides, such as the line that money moved to. `reviews` are for staff, and absent
    otherwise; `findings` are empty with `erased` once the details have been erased.
    `explanation` is where it is explained in plain words, easy read and Welsh."""

    book: str
    number: int
    reference: str
    act: str
    outcome: str
    person: str | None
    line: str | None
    service: str | None
    payee: str | None
    amount: str
    currency: str
    effective_on: date | None
    care_from: date | None
    care_to: date | None
    findings: list[FindingOut]
    reviews: list[FindingOut] | UnsetType = UNSET
    words: str | None = None
    reason: str | UnsetType = UNSET
    conditions: list[ConditionOut] | UnsetType = UNSET
    hold: int | None
    decide_by: str | None
    relied_until: str | None
    relies_on: int | None
    because: int
    of: int | None
    bundle: str
    stated: dict[str, str]
    recorded_at: str
    receipt: ReceiptOut | UnsetType = UNSET
    resolved_by: int | UnsetType | None = UNSET
    dry_run: bool | UnsetType = UNSET
    erased: bool | UnsetType = UNSET
    explanation: str | UnsetType = UNSET


class DecisionsOut(Struct, frozen=True):
    """A page of decisions, by number."""

    through_entry: int
    decisions: list[DecisionOut]


class SettledOut(Struct, frozen=True):
    """What became of an invoice, a payment, a claim: the decision, where the rules were asked, and the other entries of the group
    in order. The first entry is the one to name later: what was entered, accepted or released."""

    decision: DecisionOut | None
    entries: list[EntryOut]
    dry_run: bool | UnsetType = UNSET


class ReopenedOut(EntryOut, frozen=True):
    """The entry of a period that was reopened, with the decision that let it be; the decision's own entry where it did not."""

    decision: DecisionOut | UnsetType = UNSET


_KNOWN = frozenset((
    "act", "amount", "bundle", "decide_by", "hold", "line", "of", "outcome", "payee", "person", "reason", "relied_until",
    "relies_on", "service",
))  # fmt: skip
"""What every decision may say, and the answer has a place of its own for."""


def _findings(found: list[Finding]) -> list[FindingOut]:
    return [FindingOut(f.rule, f.effect, f.authority, f.source, f.message, f.remedy) for f in found]


def _conditions(given: dict[str, str], content: Content) -> list[ConditionOut] | UnsetType:
    words = {} if isinstance(content.conditions, UnsetType) else content.conditions
    made = []
    for kind, value in stated_in(given).items():
        amount = format_amount(int(value)) if kind == "amount_cap" else UNSET
        payee = value if kind == "payee_only" else UNSET
        day = value if amount is UNSET and payee is UNSET else UNSET
        made.append(ConditionOut(kind=kind, amount=amount, day=day, payee=payee, words=words.get(kind)))
    return made or UNSET


def decision_of(
    entry: Entry, detail: bytes | None, currency: str, *, for_staff: bool, hold: int | None,
    tree_size: int | None = None, resolved_by: int | UnsetType | None = UNSET, dry_run: bool = False,
) -> DecisionOut:  # fmt: skip
    """A decision from its entry and the content of its detail, None when it was erased. A dry run has no numbers."""
    given = dict(entry.attributes)
    content = content_of(detail) if detail is not None else Content("", [], [], "")
    return DecisionOut(
        book=entry.book, number=0 if dry_run else entry.number,
        reference="" if dry_run else reference_of(entry.number), act=given["act"],
        outcome=given["outcome"], person=given.get("person"), line=given.get("line"), service=given.get("service"),
        payee=given.get("payee"), amount=format_amount(int(given["amount"])), currency=currency,
        effective_on=entry.effective_on, care_from=entry.care_from, care_to=entry.care_to,
        findings=_findings(content.findings), reviews=_findings(content.reviews) if for_staff else UNSET,
        words=content.words or None, reason=given.get("reason", UNSET), conditions=_conditions(given, content),
        hold=hold and (0 if dry_run else hold), decide_by=given.get("decide_by"),
        relied_until=given.get("relied_until"), relies_on=int(given["relies_on"]) if "relies_on" in given else None,
        because=entry.because, of=int(given["of"]) if "of" in given else None, bundle=given["bundle"],
        stated={name: value for name, value in given.items() if name not in _KNOWN and "." not in name},
        recorded_at=time_of(entry.recorded_us),
        receipt=UNSET if tree_size is None or dry_run else receipt_of(entry, tree_size), resolved_by=resolved_by,
        dry_run=True if dry_run else UNSET,
        erased=True if detail is None and entry.commitment is not None else UNSET,
        explanation=UNSET if dry_run or "person" not in given else (
            f"/v1/books/{entry.book}/budgets/{given['person']}/decisions/{entry.number}/explanation"
        ),
    )  # fmt: skip


def decided_of(written: Written, detail: bytes | None, *, for_staff: bool) -> DecisionOut:
    """The answer to a request that was decided: its decision, and the hold that was placed beside it."""
    outcome = written.outcome
    decision = next(entry for entry in outcome.entries if entry.kind == "decision")
    hold = next((entry.number for entry in outcome.entries if entry.kind == "hold_placed"), None)
    return decision_of(
        decision, detail, written.currency, for_staff=for_staff, hold=hold, tree_size=outcome.tree_size,
        dry_run=written.is_dry,
    )  # fmt: skip


def settled_of(written: Written, detail: bytes | None) -> SettledOut:
    """The answer to a fact: its entries, and its decision when there is one, which then comes first of all."""
    first, made, decision = written.outcome.entries[0], made_of(written), None
    if first.kind == "decision":
        decision, made = decided_of(written, detail, for_staff=True), made[1:]
    return SettledOut(decision, made, True if written.is_dry else UNSET)


def reopened_of(written: Written, detail: bytes | None) -> ReopenedOut:
    """The answer to a reopening: its last entry, which is the decision where nothing follows from it."""
    settled, made = settled_of(written, detail), made_of(written)
    fields = {name: getattr(made[-1], name) for name in EntryOut.__struct_fields__}
    return ReopenedOut(**fields, decision=UNSET if settled.decision is None else settled.decision)
