"""The decision as it is kept: codes in the book's log for ever, facts and words in a detail that can be erased."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from ledger.core.model import Detail
from ledger.core.requests import Record
from policies.beside import Beside
from policies.engine import Finding, Verdict
from policies.facts import FactSheet
from policies.sheets import Wanted

READ_OUT = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""No vowels and no figures that are mistaken for letters: a reference is read out on the telephone."""
MOST_FINDINGS = 20


class Content(msgspec.Struct, frozen=True):
    """What stands behind a decision, erasable: the facts byte for byte, and every finding in the words of its day."""

    facts: str
    findings: list[Finding]
    reviews: list[Finding]
    engine: str
    words: str = ""
    beside: Beside | msgspec.UnsetType = msgspec.UNSET
    """What the bundle on trial would have said; for those who try it, and for nobody else."""
    conditions: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    """What an officer wrote about conditions of an approval, by their kinds."""


def detail_of_verdict(
    salt: bytes, sheet: FactSheet, verdict: Verdict, words: str = "", *, tried: Beside | None = None
) -> Detail:  # fmt: skip
    """Facts and findings as one canonical text; the log carries its salted hash. `tried` is what the bundle on trial said."""
    content = Content(
        sheet.to_bytes().decode(), list(verdict.findings), list(verdict.reviews), verdict.engine, words,
        msgspec.UNSET if tried is None else tried,
    )  # fmt: skip
    return Detail(salt, msgspec.json.encode(content, order="sorted"))


def answer_detail(salt: bytes, words: str, conditions: Mapping[str, str] | None = None) -> Detail:
    """The words of an officer about a referral and its conditions, kept as those of a verdict are."""
    of_each = dict(conditions) if conditions else msgspec.UNSET
    content = Content("", [], [], "", words, conditions=of_each)
    return Detail(salt, msgspec.json.encode(content, order="sorted"))


def content_of(detail: bytes) -> Content:
    """The content of a decision's detail."""
    return msgspec.json.decode(detail, type=Content)


def decision_record(
    wanted: Wanted, verdict: Verdict, detail: Detail, *, act: str, holds: bool, relied_until: date | None = None,
    decide_by: date | None = None, because: int = 0, parts: Sequence[tuple[str, int]] = (), makers: Sequence[int] = (),
) -> Record:  # fmt: skip
    """The decision entry of one verdict: who it is about, what was asked in codes and pence, what was found, by which rules.

    `holds` says that the entry after it is the hold which keeps the money. `parts` are pence by financial year, where they are not
    of that of the accounting day alone. `makers` are the entries whose makers do not decide about it. Nothing of a review is shown
    to holders."""
    given: dict[str, str | None] = {
        "act": act, "amount": str(wanted.amount), "bundle": verdict.bundle, "hold": "yes" if holds else "no",
        "line": wanted.line, "outcome": verdict.outcome, "payee": wanted.payee, "person": wanted.person,
        "service": wanted.service, "relied_until": relied_until.isoformat() if relied_until else None,
        "decide_by": decide_by.isoformat() if decide_by else None,
        "relies_on": str(wanted.relies_on) if wanted.relies_on else None,
        "period": wanted.period.isoformat() if wanted.period else None,
        "rate": str(wanted.rate) if wanted.rate else None, "quantity": str(wanted.quantity) if wanted.quantity else None,
    }  # fmt: skip
    given.update((f"part.{place:02d}", f"{year}:{pence}") for place, (year, pence) in enumerate(parts, 1))
    given.update(_made(verdict.outcome, makers, because))
    return Record(
        kind="decision", subject=f"line/{wanted.line}", effective_on=wanted.effective_on, care_from=wanted.care_from,
        care_to=wanted.care_to, because=because, detail=detail, attributes=_stated(given, verdict),
    )  # fmt: skip


def _made(outcome: str, makers: Sequence[int], because: int) -> dict[str, str | None]:
    """Whose work a referral is about, besides the entry that it stands on: those who made it do not decide about it."""
    others = [number for number in dict.fromkeys(makers) if number != because] if outcome == "refer" else []
    return {f"maker.{place:02d}": str(number) for place, number in enumerate(others, 1)}


def _stated(given: Mapping[str, str | None], verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """What is given and what was found, ascending; None is left out."""
    stated = {name: value for name, value in given.items() if value is not None}
    for name, findings in (("finding", verdict.findings), ("review", verdict.reviews)):
        stated.update((f"{name}.{place:02d}", each.rule) for place, each in enumerate(findings[:MOST_FINDINGS], 1))
    return tuple(sorted(stated.items()))


def act_record(
    verdict: Verdict, detail: Detail, *, act: str, person: str | None, amount: int, effective_on: date, outcome: str,
    line: str | None, decide_by: date | None, stated: Mapping[str, str], approved: int = 0, because: int = 0,
    subject: str | None = None, makers: Sequence[int] = (),
) -> Record:  # fmt: skip
    """The decision entry about an act that is no spending: what is to be done with a person's budget, for how many pence.

    `outcome` is allow where a referral of the same was approved before: `approved` is that referral, and the subject
    `decision/{approved}`, so that an approval is used once. `stated` are further codes of the act; `subject` is what it is about
    where that is no line and no person; `makers` are the entries whose makers do not decide about it."""
    given: dict[str, str | None] = {
        **stated, **_made(outcome, makers, because),
        "act": act, "amount": str(amount), "bundle": verdict.bundle, "hold": "no", "line": line, "outcome": outcome,
        "person": person, "decide_by": decide_by.isoformat() if decide_by else None,
        "relies_on": str(approved) if approved else None,
    }  # fmt: skip
    about = subject or (f"line/{line}" if line is not None else f"person/{person}")
    return Record(kind="decision", subject=f"decision/{approved}" if approved else about, effective_on=effective_on,
                  because=because, detail=detail, attributes=_stated(given, verdict))  # fmt: skip


def resolution_record(
    of: int, given: Mapping[str, str], *, allows: bool, effective_on: date, reason: str | None, detail: Detail | None,
    holds: bool, limit: int | None = None, late_days: int = 0, conditions: Sequence[str] = (), amount: int | None = None,
    relied_until: date | None = None,
) -> Record:  # fmt: skip
    """What an officer decided of a referral: an entry of its own about decision `of`, whose attributes are given. `limit` is what
    they may give up by themselves, in pence, where it is about that; `late_days` by how much it came after its day; `conditions`
    are those of a yes as they are stated, `amount` the pence that it is for, where that is less than was asked, and `relied_until`
    the last day on which a yes to a question is good."""
    names = ("amount", "bundle", "line", "payee", "period", "person", "quantity", "rate", "relies_on", "service")
    kept = {name: value for name, value in given.items() if name in names or name.startswith("part.")}
    kept |= {
        "act": "approval",
        "of": str(of),
        "outcome": "allow" if allows else "deny",
        "hold": "yes" if holds else "no",
    }
    if reason is not None:
        kept["reason"] = reason
    if limit is not None:
        kept["limit"] = str(limit)
    if late_days:
        kept["late_days"] = str(late_days)
    if relied_until is not None:
        kept["relied_until"] = relied_until.isoformat()
    if amount is not None:
        kept["amount"] = str(amount)
    kept.update((f"condition.{place:02d}", each) for place, each in enumerate(conditions, 1))
    return Record(kind="decision", subject=f"decision/{of}", effective_on=effective_on, because=of, detail=detail,
                  attributes=tuple(sorted(kept.items())))  # fmt: skip


def reference_of(number: int) -> str:
    """A short reference of a decision that can be read out: its number in groups of signs, the last of them a check."""
    signs, rest = "", number
    while rest:
        rest, place = divmod(rest, len(READ_OUT))
        signs = READ_OUT[place] + signs
    check = READ_OUT[sum((place + 1) * READ_OUT.index(sign) for place, sign in enumerate(signs)) % len(READ_OUT)]
    text = (signs + check).rjust(6, READ_OUT[0])
    return f"{text[:3]}-{text[3:]}"


def number_of_reference(text: str) -> int | None:
    """The number behind a reference as it was read out, or None when it was read wrong."""
    signs = text.upper().replace("-", "").replace(" ", "")
    if not signs or any(sign not in READ_OUT for sign in signs):
        return None
    number = 0
    for sign in signs[:-1]:
        number = number * len(READ_OUT) + READ_OUT.index(sign)
    return number if number and reference_of(number).replace("-", "") == signs else None
