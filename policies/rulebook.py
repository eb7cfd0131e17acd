"""The rule book of a book: which rules and limits are in force there, in plain words, since when, and what has changed.

It is for everybody. What a pattern counts, and from how many on, is left out: that would tell those whom it is for how to stay
below it.
"""

from datetime import date

import msgspec

from policies.bundle import DEFAULT_LIMITS, Bundle, Dated
from policies.catalogue import AUTHORITIES, EFFECTS, LIMITS, in_plain_words, shown
from policies.comparing import BundleChanges, changes
from policies.lint import Rule
from policies.publishing import Life


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


class RuleBook(msgspec.Struct, frozen=True):
    """The rules in force on a day. `begins` is None for those that were the first; `changed` where there were none before, or their
    files are not kept."""

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


def rulebook(book: str, day: date, life: Life, bundle: Bundle, earlier: Bundle | None) -> RuleBook:
    """The rule book of `bundle`, which is in force in the book on a day; `earlier` is the one before it, as far as it is kept."""
    begins, before = term_of(life, day)
    return RuleBook(
        book, bundle.hash, day, begins, before, [_rule(each) for each in in_plain_words(bundle.rules.values())],
        list(filter(None, (_limit(bundle, book, limit, day) for limit in LIMITS))),
        [(each.code, each.name, each.kind) for each in sorted(bundle.services.values(), key=lambda each: each.name)],
        sorted(bundle.services_left_out(book, day)),
        None if earlier is None else _changed(book, changes(earlier, bundle), earlier, bundle),
    )  # fmt: skip


def term_of(life: Life, day: date) -> tuple[date | None, str | None]:
    """From when the rules of a day are in force, and the hash of those before. RulesNotInForce."""
    terms = [each for each in life.terms() if each[0] is None or each[0] <= day]
    if not terms:
        raise RulesNotInForce
    return terms[-1][0], terms[-2][1] if len(terms) > 1 else None


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
    """Whose values of a limit hold for the book on a day, as the rules find them, and all of them."""
    for owner in (book, DEFAULT_LIMITS):
        values = bundle.limits.get(owner, {}).get(limit, ())
        if any(value.begins <= day for value in values):
            return owner, values
    return DEFAULT_LIMITS, ()


def _changed(book: str, found: BundleChanges, earlier: Bundle, bundle: Bundle) -> Changed:
    words = {rule.id: rule for rule in in_plain_words([*earlier.rules.values()])}
    words |= {rule.id: rule for rule in in_plain_words([*bundle.rules.values()])}
    verbs = {"added": "New rule", "removed": "No rule any more", "changed": "Changed rule"}
    return Changed(
        [f"{verbs[each.change]} {each.rule}: {words[each.rule].message}" for each in found.rules],
        [
            f"{LIMITS[each.limit]}: {_all(each.limit, each.before)} before, {_all(each.limit, each.after)} now"
            for each in found.limits if each.limit in LIMITS and each.owner in (book, DEFAULT_LIMITS)
        ],
        [f"New service: {bundle.services[code].name}" for code in found.services_added]
        + [f"No service any more: {earlier.services[code].name}" for code in found.services_removed]
        + [f"Changed service: {bundle.services[code].name}" for code in found.services_changed]
        + ["Other services are usually not paid for" for owner in found.left_out if owner in (book, DEFAULT_LIMITS)][:1],
    )  # fmt: skip


def _all(limit: str, values: tuple[Dated, ...]) -> str:
    return ", ".join(f"{shown(limit, each.value)} from {each.begins}" for each in values) or "no value of its own"
