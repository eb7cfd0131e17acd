"""Two bundles compared as people read them: rules that came, went or say something else, and limits and services that changed."""

import re
from collections.abc import Iterator
from typing import Any

import cedarpy
import msgspec

from policies.bundle import SCHEMA, Bundle, Dated
from policies.lint import RULE_ANNOTATIONS, Rule

CONDITION = "condition"
"""What a changed rule has otherwise that is none of its annotations: when it objects."""
SINGLE = re.compile(r"\(([\w.]+)\)")
"""What needs no brackets around it."""

MOST = 16
"""Bundles of which it is kept when their rules object; the one that was read longest ago goes first."""
_READ: dict[str, dict[str, Any]] = {}


class Otherwise(msgspec.Struct, frozen=True):
    """One annotation of a rule, or its `condition` as Cedar writes it, before and after; empty where the rule is not there."""

    what: str
    before: str
    after: str


class RuleChange(msgspec.Struct, frozen=True):
    """One rule. `what` has everything that differs, of a rule that came or went all of it; `authority` is whose it is."""

    rule: str
    change: str
    authority: str
    what: tuple[Otherwise, ...]


class LimitChange(msgspec.Struct, frozen=True):
    """The values of one limit of one book, or of the default, before and after."""

    owner: str
    limit: str
    before: tuple[Dated, ...]
    after: tuple[Dated, ...]


class BundleChanges(msgspec.Struct, frozen=True):
    """Everything in which a later bundle differs from an earlier one. `left_out` are the books (or the default) that
    leave other services out, `is_schema` says that the facts are others."""

    before: str
    after: str
    rules: list[RuleChange]
    limits: list[LimitChange]
    services_added: list[str]
    services_removed: list[str]
    services_changed: list[str]
    left_out: list[str]
    is_schema: bool

    @property
    def is_none(self) -> bool:
        """Whether the bundles are one, but for comments and spaces."""
        return not (self.rules or self.limits or self.services_added or self.services_removed or self.services_changed
                    or self.left_out or self.is_schema)  # fmt: skip


def conditions_of(bundle: Bundle) -> dict[str, Any]:
    """When each rule objects, by its id: the policy as Cedar reads it, without its annotations. Not to be changed: a bundle never
    does, so what Cedar reads of it is kept for the next who asks, by its hash."""
    kept = _READ.get(bundle.hash)
    if kept is not None:
        return kept
    text = "\n".join(raw.decode() for name, raw in sorted(bundle.files.items()) if name.endswith(".cedar"))
    found: dict[str, Any] = {}
    for policy in msgspec.json.decode(cedarpy.policies_to_json_str(text))["staticPolicies"].values():
        said = policy.pop("annotations", {})
        found[said.get("id", "")] = policy
    while len(_READ) >= MOST:
        del _READ[next(iter(_READ))]
    _READ[bundle.hash] = found
    return found


def condition_text(policy: Any) -> str:
    """When a rule objects, as Cedar writes it, without brackets around single facts and numbers."""
    whole = {"staticPolicies": {"policy": policy}, "templates": {}, "templateLinks": []}
    return SINGLE.sub(r"\1", cedarpy.policies_from_json_str(msgspec.json.encode(whole).decode())).strip()


def facts_named(condition: Any) -> Iterator[str]:
    """The facts that a rule's condition looks at, as often as it does."""
    if isinstance(condition, dict):
        dotted = condition.get(".")
        if isinstance(dotted, dict) and dotted.get("left") == {"Var": "resource"}:
            yield dotted["attr"]
        for each in condition.values():
            yield from facts_named(each)
    elif isinstance(condition, list):
        for each in condition:
            yield from facts_named(each)


def _otherwise(old: Rule | None, new: Rule | None, when_old: Any, when_new: Any) -> Iterator[Otherwise]:
    """What of a rule is otherwise."""
    for name in RULE_ANNOTATIONS[1:]:
        before, after = getattr(old, name, ""), getattr(new, name, "")
        if before != after:
            yield Otherwise(name, before, after)
    if when_old != when_new:
        yield Otherwise(CONDITION, *("" if each is None else condition_text(each) for each in (when_old, when_new)))


def changes(before: Bundle, after: Bundle) -> BundleChanges:
    """What the later of two bundles has otherwise."""
    old, new = ({rule.id: rule for rule in bundle.rules.values()} for bundle in (before, after))
    when_old, when_new = conditions_of(before), conditions_of(after)
    rules = []
    for id_ in old.keys() | new.keys():
        what = tuple(_otherwise(old.get(id_), new.get(id_), when_old.get(id_), when_new.get(id_)))
        if what:
            change = "changed" if id_ in old and id_ in new else "added" if id_ in new else "removed"
            rules.append(RuleChange(id_, change, (new.get(id_) or old[id_]).authority, what))
    limits = []
    for owner in sorted({*before.limits, *after.limits}):
        mine, theirs = before.limits.get(owner, {}), after.limits.get(owner, {})
        for limit in sorted({*mine, *theirs}):
            if mine.get(limit, ()) != theirs.get(limit, ()):
                limits.append(LimitChange(owner, limit, mine.get(limit, ()), theirs.get(limit, ())))
    services = before.services, after.services
    return BundleChanges(
        before.hash, after.hash, sorted(rules, key=lambda each: each.rule), limits,
        sorted(services[1].keys() - services[0].keys()), sorted(services[0].keys() - services[1].keys()),
        sorted(code for code in services[0].keys() & services[1].keys() if services[0][code] != services[1][code]),
        sorted(
            owner for owner in {*before.left_out, *after.left_out}
            if before.left_out.get(owner, ()) != after.left_out.get(owner, ())
        ),
        before.files[SCHEMA] != after.files[SCHEMA],
    )  # fmt: skip
