"""Which rules of an act Cedar is asked of: not those that the flags and codes of a sheet make false at their first words.

Cedar looks at every policy that it is given, at some three microseconds each, and most rules begin with what they are about: a way
of holding the money, a service, a flag. Such a rule is false wherever that does not hold, so it is left out of the question. That
changes no answer: only the first conditions of a rule count, up to the first that is no plain flag or code, and Cedar, which
reads them in that order, stops at the same place without having met anything that could fail.
"""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any

import cedarpy
from cedarpy import pst

from policies.facts import CODES, FactSheet

MOST_KEPT = 512
"""Sets of rules kept of one act. One takes some 40 KB and a millisecond to make; people's sheets differ in few flags at once."""

Plain = tuple[str, frozenset[bool | str]]
"""A fact and the values with which a rule can object."""


class Narrowed:
    """The rules of one act. Keeps the sets that it made, and nothing else between two questions."""

    def __init__(self, parsed: Mapping[str, pst.Template]) -> None:
        """`parsed` has each policy by Cedar's name for it, and those that a set is made of keep theirs."""
        self.policies = policies_of(parsed)
        """All of them."""
        self._parsed = parsed
        self._plain = {name: tuple(plain_of(policy)) for name, policy in parsed.items()}
        names = sorted({fact for plain in self._plain.values() for fact, _ in plain})
        self._marks: Any = attrgetter(*names) if names else lambda sheet: None
        self._kept: dict[Any, cedarpy.PolicySet] = {}

    def of(self, sheet: FactSheet) -> cedarpy.PolicySet:
        """The rules that could object to a sheet, the permit among them; its facts are within their bounds."""
        marks = self._marks(sheet)
        found = self._kept.get(marks)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            able = {name: self._parsed[name] for name, plain in self._plain.items() if _may_hold(plain, sheet)}
            found = self._kept[marks] = policies_of(able)
        return found


def policies_of(parsed: Mapping[str, pst.Template]) -> cedarpy.PolicySet:
    """Some of the policies of a bundle, each under the name that it has there."""
    return cedarpy.PolicySet.from_pst(pst.PolicySet(static_policies=dict(parsed), templates={}, template_links=()))


def plain_of(policy: pst.Template) -> Iterator[Plain]:
    """The first conditions of a policy that are about one flag or code each; it is false where one does not hold."""
    for clause in policy.clauses:
        if not isinstance(clause, pst.When):
            return
        for condition in _in_turn(clause.expr):
            plain = _plain(condition)
            if plain is None:
                return
            yield plain


def _may_hold(plain: tuple[Plain, ...], sheet: FactSheet) -> bool:
    return all(getattr(sheet, fact) in values for fact, values in plain)


def _in_turn(expr: pst.Expr) -> Iterator[pst.Expr]:
    """The conditions that are joined by `and`, in the order in which Cedar reads them."""
    if isinstance(expr, pst.BinaryOp) and expr.op == "and":
        yield from _in_turn(expr.left)
        yield from _in_turn(expr.right)
    else:
        yield expr


def _plain(expr: pst.Expr) -> Plain | None:
    match expr:
        case pst.GetAttr(base=pst.Var(name="resource"), attr=fact) if fact not in CODES:
            return fact, frozenset((True,))
        case pst.UnaryOp(op="not", arg=pst.GetAttr(base=pst.Var(name="resource"), attr=fact)):
            return fact, frozenset((False,))
        case pst.BinaryOp(op="eq", left=pst.GetAttr(base=pst.Var(name="resource"), attr=fact), right=one):
            return _codes(fact, (one,))
        case pst.BinaryOp(
            op="contains", left=pst.Set(elements=some), right=pst.GetAttr(base=pst.Var(name="resource"), attr=fact)
        ):
            return _codes(fact, some)
    return None


def _codes(fact: str, literals: tuple[pst.Expr, ...]) -> Plain | None:
    """A fact that is one of these codes; None where it is compared with anything else than codes of its own list."""
    found = [each.value for each in literals if isinstance(each, pst.EntityLit)]
    if fact not in CODES or len(found) < len(literals) or any(each.type.basename != CODES[fact][0] for each in found):
        return None
    return fact, frozenset(each.id for each in found)
