"""Bundles under which nothing can be decided: one for each way in which that happens to a good sheet."""

from typing import Any

import cedarpy
import msgspec

from policies.bundle import HERE, Bundle

OVERFLOW = "resource.amount_pence * 9223372036854775807 > 1"
_CONDITIONS = {
    "rule_failed": "resource.left_pence < true", "overflow": OVERFLOW, "entity_absent": 'Sheet::"other".left_pence < 1',
}  # fmt: skip
_SCHEMAS = {
    "no_decision": ("action spend,", "action buy,"),
    "facts_unread": ("entity Sheet {", "entity Sheet {\n  not_on_the_sheet: Long,"),
}
_SETS: dict[str, Any] = {"exception": None, "unclear": cedarpy.PolicySet.from_str("")}
KINDS = (*_CONDITIONS, *_SCHEMAS, *_SETS)


def broken(bundle: Bundle, kind: str) -> Bundle:
    """The bundle, under the same hash, whose every verdict of a spend is `engine.{kind}`: a rule that cannot be evaluated, a number
    that overflows, an entity that is not there, an act that the rules do not know, a fact that is missing, no set of policies, an
    empty one."""
    if kind in _SCHEMAS:
        old, new = _SCHEMAS[kind]
        text = (HERE / "rules" / "phb.cedarschema").read_text()
        assert old in text
        return msgspec.structs.replace(bundle, schema=cedarpy.Schema.from_str(text.replace(old, new)))
    if kind in _SETS:
        return msgspec.structs.replace(bundle, by_act={}, policies=_SETS[kind])
    rules = "permit (principal, action, resource);\nforbid (principal, action, resource) when { %s };"
    policies = cedarpy.PolicySet.from_str(rules % _CONDITIONS[kind])
    return msgspec.structs.replace(bundle, by_act={}, policies=policies, rules={}, permit="policy0")
