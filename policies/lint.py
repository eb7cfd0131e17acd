"""What Cedar's own validation lets pass: annotations, ids, effects, messages, and a schema beside the facts.

Each finding is a sentence that names the rule; nothing is repaired, because a bundle is published as it was written.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from string import Formatter
from typing import get_args

import cedarpy
import msgspec
from cedarpy import pst
from msgspec.structs import FieldInfo, fields

from policies.facts import CODES, NOT_FOR_RULES, FactSheet
from policies.facts_watch import Watch
from policies.sheet_kinds import KIND_OF_ACT, SHEET_KINDS

EFFECTS = ("deny", "refer", "review")
"""Most severe first."""
RULE_FILES = {
    "statute": "statute",
    "standing_rules": "standing_rules",
    "guidance": "guidance",
    "agreement": "agreement",
    "plan": "plan",
    "icb_policy": "icb_policy",
    "approval": "approval",
    "patterns": "pattern",
    "permit": "",
}
"""File -> the authority of all its rules; the order in which Cedar reads them."""
FIRST_PUBLISHED_AS = {"standing_rules": ("statute", "icb_policy"), "guidance": ("statute", "agreement")}
"""Authority -> those under whose name some of its rules were published at first: decisions name them so for ever."""
RULE_ANNOTATIONS = ("id", "effect", "authority", "source", "message", "remedy")
RULE_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
LONGEST_RULE_ID = 64

_ENUM = re.compile(r"entity\s+(\w+)\s+enum\s*\[(.*?)\]", re.DOTALL)
_ENTITY = re.compile(r"entity\s+(\w+)\s*=?\s*\{(.*?)\}", re.DOTALL)
_ACTIONS = re.compile(r"action\s+([\w\s,]+?)\s+appliesTo")
_NAMED = re.compile(r"_pence\Z|[a-z]_days\Z")
_COMMENT = re.compile(r"//[^\n]*")


@cache
def placeholders_of(kind: type[FactSheet]) -> frozenset[str]:
    """The facts of a kind of sheet that a sentence may name: amounts, numbers of days, and the service by its plain name. Not how
    often something was seen in so many days: that is what a pattern counts, and of a month that is watched nothing is named."""
    if kind is Watch:
        return frozenset()
    return frozenset(name for name in kind.__struct_fields__ if may_be_named(name))


def may_be_named(fact: str) -> bool:
    """Whether a sentence may name a fact."""
    return _NAMED.search(fact) is not None or fact == "service"


_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*')
DEEPEST, LONGEST_RULE, LONGEST_OF_SCHEMA = 32, 2_000, 4_000
"""Brackets within brackets, and characters up to a semicolon outside quotes. Cedar reads both by calling itself, and what is
thousands deep ends the whole process and not only the reading: it is looked at before Cedar sees a text that somebody sent."""


def too_deep(name: str, text: str) -> Iterator[str]:
    """What of a file of rules or of the schema is nested too deeply or goes on too long to be given to Cedar."""
    bare, is_schema = _QUOTED.sub("", text), name.endswith(".cedarschema")
    opens, closes = ("([{<", ")]}>") if is_schema else ("([{", ")]}")
    depth = 0
    for sign in bare:
        depth += (sign in opens) - (sign in closes)
        if depth > DEEPEST:
            yield f"{name} nests more than {DEEPEST} deep"
            break
    longest = LONGEST_OF_SCHEMA if is_schema else LONGEST_RULE
    if any(len(part) > longest for part in bare.split(";")):
        yield f"{name} has a statement of more than {longest} characters"


GONE = "This has been paid or is owed already, so it is not refused: a person looks at it, and you can add what explains it."
GONE_UNDECIDED = "This is our fault and not yours: a person looks at it, and there is nothing that you have to do."


class Rule(msgspec.Struct, frozen=True):
    """One sentence of policy, as its annotations say. `message` and `remedy` still have their placeholders."""

    id: str
    effect: str
    authority: str
    source: str
    message: str
    remedy: str
    kind: str = ""
    """The kind of sheet that it is about; empty for the engine's own trouble."""

    def remedy_as(self, effect: str) -> str:
        """What to do about it where it has this effect. What would make a no a yes is of no use any more for money that has gone,
        so where a deny is a refer it is said for another time."""
        if effect == self.effect:
            return self.remedy
        return GONE_UNDECIDED if self.authority == "engine" else f"{GONE} For another time: {self.remedy}"


def read_rules(texts: Mapping[str, str], reasons: list[str]) -> list[Rule]:
    """The rules of all files (stem -> text). What is wrong with them is added to `reasons`."""
    reasons += [f"rules/{name}.cedar is not there" for name in RULE_FILES if name not in texts]
    reasons += [f"rules/{name}.cedar is no file of a bundle" for name in texts if name not in RULE_FILES]
    rules: list[Rule] = []
    permits: list[pst.Template] = []
    for name in (name for name in RULE_FILES if name in texts):
        try:
            parsed = cedarpy.policies_to_pst(texts[name])
        except ValueError as wrong:
            reasons.append(f"rules/{name}.cedar: {wrong}")
            continue
        reasons += [f"rules/{name}.cedar: a template says nothing until it is linked" for _ in parsed.templates]
        for policy in parsed.static_policies.values():
            if policy.effect == "permit":
                permits.append(policy)
                continue
            said = {key: policy.annotations.get(key, "") for key in RULE_ANNOTATIONS}
            kind = _kind_of(policy)
            reasons += _unfit_rule(policy.annotations, RULE_FILES[name], kind)
            rules.append(Rule(**said, kind=kind.__name__ if kind else ""))
    reasons += _unfit_permits(permits)
    ids = [rule.id for rule in rules]
    reasons += [f"two rules have the id {id_}" for id_ in sorted({id_ for id_ in ids if ids.count(id_) > 1})]
    if not rules:
        reasons.append("there is no rule")
    return rules


def _unfit_permits(permits: list[pst.Template]) -> Iterator[str]:
    """One unconditional permit: with it, an allow means that no rule objected, and nothing else."""
    if len(permits) != 1:
        yield f"there is one permit, not {len(permits)}"
        return
    (permit,) = permits
    if dict(permit.annotations) != {"id": "permit"}:
        yield "the permit has the id permit and no other annotation"
    if permit.clauses or {permit.principal, permit.action, permit.resource} != {pst.ScopeAny()}:
        yield "the permit has no condition"


def _kind_of(policy: pst.Template) -> type[FactSheet] | None:
    """The kind of sheet that a rule is about, by its scope; None when that names none, or several."""
    if isinstance(policy.resource, pst.ScopeIs):
        return SHEET_KINDS.get(policy.resource.entity_type.basename)
    acts = _acts_of(policy.action)
    kinds = {KIND_OF_ACT.get(act) for act in acts}
    return kinds.pop() if len(kinds) == 1 else None


def _acts_of(action: object) -> list[str]:
    if isinstance(action, pst.ActionEq):
        return [action.entity.id]
    return [each.id for each in action.entities] if isinstance(action, pst.ActionIn) else []


def speaks_of(policy: pst.Template, act: str) -> bool:
    """Whether the scope of a policy lets it speak of an act: never False for one that could."""
    if isinstance(policy.resource, pst.ScopeIs) and _kind_of(policy) is not KIND_OF_ACT[act]:
        return False
    acts = _acts_of(policy.action)
    return not acts or act in acts


def _unfit_rule(annotations: Mapping[str, str], authority: str, kind: type[FactSheet] | None) -> Iterator[str]:
    named = annotations.get("id") or "a rule without id"
    if kind is None:
        yield f"{named} does not say in its scope which kind of sheet it is about"
    for key in RULE_ANNOTATIONS:
        if not annotations.get(key, "").strip():
            yield f"{named} says no {key}"
    for key in sorted(set(annotations) - set(RULE_ANNOTATIONS)):
        yield f"{named} says {key}, which is no annotation of a rule"
    id_ = annotations.get("id", "")
    begins = (authority, *FIRST_PUBLISHED_AS.get(authority, ()))
    if id_ and not (RULE_ID.fullmatch(id_) and id_.partition(".")[0] in begins and len(id_) <= LONGEST_RULE_ID):
        yield f"{named} is not an id such as {authority}.not_signed"
    effect = annotations.get("effect")
    if effect and effect not in EFFECTS:
        yield f"{named} has the effect {effect}, which is none of {', '.join(EFFECTS)}"
    if annotations.get("authority") and annotations["authority"] != authority:
        yield f"{named} says the authority {annotations['authority']} in the file of another"
    if (authority == "pattern") is not (kind is Watch):
        yield f"{named} is a pattern and looks at something else than a month, or looks at a month and is none"
    if authority == "pattern" and effect and effect != "review":
        yield f"{named} is a pattern and does more than review"
    for key in ("message", "remedy"):
        yield from _unfit_sentence(
            f"{named}: its {key}", annotations.get(key, ""), placeholders_of(kind) if kind else frozenset()
        )


def _unfit_sentence(named: str, text: str, placeholders: frozenset[str]) -> Iterator[str]:
    try:
        pieces = list(Formatter().parse(text))
    except ValueError:
        yield f"{named} has a brace that opens or closes nothing"
        return
    for _, field, spec, conversion in pieces:
        if field is None:
            continue
        if field not in placeholders or spec or conversion:
            yield f"{named} names {{{field}}}, which is no fact that a sentence may name"


def unfit_schema(schema: str, services: set[str]) -> Iterator[str]:
    """What the schema knows must be what services and facts are: Cedar would call a sheet that differs wrong,
    and then everything is denied."""
    bare = _COMMENT.sub("", schema)
    enums = {name: set(re.findall(r'"([^"]*)"', codes)) for name, codes in _ENUM.findall(bare)}
    enums["action"] = {name.strip() for names in _ACTIONS.findall(bare) for name in names.split(",")}
    expected = {kind: set(get_args(codes)) if codes else services for kind, codes in CODES.values()}
    for kind, codes in {**expected, "action": set(KIND_OF_ACT)}.items():
        for code in sorted(enums.get(kind, set()) ^ codes):
            yield f"the {kind} {code} is in only one of the schema and what the service knows"
    entities = {name: set(re.findall(r"(\w+)\s*:\s*([\w?]+)", body)) for name, body in _ENTITY.findall(bare)}
    for name, kind_of_sheet in SHEET_KINDS.items():
        facts = {(each.name, _cedar_type(each)) for each in fields(kind_of_sheet) if each.name not in NOT_FOR_RULES}
        for fact, type_ in sorted(entities.get(name, set()) ^ facts):
            yield f"the fact {fact} of type {type_} is in only one of the schema and the sheet {name}"


def _cedar_type(field: FieldInfo) -> str:
    if field.name in CODES:
        return CODES[field.name][0]
    return "Bool" if field.type is bool else "Long"
