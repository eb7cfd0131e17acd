"""The rule book of a book: which rules and limits are in force there, in plain words, since when, and what has changed.

It is for everybody. What a pattern counts, and from how many on, is left out: that would tell those whom it is for how to stay
below it.
"""

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from policies.bundle import DEFAULT_LIMITS, Bundle, Dated
from policies.catalogue import AUTHORITIES, EFFECTS, LIMITS, in_plain_words, shown, spoken
from policies.comparing import CONDITION, RuleChange, changes
from policies.lint import Rule
from policies.publishing import Life

VERBS = {"added": "New rule", "removed": "No rule any more", "changed": "Changed rule"}
ASPECTS = {
    "effect": "What it does",
    "authority": "Whose rule it is",
    "source": "After which source",
    "message": "What it says",
    "remedy": "What would make it a yes",
    CONDITION: "When it objects",
}
SHOWN_AS: Mapping[str, Callable[[str], str]] = {
    "effect": EFFECTS.__getitem__, "authority": lambda text: AUTHORITIES[text][0], CONDITION: str,
}  # fmt: skip
"""How what a rule has otherwise is told, where it is no sentence."""


class RulesNotInForce(LookupError):
    """No rules are in force in the book yet."""

    code = "rules_not_in_force"


class BookRule(msgspec.Struct, frozen=True):
    """One rule: what it says, what would make it a yes, what it does, on whose authority and after which source."""

    rule: str
    authority: str
    effect: str
    says: str
    remedy: str
    source: str


class BookLimit(msgspec.Struct, frozen=True):
    """One local limit: what it is for, whether this commissioner or the shipped default says it, and its value on the day of
    reading, from when on, what it was and what it will be."""

    limit: str
    about: str
    is_own: bool
    value: str
    begins: date
    others: list[tuple[date, str]]


class Changed(msgspec.Struct, frozen=True):
    """What is otherwise than under the rules before, in sentences."""

    rules: list[str]
    limits: list[str]
    services: list[str]


class Coming(msgspec.Struct, frozen=True):
    """Rules that are to be in force from a later day, and what they have otherwise than those before them; `changed` is None where
    the files are not kept."""

    bundle: str
    begins: date
    changed: Changed | None


class RuleBook(msgspec.Struct, frozen=True):
    """The rules in force on a day. `begins` is None for those that were the first; `changed` where there were none before, or their
    files are not kept; `coming` are those scheduled, in the order of their days."""

    book: str
    bundle: str
    on: date
    begins: date | None
    before: str | None
    rules: list[BookRule]
    limits: list[BookLimit]
    services: list[tuple[str, str, str]]
    left_out: list[str]
    changed: Changed | None
    coming: list[Coming]


def rulebook(book: str, day: date, life: Life, bundles: Mapping[str, Bundle | None]) -> RuleBook:
    """The rule book of the bundle that is in force in the book on a day; `bundles` has that one, the one before and those to come,
    as far as they are kept. RulesNotInForce; KeyError where that one is not there."""
    begins, current, before = term_of(life, day)
    bundle = bundles[current]
    if bundle is None:
        raise KeyError(current)
    earlier = bundles.get(before or "")
    return RuleBook(
        book, bundle.hash, day, begins, before, [_rule(each) for each in in_plain_words(bundle.rules.values())],
        list(filter(None, (_limit(bundle, book, limit, day) for limit in LIMITS))),
        [(each.code, each.name, each.kind) for each in sorted(bundle.services.values(), key=lambda each: each.name)],
        sorted(bundle.services_left_out(book, day)),
        None if earlier is None else _changed(book, earlier, bundle), _coming(book, day, life, bundles, current),
    )  # fmt: skip


def _coming(
    book: str, day: date, life: Life, bundles: Mapping[str, Bundle | None], current: str
) -> list[Coming]:  # fmt: skip
    found, before = [], bundles[current]
    for begins, hash_ in life.coming(day):
        bundle = bundles.get(hash_)
        changed = None if before is None or bundle is None else _changed(book, before, bundle, "then")
        found.append(Coming(hash_, begins, changed))
        before = bundle
    return found


def hashes_needed(life: Life, day: date) -> list[str]:
    """The bundles of which a rule book of a day tells. RulesNotInForce."""
    _, current, before = term_of(life, day)
    return [*filter(None, (current, before)), *(hash_ for _, hash_ in life.coming(day))]


def term_of(life: Life, day: date) -> tuple[date | None, str, str | None]:
    """From when the rules of a day are in force, their hash, and that of those before. RulesNotInForce."""
    terms = [each for each in life.terms() if each[0] is None or each[0] <= day]
    if not terms:
        raise RulesNotInForce
    return *terms[-1], terms[-2][1] if len(terms) > 1 else None


def _rule(rule: Rule) -> BookRule:
    return BookRule(
        rule.id, AUTHORITIES[rule.authority][0], EFFECTS[rule.effect], rule.message, rule.remedy, rule.source
    )


def _limit(bundle: Bundle, book: str, limit: str, day: date) -> BookLimit | None:
    owner, values = _values(bundle, book, limit, day)
    begun = [value for value in values if value.begins <= day]
    if not begun:
        return None
    others = [(each.begins, shown(limit, each.value)) for each in values if each is not begun[-1]]
    return BookLimit(
        limit, LIMITS[limit], owner != DEFAULT_LIMITS, shown(limit, begun[-1].value), begun[-1].begins, others
    )


def _values(bundle: Bundle, book: str, limit: str, day: date) -> tuple[str, tuple[Dated, ...]]:
    """Whose value of a limit holds for the book on a day, and all that hold for it over time, as the rules find them: the default's
    until the first of its own."""
    own, default = (bundle.limits.get(owner, {}).get(limit, ()) for owner in (book, DEFAULT_LIMITS))
    first = own[0].begins if own else date.max
    values = (*(each for each in default if each.begins < first), *own)
    return book if first <= day else DEFAULT_LIMITS, values


def _told(change: RuleChange, rule: Rule, then: str) -> str:
    """A rule that came, went or changed, in sentences. When a pattern objects is not told."""
    told = [f"{VERBS[change.change]} {rule.id}: {spoken(rule.message)}"]
    for each in change.what if change.change == "changed" else ():
        if each.what == CONDITION and change.authority == "pattern":
            told.append(f"{ASPECTS[each.what]}: otherwise {then}.")
        else:
            before, after = (SHOWN_AS.get(each.what, spoken)(text) for text in (each.before, each.after))
            told.append(f"{ASPECTS[each.what]}: “{before}” before, “{after}” {then}.")
    return " ".join(told)


def _changed(book: str, earlier: Bundle, bundle: Bundle, then: str = "now") -> Changed:
    found = changes(earlier, bundle)
    rules = {rule.id: rule for rule in (*earlier.rules.values(), *bundle.rules.values())}
    return Changed(
        [_told(each, rules[each.rule], then) for each in found.rules],
        [
            f"{LIMITS[each.limit]}: {_all(each.limit, each.before)} before, {_all(each.limit, each.after)} {then}"
            for each in found.limits if each.limit in LIMITS and each.owner in (book, DEFAULT_LIMITS)
        ],
        [f"New service: {bundle.services[code].name}" for code in found.services_added]
        + [f"No service any more: {earlier.services[code].name}" for code in found.services_removed]
        + [f"Changed service: {bundle.services[code].name}" for code in found.services_changed]
        + ["Other services are usually not paid for" for owner in found.left_out if owner in (book, DEFAULT_LIMITS)][:1],
    )  # fmt: skip


def _all(limit: str, values: tuple[Dated, ...]) -> str:
    return ", ".join(f"{shown(limit, each.value)} from {each.begins}" for each in values) or "no value of its own"
